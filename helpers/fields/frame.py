"""The fields of a frame: which bytes of what crossed the wire mean what, layer by layer, from Ethernet to the payload.

A header's form is a table, a `Slot` for each field, as in the figures of RFCs; functions hold what no table can say:
what comes next, where it ends, and whether a checksum is right. scapy's `build_ps()` gives the bytes of most fields as
well, and was tried: it joins what RFCs part (DSCP and ECN, the flags, lists of options and records), reads the word in
the middle of ICMP's errors otherwise, has no field for where a damaged packet ends, and fails at SNMP's layers. No
lesson looks into an IPv6 packet, so what such a frame carries is one field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from helpers.fields.field import PADDING, Field
from helpers.fields.internet_checksum import checksum, transport_checksum
from helpers.fields.reader import PAYLOAD, Part, Reader, Show, Slot, hexadecimal, shown, text_of

ETHER_TYPES = {0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6"}
"""The numbers that say what a frame of this course carries (IANA, IEEE 802 Numbers)."""
PROTOCOLS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 88: "EIGRP", 89: "OSPF"}
"""The numbers that say what its IP packets carry (IANA, Protocol Numbers)."""
ICMP_TYPES = {
    0: "echo reply", 3: "destination unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded",
}  # fmt: skip
"""RFC 792."""
ICMP_CODES = {
    (3, 0): "net unreachable", (3, 1): "host unreachable", (3, 2): "protocol unreachable", (3, 3): "port unreachable",
    (3, 4): "fragmentation needed", (5, 1): "for the host", (11, 0): "in transit", (11, 1): "in reassembly",
}  # fmt: skip
"""By type and code (RFC 792)."""


@dataclass(frozen=True)
class _Carrier:
    """What a protocol learns of the IP packet around it."""

    addresses: tuple[str, str] = ("", "")
    whole: bool = True
    """False for a fragment, or a packet whose end is missing: the checksum covers bytes that are not here."""
    quoted: str = ""
    """Stands before the names of layers: "quoted " in an ICMP error."""

    def checked(self, protocol: int, message: bytes, place: int, whole: bool = True) -> Show:
        """How a checksum over message and addresses is shown."""

        def over_all(blank: bytes) -> int:
            return transport_checksum(*self.addresses, protocol, blank)

        return checked(message, place, self.whole and whole, over_all)


def fields(data: bytes, start: str = "ethernet") -> list[Field]:
    """The fields of a frame in the order of its bytes; those of a packet if `start` is "ip".

    Any bytes will do: every bit belongs to one field, and what is damaged or cut short to one that says so ("rest" or
    "cut short"). `Field.layer` is the protocol; that of a quoted packet in an ICMP error begins with "quoted". What no
    protocol known here explains is a field "payload". A checksum says whether it is right, where all that it covers
    is there.
    """
    with Reader(Part(data, 0, len(data)), start, "") as read:
        _STARTS[start](read, _Carrier())
    end = read.fields[-1].end_bit // 8 if data else 0
    if behind := data[end:]:
        meaning = "fills up the frame: Ethernet carries at least 46 bytes"
        value = text_of(behind) if any(behind) else "zero"
        read.fields.append(Field(PADDING, end, len(behind), value, meaning, "RFC 894", layer="Ethernet"))
    return read.fields


def checked(data: bytes, place: int, whole: bool = True, compute: Callable[[bytes], int] = checksum) -> Show:
    """How a checksum is shown: with what is right if all bytes are there. Its own are at `place`, and count as zero."""
    if not whole:
        return hexadecimal(4)
    right = compute(data[:place] + bytes(2) + data[place + 2 :])
    return lambda value: f"0x{value:04x} (right)" if value == right else f"0x{value:04x} (wrong: {right:#06x} is right)"


def _mac(number: int) -> str:
    text = number.to_bytes(6, "big").hex(":")
    return f"{text} (all)" if number == (1 << 48) - 1 else text


def _ether_type(value: int) -> str:
    return f"0x{value:04x} ({ETHER_TYPES[value]})" if value in ETHER_TYPES else f"0x{value:04x}"


def _words(value: int) -> str:
    return f"{value} ({4 * value} bytes)"


_ETHERNET = (
    Slot("Destination MAC", 48, "hardware address of the interface that shall take it", _mac),
    Slot("Source MAC", 48, "hardware address of the interface that has sent it", _mac),
    Slot("EtherType", 16, "what the frame carries", _ether_type, "RFC 894"),
)
_ARP = (
    Slot("Hardware Type", 16, "whose hardware addresses these are", {1: "Ethernet"}),
    Slot("Protocol Type", 16, "whose protocol addresses these are", _ether_type),
    Slot("Hardware Length", 8, "bytes of a hardware address"),
    Slot("Protocol Length", 8, "bytes of a protocol address"),
    Slot("Operation", 16, "whether this asks or answers", {1: "request", 2: "reply"}),
    Slot("Sender Hardware Address", 48, "the sender's hardware address", _mac),
    Slot("Sender Protocol Address", 32, "the sender's IP address", IPv4Address),
    Slot("Target Hardware Address", 48, "whom it is sent to; of no meaning in a request", _mac),
    Slot("Target Protocol Address", 32, "the IP address that is asked for, or that asked", IPv4Address),
)
"""With the lengths that Ethernet and IPv4 have."""


def _ethernet(read: Reader, carrier: _Carrier) -> None:
    read.begin("Ethernet", "IEEE 802.3 section 3.2")
    carried = read.slots(_ETHERNET)["EtherType"]
    if carried == 0x0806:
        read.begin("ARP", "RFC 826")
        read.slots(_ARP)
        read.end_at(read.position)
    elif carried == 0x0800:
        _ipv4(read, carrier)
    else:
        _payload(read, "what the frame carries, in a form that is not known here")


def _payload(read: Reader, meaning: str, layer: str = PAYLOAD) -> None:
    """All the rest belongs to whoever uses the protocol."""
    read.begin(layer, "")
    read.rest(PAYLOAD, meaning)


_IPV4 = (
    Slot("Version", 4, "the version of IP"),
    Slot("IHL", 4, "words of four bytes in the header: where the data begin", _words),
    Slot("DSCP", 6, "which treatment it asks of routers", str, "RFC 2474 section 3"),
    Slot("ECN", 2, "whether routers may mark congestion here, or did",
         {0: "Not-ECT", 1: "ECT(1)", 2: "ECT(0)", 3: "CE"}, "RFC 3168 section 5"),
    Slot("Total Length", 16, "bytes of the packet, header included"),
    Slot("Identification", 16, "the same in all fragments of a packet", hexadecimal(4), "RFC 6864 section 4.1"),
    Slot("Reserved", 1, "zero"),
    Slot("DF", 1, "don't fragment: a router must not cut the packet"),
    Slot("MF", 1, "more fragments: others follow behind this one"),
    Slot("Fragment Offset", 13, "where in the packet this fragment's data belong",
         lambda units: f"{units} (byte {8 * units})" if units else "0"),
    Slot("Time to Live", 8, "how many links it may still cross: each router takes 1 away"),
    Slot("Protocol", 8, "what the packet carries", PROTOCOLS),
    Slot("Header Checksum", 16, "over the IP header alone"),
    Slot("Source Address", 32, "the sender, all the way", IPv4Address),
    Slot("Destination Address", 32, "the receiver, all the way", IPv4Address),
)  # fmt: skip


def _ipv4(read: Reader, carrier: _Carrier) -> None:
    layer = f"{carrier.quoted}IPv4"
    read.begin(layer, "RFC 791 section 3.1")
    start, packet = read.position, read.left.data
    length = 4 * (packet[0] & 0x0F) if packet else 0
    header = read.slots(_IPV4, {"Header Checksum": checked(packet[:length], 10, 20 <= length <= len(packet))})
    total, offset = header["Total Length"], header["Fragment Offset"]
    if header["Version"] != 4 or not 20 <= length <= total:
        read.give_up()
    _options(read, start + length, _IP_OPTIONS)
    if not carrier.quoted:  # of a quoted packet only the beginning is there
        read.end_at(start + total)
    addresses = str(IPv4Address(header["Source Address"])), str(IPv4Address(header["Destination Address"]))
    inner = _Carrier(addresses, total <= len(packet) and not header["MF"], carrier.quoted)
    if offset:
        said = f"the packet's data from byte {8 * offset} on; the header of what it carries is in the first fragment"
        _payload(read, said, layer)
    else:
        _carried(read, header["Protocol"], inner)


def _carried(read: Reader, protocol: int, carrier: _Carrier) -> None:
    """What an IP packet carries, if anything."""
    name = PROTOCOLS.get(protocol, f"protocol {protocol}")
    if not len(read.left):
        return
    if name in _CARRIED:
        _CARRIED[name](read, carrier)
    else:
        _payload(read, f"a message of {name}", name)


_Option = tuple[str, str, Callable[[bytes], str], str]
"""An option's name, its meaning, how its value is written, and where it is laid down."""


def _nothing(_: bytes) -> str:
    return ""


def _number(body: bytes) -> str:
    return str(int.from_bytes(body))


def _ranges(body: bytes) -> str:
    edges = [_number(body[at : at + 4]) for at in range(0, len(body), 4)]
    return ", ".join(f"{left} to {right}" for left, right in zip(edges[::2], edges[1::2], strict=False))


_IP_OPTIONS: dict[int, _Option] = {
    148: ("Router Alert", "routers, look into this packet although it is not for you", bytes.hex,
          "RFC 2113 section 2.1"),
}  # fmt: skip
_TCP_OPTIONS: dict[int, _Option] = {
    1: ("NOP", "no operation, fills a byte", _nothing, ""),
    2: ("MSS", "the largest payload that the sender wants in one segment", _number, "RFC 9293 section 3.7.1"),
    3: ("Window Scale", "shift my window to the left by so many bits",
        lambda body: f"{_number(body)} (window times {1 << min(14, int.from_bytes(body))})", "RFC 7323 section 2"),
    4: ("SACK-Permitted", "you may tell me which later bytes you have", _nothing, "RFC 2018 section 2"),
    5: ("SACK", "sequence numbers of later bytes that have come", _ranges, "RFC 2018 section 3"),
    8: ("Timestamps", "my clock, and yours as it last came",
        lambda body: f"TSval {_number(body[:4])}, TSecr {_number(body[4:])}", "RFC 7323 section 3"),
}  # fmt: skip


def _options(read: Reader, end: int, known: Mapping[int, _Option]) -> None:
    """One field an option."""
    while (room := end - read.position) > 0 and len(read.left):
        kind, *more = read.left.data[:2]
        if kind > 1 and not (more and 2 <= more[0] <= room):
            read.give_up()
        name, meaning, show, source = known.get(kind, (f"Option {kind}", "not known here", bytes.hex, ""))
        option = read.octets(name, more[0] if kind > 1 else 1, f"option {kind}: {meaning}", bytes.hex, source)
        read.fields[-1] = replace(read.fields[-1], value=show(option[2:]))


_UDP = (
    Slot("Source Port", 16, "the socket that an answer goes to; 0 if there is none"),
    Slot("Destination Port", 16, "the socket that the data are for"),
    Slot("Length", 16, "bytes of header and data"),
    Slot("Checksum", 16, "over addresses, header and data"),
)
_TCP = (
    Slot("Source Port", 16, "with the source address: the sender's end of the connection"),
    Slot("Destination Port", 16, "with the destination address: the receiver's end"),
    Slot("Sequence Number", 32, "the number of the first byte of data, or of the SYN"),
    Slot("Acknowledgment Number", 32, "the next number that the sender of this waits for, if ACK is set"),
    Slot("Data Offset", 4, "words of four bytes in the header: where the data begin", _words),
    Slot("Reserved", 4, "not in use: zero"),
    Slot("CWR", 1, "the sender has lowered its congestion window", str, "RFC 3168 section 6.1"),
    Slot("ECE", 1, "a router on the way has marked congestion", str, "RFC 3168 section 6.1"),
    Slot("URG", 1, "the urgent pointer counts"),
    Slot("ACK", 1, "the acknowledgment number counts"),
    Slot("PSH", 1, "give these data to the application without waiting for more"),
    Slot("RST", 1, "there is no such connection: it ends at once"),
    Slot("SYN", 1, "the sequence number is the first one of this direction"),
    Slot("FIN", 1, "the sender has no more data"),
    Slot("Window", 16, "how many more bytes the sender of this takes, before scaling"),
    Slot("Checksum", 16, "over addresses, header and data"),
    Slot("Urgent Pointer", 16, "where urgent data end, if URG is set"),
)


def _udp(read: Reader, carrier: _Carrier) -> None:
    read.begin(f"{carrier.quoted}UDP", "RFC 768")
    datagram = read.left.data
    length = int.from_bytes(datagram[4:6])
    right = carrier.checked(17, datagram[:length], 6, 8 <= length <= len(datagram))
    read.slots(_UDP, {"Checksum": lambda number: shown(number, right) if number else "0x0000 (none)"})
    if length < 8:
        read.give_up()
    read.begin(PAYLOAD, "")
    read.octets(PAYLOAD, min(length - 8, len(read.left)), "what the application has given to send()", text_of)


def _tcp(read: Reader, carrier: _Carrier) -> None:
    read.begin(f"{carrier.quoted}TCP", "RFC 9293 section 3.1")
    start, segment = read.position, read.left.data
    header = read.slots(_TCP, {"Checksum": carrier.checked(6, segment, 16)})
    if header["Data Offset"] < 5:
        read.give_up()
    _options(read, start + 4 * header["Data Offset"], _TCP_OPTIONS)
    _payload(read, "what the application has written, or a piece of it")


_ICMP = (
    Slot("Type", 8, "what kind of message this is", ICMP_TYPES),
    Slot("Code", 8, "tells it more exactly"),
    Slot("Checksum", 16, "over the ICMP message"),
)
_ECHO = (
    Slot("Identifier", 16, "tells which ping is meant, if several run"),
    Slot("Sequence Number", 16, "tells which echo request of that ping is meant"),
)
_MTU = (
    Slot("unused", 16, "zero"),
    Slot("Next-Hop MTU", 16, "the largest packet that the next link takes, in bytes", str, "RFC 1191 section 4"),
)
_UNUSED = (Slot("unused", 32, "zero"),)
_BODY = "its form depends on the type"


def _icmp(read: Reader, carrier: _Carrier) -> None:
    read.begin(f"{carrier.quoted}ICMP", "RFC 792")
    message = read.left.data
    codes = {code: name for (kind, code), name in ICMP_CODES.items() if kind == message[0]}
    kind, code, _ = read.slots(_ICMP, {"Code": codes, "Checksum": checked(message, 2, carrier.whole)}).values()
    if kind in (0, 8):
        read.slots(_ECHO)
        _payload(read, "comes back as it was sent")
    elif kind in (3, 11) and not carrier.quoted:  # nobody sends an error about an error (RFC 1122 section 3.2.2)
        read.slots(_MTU if (kind, code) == (3, 4) else _UNUSED)
        if len(read.left):
            _ipv4(read, _Carrier(quoted="quoted "))
    else:
        read.rest("message body", _BODY)


_REPORT = 0x22
_IGMP = (
    Slot("Type", 8, "what kind of message this is", {_REPORT: "membership report of version 3"}, "RFC 2236 section 2"),
)
_IGMP_REPORT = (
    *_IGMP,
    Slot("Reserved", 8, "zero"),
    Slot("Checksum", 16, "over the IGMP message"),
    Slot("Flags", 16, "zero, unless extensions follow (RFC 9279)"),
    Slot("Number of Group Records", 16, "the groups that follow"),
)
_RECORD_TYPES = {
    1: "MODE_IS_INCLUDE", 2: "MODE_IS_EXCLUDE", 3: "CHANGE_TO_INCLUDE_MODE", 4: "CHANGE_TO_EXCLUDE_MODE",
    5: "ALLOW_NEW_SOURCES", 6: "BLOCK_OLD_SOURCES",
}  # fmt: skip
_RECORD = (
    Slot("Record Type", 8, "from whom: nobody but the sources, or all but them", _RECORD_TYPES),
    Slot("Aux Data Len", 8, "words of four bytes at the record's end: zero in version 3"),
    Slot("Number of Sources", 16, "the source addresses that follow"),
    Slot("Multicast Address", 32, "the group", IPv4Address),
)


def _igmp(read: Reader, carrier: _Carrier) -> None:
    """Reports of version 3, which is what Linux sends by itself; of other messages no more than the type."""
    read.begin(f"{carrier.quoted}IGMP", "RFC 9776 section 4.2")
    message = read.left.data
    if message[0] != _REPORT:
        read.slots(_IGMP)
        read.rest("message body", _BODY)
        return
    header = read.slots(_IGMP_REPORT, {"Checksum": checked(message, 2, carrier.whole)})
    for _ in range(header["Number of Group Records"]):
        for _ in range(read.slots(_RECORD)["Number of Sources"]):
            read.number("Source Address", 32, "one of those senders", IPv4Address)


_Read = Callable[[Reader, _Carrier], None]
_CARRIED: dict[str, _Read] = {"ICMP": _icmp, "IGMP": _igmp, "TCP": _tcp, "UDP": _udp}
_STARTS: dict[str, _Read] = {"ethernet": _ethernet, "ip": _ipv4}
