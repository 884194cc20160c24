"""All mechanisms in one run: two processes, every size, one way and there and back, on one core and on two.

The same loop as for the mistakes times them (contrast); a way is one slice of one mechanism. The notebook conducts: for
each slice it has the two processes run their loop, and the client reads the clock. So no third protocol is needed
between the two, and what is left after an interrupt or a kill is what any child of the course leaves: nothing.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import math
import os
import platform
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from helpers.draw.grid import Block, Grid
from helpers.draw.progress_bar import ProgressBar
from helpers.elsewhere import require_linux
from helpers.ipc import Child, scratch
from helpers.lessons.which_one.costs import duration
from helpers.lessons.which_one.measuring import Contrast, contrast, pin
from helpers.lessons.which_one.mechanisms import LARGEST, MECHANISMS, Names, together

SIZES = (64, 1024, 8192, 65536, LARGEST)
MEASURES = ("round trip", "one way")
PLACES = ("one core", "two cores")
SLICE = 2_000_000
"""Nanoseconds that a slice is to take: less than a process keeps its core when others wait for it, so that on a busy
machine some slices are undisturbed; more than a thousand times what reading the clock takes."""
SLICES = 15
PATIENCE = 20.0
"""Seconds for one slice, which takes some milliseconds on a quiet machine."""


class Key(NamedTuple):
    """What a figure is of."""

    mechanism: str
    size: int
    place: str
    measure: str = "round trip"


class Results:
    """The figures of a run; nanoseconds a round trip, or a message one way."""

    def __init__(self) -> None:
        self.contrasts: dict[tuple[int, str, str], Contrast] = {}
        """By size, place and measure: the figures that compare with each other."""
        where = f"Linux {platform.release()}, Python {platform.python_version()}, {len(os.sched_getaffinity(0))} cores"
        self.source = f"[live on {where}, {datetime.date.today().isoformat()}]"

    def sizes(self) -> tuple[int, ...]:
        """Those of which there are figures."""
        return tuple(sorted({size for size, _, _ in self.contrasts}))

    def best(self, mechanism: str, size: int, place: str, measure: str = "round trip") -> float:
        """The fastest slice; infinity where nothing was measured."""
        return self.spread(Key(mechanism, size, place, measure))[0]

    def spread(self, key: Key) -> tuple[float, float]:
        """The fastest slice and the median; infinity where nothing was measured."""
        found = self.contrasts.get(key[1:])
        if found is None or key.mechanism not in found.slices:
            return math.inf, math.inf
        return found.best(key.mechanism), found.median(key.mechanism)

    def figure(self, key: Key) -> str:
        """The fastest slice in words; where the machine was busy, with the median; "-" where nothing was measured."""
        best, median = self.spread(key)
        if best == math.inf:
            return "-"
        return duration(best) if median < 1.5 * best else f"{duration(best)} to {duration(median)}"

    def table(self, place: str, measure: str = "round trip") -> Grid:
        """A row for each mechanism, a column for each size: the chart's figures for those who do not see it."""
        rows = tuple((name, *(self.figure(Key(name, size, place, measure)) for size in SIZES)) for name in MECHANISMS)
        head = f"Time of a {'round trip' if measure == 'round trip' else 'message one way'}, on {place}"
        return Grid("", (Block(head, ("", *map(size_text, SIZES)), rows, ""),), self.source)

    def chart(self, place: str) -> object:
        """The figures as a picture."""
        from helpers.lessons.which_one.chart import Chart  # matplotlib, which starts slowly

        return Chart(self, place)

    def chooser(self) -> object:
        """A panel for choosing a mechanism by what it can do, with these figures."""
        from helpers.lessons.which_one.chooser import Chooser

        return Chooser(self)


class Pair:
    """The two processes, and in them both ends of each mechanism."""

    def __init__(self, stack: contextlib.ExitStack, names: Names) -> None:
        self._client = stack.enter_context(Child("bench client"))
        self._client.do("import gc; gc.disable(); from helpers.lessons.which_one.mechanisms import *")
        self.opened: list[str] = self._client.do("ends = open_all(names); list(ends)", names=names)
        self._server = stack.enter_context(self._client.fork("bench server"))
        self._server.do("kept = [begin() for begin in AFTER_FORK]")

    def place(self, place: str) -> None:
        """Move them there."""
        cores = sorted(os.sched_getaffinity(0))
        pin(self._client.pid, cores[-1])
        pin(self._server.pid, cores[-1 if place == "one core" else -2])

    def slice(self, key: Key, messages: int) -> float:
        """Nanoseconds for one of so many messages, or a few more."""
        mechanism, size = MECHANISMS[key.mechanism], key.size
        batch = together(mechanism.batch, size)
        window, back = (1, size) if key.measure == "round trip" else (mechanism.window(size), 1)
        burst = int(min(window, max(1, messages // batch)))
        bursts = max(1, messages // batch // burst)
        numbers = f"{size}, {back}, {bursts}, {burst}"
        serving = self._server.start(f"answer(ends[{key.mechanism!r}][1], {numbers})")
        taken = self._client.start(f"ask(ends[{key.mechanism!r}][0], {numbers})").result(PATIENCE)
        serving.result(PATIENCE)
        return float(taken) / (bursts * burst * batch)

    def fitting(self, key: Key) -> int:
        """How many messages take about as long as a slice should, undisturbed."""
        messages, taken = 16, self.slice(key, 16)
        while messages * taken < SLICE / 4:
            messages = min(16 * messages, round(SLICE / taken) + 1)  # the first ones are slow
            taken = min(self.slice(key, messages) for _ in range(3))  # one may be disturbed
        return max(1, round(SLICE / taken))

    def can(self, key: Key) -> bool:
        """Whether there can be such a figure. Those that wait without sleeping need a core for each process."""
        mechanism = MECHANISMS[key.mechanism]
        runs = key.place == "two cores" or not mechanism.spins
        measured = key.measure == "one way" or mechanism.round_trips
        return key.mechanism in self.opened and key.size <= mechanism.largest and runs and measured


def compare(
    seconds: float = 25.0, sizes: Sequence[int] = SIZES, mechanisms: Sequence[str] = tuple(MECHANISMS)
) -> Results:
    """Measure them all in about so many seconds, and show how far it has come."""
    require_linux("the measurements")
    from IPython.display import display

    bar, results, deadline = ProgressBar(), Results(), time.monotonic() + seconds
    display(bar)  # type: ignore[no-untyped-call]
    groups = list(itertools.product(PLACES[: len(os.sched_getaffinity(0))], MEASURES, sizes))
    with bench_names() as names, contextlib.ExitStack() as stack:
        pair = Pair(stack, names)
        for number, (place, measure, size) in enumerate(groups):
            bar(number / len(groups))
            pair.place(place)
            end = time.monotonic() + (deadline - time.monotonic()) / (len(groups) - number)
            keys = [Key(name, size, place, measure) for name in mechanisms]
            ways = {key.mechanism: partial(pair.slice, key, pair.fitting(key)) for key in keys if pair.can(key)}
            timed = contrast(size_text(size), ways, seconds=max(0.0, end - time.monotonic()), longer=1, most=SLICES)
            results.contrasts[size, place, measure] = timed
    bar(1.0)
    return results


@contextlib.contextmanager
def bench_names() -> Iterator[Names]:
    """Names under which nothing is, before the block and after it: to ask for one removes what was there."""

    def ask() -> Names:
        queues = scratch.name("bench-there"), scratch.name("bench-back")
        keys = scratch.key("bench-there"), scratch.key("bench-back")
        return {"fifo": scratch.path("bench-fifo"), "door": scratch.path("bench-door"), "queues": queues, "keys": keys}

    try:
        yield ask()
    finally:
        ask()


def size_text(size: int) -> str:
    """64 B, 8 KiB, 1 MiB."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} B"
