"""The fields of frames, held to what tshark reads in the same bytes, and to their contract for any bytes at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert, IPOption_RR, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from helpers.fields.field import Field, check_tiling
from helpers.fields.frame import fields
from helpers.fields.internet_checksum import checksum
from tests.fields import tshark

ETHERNET = 1  # a link type (tcpdump.org/linktypes.html)
HEAD = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
IP4 = IP(src="10.0.0.1", dst="10.0.0.2", id=7)
REPORT = bytes.fromhex("2200 0000 0000 0001 0400 0001 ef01 0203 0a00 0009")
OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (7, 9)), ("NOP", None), ("WScale", 10), ("SAck", (5, 9))]
SYN = HEAD / IP4 / TCP(sport=40000, dport=80, seq=5, flags="S", options=OPTIONS)
UNREACHABLE = HEAD / IP4 / ICMP(type=3, code=3) / IP4 / UDP(sport=40000, dport=9) / b"hello"


def igmp(message: bytes) -> Packet:
    """An IGMP message with its checksum in a packet, as hosts send it (RFC 9776, section 4)."""
    summed = message[:2] + checksum(message).to_bytes(2, "big") + message[4:]
    return HEAD / IP(src="10.0.0.1", dst="224.0.0.22", ttl=1, proto=2, options=[IPOption_Router_Alert()]) / summed


WHOLE = [
    HEAD / ARP(),
    HEAD / IP4 / UDP() / b"hello",
    SYN,
    HEAD / IP4 / TCP(flags="PAEC") / b"hello",
    UNREACHABLE,
    HEAD / IP4 / ICMP(type=3, code=4, nexthopmtu=600) / IP4 / UDP(),
    HEAD / IP(options=[IPOption_RR(routers=["10.0.0.1"]), IPOption_Router_Alert()]) / UDP(),
    HEAD / IP4 / ICMP() / b"ping",
    igmp(REPORT),
    HEAD / IPv6(src="fd00::1", dst="fd00::2") / UDP() / b"hello",
]


def read(packet: Packet | bytes, start: str = "ethernet") -> list[Field]:
    """The fields, once it is clear that they cover everything."""
    data = bytes(packet)
    found = fields(data, start)
    check_tiling(found, len(data))
    assert all(field.layer and field.meaning for field in found)
    return found


def values(packet: Packet | bytes, layer: str, start: str = "ethernet") -> dict[str, str]:
    """A layer's fields by name, as they are written."""
    return {field.name: field.value for field in read(packet, start) if field.layer == layer}


def layers(packet: Packet | bytes, start: str = "ethernet") -> list[str]:
    return list(dict.fromkeys(field.layer for field in read(packet, start)))


@given(
    st.sampled_from([b"", bytes(12) + b"\x08\0", bytes(12) + b"\x08\6", bytes(12) + b"\x86\xdd"]),
    st.sampled_from([0x45, 0x46, 0x4F, 0x44, 0x60]),
    st.sampled_from([0, 1, 2, 6, 17, 58, 88, 99]),
    st.sampled_from([0, 0x2000, 0x4000, 0x2001, 3]),
    st.binary(max_size=200),
    st.integers(-30, 30),
)
@settings(deadline=None, max_examples=300)
def test_every_bit_of_any_bytes_belongs_to_one_field(
    head: bytes, first: int, protocol: int, part: int, data: bytes, wrong: int
) -> None:
    length = max(0, 20 + len(data) + wrong)
    header = bytes([first, 0]) + length.to_bytes(2, "big") + bytes(2) + part.to_bytes(2, "big") + bytes([64, protocol])
    read(head + data)
    read(head + header + bytes(10) + data, "ethernet" if head else "ip")


@pytest.mark.parametrize("packet", WHOLE, ids=lambda packet: packet.summary())
def test_a_whole_frame_leaves_nothing_open_and_a_cut_or_damaged_one_is_still_covered(packet: Packet) -> None:
    data = bytes(packet)
    assert not [str(field) for field in read(data) if field.name in ("rest", "cut short") or "wrong" in field.value]
    for end in range(len(data)):
        assert (end == 0) == (read(data[:end]) == [])
        for changed in (0x00, 0xFF, data[end] ^ 0x41):
            read(data[:end] + bytes([changed]) + data[end + 1 :])


def test_the_layers_of_a_frame() -> None:
    assert layers(HEAD / IP4 / TCP() / b"hello") == ["Ethernet", "IPv4", "TCP", "payload"]
    assert layers(IP4 / UDP() / b"hello", start="ip") == ["IPv4", "UDP", "payload"]
    assert layers(UNREACHABLE) == ["Ethernet", "IPv4", "ICMP", "quoted IPv4", "quoted UDP", "payload"]
    assert layers(HEAD / IP(proto=89) / b"hello") == ["Ethernet", "IPv4", "OSPF"]


@pytest.mark.parametrize(
    ("packet", "layer", "name", "place"),
    [(SYN, "IPv4", "Header Checksum", 24), (SYN, "TCP", "Checksum", 50), (WHOLE[1], "UDP", "Checksum", 40),
     (WHOLE[7], "ICMP", "Checksum", 36)],
)  # fmt: skip
def test_a_checksum_says_whether_it_is_right(packet: Packet, layer: str, name: str, place: int) -> None:
    data = bytes(packet)
    right = data[place : place + 2].hex()
    assert values(data, layer)[name] == f"0x{right} (right)"
    damaged = data[:place] + b"\x12\x34" + data[place + 2 :]
    assert values(damaged, layer)[name] == f"0x1234 (wrong: 0x{right} is right)"
    assert values(bytes(HEAD / IP4 / UDP(chksum=0)), "UDP")["Checksum"] == "0x0000 (none)"


def test_no_verdict_where_bytes_are_missing() -> None:
    whole = IP(bytes(IP4 / UDP(sport=40000, dport=9) / bytes(1000)))
    first, last = fragment(whole, fragsize=800)
    assert values(first, "UDP", start="ip")["Checksum"] == f"0x{whole[UDP].chksum:04x}"
    segment = IP(bytes(IP4 / TCP() / bytes(1000)))
    assert values(fragment(segment, 800)[0], "TCP", start="ip")["Checksum"] == f"0x{segment[TCP].chksum:04x}"
    assert values(last, "IPv4", start="ip")["Fragment Offset"] == "100 (byte 800)"
    assert (read(last, start="ip")[-1].layer, read(last, start="ip")[-1].name) == ("IPv4", "payload")


def test_an_error_quotes_what_is_there_of_a_packet() -> None:
    cut = bytes(UNREACHABLE)[: 34 + 8 + 20 + 8]  # the header and 64 bits, as RFC 792 has it
    assert values(cut, "quoted UDP")["Source Port"] == "40000"
    assert values(WHOLE[5], "ICMP")["Next-Hop MTU"] == "600"
    extended = bytes(HEAD / IP4 / ICMP(type=11) / (bytes(IP4 / UDP()) + b"\x20\0"))
    assert (read(extended)[-1].layer, read(extended)[-1].name) != ("Ethernet", "padding")  # RFC 4884 adds to an error
    about_an_error = HEAD / IP4 / ICMP(type=3, code=3) / IP4 / ICMP(type=3, code=3) / IP4 / UDP()
    assert read(about_an_error)[-1].layer == "quoted ICMP"


TSHARK = {
    ("IPv4", "Total Length"): "ip.len",
    ("IPv4", "Identification"): "ip.id",
    ("IPv4", "Time to Live"): "ip.ttl",
    ("IPv4", "Protocol"): "ip.proto",
    ("IPv4", "Header Checksum"): "ip.checksum",
    ("TCP", "Sequence Number"): "tcp.seq_raw",
    ("TCP", "Window"): "tcp.window_size_value",
    ("TCP", "Checksum"): "tcp.checksum",
    ("TCP", "PSH"): "tcp.flags.push",
    ("TCP", "CWR"): "tcp.flags.cwr",
    ("UDP", "Length"): "udp.length",
    ("UDP", "Checksum"): "udp.checksum",
    ("ICMP", "Type"): "icmp.type",
    ("ICMP", "Code"): "icmp.code",
    ("ICMP", "Checksum"): "icmp.checksum",
    ("ICMP", "Next-Hop MTU"): "icmp.mtu",
    ("IGMP", "Type"): "igmp.type",
    ("IGMP", "Checksum"): "igmp.checksum",
    ("IGMP", "Multicast Address"): "igmp.maddr",
    ("IGMP", "Number of Sources"): "igmp.num_src",
    ("ARP", "Operation"): "arp.opcode",
    ("ARP", "Target Protocol Address"): "arp.dst.proto_ipv4",
}
"""tshark's names of some fields."""


def number(data: bytes, field: Field) -> int:
    """What stands at the field's place."""
    return int.from_bytes(data) >> (8 * len(data) - field.end_bit) & (1 << field.end_bit - field.first_bit) - 1


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    rows = tshark.read(map(bytes, WHOLE), ETHERNET, TSHARK.values(), tmp_path)
    compared = set()
    for packet, row in zip(WHOLE, rows, strict=True):
        ours = {(field.layer, field.name): number(bytes(packet), field) for field in read(packet)}
        for key, theirs in zip(TSHARK, row, strict=True):
            first = theirs.split(",")[0]  # the outer packet's; those that an ICMP error quotes come after it
            if key in ours:
                address = first.count(".") == 3
                wanted = int.from_bytes(bytes(map(int, first.split(".")))) if address else int(first, 0)
                assert ours[key] == wanted, (packet.summary(), key)
                compared.add(key)
    assert compared == set(TSHARK)
