"""Quartiles, what is before what, a ranking; saved and loaded."""

from __future__ import annotations

import json
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.lessons.which_one.mechanisms import KINDS
from helpers.lessons.which_one.results import (
    ENOUGH,
    Figure,
    Floor,
    Key,
    Machine,
    NotMeasured,
    Results,
    figure_of,
    load,
    size_text,
    time_text,
)
from helpers.lessons.which_one.slices import Language, Measure, Order, Placement, Slice, Used

MACHINE = Machine("6.18.0", "3.11.7", "2026-01-31", 2, "")
FLOOR = Floor(50.0, 100.0, 1500.0, {64: 40.0, 1048576: 40000.0})
WHERE = (Measure.ROUND_TRIP, 64, Placement.ONE_CORE)


def taken(elapsed: int, disturbed: bool = False, lost: str = "") -> Slice:
    ran = elapsed // 2 if disturbed else elapsed
    return Slice(Order("pipe", *WHERE, 10), elapsed, Used(ran, 0, 0), Used(0, 0, 0), lost)


def results(**figures: Figure) -> Results:
    return Results(MACHINE, FLOOR, {}, {Key(name, *WHERE): figure for name, figure in figures.items()})


def around(median: float, spread: float = 0.01) -> Figure:
    return Figure(median / 2, median * (1 - spread), median, median * (1 + spread), 15, 0)


@given(st.lists(st.integers(1, 10**9), min_size=ENOUGH), st.lists(st.integers(100, 10**9)))
def test_only_clean_slices_count(clean: list[int], disturbed: list[int]) -> None:
    figure = figure_of([*map(taken, clean), *(taken(elapsed, disturbed=True) for elapsed in disturbed)])
    assert figure.median == pytest.approx(statistics.median(clean) / 10)
    assert min(clean) / 10 <= figure.lower <= figure.median <= figure.upper <= max(clean) / 10
    assert (figure.clean, figure.disturbed, figure.busy) == (len(clean), len(disturbed), False)


@given(st.lists(st.integers(1, 10**9), max_size=ENOUGH - 1), st.lists(st.integers(100, 10**9), min_size=1))
def test_too_few_clean_ones_are_called_so(clean: list[int], disturbed: list[int]) -> None:
    figure = figure_of([*map(taken, clean), *(taken(elapsed, disturbed=True) for elapsed in disturbed)])
    assert figure.busy
    assert figure.median == pytest.approx(statistics.median(clean or disturbed) / 10)
    slices = len(clean) + len(disturbed)
    assert f"busy machine: {len(disturbed)} of {slices} slices were disturbed" in str(figure)


def test_a_loss_is_no_figure() -> None:
    with pytest.raises(NotMeasured, match="it went astray"):
        figure_of([taken(100, lost="it went astray")])
    with pytest.raises(NotMeasured, match="no slice"):
        figure_of([])


AROUND = st.builds(around, st.floats(1, 1e6), st.floats(0, 0.3))


@given(AROUND, AROUND, AROUND)
def test_before_is_an_order(one: Figure, two: Figure, three: Figure) -> None:
    assert not one.before(one)
    assert not (one.before(two) and two.before(one))
    if one.before(two) and two.before(three):
        assert one.before(three)


def test_before_needs_more_than_a_trifle_and_more_than_the_spread() -> None:
    assert around(100).before(around(110))
    assert not around(100).before(around(104))
    assert not around(100, spread=0.1).before(around(110, spread=0.1))


@given(st.dictionaries(st.sampled_from(list(KINDS)), st.floats(10, 1e6)))
def test_a_ranking_names_all_once_from_the_fastest_on(medians: dict[str, float]) -> None:
    made = results(**{name: around(median) for name, median in medians.items()})
    places = made.ranking(*WHERE)
    assert [name for place in places for name in place] == sorted(medians, key=lambda name: medians[name])
    firsts = [made.figure(place[0], *WHERE) for place in places]
    assert all(one.before(two) for one, two in zip(firsts, firsts[1:], strict=False))


def test_ties_share_a_place() -> None:
    made = results(pipe=around(100), FIFO=around(101), TCP=around(300))
    assert made.ranking(*WHERE) == (("pipe", "FIFO"), ("TCP",))
    assert made.ranking(Measure.ONE_WAY, 64, Placement.ONE_CORE) == ()


def test_a_chain_of_ties_is_no_tie() -> None:
    """Each is a trifle behind the one before, but the last is more than that behind the first."""
    made = results(pipe=around(100, 0.001), FIFO=around(104, 0.001), TCP=around(108, 0.001))
    assert made.ranking(*WHERE) == (("pipe", "FIFO"), ("TCP",))


def test_c_is_not_ranked_but_compared() -> None:
    made = results(pipe=around(110))
    made.figures[Key("pipe", *WHERE, Language.C)] = around(100)
    assert made.ranking(*WHERE) == (("pipe",),)
    assert made.python_over_c("pipe", *WHERE) == pytest.approx(1.1)
    with pytest.raises(NotMeasured):
        made.python_over_c("TCP", *WHERE)


def test_what_is_missing_says_why() -> None:
    made = results(pipe=around(100))
    made.refused["door"] = "no doors here"
    made.missing[Key("UDP", *WHERE)] = "too long"
    assert made.why_not("pipe", *WHERE) == ""
    assert made.why_not("door", *WHERE) == "no doors here"
    assert made.why_not("UDP", *WHERE) == "too long"
    assert "not measured in this run" in made.why_not("TCP", *WHERE)
    with pytest.raises(NotMeasured, match="door: no doors here"):
        made.figure("door", *WHERE)


FIGURES = st.builds(Figure, *[st.floats(0, 1e12)] * 3, st.integers(0, 1000), st.integers(0, 1000))
KEYS = st.builds(
    Key, st.sampled_from(list(KINDS)), st.sampled_from(Measure), st.integers(1, 1 << 20), st.sampled_from(Placement),
    st.sampled_from(Language),
)  # fmt: skip


@given(st.dictionaries(KEYS, FIGURES), st.dictionaries(KEYS, st.text()), st.dictionaries(st.text(), st.text()))
def test_saved_and_loaded(
    tmp_path_factory: pytest.TempPathFactory,
    figures: dict[Key, Figure],
    missing: dict[Key, str],
    refused: dict[str, str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "results.json"
    saved = Results(MACHINE, FLOOR, refused, figures, missing)
    saved.save(path)
    assert load(path) == saved


PLAIN = st.recursive(
    st.none() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)
)
VALID = json.loads(json.dumps(Results(MACHINE, FLOOR)._plain()))


@given(
    st.one_of(
        st.binary(max_size=40),
        PLAIN.map(lambda plain: json.dumps(plain).encode()),
        st.tuples(st.sampled_from(sorted(VALID)), PLAIN).map(
            lambda change: json.dumps(VALID | dict([change])).encode()
        ),
    )
)  # fmt: skip
def test_other_files_are_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "other.json"
    path.write_bytes(content)
    try:
        load(path)
    except NotMeasured as error:
        assert "holds no results" in str(error)


def test_texts() -> None:
    assert [time_text(each) for each in (4.56, 123.4, 999.6, 5678, 44.04e6, 2e9)] == [
        "4.56 ns", "123 ns", "1 µs", "5.68 µs", "44 ms", "2 s",
    ]  # fmt: skip
    assert [size_text(each) for each in (64, 1000, 1024, 65507, 1 << 20)] == [
        "64 B", "1000 B", "1 KiB", "65507 B", "1 MiB",
    ]  # fmt: skip
