"""A mistake beside its cure: which slices count, and on which core."""

from __future__ import annotations

import itertools
import os

import pytest

from helpers.errors import CourseError
from helpers.ipc import Child
from helpers.lessons.which_one.contrast import FEWEST, MOST, NoSuchWay, contrast, one_core


def test_the_fastest_slice_counts():
    slow, fast = itertools.cycle([70.0, 90.0, 60.0]), itertools.cycle([30.0, 20.0, 50.0])
    made = contrast("a", {"slow": lambda: next(slow), "fast": lambda: next(fast)}, per="message", seconds=0)
    assert (made.title, made.per, made.ways) == ("a", "message", ("slow", "fast"))
    assert made.best("slow") == 60 and made.best("fast") == 20 and made.times("slow") == 3 and made.times("fast") == 1


def test_the_ways_take_turns_and_each_comes_three_times():
    order = []
    ways = {name: lambda name=name: order.append(name) or 1.0 for name in ("a", "b", "c")}
    made = contrast("a", ways, seconds=0)
    assert order == ["a", "b", "c"] * FEWEST and {len(slices) for slices in made.slices.values()} == {FEWEST}


def test_it_ends_in_any_case():
    made = contrast("a", {"a": lambda: 1.0, "b": lambda: 2.0}, seconds=1000)
    assert len(made.slices["a"]) == MOST


def test_a_fastest_slice_that_stands_alone_is_not_taken():
    lucky = itertools.chain([10.0], itertools.repeat(60.0, MOST), itertools.repeat(10.5))
    made = contrast("a", {"lucky": lambda: next(lucky), "steady": lambda: 1.0}, seconds=0.05)
    assert len(made.slices["lucky"]) == MOST + FEWEST


@pytest.mark.parametrize("found", [None, 0, -1.0, float("inf"), float("nan"), "1"])
def test_what_is_no_time(found):
    with pytest.raises(CourseError, match="the way 'b' must return the nanoseconds"):
        contrast("a", {"a": lambda: 1.0, "b": lambda: found})


def test_one_way_is_no_comparison():
    with pytest.raises(CourseError, match="two ways or more"):
        contrast("a", {"a": lambda: 1.0})


def test_a_way_that_was_not_timed():
    made = contrast("a", {"a": lambda: 1.0, "b": lambda: 1.0}, seconds=0)
    with pytest.raises(NoSuchWay, match="timed for a, b, not for 'c'"):
        made.times("c")


def test_one_core_for_the_block_only():
    before = os.sched_getaffinity(0)
    with Child("pinned") as child:
        with one_core(child) as core:
            assert core in before
            assert os.sched_getaffinity(0) == os.sched_getaffinity(child.pid) == {core}
        assert os.sched_getaffinity(0) == before
        with pytest.raises(ZeroDivisionError), one_core():
            raise ZeroDivisionError
    assert os.sched_getaffinity(0) == before
