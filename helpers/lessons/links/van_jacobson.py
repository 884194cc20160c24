"""Van Jacobson's compression of TCP/IP headers (RFC 1144): 40 bytes become 3 where a connection does what is expected.

Both ends of a line keep the last packet of each connection. Of the next header only what has changed is sent, as small
differences; which of them, a first byte says, the change mask. The compressor restores each packet just as the other
end will, and sends it whole if the result is not the same: so no field has to be compared by itself, and what scapy
would write in another way is never compressed. Over SLIP this is CSLIP; PPP negotiates it (RFC 1332).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import NamedTuple

from scapy.layers.inet import IP, TCP

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader, Slot, hexadecimal
from helpers.lab.serial_line import Discarded

SLOTS = 16
"""Connections that an end remembers (section 5.1; in PPP, the largest Max-Slot-Id plus 1)."""
PROTOCOL, TCP_NUMBER = 9, 6
"""The place of the protocol number in the IP header. UNCOMPRESSED_TCP has the connection number there."""
HEADERS = 40
"""Bytes of IP's and TCP's header at least."""
PUSH, URGENT = 0x08, 0x20


class PacketType(IntEnum):
    """How a packet was sent. The framing carries it: PPP in its protocol field, SLIP in the first four bits."""

    IP = 0x40
    """As it was: no TCP, or a segment that begins or ends a connection, or a fragment."""
    UNCOMPRESSED_TCP = 0x70
    """As it was, but for a connection number in place of the protocol number: from now on this header is remembered."""
    COMPRESSED_TCP = 0x80
    """The differences from the header that is remembered."""


class Change(IntFlag):
    """The bits of the change mask (section 3.2.2). P is no change, but the PSH bit itself."""

    U, W, A, S, P, I, C = 1, 2, 4, 8, 16, 32, 64  # noqa: E741 - the RFC's letters


SPECIAL_I, SPECIAL_D = Change.S | Change.W | Change.U, Change.S | Change.A | Change.W | Change.U
"""S and A, or S alone, have changed by the size of the last packet's data, and nothing is sent of it: typed letters and
their echo, or data in one direction."""


class TypedPacket(NamedTuple):
    """What goes over the line, and as what."""

    type: PacketType
    data: bytes


class Compressor:
    """The sending end. What it cannot compress it leaves as it is."""

    def __init__(self) -> None:
        self._saved: OrderedDict[tuple[str, str, int, int], tuple[int, IP]] = OrderedDict()
        self._last: int | None = None

    def compress(self, packet: bytes) -> TypedPacket:
        """The IP packet as it is to be sent (section 3.2.3)."""
        ip = _compressible(packet)
        if ip is None:
            return TypedPacket(PacketType.IP, packet)
        number, saved = self._look_up(ip)
        same, self._last = number == self._last, number
        changes = _changes(saved, ip) if saved is not None else None
        if saved is not None and changes is not None:
            mask, deltas = changes
            first = bytes([mask]) if same else bytes([mask | Change.C, number])
            sent = first + ip[TCP].chksum.to_bytes(2) + deltas + packet[len(packet) - _data_length(ip) :]
            if bytes(_restored(saved, _read(sent))) == packet:
                return TypedPacket(PacketType.COMPRESSED_TCP, sent)
        return TypedPacket(PacketType.UNCOMPRESSED_TCP, _numbered(packet, number))

    def _look_up(self, ip: IP) -> tuple[int, IP | None]:
        """The connection's number and the packet remembered of it, in whose place this one goes."""
        key = ip.src, ip.dst, ip[TCP].sport, ip[TCP].dport
        number, saved = self._saved.pop(key, (len(self._saved), None))
        if number == SLOTS:  # the connection not used for longest is forgotten
            _, (number, _) = self._saved.popitem(last=False)
        self._saved[key] = number, ip
        return number, saved


class Decompressor:
    """The receiving end (section 3.2.4)."""

    def __init__(self) -> None:
        self._saved: dict[int, IP] = {}
        self._last = 0
        self._tossing = True

    def toss(self) -> None:
        """Hear that something was lost or damaged on the line.

        It may have been the packet that named another connection, so packets are thrown away until one names its own
        (section 4.1).
        """
        self._tossing = True

    def decompress(self, packet: TypedPacket) -> bytes | Discarded:
        """The IP packet as it was before `Compressor.compress`.

        After a loss of which it has not heard it may give back a wrong one. As a rule its TCP checksum is then wrong,
        since it comes from the sender: TCP throws the packet away, hears no more until the sender repeats one, and a
        repeated one comes uncompressed (section 4).
        """
        if packet.type is PacketType.IP:
            return packet.data
        whole = packet.type is PacketType.UNCOMPRESSED_TCP
        result = self._remember(packet.data) if whole else self._rebuild(_read(packet.data))
        self._tossing = isinstance(result, Discarded)
        return result

    def _remember(self, data: bytes) -> bytes | Discarded:
        packet = _numbered(data, TCP_NUMBER)
        ip = _compressible(packet)
        if ip is None:
            return Discarded("what was sent to be remembered is no whole TCP segment")
        self._last = data[PROTOCOL]
        self._saved[self._last] = ip
        return packet

    def _rebuild(self, header: _Header) -> bytes | Discarded:
        if header.data is None:
            return Discarded("the bytes end inside the compressed header")
        if header.connection is not None:
            self._last = header.connection
        elif self._tossing:
            return Discarded("since something was lost on the line no packet has named its connection")
        if self._last not in self._saved:
            return Discarded(f"no header is remembered for connection {self._last}")
        self._saved[self._last] = ip = _restored(self._saved[self._last], header)
        return bytes(ip)


def to_slip(packet: TypedPacket) -> bytes:
    """The packet with its type in the first four bits, where IPv4 has its version (appendix B.1)."""
    return bytes([packet.data[0] | packet.type]) + packet.data[1:]


def from_slip(data: bytes) -> TypedPacket:
    """The other way round."""
    if data[0] & PacketType.COMPRESSED_TCP:
        return TypedPacket(PacketType.COMPRESSED_TCP, bytes([data[0] & 0x7F]) + data[1:])
    if data[0] & 0xF0 == PacketType.UNCOMPRESSED_TCP:
        return TypedPacket(PacketType.UNCOMPRESSED_TCP, bytes([data[0] & 0x4F]) + data[1:])
    return TypedPacket(PacketType.IP, data)


def fields(data: bytes) -> list[Field]:
    """What each byte of a packet sent as COMPRESSED_TCP means."""
    return _read(data).fields


def _compressible(packet: bytes) -> IP | None:
    """The packet in parts if it holds a whole TCP segment with ACK set, and neither SYN, FIN nor RST; or None."""
    if len(packet) < HEADERS or packet[0] >> 4 != 4:
        return None
    ip = IP(packet)
    whole = TCP in ip and not ip.frag and not ip.flags.MF and ip.len == len(packet)
    return ip if whole and int(ip[TCP].flags) & 0x17 == 0x10 else None


def _numbered(packet: bytes, number: int) -> bytes:
    return packet[:PROTOCOL] + bytes([number]) + packet[PROTOCOL + 1 :]


def _data_length(ip: IP) -> int:
    return int(ip.len - 4 * ip.ihl - 4 * ip[TCP].dataofs)


def _changes(saved: IP, new: IP) -> tuple[Change, bytes] | None:
    """The change mask, still without C, and the differences; None if the header must be sent whole (section 3.2.3)."""
    before, tcp, last = saved[TCP], new[TCP], _data_length(saved)
    grown = {Change.W: tcp.window - before.window, Change.A: tcp.ack - before.ack, Change.S: tcp.seq - before.seq}
    sent = {Change.U: tcp.urgptr} if tcp.flags.U else {}
    sent |= {bit: number % (2**16 if bit == Change.W else 2**32) for bit, number in grown.items() if number}
    mask = Change(sum(sent))
    again = not mask and (last or not _data_length(new))  # perhaps the other end has lost it, or the one before
    if again or mask in (SPECIAL_I, SPECIAL_D) or max(sent.values(), default=0) >= 2**16:
        return None
    if sent == {Change.A: last, Change.S: last}:
        mask, sent = SPECIAL_I, {}
    elif sent == {Change.S: last}:
        mask, sent = SPECIAL_D, {}
    if (identification := (new.id - saved.id) % 2**16) != 1:
        mask, sent = mask | Change.I, {**sent, Change.I: identification}
    return mask | (Change.P if tcp.flags.P else 0), b"".join(map(_encoded, sent.values()))


def _encoded(number: int) -> bytes:
    """One byte for 1 to 255, three for all other 16-bit numbers (section 3.2.2)."""
    return bytes([number]) if 0 < number < 256 else b"\0" + number.to_bytes(2)


def _restored(saved: IP, header: _Header) -> IP:
    """The packet that comes after the saved one."""
    ip, last, sent = saved.copy(), _data_length(saved), header.sent
    tcp, special = ip[TCP], header.mask & SPECIAL_D
    if special in (SPECIAL_I, SPECIAL_D):
        sent = {**sent, Change.S: last, Change.A: last if special == SPECIAL_I else 0}
    tcp.seq = (tcp.seq + sent.get(Change.S, 0)) % 2**32
    tcp.ack = (tcp.ack + sent.get(Change.A, 0)) % 2**32
    tcp.window = (tcp.window + sent.get(Change.W, 0)) % 2**16
    tcp.urgptr = sent.get(Change.U, tcp.urgptr)
    # URG not by the mask's bit, which both special cases have: they are never used with URG. The program in the RFC's
    # appendix A forgets to clear it there, and TCP then throws the segment away.
    tcp.flags = int(tcp.flags) & ~(PUSH | URGENT) | PUSH * (Change.P in header.mask) | URGENT * (Change.U in sent)
    tcp.chksum = header.checksum
    ip.id = (ip.id + sent.get(Change.I, 1)) % 2**16
    ip.len = ip.chksum = None
    tcp.remove_payload()
    return IP(bytes(ip / header.data if header.data else ip))


@dataclass
class _Header:
    """A compressed header, read from left to right, and the data behind it."""

    mask: Change
    connection: int | None = None
    checksum: int = 0
    sent: dict[Change, int] = field(default_factory=dict)
    data: bytes | None = None
    """None if the bytes end inside the header."""
    fields: list[Field] = field(default_factory=list)


_MASK = (
    Slot("type", 1, "set on a SLIP line: says that this is COMPRESSED_TCP", source="RFC 1144 appendix B.1"),
    Slot("C", 1, "whether the connection number follows"),
    Slot("I", 1, "whether the change of identification follows; otherwise it is 1"),
    Slot("P", 1, "the PSH bit itself"),
    Slot("S", 1, "whether the change of sequence number follows, unless W and U are set as well"),
    Slot("A", 1, "whether the change of acknowledgment number follows, unless S, W and U are set as well"),
    Slot("W", 1, "whether the change of window follows, unless S and U are set as well"),
    Slot("U", 1, "whether the urgent pointer follows and URG is set, unless S and W are set as well"),
)
_SENT = {
    Change.U: ("urgent pointer", "itself, not a difference"),
    Change.W: ("change of window", "is added to it, modulo 65536, so that it may also shrink"),
    Change.A: ("change of acknowledgment number", "is added to it"),
    Change.S: ("change of sequence number", "is added to it"),
    Change.I: ("change of identification", "is added to it, modulo 65536"),
}
"""In the order in which they are sent, each with its name and meaning (section 3.2.2)."""


def _read(data: bytes) -> _Header:
    header = _Header(Change(data[0] & 0x7F) if data else Change(0))
    follow = header.mask & Change.I if header.mask & SPECIAL_D in (SPECIAL_I, SPECIAL_D) else header.mask
    with Reader(Part(data, 0, len(data)), "Van Jacobson", "RFC 1144 section 3.2.2") as read:
        header.fields = read.fields
        read.slots(_MASK)
        if Change.C in header.mask:
            header.connection = read.number("connection number", 8, "the header remembered under it is meant")
        meaning = "as the sender of the segment computed it: the only witness if anything here is wrong"
        header.checksum = read.number("TCP checksum", 16, meaning, hexadecimal(4), "RFC 1144 section 4.1")
        header.sent = {bit: _number(read, *_SENT[bit]) for bit in _SENT if bit in follow}
        header.data = read.left.data
        read.rest("data", "what the segment carries, as it was")
    return header


def _number(read: Reader, name: str, meaning: str) -> int:
    """One byte from 1 to 255, or zero and then two bytes (section 3.2.2)."""
    size = 3 if read.left.data.startswith(b"\0") else 1
    return int.from_bytes(read.octets(name, size, meaning, lambda sent: str(int.from_bytes(sent))))
