"""Measures the mechanisms in short slices, in turn, and rejects the slices in which another process had a core."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import math
import os
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from helpers.elsewhere import require_linux
from helpers.errors import CourseError
from helpers.interrupts import uninterrupted
from helpers.ipc import Child, scratch
from helpers.ipc.janitor import Thing, remove
from helpers.lessons.which_one.mechanisms import KINDS, LARGEST, Names
from helpers.lessons.which_one.results import Floor, Key, Machine, NotMeasured, Results, figure_of, size_text
from helpers.lessons.which_one.slices import Language, Measure, Order, Placement, Slice
from helpers.lessons.which_one.twin import NoTwin, build

MECHANISMS = tuple(KINDS)
SIZES = (64, 1024, 8192, 65536, LARGEST)
SLICE = 2_000_000
"""Nanoseconds that a slice is to take: less than a process keeps its core when others wait for it, so that on a busy
machine some slices are clean; more than a thousand times what reading the clock takes."""
WANTED = 15
"""Clean slices for a figure."""
SECONDS = 25.0
"""That everything may take."""
PATIENCE = 20.0
"""Seconds for one slice of each mechanism, which take some milliseconds on a quiet machine."""

Progress = Callable[[float], object]
"""Is told which part of the work is done, from 0 to 1."""


class BenchError(CourseError):
    """What was asked cannot be measured."""


def measure(
    mechanisms: Sequence[str] = MECHANISMS,
    sizes: Sequence[int] = SIZES,
    measures: Sequence[Measure] = tuple(Measure),
    placements: Sequence[Placement] = tuple(Placement),
    languages: Sequence[Language] = (Language.PYTHON,),
    seconds: float = SECONDS,
    wanted: int = WANTED,
    progress: Progress = lambda part: None,
) -> Results:
    """Measure each mechanism with each size (in bytes), measure and placement, in at most so many seconds.

    Each figure comes from `wanted` clean slices; where the time does not suffice, from fewer, and says so. What this
    machine lacks, or a mechanism cannot do, is named in `Results.refused` and `Results.missing`. `progress` is told
    the part that is done, from 0 to 1. Raises BenchError for a mechanism or a size that there is not.
    """
    require_linux("the measurements")
    _check(mechanisms, sizes)
    with own_names("bench") as names:
        library, why_no_twin = _twin(names.folder) if Language.C in languages else ("", "C was not asked for")
        with Run(mechanisms, names, library) as run:
            results = Results(_machine(why_no_twin), run.floor(sizes), run.refused)
            groups = list(itertools.product(placements, measures, sizes))
            deadline = time.monotonic() + seconds
            for number, (placement, which, size) in enumerate(groups):
                progress(number / len(groups))
                share = (deadline - time.monotonic()) / (len(groups) - number)
                keys = [Key(name, which, size, placement, language) for name in mechanisms for language in languages]
                _measure_group(run, results, keys, wanted, time.monotonic() + share)
            progress(1.0)
            return results


def _check(mechanisms: Sequence[str], sizes: Sequence[int]) -> None:
    for name in mechanisms:
        if name not in KINDS:
            raise BenchError(f"there is no mechanism {name!r}; there are {', '.join(KINDS)}")
    for size in sizes:
        if not 1 <= size <= LARGEST:
            raise BenchError(f"a message has from 1 to {LARGEST} bytes here, not {size}")


def _measure_group(run: Run, results: Results, keys: Sequence[Key], wanted: int, deadline: float) -> None:
    """Figures that compare with each other: their slices are taken in turn, ABC CBA ABC, so that each follows each
    neighbour as often as it goes before it: what runs in another's wake finds the caches warm, or cold."""
    reasons = {key: run.why_not(key) for key in keys}
    results.missing.update({key: reason for key, reason in reasons.items() if reason})
    left = [key for key in keys if not reasons[key]]
    orders, slices = run.calibrated(left, deadline), defaultdict[Key, list[Slice]](list)
    while left and (time.monotonic() < deadline or not slices):
        for key, each in zip(left, run.slices([orders[key] for key in left]), strict=True):
            slices[key].append(each)
        left = [key for key in reversed(left) if not _done(slices[key], wanted)]
    for key, taken in slices.items():
        try:
            results.figures[key] = figure_of(taken)
        except NotMeasured as error:
            results.missing[key] = str(error)
            run.refused.setdefault(key.mechanism, str(error))  # what was lost may still come, in the place of another


def _done(slices: Sequence[Slice], wanted: int) -> bool:
    """Enough clean ones, or a loss, after which more may be wrong."""
    return bool(slices[-1].lost) or sum(not each.disturbed for each in slices) >= wanted


class Run:
    """The two processes, from beginning to end of a measurement; a context manager."""

    def __init__(self, mechanisms: Sequence[str], names: Names, library: str = "") -> None:
        """Start them, and have the mechanisms opened; `library`: the twin in C."""
        self._cores = sorted(os.sched_getaffinity(0))
        with contextlib.ExitStack() as stack:
            self._client = stack.enter_context(Child("bench client"))
            self._client.do("from helpers.lessons.which_one.pair import Pair")
            self._client.do(
                "pair = Pair(mechanisms, names, cores, library)",
                mechanisms=list(mechanisms), names=names, cores=self._cores, library=library,
            )  # fmt: skip
            self.refused: dict[str, str] = self._client.do("pair.refused")
            self._largest: dict[str, tuple[int, str]] = self._client.do("pair.largest()")
            self._server = stack.enter_context(self._client.fork("bench server"))
            self._server.start("pair.serve()")
            self._stack = stack.pop_all()
        self._twin = bool(library)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def slices(self, orders: Sequence[Order]) -> list[Slice]:
        """One slice for each order, in this order."""
        taken: list[Slice] = self._client.start("pair.run(orders)", orders=list(orders)).result(PATIENCE)
        return taken

    def why_not(self, key: Key) -> str:
        """Why there can be no such figure, in a sentence; "" if there can."""
        kind = KINDS[key.mechanism]
        if key.mechanism in self.refused:
            return self.refused[key.mechanism]
        if key.measure is Measure.ROUND_TRIP and not kind.round_trips:
            return "it has no way back"
        if key.placement is Placement.TWO_CORES and len(self._cores) < 2:
            return "this process may use one core only"
        if key.placement is Placement.ONE_CORE and kind.needs_two_cores:
            return "its processes wait without sleeping, and on one core keep each other from running"
        most, limit = self._largest[key.mechanism]
        if key.size > most:
            return f"a message has at most {size_text(most)}: {limit}"
        if key.language is Language.C and not self._twin:
            return "there is no twin in C"
        if key.language is Language.C and not kind.has_twin:
            return "it has no twin in C: what it costs is the course's own Python"
        return ""

    def calibrated(self, keys: Sequence[Key], deadline: float = math.inf) -> dict[Key, Order]:
        """Orders that take about as long as a slice should; from `deadline` on (time.monotonic()) as good as it got."""
        orders = {key: Order(*key[:4], times=self._whole(key, 1), language=key.language) for key in keys}
        growing = list(keys)
        while growing and time.monotonic() < deadline:
            taken = self.slices([orders[key] for key in growing])
            for key, each in zip(list(growing), taken, strict=True):
                times = self._whole(key, each.order.times * SLICE / max(each.elapsed, 1))
                if each.elapsed > SLICE / 4 or each.lost:
                    growing.remove(key)
                else:
                    times = min(times, self._whole(key, 8 * each.order.times))  # the first ones are slow
                orders[key] = orders[key]._replace(times=times)
        return orders

    def _whole(self, key: Key, times: float) -> int:
        """A number of messages of which the mechanism can make batches."""
        batch = KINDS[key.mechanism].batch(key.size)
        return max(1, round(times / batch)) * batch

    def floor(self, sizes: Sequence[int]) -> Floor:
        """Measured by the same two processes."""
        language = Language.C if self._twin else Language.PYTHON
        key = Key("pipe", Measure.ROUND_TRIP, 1, Placement.ONE_CORE, language)
        order = self.calibrated([key])[key]
        round_trip = min(each.each for each in self.slices([order] * WANTED))
        clock, system_call, copies = self._client.do("pair.floor(sizes)", sizes=list(sizes))
        return Floor(clock, system_call, round_trip / 2, copies)


@contextlib.contextmanager
def own_names(label: str) -> Iterator[Names]:
    """Under which nothing is left after the block, and after the kernel's end, however that comes."""
    folder, queues, keys = scratch.path(label), _two(scratch.name, label), _two(scratch.key, label)
    things = [Thing("path", folder)]
    things += [Thing("name", name) for name in queues] + [Thing("key", str(key)) for key in keys]
    try:
        os.mkdir(folder, 0o700)
        yield Names(folder, queues, keys)
    finally:
        with uninterrupted():
            for thing in things:
                remove(thing)


Name = TypeVar("Name")


def _two(ask: Callable[[str], Name], label: str) -> tuple[Name, Name]:
    return ask(f"{label}-request"), ask(f"{label}-reply")


def _twin(folder: str) -> tuple[str, str]:
    """The path of the twin in C; and why there is none."""
    try:
        return build(folder), ""
    except NoTwin as error:
        return "", str(error)


def _machine(twin: str) -> Machine:
    cores = len(os.sched_getaffinity(0))
    return Machine(platform.release(), platform.python_version(), datetime.date.today().isoformat(), cores, twin)
