"""The fields of UDP datagrams (RFC 768) and TCP segments with their options (RFC 9293): which bytes mean what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helpers.fields.field import Field
from helpers.fields.internet_checksum import transport_checksum
from helpers.fields.reader import Part, Reader, filling, hexadecimal, payload

TCP, UDP = 6, 17
"""Their numbers in the IP header."""

_UDP, _TCP = "RFC 768", "RFC 9293 section 3.1"
_UDP_HEADER, _TCP_HEADER = 8, 20
_FLAGS = {
    "CWR": ("the sender has lowered its congestion window", "RFC 3168 section 6.1"),
    "ECE": ("a router on the way has marked congestion", "RFC 3168 section 6.1"),
    "URG": ("the urgent pointer counts", _TCP),
    "ACK": ("the acknowledgment number counts", _TCP),
    "PSH": ("give these data to the application without waiting for more", _TCP),
    "RST": ("there is no such connection: it ends at once", _TCP),
    "SYN": ("the sequence number is the first one of this direction", _TCP),
    "FIN": ("the sender has no more data", _TCP),
}
_END, _NOP = 0, 1


@dataclass(frozen=True)
class Carrier:
    """What a transport protocol is told of the IP packet around it."""

    source: str
    destination: str
    whole: bool
    """False for a fragment, or a packet whose end is missing: the checksum covers bytes that are not here."""
    quoted: str = ""
    """Stands before the names of layers: "quoted " in an ICMP error."""


def transport(part: Part, protocol: int, carrier: Carrier) -> list[Field]:
    """The fields of a TCP segment or UDP datagram, and of what it carries. Raises KeyError for other protocols."""
    return {TCP: _tcp, UDP: _udp}[protocol](part, carrier)


def checked(data: bytes, computed: Callable[[bytes], int], place: int, whole: bool) -> Callable[[int], str]:
    """How a checksum is shown: with what is right if all bytes are there. Its own are at `place`, and count as zero."""

    def show(value: int) -> str:
        written = hexadecimal(4)(value)
        if not whole:
            return written
        right = computed(data[:place] + bytes(2) + data[place + 2 :])
        return f"{written} (right)" if value == right else f"{written} (wrong: {right:#06x} is right)"

    return show


def _over_transport(protocol: int, carrier: Carrier) -> Callable[[bytes], int]:
    return lambda blank: transport_checksum(carrier.source, carrier.destination, protocol, blank)


def _udp(part: Part, carrier: Carrier) -> list[Field]:
    layer = f"{carrier.quoted}UDP"
    with Reader(part, layer, _UDP) as read:
        read.number("Source Port", 16, "the socket that an answer goes to; 0 if there is none")
        read.number("Destination Port", 16, "the socket that the data are for")
        length = read.number("Length", 16, "bytes of header and data", lambda n: _length(n, len(part), carrier))
        own = part.cut(length)
        whole = carrier.whole and _UDP_HEADER <= length <= len(part)
        right = checked(own.data, _over_transport(UDP, carrier), 6, whole)
        read.number("Checksum", 16, "over addresses, header and data", lambda n: right(n) if n else "0x0000 (none)")
        if length < _UDP_HEADER:
            return _with_rest(read, "the length is shorter than the header, so where the data end cannot be told")
        read.add(payload(Part(part.message, read.left.start, own.end), "what the application has given to send()"))
        read.add(filling(read.left, layer, "behind the end that the length gives: not for the application", _UDP))
    return read.fields


def _length(value: int, there: int, carrier: Carrier) -> str:
    if value < _UDP_HEADER:
        return f"{value} (wrong: at least {_UDP_HEADER})"
    return f"{value} (wrong: {there} are here)" if carrier.whole and value > there else str(value)


def _with_rest(read: Reader, meaning: str) -> list[Field]:
    read.rest("rest", meaning)
    return read.fields


def _tcp(part: Part, carrier: Carrier) -> list[Field]:
    layer = f"{carrier.quoted}TCP"
    with Reader(part, layer, _TCP) as read:
        read.number("Source Port", 16, "with the source address: the sender's end of the connection")
        read.number("Destination Port", 16, "with the destination address: the receiver's end")
        read.number("Sequence Number", 32, "the number of the first byte of data, or of the SYN")
        read.number("Acknowledgment Number", 32, "the next number that the sender of this waits for, if ACK is set")
        offset = read.number("Data Offset", 4, "words of four bytes in the header: where the data begin", _words)
        read.number("Reserved", 4, "not in use: zero")
        for name, (meaning, source) in _FLAGS.items():
            read.number(name, 1, meaning, source=source)
        read.number("Window", 16, "how many more bytes the sender of this takes, before scaling")
        right = checked(part.data, _over_transport(TCP, carrier), 16, carrier.whole and 4 * offset >= _TCP_HEADER)
        read.number("Checksum", 16, "over addresses, header and data", right)
        read.number("Urgent Pointer", 16, "where urgent data end, if URG is set")
        if 4 * offset < _TCP_HEADER:
            return _with_rest(read, "the data offset is impossible, so where options end and data begin cannot be told")
        header = part.cut(4 * offset)
        read.add(_options(Part(part.message, read.left.start, header.end), layer))
        if header.end == part.start + 4 * offset:
            read.add(payload(read.left, "what the application has written, or a piece of it"))
    return read.fields


def _words(value: int) -> str:
    return f"{value} ({4 * value} bytes)" if 4 * value >= _TCP_HEADER else f"{value} (wrong: at least 5)"


def _options(part: Part, layer: str) -> list[Field]:
    """One field an option. After the end of the list come zeros."""
    with Reader(part, layer, _TCP) as read:
        while read.left.data:
            kind, *more = read.left.data[:2]
            if kind == _END:
                read.octets("End of Option List", 1, "option 0: no options follow", lambda _: "")
                read.add(filling(read.left, layer, "fills up to where the data begin", _TCP))
            elif kind == _NOP:
                read.octets("NOP", 1, "option 1: no operation, fills a byte", lambda _: "")
            elif not more or not 2 <= more[0] <= len(read.left):
                return _with_rest(read, "no option: its length is impossible, or its end is missing")
            else:
                _option(read, kind, more[0])
    return read.fields


def _option(read: Reader, kind: int, length: int) -> None:
    name, meaning, show, source = _KINDS.get(kind, (f"Option {kind}", "not known here", bytes.hex, _TCP))
    read.octets(name, length, f"option {kind}: {meaning}", lambda option: show(option[2:]), source)


def _number(body: bytes) -> str:
    return str(int.from_bytes(body))


def _shift(body: bytes) -> str:
    return f"{int.from_bytes(body)} (window times {1 << body[0]})" if len(body) == 1 and body[0] < 15 else _number(body)


def _pairs(body: bytes) -> str:
    numbers = [int.from_bytes(body[at : at + 4]) for at in range(0, len(body), 4)]
    return ", ".join(f"{left} to {right}" for left, right in zip(numbers[::2], numbers[1::2], strict=False))


def _timestamps(body: bytes) -> str:
    return f"TSval {_number(body[:4])}, TSecr {_number(body[4:])}"


_KINDS: dict[int, tuple[str, str, Callable[[bytes], str], str]] = {
    2: ("MSS", "the largest payload that the sender wants in one segment", _number, "RFC 9293 section 3.7.1"),
    3: ("Window Scale", "shift my window to the left by so many bits", _shift, "RFC 7323 section 2"),
    4: ("SACK-Permitted", "you may tell me which later bytes you have", lambda _: "", "RFC 2018 section 2"),
    5: ("SACK", "sequence numbers of later bytes that have come", _pairs, "RFC 2018 section 3"),
    8: ("Timestamps", "my clock, and yours as it last came", _timestamps, "RFC 7323 section 3"),
    34: ("Fast Open", "a cookie, to send data with the SYN", bytes.hex, "RFC 7413 section 4.1.1"),
}
