"""The picture of a header map: each byte of a message on the left, the fields that they make on the right.

It is painted once, row after row as RFCs draw headers; each text keeps the numbers of the fields that it belongs to, so
that lighting up a field only changes letters and adds an edge. A layout apart from the painting took twice the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, fitted, text_width, wrapped
from helpers.fields.field import PADDING, Field

MARGIN, NUMBER_WIDTH, BYTE_WIDTH, GAP = 12, 32, 25, 14
"""NUMBER_WIDTH is for the number of a row's first byte, GAP lies between the bytes and the fields."""
FIELDS_WIDTH = 560
"""For the fields of a row: of 32 bits each is wide enough for a letter."""
TITLE, HEADING, RULER = 34, 26, 20
SIZE, SMALL, LINE, LEDGE, ASCENT = 13, 12, 16, 4, 13
"""LEDGE lies between a box's edge and its words, ASCENT from the upper end of a line of text to its baseline."""
PAD, NARROW_PAD = 4, 1.5
"""Between a box's sides and its words, and its letters."""
LONGEST_RUN = 3
"""More full rows than these of one field are not all drawn."""
DOWN = "↓"
"""Stands in a box too small for its words, which then stand below the row."""


@dataclass(frozen=True)
class _Piece:
    """What of a field stands in one row: its number from 1, and its bits, counted from the beginning of the message."""

    number: int
    field: Field
    first: int
    end: int


@dataclass(frozen=True)
class _Row:
    """Some successive bytes; `left_out`: it stands for several rows in the middle of a long field."""

    start: int
    end: int
    pieces: tuple[_Piece, ...]
    heading: str = ""
    left_out: bool = False


def _rows(fields: Sequence[Field], size: int, width: int) -> Iterator[_Row]:
    """The rows of a message, `width` bytes in each; a layer begins in a new one."""
    begins = [0, *(b.start for a, b in pairwise(fields) if a.layer != b.layer and b.first_bit % 8 == 0)]
    layers = {field.start: field.layer for field in reversed(fields)}
    numbered = list(enumerate(fields, 1))
    for begin, end in pairwise([*begins, size]):
        for start in range(begin, end, width):
            first, last = 8 * start, 8 * min(start + width, end)
            pieces = [
                _Piece(number, field, max(first, field.first_bit), min(last, field.end_bit))
                for number, field in numbered
                if field.first_bit < last and first < field.end_bit
            ]
            yield _Row(start, last // 8, tuple(pieces), layers[begin] if start == begin else "")


def _abbreviated(rows: Iterable[_Row], width: int) -> Iterator[_Row]:
    """The rows, and one instead of all but the first and the last of a long run that holds nothing but one field."""

    def holder(row: _Row) -> int:
        alone = len(row.pieces) == 1 and row.end - row.start == width
        return row.pieces[0].number if alone else -1 - row.start

    for _, same in groupby(rows, holder):
        run = list(same)
        if len(run) > LONGEST_RUN:
            begin, end, piece = run[0].end, run[-1].start, run[0].pieces[0]
            between = _Row(begin, end, (replace(piece, first=8 * begin, end=8 * end),), left_out=True)
            run = [run[0], between, run[-1]]
        yield from run


_Label = tuple[tuple[str, ...], str]
"""The lines in a box, and what stands below its row if that is not all."""


def _label(field: Field, width: float) -> _Label:
    """Name and value of a field for a box that is so many pixels wide, and what stands below the row instead.

    In one line, in several, or in letters downwards, as for a flag of one bit.
    """
    one_line = f"{field.name} = {field.value}" if field.value else field.name
    room = width - 2 * PAD
    if _fit([one_line], room):
        return (one_line,), ""
    name, value = (wrapped(text, room, SIZE, bold=True) for text in (field.name, field.value))
    if _fit(name, room) and len(name) < 4:
        if _fit(value, room) and len(value) < 4:
            return (*name, *value), ""
        if width > 100:  # room for as much of a long value as says something
            return (*name, fitted(field.value, room, SIZE, bold=True)), ""
    letters = [*field.name, *filter(None, [field.value])]
    if len(field.name) <= 4 and _fit(letters, width - 2 * NARROW_PAD):
        return tuple(letters), ""
    inside = next((text for text in (field.value, DOWN) if text and _fit([text], width - 2 * NARROW_PAD)), "")
    return (inside,), f"{DOWN} {field.where}: {one_line}"


def _fit(texts: Iterable[str], room: float) -> bool:
    """True if each text has room, even in bold letters."""
    return all(text_width(text, SIZE, bold=True) <= room for text in texts)


class HeaderPicture:
    """A header map as `drawing` with any field chosen. Under the mouse each box tells what its field is."""

    def __init__(self, data: bytes, fields: Sequence[Field], title: str, width: int) -> None:
        """Takes the fields of the whole message in the order of its bytes, and how many bytes a row has."""
        self._data, self._width = data, width
        self._alt = f"Header map of {title}: {len(data)} bytes, {len(fields)} fields: "
        self._alt += ", ".join(field.name for field in fields)
        self._fields_left = MARGIN + NUMBER_WIDTH + BYTE_WIDTH * width + GAP
        self._bit = FIELDS_WIDTH / (8 * width)
        rows = list(_abbreviated(_rows(fields, len(data), width), width))
        self._labelled = _pieces_with_words(rows, width)
        self._painted: list[tuple[tuple[int, ...], Item]] = []
        self._paint(Text(MARGIN, 24, title, 14, bold=True))
        self._ruler(TITLE + ASCENT)
        y: float = TITLE + RULER
        for row in rows:
            y = self._row(row, y)
        self._size = self._fields_left + FIELDS_WIDTH + MARGIN, y + MARGIN

    def drawing(self, chosen: int | None = None) -> Drawing:
        """The picture; the field of number `chosen`, from 1, has a thick edge and bold words."""
        items = [
            replace(item, bold=True) if chosen in numbers and isinstance(item, Text) else item
            for numbers, item in self._painted
        ]
        edges = [_outline(item) for numbers, item in self._painted if chosen in numbers and isinstance(item, Box)]
        return Drawing(*self._size, (*items, *edges), self._alt)

    def _paint(self, item: Item, *numbers: int) -> None:
        """`numbers`: the fields that it belongs to."""
        self._painted.append((numbers, item))

    def _ruler(self, y: float) -> None:
        """What is counted: bytes on the left, bits on the right."""
        for number in range(self._width):
            middle = MARGIN + NUMBER_WIDTH + BYTE_WIDTH * (number + 0.5)
            self._paint(Text(middle, y, f"+{number}", SMALL, "middle", role="muted"))
            bit = str(8 * number) if number else "bit 0"
            self._paint(Text(self._fields_left + 8 * self._bit * number, y, bit, SMALL, role="muted"))
        if self._width <= 9:  # room for the numbers of its first and its last bit
            right = self._fields_left + FIELDS_WIDTH
            self._paint(Text(right, y, str(8 * self._width - 1), SMALL, "end", role="muted"))

    def _row(self, row: _Row, y: float) -> float:
        """A heading, bytes and boxes, and notes below them; returns where the next row begins."""
        if row.heading:
            y += HEADING
            self._paint(Text(MARGIN, y - 8, row.heading, SIZE, bold=True))
        labels = [self._label(row, piece) for piece in row.pieces]
        height = 2 * LEDGE + LINE * max(len(lines) for lines, _ in labels)
        self._bytes(row, y + height / 2)
        for piece, (lines, _) in zip(row.pieces, labels, strict=True):
            self._box(row, piece, lines, y, height)
        notes = [(piece.number, note) for piece, (_, note) in zip(row.pieces, labels, strict=True) if note]
        y += height + (2 * LEDGE if notes else 0)
        for number, note in notes:
            words = fitted(note, FIELDS_WIDTH, SIZE, bold=True)
            self._paint(Text(self._fields_left, y + ASCENT - LEDGE, words, SIZE), number)
            y += LINE
        return y

    def _label(self, row: _Row, piece: _Piece) -> _Label:
        """The words in a box: a field's own stand in one of its pieces, the others refer to it."""
        if row.left_out:
            return (f"... {row.end - row.start} more bytes",), ""
        width = self._bit * (piece.end - piece.first)
        if piece in self._labelled:
            return _label(piece.field, width)
        return (fitted(f"({piece.field.name})", width - 2 * PAD, SIZE, bold=True),), ""

    def _bytes(self, row: _Row, middle: float) -> None:
        """The row's bytes in hexadecimal, each with the fields that have a part in it."""
        y, left = middle + ASCENT - LINE / 2, MARGIN + NUMBER_WIDTH
        self._paint(Text(left - 8, y, str(row.start), SMALL, "end", role="muted"))
        for piece in row.pieces:
            first, end = piece.first // 8 - row.start, min((piece.end + 7) // 8 - row.start, self._width)
            x, width = left + BYTE_WIDTH * first, BYTE_WIDTH * (end - first)
            self._paint(Box(x, middle - 10, width, 20, edge="card", title=str(piece.field)), piece.number)
        if row.left_out:
            self._paint(Text(left + BYTE_WIDTH * self._width / 2, y, "...", SIZE, "middle"), row.pieces[0].number)
        for column, byte in enumerate(range(row.start, row.end) if not row.left_out else ()):
            numbers = [piece.number for piece in row.pieces if piece.first < 8 * byte + 8 and 8 * byte < piece.end]
            center = left + BYTE_WIDTH * (column + 0.5)
            self._paint(Text(center, y, f"{self._data[byte]:02x}", SIZE, "middle"), *numbers)

    def _box(self, row: _Row, piece: _Piece, lines: Sequence[str], top: float, height: float) -> None:
        """A piece's box: shaded where the field only fills up."""
        first, end = (min(bit - 8 * row.start, 8 * self._width) for bit in (piece.first, piece.end))
        left, width = self._fields_left + self._bit * first, self._bit * (end - first)
        fill = "shade" if piece.field.name == PADDING else "card"
        self._paint(Box(left, top, width, height, fill, edge_width=1, title=str(piece.field)), piece.number)
        baseline = top + (height - LINE * len(lines)) / 2 + ASCENT
        for number, line in enumerate(lines):
            self._paint(Text(left + width / 2, baseline + LINE * number, line, SIZE, "middle"), piece.number)


def _pieces_with_words(rows: Iterable[_Row], width: int) -> set[_Piece]:
    """For each field the piece that bears its words: the first of at least half a row, else the widest."""
    pieces: dict[int, list[_Piece]] = {}
    for row in rows:
        for piece in row.pieces if not row.left_out else ():
            pieces.setdefault(piece.number, []).append(piece)
    return {max(same, key=lambda piece: min(piece.end - piece.first, 4 * width)) for same in pieces.values()}


def _outline(box: Box) -> Line:
    return Line((*box.corners, *box.corners[:2]), "new", 3)
