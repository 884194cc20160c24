"""Bytes of segments, held to scapy's dissector and builder."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.fields.internet_checksum import transport_checksum
from helpers.fields.segment import FLAGS, Segment, dissect
from helpers.lab.model.tcp_segment_bytes import (
    NoSegment,
    decode,
    encode,
    from_frame,
    join,
    largest_segment,
    split,
    to_frame,
)

MACS = "02:00:00:00:00:01", "02:00:00:00:00:02"
FLAG_SETS = st.sets(st.sampled_from(FLAGS)).map(lambda chosen: " ".join(flag for flag in FLAGS if flag in chosen))


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    flags = draw(FLAG_SETS)
    ends = [join(draw(st.ip_addresses(v=4).map(str)), draw(st.integers(0, 65535))) for _ in range(2)]
    numbers = [draw(st.integers(0, 2**32 - 1)) for _ in range(2)]
    options = draw(st.sampled_from([(), (("MSS", "1460"),)]))
    window, payload = draw(st.integers(0, 65535)), draw(st.binary(max_size=50))
    return Segment(*ends, flags, numbers[0], numbers[1] if "ACK" in flags else None, window, options, payload)


@given(segments())
def test_there_and_back(segment: Segment) -> None:
    source, destination = split(segment.source)[0], split(segment.destination)[0]
    assert decode(source, destination, encode(segment)) == segment
    assert from_frame(to_frame(segment, *MACS)) == segment


@given(segments())
def test_scapy_reads_the_same_and_finds_the_checksums_right(segment: Segment) -> None:
    frame = to_frame(segment, *MACS)
    assert dissect(frame) == segment
    packet = Ether(frame)
    assert (packet.src, packet.dst) == MACS
    sums = packet[IP].chksum, packet[TCP].chksum
    del packet[IP].chksum, packet[TCP].chksum
    again = Ether(bytes(packet))
    assert sums == (again[IP].chksum, again[TCP].chksum)


def test_ethernet_s_padding_is_no_data() -> None:
    segment = Segment("10.0.0.1:1", "10.0.0.2:2", "ACK", 1, 2, 3, (), b"")
    assert from_frame(to_frame(segment, *MACS) + bytes(6)) == segment


def test_options_of_others_are_left_out_and_mss_is_found_among_them() -> None:
    options = [("NOP", None), ("SAckOK", b""), ("Timestamp", (1, 2)), ("MSS", 1234), ("WScale", 7)]
    packet = Ether(dst=MACS[1], src=MACS[0]) / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(flags="S", options=options)
    segment = from_frame(bytes(packet))
    assert segment is not None and segment.options == (("MSS", "1234"),) and largest_segment(segment) == 1234


@given(st.binary(max_size=80))
def test_any_bytes_are_a_segment_or_a_clear_error(data: bytes) -> None:
    with contextlib.suppress(NoSegment):
        decode("10.0.0.1", "10.0.0.2", data)
    from_frame(data)


@given(st.binary(max_size=40))
def test_any_options_can_be_read(options: bytes) -> None:
    padded = options + bytes(-len(options) % 4)
    data = bytearray(encode(Segment("10.0.0.1:1", "10.0.0.2:2", "SYN", 0, None, 0, (), padded)))
    data[12] = (20 + len(padded)) // 4 << 4
    data[16:18] = b"\0\0"
    data[16:18] = transport_checksum("10.0.0.1", "10.0.0.2", 6, bytes(data)).to_bytes(2, "big")
    segment = decode("10.0.0.1", "10.0.0.2", bytes(data))
    assert segment.payload == b"" and {name for name, _ in segment.options} <= {"MSS"}


@pytest.mark.parametrize("place", [0, 13, 17, -1])
def test_a_damaged_segment_is_none(place: int) -> None:
    data = bytearray(encode(Segment("10.0.0.1:1", "10.0.0.2:2", "ACK", 1, 2, 3, (), b"data")))
    data[place] ^= 1
    with pytest.raises(NoSegment, match="damaged"):
        decode("10.0.0.1", "10.0.0.2", bytes(data))


def test_too_short() -> None:
    with pytest.raises(NoSegment, match="19 bytes are too few"):
        decode("10.0.0.1", "10.0.0.2", bytes(19))
    with pytest.raises(NoSegment, match="a TCP header of 60 bytes does not fit into a segment of 20"):
        decode("10.0.0.1", "10.0.0.2", bytes(12) + b"\xf0" + bytes(7))


def test_frames_of_others_carry_no_segment() -> None:
    udp = Ether(dst=MACS[1]) / IP(src="10.0.0.1", dst="10.0.0.2", proto=17) / bytes(30)
    assert from_frame(bytes(udp)) is None and from_frame(b"\xff" * 60) is None


def test_an_option_without_form() -> None:
    with pytest.raises(ValueError, match="WScale has no form here"):
        encode(Segment("10.0.0.1:1", "10.0.0.2:2", "SYN", 1, None, 0, (("WScale", "7"),), b""))
    with pytest.raises(ValueError, match="no TCP header"):
        encode(Segment("10.0.0.1:1", "10.0.0.2:2", "SYN", 2**32, None, 0, (), b""))


def test_an_end_in_words_and_numbers() -> None:
    for text, parts in {"10.0.0.1:80": ("10.0.0.1", 80), "[fd00::1]:1": ("fd00::1", 1)}.items():
        assert split(text) == parts and join(*parts) == text
