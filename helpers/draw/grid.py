"""A table as the value of a cell: text to compare, HTML to look at, and a drawing where a page may not show HTML.

All three are made of the same blocks of strings, so a panel needs no renderer of its own. Columns of the drawing are as
wide as their texts, and where the page is too narrow the widest give way and wrap; a layout as browsers make it was not
worth its code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from helpers.draw.drawing import Drawing, Item, Line, Point, Shape, Text, text_width, wrapped
from helpers.draw.palette import COLOURS

_INK, _MUTED, _FRAME = (COLOURS[role].css for role in ("ink", "muted", "frame"))
_CELL = f"padding:3px 10px;border-bottom:1px solid {_FRAME};text-align:left;white-space:pre-wrap"
_TABLE = f"border-collapse:collapse;margin:4px 0;color:{_INK};font-size:13px"

WIDTH = 900
MARGIN, PAD, ROW, SIZE, SWATCH = 14.0, 10.0, 18.0, 13.0, 6.0


@dataclass(frozen=True)
class Block:
    """One table with its heading."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    """What is said where there is no row."""
    marked: Collection[tuple[int, int]] = ()
    """Row and column, from 0, of each cell with a dashed frame; no text tells of them."""
    colours: Mapping[str, str] = field(default_factory=dict)
    """By a cell's text the role of the colour beside it, which only repeats what the text says."""

    def text(self) -> str:
        """In columns of even width."""
        if not self.rows:
            return f"{self.heading}\n  {self.empty}"
        lines = [self.columns, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = ("  ".join(map(str.ljust, line, widths)) for line in lines)
        return "\n".join([self.heading, *(f"  {line}".rstrip() for line in padded)])

    def html(self, inner: Callable[[str], str] | None = None) -> str:
        """As a table that follows JupyterLab's theme; `inner` makes the HTML within a cell, a link say."""
        caption = f'<caption style="text-align:left;font-weight:bold;color:{_INK}">{escape(self.heading)}</caption>'
        if not self.rows:
            return f'<table style="{_TABLE}">{caption}<tr><td style="{_CELL}">{escape(self.empty)}</td></tr></table>'
        heads = (f'<th scope="col" style="{_CELL};color:{_MUTED}">{escape(name)}</th>' for name in self.columns)
        rows = "".join(f"<tr>{self._cells(number, inner or _escaped)}</tr>" for number in range(len(self.rows)))
        return f'<table style="{_TABLE}">{caption}<tr>{"".join(heads)}</tr>{rows}</table>'

    def _cells(self, row: int, inner: Callable[[str], str]) -> str:
        return "".join(
            f'<td style="{_CELL}{self._look(row, column)}">{inner(cell)}</td>'
            for column, cell in enumerate(self.rows[row])
        )

    def _look(self, row: int, column: int) -> str:
        frame = f";outline:2px dashed {_INK}" if (row, column) in self.marked else ""
        role = self.colours.get(self.rows[row][column])
        return f"{frame};box-shadow:inset {SWATCH:g}px 0 {COLOURS[role].css}" if role else frame

    def items(self, top: float, width: float) -> tuple[list[Item], float]:
        """What is drawn below `top`, and where it ends."""
        items: list[Item] = []
        if self.heading:
            top += ROW + 4
            items.append(Text(MARGIN, top - 4, self.heading, SIZE, bold=True))
        if not self.rows:
            return [*items, Text(MARGIN + PAD, top + ROW, self.empty, SIZE)], top + ROW + PAD
        lines = [self.columns, *self.rows]
        widths = _fitting([max(map(_room, column)) for column in zip(*lines, strict=True)], width - 2 * MARGIN)
        for number, line in enumerate(lines, -1):
            bottom = top + _height(line, widths)
            items += _row(line, widths, top, bottom, "muted" if number < 0 else "ink")
            items += self._marks(number, widths, top, bottom)
            top = bottom
        return items, top + PAD

    def _marks(self, row: int, widths: Sequence[float], top: float, bottom: float) -> Iterator[Item]:
        """The colours and frames of a row's cells; the heads, row -1, have none."""
        left = MARGIN
        for column, (cell, width) in enumerate(zip(self.rows[row] if row >= 0 else (), widths, strict=False)):
            if role := self.colours.get(cell):
                yield Shape(_corners(left + 1, top + 2, left + 1 + SWATCH, bottom - 2), role)
            if (row, column) in self.marked:
                corners = _corners(left, top, left + width, bottom)
                yield Line((*corners, corners[0]), "ink", 2, (5, 3))
            left += width


@dataclass(frozen=True)
class Grid:
    """What a cell shows: tables, and where their content comes from. `print(grid)` shows the text."""

    title: str
    parts: tuple[Block, ...]
    source: str
    """As in "[live on Linux 6.18.1, 2026-01-31]"."""

    def __str__(self) -> str:
        return "\n".join(filter(None, [self.title, *(part.text() for part in self.parts), self.source]))

    def __repr__(self) -> str:
        return str(self)

    def html(self, inner: Callable[[str], str] | None = None) -> str:
        """The tables side by side where the page is wide enough; `inner` as in `Block.html`."""
        tables = "".join(part.html(inner) for part in self.parts)
        title = f'<div style="font-weight:bold">{escape(self.title)}</div>' if self.title else ""
        return (
            f'<div style="color:{_INK}">{title}<div style="display:flex;flex-wrap:wrap;gap:8px 24px">'
            f'{tables}</div><div style="color:{_MUTED};font-size:90%">{escape(self.source)}</div></div>'
        )

    def drawing(self, width: float = WIDTH) -> Drawing:
        """The tables one under the other, with their text as the alternative."""
        items: list[Item] = []
        y = MARGIN
        for line in wrapped(self.title, width - 2 * MARGIN, SIZE, bold=True):
            items.append(Text(MARGIN, y + SIZE, line, SIZE, bold=True))
            y += ROW
        for part in self.parts:
            drawn, y = part.items(y, width)
            items += drawn
        if self.source:
            items.append(Text(MARGIN, y + SIZE, self.source, 12, role="muted"))
            y += ROW
        return Drawing(width, round(y + MARGIN / 2), tuple(items), str(self))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self.html(), "text/plain": str(self)}


def _escaped(text: str) -> str:
    # JupyterLab takes what stands between two $ for a formula, unless each is an element of its own.
    return escape(text).replace("$", "<span>$</span>")


def _room(text: str) -> float:
    return text_width(text, SIZE) + 2 * PAD


def _fitting(widths: Sequence[float], room: float) -> list[float]:
    """The widths, the widest of them made narrower until all fit."""
    most = max(widths)
    while sum(min(width, most) for width in widths) > room:
        most -= 1
    return [min(width, most) for width in widths]


def _height(line: Sequence[str], widths: Sequence[float]) -> float:
    most = max(
        len(wrapped(cell, width - 2 * PAD + 1, SIZE)) for cell, width in zip(line, widths, strict=True)
    )
    return ROW * max(1, most) + 6


def _row(line: Sequence[str], widths: Sequence[float], top: float, bottom: float, role: str) -> list[Item]:
    items: list[Item] = [Line(((MARGIN, bottom), (MARGIN + sum(widths), bottom)), "frame", 1)]
    x = MARGIN + PAD
    for cell, width in zip(line, widths, strict=True):
        for number, words in enumerate(wrapped(cell, width - 2 * PAD + 1, SIZE)):
            items.append(Text(x, top + ROW * (number + 1) - 1, words, SIZE, role=role))
        x += width
    return items


def _corners(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    return ((left, top), (right, top), (right, bottom), (left, bottom))
