from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw
from scapy.utils import checksum as scapys_checksum

from helpers.fields.internet_checksum import (
    checksum,
    ones_complement_sum,
    pseudo_header,
    transport_checksum,
    update,
    verify,
)

EXAMPLE = bytes.fromhex("0001 f203 f4f5 f6f7")
"""RFC 1071, section 3."""


@pytest.mark.parametrize(
    ("data", "total"),
    [
        (EXAMPLE, 0xDDF2),
        (bytes.fromhex("0100 03f2 f5f4 f7f6"), 0xF2DD),  # the bytes of each word swapped
        (bytes.fromhex("0001 f2"), 0xF201),  # the same bytes broken into 3 and 5
        (bytes.fromhex("03f4 f5f6 f7"), 0xF0EB),
        (b"", 0),
        (b"\0\0", 0),
        (b"\xff\xff", 0xFFFF),
        (b"\xff\xff\x00\x01", 1),
    ],
)
def test_sums(data: bytes, total: int) -> None:
    assert ones_complement_sum(data) == total
    assert checksum(data) == total ^ 0xFFFF


@given(st.binary(max_size=300))
def test_scapy_computes_the_same(data: bytes) -> None:
    assert checksum(data) == scapys_checksum(data)


def test_many_carries() -> None:
    """The first round of carries carries again."""
    assert ones_complement_sum(b"\xff\xff" * 65538) == 0xFFFF


@given(st.binary(max_size=60).map(lambda data: data + bytes(len(data) % 2)), st.integers(0, 700))
def test_one_wrong_bit_is_noticed(data: bytes, bit: int) -> None:
    whole = bytearray(data + checksum(data).to_bytes(2, "big"))
    assert verify(bytes(whole))
    bit %= 8 * len(whole)
    whole[bit // 8] ^= 1 << bit % 8
    assert not verify(bytes(whole))


def test_what_it_cannot_notice() -> None:
    """Words in another order, and one zero in place of the other."""
    assert checksum(b"abcd") == checksum(b"cdab")
    assert checksum(b"ab\x00\x00") == checksum(b"ab\xff\xff")


def test_the_example_of_rfc_1624() -> None:
    """Section 4: the two equations before it come to 0xFFFF."""
    assert update(0xDD2F, bytes.fromhex("5555"), bytes.fromhex("3285")) == 0x0000


@given(
    st.lists(st.integers(0, 0xFFFF), min_size=2, max_size=20).filter(lambda words: any(words[1:])),
    st.integers(0, 0xFFFF),
)
def test_an_updated_checksum_is_the_computed_one(words: list[int], new: int) -> None:
    def packed(values: list[int]) -> bytes:
        return b"".join(value.to_bytes(2, "big") for value in values)

    updated = update(checksum(packed(words)), packed(words[:1]), packed([new]))
    assert updated == checksum(packed([new, *words[1:]]))


def test_a_router_lowers_the_time_to_live() -> None:
    packet = bytes(IP(src="10.0.0.1", dst="10.0.9.1", ttl=64))
    changed = bytes(IP(src="10.0.0.1", dst="10.0.9.1", ttl=63))
    found = update(int.from_bytes(packet[10:12], "big"), packet[8:10], changed[8:10])
    assert found == int.from_bytes(changed[10:12], "big")


@pytest.mark.parametrize(("old", "new"), [(b"a", b"b"), (b"ab", b"abcd"), (b"ab", b"")])
def test_impossible_updates(old: bytes, new: bytes) -> None:
    with pytest.raises(ValueError, match="the same, even number"):
        update(0, old, new)


@pytest.mark.parametrize("network", [IP(src="10.0.0.1", dst="192.0.2.9"), IPv6(src="fd00::1", dst="fd00::2")])
@pytest.mark.parametrize("payload", [b"", b"abc", b"x" * 1000])
def test_scapys_segments_and_datagrams(network: IP | IPv6, payload: bytes) -> None:
    for number, layer, place in ((6, TCP(sport=40000, dport=80, seq=7), 16), (17, UDP(sport=40000, dport=53), 6)):
        packet = network / layer / Raw(payload)
        segment = bytes(packet)[len(bytes(network)) :]
        blank = segment[:place] + b"\0\0" + segment[place + 2 :]
        computed = transport_checksum(network.src, network.dst, number, blank)
        assert computed == int.from_bytes(segment[place : place + 2], "big")
        assert verify(pseudo_header(network.src, network.dst, number, len(segment)) + segment)


def test_udp_never_sends_zero() -> None:
    head = pseudo_header("0.0.0.0", "0.0.0.0", 17, 2)
    datagram = checksum(head).to_bytes(2, "big")
    assert checksum(head + datagram) == 0
    assert transport_checksum("0.0.0.0", "0.0.0.0", 17, datagram) == 0xFFFF
    again = checksum(pseudo_header("0.0.0.0", "0.0.0.0", 6, 2)).to_bytes(2, "big")
    assert transport_checksum("0.0.0.0", "0.0.0.0", 6, again) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("10.0.0.1", "fd00::1", 6, 20), "10.0.0.1 and fd00::1 are not of the same version"),
        (("10.0.0.1", "nobody", 6, 20), "'nobody' does not appear to be an IPv4 or IPv6 address"),
        (("10.0.0.1", "10.0.0.2", 6, 65536), "protocol 6 and length 65536 do not fit"),
        (("fd00::1", "fd00::2", 256, 20), "protocol 256 and length 20 do not fit"),
    ],
)
def test_impossible_pseudo_headers(arguments: tuple[str, str, int, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        pseudo_header(*arguments)
