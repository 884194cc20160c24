from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw
from scapy.utils import checksum as scapys_checksum

from helpers.fields.internet_checksum import checksum, ones_complement_sum, pseudo_header, transport_checksum, verify


@pytest.mark.parametrize(
    ("data", "total"),
    [
        (bytes.fromhex("0001 f203 f4f5 f6f7"), 0xDDF2),  # RFC 1071, section 3
        (bytes.fromhex("0001 f2"), 0xF201),  # its first three bytes
        (b"", 0),
        (b"\xff\xff", 0xFFFF),
        (b"\xff\xff\x00\x01", 1),
        (b"\xff\xff" * 65538, 0xFFFF),  # the first round of carries carries again
    ],
)
def test_sums(data: bytes, total: int) -> None:
    assert ones_complement_sum(data) == total
    assert checksum(data) == total ^ 0xFFFF


@given(st.binary(max_size=300))
def test_scapy_computes_the_same(data: bytes) -> None:
    assert checksum(data) == scapys_checksum(data)


@given(st.binary(max_size=60).map(lambda data: data + bytes(len(data) % 2)), st.integers(0, 700))
def test_one_wrong_bit_is_noticed(data: bytes, bit: int) -> None:
    whole = bytearray(data + checksum(data).to_bytes(2, "big"))
    assert verify(bytes(whole))
    bit %= 8 * len(whole)
    whole[bit // 8] ^= 1 << bit % 8
    assert not verify(bytes(whole))


@pytest.mark.parametrize("network", [IP(src="10.0.0.1", dst="192.0.2.9"), IPv6(src="fd00::1", dst="fd00::2")])
@pytest.mark.parametrize("payload", [b"", b"abc", b"x" * 1000])
def test_scapys_segments_and_datagrams(network: IP | IPv6, payload: bytes) -> None:
    for number, layer, place in ((6, TCP(sport=40000, dport=80, seq=7), 16), (17, UDP(sport=40000, dport=53), 6)):
        segment = bytes(network / layer / Raw(payload))[len(bytes(network)) :]
        blank = segment[:place] + b"\0\0" + segment[place + 2 :]
        computed = transport_checksum(network.src, network.dst, number, blank)
        assert computed == int.from_bytes(segment[place : place + 2], "big")
        assert verify(pseudo_header(network.src, network.dst, number, len(segment)) + segment)


def test_udp_never_sends_zero() -> None:
    head = pseudo_header("0.0.0.0", "0.0.0.0", 17, 2)
    assert transport_checksum("0.0.0.0", "0.0.0.0", 17, checksum(head).to_bytes(2, "big")) == 0xFFFF
