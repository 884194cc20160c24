from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP

from helpers.errors import CourseError
from helpers.fields.field import Field, check_tiling
from helpers.lessons.links import ppp
from helpers.lessons.links.ppp import (
    ADDRESS_CONTROL,
    DEFAULT,
    ESCAPE,
    FCS,
    FLAG,
    GOOD_FCS_16,
    MRU,
    PROTOCOL_OF,
    Decoder,
    Frame,
    Framing,
    InvalidFrame,
    Protocol,
    Reason,
    content,
    encode,
    fcs_16,
    fields,
    stuff,
)
from helpers.lessons.links.van_jacobson import PacketType
from tests.fields.tshark import USER_0, read
from tests.memory import kept_by

BYTES = st.one_of(
    st.binary(max_size=40), st.lists(st.sampled_from([FLAG, ESCAPE, 0x5E, 0x5D, 0, 0x11, 0x20, 0xFF, 3])).map(bytes)
)
NUMBERS = st.integers(0, 0xFFFF).map(lambda number: number & 0xFEFF | 1)
FRAMES = st.builds(Frame, st.sampled_from(Protocol).map(int) | NUMBERS, BYTES)
FRAMINGS = st.builds(Framing, st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.sampled_from(FCS))
DATAGRAM = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=7) / TCP(sport=40000, dport=80, flags="PA") / b"\x7e\x7d\x11")
FLAG_BYTE = bytes([FLAG])


def reasons(line: bytes, decoder: Decoder | None = None) -> list[Reason]:
    found = (decoder or Decoder()).feed(line)
    assert all(isinstance(each, InvalidFrame) for each in found)
    return [each.reason for each in found if isinstance(each, InvalidFrame)]


def framed(data: bytes, fcs: FCS = FCS.BITS_16) -> bytes:
    """Any bytes as a frame whose check sequence is right."""
    return FLAG_BYTE + stuff(data + fcs.of(data)) + FLAG_BYTE


# The check sequence.


def test_the_catalogued_check_value() -> None:
    """CRC-16/X-25 of the catalogue of parametrised CRC algorithms, which is RFC 1662's."""
    assert fcs_16(b"123456789") == 0x906E
    assert FCS.BITS_16.of(b"123456789") == bytes.fromhex("6e90")
    assert FCS.BITS_32.of(b"123456789") == (0xCBF43926).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("first", "entries"),
    [(0, "0000 1189 2312 329b 4624 57ad 6536 74bf"), (248, "7bc7 6a4e 58d5 495c 3de3 2c6a 1ef1 0f78")],
)
def test_the_rfcs_table(first: int, entries: str) -> None:
    """Its first and its last eight entries (appendix C.2): what a byte makes of a register of zeros.

    It begins with ones, which two bytes ff make zeros.
    """
    made = [fcs_16(bytes([0xFF, 0xFF, byte])) ^ 0xFFFF for byte in range(first, first + 8)]
    assert [f"{entry:04x}" for entry in made] == entries.split()


@given(st.binary(max_size=60))
def test_the_definition_bit_by_bit(data: bytes) -> None:
    """Appendix C: a shift register with x**16 + x**12 + x**5 + 1, lowest bit first, as in the line's order."""
    register = 0xFFFF
    for byte in data:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = register >> 1 ^ (0x8408 if carry else 0)
    assert fcs_16(data) == register ^ 0xFFFF
    assert fcs_16(data + FCS.BITS_16.of(data)) ^ 0xFFFF == GOOD_FCS_16


@pytest.mark.parametrize("fcs", FCS)
@given(data=st.binary(max_size=60), bit=st.integers(0, 1000))
def test_one_wrong_bit_is_noticed(fcs: FCS, data: bytes, bit: int) -> None:
    whole = bytearray(data + fcs.of(data))
    assert fcs.is_good(bytes(whole))
    bit %= 8 * len(whole)
    whole[bit // 8] ^= 1 << bit % 8
    assert not fcs.is_good(bytes(whole))


def test_two_wrong_bits_are_noticed_in_frames_of_any_usual_size() -> None:
    """The check is linear: what counts is their distance alone, and none up to 32766 bits gives a remainder of 0."""
    register, seen = 1, 0
    while seen < 32767:
        register = register >> 1 ^ (0x8408 if register & 1 else 0)
        seen += 1
        if register == 1:
            break
    assert seen == 32767 > 8 * (len(ADDRESS_CONTROL) + 2 + MRU + 2)


@given(st.binary(min_size=20, max_size=60), st.integers(0, 10**4), st.integers(1, 0xFFFF))
def test_errors_within_sixteen_bits_are_noticed(data: bytes, place: int, pattern: int) -> None:
    whole = bytearray(data + FCS.BITS_16.of(data))
    place %= 8 * len(whole) - 16
    for bit in range(16):
        if pattern >> bit & 1:
            whole[(place + bit) // 8] ^= 1 << (place + bit) % 8
    assert not FCS.BITS_16.is_good(bytes(whole))


def test_fcs_32_is_zlibs() -> None:
    assert FCS.BITS_32.of(b"abc") == zlib.crc32(b"abc").to_bytes(4, "little")


# Frames.


def test_the_bytes_on_the_line() -> None:
    """Escapes before flag, escape and all bytes below 32, from the RFC's section 4.2: 7d 5e, 7d 5d, 7d 23."""
    line = encode(Frame(0x0021, bytes.fromhex("7e 7d 03 45 20")))
    assert line.hex(" ").startswith("7e ff 7d 23 7d 20 21 7d 5e 7d 5d 7d 23 45 20 ")
    assert line[-1] == FLAG and line.count(FLAG) == 2


@given(st.lists(FRAMES, max_size=5), FRAMINGS, st.data())
@settings(deadline=None)
def test_frames_come_out_however_the_line_is_cut(frames: list[Frame], framing: Framing, data: st.DataObject) -> None:
    decoder, received = Decoder(framing.accm, framing.fcs), []
    sent = [frame for frame in frames if len(content(frame, framing)) >= 2 + framing.fcs.value]
    line = b"".join(encode(frame, framing) for frame in sent)
    while line:
        size = data.draw(st.integers(1, len(line)))
        received += decoder.feed(line[:size])
        line = line[size:]
    assert received == sent


@given(FRAMES, FRAMINGS)
def test_no_byte_is_on_the_line_that_must_not_be(frame: Frame, framing: Framing) -> None:
    inside = encode(frame, framing)[1:-1]
    assert FLAG not in inside
    assert not [byte for byte in inside if byte < 32 and framing.accm >> byte & 1]


@given(FRAMES, FRAMINGS, st.integers(0, 10**6))
@settings(deadline=None, derandomize=True)
def test_a_wrong_bit_on_the_line_never_gives_a_wrong_frame(frame: Frame, framing: Framing, bit: int) -> None:
    """A bit that makes a flag or an escape is more than a wrong bit: then only chance, 1 in 65536, would be against it.

    So that chance plays no part, the examples are the same on each run.
    """
    line = bytearray(encode(frame, framing))
    bit %= 8 * len(line)
    line[bit // 8] ^= 1 << bit % 8
    received = Decoder(framing.accm, framing.fcs).feed(bytes(line) + FLAG_BYTE)
    assert all(each == frame or isinstance(each, InvalidFrame) for each in received)


@given(st.lists(BYTES, max_size=10), st.sampled_from([0, 2**32 - 1]), st.sampled_from(FCS))
@settings(deadline=None)
def test_any_bytes(pieces: list[bytes], accm: int, fcs: FCS) -> None:
    decoder = Decoder(accm, fcs, limit=10)
    received = [each for piece in pieces for each in decoder.feed(piece)]
    sizes = [len(each.content if isinstance(each, InvalidFrame) else each.information) for each in received]
    assert sum(sizes) <= sum(map(len, pieces))
    for each in received:
        if isinstance(each, InvalidFrame):
            check_tiling(fields(each.content, fcs), len(each.content))


@given(BYTES, st.sampled_from(FCS))
def test_fields_of_any_bytes(data: bytes, fcs: FCS) -> None:
    check_tiling(fields(data, fcs), len(data))


def test_compressed_fields_of_a_frame() -> None:
    frame = Frame(Protocol.IP, b"abc")

    def head(framing: Framing) -> str:
        return content(frame, framing)[:-5].hex()

    assert head(DEFAULT) == "ff030021"
    assert head(Framing(compress_protocol=True)) == "ff0321"
    assert head(Framing(compress_address_control=True)) == "0021"
    assert head(Framing(compress_address_control=True, compress_protocol=True)) == "21"
    both = Framing(compress_address_control=True, compress_protocol=True)
    assert content(Frame(Protocol.IPCP, b"abc"), both)[:-5].hex() == "8021"
    assert content(Frame(0x00FF, b"abc"), both)[:-5].hex() == "00ff"
    assert content(Frame(0x00FD, b"abc"), both)[:-5].hex() == "fd"


@pytest.mark.parametrize(("code", "plain"), [(1, True), (7, True), (8, False), (0, False)])
def test_lcp_speaks_as_if_nothing_had_been_agreed(code: int, plain: bool) -> None:
    framing = Framing(0, compress_address_control=True, compress_protocol=True, fcs=FCS.BITS_32)
    line = encode(Frame(Protocol.LCP, bytes([code, 1, 0, 4])), framing)
    head = b"\xff\x7d\x23\xc0\x21\x7d" if plain else b"\xc0\x21" + bytes([code])
    assert line[1:].startswith(head)
    assert Decoder(fcs=FCS.BITS_32, accm=0).feed(line) == [Frame(Protocol.LCP, bytes([code, 1, 0, 4]))]


@pytest.mark.parametrize("protocol", [0x0020, 0x0121, -1, 0x10021])
def test_numbers_that_no_protocol_has(protocol: int) -> None:
    with pytest.raises(CourseError, match="is no protocol number of PPP"):
        encode(Frame(protocol, b""))


def test_how_an_ip_packet_is_sent() -> None:
    assert PROTOCOL_OF[PacketType.COMPRESSED_TCP] == 0x002D
    assert PROTOCOL_OF[PacketType.UNCOMPRESSED_TCP] == 0x002F
    assert PROTOCOL_OF[PacketType.IP] == 0x0021


# What is thrown away.


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (FLAG_BYTE + b"\xff\x03\x00\x21abc" + FLAG_BYTE, Reason.FCS),
        (FLAG_BYTE + b"abcdefg" + bytes([ESCAPE, FLAG]), Reason.ABORTED),
        (FLAG_BYTE + bytes([ESCAPE, FLAG]), Reason.ABORTED),
        (framed(b"\x21"), Reason.TOO_SHORT),
        (FLAG_BYTE + b"x" + FLAG_BYTE, Reason.TOO_SHORT),
        (framed(b"\xff\x07\x00\x21"), Reason.ADDRESS),
        (framed(b"\xff\x03"), Reason.PROTOCOL),
        (framed(b"\xff\x03\x20"), Reason.PROTOCOL),
        (framed(b"\xff\x03\x00\x20abc"), Reason.PROTOCOL),
        (framed(b"\x00\x20abc"), Reason.PROTOCOL),
    ],
)
def test_why_a_frame_is_invalid(line: bytes, reason: Reason) -> None:
    decoder, good = Decoder(), Frame(Protocol.IP, b"good")
    assert reasons(line, decoder) == [reason]
    assert decoder.feed(encode(good)) == [good]


def test_the_shortest_frame_with_four_bytes_of_fcs() -> None:
    assert reasons(framed(b"\x21", FCS.BITS_32), Decoder(fcs=FCS.BITS_32)) == [Reason.TOO_SHORT]
    assert Decoder(fcs=FCS.BITS_32).feed(framed(b"\x00\x21", FCS.BITS_32)) == [Frame(Protocol.IP, b"")]


def test_a_byte_behind_an_escape_is_changed_whatever_it_is() -> None:
    """An escape too, which no sender puts there: the check sequence will tell."""
    line = FLAG_BYTE + bytes([ESCAPE, ESCAPE]) + b"abcd" + FLAG_BYTE
    assert Decoder().feed(line) == [InvalidFrame(Reason.FCS, b"\x5dabcd")]


def test_what_was_aborted_is_shown() -> None:
    assert Decoder().feed(FLAG_BYTE + b"ab" + bytes([ESCAPE, FLAG])) == [InvalidFrame(Reason.ABORTED, b"ab")]


def test_frames_may_share_a_flag_and_flags_alone_are_no_frames() -> None:
    frame = Frame(Protocol.IP, b"abc")
    assert Decoder().feed(FLAG_BYTE * 5 + encode(frame)[:-1] + encode(frame) + FLAG_BYTE * 5) == [frame, frame]


def test_before_the_first_flag_is_no_frame() -> None:
    frame = Frame(Protocol.IP, b"abc")
    assert Decoder().feed(b"noise" + bytes([ESCAPE]) + encode(frame)) == [frame]


def test_bytes_that_a_modem_has_put_in_are_taken_out() -> None:
    frame = Frame(Protocol.IP, b"a\x11b\x13c")
    line = encode(frame)
    disturbed = b"\x11".join(line[place : place + 1] for place in range(len(line)))
    assert Decoder().feed(disturbed) == [frame]
    assert reasons(disturbed, Decoder(accm=0)) == [Reason.FCS]
    assert Decoder(accm=0).feed(encode(frame, Framing(accm=0))) == [frame]
    assert reasons(encode(frame, Framing(accm=0))) == [Reason.FCS]


def test_a_frame_over_the_limit_is_reported_once_and_the_next_one_comes() -> None:
    decoder, longest = Decoder(limit=10), Frame(Protocol.IP, b"a" * 10)
    long = encode(Frame(Protocol.IP, b"a" * 30))
    found = decoder.feed(long + encode(longest))
    assert found == [InvalidFrame(Reason.TOO_LONG, b"\xff\x03\x00\x21" + b"a" * 13), longest]
    assert reasons(encode(Frame(Protocol.IP, b"a" * 11)), decoder) == [Reason.TOO_LONG]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    decoder = Decoder(limit=100)
    assert reasons(FLAG_BYTE + b"a" * 200, decoder) == [Reason.TOO_LONG]

    def feed() -> None:
        for _ in range(50):
            assert decoder.feed(b"a" * 1000) == []

    assert kept_by(ppp, feed) < 10_000


# Explanations.


def named(data: bytes, fcs: FCS = FCS.BITS_16) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in fields(data, fcs)]


def test_the_fields_of_a_frame() -> None:
    frame = Frame(Protocol.IP, b"ab")
    check = FCS.BITS_16.of(ADDRESS_CONTROL + b"\x00\x21ab").hex(" ")
    assert named(content(frame)) == [
        ("address", "ff"), ("control", "03"), ("protocol", "IP (0x0021)"), ("information", "61 62"),
        ("FCS", f"{check} (right)"),
    ]  # fmt: skip
    short = content(frame, Framing(compress_address_control=True, compress_protocol=True, fcs=FCS.BITS_32))
    assert [name for name, _ in named(short, FCS.BITS_32)] == ["protocol", "information", "FCS"]
    assert named(content(Frame(0x0057, b"")))[2] == ("protocol", "0x0057")


def test_a_wrong_fcs_and_what_it_should_be() -> None:
    good = content(Frame(Protocol.IP, b"ab"))
    assert named(good[:-2] + b"\0\0")[-1] == ("FCS", f"00 00 (wrong, it should be {good[-2:].hex(' ')})")


def test_the_information_may_be_explained_by_someone_else() -> None:
    def body(information: bytes) -> list[Field]:
        return [Field("first", 0, 1, "", ""), Field("rest", 1, len(information) - 1, "", "", layer="inner")]

    data = content(Frame(Protocol.IP, b"abc"))
    found = fields(data, body=body)
    check_tiling(found, len(data))
    assert [(field.name, field.start) for field in found[3:5]] == [("first", 4), ("rest", 5)]
    assert found[-1].layer == "PPP"


def test_what_is_no_frame_is_one_field() -> None:
    assert named(b"ab") == [("not understood", "61 62")]
    for data in (b"\x21", ADDRESS_CONTROL, ADDRESS_CONTROL + b"\x20"):
        whole = data + FCS.BITS_16.of(data)
        assert named(whole) == [("not understood", whole.hex(" "))]
    assert named(b"") == []


@pytest.mark.parametrize("framing", [DEFAULT, Framing(0x000A0000, compress_protocol=True)])
def test_tshark_reads_the_line(framing: Framing, tmp_path: Path) -> None:
    """It takes the escapes out itself, and computes the check sequence."""
    whole = content(Frame(Protocol.IP, DATAGRAM), framing)
    line = encode(Frame(Protocol.IP, DATAGRAM), framing)
    damaged = FLAG_BYTE + stuff(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:], framing.accm) + FLAG_BYTE
    check = int.from_bytes(whole[-2:], "little")
    told = read(
        [line, damaged], USER_0, ["ppp.protocol", "ip.id", "tcp.payload", "ppp.fcs_16", "ppp.fcs.status"], tmp_path,
        "-o", 'uat:user_dlts:"User 0 (DLT=147)","ppp_raw_hdlc","0","","0",""', "-o", "ppp.fcs_type:16-Bit",
    )  # fmt: skip
    assert told == [
        ["0x0021", "0x0007", "7e7d11", f"0x{check:04x}", "1"],
        ["0x0021", "0x0007", "7e7d10", f"0x{check:04x}", "0"],
    ]
