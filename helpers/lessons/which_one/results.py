"""What was measured, as one value: figures with their spread, a ranking, a table; saved to and loaded from JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.lessons.which_one.slices import Language, Measure, Placement, Slice

ENOUGH = 5
"""Clean slices from which a figure can be told."""
TELLING = 1.05
"""Medians that differ by less are a tie: where the two processes' memory happens to lie makes that much."""


class NotMeasured(CourseError):
    """There is no such figure; the message says why."""


class Key(NamedTuple):
    """What a figure is of."""

    mechanism: str
    measure: Measure
    size: int
    placement: Placement
    language: Language = Language.PYTHON


@dataclass(frozen=True)
class Figure:
    """Nanoseconds a round trip, or a message one way: the fastest of the clean slices, and their quartiles."""

    best: float
    """On one core, what else runs on the machine only adds: on a busy one this is what compares best."""
    lower: float
    median: float
    upper: float
    clean: int
    """Slices that count."""
    disturbed: int
    """Slices that were rejected, because another process had taken a core."""

    def bytes_per_second(self, size: int) -> float:
        """With messages of `size` bytes."""
        return size / self.median * 1e9

    @property
    def busy(self) -> bool:
        """Whether too few slices were clean to rely on; where none was, the quartiles are those of all slices."""
        return self.clean < ENOUGH

    def __str__(self) -> str:
        said = f"{time_text(self.median)} ({time_text(self.lower)} to {time_text(self.upper)})"
        if self.busy:
            said += f", busy machine: {self.disturbed} of {self.clean + self.disturbed} slices were disturbed"
        return said

    def before(self, other: Figure) -> bool:
        """Whether this is faster, and not by chance: its upper quartile lies under the other's lower one, and the
        medians differ by more than another run would change them."""
        return self.upper < other.lower and self.median * TELLING < other.median


def figure_of(slices: Sequence[Slice]) -> Figure:
    """Of the clean ones; of all that came to their end, where none is clean."""
    clean = [each for each in slices if not each.disturbed]
    counted = clean or [each for each in slices if not each.lost]
    if not counted:
        raise NotMeasured(next((each.lost for each in slices), "no slice was measured in the time there was"))
    times = [each.each for each in counted]
    lower, median, upper = statistics.quantiles(times, n=4, method="inclusive") if len(times) > 1 else times * 3
    return Figure(min(times), lower, median, upper, len(clean), len(slices) - len(clean))


@dataclass(frozen=True)
class Floor:
    """What nobody can be faster than, measured in the same run; in nanoseconds."""

    clock: float
    """Reading time.perf_counter_ns()."""
    system_call: float
    """getppid(2), which does next to nothing; by the twin in C, or by Python where there is none."""
    hand_over: float
    """One core: write a byte to a pipe, so that the other process runs and this one does not."""
    copy: dict[int, float]
    """Copying so many bytes from one place in memory to another."""


@dataclass(frozen=True)
class Machine:
    """Where and when."""

    kernel: str
    python: str
    date: str
    cores: int
    """That this process may use."""
    twin: str
    """Why there is no twin in C; "" if there is one."""

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"Linux {self.kernel}, Python {self.python}, {cores}, {self.date}"


@dataclass
class Results:
    """All figures of a run."""

    machine: Machine
    floor: Floor
    refused: dict[str, str] = field(default_factory=dict)
    """Mechanisms that this machine lacks, with the reason."""
    figures: dict[Key, Figure] = field(default_factory=dict)
    missing: dict[Key, str] = field(default_factory=dict)
    """Why there is no such figure, where it was asked for."""
    recorded: bool = False
    """Whether these are figures of another run, perhaps of another machine."""

    def figure(
        self, mechanism: str, measure: Measure, size: int, placement: Placement, language: Language = Language.PYTHON
    ) -> Figure:
        """Raises NotMeasured, whose sentence says why."""
        key = Key(mechanism, measure, size, placement, language)
        if key not in self.figures:
            raise NotMeasured(f"{mechanism}: {self._reason(key)}")
        return self.figures[key]

    def why_not(self, mechanism: str, measure: Measure, size: int, placement: Placement) -> str:
        """Why there is no figure of it in Python, in a sentence; "" if there is one."""
        key = Key(mechanism, measure, size, placement)
        return "" if key in self.figures else self._reason(key)

    def _reason(self, key: Key) -> str:
        return self.refused.get(key.mechanism) or self.missing.get(key) or "this was not measured in this run"

    def ranking(self, measure: Measure, size: int, placement: Placement) -> tuple[tuple[str, ...], ...]:
        """The mechanisms from the fastest on, those that tie in one place.

        A place is shared by all that are not behind its first: whether one is behind says `Figure.before`.
        """
        figures = sorted(self._of(measure, size, placement), key=lambda each: each[1].median)
        places: list[list[tuple[str, Figure]]] = []
        for name, figure in figures:
            if places and not places[-1][0][1].before(figure):
                places[-1].append((name, figure))
            else:
                places.append([(name, figure)])
        return tuple(tuple(name for name, _ in place) for place in places)

    def _of(self, measure: Measure, size: int, placement: Placement) -> Iterator[tuple[str, Figure]]:
        for key, figure in self.figures.items():
            if key[1:] == (measure, size, placement, Language.PYTHON):
                yield key.mechanism, figure

    def mechanisms(self) -> tuple[str, ...]:
        """Those of which there are figures."""
        return tuple(dict.fromkeys(key.mechanism for key in self.figures))

    def sizes(self) -> tuple[int, ...]:
        """Those of which there are figures."""
        return tuple(sorted({key.size for key in self.figures}))

    def python_over_c(self, mechanism: str, measure: Measure, size: int, placement: Placement) -> float:
        """How many times as long Python takes as C, in this run. Raises NotMeasured."""
        python, c = (self.figure(mechanism, measure, size, placement, language) for language in Language)
        return python.median / c.median

    @property
    def source(self) -> str:
        """Where and when, as other views of the course say it."""
        return f"[{'recorded' if self.recorded else 'live'} on {self.machine}]"

    @property
    def disturbed(self) -> tuple[int, int]:
        """How many slices were rejected, of how many."""
        figures = self.figures.values()
        rejected = sum(figure.disturbed for figure in figures)
        return rejected, rejected + sum(figure.clean for figure in figures)

    def save(self, path: str | Path) -> None:
        """As JSON."""
        Path(path).write_text(json.dumps(self._plain(), indent=1) + "\n")

    def _plain(self) -> dict[str, object]:
        return {
            "machine": asdict(self.machine),
            "floor": asdict(self.floor),
            "refused": self.refused,
            "figures": [[*key, *asdict(figure).values()] for key, figure in self.figures.items()],
            "missing": [[*key, reason] for key, reason in self.missing.items()],
        }


def load(path: str | Path) -> Results:
    """What `Results.save` has written. Raises NotMeasured for a file that is not such a one, OSError as open(2)."""
    try:
        plain = json.loads(Path(path).read_text())
        floor = Floor(**plain["floor"] | {"copy": {int(size): ns for size, ns in plain["floor"]["copy"].items()}})
        figures = {_key(row[:5]): Figure(*row[5:]) for row in plain["figures"]}
        missing = {_key(row[:5]): row[5] for row in plain["missing"]}
        return Results(Machine(**plain["machine"]), floor, dict(plain["refused"]), figures, missing)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise NotMeasured(f"{path} holds no results of helpers.lessons.which_one: {error!r}") from None


def _key(row: Iterable[object]) -> Key:
    mechanism, measure, size, placement, language = row
    which = Measure(str(measure)), int(str(size)), Placement(str(placement)), Language(str(language))
    return Key(str(mechanism), *which)


def time_text(nanoseconds: float) -> str:
    """With three digits and a unit."""
    for unit, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= 0.9995 * unit:  # three digits of less would be 1e+03
            return f"{nanoseconds / unit:.3g} {name}"
    return f"{nanoseconds:.3g} ns"


def size_text(size: int) -> str:
    """64 B, 8 KiB, 1 MiB."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"
