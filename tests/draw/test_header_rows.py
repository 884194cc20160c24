"""A message in rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.draw.header_rows import LONGEST_RUN, Row, header_rows
from tests.draw.messages import Message, call, many, opaque, syn


def rows(message: Message, width: int = 4) -> list[Row]:
    return header_rows(message[1], len(message[0]), width)


def pieces(row: Row) -> list[tuple[str, int, int]]:
    return [(piece.field.name, piece.first - 8 * row.start, piece.end - 8 * row.start) for piece in row.pieces]


def test_a_word_a_row():
    found = rows(many(3))
    assert [(row.start, row.end) for row in found] == [(0, 4), (4, 8), (8, 12)]
    assert pieces(found[1]) == [("number 1", 0, 32)]


def test_rows_of_another_width():
    assert [(row.start, row.end) for row in rows(many(5), 8)] == [(0, 8), (8, 16), (16, 20)]
    assert pieces(rows(many(5), 8)[0]) == [("number 0", 0, 32), ("number 1", 32, 64)]


def test_a_field_goes_on_in_the_next_row_beside_the_padding():
    found = rows(call())
    assert [pieces(row) for row in found[4:6]] == [[("name", 0, 32)], [("name", 0, 16), ("padding", 16, 32)]]
    assert {piece.number for row in found[4:6] for piece in row.pieces if piece.field.name == "name"} == {6}


def test_bits_stand_where_they_are_in_their_row():
    found = next(row for row in rows(syn()) if row.start == 18)
    assert pieces(found) == [
        ("Identification", 0, 16), ("Reserved", 16, 17), ("DF", 17, 18), ("MF", 18, 19), ("Fragment Offset", 19, 32),
    ]  # fmt: skip


def test_a_layer_begins_in_a_row_of_its_own_with_its_name():
    found = rows(syn())
    assert [(row.start, row.heading) for row in found if row.heading] == [(0, "Ethernet"), (14, "IPv4"), (34, "TCP")]
    assert [(row.start, row.end) for row in found[3:5]] == [(12, 14), (14, 18)]


def test_without_layers_there_is_no_heading():
    assert {row.heading for row in rows(many(3))} == {""}


@pytest.mark.parametrize("length", [4 * LONGEST_RUN, 4 * LONGEST_RUN + 3])
def test_a_field_of_few_rows_is_drawn_in_full(length):
    assert not any(row.left_out for row in rows(opaque(length)))


def test_of_a_long_field_the_middle_is_left_out():
    found = rows(opaque(46))
    assert [(row.start, row.end, row.left_out) for row in found] == [
        (0, 4, False), (4, 8, False), (8, 44, True), (44, 48, False), (48, 52, False),
    ]  # fmt: skip
    assert [piece.field.name for piece in found[2].pieces] == ["data"]


def test_many_fields_are_all_drawn():
    assert len(rows(many(50))) == 50


@given(st.integers(1, 60), st.integers(1, 12))
def test_every_bit_is_in_one_piece_of_one_row(length, width):
    for message in (opaque(length), syn(), call()):
        found = rows(message, width)
        bits = [(piece.first, piece.end) for row in found for piece in row.pieces]
        assert bits[0][0] == 0 and bits[-1][1] == 8 * len(message[0])
        assert all(one[1] == other[0] for one, other in zip(bits, bits[1:], strict=False))
        assert all(row.start * 8 == row.pieces[0].first and row.end * 8 == row.pieces[-1].end for row in found)
