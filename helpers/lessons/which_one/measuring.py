"""The one measuring loop: the same work in several ways, timed slice by slice, in turn, in one run.

A mistake beside its cure and all mechanisms beside each other are the same question. Whatever else the machine does
meets all ways alike, because they take turns; that it had no part in a figure is seen from the figure's own slices
(several are as fast as the fastest one). Counting who ran meanwhile (schedstat, ksoftirqd) was tried in its place: five
times the code, and still blind to a hypervisor. pyperf measures one process, not two that wait for each other.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpers.ipc import Child

FEWEST, MOST = 3, 200
"""Slices of each way: so many in any case, and enough."""
NEAR = 1.1
"""A slice at most so many times as long as the fastest one confirms it."""
LONGER = 6
"""How many times as long a busy machine may take, until the fastest slice of each way is confirmed."""


@dataclass(frozen=True)
class Contrast:
    """How long the same work took in several ways: for each the nanoseconds of its slices."""

    title: str
    per: str
    """What the times are for, as in "round trip"."""
    slices: Mapping[str, list[float]]
    """By the names of the ways; the last way is the measure of the others."""

    def best(self, way: str) -> float:
        """Its fastest slice: on one core, whatever else runs only adds."""
        return min(self.slices[way])

    def times(self, way: str) -> float:
        """How many times as long as the last way it took, both in their fastest slices."""
        return self.best(way) / self.best(list(self.slices)[-1])

    def median(self, way: str) -> float:
        """Of all its slices: far above the fastest one where other work took a part of their time."""
        return statistics.median(self.slices[way])


def contrast(
    title: str, ways: Mapping[str, Callable[[], float]], per: str = "round trip", seconds: float = 0.5,
    longer: float = LONGER, most: int = MOST,
) -> Contrast:  # fmt: skip
    """Time the ways in turn, each at least three times; what each returns counts, in nanoseconds.

    It ends after so many seconds or `most` slices of each; later, but at most `longer` times as late, if the fastest
    slice of a way stands alone.
    """
    slices: dict[str, list[float]] = {way: [] for way in ways}
    begin, rounds, taken = time.monotonic(), 0, 0.0
    while rounds < FEWEST or (taken <= longer * seconds and not _enough(slices, taken > seconds or rounds >= most)):
        # There and back, so that each follows each neighbour as often as it goes before it.
        for way in list(ways) if rounds % 2 == 0 else reversed(list(ways)):
            slices[way].append(ways[way]())
        rounds, taken = rounds + 1, time.monotonic() - begin
    return Contrast(title, per, slices)


def _enough(slices: Mapping[str, list[float]], late: bool) -> bool:
    """Whether it is late, and the fastest slice of no way stands alone."""
    return late and all(sum(each <= NEAR * min(way) for each in way) >= FEWEST for way in slices.values())


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process, and what they start, on one core (sched_setaffinity(2))."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.sched_setaffinity(int(thread), {core})


@contextlib.contextmanager
def one_core(*children: Child) -> Iterator[int]:
    """Keep this thread and these processes on one core for the length of the block; the number of that core.

    Kernels that run at the same time take different cores as far as there are enough.
    """
    allowed = os.sched_getaffinity(0)
    core = sorted(allowed)[os.getpid() % len(allowed)]
    try:
        os.sched_setaffinity(0, {core})
        for child in children:
            pin(child.pid, core)
        yield core
    finally:
        os.sched_setaffinity(0, allowed)


@contextlib.contextmanager
def process_that(serves: Callable[..., object], tcp: bool = False) -> Iterator[socket.socket]:
    """A process that runs serves(its end of a socket pair, or of a TCP connection), on this thread's core.

    The value is our end. When the process ends, our end reads b"".
    """
    ours, theirs = tcp_pair() if tcp else socket.socketpair()
    with ours, theirs, Child(serves.__name__, pass_fds=[theirs.fileno()]) as other, one_core(other):
        other.do("from multiprocessing.connection import Connection; from time import perf_counter_ns")
        other.define(serves)
        other.start(f"{serves.__name__}(socket.socket(fileno={theirs.fileno()}))")
        theirs.close()  # it is the other's alone now
        yield ours


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection over 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        return near, listener.accept()[0]


@contextlib.contextmanager
def process_sharing(
    *functions: Callable[..., object], size: int = mmap.PAGESIZE, fds: Sequence[int] = ()
) -> Iterator[tuple[Child, mmap.mmap]]:
    """A process that has these functions, and a page of memory that it calls `page`; the value is both."""
    descriptor = os.memfd_create("page")
    with open(descriptor, "r+b", 0) as file, Child("shares", pass_fds=[descriptor, *fds]) as other:
        file.truncate(size)
        other.define(*functions)
        other.do("page = mmap.mmap(descriptor, size)", descriptor=descriptor, size=size)
        with mmap.mmap(descriptor, size) as page:
            yield other, page
