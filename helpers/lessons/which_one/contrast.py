"""A mistake beside its cure: the same work in several ways, timed in turn in one run."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.ipc import Child

FEWEST, MOST = 3, 200
"""Slices of each way: so many in any case, and enough."""
NEAR = 1.1
"""A slice at most so many times as long as the fastest one confirms it."""
LONGER = 6
"""How many times as long a busy machine may take, until the fastest slice of each way is confirmed."""


class NoSuchWay(CourseError):
    """A way that was not timed."""


@dataclass(frozen=True)
class Contrast:
    """How long the same work took in several ways, slice by slice."""

    title: str
    per: str
    """What the times are for, as in "round trip"."""
    slices: Mapping[str, tuple[float, ...]]
    """For each way the nanoseconds of its slices; the last way is the measure of the others."""

    @property
    def ways(self) -> tuple[str, ...]:
        """Their names; the last is the measure of the others."""
        return tuple(self.slices)

    def best(self, way: str) -> float:
        """Nanoseconds of its fastest slice: on one core, whatever else runs only adds. Raises NoSuchWay."""
        if way not in self.slices:
            raise NoSuchWay(f"«{self.title}» was timed for {', '.join(self.slices)}, not for {way!r}")
        return min(self.slices[way])

    def times(self, way: str) -> float:
        """How many times as long as the last way it took, both in their fastest slices. Raises NoSuchWay."""
        return self.best(way) / self.best(self.ways[-1])


def contrast(
    title: str, ways: Mapping[str, Callable[[], float]], per: str = "round trip", seconds: float = 0.5
) -> Contrast:
    """Time the ways in turn for so many seconds, each at least three times; what each returns counts, in nanoseconds.

    It takes longer where the fastest slice of a way stands alone: on a busy machine chance may have had a part in it.
    Raises CourseError where there are not two ways, or if one returns what is no time.
    """
    if len(ways) < 2:
        raise CourseError(f"«{title}» needs two ways or more: there is nothing to compare")
    slices: dict[str, list[float]] = {way: [] for way in ways}
    begin = time.monotonic()
    for number in itertools.count():
        taken = time.monotonic() - begin
        enough = number >= MOST or (number >= FEWEST and taken > seconds)
        if enough and (taken > LONGER * seconds or all(map(_confirmed, slices.values()))):
            break
        for way, run in ways.items():
            slices[way].append(_time(way, run()))
    return Contrast(title, per, {way: tuple(found) for way, found in slices.items()})


def _confirmed(slices: list[float]) -> bool:
    """Whether the fastest one is not alone."""
    return sum(each <= NEAR * min(slices) for each in slices) >= FEWEST


def _time(way: str, found: object) -> float:
    if not isinstance(found, (int, float)) or not 0 < found < math.inf:
        raise CourseError(f"the way {way!r} must return the nanoseconds that it took, and returned {found!r}")
    return float(found)


@contextlib.contextmanager
def one_core(*children: Child) -> Iterator[int]:
    """Keep this thread and these processes on one core for the length of the block; the number of that core.

    What they start meanwhile stays there, too (sched_setaffinity(2)). Kernels that run at the same time take different
    cores as far as there are enough.
    """
    allowed = os.sched_getaffinity(0)
    core = sorted(allowed)[os.getpid() % len(allowed)]
    try:
        for pid in (0, *(child.pid for child in children)):
            os.sched_setaffinity(pid, {core})
        yield core
    finally:
        os.sched_setaffinity(0, allowed)
