"""The fields of IP packets, version 4 (RFC 791) with its options and version 6 (RFC 8200), and of what they carry."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import replace

from helpers.fields.control_fields import icmp, icmpv6, igmp
from helpers.fields.field import Field
from helpers.fields.internet_checksum import checksum
from helpers.fields.reader import Part, Reader, filling, hexadecimal, payload
from helpers.fields.transport_fields import TCP, UDP, Carrier, checked, transport

ICMP, IGMP, ICMPV6 = 1, 2, 58
PROTOCOLS = {
    ICMP: "ICMP",
    IGMP: "IGMP",
    TCP: "TCP",
    UDP: "UDP",
    41: "IPv6",
    47: "GRE",
    50: "ESP",
    51: "AH",
    ICMPV6: "ICMPv6",
    88: "EIGRP",
    89: "OSPF",
    132: "SCTP",
}
"""Some of the numbers that say what an IP packet carries (IANA, Protocol Numbers)."""

_IPV4, _OPTIONS, _IPV6 = "RFC 791 section 3.1", "RFC 791 section 3.1", "RFC 8200 section 3"
_DSCP, _ECN, _IDENTIFICATION = "RFC 2474 section 3", "RFC 3168 section 5", "RFC 6864 section 4.1"
_IPV4_HEADER = 20
_ECN_NAMES = {0: "Not-ECT", 1: "ECT(1)", 2: "ECT(0)", 3: "CE"}
_END, _NOP = 0, 1
_KINDS = {
    7: ("Record Route", "routers write their addresses here", _OPTIONS),
    68: ("Internet Timestamp", "routers write the time here", _OPTIONS),
    130: ("Security", "how secret the packet is", _OPTIONS),
    131: ("Loose Source Route", "pass these routers, and others", _OPTIONS),
    136: ("Stream ID", "not in use any more", _OPTIONS),
    137: ("Strict Source Route", "pass these routers, and no others", _OPTIONS),
    148: ("Router Alert", "routers, look into this packet although it is not for you", "RFC 2113 section 2.1"),
}
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _DESTINATION_OPTIONS, _NO_NEXT_HEADER = 0, 43, 44, 60, 59
_EXTENSIONS = {
    _HOP_BY_HOP: ("IPv6 hop-by-hop options", "RFC 8200 section 4.3"),
    _ROUTING: ("IPv6 routing header", "RFC 8200 section 4.4"),
    _DESTINATION_OPTIONS: ("IPv6 destination options", "RFC 8200 section 4.6"),
}
_FRAGMENT_HEADER = "RFC 8200 section 4.5"
_NEXT_HEADERS = {
    **PROTOCOLS,
    _FRAGMENT: "fragment header",
    _NO_NEXT_HEADER: "nothing",
    **{number: name.removeprefix("IPv6 ") for number, (name, _) in _EXTENSIONS.items()},
}


def ip(part: Part) -> list[Field]:
    """The fields of an IP packet of either version. What is behind the packet's own end is left out."""
    version = part.data[0] >> 4 if len(part) else 4
    return {4: ipv4, 6: ipv6}.get(version, _no_packet)(part)


def _no_packet(part: Part) -> list[Field]:
    with Reader(part, "IP", "IANA, IP Version Numbers") as read:
        read.number("Version", 4, "4 or 6 would make this an IP packet")
        read.rest("rest", "no packet of a version of IP that is known here")
    return read.fields


def ipv4(part: Part, quoted: str = "") -> list[Field]:
    """The fields of an IPv4 packet, without what is behind its own end.

    `quoted`: "quoted " for one in an ICMP error, which is not there to its end.
    """
    with Reader(part, f"{quoted}IPv4", _IPV4) as read:
        if read.number("Version", 4, "the version of IP") != 4:
            return _given_up(read, "no IPv4 packet: its version is another")
        header = 4 * read.number("IHL", 4, "words of four bytes in the header: where the data begin", _words)
        _type_of_service(read)
        total = read.number("Total Length", 16, "bytes of the packet, header included", _length(len(part), quoted))
        read.number("Identification", 16, "the same in all fragments of a packet", hexadecimal(4), _IDENTIFICATION)
        read.number("Reserved", 1, "zero")
        read.number("DF", 1, "don't fragment: a router must not cut the packet")
        more = read.number("MF", 1, "more fragments: others follow behind this one")
        offset = 8 * read.number("Fragment Offset", 13, "where in the packet this fragment's data belong", _offset)
        read.number("Time to Live", 8, "how many links it may still cross: each router takes 1 away")
        protocol = read.number("Protocol", 8, "what the packet carries", PROTOCOLS)
        whole_header = _IPV4_HEADER <= header <= len(part)
        right = checked(part.cut(header).data, checksum, 10, whole_header)
        read.number("Header Checksum", 16, "over the IP header alone", right)
        source = read.octets("Source Address", 4, "the sender, all the way", socket.inet_ntoa)
        destination = read.octets("Destination Address", 4, "the receiver, all the way", socket.inet_ntoa)
        if header < _IPV4_HEADER:
            return _given_up(read, "the header's length is impossible, so where the data begin cannot be told")
        read.add(_options(Part(part.message, read.left.start, part.cut(header).end), f"{quoted}IPv4"))
        if total < header:
            return _given_up(read, "the packet ends before its header does, so what this is cannot be told")
        read.end_at(total)
        whole = total <= len(part) and not offset and not more
        carrier = Carrier(socket.inet_ntoa(source), socket.inet_ntoa(destination), whole, quoted)
        if offset:
            read.add(_later_fragment(read.left, offset, f"{quoted}IPv4"))
        else:
            read.add(_carried(read.left, protocol, carrier))
    return read.fields


def _given_up(read: Reader, meaning: str) -> list[Field]:
    read.rest("rest", meaning)
    return read.fields


def _type_of_service(read: Reader) -> None:
    read.number("DSCP", 6, "which treatment it asks of routers", source=_DSCP)
    read.number("ECN", 2, "whether routers may mark congestion here, or did", _ECN_NAMES, _ECN)


def _words(value: int) -> str:
    return f"{value} ({4 * value} bytes)" if 4 * value >= _IPV4_HEADER else f"{value} (wrong: at least 5)"


def _length(there: int, quoted: str) -> Callable[[int], str]:
    """An error quotes the packet's beginning alone; elsewhere a packet that is longer than what is here is damaged."""
    return lambda value: f"{value} ({there} are here)" if value > there and not quoted else str(value)


def _offset(value: int) -> str:
    return f"{value} (byte {8 * value})" if value else "0"


def _options(part: Part, layer: str) -> list[Field]:
    """One field an option. After the end of the list come zeros."""
    with Reader(part, layer, _OPTIONS) as read:
        while read.left.data:
            kind, *more = read.left.data[:2]
            if kind == _END:
                read.octets("End of Options", 1, "option 0: no options follow", lambda _: "")
                read.add(filling(read.left, layer, "fills up the header", _OPTIONS))
            elif kind == _NOP:
                read.octets("No Operation", 1, "option 1: fills a byte", lambda _: "")
            elif not more or not 2 <= more[0] <= len(read.left):
                return _given_up(read, "no option: its length is impossible, or its end is missing")
            else:
                name, meaning, source = _KINDS.get(kind, (f"Option {kind}", "not known here", _OPTIONS))
                read.octets(name, more[0], f"option {kind}: {meaning}", lambda option: option[2:].hex(), source)
    return read.fields


def _later_fragment(part: Part, offset: int, layer: str) -> list[Field]:
    meaning = f"the packet's data from byte {offset} on; the header of what it carries is in the first fragment"
    return payload(part, meaning, layer)


def _carried(part: Part, protocol: int, carrier: Carrier) -> list[Field]:
    if protocol == ICMP:
        return icmp(part, carrier, _quoted_twice if carrier.quoted else _quotation)
    if protocol == IGMP:
        return igmp(part, carrier)
    if protocol in (TCP, UDP):
        return transport(part, protocol, carrier)
    return _unknown(part, protocol)


def _unknown(part: Part, protocol: int) -> list[Field]:
    """A message whose form is not known here."""
    name = PROTOCOLS.get(protocol, f"protocol {protocol}")
    return payload(part, f"a message of {name}", name)


def _quotation(part: Part) -> list[Field]:
    return ipv4(part, "quoted ") if len(part) else []


def _quoted_twice(part: Part) -> list[Field]:
    """No host sends an error about an error (RFC 1122 section 3.2.2): what looks like one is read no further."""
    return payload(part, "a packet that an error about an error quotes")


def ipv6(part: Part) -> list[Field]:
    """The fields of an IPv6 packet, its extension headers among them, without what is behind its own end."""
    with Reader(part, "IPv6", _IPV6) as read:
        if read.number("Version", 4, "the version of IP") != 6:
            return _given_up(read, "no IPv6 packet: its version is another")
        _type_of_service(read)
        read.number("Flow Label", 20, "the same in packets that routers shall treat alike", source="RFC 6437 section 2")
        length = read.number("Payload Length", 16, "bytes behind this header")
        following = read.number("Next Header", 8, "what comes behind this header", _NEXT_HEADERS)
        read.number("Hop Limit", 8, "how many links it may still cross: each router takes 1 away")
        source = read.octets("Source Address", 16, "the sender, all the way", _ipv6_address)
        destination = read.octets("Destination Address", 16, "the receiver, all the way", _ipv6_address)
        carrier = Carrier(_ipv6_address(source), _ipv6_address(destination), length <= len(read.left))
        read.end_at(read.position + length)
        read.add(_behind(read.left, following, carrier))
    return read.fields


def _ipv6_address(packed: bytes) -> str:
    return str(ipaddress.IPv6Address(packed))


def _behind(part: Part, following: int, carrier: Carrier) -> list[Field]:
    """What follows an IPv6 header: extension headers, one after the other, and then what the packet carries."""
    found: list[Field] = []
    while len(part) and following in _EXTENSIONS:
        layer, source = _EXTENSIONS[following]
        if following == _ROUTING:  # the last destination stands there: this one is no part of the checksum
            carrier = replace(carrier, whole=False)
        behind = part.cut(0)
        with Reader(part, layer, source) as read:
            following = read.number("Next Header", 8, "what comes behind this header", _NEXT_HEADERS)
            units = read.number("Hdr Ext Len", 8, "units of eight bytes in this header, besides the first")
            read.octets("options", 6 + 8 * units, "what routers or the receiver shall do", source=source)
            behind = read.left
            read.end_at(read.position)
        found, part = found + read.fields, behind
    if len(part) and following == _FRAGMENT:
        return found + _fragment(part, carrier)
    return found + _carried_by_ipv6(part, following, carrier)


def _fragment(part: Part, carrier: Carrier) -> list[Field]:
    with Reader(part, "IPv6 fragment header", _FRAGMENT_HEADER) as read:
        following = read.number("Next Header", 8, "what the packet carries", _NEXT_HEADERS)
        read.number("Reserved", 8, "zero")
        offset = 8 * read.number("Fragment Offset", 13, "where in the packet this fragment's data belong", _offset)
        read.number("Res", 2, "zero")
        more = read.number("M", 1, "more fragments: others follow behind this one")
        read.number("Identification", 32, "the same in all fragments of a packet", hexadecimal(8))
        if offset:
            read.add(_later_fragment(read.left, offset, "IPv6 fragment header"))
        else:
            read.add(_carried_by_ipv6(read.left, following, replace(carrier, whole=carrier.whole and not more)))
    return read.fields


def _carried_by_ipv6(part: Part, following: int, carrier: Carrier) -> list[Field]:
    if following == ICMPV6:
        return icmpv6(part, carrier)
    if following in (TCP, UDP):
        return transport(part, following, carrier)
    return _unknown(part, following)
