"""The picture of a frame that is peeled."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from helpers.draw.drawing import Box
from helpers.fields.frame import fields
from helpers.lessons.layers.nested_layers import nested_layers
from tests.draw.geometry import faults

HEAD = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
V4 = IP(src="10.0.0.1", dst="10.0.0.2")
REQUEST = HEAD / V4 / TCP(sport=40001, dport=80) / b"GET / HTTP/1.0\r\n\r\n"
ERROR = HEAD / V4 / ICMP(type=3, code=3) / V4 / UDP(sport=40001, dport=9) / b"hello"


def peeled(packet, title=""):
    return nested_layers(fields(bytes(packet)), title)


def test_each_layer_says_its_size_and_what_is_inside():
    assert peeled(REQUEST, "A request").text.splitlines() == [
        "A request",
        "link         Ethernet     14 bytes + 58, EtherType = 0x0800 (IPv4)",
        "internet     IPv4         20 bytes + 38, Protocol = 6 (TCP)",
        "transport    TCP          20 bytes + 18, Destination Port = 80",
        r"application  payload      18 bytes, b'GET / HTTP/1.0\r\n\r\n'",
    ]


def test_a_quoted_packet_is_in_no_layer_of_its_own():
    assert [line.split()[0] for line in peeled(ERROR).text.splitlines()] == [
        "link", "internet", "internet", "quoted", "quoted", "application",
    ]  # fmt: skip
    assert "Type = 3 (destination unreachable)" in peeled(ERROR).text


def test_padding_belongs_to_the_outermost():
    lines = peeled(bytes(HEAD / V4 / UDP(sport=1, dport=9) / b"x") + bytes(17)).text.splitlines()
    assert [line.split(", ")[0].split(None, 2)[2] for line in lines] == [
        "14 bytes + 29", "20 bytes + 9", "8 bytes + 1", "1 byte",
    ]  # fmt: skip
    assert lines[0].endswith("EtherType = 0x0800 (IPv4), 17 bytes of padding behind")


@pytest.mark.parametrize("packet", [REQUEST, ERROR, HEAD / ARP(), REQUEST / bytes(1400), b"\x02\x00"])
def test_it_can_be_read(packet):
    drawing = peeled(packet, "A frame").drawing
    assert faults(drawing) == []
    assert drawing.width <= 900


def test_what_is_inside_is_drawn_inside():
    boxes = [item for item in peeled(REQUEST).drawing.items if isinstance(item, Box)]
    headers, inside = boxes[0::2], boxes[1::2]
    assert [box.fill for box in boxes] == ["shade", "card"] * 3 + ["shade"]
    for outer, inner in zip(inside, headers[1:], strict=True):
        assert inner.x == outer.x and inner.y > outer.y + outer.height
        assert inner.x + inner.width <= outer.x + outer.width


def test_nothing_cannot_be_peeled():
    with pytest.raises(ValueError, match="there are no fields, and so no layers"):
        nested_layers([])
