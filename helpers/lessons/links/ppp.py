"""PPP's frames on a serial line (RFC 1662): flags around them, a type before the packet, a check sequence behind it.

A frame is FLAG, address FF, control 03, protocol, information, FCS, FLAG. Where a byte in it is a flag or one that the
line's modems might swallow, an escape and a changed byte go in its place. Nothing here does I/O. What the two ends
agree on before the first packet is in ppp_control.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, IntEnum

from helpers.errors import CourseError
from helpers.fields.field import Field, shifted
from helpers.lessons.links.van_jacobson import PacketType

FLAG, ESCAPE = 0x7E, 0x7D
TOGGLED = 0x20
"""The bit that is turned over in a byte behind an escape (section 4.2)."""
ADDRESS_CONTROL = b"\xff\x03"
"""All stations; unnumbered information (section 3.1)."""
ALL_CONTROL_CHARACTERS = 0xFFFFFFFF
"""The default ACCM: each bit is a byte below 32 that is escaped, bit 0 for byte 0 (section 7.1)."""
MRU = 1500
"""Bytes of information that a receiver takes unless another Maximum-Receive-Unit was negotiated (RFC 1661, 6.1)."""
GOOD_FCS_16, GOOD_FCS_32 = 0xF0B8, 0xDEBB20E3
"""What the computation comes to, before its last complement, over a frame with its right FCS (appendix C)."""

_FRAME, _CHECK, _LAYER = "RFC 1662 section 3.1", "RFC 1662 appendix C", "PPP"
_LAST_LINK_CODE = 7


class Protocol(IntEnum):
    """Numbers of the protocol field that the course uses (RFC 1661, section 2; RFC 1332)."""

    IP = 0x0021
    VAN_JACOBSON_COMPRESSED = 0x002D
    VAN_JACOBSON_UNCOMPRESSED = 0x002F
    IPCP = 0x8021
    LCP = 0xC021


PROTOCOL_OF = {
    PacketType.IP: Protocol.IP,
    PacketType.UNCOMPRESSED_TCP: Protocol.VAN_JACOBSON_UNCOMPRESSED,
    PacketType.COMPRESSED_TCP: Protocol.VAN_JACOBSON_COMPRESSED,
}
"""How PPP says as what an IP packet was sent (RFC 1332, section 4)."""


class FCS(Enum):
    """Frame Check Sequence: its value is how many bytes it has (appendix C)."""

    BITS_16 = 2
    BITS_32 = 4

    def of(self, data: bytes) -> bytes:
        """The check sequence of address, control, protocol and information; lowest byte first, unlike all of IP."""
        number = fcs_16(data) if self is FCS.BITS_16 else zlib.crc32(data)
        return number.to_bytes(self.value, "little")

    def is_good(self, content: bytes) -> bool:
        """True if the bytes end with their right check sequence."""
        if self is FCS.BITS_16:
            return fcs_16(content) ^ 0xFFFF == GOOD_FCS_16
        return zlib.crc32(content) ^ 0xFFFFFFFF == GOOD_FCS_32


@dataclass(frozen=True)
class Framing:
    """How a sender makes its frames: the defaults until its peer has agreed to something else (RFC 1662, section 7)."""

    accm: int = ALL_CONTROL_CHARACTERS
    """Async-Control-Character-Map: the bytes below 32 that are escaped."""
    compress_address_control: bool = False
    """Leave the bytes FF 03 out (RFC 1661, section 6.6)."""
    compress_protocol: bool = False
    """Send a protocol number below 256 in one byte (RFC 1661, section 6.5)."""
    fcs: FCS = FCS.BITS_16


DEFAULT = Framing()


@dataclass(frozen=True)
class Frame:
    """What a frame carries."""

    protocol: int
    """A `Protocol`, or the number of another one."""
    information: bytes


class Reason(Enum):
    """Why a frame is invalid, and thrown away (section 4.3)."""

    FCS = "its check sequence is wrong"
    ABORTED = "it ends with an escape, by which a sender takes a frame back"
    TOO_SHORT = "it is shorter than the shortest frame"
    TOO_LONG = "it is longer than the receiver allows"
    ADDRESS = "its address is not that of all stations, or its control field no unnumbered information"
    PROTOCOL = "it has no protocol number whose bytes are even and odd, as all are"


@dataclass(frozen=True)
class InvalidFrame:
    """A frame that was thrown away. `content` is what had come of it, without flags and escapes."""

    reason: Reason
    content: bytes


def fcs_16(data: bytes) -> int:
    """The 16-bit frame check sequence, a cyclic redundancy check with x**16 + x**12 + x**5 + 1 (appendix C.2)."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ _FCS_16_TABLE[(register ^ byte) & 0xFF]
    return register ^ 0xFFFF


def content(frame: Frame, framing: Framing = DEFAULT) -> bytes:
    """The frame without flags and escapes: address and control, protocol, information, FCS (section 3.1).

    LCP's codes 1 to 7 are framed as if nothing had been agreed upon, but for the FCS (RFC 1661, section 5). Raises
    CourseError for a protocol number that cannot be sent: its high byte is even, its low byte odd (RFC 1661, 2).
    """
    if not 0 <= frame.protocol <= 0xFFFF or frame.protocol & 0x0101 != 0x0001:
        raise CourseError(f"{frame.protocol:#06x} is no protocol number of PPP: its high byte is even, the low one odd")
    framing = _framing_of(frame, framing)
    head = b"" if framing.compress_address_control else ADDRESS_CONTROL
    # 00FF is never sent as FF: a receiver would take it for the address.
    short = framing.compress_protocol and frame.protocol < 0xFF
    data = head + frame.protocol.to_bytes(1 if short else 2, "big") + frame.information
    return data + framing.fcs.of(data)


def stuff(data: bytes, accm: int = ALL_CONTROL_CHARACTERS) -> bytes:
    """The bytes with an escape before each that must not be on the line as it is (section 4.2)."""
    stuffed = bytearray()
    for byte in data:
        if byte in (FLAG, ESCAPE) or _is_mapped(byte, accm):
            stuffed += bytes([ESCAPE, byte ^ TOGGLED])
        else:
            stuffed.append(byte)
    return bytes(stuffed)


def encode(frame: Frame, framing: Framing = DEFAULT) -> bytes:
    """The frame as it goes over the line, between two flags. Raises CourseError as `content` does."""
    accm = _framing_of(frame, framing).accm
    return bytes([FLAG]) + stuff(content(frame, framing), accm) + bytes([FLAG])


class Decoder:
    """Bytes as they come from the line, in pieces of any size, to frames.

    It takes address, control and protocol whole or left out, as they come: they cannot be confused (RFC 1661, 6.6).
    """

    def __init__(self, accm: int = ALL_CONTROL_CHARACTERS, fcs: FCS = FCS.BITS_16, limit: int = MRU) -> None:
        """`accm`: bytes below 32 that the sender escapes, so that bare ones come from a modem and are taken away.

        `limit`: no frame may be longer than a full one with so many bytes of information. `accm` and `fcs` may be set
        when others are agreed on.
        """
        self.accm = accm
        self.fcs = fcs
        self._limit = limit
        self._content = bytearray()
        self._escaped = False
        self._hunting = True

    def feed(self, data: bytes) -> list[Frame | InvalidFrame]:
        """The frames that end with these bytes, in order, the invalid ones too; nothing is raised.

        What comes before the first flag is no frame, nor is nothing between two flags (section 4.4).
        """
        found: list[Frame | InvalidFrame] = []
        for byte in data:
            if byte == FLAG:
                found += self._end()
            elif self._hunting or _is_mapped(byte, self.accm):
                continue
            elif byte == ESCAPE and not self._escaped:
                self._escaped = True
            else:
                found += self._append(byte)
        return found

    def _append(self, byte: int) -> list[InvalidFrame]:
        self._content.append(byte ^ TOGGLED if self._escaped else byte)
        self._escaped = False
        if len(self._content) <= self._limit + len(ADDRESS_CONTROL) + 2 + self.fcs.value:
            return []
        self._hunting = True  # whatever follows belongs to it, up to the next flag
        return [InvalidFrame(Reason.TOO_LONG, self._taken())]

    def _end(self) -> list[Frame | InvalidFrame]:
        escaped, taken = self._escaped, self._taken()
        self._escaped = self._hunting = False
        if escaped:
            return [InvalidFrame(Reason.ABORTED, taken)]
        return [_decoded(taken, self.fcs)] if taken else []

    def _taken(self) -> bytes:
        taken = bytes(self._content)
        self._content.clear()
        return taken


def fields(
    content: bytes, fcs: FCS = FCS.BITS_16, body: Callable[[bytes], list[Field]] | None = None
) -> list[Field]:
    """What each byte of a frame without flags and escapes means, in order; nothing is raised.

    `body` explains the information, of which it gets the bytes; without it they are one field.
    """
    start, size = _header_size(content)
    end = len(content) - fcs.value
    if len(content) < 2 + fcs.value or start + size > end:
        meaning = "too short for a frame"
        return [Field("not understood", 0, len(content), content.hex(" "), meaning, layer=_LAYER)] if content else []
    found = []
    if start:
        found = [
            Field("address", 0, 1, "ff", "all stations: there is only one at the other end", _FRAME, layer=_LAYER),
            Field("control", 1, 1, "03", "unnumbered information: nothing is acknowledged", _FRAME, layer=_LAYER),
        ]
    protocol = int.from_bytes(content[start : start + size], "big")
    meaning = "what the information is"
    found.append(Field("protocol", start, size, _protocol_name(protocol), meaning, _FRAME, layer=_LAYER))
    start += size
    information = content[start:end]
    if body is not None:
        found += shifted(body(information), start)
    elif information:
        found.append(Field("information", start, len(information), information.hex(" "), "the packet", _FRAME))
    verdict = "right" if fcs.is_good(content) else f"wrong, it should be {fcs.of(content[:end]).hex(' ')}"
    value = f"{content[end:].hex(' ')} ({verdict})"
    meaning = "Frame Check Sequence over all before it, lowest byte first"
    return found + [Field("FCS", end, fcs.value, value, meaning, _CHECK, layer=_LAYER)]


def _framing_of(frame: Frame, framing: Framing) -> Framing:
    plain = frame.protocol == Protocol.LCP and 1 <= int.from_bytes(frame.information[:1], "big") <= _LAST_LINK_CODE
    return replace(DEFAULT, fcs=framing.fcs) if plain else framing


def _is_mapped(byte: int, accm: int) -> bool:
    """True for a byte whose bit is set; the map has 32 of them."""
    return bool(accm >> byte & 1)


def _header_size(content: bytes) -> tuple[int, int]:
    """Bytes of address and control, and of the protocol: an odd byte ends its number (RFC 1661, 6.5)."""
    start = len(ADDRESS_CONTROL) if content.startswith(ADDRESS_CONTROL) else 0
    return start, 1 if content[start : start + 1] and content[start] & 1 else 2


def _decoded(content: bytes, fcs: FCS) -> Frame | InvalidFrame:
    if len(content) < 2 + fcs.value:
        return InvalidFrame(Reason.TOO_SHORT, content)
    if not fcs.is_good(content):
        return InvalidFrame(Reason.FCS, content)
    data = content[: -fcs.value]
    if data[0] == ADDRESS_CONTROL[0] and not data.startswith(ADDRESS_CONTROL):
        return InvalidFrame(Reason.ADDRESS, content)
    start, size = _header_size(data)
    protocol = int.from_bytes(data[start : start + size], "big")
    if not protocol & 1:  # nothing at all is 0, too
        return InvalidFrame(Reason.PROTOCOL, content)
    return Frame(protocol, data[start + size :])


def _protocol_name(number: int) -> str:
    known = {protocol.value: protocol.name for protocol in Protocol}
    return f"{known[number]} (0x{number:04x})" if number in known else f"0x{number:04x}"


def _fcs_16_table() -> list[int]:
    """What each byte does to the register: eight steps of division at once (appendix C.2)."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x8408 if byte & 1 else 0)
        table.append(byte)
    return table


_FCS_16_TABLE = _fcs_16_table()
