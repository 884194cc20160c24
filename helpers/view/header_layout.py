"""The picture of a header map: each byte of a message on the left, the fields that they make on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from helpers.protocols.fields import Field, place
from helpers.view.drawing import Box, Drawing, Item, Line, Shape, Text, text_width
from helpers.view.header_rows import Piece, Row, header_rows

MARGIN = 12
OFFSET_WIDTH = 30
"""For the number of a row's first byte."""
BYTE_WIDTH = 25
"""For a byte in hexadecimal."""
GAP = 14
"""Between the bytes and the fields."""
FIELDS_WIDTH = 560
"""For the fields of a row: one bit of 32 is wide enough for a letter."""
NARROW_FIELDS_WIDTH = 320
"""The same where the picture has two columns."""
TALL = 720
"""A picture higher than this is drawn in two columns, if they fit."""
TEXT, SMALL = 13, 12
LINE = 17
"""From one line of text to the next."""
LETTER = 12
"""The same between the letters of a name that is written downwards."""
PAD = 4
"""Between a field's edge and its words."""
ABOVE = 6
"""Between a row's edge and its first line."""
HEADING = 26
RULER = 20
DOWN = "↓"
"""Stands in a field too small for any word, which then stand below the row."""


@dataclass(frozen=True)
class Label:
    """What is written into a piece of a field, line by line, and below its row if that is not all."""

    lines: tuple[str, ...]
    pitch: int = LINE
    note: str = ""

    @property
    def height(self) -> int:
        """With a letter's name written downwards, its value stands a little apart."""
        return len(self.lines) * self.pitch + (LINE - LETTER if self.pitch == LETTER else 0)


@dataclass(frozen=True)
class Placed:
    """A row with its place in the picture."""

    row: Row
    labels: tuple[Label, ...]
    x: float
    y: float
    """The left upper corner; a heading stands above it."""

    @property
    def height(self) -> float:
        """Of the fields' boxes, without heading and notes."""
        return 2 * ABOVE + max(label.height for label in self.labels)

    @property
    def notes(self) -> list[str]:
        """What is said below it."""
        return [label.note for label in self.labels if label.note]

    @property
    def below(self) -> float:
        """Where the next row begins."""
        return self.y + self.height + LINE * len(self.notes) + (4 if self.notes else 0)


@dataclass(frozen=True)
class Area:
    """A rectangle of the picture that belongs to a field."""

    number: int
    x: float
    y: float
    width: float
    height: float


class HeaderLayout:
    """A message's header map, laid out once; `drawing` paints it with any field chosen."""

    def __init__(self, data: bytes, fields: Sequence[Field], title: str, width: int) -> None:
        """Takes the fields of the whole message in the order of its bytes, `width` bytes in a row."""
        self.data, self.fields, self.title, self.bytes_per_row = data, tuple(fields), title, width
        self._rows = header_rows(fields, len(data), width)
        self._labelled = _labelled(self._rows, width)
        self.fields_width = FIELDS_WIDTH
        self.rows = self._placed(1)
        if width <= 4 and self.rows[-1].below > TALL:
            self.fields_width = NARROW_FIELDS_WIDTH
            self.rows = self._placed(2)
        self.width = max(placed.x for placed in self.rows) + self._column_width + MARGIN
        self.height = max(placed.below for placed in self.rows) + MARGIN

    def drawing(self, chosen: int | None = None) -> Drawing:
        """The picture; the field with the number `chosen` has a thick edge and bold words."""
        items: list[Item] = [Text(MARGIN, 24, self.title, 14, bold=True)] if self.title else []
        for x in sorted({placed.x for placed in self.rows}):
            items += self._ruler(x)
        for placed in self.rows:
            items += self._row(placed, chosen)
        items += [
            Box(area.x, area.y, area.width, area.height, "none", "new", 3) for area in self.areas if area.number == chosen
        ]
        return Drawing(self.width, self.height, tuple(items), self._alt)

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The rectangles of all fields: their boxes, and their bytes."""
        found = []
        for placed in self.rows:
            for piece in placed.row.pieces:
                x, end = self._span(placed, piece)
                found.append(Area(piece.number, x, placed.y, end - x, placed.height))
                x, end = self._bytes_span(placed, piece)
                found.append(Area(piece.number, x, placed.y + 3, end - x, min(placed.height, LINE + 2 * ABOVE) - 6))
        return tuple(found)
