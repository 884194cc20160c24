"""Horizontal bars, one below the other: how much there is of each thing, and of what it consists.

A bar is a row of boxes, so that one function draws a plain bar, a divided one and a row of counted boxes. matplotlib's
barh() draws plots with axes; what is needed here is a label, a bar and a figure that can be read, in the course's own
colours, live and on paper. The words are the lesson's: what is compared must be the same on every run, and a measured
length is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Text, text_width
from helpers.draw.picture import Picture

MARGIN, TITLE, ROW, THICK, GAP = 14.0, 38.0, 26.0, 17.0, 10.0
"""Pixels: the edge, the part above the bars, a row, a bar in it, and what is between label, bar and figure."""
SIZE = 13.0
LEAST = 2.0
"""Pixels of a box that would be too short to be seen."""


@dataclass(frozen=True)
class Piece:
    """One box of a bar."""

    amount: float
    fill: str = "shade"
    """The role of its colour."""
    sign: str = ""
    """Written in it: nothing is told by colour alone."""


@dataclass(frozen=True)
class Bar:
    """A label, the boxes from left to right, and what is written after them."""

    label: str
    pieces: Sequence[Piece]
    figure: str = ""


def bars(title: str, rows: Sequence[Bar], words: Sequence[str], alt: str, longest: float = 330) -> Picture:
    """The rows under a title; the longest bar has `longest` pixels. `words`: the text twin; `alt`: with the figures."""
    most = max(sum(piece.amount for piece in row.pieces) for row in rows)
    left = MARGIN + max(text_width(row.label, SIZE) for row in rows) + GAP
    items: list[Item] = [Text(MARGIN, 26, title, 14, bold=True)]
    for number, row in enumerate(rows):
        items += _row(row, left, TITLE + ROW * number, longest / most)
    right = max(item.extent[2] for item in items if isinstance(item, Text))
    right = max(right, left + longest)
    drawing = Drawing(round(right + MARGIN), round(TITLE + ROW * len(rows) + MARGIN), tuple(items), alt)
    return Picture(drawing, "\n".join(words))


def _row(row: Bar, left: float, y: float, scale: float) -> list[Item]:
    items: list[Item] = [Text(left - GAP, y + 17, row.label, SIZE, "end")]
    x = left
    for piece in row.pieces:
        width = max(LEAST, piece.amount * scale)
        items.append(Box(x, y + 4, width, THICK, piece.fill, "ink", 1.3))
        if piece.sign:
            items.append(Text(x + width / 2, y + 17, piece.sign, SIZE, "middle", bold=True))
        x += width
    return [*items, Text(x + GAP - 2, y + 17, row.figure, SIZE)]
