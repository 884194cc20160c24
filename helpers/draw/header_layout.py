"""The picture of a header map: each byte of a message on the left, the fields that they make on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from helpers.draw.drawing import Drawing, Item, Line, Shape, Text
from helpers.draw.header_label import LINE, PAD, SIZE, Label, label_of
from helpers.draw.header_rows import Piece, Row, header_rows
from helpers.draw.wrapping import fitted
from helpers.fields.field import Field

MARGIN = 12
NUMBER_WIDTH = 32
"""For the number of a row's first byte."""
BYTE_WIDTH = 25
"""For a byte in hexadecimal."""
GAP = 14
"""Between the bytes and the fields."""
FIELDS_WIDTH, NARROW_FIELDS_WIDTH = 560, 320
"""For the fields of a row in one column (of 32 bits each is wide enough for a letter), and in two."""
WIDEST_IN_TWO_COLUMNS = 4
"""Bytes in a row."""
TALL = 720
"""Rows that are higher than this together are drawn in two columns."""
LEDGE = 4
"""Between a box's upper or lower edge and its words."""
ASCENT = 13
"""From the upper end of a line of text to its baseline."""
TITLE, HEADING, RULER = 34, 26, 20
THICK = 3
TWO_NUMBERS = 60
"""A byte of the ruler that is as wide has room for the numbers of its first and its last bit."""
SMALL = 12


@dataclass(frozen=True)
class Placed:
    """A row with its place: its heading, its boxes, and the notes below them."""

    row: Row
    labels: tuple[Label, ...]
    x: float
    top: float

    @property
    def y(self) -> float:
        """The upper edge of the boxes."""
        return self.top + (HEADING if self.row.heading else 0)

    @property
    def height(self) -> float:
        """Of the boxes."""
        return 2 * LEDGE + max(label.height for label in self.labels)

    @property
    def notes(self) -> list[tuple[int, str]]:
        """What is said below the boxes, with the field's number."""
        pairs = zip(self.row.pieces, self.labels, strict=True)
        return [(piece.number, label.note) for piece, label in pairs if label.note]

    @property
    def below(self) -> float:
        """Where the next row begins."""
        return self.y + self.height + (LINE * len(self.notes) + 2 * LEDGE if self.notes else 0)

    def baseline(self, height: float) -> float:
        """The first baseline of a text of that height in the middle of the boxes."""
        return self.y + (self.height - height) / 2 + ASCENT


@dataclass(frozen=True)
class Area:
    """A rectangle of the picture that belongs to the field of that number."""

    number: int
    left: float
    top: float
    right: float
    bottom: float


class HeaderLayout:
    """Where everything is on a header map; `drawing` paints it with any field chosen."""

    def __init__(self, data: bytes, fields: Sequence[Field], title: str, width: int) -> None:
        """Takes the fields of the whole message in the order of its bytes, and how many bytes a row has."""
        self._data, self._fields, self._title, self._row_bytes = data, tuple(fields), title, width
        self._rows = header_rows(fields, len(data), width)
        self._labelled = _labelled_pieces(self._rows, width)
        self._fields_width = FIELDS_WIDTH
        self.placed = self._column(self._rows, 0)
        if width <= WIDEST_IN_TWO_COLUMNS and self._bottom > TALL:
            self._try_two_columns()
        self.width = max(placed.x for placed in self.placed) + self._column_width + MARGIN
        self.height = self._bottom + MARGIN

    def drawing(self, chosen: int | None = None) -> Drawing:
        """The picture; the field of number `chosen`, from 1, has a thick edge and bold words."""
        items: list[Item] = [Text(MARGIN, 24, self._title, 14, bold=True)] if self._title else []
        for x in sorted({placed.x for placed in self.placed}):
            items += self._ruler(x)
        for placed in self.placed:
            items += self._row(placed, chosen)
        items += [_outline(area) for area in self.areas if area.number == chosen]
        return Drawing(self.width, self.height, tuple(items), self._alt())

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """Where each field is: its boxes, and its bytes."""
        found = []
        for placed in self.placed:
            middle = placed.y + placed.height / 2
            for piece in placed.row.pieces:
                left, right = self._box(placed, piece)
                found.append(Area(piece.number, left, placed.y, right, placed.y + placed.height))
                left, right = self._byte_box(placed, piece)
                found.append(Area(piece.number, left, middle - 10, right, middle + 10))
        return tuple(found)

    @property
    def _column_width(self) -> float:
        return self._fields_left + self._fields_width

    @property
    def _fields_left(self) -> float:
        """From a column's left end to its fields."""
        return NUMBER_WIDTH + BYTE_WIDTH * self._row_bytes + GAP

    @property
    def _bottom(self) -> float:
        return max(placed.below for placed in self.placed)

    def _column(self, rows: Sequence[Row], column: int) -> list[Placed]:
        """The rows below one another."""
        x = MARGIN + column * (self._column_width + 2 * GAP)
        y = self._ruler_top + RULER
        found = []
        for row in rows:
            found.append(Placed(row, tuple(self._label(piece, row) for piece in row.pieces), x, y))
            y = found[-1].below
        return found

    def _try_two_columns(self) -> None:
        """Two narrower columns of about the same height, unless words that fit into their boxes then would not."""
        wide = self.placed
        self._fields_width = NARROW_FIELDS_WIDTH
        narrow = self._column(self._rows, 0)
        if sum(len(placed.notes) for placed in narrow) > sum(len(placed.notes) for placed in wide):
            self._fields_width = FIELDS_WIDTH
            return
        middle = (narrow[0].top + narrow[-1].below) / 2
        left = sum(placed.top < middle for placed in narrow)
        self.placed = narrow[:left] + self._column(self._rows[left:], 1)

    def _label(self, piece: Piece, row: Row) -> Label:
        """The words in a piece's box: a field's own stand in one of its pieces, the others refer to it."""
        width = self._fields_width * (piece.end - piece.first) / (8 * self._row_bytes)
        if row.left_out:
            return Label((f"... {row.end - row.start} more bytes",))
        if piece in self._labelled:
            return label_of(piece.field, width)
        return Label((fitted(f"({piece.field.name})", width - 2 * PAD, SIZE, bold=True),))

    def _box(self, placed: Placed, piece: Piece) -> tuple[float, float]:
        """The left and right edge of a piece's box."""
        left, bit = placed.x + self._fields_left, self._fields_width / (8 * self._row_bytes)
        if placed.row.left_out:
            return left, left + self._fields_width
        begin = 8 * placed.row.start
        return left + bit * (piece.first - begin), left + bit * (piece.end - begin)

    def _byte_box(self, placed: Placed, piece: Piece) -> tuple[float, float]:
        """The left and right end of the bytes that a piece touches."""
        left = placed.x + NUMBER_WIDTH
        if placed.row.left_out:
            return left, left + BYTE_WIDTH * self._row_bytes
        first, end = piece.first // 8 - placed.row.start, (piece.end + 7) // 8 - placed.row.start
        return left + BYTE_WIDTH * first, left + BYTE_WIDTH * end

    @property
    def _ruler_top(self) -> float:
        return TITLE if self._title else MARGIN

    def _ruler(self, x: float) -> Iterator[Item]:
        """What is counted: bytes on the left, bits on the right."""
        y, left = self._ruler_top + ASCENT, x + self._fields_left
        byte = self._fields_width / self._row_bytes
        for number in range(self._row_bytes):
            middle = x + NUMBER_WIDTH + BYTE_WIDTH * (number + 0.5)
            yield Text(middle, y, f"+{number}", SMALL, "middle", role="muted")
            yield Text(left + byte * number, y, str(8 * number) if number else "bit 0", SMALL, role="muted")
        if byte >= TWO_NUMBERS:
            yield Text(left + self._fields_width, y, str(8 * self._row_bytes - 1), SMALL, "end", role="muted")

    def _row(self, placed: Placed, chosen: int | None) -> Iterator[Item]:
        if placed.row.heading:
            yield Text(placed.x, placed.y - 8, placed.row.heading, SIZE, bold=True)
        y = placed.baseline(LINE)
        yield Text(placed.x + NUMBER_WIDTH - 8, y, str(placed.row.start), SMALL, "end", role="muted")
        yield from self._bytes(placed, y, chosen)
        for piece, label in zip(placed.row.pieces, placed.labels, strict=True):
            yield from self._piece(placed, piece, label, bold=piece.number == chosen)
        left, y = placed.x + self._fields_left, placed.y + placed.height + LEDGE + ASCENT
        for line, (number, note) in enumerate(placed.notes):
            words = fitted(note, self._fields_width, SIZE, bold=True)
            yield Text(left, y + LINE * line, words, SIZE, bold=number == chosen)

    def _bytes(self, placed: Placed, y: float, chosen: int | None) -> Iterator[Item]:
        left, row = placed.x + NUMBER_WIDTH, placed.row
        touched = [range(p.first // 8, (p.end + 7) // 8) for p in row.pieces if p.number == chosen]
        if row.left_out:
            yield Text(left + BYTE_WIDTH * self._row_bytes / 2, y, "...", SIZE, "middle", bool(touched))
            return
        for column, byte in enumerate(range(row.start, row.end)):
            middle, bold = left + BYTE_WIDTH * (column + 0.5), any(byte in some for some in touched)
            yield Text(middle, y, f"{self._data[byte]:02x}", SIZE, "middle", bold)

    def _piece(self, placed: Placed, piece: Piece, label: Label, bold: bool) -> Iterator[Item]:
        """A box: dashed where the field goes on in another row, shaded where it only fills up."""
        left, right = self._box(placed, piece)
        top, bottom = placed.y, placed.y + placed.height
        if piece.field.is_padding:
            yield Shape(((left, top), (right, top), (right, bottom), (left, bottom)), "shade")
        for x in (left, right):
            yield Line(((x, top), (x, bottom)), width=1)
        goes_on = piece.first > piece.field.first_bit, piece.end < piece.field.end_bit
        for y, inside in zip((top, bottom), goes_on, strict=True):
            yield Line(((left, y), (right, y)), "muted" if inside else "ink", 1, (3, 4) if inside else ())
        first = placed.baseline(label.height)
        for line, below in zip(label.lines, label.baselines, strict=True):
            yield Text((left + right) / 2, first + below, line, SIZE, "middle", bold)

    def _alt(self) -> str:
        names = ", ".join(field.name for field in self._fields)
        subject = f" of {self._title}" if self._title else ""
        return f"Header map{subject}: {len(self._data)} bytes, {len(self._fields)} fields: {names}"


def _labelled_pieces(rows: Sequence[Row], width: int) -> set[Piece]:
    """For each field the piece that bears its words: the first of at least half a row, else the widest."""
    pieces: dict[int, list[Piece]] = {}
    for row in rows:
        for piece in row.pieces if not row.left_out else ():
            pieces.setdefault(piece.number, []).append(piece)
    return {max(same, key=lambda piece: min(piece.end - piece.first, 4 * width)) for same in pieces.values()}


def _outline(area: Area) -> Line:
    left, top, right, bottom = area.left, area.top, area.right, area.bottom
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top), (right, top))
    return Line(corners, "new", THICK)
