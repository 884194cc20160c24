"""A table as the value of a cell: one or more of them as HTML, as text, and drawn.

The three come from one content, so none can say less than another. The drawing is for what has to be seen where HTML
cannot be: in a panel before the notebook is run, and where the figures differ from run to run but the text must not.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from helpers.draw.drawing import Drawing, Item, Text, text_width
from helpers.draw.palette import COLOURS
from helpers.draw.wrapping import fitted

_INK, _MUTED, _FRAME = (COLOURS[role].css for role in ("ink", "muted", "frame"))
_CELL = f"padding:3px 10px;border-bottom:1px solid {_FRAME};text-align:left;white-space:pre-wrap"
_MARGIN, _ROW, _SIZE, _BETWEEN = 14.0, 23.0, 13.0, 18.0
"""Pixels of a drawing: its edge, a row, the letters, and what is between two columns."""


@dataclass(frozen=True)
class Part:
    """One table with its heading."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    """What is said where there is no row."""

    def text(self) -> str:
        """In columns of even width."""
        if not self.rows:
            return f"{self.heading}\n  {self.empty}"
        lines = [self.columns, *self.rows]
        widths = [max(len(line[number]) for line in lines) for number in range(len(self.columns))]
        padded = (
            "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines
        )
        return "\n".join([self.heading, *(f"  {line}".rstrip() for line in padded)])

    def html(self) -> str:
        """As a table that follows JupyterLab's theme."""
        caption = (
            f'<caption style="text-align:left;font-weight:bold;color:{_INK}">{escape(self.heading)}</caption>'
        )
        if not self.rows:
            return f'<table style="{_TABLE}">{caption}<tr>{_cell(self.empty)}</tr></table>'
        head = "".join(
            f'<th scope="col" style="{_CELL};color:{_MUTED}">{escape(name)}</th>' for name in self.columns
        )
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.rows)
        return f'<table style="{_TABLE}">{caption}<tr>{head}</tr>{body}</table>'

    def items(self, top: float, width: float) -> list[Item]:
        """Drawn below `top`: the heading, the columns' names if they have any, the rows."""
        lines = [self.columns, *self.rows] if self.rows and any(self.columns) else list(self.rows or [(self.empty,)])
        x, y = _MARGIN, top + (_ROW if self.heading else 0)
        items: list[Item] = [Text(x, y, self.heading, _SIZE, bold=True)] if self.heading else []
        for column in zip(*lines, strict=True):
            for number, cell in enumerate(column, start=1):
                role = "muted" if lines[number - 1] is self.columns else "ink"
                text = fitted(cell, width - x - _MARGIN, _SIZE)
                items.append(Text(x, y + _ROW * number, text, _SIZE, role=role))
            x += max(text_width(cell, _SIZE) for cell in column) + _BETWEEN
        return items


@dataclass(frozen=True)
class Grid:
    """What a cell shows: tables, and where their content comes from. `print(grid)` shows the text."""

    title: str
    parts: tuple[Part, ...]
    source: str
    """As in "[live on Linux 6.18.1, 2026-01-31]"."""

    def __str__(self) -> str:
        head = [self.title] if self.title else []
        return "\n".join([*head, *(part.text() for part in self.parts), self.source])

    def __repr__(self) -> str:
        return str(self)

    def html(self) -> str:
        """The tables side by side where the page is wide enough."""
        tables = "".join(part.html() for part in self.parts)
        title = f'<div style="font-weight:bold">{escape(self.title)}</div>' if self.title else ""
        return (
            f'<div style="color:{_INK}">{title}<div style="display:flex;flex-wrap:wrap;gap:8px 24px">'
            f'{tables}</div><div style="color:{_MUTED};font-size:90%">{escape(self.source)}</div></div>'
        )

    def drawing(self, width: float = 860) -> Drawing:
        """The tables one below the other; what does not fit into the width ends in dots, and stands whole in the alt
        text."""
        items: list[Item] = [Text(_MARGIN, 26, self.title, 14, bold=True)] if self.title else []
        y = 30.0 if self.title else 4.0
        for part in self.parts:
            items += part.items(y, width)
            y = max(item.y for item in items if isinstance(item, Text)) + _ROW / 2
        items.append(Text(_MARGIN, y + _ROW / 2, self.source, 12, role="muted"))
        return Drawing(width, y + _ROW / 2 + _MARGIN, tuple(items), str(self))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self.html(), "text/plain": str(self)}


_TABLE = f"border-collapse:collapse;margin:4px 0;color:{_INK};font-size:13px"


def _cell(text: str) -> str:
    # JupyterLab takes what stands between two $ for a formula, unless each is an element of its own.
    return f'<td style="{_CELL}">{escape(text).replace("$", "<span>$</span>")}</td>'
