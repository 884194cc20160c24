"""A slice: a few milliseconds of one loop, and whether another process disturbed it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from enum import StrEnum
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
    """Ready to run, while another had the core: run_delay, the second number of /proc/PID/schedstat; 0 where the kernel
    was built without it (CONFIG_SCHED_INFO)."""

    def since(self, before: Used) -> Used:
        """What was used in between."""
        return Used(self.ran - before.ran, self.waited - before.waited)


class Watch:
    """Reads what this process has used."""

    def __init__(self) -> None:
        try:
            self._schedstat = os.open("/proc/self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._schedstat = -1

    def read(self) -> Used:
        """By now."""
        waited = int(os.pread(self._schedstat, 100, 0).split()[1]) if self._schedstat >= 0 else 0
        return Used(time.clock_gettime_ns(time.CLOCK_PROCESS_CPUTIME_ID), waited)


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
        ran, somebody else did. Their own waiting says nothing there: each waits for the other to give the core up. On
        two cores each has its own, sleeps in between, and waits for its core only if somebody else has it.
        """
        if self.order.placement is Placement.ONE_CORE:
            return max(0, self.elapsed - self.client.ran - self.server.ran)
        return max(self.client.waited, self.server.waited)

    @property
    def disturbed(self) -> bool:
        """Whether more than a small part of it is missing."""
        return bool(self.lost) or self.taken > CLEAN * self.elapsed
