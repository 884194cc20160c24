"""The header map: its picture can be read, its page lights up a field, and its words tell everything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.draw import header_map
from helpers.draw.drawing import Box
from helpers.draw.header_map import HeaderMap
from helpers.errors import CourseError
from helpers.fields.field import PADDING, Field
from helpers.fields.frame import fields
from tests.draw.geometry import faults

SYN = bytes(
    Ether(dst="02:00:00:00:00:02") / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(seq=7, flags="S", options=[("MSS", 1460)])
)
DATA = bytes.fromhex("8000001c 0000002a 636c6965 6e740000")
FIELDS = [
    Field("last fragment", 0, 1, "1", "no other follows", "RFC 5531 section 11", (0, 1), "Record marking"),
    Field("length", 0, 4, "28 bytes", "of this fragment", "RFC 5531 section 11", (1, 31)),
    Field("xid", 4, 4, "42", "matches a reply to its call", "RFC 5531 section 9", layer="ONC RPC"),
    Field("name", 8, 6, "'client'", "who calls"),
    Field(PADDING, 14, 2, "zero", "fills up"),
]


@pytest.fixture
def panel() -> HeaderMap:
    return header_map(DATA, FIELDS[::-1], "One call")


def texts(panel: HeaderMap, number: int | None = None, bold: bool | None = None) -> list[str]:
    found = panel._picture.drawing(number).texts()
    return [text.text for text in found if bold is None or text.bold is bold]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 200), st.integers(1, 16))
def test_it_can_be_read_whatever_the_width_of_a_row(length: int, width: int) -> None:
    long = header_map(bytes(length), [Field("data", 0, length, "it", "")], "A message", width)
    for each in (long, header_map(SYN, fields(SYN), "A SYN", width)):
        assert faults(each._picture.drawing(1)) == []
        assert {item.title for item in each.picture().items if isinstance(item, Box)} == set(map(str, each.fields))


def test_every_byte_and_every_field_is_on_the_picture(panel: HeaderMap) -> None:
    shown = texts(panel)
    assert [text for text in shown if text in DATA.hex(" ").split()] == DATA.hex(" ").split()
    assert {"length = 28 bytes", "xid = 42", "name = 'client'", "(name)", "padding = zero"} <= set(shown)
    assert {"One call", "Record marking", "ONC RPC", "↓ byte 0 bit 0: last fragment = 1"} <= set(shown)
    assert "... 80 more bytes" in texts(header_map(bytes(88), [Field("data", 0, 88, "", "")], "Long"))


def test_the_chosen_field_is_bold_with_its_bytes(panel: HeaderMap) -> None:
    headings = {"One call", "Record marking", "ONC RPC"}
    assert [text for text in texts(panel, 4, bold=True) if text not in headings] == [
        "63", "6c", "69", "65", "name = 'client'", "6e", "74", "(name)",
    ]  # fmt: skip
    assert set(texts(panel, bold=True)) == headings


def test_what_the_message_says_is_no_html() -> None:
    page = header_map(bytes(4), [Field("<b>", 0, 4, "<i>", "<u> & more", "<s>", layer="<p>")], "<title>")._page.value
    assert not re.search("<[biups]>", page) and page.count("<title>") == 2 and "&lt;u&gt; &amp; more" in page


def test_the_whole_map_in_words(panel: HeaderMap) -> None:
    assert panel.text().splitlines()[:5] == [
        "One call",
        "Record marking:",
        "byte 0 bit 0         1... ....  last fragment = 1",
        "                     no other follows (RFC 5531 section 11)",
        "bytes 0-3 bits 1-31  .000 0000 0000 0000 0000 0000 0001 1100  length = 28 bytes",
    ]
    long = header_map(bytes(9), [Field("data", 0, 9, "", "word " * 60)], "Long").text()
    assert "00 00 00 00 00 00 00 00 ... 1 more byte  data" in long and max(map(len, long.splitlines())) <= 100


def test_what_cannot_be_mapped() -> None:
    with pytest.raises(ValueError, match="a map of 0 bytes"):
        header_map(b"", [], "")
    with pytest.raises(ValueError, match="no field covers bytes 14-15"):
        header_map(DATA, FIELDS[:-1], "")


def test_slider_and_buttons_walk_to_the_ends_and_a_field_is_found_by_name(panel: HeaderMap) -> None:
    panel._slider.value = 4
    panel._next.click()
    panel.next()
    assert panel.number == 5 and "Field 5 of 5" in panel._page.value and panel._next.disabled
    panel._back.click()
    assert panel.number == 4
    panel.go("xid")
    assert panel.field() is panel.field(3) and "<title>" in panel._page.value
    with pytest.raises(CourseError, match="there is no field 'xyz': the fields are 1 to 5, by name last"):
        panel.go("xyz")
