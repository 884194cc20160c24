"""When a slice counts as disturbed: by arithmetic, and with a process that really disturbs."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.lessons.which_one.engine import Run, own_names
from helpers.lessons.which_one.slices import CLEAN, Language, Measure, Order, Placement, Slice, Used, Watch
from tests.lessons.which_one.pairs import another_process
from tests.needs import need

TIMES = st.integers(1, 10**9)


def one(placement: Placement, elapsed: int, client: Used, server: Used, lost: str = "") -> Slice:
    return Slice(Order("pipe", Measure.ROUND_TRIP, 64, placement, 10, Language.PYTHON), elapsed, client, server, lost)


@given(TIMES, TIMES, TIMES, TIMES)
def test_one_core_whose_time_is_all_accounted_for(client: int, server: int, network: int, waited: int) -> None:
    """However long each has waited: it waited for the other."""
    elapsed = client + server + network
    taken = one(Placement.ONE_CORE, elapsed, Used(client, waited, network), Used(server, waited, 0))
    assert taken.taken == 0 and not taken.disturbed


@given(TIMES, TIMES, st.floats(0, 0.9))
def test_one_core_on_which_somebody_else_ran(client: int, server: int, part: float) -> None:
    elapsed = round((client + server) / (1 - part))
    taken = one(Placement.ONE_CORE, elapsed, Used(client, 0, 0), Used(server, 0, 0))
    assert taken.taken == elapsed - client - server
    assert taken.disturbed == (elapsed - client - server > CLEAN * elapsed)


@given(TIMES, st.floats(0, 1), st.booleans())
def test_two_cores_and_one_process_that_had_to_wait(elapsed: int, part: float, side: bool) -> None:
    """That neither ran for most of the time says nothing there: they sleep until they are woken."""
    waits, sleeps = Used(elapsed // 10, round(part * elapsed), 0), Used(elapsed // 10, 0, 0)
    taken = one(Placement.TWO_CORES, elapsed, *((waits, sleeps) if side else (sleeps, waits)))
    assert taken.disturbed == (round(part * elapsed) > CLEAN * elapsed)


def test_a_slice_that_lost_something_does_not_count() -> None:
    assert one(Placement.ONE_CORE, 10, Used(10, 0, 0), Used(0, 0, 0), "lost").disturbed


def test_time_for_each_message() -> None:
    assert one(Placement.ONE_CORE, 1000, Used(0, 0, 0), Used(0, 0, 0)).each == 100.0


def test_a_watch_sees_this_process_run_and_wait() -> None:
    """It shares its core with another, so it gets about half of it."""
    core = max(os.sched_getaffinity(0))
    before_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        with another_process(core):
            watch = Watch(core)
            before = watch.read()
            while (used := watch.read().since(before)).ran < 100_000_000:
                pass
            watch.close()
    finally:
        os.sched_setaffinity(0, before_cores)
    assert used.waited > 0


@pytest.mark.parametrize("placement", Placement)
def test_a_process_that_takes_the_core_is_noticed(placement: Placement) -> None:
    """Slices of some tenths of a second: nobody keeps a core so long while another process waits for it, and what the
    hypervisor takes, which a sleeping process does not see, is little beside it."""
    cores = sorted(os.sched_getaffinity(0))
    if placement is Placement.TWO_CORES and len(cores) < 2:
        need("two cores", "this process may use one core only")
    times = 100_000 if placement is Placement.ONE_CORE else 10_000
    order = Order("pipe", Measure.ROUND_TRIP, 64, placement, times)
    with own_names("test") as names, Run(["pipe"], names) as running, another_process(cores[-1]):
        disturbed = running.slices([order] * 3)
    assert all(each.disturbed for each in disturbed), disturbed
