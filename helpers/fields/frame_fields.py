"""The fields of a frame: which bytes of what crossed the wire mean what, layer by layer, from Ethernet to the payload.

Nothing here does I/O. The protocols have modules of their own: `ip_fields`, `control_fields` (ICMP, IGMP) and
`transport_fields` (UDP, TCP); Ethernet (RFC 894, IEEE 802.3) and ARP (RFC 826) are here.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Literal

from helpers.fields.field import Field
from helpers.fields.ip_fields import ip, ipv4, ipv6
from helpers.fields.reader import Part, Reader, filling, hexadecimal, payload

IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
ETHER_TYPES = {IPV4: "IPv4", ARP: "ARP", IPV6: "IPv6", 0x8100: "VLAN tag", 0x88CC: "LLDP"}
"""Some of the numbers that say what a frame carries (IANA, IEEE 802 Numbers)."""

_ETHERNET, _TYPE, _LENGTH, _ARP = "IEEE 802.3 section 3.2", "RFC 894", "IEEE 802.3 section 3.2.6", "RFC 826"
_FIRST_TYPE = 0x0600
"""A smaller number in the place of the type is a length (IEEE 802.3)."""
_HARDWARE = {1: "Ethernet"}
_OPERATIONS = {1: "request", 2: "reply"}
_BROADCAST = b"\xff" * 6


def fields(data: bytes, start: Literal["ethernet", "ip"] = "ethernet") -> list[Field]:
    """The fields of a frame, or of an IP packet if `start` is "ip", in the order of its bytes.

    Any bytes will do: every bit belongs to one field, and what is damaged or cut short to one that says so ("rest" or
    "cut short"). `Field.layer` is the protocol; that of a quoted packet in an ICMP error begins with "quoted". What no
    protocol known here explains is a field "payload". A checksum says whether it is right, where all that it covers
    is there. Raises ValueError for another `start`.
    """
    part = Part(data, 0, len(data))
    if start == "ip":
        found = ip(part) if data else []
        end = found[-1].end_bit // 8 if found else 0
        behind = "behind the packet's own end: no part of it"
        return found + filling(Part(data, end, len(data)), "behind the packet", behind, "RFC 791 section 3.1")
    if start == "ethernet":
        return _ethernet(part)
    raise ValueError(f'fields begin at "ethernet" or at "ip", not at {start!r}')


def _ethernet(part: Part) -> list[Field]:
    with Reader(part, "Ethernet", _ETHERNET) as read:
        read.octets("Destination MAC", 6, "hardware address of the interface that shall take it", _mac)
        read.octets("Source MAC", 6, "hardware address of the interface that has sent it", _mac)
        if int.from_bytes(read.left.data[:2]) < _FIRST_TYPE and len(read.left) >= 2:
            length = read.number("Length", 16, "bytes that the frame carries: no type stands here", source=_LENGTH)
            read.add(payload(read.left.cut(length), "begins with a header of IEEE 802.2, which says what it is"))
            read.add(_padding(read.left))
        else:
            carried = read.number("EtherType", 16, "what the frame carries", _ether_type, _TYPE)
            read.add(_CARRIED.get(carried, _unknown)(read.left))
            read.add(_padding(read.left))
    return read.fields


def _ether_type(value: int) -> str:
    return f"0x{value:04x} ({ETHER_TYPES[value]})" if value in ETHER_TYPES else hexadecimal(4)(value)


def _mac(address: bytes) -> str:
    return f"{address.hex(':')} (all)" if address == _BROADCAST else address.hex(":")


def _unknown(part: Part) -> list[Field]:
    return payload(part, "what the frame carries, in a form that is not known here")


def _padding(part: Part) -> list[Field]:
    """What fills a short frame up to Ethernet's least size."""
    return filling(part, "Ethernet", "fills up the frame: Ethernet carries at least 46 bytes", _TYPE)


def _arp(part: Part) -> list[Field]:
    with Reader(part, "ARP", _ARP) as read:
        read.number("Hardware Type", 16, "whose hardware addresses these are", _HARDWARE)
        read.number("Protocol Type", 16, "whose protocol addresses these are", _ether_type)
        hardware = read.number("Hardware Length", 8, "bytes of a hardware address")
        protocol = read.number("Protocol Length", 8, "bytes of a protocol address")
        read.number("Operation", 16, "whether this asks or answers", _OPERATIONS)
        address: Callable[[bytes], str] = socket.inet_ntoa if protocol == 4 else bytes.hex
        read.octets("Sender Hardware Address", hardware, "the sender's hardware address", _colons)
        read.octets("Sender Protocol Address", protocol, "the sender's IP address", address)
        read.octets("Target Hardware Address", hardware, "whom it is sent to; of no meaning in a request", _colons)
        read.octets("Target Protocol Address", protocol, "the IP address that is asked for, or that asked", address)
        read.end_at(read.position)
    return read.fields


def _colons(address: bytes) -> str:
    return address.hex(":")


_CARRIED: dict[int, Callable[[Part], list[Field]]] = {IPV4: ipv4, ARP: _arp, IPV6: ipv6}
