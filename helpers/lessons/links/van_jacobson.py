"""Van Jacobson's compression of TCP/IP headers (RFC 1144): 40 bytes become 3 where a connection does what is expected.

Both ends of a line keep the last header of each connection. Of the next one only what has changed is sent, as small
differences; which of them, a first byte says, the change mask. Over SLIP this is CSLIP; PPP negotiates it (RFC 1332).
Nothing here does I/O.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from typing import NamedTuple, Self

from helpers.errors import CourseError
from helpers.fields.field import Field
from helpers.fields.internet_checksum import checksum, verify

SLOTS = 16
"""Connections that an end remembers unless told otherwise (section 5.1; in PPP, the largest Max-Slot-Id plus 1)."""
MOST_SLOTS = 256

_LAYER = "Van Jacobson"
_FORMAT, _ERRORS, _TYPES = "RFC 1144 section 3.2.2", "RFC 1144 section 4.1", "RFC 1144 appendix B.1"
_TCP, _IPV4 = 6, 4
_PROTOCOL = 9
"""The place of the protocol number in the IP header; UNCOMPRESSED_TCP has the connection number there."""
_IP, _TCP_HEADER = struct.Struct(">BBHHHBBHII"), struct.Struct(">HHIIHHHH")
_WORD = struct.Struct(">H")
_MORE_FRAGMENTS_OR_OFFSET = 0x3FFF
_FIN, _SYN, _RST, _PUSH, _ACK, _URGENT = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20


class PacketType(IntEnum):
    """How a packet was sent. The framing carries it: PPP in its protocol field, SLIP in the first four bits."""

    ERROR = 0x00
    """A packet that the framing knows to be damaged, or none of the others."""
    IP = 0x40
    """As it was: no TCP, or a segment that begins or ends a connection, or a fragment."""
    UNCOMPRESSED_TCP = 0x70
    """As it was, but for a connection number in place of the protocol number: from now on this header is remembered."""
    COMPRESSED_TCP = 0x80
    """The differences from the header that is remembered."""


class Change(IntFlag):
    """The bits of the change mask (section 3.2.2)."""

    U = 0x01
    """Urgent pointer; it also says that URG is set."""
    W = 0x02
    """Window."""
    A = 0x04
    """Acknowledgment number."""
    S = 0x08
    """Sequence number."""
    P = 0x10
    """Not a change: the PSH bit itself."""
    I = 0x20  # noqa: E741 - the RFC's letter
    """IP identification, if it has changed by something other than 1."""
    C = 0x40
    """Connection number, if it is another one than the last packet's."""


SPECIAL_I = Change.S | Change.W | Change.U
"""Echoed interactive traffic: S and A have both changed by the size of the last packet's data, which is not sent."""
SPECIAL_D = Change.S | Change.A | Change.W | Change.U
"""Unidirectional data: S has changed by the size of the last packet's data, which is not sent."""
_SAWU = SPECIAL_D


class DecompressionError(CourseError):
    """A packet that cannot be given back, and is lost. TCP will send its bytes again."""


class TypedPacket(NamedTuple):
    """What goes over the line, and as what."""

    type: PacketType
    data: bytes


class Compressor:
    """The sending end. It never waits and never fails: what it cannot compress it leaves as it is."""

    def __init__(self, slots: int = SLOTS, compress_connection: bool = True) -> None:
        """`slots`: how many connections it remembers, as many as the other end does; beyond them the one not used for
        longest is forgotten. `compress_connection`: leave the number out while it stays the same, which is safe only
        where the other end hears of lost packets (PPP's Comp-Slot-Id). Raises ValueError for a bad number of slots.
        """
        self._slots = _checked(slots)
        self._compress_connection = compress_connection
        self._saved: OrderedDict[bytes, tuple[int, _Header]] = OrderedDict()
        self._last: int | None = None

    def compress(self, packet: bytes) -> TypedPacket:
        """The IP packet as it is to be sent (section 3.2.3); nothing is raised.

        Left alone as `PacketType.IP` is everything but an IPv4 packet with a whole TCP segment, ACK set and neither
        SYN, FIN nor RST. So is one whose lengths or IP checksum are not right: the other end makes both itself, and
        would hide the damage.
        """
        header = _Header.parse(packet)
        if header is None:
            return TypedPacket(PacketType.IP, packet)
        connection, saved = self._look_up(header)
        changes = None if saved is None else _changes(saved, header)
        same, self._last = connection == self._last, connection
        if changes is None:
            numbered = packet[:_PROTOCOL] + bytes([connection]) + packet[_PROTOCOL + 1 :]
            return TypedPacket(PacketType.UNCOMPRESSED_TCP, numbered)
        mask, deltas = changes
        named = b"" if same and self._compress_connection else bytes([connection])
        first = bytes([mask | Change.C if named else mask])
        compressed = first + named + _WORD.pack(header.checksum) + deltas
        return TypedPacket(PacketType.COMPRESSED_TCP, compressed + packet[header.size :])

    def _look_up(self, header: _Header) -> tuple[int, _Header | None]:
        """The connection's number and the header remembered of it, in whose place this one goes."""
        key = header.connection
        connection, saved = self._saved.pop(key, (len(self._saved), None))
        if connection == self._slots:
            _, (connection, _) = self._saved.popitem(last=False)
        self._saved[key] = connection, header
        return connection, saved


class Decompressor:
    """The receiving end (section 3.2.4)."""

    def __init__(self, slots: int = SLOTS) -> None:
        """`slots`: as many as the sending end has, or more. Raises ValueError for a bad number."""
        self._slots = _checked(slots)
        self._saved: dict[int, _Header] = {}
        self._last = 0
        self._tossing = True

    @property
    def tossing(self) -> bool:
        """True while packets that do not name their connection are thrown away."""
        return self._tossing

    def toss(self) -> None:
        """Hear that something was lost or damaged on the line: `decompress` does it itself for all that it refuses.

        The lost packet may have been the one that named another connection, so packets are thrown away until one
        names its own (section 4.1).
        """
        self._tossing = True

    def decompress(self, packet: TypedPacket) -> bytes:
        """The IP packet as it was before `Compressor.compress`. Raises DecompressionError.

        After a loss of which it has not heard it may give back a wrong one. As a rule its TCP checksum is then wrong,
        since it comes from the sender: TCP throws the packet away, hears no more until the sender repeats one, and a
        repeated one comes uncompressed (section 4). The identification is not in that sum and may stay wrong.
        """
        try:
            if packet.type is PacketType.IP:
                return packet.data
            if packet.type is PacketType.UNCOMPRESSED_TCP:
                return self._remember(packet.data)
            if packet.type is PacketType.COMPRESSED_TCP:
                return self._rebuild(packet.data)
            raise DecompressionError("the framing has marked this packet as damaged")
        except DecompressionError:
            self.toss()
            raise

    def _remember(self, data: bytes) -> bytes:
        if len(data) <= _PROTOCOL:
            raise DecompressionError(f"{len(data)} bytes are too few for an IP header")
        connection = self._checked_connection(data[_PROTOCOL])
        packet = data[:_PROTOCOL] + bytes([_TCP]) + data[_PROTOCOL + 1 :]
        header = _Header.parse(packet)
        if header is None:
            raise DecompressionError("this is no whole TCP segment in an IPv4 packet with a right checksum")
        self._saved[connection] = header
        self._last, self._tossing = connection, False
        return packet

    def _rebuild(self, data: bytes) -> bytes:
        read = _Reader(data)
        if read.connection is not None:
            self._last, self._tossing = self._checked_connection(read.connection), False
        if self._tossing:
            raise DecompressionError("since something was lost on the line no packet has named its connection")
        saved = self._saved.get(self._last)
        if saved is None:
            raise DecompressionError(f"no header is remembered for connection {self._last}")
        header = _changed(saved, read, data_length=len(data) - read.position)
        self._saved[self._last] = header
        return header.packed() + data[read.position :]

    def _checked_connection(self, connection: int) -> int:
        if connection >= self._slots:
            raise DecompressionError(f"connection {connection} is named: the numbers go to {self._slots - 1}")
        return connection


def to_slip(packet: TypedPacket) -> bytes:
    """The packet with its type in the first four bits, where IP has its version (appendix B.1).

    Raises CourseError for a packet that is not IPv4: there is no type for it on such a line.
    """
    if packet.type is PacketType.IP:
        if _type_bits(packet.data) is not PacketType.IP:
            raise CourseError("CSLIP carries IPv4 alone: it knows a packet by the version in its first four bits")
        return packet.data
    return bytes([packet.data[0] | packet.type]) + packet.data[1:]


def from_slip(data: bytes) -> TypedPacket:
    """The other way round; what is none of the types, or empty, is an ERROR. Nothing is raised."""
    found = _type_bits(data)
    if found is PacketType.UNCOMPRESSED_TCP:
        return TypedPacket(found, bytes([data[0] & 0x4F]) + data[1:])
    if found is PacketType.COMPRESSED_TCP:
        return TypedPacket(found, bytes([data[0] & 0x7F]) + data[1:])
    return TypedPacket(found, data)


def fields(packet: TypedPacket) -> list[Field]:
    """What each byte of a packet means, in order; nothing is raised.

    Bytes that cannot be decoded are one last field whose meaning says why.
    """
    data = packet.data
    if packet.type is PacketType.COMPRESSED_TCP:
        return _compressed_fields(data)
    if packet.type is PacketType.UNCOMPRESSED_TCP and len(data) > _PROTOCOL + 1:
        return [
            Field("IP header", 0, _PROTOCOL, data[:_PROTOCOL].hex(" "), "as it was", _FORMAT, layer=_LAYER),
            Field(
                "connection number", _PROTOCOL, 1, str(data[_PROTOCOL]),
                "stands where the protocol number, 6 for TCP, was: the header is remembered under it", _FORMAT,
            ),
            _rest(data, _PROTOCOL + 1, "rest of the packet", "as it was"),
        ]  # fmt: skip
    return [replace(_rest(data, 0, "packet", "as it was"), layer=_LAYER)] if data else []


@dataclass(frozen=True)
class _Header:
    """The headers of a packet that may be compressed: what changes from one to the next, and the rest."""

    constant: bytes
    """Both headers with zeros for all that follows here, and for the IP header's own checksum."""
    data_length: int
    identification: int
    sequence: int
    acknowledgment: int
    push: bool
    urgent: bool
    window: int
    checksum: int
    urgent_pointer: int

    @classmethod
    def parse(cls, packet: bytes) -> Self | None:
        """None for what is never compressed: `Compressor.compress` says what."""
        if len(packet) < _IP.size:
            return None
        version, service, length, identification, fragment, ttl, protocol, _, source, target = _IP.unpack_from(packet)
        ip_size = 4 * (version & 0x0F)
        if version >> 4 != _IPV4 or protocol != _TCP or fragment & _MORE_FRAGMENTS_OR_OFFSET or length != len(packet):
            return None
        if ip_size < _IP.size or ip_size + _TCP_HEADER.size > length or not verify(packet[:ip_size]):
            return None
        from_port, to_port, sequence, acknowledgment, bits, window, tcp_checksum, pointer = _TCP_HEADER.unpack_from(
            packet, ip_size
        )
        size = ip_size + 4 * (bits >> 12)
        if not ip_size + _TCP_HEADER.size <= size <= length or bits & (_SYN | _FIN | _RST | _ACK) != _ACK:
            return None
        constant = bytearray(packet[:size])
        _IP.pack_into(constant, 0, version, service, 0, 0, fragment, ttl, protocol, 0, source, target)
        fixed_bits = bits & ~(_PUSH | _URGENT)
        _TCP_HEADER.pack_into(constant, ip_size, from_port, to_port, 0, 0, fixed_bits, 0, 0, 0)
        push, urgent = bool(bits & _PUSH), bool(bits & _URGENT)
        return cls(
            bytes(constant), length - size, identification, sequence, acknowledgment, push, urgent,
            window, tcp_checksum, pointer,
        )  # fmt: skip

    @property
    def size(self) -> int:
        """Bytes of both headers."""
        return len(self.constant)

    @property
    def connection(self) -> bytes:
        """Addresses and ports."""
        ip_size = 4 * (self.constant[0] & 0x0F)
        return self.constant[12:20] + self.constant[ip_size : ip_size + 4]

    def packed(self) -> bytes:
        """Both headers, with a new checksum in IP's."""
        header = bytearray(self.constant)
        ip_size = 4 * (header[0] & 0x0F)
        _WORD.pack_into(header, 2, self.size + self.data_length)
        _WORD.pack_into(header, 4, self.identification)
        _WORD.pack_into(header, 10, checksum(bytes(header[:ip_size])))
        header[ip_size + 13] |= (_PUSH if self.push else 0) | (_URGENT if self.urgent else 0)
        struct.pack_into(">II", header, ip_size + 4, self.sequence, self.acknowledgment)
        struct.pack_into(">HHH", header, ip_size + 14, self.window, self.checksum, self.urgent_pointer)
        return bytes(header)


def _changes(saved: _Header, new: _Header) -> tuple[Change, bytes] | None:
    """The change mask, still without C, and the differences; None if the header must be sent whole (section 3.2.3)."""
    sequence = (new.sequence - saved.sequence) % 2**32
    acknowledgment = (new.acknowledgment - saved.acknowledgment) % 2**32
    window = (new.window - saved.window) % 2**16
    if new.constant != saved.constant or max(sequence, acknowledgment) >= 2**16:
        return None
    if not new.urgent and new.urgent_pointer != saved.urgent_pointer:
        return None
    deltas = b""
    mask = Change(0)
    for bit, changed, number in (
        (Change.U, new.urgent, new.urgent_pointer),
        (Change.W, window > 0, window),
        (Change.A, acknowledgment > 0, acknowledgment),
        (Change.S, sequence > 0, sequence),
    ):
        if changed:
            mask |= bit
            deltas += _encoded(number)
    if mask in (SPECIAL_I, SPECIAL_D):
        return None  # these two now mean something else
    if not mask and not (new.data_length and not saved.data_length):
        return None  # a packet that comes again: perhaps the other end has lost it, or the one before
    if mask == Change.S | Change.A and sequence == acknowledgment == saved.data_length:
        mask, deltas = SPECIAL_I, b""
    elif mask == Change.S and sequence == saved.data_length:
        mask, deltas = SPECIAL_D, b""
    identification = (new.identification - saved.identification) % 2**16
    if identification != 1:
        mask |= Change.I
        deltas += _encoded(identification)
    if new.push:
        mask |= Change.P
    return mask, deltas


def _changed(saved: _Header, read: _Reader, data_length: int) -> _Header:
    """The header that comes after the saved one. Raises DecompressionError if the packet would be too long."""
    if saved.size + data_length >= 2**16:
        raise DecompressionError(f"with its header this packet would have {saved.size + data_length} bytes")
    special = read.mask & _SAWU
    deltas = read.deltas
    if special == SPECIAL_I:
        deltas = {**deltas, Change.S: saved.data_length, Change.A: saved.data_length}
    elif special == SPECIAL_D:
        deltas = {**deltas, Change.S: saved.data_length}
    return replace(
        saved,
        data_length=data_length,
        identification=(saved.identification + deltas.get(Change.I, 1)) % 2**16,
        sequence=(saved.sequence + deltas.get(Change.S, 0)) % 2**32,
        acknowledgment=(saved.acknowledgment + deltas.get(Change.A, 0)) % 2**32,
        push=Change.P in read.mask,
        # Not the mask's bit, which both special cases have: they are never used with URG. The program in the RFC's
        # appendix A forgets to clear it there, and TCP then throws the segment away.
        urgent=Change.U in deltas,
        window=(saved.window + deltas.get(Change.W, 0)) % 2**16,
        checksum=read.checksum,
        urgent_pointer=deltas.get(Change.U, saved.urgent_pointer),
    )


class _Reader:
    """A compressed header, read from left to right; `fields` explains what has been read, also after an error."""

    def __init__(self, data: bytes, fields: list[Field] | None = None) -> None:
        """Raises DecompressionError if the bytes end before the header does."""
        self._data = data
        self._fields: list[Field] = [] if fields is None else fields
        self.position = 0
        """The next byte to read; in the end, where the segment's data begin."""
        self.mask = Change(self._take(1, "change mask")[0] & 0x7F)
        self._fields += _mask_fields(data[0])
        self.connection: int | None = None
        """Its number, if the packet names it."""
        if Change.C in self.mask:
            self.connection = self._take(1, "connection number")[0]
            self._note("connection number", 1, str(self.connection), "the header remembered under it is meant", _FORMAT)
        (self.checksum,) = _WORD.unpack(self._take(2, "TCP checksum"))
        meaning = "as the sender of the segment computed it: the only witness if anything here is wrong"
        self._note("TCP checksum", 2, f"0x{self.checksum:04x}", meaning, _ERRORS)
        self.deltas: dict[Change, int] = {}
        """What is sent of the changes."""
        sent = self.mask if self.mask & _SAWU not in (SPECIAL_I, SPECIAL_D) else self.mask & Change.I
        for bit, name, meaning in _DELTAS:
            if bit in sent:
                self.deltas[bit] = self._number(name, meaning)

    def _number(self, name: str, meaning: str) -> int:
        """One byte from 1 to 255, or zero and then two bytes (section 3.2.2)."""
        number, size = self._take(1, name)[0], 1
        if not number:
            (number,) = _WORD.unpack(self._take(2, name))
            size = 3
        self._note(name, size, str(number), meaning, _FORMAT)
        return int(number)

    def _take(self, size: int, name: str) -> bytes:
        taken = self._data[self.position : self.position + size]
        if len(taken) < size:
            raise DecompressionError(f"the bytes end inside the {name}")
        self.position += size
        return taken

    def _note(self, name: str, size: int, value: str, meaning: str, source: str) -> None:
        self._fields.append(Field(name, self.position - size, size, value, meaning, source, layer=_LAYER))


_DELTAS = (
    (Change.U, "urgent pointer", "itself, not a difference"),
    (Change.W, "change of window", "is added to it, modulo 65536, so that it may also shrink"),
    (Change.A, "change of acknowledgment number", "is added to it"),
    (Change.S, "change of sequence number", "is added to it"),
    (Change.I, "change of identification", "is added to it, modulo 65536"),
)
"""In the order in which they are sent, each with its name and meaning (section 3.2.2)."""


def _encoded(number: int) -> bytes:
    """One byte for 1 to 255, three for all other 16-bit numbers (section 3.2.2)."""
    return bytes([number]) if 0 < number < 256 else b"\0" + _WORD.pack(number)


def _mask_fields(mask: int) -> list[Field]:
    named = [
        ("type", 0, "set on a SLIP line: says that this is COMPRESSED_TCP", _TYPES),
        ("C", 1, "whether the connection number follows", _FORMAT),
        ("I", 2, "whether the change of identification follows; otherwise it is 1", _FORMAT),
        ("P", 3, "the PSH bit itself", _FORMAT),
        ("S", 4, "whether the change of sequence number follows", _FORMAT),
        ("A", 5, "whether the change of acknowledgment number follows", _FORMAT),
        ("W", 6, "whether the change of window follows", _FORMAT),
        ("U", 7, "whether the urgent pointer follows and URG is set", _FORMAT),
    ]
    special = {
        SPECIAL_I: "special: sequence and acknowledgment number grow by the last packet's data; nothing follows",
        SPECIAL_D: "special: the sequence number grows by the last packet's data; nothing follows",
    }.get(Change(mask & _SAWU))
    found = [
        Field(name, 0, 1, str(mask >> (7 - bit) & 1), meaning, source, bits=(bit, 1), layer=_LAYER)
        for name, bit, meaning, source in (named[:4] if special else named)
    ]
    if special:
        found.append(Field("S A W U", 0, 1, f"{mask & _SAWU:04b}", special, _FORMAT, bits=(4, 4), layer=_LAYER))
    return found


def _compressed_fields(data: bytes) -> list[Field]:
    found: list[Field] = []
    name, meaning = "data", "what the segment carries, as it was"
    try:
        _Reader(data, found)
    except DecompressionError as error:
        name, meaning = "not understood", str(error)
    start = found[-1].start + found[-1].length if found else 0
    return found + [_rest(data, start, name, meaning)] if start < len(data) else found


def _rest(data: bytes, start: int, name: str, meaning: str) -> Field:
    return Field(name, start, len(data) - start, data[start:].hex(" "), meaning)


def _type_bits(data: bytes) -> PacketType:
    if not data:
        return PacketType.ERROR
    if data[0] & PacketType.COMPRESSED_TCP:
        return PacketType.COMPRESSED_TCP
    high = data[0] & 0xF0
    return PacketType(high) if high in (PacketType.IP, PacketType.UNCOMPRESSED_TCP) else PacketType.ERROR


def _checked(slots: int) -> int:
    if not 1 <= slots <= MOST_SLOTS:
        raise ValueError(f"there can be from 1 to {MOST_SLOTS} slots, not {slots}")
    return slots
