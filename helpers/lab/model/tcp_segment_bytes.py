"""A TCP segment as the bytes on the wire, and back: header, options and checksum (RFC 9293, section 3.1)."""

from __future__ import annotations

import ipaddress
import struct

from helpers.errors import CourseError
from helpers.fields.internet_checksum import checksum, pseudo_header, transport_checksum, verify
from helpers.fields.segment import FLAGS, Segment

PROTOCOL = 6
"""TCP's number in the IP header."""
MSS = "MSS"
_BITS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}
_HEADER, _IPV4 = struct.Struct(">HHIIBBHHH"), struct.Struct(">BBHHHBBH4s4s")
_ETHERNET = struct.Struct(">6s6sH")
_IPV4_TYPE = 0x0800
_HOPS = 64
_CHECKSUM_PLACE = slice(16, 18)


class NoSegment(CourseError):
    """Bytes that are no TCP segment, or one that was damaged on the way."""


def encode(segment: Segment) -> bytes:
    """The segment's bytes, checksum included. Of the options only MSS has a form here (section 3.2).

    Raises ValueError for an option without form, or numbers that do not fit.
    """
    options = b"".join(_option(name, value) for name, value in segment.options)
    (source, source_port), (destination, destination_port) = map(split, (segment.source, segment.destination))
    bits = sum(_BITS[name] for name in segment.has)
    words = (_HEADER.size + len(options)) // 4
    try:
        header = _HEADER.pack(
            source_port, destination_port, segment.seq, segment.ack or 0, words << 4, bits, segment.window, 0, 0
        )
    except struct.error as error:
        raise ValueError(f"this is no TCP header: {error}") from None
    whole = bytearray(header + options + segment.payload)
    whole[_CHECKSUM_PLACE] = transport_checksum(source, destination, PROTOCOL, bytes(whole)).to_bytes(2, "big")
    return bytes(whole)


def decode(source: str, destination: str, data: bytes) -> Segment:
    """The segment that these bytes are, sent from one IP address to the other. Options other than MSS are left out.

    Raises NoSegment for a header cut short or a wrong checksum: such a segment is dropped without a word (3.1).
    """
    if len(data) < _HEADER.size:
        raise NoSegment(f"{len(data)} bytes are too few for a TCP header, which has {_HEADER.size}")
    source_port, destination_port, seq, ack, words, bits, window, _, _ = _HEADER.unpack_from(data)
    begin = 4 * (words >> 4)
    if not _HEADER.size <= begin <= len(data):
        raise NoSegment(f"a TCP header of {begin} bytes does not fit into a segment of {len(data)}")
    if not verify(pseudo_header(source, destination, PROTOCOL, len(data)) + data):
        raise NoSegment("the checksum is wrong: the segment was damaged on the way")
    return Segment(
        source=join(source, source_port),
        destination=join(destination, destination_port),
        flags=" ".join(name for name in FLAGS if bits & _BITS[name]),
        seq=seq,
        ack=ack if bits & _BITS["ACK"] else None,
        window=window,
        options=_options(data[_HEADER.size : begin]),
        payload=data[begin:],
    )


def to_frame(segment: Segment, source_mac: str, destination_mac: str) -> bytes:
    """An Ethernet frame, between addresses such as "02:00:00:00:00:01", with the segment in IPv4 (RFC 791, 3.1)."""
    macs = [bytes.fromhex(mac.replace(":", "")) for mac in (destination_mac, source_mac)]
    data = encode(segment)
    addresses = [ipaddress.IPv4Address(split(end)[0]).packed for end in (segment.source, segment.destination)]

    def header(check: int) -> bytes:
        return _IPV4.pack(0x45, 0, _IPV4.size + len(data), 0, 0x4000, _HOPS, PROTOCOL, check, *addresses)

    return _ETHERNET.pack(*macs, _IPV4_TYPE) + header(checksum(header(0))) + data


def from_frame(frame: bytes) -> Segment | None:
    """The segment in a frame as an end of the connection takes it; None where there is none that is whole and right."""
    packet = frame[_ETHERNET.size :]
    if frame[12:14] != _IPV4_TYPE.to_bytes(2, "big") or len(packet) < _IPV4.size or packet[9] != PROTOCOL:
        return None
    source, destination = (str(ipaddress.IPv4Address(packet[place : place + 4])) for place in (12, 16))
    header, length = 4 * (packet[0] & 0x0F), int.from_bytes(packet[2:4], "big")  # behind it is Ethernet's padding
    try:
        return decode(source, destination, packet[header:length])
    except NoSegment:
        return None


def split(end: str) -> tuple[str, int]:
    """ "10.0.0.1:80" -> ("10.0.0.1", 80); "[fd00::1]:80" likewise. Raises ValueError for what is neither."""
    address, _, port = end.rpartition(":")
    return str(ipaddress.ip_address(address.strip("[]"))), int(port)


def join(address: str, port: int) -> str:
    """The other way round."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def largest_segment(segment: Segment) -> int | None:
    """The value of the MSS option; None without one."""
    return next((int(value) for name, value in segment.options if name == MSS), None)


def _option(name: str, value: str) -> bytes:
    if name != MSS:
        raise ValueError(f"the option {name} has no form here, only {MSS} has")
    return struct.pack(">BBH", 2, 4, int(value))


def _options(data: bytes) -> tuple[tuple[str, str], ...]:
    """Section 3.2: kind 0 ends the list, kind 1 is one byte, every other says its length. Damaged ones end it, too."""
    place = 0
    while place < len(data) and data[place] != 0:
        if data[place] == 1:
            place += 1
            continue
        length = data[place + 1] if place + 1 < len(data) else 0
        if length < 2 or place + length > len(data):
            break
        if data[place : place + 2] == b"\x02\x04":
            return ((MSS, str(int.from_bytes(data[place + 2 : place + 4], "big"))),)
        place += length
    return ()
