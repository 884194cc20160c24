"""The fields of a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.fields.field import PADDING, Field, check_tiling, padding, shifted


def field(name: str, start: int, length: int, bits: tuple[int, int] | None = None, layer: str = "") -> Field:
    return Field(name, start, length, "", "", bits=bits, layer=layer)


OFFSET_AND_FLAGS = [
    field("Data Offset", 0, 1, (0, 4)),
    field("Reserved", 0, 1, (4, 4)),
    field("SYN", 1, 1, (6, 1)),
    field("Window", 2, 2),
]


@pytest.mark.parametrize(
    ("made", "where"),
    [
        (field("xid", 0, 4), "bytes 0-3"),
        (field("Protocol", 9, 1), "byte 9"),
        (field("Data Offset", 12, 1, (0, 4)), "byte 12 bits 0-3"),
        (field("Fragment Offset", 6, 2, (3, 13)), "bytes 6-7 bits 3-15"),
        (field("last fragment", 0, 1, (0, 1)), "byte 0 bit 0"),
        (field("whole bytes all the same", 4, 2, (0, 16)), "bytes 4-5"),
    ],
)
def test_where_a_field_is(made, where):
    assert made.where == where


def test_a_field_in_words():
    made = Field("xid", 0, 4, "7", "matches a reply to its call", "RFC 5531 section 9")
    assert str(made) == "bytes 0-3: xid = 7: matches a reply to its call (RFC 5531 section 9)"
    assert str(Field("a", 0, 1, "b", "c")) == "byte 0: a = b: c"


@pytest.mark.parametrize(
    ("start", "length", "bits"),
    [
        (0, 0, None), (-1, 2, None),
        (0, 1, (4, 5)), (0, 2, (0, 8)), (0, 2, (8, 4)), (0, 1, (-1, 3)), (0, 1, (3, 0)), (0, 0, (0, 0)),
    ],
)  # fmt: skip
def test_bytes_and_bits_that_cannot_be(start, length, bits):
    with pytest.raises(ValueError, match="the field 'odd'"):
        field("odd", start, length, bits)


def test_padding_is_known_by_its_name():
    made = padding(9, 3, "RFC 4506 section 3")
    assert made.is_padding and made.name == PADDING and (made.start, made.length) == (9, 3)
    assert not field("xid", 0, 4).is_padding


def test_fields_moved_into_a_longer_message():
    inner = [field("xid", 0, 4), field("flag", 4, 1, (0, 1), layer="own")]
    moved = shifted(inner, 4, "RPC")
    assert [(f.start, f.bits, f.layer) for f in moved] == [(4, None, "RPC"), (8, (0, 1), "own")]
    assert inner[0].start == 0


@pytest.mark.parametrize(
    ("fields", "size", "sentence"),
    [
        ([field("a", 0, 4), field("b", 6, 2)], 8, "no field covers bytes 4-5"),
        ([field("b", 4, 4)], 8, "no field covers bytes 0-3"),
        ([field("a", 0, 4)], 8, "no field covers bytes 4-7"),
        ([], 2, "no field covers bytes 0-1"),
        ([field("a", 0, 4), field("b", 2, 6)], 8, "two fields, 'a' and 'b', cover bytes 2-3"),
        ([field("a", 0, 8), field("b", 2, 1)], 8, "two fields, 'a' and 'b', cover byte 2"),
        ([field("a", 0, 9)], 8, "the field 'a' is bytes 0-8, but the message has 8 bytes"),
        ([field("a", 0, 8), field("b", 10, 2)], 8, "the field 'b' is bytes 10-11, but the message has 8 bytes"),
        (OFFSET_AND_FLAGS, 4, "no field covers byte 1 bits 0-5"),
        ([field("a", 0, 1, (0, 5)), field("b", 0, 1, (4, 4))], 1, "'a' and 'b', cover byte 0 bit 4"),
    ],
)
def test_fields_that_do_not_tile_are_told_by_place(fields, size, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_tiling(fields, size)


def test_fields_that_tile_in_any_order():
    bits = [field("flags", 1, 1, (0, 6)), field("FIN", 1, 1, (7, 1))]
    check_tiling([*bits, *OFFSET_AND_FLAGS], 4)
    check_tiling([], 0)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.data())
def test_cut_anywhere_in_bits_the_pieces_tile_and_without_one_they_do_not(counts, data):
    total = sum(counts) + -sum(counts) % 8
    counts = [*counts, total - sum(counts)] if total != sum(counts) else counts
    fields, first = [], 0
    for count in counts:
        start, end = first // 8, (first + count + 7) // 8
        fields.append(field(str(first), start, end - start, (first - 8 * start, count)))
        first += count
    check_tiling(fields, total // 8)
    without = data.draw(st.integers(0, len(fields) - 1))
    with pytest.raises(ValueError, match="no field covers"):
        check_tiling(fields[:without] + fields[without + 1 :], total // 8)
