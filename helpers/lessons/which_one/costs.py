"""What mistakes cost: bars for the ways that were timed, and the list of all that have been noted.

A mistake that costs less than usual is a result of this machine, no error. So the words say what is usual, the same on
every run; what it cost in this run stands in the picture, and in the words only where it is less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.draw.bars import Bar, Piece, bars
from helpers.draw.grid import Block, Grid
from helpers.draw.picture import Picture
from helpers.lessons.which_one.measuring import Contrast

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
HEADS = ("", "the slower way", "takes", "", "the faster way", "takes", "usually")


@dataclass(frozen=True)
class Cost:
    """One line of the list."""

    contrast: Contrast
    slower: str
    usual: float

    @property
    def faster(self) -> str:
        """The way that is the measure of the others."""
        return list(self.contrast.slices)[-1]

    @property
    def words(self) -> str:
        """The same on every run that shows what is usual."""
        times = self.contrast.times(self.slower)
        here = "" if times >= self.usual else f", here {ratio(times)}"
        return f"{self.slower}: usually at least {self.usual:g} x {self.faster}{here}"

    @property
    def row(self) -> tuple[str, ...]:
        """What the list shows of it."""
        slow, fast = (duration(self.contrast.best(way)) for way in (self.slower, self.faster))
        times = ratio(self.contrast.times(self.slower))
        return (self.contrast.title, self.slower, slow, times, self.faster, fast, f"at least {self.usual:g} x")


class Costs:
    """The mistakes that were made on purpose, with what each has cost. As the value of a cell: the list of them all."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._noted: dict[tuple[str, str], Cost] = {}

    def note(self, timed: Contrast, usual: Mapping[str, float]) -> Picture:
        """Keep how many times as long as the last way each way in `usual` took, and show the bars.

        usual: how many times as long it takes at least on most machines; where it took less, the words say so.
        """
        costs = [Cost(timed, way, least) for way, least in usual.items()]
        self._noted |= {(timed.title, cost.slower): cost for cost in costs}
        told = {way: duration(timed.best(way)) for way in timed.slices}
        for way in list(told)[:-1]:
            told[way] += f"   {ratio(timed.times(way))}"
        rows = [Bar(way, [Piece(timed.best(way))], figure) for way, figure in told.items()]
        alt = f"{timed.title}, time for one {timed.per}. " + "; ".join(f"{way}: {text}" for way, text in told.items())
        words = [f"{timed.title}, for one {timed.per}", *(f"  {cost.words}" for cost in costs)]
        return bars(f"{timed.title}: time for one {timed.per}", rows, words, alt)

    def show(self) -> Picture:
        """All that has been noted, a line each, with the figures of this run."""
        rows = tuple(cost.row for cost in self._noted.values())
        grid = Grid(self.title, (Block("", HEADS, rows, "nothing has been noted"),), "")
        lines = [f"  {cost.contrast.title}: {cost.words}" for cost in self._noted.values()]
        return Picture(grid.drawing(1020), "\n".join([self.title, *lines]))

    def __repr__(self) -> str:
        return str(self.show())

    def _repr_mimebundle_(self, **_: object) -> object:
        return self.show()._repr_mimebundle_()


def duration(nanoseconds: float) -> str:
    """A time in three figures and the unit that fits: "177 ns", "5.68 µs", "44.0 ms", "1.20 s"."""
    size, unit = next((each for each in UNITS if nanoseconds >= 0.9995 * each[0]), UNITS[-1])
    number = nanoseconds / size
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f} {unit}"


def ratio(times: float) -> str:
    """How many times, in two or three figures, as in "0.05 x", "4.0 x" and "1950 x"."""
    return f"{times:.{2 if times < 0.995 else 1}f} x" if times < 99.5 else f"{float(f'{times:.3g}'):.0f} x"
