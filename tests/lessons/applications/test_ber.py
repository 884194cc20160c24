from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder
from pyasn1.codec.ber import encoder as asn1
from pyasn1.type import univ

from helpers.fields.fields import check_tiling
from helpers.lessons.applications import ber
from helpers.lessons.applications.ber import BERError, Reader

NUMBERS = st.integers(-(2**63), 2**63 - 1)
NAMES = st.builds(
    lambda first, second, rest: ".".join(map(str, [first, second, *rest])),
    st.integers(0, 1), st.integers(0, 39), st.lists(st.integers(0, 2**32 - 1), max_size=20),
)  # fmt: skip
TAGS = {ber.INTEGER: "INTEGER", ber.SEQUENCE: "SEQUENCE", ber.OCTET_STRING: "OCTET STRING"}


def test_values_by_hand() -> None:
    assert ber.integer(0) == b"\x02\x01\x00"
    assert ber.integer(127) == b"\x02\x01\x7f"
    assert ber.integer(128) == b"\x02\x02\x00\x80", "a zero in front, or it would be negative"
    assert ber.integer(-128) == b"\x02\x01\x80"
    assert ber.octets(b"public") == b"\x04\x06public"
    assert ber.object_identifier("1.3.6.1.4.1.8072") == bytes.fromhex("06 07 2b 06 01 04 01 bf 08")
    assert ber.sequence(ber.integer(1), tag=0xA0) == b"\xa0\x03\x02\x01\x01"
    assert ber.octets(bytes(200))[:3] == b"\x04\x81\xc8", "a length over 127 says first how long it is"
    assert ber.octets(bytes(300))[:4] == b"\x04\x82\x01\x2c"


@given(NUMBERS)
@example(-128)
@example(2**63 - 1)
def test_another_library_reads_the_same_number(number: int) -> None:
    encoded = ber.integer(number)
    assert int(decoder.decode(encoded)[0]) == number
    assert len(encoded) <= len(asn1.encode(univ.Integer(number))), "it takes a byte too many for -128 (X.690, 8.3.2)"
    assert ber.read_integer(encoded[2:]) == number


@given(NAMES)
def test_another_library_reads_the_same_name(name: str) -> None:
    encoded = ber.object_identifier(name)
    assert encoded == asn1.encode(univ.ObjectIdentifier(name))
    assert str(decoder.decode(encoded)[0]) == name
    assert ber.read_object_identifier(encoded[2:]) == name


@given(st.binary(max_size=400))
def test_another_library_reads_the_same_octets(data: bytes) -> None:
    assert ber.octets(data) == asn1.encode(univ.OctetString(data))


@pytest.mark.parametrize("name", ["", "1", "1.3.", "1.40.1", "3.1", "1.3.-1", "1.3.4294967296", "one.two"])
def test_what_is_no_name_of_an_object(name: str) -> None:
    with pytest.raises(BERError):
        ber.object_identifier(name)


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        (b"", "end inside an object identifier"),
        (b"\x2b\x86", "end inside an object identifier"),
        (b"\x2b" + b"\xff" * 5 + b"\x7f", "at most 128 numbers of at most 32 bits"),
        (bytes(129), "at most 128 numbers"),
    ],
)
def test_contents_that_are_no_name(contents: bytes, why: str) -> None:
    with pytest.raises(BERError, match=why):
        ber.read_object_identifier(contents)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the bytes end before it"),
        (b"\x02", "the bytes end before the length of it"),
        (b"\x04\x01a", "it must be of the type INTEGER, and its tag is 0x04"),
        (b"\x02\x05\x01", "it says that it has 5 bytes, and 1 are left"),
        (b"\x02\x02\x01", "it says that it has 2 bytes, and 1 are left"),
        (b"\x02\x80", "of a form that SNMP does not have: 0x80"),
        (b"\x02\x85\1\1\1\1\1", "of a form that SNMP does not have: 0x85"),
        (b"\x02\x84\xff\xff\xff\xff", "it says that it has 4294967295 bytes, and 0 are left"),
        (b"\x02\x00", "a number has at least one byte"),
    ],
)
def test_what_cannot_be_read_says_why_and_is_still_there(data: bytes, why: str) -> None:
    reader = Reader(data, "", "", TAGS)
    with pytest.raises(BERError, match=why):
        reader.single({ber.INTEGER}, "it", lambda contents: str(ber.read_integer(contents)), "a number")
    reader.rest("not understood", why)
    check_tiling(reader.fields, len(data))


def test_parts_must_end_where_the_whole_does() -> None:
    reader = Reader(ber.value(ber.SEQUENCE, b"\x02\x01\x05\x00"), "", "", TAGS)
    _, end = reader.begin({ber.SEQUENCE}, "whole", "")
    reader.single({ber.INTEGER}, "part", lambda contents: str(ber.read_integer(contents)), "")
    with pytest.raises(BERError, match="the parts of whole end 1 bytes before or after it does"):
        reader.end(end, "whole")


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    reader = Reader(data, "", "", TAGS)
    try:
        while reader.more:
            reader.single(TAGS, "value", bytes.hex, "")
    except BERError as error:
        assert "\n" not in str(error)
        reader.rest("not understood", str(error))
    check_tiling(reader.fields, len(data))
