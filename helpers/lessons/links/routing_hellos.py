"""The hello packets of two routing protocols, field by field: OSPF (RFC 2328) and EIGRP (RFC 7868).

Routers say hello to their neighbours again and again; whoever falls silent is taken for dead. Both kinds ride in IP
packets of their own, OSPF with protocol number 89 and EIGRP with 88, without UDP or TCP. Nothing here does I/O.
"""

from __future__ import annotations

import ipaddress

from helpers.fields.field import Field
from helpers.fields.internet_checksum import ones_complement_sum, verify
from helpers.fields.reader import Part, Reader, filling, hexadecimal, text_of

OSPF, EIGRP = 89, 88
"""Their numbers in the IP header (RFC 2328, appendix A.1; RFC 7868, section 6.1)."""
ALL_OSPF_ROUTERS, ALL_EIGRP_ROUTERS = "224.0.0.5", "224.0.0.10"
"""The multicast groups to which hellos go (RFC 2328, appendix A.1; IANA, IPv4 Multicast Address Space)."""

_OSPF_HEADER, _OSPF_HELLO, _OSPF_OPTIONS = (f"RFC 2328 appendix A.{section}" for section in ("3.1", "3.2", "2"))
_OSPF_TYPES = {
    1: "Hello",
    2: "Database Description",
    3: "Link State Request",
    4: "Link State Update",
    5: "Link State Acknowledgment",
}
_AUTHENTICATIONS = {0: "null", 1: "simple password", 2: "cryptographic"}
_CRYPTOGRAPHIC = 2
_OPTIONS = {0x02: "E", 0x04: "MC", 0x08: "N/P", 0x10: "EA", 0x20: "DC"}
_AUTHENTICATION = slice(16, 24)
"""Where the eight bytes are that the checksum leaves out."""

_EIGRP_HEADER, _TLV = "RFC 7868 section 6.5", "RFC 7868 section 6.6"
_PARAMETERS, _SOFTWARE = "RFC 7868 section 6.7.1", "RFC 7868 section 6.7.4"
_OPCODES = {1: "update", 2: "request", 3: "query", 4: "reply", 5: "hello", 10: "SIA query", 11: "SIA reply"}
_VIRTUAL_ROUTERS = {0: "unicast address family", 1: "multicast address family", 0x8000: "unicast service family"}
_TLV_TYPES = {
    1: "parameters",
    2: "authentication",
    3: "sequence",
    4: "software version",
    5: "multicast sequence",
    6: "peer information",
    7: "peer termination",
    8: "list of topologies",
}
_TLV_HEADER = 4
_WEIGHTS = {"K1": "throughput", "K2": "load", "K3": "delay", "K4": "reliability", "K5": "reliability", "K6": "more"}


def ospf_fields(data: bytes) -> list[Field]:
    """What each byte of an OSPF packet means, in order; of those that are no hello, of the header alone.

    Any bytes will do: what is damaged or cut short becomes a field that says so.
    """
    part = Part(data, 0, len(data))
    with Reader(part, "OSPF", _OSPF_HEADER) as read:
        read.number("Version", 8, "2 is the one for IPv4")
        kind = read.number("Type", 8, "what the packet is", _OSPF_TYPES)
        length = read.number("Packet length", 16, "bytes of the packet, this header included")
        read.end_at(length)
        read.number("Router ID", 32, "the router that has sent it, by a number written as an address", _address)
        read.number("Area ID", 32, "the part of the network that it speaks of: 0.0.0.0 is the backbone", _address)
        verdict = _verdict(data[:length])
        read.number("Checksum", 16, "over all but the authentication", lambda value: f"0x{value:04x} ({verdict})")
        read.number("AuType", 16, "how the sender proves who it is", _AUTHENTICATIONS)
        read.octets("Authentication", 8, "the proof", lambda proof: proof.hex(" ") if any(proof) else "zero")
        if kind == 1:
            _ospf_hello(read)
    return read.fields + filling(_behind(part, read), "OSPF", "behind the packet's own end", _OSPF_HEADER)


def eigrp_fields(data: bytes) -> list[Field]:
    """What each byte of an EIGRP packet means, in order; of its TLVs, of those that are in every hello.

    A TLV says its type and length, so that whoever does not know it can pass over it. Any bytes will do: what is
    damaged or cut short becomes a field that says so.
    """
    verdict = "right" if verify(data) else "wrong"
    with Reader(Part(data, 0, len(data)), "EIGRP", _EIGRP_HEADER) as read:
        read.number("Header version", 8, "2 is the one in use")
        read.number("Opcode", 8, "what the packet is", _OPCODES)
        read.number("Checksum", 16, "over the whole packet", lambda value: f"0x{value:04x} ({verdict})")
        read.number("Flags", 32, "special handling", hexadecimal(8))
        read.number("Sequence number", 32, "0: this packet is not acknowledged")
        read.number("Acknowledgment number", 32, "0: none; a hello with another number is an acknowledgment")
        read.number("Virtual router ID", 16, "which of the routers in one box", _VIRTUAL_ROUTERS)
        read.number("Autonomous system", 16, "routers of another one do not listen")
        while len(read.left) and _tlv(read):
            pass
    return read.fields


def _ospf_hello(read: Reader) -> None:
    source = _OSPF_HELLO
    read.number("Network mask", 32, "of this LAN: the neighbours must have the same", _address, source)
    read.number("HelloInterval", 16, "seconds between two hellos: the same for all", source=source)
    read.number("Options", 8, "what the router can do besides", _options, _OSPF_OPTIONS)
    read.number("Router priority", 8, "who becomes Designated Router; 0: never", source=source)
    read.number("RouterDeadInterval", 32, "seconds of silence after which it is taken for dead", source=source)
    read.number("Designated Router", 32, "who speaks for the LAN; 0.0.0.0: nobody yet", _address, source)
    read.number("Backup Designated Router", 32, "who takes over; 0.0.0.0: nobody yet", _address, source)
    while len(read.left) >= 4:
        read.number("Neighbor", 32, "a router from which a hello was heard lately", _address, source)


def _tlv(read: Reader) -> bool:
    """The next TLV; False if its length cannot be, so that nothing behind it can be told."""
    kind = read.number("TLV type", 16, "what follows", _TLV_TYPES, _TLV)
    length = read.number("TLV length", 16, "bytes of the TLV, type and length included", source=_TLV)
    if not _TLV_HEADER <= length <= _TLV_HEADER + len(read.left):
        return False
    value = read.left.cut(length - _TLV_HEADER)
    if (kind, length) == (1, 12):
        read.add(_parameters(value))
    elif (kind, length) == (4, 8):
        read.add(_software(value))
    else:
        read.octets("TLV value", len(value), "one that the course does not use", text_of, _TLV)
    return True


def _parameters(part: Part) -> list[Field]:
    with Reader(part, "EIGRP", _PARAMETERS) as read:
        for name, what in _WEIGHTS.items():
            read.number(name, 8, f"weight in the metric: {what}; neighbours must have the same")
        read.number("Hold time", 16, "seconds of silence after which it is taken for dead")
    return read.fields


def _software(part: Part) -> list[Field]:
    with Reader(part, "EIGRP", _SOFTWARE) as read:
        read.number("Software version", 16, "of the router's operating system", _version)
        read.number("TLV version", 16, "which form of TLVs it understands", _version)
    return read.fields


def _behind(part: Part, read: Reader) -> Part:
    """What is left of the packet's bytes when its own length has ended."""
    end = read.fields[-1].end_bit // 8 if read.fields else 0
    return Part(part.message, end, part.end)


def _verdict(packet: bytes) -> str:
    """Whether an OSPF packet's checksum is right (appendix D.4); with cryptographic authentication there is none."""
    if int.from_bytes(packet[14:16]) == _CRYPTOGRAPHIC:
        return "not in use"
    covered = packet[: _AUTHENTICATION.start] + packet[_AUTHENTICATION.stop :]
    return "right" if ones_complement_sum(covered) == 0xFFFF else "wrong"


def _address(number: int) -> str:
    return str(ipaddress.IPv4Address(number))


def _options(bits: int) -> str:
    names = [name for bit, name in _OPTIONS.items() if bits & bit]
    return f"0x{bits:02x} ({' '.join(names)})" if names else f"0x{bits:02x}"


def _version(number: int) -> str:
    return f"{number >> 8}.{number & 0xFF}"
