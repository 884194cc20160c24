"""The hello packets of two routing protocols, field by field: OSPF (RFC 2328) and EIGRP (RFC 7868).

Routers say hello to their neighbours again and again; whoever falls silent is taken for dead. Both kinds ride in IP
packets of their own, OSPF with protocol number 89 and EIGRP with 88, without UDP or TCP. Tables as in
`helpers.fields.frame`, and apart from it because notebook 09 alone looks into them.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from helpers.fields.field import Field
from helpers.fields.frame import checked
from helpers.fields.reader import Part, Reader, Slot, hexadecimal, text_of

_OSPF_TYPES = {
    1: "Hello", 2: "Database Description", 3: "Link State Request", 4: "Link State Update",
    5: "Link State Acknowledgment",
}  # fmt: skip
_OSPF = (
    Slot("Version", 8, "2 is the one for IPv4"),
    Slot("Type", 8, "what the packet is", _OSPF_TYPES),
    Slot("Packet length", 16, "bytes of the packet, this header included"),
    Slot("Router ID", 32, "the router that has sent it, by a number written as an address", IPv4Address),
    Slot("Area ID", 32, "the part of the network that it speaks of: 0.0.0.0 is the backbone", IPv4Address),
    Slot("Checksum", 16, "over all but the authentication"),
    Slot("AuType", 16, "how the sender proves who it is", {0: "null", 1: "simple password", 2: "cryptographic"}),
)
_OSPF_OPTIONS = {0x02: "E", 0x04: "MC", 0x08: "N/P", 0x10: "EA", 0x20: "DC"}


def _ospf_options(bits: int) -> str:
    names = [name for bit, name in _OSPF_OPTIONS.items() if bits & bit]
    return f"0x{bits:02x} ({' '.join(names)})" if names else f"0x{bits:02x}"


_OSPF_HELLO = (
    Slot("Network mask", 32, "of this LAN: the neighbours must have the same", IPv4Address),
    Slot("HelloInterval", 16, "seconds between two hellos: the same for all"),
    Slot("Options", 8, "what the router can do besides", _ospf_options, "RFC 2328 appendix A.2"),
    Slot("Router priority", 8, "who becomes Designated Router; 0: never"),
    Slot("RouterDeadInterval", 32, "seconds of silence after which it is taken for dead"),
    Slot("Designated Router", 32, "who speaks for the LAN; 0.0.0.0: nobody yet", IPv4Address),
    Slot("Backup Designated Router", 32, "who takes over; 0.0.0.0: nobody yet", IPv4Address),
)
_OPCODES = {1: "update", 2: "request", 3: "query", 4: "reply", 5: "hello", 10: "SIA query", 11: "SIA reply"}
_EIGRP = (
    Slot("Header version", 8, "2 is the one in use"),
    Slot("Opcode", 8, "what the packet is", _OPCODES),
    Slot("Checksum", 16, "over the whole packet"),
    Slot("Flags", 32, "special handling", hexadecimal(8)),
    Slot("Sequence number", 32, "0: this packet is not acknowledged"),
    Slot("Acknowledgment number", 32, "0: none; a hello with another number is an acknowledgment"),
    Slot("Virtual router ID", 16, "which of the routers in one box", {0: "unicast address family"}),
    Slot("Autonomous system", 16, "routers of another one do not listen"),
)
_TLV = (
    Slot("TLV type", 16, "what follows", {1: "parameters", 4: "software version"}),
    Slot("TLV length", 16, "bytes of the TLV, type and length included"),
)
_WEIGHTS = {"K1": "throughput", "K2": "load", "K3": "delay", "K4": "reliability", "K5": "reliability", "K6": "more"}


def _release(number: int) -> str:
    return f"{number >> 8}.{number & 0xFF}"


_VALUES = {
    (1, 12): ("RFC 7868 section 6.7.1", (
        *(Slot(name, 8, f"weight in the metric: {of}; neighbours must have the same") for name, of in _WEIGHTS.items()),
        Slot("Hold time", 16, "seconds of silence after which it is taken for dead"),
    )),
    (4, 8): ("RFC 7868 section 6.7.4", (
        Slot("Software version", 16, "of the router's operating system", _release),
        Slot("TLV version", 16, "which form of TLVs it understands", _release),
    )),
}  # fmt: skip
"""By type and length: those that are in every hello."""


def ospf_fields(data: bytes) -> list[Field]:
    """What each byte of an OSPF packet means, in order; of those that are no hello, of the header alone."""
    right = checked(data[:16] + data[24:], 12)  # without the proof (appendix D.4)
    with Reader(Part(data, 0, len(data)), "OSPF", "RFC 2328 appendix A.3.1") as read:
        kind = read.slots(_OSPF, {"Checksum": right})["Type"]
        read.octets("Authentication", 8, "the proof", lambda proof: proof.hex(" ") if any(proof) else "zero")
        if kind == 1:
            read.begin("OSPF", "RFC 2328 appendix A.3.2")
            read.slots(_OSPF_HELLO)
            while len(read.left):
                read.number("Neighbor", 32, "a router from which a hello was heard lately", IPv4Address)
    return read.fields


def eigrp_fields(data: bytes) -> list[Field]:
    """What each byte of an EIGRP packet means, in order; of its TLVs, of those that are in every hello.

    A TLV says its type and length, so that whoever does not know it can pass over it.
    """
    with Reader(Part(data, 0, len(data)), "EIGRP", "RFC 7868 section 6.5") as read:
        read.slots(_EIGRP, {"Checksum": checked(data, 2)})
        while len(read.left):
            _tlv(read)
    return read.fields


def _tlv(read: Reader) -> None:
    read.begin("EIGRP", "RFC 7868 section 6.6")
    kind, length = read.slots(_TLV).values()
    if (kind, length) in _VALUES:
        source, value = _VALUES[kind, length]
        read.begin("EIGRP", source)
        read.slots(value)
    elif 4 <= length <= 4 + len(read.left):
        read.octets("TLV value", length - 4, "one that the course does not use", text_of)
    else:
        read.give_up()
