"""A slice: a few milliseconds of one loop, and whether another process disturbed it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

CLEAN = 0.05
"""The part of a slice that may be missing."""


class Measure(StrEnum):
    """What a loop does with a message."""

    ROUND_TRIP = "round trip"
    ONE_WAY = "one way"


class Placement(StrEnum):
    """Where the two processes run."""

    ONE_CORE = "one core"
    TWO_CORES = "two cores"


class Language(StrEnum):
    """What the loop is written in."""

    PYTHON = "Python"
    C = "C"


class Order(NamedTuple):
    """What the two processes are to do in one slice."""

    mechanism: str
    measure: Measure
    size: int
    placement: Placement
    times: int
    language: Language = Language.PYTHON


class Used(NamedTuple):
    """What one process has used of its core, in nanoseconds."""

    ran: int
    """CLOCK_PROCESS_CPUTIME_ID (clock_gettime(2))."""
    waited: int
    """Ready to run, while another had the core: run_delay, the second number of /proc/PID/schedstat."""
    network: int
    """What ksoftirqd, the kernel's own thread on that core, has run: when much is sent at once, it does a part of TCP's
    and UDP's work."""

    def since(self, before: Used) -> Used:
        """What was used in between."""
        return Used(*(now - then for now, then in zip(self, before, strict=True)))


class Watch:
    """Reads what this process has used, which stays on one core. What the kernel does not tell is 0: it was built
    without schedstat (CONFIG_SCHED_INFO), or its threads are not to be seen from inside a container."""

    def __init__(self, core: int) -> None:
        self._own = _opened("/proc/self/schedstat")
        self._softirqs = _opened(_softirq_thread(core))

    def read(self) -> Used:
        """By now."""
        ran = time.clock_gettime_ns(time.CLOCK_PROCESS_CPUTIME_ID)
        return Used(ran, _number(self._own, 1), _number(self._softirqs, 0))

    def close(self) -> None:
        """Close its files."""
        for descriptor in (self._own, self._softirqs):
            if descriptor is not None:
                os.close(descriptor)


def _softirq_thread(core: int) -> str:
    """The schedstat of the kernel's thread ksoftirqd/CORE; "" where it is not to be seen."""
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text() == f"ksoftirqd/{core}\n":
                return str(path.with_name("schedstat"))
    return ""


def _opened(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _number(descriptor: int | None, place: int) -> int:
    return 0 if descriptor is None else int(os.pread(descriptor, 100, 0).split()[place])


@dataclass(frozen=True)
class Slice:
    """One slice as the two processes have seen it; times in nanoseconds."""

    order: Order
    elapsed: int
    """By the client's clock, read once before and once after the loop."""
    client: Used
    server: Used
    lost: str = ""
    """Why it did not come to its end."""

    @property
    def each(self) -> float:
        """Nanoseconds a message."""
        return self.elapsed / self.order.times

    @property
    def taken(self) -> int:
        """Nanoseconds for which another process, or the hypervisor, had a core that one of the two needed.

        On one core one of the two runs at every moment: while one waits for the core the other has it, and when neither
        ran, nor the kernel for them, somebody else did. Their own waiting says nothing there: each waits for the other
        to give the core up. On two cores each has its own, sleeps in between, and waits for its core only if somebody
        else has it.
        """
        if self.order.placement is Placement.ONE_CORE:
            return max(0, self.elapsed - self.client.ran - self.server.ran - self.client.network)
        return max(self.client.waited, self.server.waited)

    @property
    def disturbed(self) -> bool:
        """Whether more than a small part of it is missing."""
        return bool(self.lost) or self.taken > CLEAN * self.elapsed
