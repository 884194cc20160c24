"""The fields of a message, and their contract: each bit belongs to one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.fields.field import Field, check_tiling, shifted


def field(name: str, start: int, length: int, bits: tuple[int, int] | None = None, layer: str = "") -> Field:
    return Field(name, start, length, "", "", bits=bits, layer=layer)


def test_fields_moved_into_a_longer_message() -> None:
    moved = shifted([field("xid", 0, 4), field("flag", 4, 1, (0, 1), layer="own")], 4, "RPC")
    assert [(f.start, f.bits, f.layer) for f in moved] == [(4, None, "RPC"), (8, (0, 1), "own")]


@pytest.mark.parametrize(
    ("fields", "size", "sentence"),
    [
        ([field("a", 0, 4), field("b", 6, 2)], 8, "no field covers bytes 4-5"),
        ([field("b", 4, 4)], 8, "no field covers bytes 0-3"),
        ([field("a", 0, 4)], 8, "no field covers bytes 4-7"),
        ([field("a", 0, 8), field("b", 2, 1)], 8, "two fields, 'a' and 'b', cover byte 2"),
        ([field("a", 0, 9)], 8, "the field 'a' is bytes 0-8, but the message has 8 bytes"),
        ([field("a", 0, 1, (0, 5)), field("b", 0, 1, (4, 4))], 1, "'a' and 'b', cover byte 0 bit 4"),
    ],
)
def test_fields_that_do_not_tile_are_named_by_place(fields: list[Field], size: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_tiling(fields, size)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.data())
def test_cut_anywhere_in_bits_the_pieces_tile_and_without_one_they_do_not(
    counts: list[int], data: st.DataObject
) -> None:
    counts = [*counts, -sum(counts) % 8 or 8]
    fields, first = [], 0
    for count in counts:
        start, end = first // 8, (first + count + 7) // 8
        fields.append(field(str(first), start, end - start, (first - 8 * start, count)))
        first += count
    check_tiling(data.draw(st.permutations(fields)), first // 8)
    without = data.draw(st.integers(0, len(fields) - 1))
    with pytest.raises(ValueError, match="no field covers"):
        check_tiling(fields[:without] + fields[without + 1 :], first // 8)
