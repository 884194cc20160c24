"""The header map's panel."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from helpers.draw import header_map
from helpers.draw.header_map import HOW, HeaderMap
from helpers.errors import CourseError
from helpers.fields.field import Field
from tests.draw.messages import call, many, opaque, syn, words


@pytest.fixture
def panel() -> HeaderMap:
    return header_map(*call(), "One call")


def test_each_field_has_a_page(panel):
    panel._slider.value = 3
    assert "Field 3 of 9" in panel._page.value
    for _ in range(9):
        panel.next()
    assert "Field 9 of 9" in panel._page.value


def test_the_page_says_what_the_field_is(panel):
    panel.go("name")
    said = re.sub("<[^>]*>", "|", panel._page.value.split("<svg")[0])
    for words_of_it in (
        "|name|", "|&#x27;client&#x27;|", "|Field 6 of 9: ONC RPC, bytes 16-21|",
        "|63 6c 69 65 6e 74|", "|the name of the call|", "|RFC 5531 section 9|",
    ):  # fmt: skip
        assert words_of_it in said


def test_the_field_lights_up_in_the_picture(panel):
    def bold() -> set[str]:
        return set(re.findall(r'font-weight="bold"[^>]*>([^<]*)<', panel._page.value))

    panel.go("xid")
    assert {"xid = 42", "2a"} <= bold()
    panel.next()
    assert "mtype = CALL (0)" in bold() and "xid = 42" not in bold()


def test_what_the_message_says_is_no_html():
    fields = [Field("<b>", 0, 4, "<i>", "<u> & more", "<s>", layer="<p>")]
    page = header_map(bytes(4), fields, "<title>")._page.value
    assert not re.search("<[biups]>", page) and page.count("<title>") == 2  # of the tooltips of box and bytes
    assert "&lt;u&gt; &amp; more" in page


def test_each_field_tells_under_the_mouse_what_it_is(panel):
    picture, tooltips = (ET.fromstring(svg) for svg in re.findall("<svg.*?</svg>", panel._page.value))
    titles = [title.text for title in tooltips.iter() if title.tag.endswith("title")]
    assert set(titles) == {str(field) for field in panel.fields}
    assert tooltips.get("viewBox") == picture.get("viewBox")
    box = next(rect for rect in tooltips.iter("rect") if rect[0].text.startswith("bytes 4-7: xid"))
    (text,) = [text for text in panel.picture().texts() if text.text == "xid = 42"]
    left, top = float(box.get("x")), float(box.get("y"))
    assert left < text.x < left + float(box.get("width")) and top < text.y < top + float(box.get("height"))


def test_a_field_by_number_by_name_and_the_chosen_one(panel):
    assert panel.field("xid") is panel.fields[2] is panel.field(3)
    assert panel.field() is panel.fields[0]
    panel.go("xid")
    assert panel.field() is panel.fields[2]
    assert str(panel.field("xid")) == "bytes 4-7: xid = 42: the xid of the call (RFC 5531 section 9)"


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        (0, "there is no field 0: the fields are 1 to 9"),
        (10, "there is no field 10: the fields are 1 to 9"),
        ("xyz", "no field 'xyz': the fields are last fragment, length, xid, .*, name, padding, flavor$"),
        ("flavor", "2 fields have the name 'flavor': choose one by its number, 8, 9"),
    ],
)  # fmt: skip
def test_a_field_that_is_not_there_is_told(panel, which, sentence):
    for ask in (panel.go, panel.field):
        with pytest.raises(CourseError, match=sentence):
            ask(which)
    assert panel.number == 1


def test_the_whole_map_in_words(panel):
    assert panel.text().splitlines() == [
        "One call",
        "Record marking:",
        "byte 0 bit 0         1... ....  last fragment = 1",
        "                     no other follows (RFC 5531 section 11)",
        "bytes 0-3 bits 1-31  .000 0000 0000 0000 0000 0000 0001 1100  length = 28 bytes",
        "                     of this fragment (RFC 5531 section 11)",
        "ONC RPC:",
        "bytes 4-7            00 00 00 2a  xid = 42",
        "                     the xid of the call (RFC 5531 section 9)",
        "bytes 8-11           00 00 00 00  mtype = CALL (0)",
        "                     the mtype of the call (RFC 5531 section 9)",
        "bytes 12-15          00 00 00 06  name length = 6 bytes",
        "                     the name length of the call (RFC 5531 section 9)",
        "bytes 16-21          63 6c 69 65 6e 74  name = 'client'",
        "                     the name of the call (RFC 5531 section 9)",
        "bytes 22-23          00 00  padding = zero",
        "                     carries nothing: it fills up to where the next field must begin",
        "bytes 24-27          00 00 00 01  flavor = AUTH_SYS (1)",
        "                     the flavor of the call (RFC 5531 section 9)",
        "bytes 28-31          00 00 00 00  flavor = AUTH_NONE (0)",
        "                     the flavor of the call (RFC 5531 section 9)",
    ]


def test_bits_among_bytes_of_other_fields():
    text = header_map(*syn()).text()
    assert "byte 47 bit 6          .... ..1.  SYN = 1" in text
    assert "bytes 20-21 bits 3-15  ...0 0000 0000 0000  Fragment Offset = 0" in text
    assert "byte 14 bits 0-3       0100 ....  Version = 4" in text


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (8, "00 00 00 00 00 00 00 00  data"),
        (9, "00 00 00 00 00 00 00 00 ... 1 more byte  data"),
        (48, "00 00 00 00 00 00 00 00 ... 40 more bytes  data"),
    ],
)
def test_of_many_bytes_the_first_are_told_and_the_others_counted(length, shown):
    assert shown in header_map(*opaque(length)).text()


def test_a_long_meaning_is_broken_into_lines():
    lines = header_map(bytes(1), [Field("a", 0, 1, "", "word " * 60)]).text().splitlines()
    assert lines[0] == "byte 0  00  a"
    assert "".join(lines).count("word") == 60
    assert 90 < max(map(len, lines)) <= 100


def test_before_it_is_run_there_is_a_picture_and_a_fixed_text(panel):
    data, metadata = panel._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert metadata["image/png"]["alt"].startswith("Header map of One call: 32 bytes, 9 fields: last fragment")
    assert data["text/plain"].splitlines() == [
        "One call: 32 bytes, 9 fields",
        "byte 0 bit 0         last fragment",
        "bytes 0-3 bits 1-31  length",
        "bytes 4-7            xid",
        "bytes 8-11           mtype",
        "bytes 12-15          name length",
        "bytes 16-21          name",
        "bytes 22-23          padding",
        "bytes 24-27          flavor",
        "bytes 28-31          flavor",
        HOW,
    ]


def test_the_fixed_text_follows_neither_the_chosen_field_nor_the_values(panel):
    before = repr(panel)
    panel.next()
    assert repr(panel) == before
    one = words(("xid", b"abcd", "one"))
    other = words(("xid", b"efgh", "other"))
    assert repr(header_map(*one)) == repr(header_map(*other))


def test_the_picture_has_no_chosen_field(panel):
    before = panel.picture()
    panel.go(4)
    assert panel.picture() == before
    assert {text.text for text in before.texts() if text.bold} == {"One call", "Record marking", "ONC RPC"}


def test_a_field_that_names_no_layer_belongs_to_that_of_the_field_before():
    data, fields = call()
    panel = header_map(data, [replace(field, layer="") if field.is_padding else field for field in fields])
    assert [field.layer for field in panel.fields] == ["Record marking"] * 2 + ["ONC RPC"] * 7
    assert panel.text().count("ONC RPC:") == 1
    assert [text.text for text in panel.picture().texts()].count("ONC RPC") == 1


def test_fields_may_come_in_any_order():
    data, fields = call()
    assert header_map(data, fields[::-1]).text() == header_map(data, fields).text()


@pytest.mark.parametrize(
    ("data", "fields", "width", "sentence"),
    [
        (b"", [], 4, "a map of 0 bytes in rows of 4 has nothing to show"),
        (bytes(4), many(1)[1], 0, "a map of 4 bytes in rows of 0 has nothing to show"),
        (bytes(8), many(1)[1], 4, "no field covers bytes 4-7"),
        (bytes(2), many(1)[1], 4, "the field 'number 0' is bytes 0-3, but the message has 2 bytes"),
    ],
)
def test_what_cannot_be_mapped_is_told(data, fields, width, sentence):
    with pytest.raises(ValueError, match=sentence):
        header_map(data, fields, width=width)


def test_a_field_of_a_long_message_is_shown_at_once():
    panel = header_map(*many(50), "Two hundred bytes")
    begin = time.perf_counter()
    for number in range(2, 22):
        panel.go(number)
    assert (time.perf_counter() - begin) / 20 < 0.05
