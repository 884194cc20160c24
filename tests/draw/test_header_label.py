"""Words in a field's box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.draw.drawing import text_width
from helpers.draw.header_label import DOWN, PAD, SIZE, Label, label_of
from helpers.fields.field import Field


def label(name: str, value: str, width: float) -> Label:
    return label_of(Field(name, 12, 1, value, "", bits=(0, 4)), width)


@pytest.mark.parametrize(
    ("name", "value", "width", "lines"),
    [
        ("xid", "42", 560, ("xid = 42",)),
        ("nothing", "", 560, ("nothing",)),
        ("Version", "4", 70, ("Version", "4")),
        ("Data Offset", "5", 70, ("Data", "Offset", "5")),
        ("Kind", "4 (SACK permitted)", 110, ("Kind", "4 (SACK", "permitted)")),
        ("nothing more", "", 70, ("nothing", "more")),
    ],
)
def test_in_as_few_lines_as_the_box_lets(name, value, width, lines):
    assert label(name, value, width) == Label(lines)


def test_a_short_name_is_written_downwards_in_the_box_of_one_bit():
    found = label("SYN", "1", 17.5)
    assert found == Label(("S", "Y", "N", "1"), letters=3)
    gaps = [b - a for a, b in zip(found.baselines, found.baselines[1:], strict=False)]
    assert gaps[0] == gaps[1] < gaps[2]
    assert label("SYN", "", 17.5) == Label(("S", "Y", "N"), letters=3)


def test_what_fits_nowhere_stands_below_the_row():
    assert label("Reserved", "0", 17.5) == Label(("0",), note=f"{DOWN} byte 12 bits 0-3: Reserved = 0")
    assert label("SYN", "1000", 17.5) == Label((DOWN,), note=f"{DOWN} byte 12 bits 0-3: SYN = 1000")
    assert label("SYN", "1", 8) == Label(("",), note=f"{DOWN} byte 12 bits 0-3: SYN = 1")
    assert label("Reserved", "", 17.5) == Label((DOWN,), note=f"{DOWN} byte 12 bits 0-3: Reserved")


def test_the_beginning_of_a_long_value():
    found = label("file", "x" * 500, 300)
    assert found.lines[0] == "file" and len(found.lines) == 2
    assert found.lines[1].startswith("xxxx") and found.lines[1].endswith("...")
    assert label("file", "many words " * 50, 300).lines[1].startswith("many words many words")


def test_where_not_even_its_beginning_would_say_much_a_long_value_stands_below_the_row():
    assert label("Kind", "x" * 40, 80) == Label((DOWN,), note=f"{DOWN} byte 12 bits 0-3: Kind = {'x' * 40}")


def test_height_is_that_of_all_lines():
    one, two = label("xid", "42", 560), label("Version", "4", 70)
    assert two.height == 2 * one.height == 2 * label("a", "b", 90).height


@given(st.text("abcXYZ 019()", max_size=40).filter(str.strip), st.text("abcXYZ 019()", max_size=60), st.floats(10, 600))
def test_no_line_is_wider_than_its_box_not_even_bold(name, value, width):
    found = label(name, value, width)
    assert all(text_width(line, SIZE, bold=True) <= width for line in found.lines)
    assert found.lines and len(found.baselines) == len(found.lines)


def test_words_keep_away_from_the_edges():
    width = text_width("xid = 42", SIZE, bold=True)
    assert len(label("xid", "42", width + 2 * PAD - 1).lines) == 2
    assert len(label("xid", "42", width + 2 * PAD + 1).lines) == 1
