"""The fields of frames, held to what scapy and tshark read in the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert, IPOption_RR, fragment
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from helpers.fields.field import Field, check_tiling
from helpers.fields.frame_fields import fields
from helpers.fields.internet_checksum import checksum
from tests.fields import tshark

ETHERNET = 1  # a link type (tcpdump.org/linktypes.html)
HEAD = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
IP4 = IP(src="10.0.0.1", dst="10.0.0.2", id=7)
IP6 = IPv6(src="fd00::1", dst="fd00::2")
REPORT = bytes.fromhex("2200 0000 0000 0001 0400 0001 ef01 0203 0a00 0009")
QUERY = bytes.fromhex("1164 0000 0000 0000 0a7d 0001 0a00 0009")
LEAVE = bytes.fromhex("1700 0000 ef01 0203")
OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (7, 9)), ("NOP", None), ("WScale", 10)]
SYN = HEAD / IP4 / TCP(sport=40000, dport=80, seq=5, flags="S", options=OPTIONS)
PORT_UNREACHABLE = HEAD / IP4 / ICMP(type=3, code=3) / IP4 / UDP(sport=40000, dport=9) / b"hello"

u8, u16, u32 = st.integers(0, 2**8 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1)
addresses = st.ip_addresses(v=4).map(str)


def igmp(message: bytes) -> Packet:
    """An IGMP message with its checksum in a packet, as hosts send it (RFC 9776, section 4)."""
    summed = message[:2] + checksum(message).to_bytes(2, "big") + message[4:]
    return HEAD / IP(src="10.0.0.1", dst="224.0.0.22", ttl=1, proto=2, options=[IPOption_Router_Alert()]) / summed


def read(packet: Packet | bytes, **options: str) -> list[Field]:
    """The fields, once it is clear that they cover everything."""
    data = bytes(packet)
    found = fields(data, **options)
    check_tiling(found, len(data))
    assert all(field.layer and field.meaning for field in found)
    return found


def number(data: bytes, field: Field) -> int:
    """What stands at the field's place."""
    return int.from_bytes(data) >> (8 * len(data) - field.end_bit) & (1 << field.end_bit - field.first_bit) - 1


def numbers(packet: Packet, layer: str) -> dict[str, int]:
    """A layer's fields of a packet by name, as they stand in its bytes."""
    data = bytes(packet)
    return {field.name: number(data, field) for field in read(packet) if field.layer == layer}


def values(packet: Packet | bytes, layer: str, **options: str) -> dict[str, str]:
    """A layer's fields by name, as they are written."""
    return {field.name: field.value for field in read(packet, **options) if field.layer == layer}


def layers(packet: Packet | bytes, **options: str) -> list[str]:
    return list(dict.fromkeys(field.layer for field in read(packet, **options)))


def packed(address: str) -> int:
    return int.from_bytes(bytes(int(part) for part in address.split(".")))


@given(st.binary(max_size=120))
@settings(deadline=None)
def test_any_bytes(data: bytes) -> None:
    read(data)
    read(data, start="ip")
    for ether_type in (0x0800, 0x0806, 0x86DD, 0x0020):
        read(bytes(12) + ether_type.to_bytes(2, "big") + data)


@given(
    st.sampled_from([0x45, 0x46, 0x4F, 0x44, 0x55]),
    st.sampled_from([1, 2, 6, 17, 58, 99]),
    st.sampled_from([0, 0x2000, 0x4000, 0x2001, 3]),
    st.binary(max_size=200),
    st.integers(-30, 30),
)
@settings(deadline=None)
def test_any_bytes_behind_an_ipv4_header(first: int, protocol: int, part: int, data: bytes, wrong: int) -> None:
    length = max(0, 20 + len(data) + wrong)
    header = bytes([first, 0]) + length.to_bytes(2, "big") + bytes(2) + part.to_bytes(2, "big")
    read(header + bytes([64, protocol]) + bytes(10) + data, start="ip")


@given(st.lists(st.sampled_from([0, 6, 17, 43, 44, 58, 59, 60, 99]), min_size=1, max_size=12), st.binary(max_size=60))
@settings(deadline=None)
def test_any_chain_of_ipv6_headers(chain: list[int], data: bytes) -> None:
    following = b"".join(bytes([number, 0, 0, 0, 0, 0, 0, 0]) for number in chain[1:]) + data
    read(bytes([0x60, 0, 0, 0]) + len(following).to_bytes(2, "big") + bytes([chain[0], 64, *bytes(32)]) + following)


WHOLE = [
    HEAD / ARP(),
    HEAD / IP4 / UDP() / b"hello",
    SYN,
    HEAD / IP4 / TCP(flags="PA") / b"hello",
    PORT_UNREACHABLE,
    HEAD / IP(options=[IPOption_RR(routers=["10.0.0.1"]), IPOption_Router_Alert()]) / UDP(),
    HEAD / IP4 / ICMP() / b"ping",
    igmp(REPORT),
    igmp(QUERY),
    igmp(LEAVE),
    HEAD / IP6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment() / UDP() / b"hello",
    HEAD / IP6 / ICMPv6EchoRequest(),
]


@pytest.mark.parametrize("packet", WHOLE, ids=lambda packet: packet.summary())
def test_whole_frames_leave_nothing_open(packet: Packet) -> None:
    assert not [str(field) for field in read(packet) if field.name in ("rest", "cut short")]
    assert not [str(field) for field in read(packet) if "wrong" in field.value]


@pytest.mark.parametrize("packet", WHOLE, ids=lambda packet: packet.summary())
def test_cut_at_any_place_and_damaged_in_any_byte(packet: Packet) -> None:
    data = bytes(packet)
    for end in range(len(data)):
        assert (end == 0) == (read(data[:end]) == [])
        for changed in (0x00, 0xFF, data[end] ^ 0x41):
            read(data[:end] + bytes([changed]) + data[end + 1 :])


def test_a_header_that_is_cut_says_so() -> None:
    data = bytes(HEAD / IP4 / UDP())
    assert [field.name for field in read(data[:20])][-1] == "Identification"
    assert [field.name for field in read(data[:21])][-4:] == ["Reserved", "DF", "MF", "cut short"]
    assert read(data[:21])[-1].where == "byte 20 bits 3-7"
    assert [str(field) for field in read(data[:5])] == [
        r"bytes 0-4: cut short = b'\x02\x00\x00\x00\x00': the header goes on, but its bytes end here "
        "(IEEE 802.3 section 3.2)"
    ]


def test_the_layers_of_a_frame() -> None:
    assert layers(SYN) == ["Ethernet", "IPv4", "TCP"]
    assert layers(HEAD / IP4 / TCP() / b"hello") == ["Ethernet", "IPv4", "TCP", "payload"]
    assert layers(IP4 / UDP() / b"hello", start="ip") == ["IPv4", "UDP", "payload"]
    assert layers(PORT_UNREACHABLE) == ["Ethernet", "IPv4", "ICMP", "quoted IPv4", "quoted UDP", "payload"]
    assert layers(HEAD / IP6 / UDP()) == ["Ethernet", "IPv6", "UDP"]
    assert layers(HEAD / IP(proto=89) / b"hello") == ["Ethernet", "IPv4", "OSPF"]
    assert layers(bytes(IP6 / UDP()), start="ip") == ["IPv6", "UDP"]
    with pytest.raises(ValueError, match='fields begin at "ethernet" or at "ip", not at \'udp\''):
        fields(b"", start="udp")  # type: ignore[arg-type]


def test_where_the_fields_of_a_segment_are() -> None:
    """A few by hand, from the figures of RFC 791 and RFC 9293."""
    where = {field.name: field.where for field in read(SYN)}
    assert where["EtherType"] == "bytes 12-13"
    assert (where["IHL"], where["DF"], where["Fragment Offset"]) == (
        "byte 14 bits 4-7", "byte 20 bit 1", "bytes 20-21 bits 3-15",
    )  # fmt: skip
    assert (where["Data Offset"], where["SYN"], where["MSS"]) == ("byte 46 bits 0-3", "byte 47 bit 6", "bytes 54-57")


@given(addresses, addresses, u8, u16, st.integers(0, 7), st.integers(0, 2**13 - 1), u8, st.integers(0, 255))
@settings(deadline=None)
def test_ipv4_as_scapy_reads_it(
    source: str, destination: str, tos: int, number: int, flags: int, offset: int, ttl: int, protocol: int
) -> None:
    ip = IP(src=source, dst=destination, tos=tos, id=number, flags=flags, frag=offset, ttl=ttl, proto=protocol)
    built = Ether(bytes(HEAD / ip / b"1234"))[IP]
    assert numbers(HEAD / ip / b"1234", "IPv4") | {"payload": 0} == {  # a later fragment's data belong to IPv4
        "Version": 4, "IHL": built.ihl, "DSCP": tos >> 2, "ECN": tos & 3, "Total Length": built.len,
        "Identification": number, "Reserved": flags >> 2, "DF": flags >> 1 & 1, "MF": flags & 1,
        "Fragment Offset": offset, "Time to Live": ttl, "Protocol": protocol, "Header Checksum": built.chksum,
        "Source Address": packed(source), "Destination Address": packed(destination), "payload": 0,
    }  # fmt: skip


@given(u16, u16, u32, u32, st.integers(0, 15), st.integers(0, 255), u16, u16, st.binary(max_size=16))
@settings(deadline=None)
def test_tcp_as_scapy_reads_it(
    source: int, destination: int, seq: int, ack: int, reserved: int, flags: int, window: int, urgent: int, data: bytes
) -> None:
    tcp = TCP(sport=source, dport=destination, seq=seq, ack=ack, flags=flags, window=window, urgptr=urgent)
    tcp.reserved = reserved >> 1
    tcp.flags = flags | (reserved & 1) << 8  # scapy counts the last reserved bit as a flag
    packet = HEAD / IP4 / tcp / data
    assert numbers(packet, "TCP") == {
        "Source Port": source, "Destination Port": destination, "Sequence Number": seq, "Acknowledgment Number": ack,
        "Data Offset": 5, "Reserved": reserved, "Window": window, "Checksum": Ether(bytes(packet))[TCP].chksum,
        "Urgent Pointer": urgent, "FIN": flags & 1, "SYN": flags >> 1 & 1, "RST": flags >> 2 & 1,
        "PSH": flags >> 3 & 1, "ACK": flags >> 4 & 1, "URG": flags >> 5 & 1, "ECE": flags >> 6 & 1, "CWR": flags >> 7,
    }  # fmt: skip
    assert values(packet, "TCP")["Checksum"].endswith("(right)")
    assert [field.value for field in read(packet) if field.layer == "payload"] == ([repr(data)] if data else [])


def test_tcp_options() -> None:
    sack = HEAD / IP4 / TCP(options=[("SAck", (5, 9, 20, 30)), ("TFO", (1, 2)), ("EOL", None)])
    odd = HEAD / IP4 / TCP(options=[(99, b"abc"), ("NOP", None)])
    assert list(values(SYN, "TCP").items())[-5:] == [
        ("MSS", "1460"),
        ("SACK-Permitted", ""),
        ("Timestamps", "TSval 7, TSecr 9"),
        ("NOP", ""),
        ("Window Scale", "10 (window times 1024)"),
    ]
    assert values(sack, "TCP")["SACK"] == "5 to 9, 20 to 30"
    assert values(sack, "TCP")["Fast Open"] == "0000000100000002"
    assert list(values(sack, "TCP"))[-2:] == ["End of Option List", "padding"]
    assert values(odd, "TCP")["Option 99"] == b"abc".hex()


def test_options_that_cannot_be() -> None:
    for options, rest in (
        ("02 00 05 b4", "bytes 40-43"),
        ("02 01 05 b4", "bytes 40-43"),
        ("02 09 05 b4", "bytes 40-43"),
        ("01 01 01 08", "byte 43"),
    ):
        tcp = bytes(TCP(dataofs=6, chksum=0)) + bytes.fromhex(options)
        last = read(IP(proto=6) / tcp, start="ip")[-1]
        assert (last.name, last.where) == ("rest", rest)
        last = read(IP(ihl=6, proto=6) / bytes.fromhex(options), start="ip")[-1]
        assert (last.name, last.start) == ("rest", int(rest.split()[1][:2]) - 20)


def test_the_layers_of_ip_options() -> None:
    packet = HEAD / IP(options=[IPOption_RR(routers=["10.0.0.254"]), IPOption_Router_Alert()]) / UDP()
    shown = values(packet, "IPv4")
    assert (shown["Record Route"], shown["Router Alert"]) == ("040a0000fe", "0000")
    assert shown["IHL"] == "8 (32 bytes)"


@given(u16, u16, st.binary(max_size=40))
@settings(deadline=None)
def test_udp_as_scapy_reads_it(source: int, destination: int, data: bytes) -> None:
    packet = HEAD / IP4 / UDP(sport=source, dport=destination) / data
    built = Ether(bytes(packet))[UDP]
    assert numbers(packet, "UDP") == {
        "Source Port": source, "Destination Port": destination, "Length": built.len, "Checksum": built.chksum,
    }  # fmt: skip
    assert values(packet, "UDP")["Checksum"].endswith("(right)")
    over_six = HEAD / IP6 / UDP(sport=source, dport=destination) / data
    assert values(over_six, "UDP")["Checksum"].endswith("(right)")


@pytest.mark.parametrize(
    ("packet", "layer", "name", "value"),
    [
        (HEAD / IP(chksum=1, src="10.0.0.1", dst="10.0.0.2") / UDP(), "IPv4", "Header Checksum", "0x0001 (wrong: 0x66"),
        (HEAD / IP4 / UDP(chksum=1) / b"hi", "UDP", "Checksum", "0x0001 (wrong: 0x"),
        (HEAD / IP4 / UDP(chksum=0) / b"hi", "UDP", "Checksum", "0x0000 (none)"),
        (HEAD / IP4 / UDP(len=7) / b"hi", "UDP", "Length", "7 (wrong: at least 8)"),
        (HEAD / IP4 / UDP(len=99) / b"hi", "UDP", "Length", "99 (wrong: 10 are here)"),
        (HEAD / IP4 / TCP(chksum=1), "TCP", "Checksum", "0x0001 (wrong: 0x"),
        (HEAD / IP4 / TCP(dataofs=4), "TCP", "Data Offset", "4 (wrong: at least 5)"),
        (HEAD / IP4 / ICMP(chksum=1), "ICMP", "Checksum", "0x0001 (wrong: 0xf7ff"),
        (HEAD / IP(ihl=4) / b"hi", "IPv4", "IHL", "4 (wrong: at least 5)"),
        (HEAD / IP(len=90) / UDP(), "IPv4", "Total Length", "90 (28 are here)"),
    ],
)
def test_what_is_wrong_says_so(packet: Packet, layer: str, name: str, value: str) -> None:
    assert values(packet, layer)[name].startswith(value)


def test_behind_the_packets_end() -> None:
    frame = bytes(HEAD / IP4 / UDP() / b"hello") + bytes(13)
    assert (read(frame)[-1].layer, read(frame)[-1].name) == ("Ethernet", "padding")
    assert (read(frame)[-1].value, read(frame + b"x")[-1].value) == ("zero", repr(bytes(13) + b"x"))
    behind_udp = read(HEAD / IP4 / UDP(len=10) / b"hello")
    assert [(field.name, field.value) for field in behind_udp[-2:]] == [("payload", "b'he'"), ("padding", "b'llo'")]
    assert read(bytes(HEAD / ARP()) + bytes(18))[-1].is_padding
    assert read(bytes(IP4 / UDP()) + bytes(9), start="ip")[-1].layer == "behind the packet"
    assert read(bytes(HEAD / IP6 / UDP()) + bytes(9))[-1].layer == "Ethernet"
    assert read(bytes(HEAD / IP4 / ICMP(type=11) / IP4 / UDP()) + bytes(9))[-1].layer == "Ethernet"


def test_fragments() -> None:
    whole = IP(bytes(IP4 / UDP(sport=40000, dport=9) / bytes(1000)))
    first, last = fragment(whole, fragsize=800)
    assert values(first, "UDP", start="ip")["Length"] == "1008"
    assert values(first, "UDP", start="ip")["Checksum"] == f"0x{whole[UDP].chksum:04x}"
    segment = IP(bytes(IP4 / TCP() / bytes(1000)))
    first_of_tcp = fragment(segment, fragsize=800)[0]
    assert values(first_of_tcp, "TCP", start="ip")["Checksum"] == f"0x{segment[TCP].chksum:04x}"
    assert values(last, "IPv4", start="ip")["Fragment Offset"] == "100 (byte 800)"
    assert (read(last, start="ip")[-1].layer, read(last, start="ip")[-1].name) == ("IPv4", "payload")


def test_icmp_errors_quote_the_packet() -> None:
    needed = HEAD / IP4 / ICMP(type=3, code=4, nexthopmtu=600) / IP4 / UDP(sport=40000, dport=9)
    assert values(needed, "ICMP") | {"Checksum": ""} == {
        "Type": "3 (destination unreachable)", "Code": "4 (fragmentation needed)", "Checksum": "", "unused": "0",
        "Next-Hop MTU": "600",
    }  # fmt: skip
    cut = bytes(PORT_UNREACHABLE)[: 34 + 8 + 20 + 8]  # the header and 64 bits, as RFC 792 has it
    assert values(cut, "quoted UDP")["Source Port"] == "40000"
    assert values(PORT_UNREACHABLE, "quoted IPv4")["Identification"] == "0x0007"
    exceeded = HEAD / IP4 / ICMP(type=11) / IP4 / TCP(sport=40000)
    assert values(exceeded, "ICMP")["Type"] == "11 (time exceeded)"
    assert values(HEAD / IP4 / ICMP(type=5, code=1, gw="10.0.0.254") / IP4, "ICMP")["Gateway Address"] == "10.0.0.254"
    assert values(HEAD / IP4 / ICMP(type=12, ptr=20) / IP4, "ICMP")["Pointer"] == "20"


def test_an_error_about_an_error_about_an_error() -> None:
    """What no host sends must not make the reader dig for ever."""
    message = bytes(IP4 / UDP())
    for _ in range(2000):
        message = bytes.fromhex("4500 ffff 0000 0000 4001 0000 0a00 0001 0a00 0002 0300 0000 0000 0000") + message
    assert layers(message, start="ip") == ["IPv4", "ICMP", "quoted IPv4", "quoted ICMP", "payload"]


def test_echoes() -> None:
    shown = values(HEAD / IP4 / ICMP(id=5, seq=3) / b"ping", "ICMP")
    assert (shown["Type"], shown["Identifier"], shown["Sequence Number"]) == ("8 (echo request)", "5", "3")


def test_igmp() -> None:
    assert values(igmp(REPORT), "IGMP") | {"Checksum": ""} == {
        "Type": "34 (membership report of version 3)", "Reserved": "0", "Checksum": "", "Flags": "0",
        "Number of Group Records": "1", "Record Type": "4 (CHANGE_TO_EXCLUDE_MODE)", "Aux Data Len": "0",
        "Number of Sources": "1", "Multicast Address": "239.1.2.3", "Source Address": "10.0.0.9",
    }  # fmt: skip
    assert values(igmp(LEAVE), "IGMP")["Group Address"] == "239.1.2.3"
    assert values(igmp(QUERY), "IGMP")["QRV"] == "2"
    assert "QRV" not in values(igmp(LEAVE + bytes(8)), "IGMP")
    assert read(igmp(REPORT + b"more"))[-1].name == "additional data"


def test_arp() -> None:
    shown = values(HEAD / ARP(op=2, hwsrc="02:00:00:00:00:02", psrc="10.0.0.2", pdst="10.0.0.1"), "ARP")
    assert (shown["Operation"], shown["Sender Protocol Address"]) == ("2 (reply)", "10.0.0.2")
    assert shown["Sender Hardware Address"] == "02:00:00:00:00:02"


def test_ipv6_and_its_extension_headers() -> None:
    ip = IPv6(src="fd00::1", dst="fd00::2", tc=0xB9, fl=0x12345, hlim=7)
    packet = HEAD / ip / IPv6ExtHdrDestOpt() / UDP() / b"hi"
    assert layers(packet) == ["Ethernet", "IPv6", "IPv6 destination options", "UDP", "payload"]
    assert values(packet, "IPv6") == {
        "Version": "6", "DSCP": "46", "ECN": "1 (ECT(1))", "Flow Label": str(0x12345), "Payload Length": "18",
        "Next Header": "60 (destination options)", "Hop Limit": "7",
        "Source Address": "fd00::1", "Destination Address": "fd00::2",
    }  # fmt: skip

    later = HEAD / IP6 / IPv6ExtHdrFragment(nh=17, offset=9, m=1, id=5) / b"hello"
    assert layers(later) == ["Ethernet", "IPv6", "IPv6 fragment header"]
    assert values(later, "IPv6 fragment header")["Fragment Offset"] == "9 (byte 72)"
    routed = HEAD / IP6 / IPv6ExtHdrRouting(addresses=["fd00::9"]) / UDP()
    assert "(" not in values(routed, "UDP")["Checksum"]


TSHARK = {
    ("IPv4", "Total Length"): "ip.len",
    ("IPv4", "Identification"): "ip.id",
    ("IPv4", "Time to Live"): "ip.ttl",
    ("IPv4", "Protocol"): "ip.proto",
    ("IPv4", "Header Checksum"): "ip.checksum",
    ("TCP", "Sequence Number"): "tcp.seq_raw",
    ("TCP", "Window"): "tcp.window_size_value",
    ("TCP", "Checksum"): "tcp.checksum",
    ("UDP", "Length"): "udp.length",
    ("UDP", "Checksum"): "udp.checksum",
    ("ICMP", "Type"): "icmp.type",
    ("ICMP", "Code"): "icmp.code",
    ("ICMP", "Checksum"): "icmp.checksum",
    ("IGMP", "Type"): "igmp.type",
    ("IGMP", "Checksum"): "igmp.checksum",
    ("IGMP", "Multicast Address"): "igmp.maddr",
    ("IGMP", "Number of Sources"): "igmp.num_src",
    ("ARP", "Operation"): "arp.opcode",
    ("ARP", "Target Protocol Address"): "arp.dst.proto_ipv4",
    ("IPv6", "Flow Label"): "ipv6.flow",
    ("IPv6", "Payload Length"): "ipv6.plen",
    ("ICMPv6", "Checksum"): "icmpv6.checksum",
}
"""tshark's names of some fields."""


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    rows = tshark.read(map(bytes, WHOLE), ETHERNET, TSHARK.values(), tmp_path)
    compared = set()
    for packet, row in zip(WHOLE, rows, strict=True):
        data = bytes(packet)
        ours = {(field.layer, field.name): number(data, field) for field in read(packet)}
        for key, theirs in zip(TSHARK, row, strict=True):
            first = theirs.split(",")[0]  # the outer packet's; those that an ICMP error quotes come after it
            if key in ours:
                assert ours[key] == (packed(first) if first.count(".") == 3 else int(first, 0)), (packet.summary(), key)
                compared.add(key)
    assert compared == set(TSHARK)
