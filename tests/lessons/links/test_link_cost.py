from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP

from helpers.lab.serial_line import Codec
from helpers.lessons.links import ppp, slip
from helpers.lessons.links.line_ends import CslipEnd, PppEnd, SlipEnd
from helpers.lessons.links.link_cost import UnknownBytes, on_ethernet, on_line
from helpers.lessons.links.van_jacobson import PacketType

AGREED = ppp.Framing(accm=0, compress_address_control=True, compress_protocol=True)
ENDS: dict[str, tuple[Callable[[], Codec], int, bool]] = {
    "SLIP": (SlipEnd, 2, False),  # two END
    "CSLIP": (CslipEnd, 2, True),
    "PPP": (PppEnd, 8, False),  # two flags, address, control, protocol, FCS
    "PPP with compressed headers": (lambda: PppEnd(compress_headers=True), 8, True),
    "PPP as agreed": (lambda: PppEnd(AGREED), 5, False),  # two flags, protocol, FCS
    "all of it": (lambda: PppEnd(AGREED, compress_headers=True), 5, True),
}
"""How each is made, its framing, and whether it compresses headers."""


def segment(number: int, payload: bytes) -> bytes:
    tcp = TCP(sport=4660, dport=80, flags="A", seq=number, ack=7)
    return bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=number) / tcp / payload)


@pytest.mark.parametrize("name", ENDS)
@given(st.binary(max_size=40))
@settings(deadline=None)
def test_every_byte_on_the_line_is_accounted_for(name: str, payload: bytes) -> None:
    make, framing, compresses = ENDS[name]
    end = make()
    end.encode(segment(1, b""))
    sent = end.encode(segment(2, payload))
    cost = on_line(sent)
    assert (cost.framing, cost.total) == (framing, len(sent))
    headers = len(cost.packet.data) - len(payload)
    assert headers < 15 if compresses and payload else headers in (40, 3, 4, 5, 6)
    assert cost.without_escapes == len(sent) - cost.escapes


def test_escapes_are_counted() -> None:
    assert on_line(slip.encode(b"\x45\xc0\xdb\xc0")).escapes == 3
    packets = b"\x45aaa", b"\x45\x7e\x7d\x7e"
    plain, escaped = (on_line(ppp.encode(ppp.Frame(0x0021, packet), AGREED)) for packet in packets)
    assert (plain.without_escapes, escaped.without_escapes) == (9, 9)
    assert escaped.escapes >= 3


def test_how_it_was_sent() -> None:
    end = CslipEnd()
    packets = [bytes(IP() / TCP(flags="S")), segment(1, b""), segment(2, b"x")]
    assert [on_line(end.encode(packet)).packet.type for packet in packets] == [
        PacketType.IP, PacketType.UNCOMPRESSED_TCP, PacketType.COMPRESSED_TCP,
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "total"), [(40, 64), (45, 64), (46, 64), (47, 65), (1500, 1518)])
def test_ethernet(size: int, total: int) -> None:
    """64 and 1518 are the least and the largest frame of IEEE 802.3."""
    cost = on_ethernet(bytes(size))
    assert (cost.total, cost.escapes, len(cost.packet.data)) == (total, 0, size)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", "begins with c0 or 7e, not with nothing"),
        (b"\x45\x00", "not with 45"),
        (b"\xc0\xc0", "these 2 bytes are 0 packets"),
        (b"\xc0\x45\xc0\x45\xc0", "are 2 packets"),
        (b"\x7eabcdef\x7e", "the frame is invalid: its check sequence is wrong"),
        (ppp.encode(ppp.Frame(0xC021, b"\x09\x01\x00\x04")), "carries the protocol 0xc021"),
    ],
)
def test_other_bytes_are_refused(sent: bytes, sentence: str) -> None:
    with pytest.raises(UnknownBytes, match=sentence):
        on_line(sent)


@given(st.binary(max_size=60))
def test_any_bytes(sent: bytes) -> None:
    try:
        assert on_line(sent).total == len(sent)
    except UnknownBytes as error:
        assert "\n" not in str(error)
