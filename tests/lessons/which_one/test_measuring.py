"""The loop that times ways in turn, and the bars of what they cost."""

from __future__ import annotations

import itertools
import os

import pytest

from helpers.ipc import Child
from helpers.lessons.which_one.costs import Costs, duration, ratio
from helpers.lessons.which_one.measuring import FEWEST, MOST, Contrast, contrast, one_core


def test_the_ways_take_turns_and_the_fastest_slice_counts():
    order = []
    times = {"slow": itertools.cycle([70.0, 90.0, 60.0]), "fast": itertools.cycle([30.0, 20.0, 20.0])}
    made = contrast("a", {name: lambda name=name: order.append(name) or next(times[name]) for name in times}, seconds=0)
    assert order[:4] == ["slow", "fast", "fast", "slow"]
    assert made.best("slow") == 60 and made.times("slow") == 3 and made.times("fast") == 1


def test_a_fastest_slice_that_stands_alone_is_not_taken():
    lucky = itertools.chain([10.0], itertools.repeat(60.0, MOST), itertools.repeat(10.5))
    made = contrast("a", {"lucky": lambda: next(lucky), "steady": lambda: 1.0}, seconds=0.05)
    assert len(made.slices["lucky"]) == MOST + FEWEST


def test_one_core_for_the_block_only():
    before = os.sched_getaffinity(0)
    with Child("pinned") as child:
        with one_core(child) as core:
            assert os.sched_getaffinity(0) == os.sched_getaffinity(child.pid) == {core} <= before
        with pytest.raises(ZeroDivisionError), one_core():
            raise ZeroDivisionError
    assert os.sched_getaffinity(0) == before


def timed(wrong: float = 44e6, title: str = "Nagle") -> Contrast:
    return Contrast(title, "round trip", {"two writes": [wrong, 2 * wrong], "one write": [24_000, 8_000]})


def drawn(picture) -> list[str]:
    return [text.text for text in picture.drawing.texts()]


def test_the_text_is_the_same_on_every_run_and_the_picture_has_the_figures():
    shown = [Costs("Mistakes").note(timed(wrong), {"two writes": 500}) for wrong in (44e6, 50e6)]
    assert str(shown[0]) == str(shown[1]) == "Nagle, for one round trip\n  two writes: usually at least 500 x one write"
    assert "44.0 ms   5500 x" in drawn(shown[0]) and "8.00 µs" in drawn(shown[0])
    assert "50.0 ms   6250 x" in drawn(shown[1]) and "8.00 µs" in shown[1].drawing.alt


def test_the_list_has_a_line_for_each_and_says_what_costs_less_than_usual():
    costs = Costs("Mistakes")
    for wrong in (40e6, 8_000 * 354):
        costs.note(timed(wrong), {"two writes": 500})
    costs.note(timed(title="again"), {"two writes": 2})
    costs.note(timed(title="only shown"), {})
    assert str(costs).splitlines() == [
        "Mistakes",
        "  Nagle: two writes: usually at least 500 x one write, here 354 x",
        "  again: two writes: usually at least 2 x one write",
    ]
    assert {"44.0 ms", "5500 x", "at least 500 x", "at least 2 x"} <= set(drawn(costs.show()))


def test_times_and_ratios():
    times = (0.5, 177, 999.4, 999.6, 5_678, 9_996, 44e6, 999.9e6, 12.3e9)
    assert [duration(each) for each in times] == [
        "0.50 ns", "177 ns", "999 ns", "1.00 µs", "5.68 µs", "10.0 µs", "44.0 ms", "1.00 s", "12.3 s",
    ]  # fmt: skip
    assert [ratio(each) for each in (0.048, 0.996, 99.6, 1954.3)] == ["0.05 x", "1.0 x", "100 x", "1950 x"]
