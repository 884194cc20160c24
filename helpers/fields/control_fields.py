"""The fields of the messages that IP's own helpers send: ICMP (RFC 792), ICMPv6 (RFC 4443) and IGMP (RFC 9776)."""

from __future__ import annotations

import socket
from collections.abc import Callable

from helpers.fields.field import Field
from helpers.fields.internet_checksum import checksum, transport_checksum
from helpers.fields.reader import Part, Reader, payload
from helpers.fields.transport_fields import Carrier, checked

_ICMP, _MTU, _ICMPV6 = "RFC 792", "RFC 1191 section 4", "RFC 4443 section 2.1"
_IGMP, _IGMPV2, _REPORT, _QUERY = "RFC 9776", "RFC 2236 section 2", "RFC 9776 section 4.2", "RFC 9776 section 4.1"

ICMP_TYPES = {
    0: "echo reply",
    3: "destination unreachable",
    4: "source quench",
    5: "redirect",
    8: "echo request",
    11: "time exceeded",
    12: "parameter problem",
    13: "timestamp",
    14: "timestamp reply",
    15: "information request",
    16: "information reply",
}
"""RFC 792."""
ICMP_CODES = {
    (3, 0): "net unreachable",
    (3, 1): "host unreachable",
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 4): "fragmentation needed",
    (3, 5): "source route failed",
    (5, 0): "for the network",
    (5, 1): "for the host",
    (11, 0): "in transit",
    (11, 1): "in reassembly",
}
"""By type and code (RFC 792)."""
_ICMPV6_NUMBER = 58
_ECHOES, _ERRORS = {0, 8}, {3, 4, 5, 11, 12}
_FRAGMENTATION_NEEDED = (3, 4)

_MEMBERSHIP_QUERY, _V3_REPORT = 0x11, 0x22
_IGMP_TYPES = {
    _MEMBERSHIP_QUERY: "membership query",
    0x12: "membership report of version 1",
    0x16: "membership report of version 2",
    0x17: "leave group",
    _V3_REPORT: "membership report of version 3",
}
_RECORD_TYPES = {
    1: "MODE_IS_INCLUDE",
    2: "MODE_IS_EXCLUDE",
    3: "CHANGE_TO_INCLUDE_MODE",
    4: "CHANGE_TO_EXCLUDE_MODE",
    5: "ALLOW_NEW_SOURCES",
    6: "BLOCK_OLD_SOURCES",
}
_V2_LENGTH, _V3_QUERY_LENGTH = 8, 12

Quote = Callable[[Part], list[Field]]
"""Reads an IP packet that stands in an ICMP error."""


def icmp(part: Part, carrier: Carrier, quote: Quote) -> list[Field]:
    """The fields of an ICMP message; `quote` gives those of the packet that an error is about."""
    with Reader(part, f"{carrier.quoted}ICMP", _ICMP) as read:
        kind = read.number("Type", 8, "what kind of message this is", ICMP_TYPES)
        codes = {code: name for (of, code), name in ICMP_CODES.items() if of == kind}
        code = read.number("Code", 8, "tells it more exactly", codes)
        read.number("Checksum", 16, "over the ICMP message", checked(part.data, checksum, 2, carrier.whole))
        if kind in _ECHOES:
            read.number("Identifier", 16, "tells which ping is meant, if several run")
            read.number("Sequence Number", 16, "tells which echo request of that ping is meant")
            read.add(payload(read.left, "comes back as it was sent"))
        elif kind in _ERRORS:
            _error_word(read, kind, code)
            read.add(quote(read.left))
            read.rest("rest", "behind the packet that the error quotes", "RFC 4884 section 4")
        else:
            read.rest("message body", "its form depends on the type")
    return read.fields


def _error_word(read: Reader, kind: int, code: int) -> None:
    """The four bytes of an error between its checksum and the packet that it quotes."""
    if (kind, code) == _FRAGMENTATION_NEEDED:
        read.number("unused", 16, "zero")
        read.number("Next-Hop MTU", 16, "the largest packet that the next link takes, in bytes", source=_MTU)
    elif kind == 5:
        read.octets("Gateway Address", 4, "the router to send such packets to", socket.inet_ntoa)
    elif kind == 12:
        read.number("Pointer", 8, "the byte of the quoted header that is wrong")
        read.number("unused", 24, "zero")
    else:
        read.number("unused", 32, "zero")


def icmpv6(part: Part, carrier: Carrier) -> list[Field]:
    """The fields that all messages of ICMPv6 have."""

    def over_all(blank: bytes) -> int:
        return transport_checksum(carrier.source, carrier.destination, _ICMPV6_NUMBER, blank)

    with Reader(part, "ICMPv6", _ICMPV6) as read:
        read.number("Type", 8, "what kind of message this is; errors are below 128")
        read.number("Code", 8, "tells it more exactly")
        read.number("Checksum", 16, "over addresses and message", checked(part.data, over_all, 2, carrier.whole))
        read.rest("message body", "its form depends on the type")
    return read.fields


def igmp(part: Part, carrier: Carrier) -> list[Field]:
    """The fields of an IGMP message of version 1, 2 or 3."""
    right = checked(part.data, checksum, 2, carrier.whole)
    with Reader(part, f"{carrier.quoted}IGMP", _IGMPV2) as read:
        kind = read.number("Type", 8, "what kind of message this is", _IGMP_TYPES)
        if kind == _V3_REPORT:
            _report(read, right)
            return read.fields
        read.number("Max Resp Time", 8, "of a query: answer within so many tenths of a second; else zero")
        read.number("Checksum", 16, "over the IGMP message", right)
        if kind not in _IGMP_TYPES:
            read.rest("message body", "its form depends on the type")
            return read.fields
        read.octets("Group Address", 4, "the group that is meant; zero asks for all groups", socket.inet_ntoa)
        if kind == _MEMBERSHIP_QUERY and len(part) >= _V3_QUERY_LENGTH:
            _query(read)
        read.rest("additional data", "no part of the message that is known here", _IGMP)
    return read.fields


def _query(read: Reader) -> None:
    """What version 3 has added to the query."""
    read.number("Flags", 4, "zero, unless extensions follow (RFC 9279)", source=_QUERY)
    read.number("S", 1, "routers shall not restart their timers", source=_QUERY)
    read.number("QRV", 3, "how often to repeat a report, against loss", source=_QUERY)
    read.number("QQIC", 8, "code for the seconds between two queries", source=_QUERY)
    sources = read.number("Number of Sources", 16, "the source addresses that follow", source=_QUERY)
    for _ in range(sources):
        read.octets("Source Address", 4, "the sender that is asked about", socket.inet_ntoa, _QUERY)


def _report(read: Reader, right: Callable[[int], str]) -> None:
    read.number("Reserved", 8, "zero", source=_REPORT)
    read.number("Checksum", 16, "over the IGMP message", right, _REPORT)
    read.number("Flags", 16, "zero, unless extensions follow (RFC 9279)", source=_REPORT)
    for _ in range(read.number("Number of Group Records", 16, "the groups that follow", source=_REPORT)):
        _record(read)
    read.rest("additional data", "no part of the message that is known here", _REPORT)


def _record(read: Reader) -> None:
    """One group, and from whom its packets are wanted."""
    read.number("Record Type", 8, "from whom: nobody but the sources, or all but them", _RECORD_TYPES, _REPORT)
    words = read.number("Aux Data Len", 8, "words of four bytes at the record's end: zero in version 3", source=_REPORT)
    sources = read.number("Number of Sources", 16, "the source addresses that follow", source=_REPORT)
    read.octets("Multicast Address", 4, "the group", socket.inet_ntoa, _REPORT)
    for _ in range(sources):
        read.octets("Source Address", 4, "one of those senders", socket.inet_ntoa, _REPORT)
    read.octets("Auxiliary Data", 4 * words, "none in version 3", source=_REPORT)
