"""What mistakes cost: bars for the ways that were timed, and the list of all that have been noted.

A mistake that costs less than usual is a result of this machine, no error. So the words say what is usual, the same on
every run; what it cost in this run stands in the picture, and in the words only where it is less.
"""

from __future__ import annotations

from collections.abc import Mapping

from helpers.draw.bars import Bar, Piece, bars
from helpers.draw.grid import Block, Grid
from helpers.draw.picture import Picture
from helpers.lessons.which_one.measuring import Contrast

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
HEADS = ("", "the slower way", "takes", "", "the faster way", "takes", "usually")


class Costs:
    """The mistakes that were made on purpose, with what each has cost. As the value of a cell: the list of them all."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._rows: dict[tuple[str, str], tuple[str, ...]] = {}
        """The list's, by the contrast's title and the slower way; so what runs again takes its old place."""
        self._words: dict[tuple[str, str], str] = {}

    def note(self, timed: Contrast, usual: Mapping[str, float]) -> Picture:
        """Keep how many times as long as the last way each way in `usual` took, and show the bars.

        usual: how many times as long it takes at least on most machines; where it took less, the words say so.
        """
        *_, faster = times = {way: duration(timed.best(way)) for way in timed.slices}
        told = [f"{timed.title}, for one {timed.per}"]
        for way, least in usual.items():
            cost, place = timed.times(way), (timed.title, way)
            here = "" if cost >= least else f", here {ratio(cost)}"
            told.append(f"  {way}: usually at least {least:g} x {faster}{here}")
            self._words[place] = f"  {timed.title}: {told[-1].strip()}"
            self._rows[place] = (*place, times[way], ratio(cost), faster, times[faster], f"at least {least:g} x")
        figures = {way: time if way == faster else f"{time}   {ratio(timed.times(way))}" for way, time in times.items()}
        rows = [Bar(way, [Piece(timed.best(way))], figure) for way, figure in figures.items()]
        alt = f"{timed.title}, time for one {timed.per}. " + "; ".join(map(": ".join, figures.items()))
        return bars(f"{timed.title}: time for one {timed.per}", rows, told, alt)

    def show(self) -> Picture:
        """All that has been noted, a line each, with the figures of this run."""
        grid = Grid(self.title, (Block("", HEADS, tuple(self._rows.values()), "nothing has been noted"),), "")
        return Picture(grid.drawing(1020), "\n".join([self.title, *self._words.values()]))

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
