"""The picture of a header map."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.draw.drawing import Line, Shape
from helpers.draw.header_layout import TALL, HeaderLayout
from tests.draw.geometry import faults
from tests.draw.messages import Message, call, many, opaque, syn

WIDEST = 1000
"""Pixels that JupyterLab's normal width gives a picture."""
SAMPLES = {"call": call(), "opaque": opaque(90), "many": many(50), "syn": syn(), "one byte": opaque(1)}


def layout(message: Message, title: str = "A message", width: int = 4) -> HeaderLayout:
    return HeaderLayout(*message, title, width)


def words(message: Message, chosen: int | None = None, bold: bool | None = None) -> list[str]:
    texts = layout(message, "").drawing(chosen).texts()
    return [text.text for text in texts if bold is None or text.bold == bold]


@pytest.mark.parametrize("name", SAMPLES)
def test_it_can_be_read(name):
    message = SAMPLES[name]
    for title, chosen in (("", None), ("A message", None), ("A message", 1), ("", len(message[1]))):
        drawing = layout(message, title).drawing(chosen)
        assert faults(drawing) == []
        assert drawing.width <= WIDEST


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 200), st.integers(1, 16))
def test_it_can_be_read_whatever_the_width_of_a_row(length, width):
    for message in (opaque(length), syn()):
        assert faults(layout(message, width=width).drawing(2)) == []


def test_every_byte_is_shown_in_hexadecimal_once():
    data, fields = many(9)
    drawing = HeaderLayout(data, fields, "", 4).drawing()
    shown = [t for t in drawing.texts() if t.role == "ink" and len(t.text) == 2]
    assert bytes.fromhex("".join(t.text for t in sorted(shown, key=lambda t: (t.y, t.x)))) == data


def test_names_and_values_of_all_fields_are_on_it():
    shown = words(call())
    assert {"xid = 42", "mtype = CALL (0)", "name = 'client'", "(name)"} <= set(shown)
    assert {"padding = zero", "length = 28 bytes"} <= set(shown)
    assert "↓ byte 0 bit 0: last fragment = 1" in shown
    assert {"Record marking", "ONC RPC"} <= set(shown)


def test_the_middle_of_a_long_field_is_counted():
    assert "... 80 more bytes" in words(opaque(90))
    assert not [text for text in words(opaque(12)) if text.startswith("...")]


def test_padding_is_shaded_and_nothing_else():
    drawing = layout(call()).drawing()
    (shade,) = [item for item in drawing.items if isinstance(item, Shape)]
    (text,) = [text for text in drawing.texts() if text.text == "padding = zero"]
    (left, top), (right, bottom) = shade.points[0], shade.points[2]
    assert left < text.extent[0] and text.extent[2] < right and top < text.extent[1] and text.extent[3] < bottom


def test_a_field_that_goes_on_has_a_dashed_edge():
    assert any(item.dash for item in layout(call()).drawing().items if isinstance(item, Line))
    assert not any(item.dash for item in layout(many(3)).drawing().items if isinstance(item, Line))


def test_the_chosen_field_is_bold_with_its_bytes_and_has_a_thick_edge():
    message = call()
    number = [field.name for field in message[1]].index("name") + 1
    headings = ["Record marking", "ONC RPC"]
    assert words(message, bold=True) == headings
    bold = [text for text in words(message, number, bold=True) if text not in headings]
    assert bold == ["63", "6c", "69", "65", "name = 'client'", "6e", "74", "(name)"]
    thick = [item for item in layout(message).drawing(number).items if isinstance(item, Line) and item.width > 1]
    assert len(thick) == 4  # two rows of boxes, two of bytes
    assert not [item for item in layout(message).drawing().items if isinstance(item, Line) and item.width > 1]


def test_the_note_below_a_row_is_bold_with_its_field():
    assert "↓ byte 0 bit 0: last fragment = 1" in words(call(), 1, bold=True)
    assert "↓ byte 0 bit 0: last fragment = 1" in words(call(), 2, bold=False)


def test_a_bit_lies_in_the_byte_it_belongs_to():
    message = syn()
    number = [field.name for field in message[1]].index("SYN") + 1
    boxes = [area for area in layout(message).areas if area.number == number]
    width = [round(area.right - area.left, 1) for area in boxes]
    assert width == [560 / 32, 25]
    assert "02" in words(message, number, bold=True)


def test_words_stand_in_the_middle_of_their_box():
    message = syn()
    found = layout(message)
    for name, words_of_it in (("Window", "Window = 64240"), ("Source Port", "Source Port = 40123")):
        number = [field.name for field in message[1]].index(name) + 1
        box = next(area for area in found.areas if area.number == number)
        (text,) = [text for text in found.drawing().texts() if text.text == words_of_it]
        left, top, right, bottom = text.extent
        assert (left + right) / 2 == pytest.approx((box.left + box.right) / 2)
        assert (top + bottom) / 2 == pytest.approx((box.top + box.bottom) / 2, abs=2)


def test_what_is_tall_stands_in_two_columns_but_not_where_words_would_suffer():
    assert len({placed.x for placed in layout(many(20)).placed}) == 1
    assert layout(many(50)).height < TALL + 100 and len({placed.x for placed in layout(many(50)).placed}) == 2
    tall = syn()[0] * 3, [f for at in range(3) for f in _moved(syn()[1], 54 * at, f"{at}. ")]
    assert layout(tall).height > TALL and len({placed.x for placed in layout(tall).placed}) == 1
    assert len({placed.x for placed in layout(many(50), width=8).placed}) == 1


def test_two_columns_are_about_even():
    ends = {placed.x: placed.below for placed in layout(many(50)).placed}
    assert max(ends.values()) - min(ends.values()) <= 30


def test_every_field_has_its_areas_inside_the_picture_and_apart():
    for message in SAMPLES.values():
        found = layout(message)
        assert {area.number for area in found.areas} == set(range(1, len(message[1]) + 1))
        assert all(0 <= a.left < a.right <= found.width and 0 <= a.top < a.bottom <= found.height for a in found.areas)


def test_its_words_for_who_cannot_see_it():
    alt = layout(many(2)).drawing().alt
    assert alt == "Header map of A message: 8 bytes, 2 fields: number 0, number 1"
    assert layout(many(2), title="").drawing().alt.startswith("Header map: 8 bytes")


def _moved(fields, by, prefix):
    return [replace(field, start=field.start + by, layer=prefix + field.layer) for field in fields]
