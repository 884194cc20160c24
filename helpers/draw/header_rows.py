"""A message in rows of a few bytes, as RFCs draw headers: which part of which field stands in which row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from helpers.fields.field import Field

LONGEST_RUN = 3
"""More full rows than these of one field are not all drawn."""


@dataclass(frozen=True)
class Piece:
    """What of a field stands in one row."""

    number: int
    """The field's, from 1."""
    field: Field
    first: int
    end: int
    """Its bits, counted from the beginning of the message; `end` is the one after the last."""


@dataclass(frozen=True)
class Row:
    """Some successive bytes with the pieces of fields in them."""

    start: int
    end: int
    """Its bytes; `end` is the one after the last."""
    pieces: tuple[Piece, ...]
    heading: str = ""
    """The layer that begins here."""
    left_out: bool = False
    """True where it stands for several rows in the middle of a long field, which are not drawn."""


def header_rows(fields: Sequence[Field], size: int, width: int) -> list[Row]:
    """The rows of a message of `size` bytes, `width` bytes in each; a layer begins in a new one.

    `fields` are those of the whole message in the order of its bytes.
    """
    begins = [0]
    begins += [b.start for a, b in pairwise(fields) if a.layer != b.layer and b.first_bit % 8 == 0]
    layers = {field.start: field.layer for field in reversed(fields)}
    rows = []
    for begin, end in pairwise([*begins, size]):
        for start in range(begin, end, width):
            last = min(start + width, end)
            heading = layers[begin] if start == begin else ""
            rows.append(Row(start, last, tuple(_pieces(fields, 8 * start, 8 * last)), heading))
    return list(_abbreviated(rows, width))


def _pieces(fields: Sequence[Field], first: int, end: int) -> Iterator[Piece]:
    for number, field in enumerate(fields, 1):
        if field.first_bit < end and first < field.end_bit:
            yield Piece(number, field, max(first, field.first_bit), min(end, field.end_bit))


def _abbreviated(rows: Sequence[Row], width: int) -> Iterator[Row]:
    """The rows, and one instead of all but the first and the last of a long run that holds nothing but one field."""

    def holder(row: Row) -> int:
        """The field that has this full row for itself, or a number that no other row has."""
        alone = len(row.pieces) == 1 and row.end - row.start == width
        return row.pieces[0].number if alone else -1 - row.start

    for _, same in groupby(rows, holder):
        run = list(same)
        if len(run) <= LONGEST_RUN:
            yield from run
            continue
        first, last = run[0], run[-1]
        middle = Piece(first.pieces[0].number, first.pieces[0].field, 8 * first.end, 8 * last.start)
        yield from (first, Row(first.end, last.start, (middle,), left_out=True), last)
