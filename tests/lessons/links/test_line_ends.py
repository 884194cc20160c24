from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6

from helpers.errors import CourseError
from helpers.lab.serial_line import Codec, Discarded
from helpers.lessons.links import ppp
from helpers.lessons.links.line_ends import CslipEnd, PppEnd, SlipEnd

ENDS = {
    "SLIP": SlipEnd,
    "CSLIP": CslipEnd,
    "PPP": PppEnd,
    "PPP with compressed headers": lambda: PppEnd(compress_headers=True),
}


def segment(seq: int, payload: bytes = b"x") -> bytes:
    return bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=seq) / TCP(sport=1, dport=2, flags="A", seq=seq) / payload)


def end(name: str) -> Codec:
    made: Codec = ENDS[name]()
    return made


@pytest.mark.parametrize("name", ENDS)
def test_packets_come_out_as_they_went_in(name: str) -> None:
    sender, receiver = end(name), end(name)
    for number in range(20):
        packet = segment(number, bytes([number, 0xC0, 0xDB, 0x7E, 0x7D]) * number)
        assert list(receiver.feed(sender.encode(packet))) == [packet]


@pytest.mark.parametrize("name", ENDS)
def test_only_some_compress_headers(name: str) -> None:
    sender = end(name)
    sizes = [len(sender.encode(segment(number))) for number in (1, 2)]
    assert sizes[0] > 41
    assert (sizes[1] < 20) is (name in ("CSLIP", "PPP with compressed headers"))


@pytest.mark.parametrize("name", ["SLIP", "CSLIP"])
def test_a_packet_over_the_limit_is_discarded_with_a_reason(name: str) -> None:
    sender, receiver = end(name), end(name)
    (lost,) = receiver.feed(sender.encode(segment(1, bytes(1100))))
    assert lost == Discarded("a packet was longer than 1006 bytes")


def test_ppp_finds_a_flipped_bit() -> None:
    sender, receiver = PppEnd(), PppEnd()
    frame = bytearray(sender.encode(segment(1)))
    frame[20] ^= 1
    assert receiver.feed(bytes(frame)) == [Discarded("a frame was thrown away: its check sequence is wrong")]


def test_slip_does_not() -> None:
    sender, receiver = SlipEnd(), SlipEnd()
    line = bytearray(sender.encode(segment(1)))
    line[20] ^= 1
    (packet,) = receiver.feed(bytes(line))
    assert isinstance(packet, bytes) and packet != segment(1) and len(packet) == len(segment(1))


def test_after_a_packet_over_the_limit_they_are_discarded_too() -> None:
    sender, receiver = CslipEnd(), CslipEnd()
    list(receiver.feed(sender.encode(segment(1))))
    receiver.feed(bytes(1100) + b"\xc0")
    assert [type(item) for item in receiver.feed(sender.encode(segment(2)))] == [Discarded]


@pytest.mark.parametrize("name", ["CSLIP", "PPP with compressed headers"])
def test_after_damage_compressed_packets_are_discarded_until_one_is_whole(name: str) -> None:
    sender, receiver = end(name), end(name)
    list(receiver.feed(sender.encode(segment(1))))
    damaged = ppp.encode(ppp.Frame(ppp.Protocol.IP, b"?"))[:-3] + b"\0\0\x7e" if "PPP" in name else b"\xc0\x00\xc0"
    assert [type(item) for item in receiver.feed(damaged)] == [Discarded]
    assert [type(item) for item in receiver.feed(sender.encode(segment(2)))] == [Discarded]
    again = segment(2)  # what is sent again comes uncompressed (RFC 1144, section 4)
    assert list(receiver.feed(sender.encode(again))) == [again]


def test_ppp_leaves_other_protocols_out() -> None:
    frame = ppp.encode(ppp.Frame(ppp.Protocol.LCP, b"\x09\x01\x00\x08\x00\x00\x00\x00"))
    assert PppEnd().feed(frame) == [Discarded("a frame carried the protocol 0xc021, which is no IP packet")]


@pytest.mark.parametrize("name", ["CSLIP", "PPP"])
def test_ipv6_is_refused_where_there_is_no_place_for_it(name: str) -> None:
    with pytest.raises(CourseError, match="IPv4"):
        end(name).encode(bytes(IPv6()))


@pytest.mark.parametrize("name", ENDS)
@given(pieces=st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_give_packets_or_reasons(name: str, pieces: list[bytes]) -> None:
    receiver = end(name)
    for piece in pieces:
        assert all(isinstance(item, bytes | Discarded) for item in receiver.feed(piece))
