"""The comparison of notebook 16: how long it takes, and whether two runs say the same."""

from __future__ import annotations

from itertools import combinations

from pytest_benchmark.fixture import BenchmarkFixture

from helpers.lessons.which_one.comparison import Key, Results, compare
from helpers.lessons.which_one.mechanisms import MECHANISMS

RUNS = 10


def before(results: Results, one: str, two: str) -> bool:
    """Whether the one is faster, and by more than chance: where their memory happens to lie makes a tenth."""
    first, second = (results.spread(Key(name, 64, "one core")) for name in (one, two))
    return bool(first and second and 1.1 * first[1] < second[0])


def test_everything_in_time(benchmark: BenchmarkFixture) -> None:
    benchmark.pedantic(compare, rounds=1)
    assert benchmark.stats.stats.max < 30


def test_the_ranking_stands(benchmark: BenchmarkFixture) -> None:
    """No run says that one is faster than another where another run says the opposite."""
    runs: list[Results] = []
    benchmark.pedantic(lambda: runs.append(compare(seconds=9, sizes=[64])), rounds=RUNS)
    pairs = list(combinations(MECHANISMS, 2))
    said = {pair: {before(run, *pair) - before(run, *reversed(pair)) for run in runs} for pair in pairs}
    assert not [pair for pair, orders in said.items() if {-1, 1} <= orders]
