"""What mistakes cost: bars for the ways that were timed, and the list of all that have been noted.

A mistake that costs less than usual is a result of this machine, no error: tests assert what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from helpers.draw.drawing import Box, Drawing, Item, Text, text_width
from helpers.draw.picture import Picture

ROW, MARGIN, GAP, BARS = 26, 14, 10, 330
"""Pixels: a row's height, the edge, what is between columns, and the longest bar."""
SIZE = 13.0


class Timed(Protocol):
    """What can be noted: the times of the same work done in several ways, the last of which is the measure."""

    @property
    def title(self) -> str: ...
    @property
    def per(self) -> str: ...
    @property
    def ways(self) -> tuple[str, ...]: ...
    def best(self, way: str) -> float: ...
    def times(self, way: str) -> float: ...


@dataclass(frozen=True)
class _Cost:
    """One line of the list."""

    what: str
    slower: str
    faster: str
    slow: float
    fast: float
    usual: float

    @property
    def words(self) -> str:
        """The same on every run that shows what is usual."""
        here = "" if self.slow >= self.usual * self.fast else f", here {ratio(self.slow / self.fast)}"
        return f"{self.slower}: usually at least {self.usual:g} x {self.faster}{here}"


class Costs:
    """The mistakes that were made on purpose, with what each has cost. As the value of a cell: the list of them all."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._noted: dict[tuple[str, str], _Cost] = {}

    def note(self, timed: Timed, usual: Mapping[str, float]) -> Picture:
        """Keep how many times as long as the last way each way in `usual` took, and show the bars.

        usual: how many times as long it takes at least on most machines; where it took less, the words say so.
        Raises what `timed` raises for a way that it does not have.
        """
        cure = timed.ways[-1]
        fast = timed.best(cure)
        costs = [_Cost(timed.title, way, cure, timed.best(way), fast, least) for way, least in usual.items()]
        self._noted |= {(cost.what, cost.slower): cost for cost in costs}
        return bars(timed, [cost.words for cost in costs])

    def show(self) -> Picture:
        """All that has been noted, a line each, with the figures of this run."""
        words = "\n".join([self.title, *(f"  {cost.what}: {cost.words}" for cost in self._noted.values())])
        return Picture(_list_of(self.title, list(self._noted.values())), words)

    def __repr__(self) -> str:
        return str(self.show())

    def _repr_mimebundle_(self, **_: object) -> object:
        return self.show()._repr_mimebundle_()


def bars(timed: Timed, words: list[str]) -> Picture:
    """A bar for each way, as long as its fastest slice; `words`: what the text says, the same on every run."""
    best = {way: timed.best(way) for way in timed.ways}
    left = MARGIN + max(text_width(way, SIZE) for way in best) + GAP
    items: list[Item] = [Text(MARGIN, 26, f"{timed.title}: time for one {timed.per}", 14, bold=True)]
    told = _told(timed, best)
    for number, (way, nanoseconds) in enumerate(best.items()):
        y = 38.0 + ROW * number
        length = max(2.0, BARS * nanoseconds / max(best.values()))
        items += [
            Text(left - GAP, y + 17, way, SIZE, "end"),
            Box(left, y + 4, length, ROW - 9, "shade", "ink", 1.3),
            Text(left + length + 8, y + 17, told[way], SIZE),
        ]
    widest = max(item.extent[2] for item in items if isinstance(item, Text))
    alt = f"{timed.title}, time for one {timed.per}. " + "; ".join(f"{way}: {text}" for way, text in told.items())
    drawing = Drawing(widest + MARGIN, 38 + ROW * len(best) + MARGIN, tuple(items), alt)
    return Picture(drawing, "\n".join([f"{timed.title}, for one {timed.per}", *(f"  {each}" for each in words)]))


def duration(nanoseconds: float) -> str:
    """A time in three figures and the unit that fits: "177 ns", "5.68 µs", "44.0 ms", "1.20 s"."""
    for unit, size in (("ns", 1.0), ("µs", 1e3), ("ms", 1e6)):
        if nanoseconds < 999.5 * size:
            return f"{_three(nanoseconds / size)} {unit}"
    return f"{_three(nanoseconds / 1e9)} s"


def ratio(times: float) -> str:
    """How many times, in two or three figures, as in "0.05 x", "4.0 x" and "1950 x"."""
    return f"{times:.{2 if times < 0.995 else 1}f} x" if times < 99.5 else f"{float(f'{times:.3g}'):.0f} x"


def _three(number: float) -> str:
    return f"{number:.{2 if number < 9.995 else 1 if number < 99.95 else 0}f}"


def _told(timed: Timed, best: Mapping[str, float]) -> dict[str, str]:
    told = {way: f"{duration(best[way])}   {ratio(timed.times(way))}" for way in timed.ways[:-1]}
    return told | {timed.ways[-1]: duration(best[timed.ways[-1]])}


def _list_of(title: str, costs: list[_Cost]) -> Drawing:
    heads = ("", "the slower way", "takes", "", "the faster way", "takes", "usually")
    rows = [
        (
            cost.what, cost.slower, duration(cost.slow), ratio(cost.slow / cost.fast), cost.faster,
            duration(cost.fast), f"at least {cost.usual:g} x",
        )
        for cost in costs
    ]  # fmt: skip
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(text_width(cell, SIZE, bold=True) for cell in column) + 16 for column in columns]
    items: list[Item] = [Text(MARGIN, 26, title, 14, bold=True)]
    for number, row in enumerate((heads, *rows)):
        x, y = float(MARGIN), 52.0 + 24 * number
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            right = column in (2, 3, 5)
            role = "ink" if number else "muted"
            at = x + width - 16 if right else x
            items.append(Text(at, y, cell, SIZE, "end" if right else "start", bold=column == 3, role=role))
            x += width
    alt = f"{title}. " + "; ".join(f"{row[0]}, {row[1]}: {row[2]}, {row[3]} {row[4]} ({row[5]})" for row in rows)
    return Drawing(sum(widths) + 2 * MARGIN, 52.0 + 24 * len(rows) + MARGIN, tuple(items), alt)
