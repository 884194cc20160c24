"""PPP's frames on a serial line (RFC 1662): flags around them, a type before the packet, a check sequence behind it.

A frame is FLAG, address FF, control 03, protocol, information, FCS, FLAG. Where a byte in it is a flag or one that the
line's modems might swallow, an escape and a changed byte go in its place. scapy knows the header, and nothing of flags,
escapes and FCS; so all of the framing is here. What the two ends agree on before the first packet is in ppp_control.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader

FLAG, ESCAPE = 0x7E, 0x7D
TOGGLED = 0x20
"""The bit that is turned over in a byte behind an escape (section 4.2)."""
ADDRESS_CONTROL = b"\xff\x03"
"""All stations; unnumbered information (section 3.1)."""
IP, COMPRESSED_TCP, UNCOMPRESSED_TCP = 0x0021, 0x002D, 0x002F
"""Protocol numbers (RFC 1332, sections 2 and 4)."""
GOOD_FCS = 0xF0B8
"""What the register comes to over a frame with its right FCS (appendix C.2)."""
SHORTEST = 4
"""Bytes of a frame: an invalid one is shorter (section 4.3)."""


@dataclass(frozen=True)
class Framing:
    """How a sender makes its frames: the defaults until its peer has agreed to something else (section 7)."""

    accm: int = 0xFFFFFFFF
    """Async-Control-Character-Map: each bit is a byte below 32 that is escaped, bit 0 for byte 0 (section 7.1)."""
    compress_address_control: bool = False
    """Leave the bytes FF 03 out (RFC 1661, section 6.6)."""
    compress_protocol: bool = False
    """Send a protocol number below 256 in one byte (RFC 1661, section 6.5)."""

    def escapes(self, byte: int) -> bool:
        """Whether this byte must not be on the line as it is."""
        return byte in (FLAG, ESCAPE) or bool(byte < TOGGLED and self.accm >> byte & 1)


DEFAULT = Framing()


def register(data: bytes) -> int:
    """The division by x**16 + x**12 + x**5 + 1, lowest bit of each byte first (appendix C.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def fcs(data: bytes) -> bytes:
    """The check sequence of address, control, protocol and information; lowest byte first, unlike all of IP."""
    return (register(data) ^ 0xFFFF).to_bytes(2, "little")


def encode(protocol: int, information: bytes, framing: Framing = DEFAULT) -> bytes:
    """A frame as it goes over the line, between two flags."""
    head = b"" if framing.compress_address_control else ADDRESS_CONTROL
    size = 1 if framing.compress_protocol and protocol < 0x100 else 2
    data = head + protocol.to_bytes(size, "big") + information
    line = bytearray([FLAG])
    for byte in data + fcs(data):
        line += bytes([ESCAPE, byte ^ TOGGLED]) if framing.escapes(byte) else bytes([byte])
    return bytes([*line, FLAG])


class Decoder:
    """Bytes as they come from the line, in pieces of any size, to frames."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> list[bytes | None]:
        """The frames that end with these bytes, without flags and escapes; None for one whose FCS is wrong.

        Nothing between two flags is no frame (section 4.4); too short a one is passed over (section 4.3).
        """
        *ended, self._begun = (self._begun + data).split(bytes([FLAG]))
        found = [(line, _unescaped(line)) for line in ended]
        whole = [(line, frame) for line, frame in found if len(frame) >= SHORTEST]
        # A sender takes a frame back by an escape before the flag.
        return [frame if register(frame) == GOOD_FCS and line[-1] != ESCAPE else None for line, frame in whole]


def _unescaped(line: bytes) -> bytes:
    frame, toggled = bytearray(), 0
    for byte in line:
        if byte == ESCAPE:
            toggled = TOGGLED
        else:
            frame.append(byte ^ toggled)
            toggled = 0
    return bytes(frame)


def opened(frame: bytes) -> tuple[int, bytes]:
    """Protocol and information of a frame without flags and escapes, as of one that `Decoder` gives.

    Address, control and the protocol's first byte may be left out: they cannot be confused (RFC 1661, section 6.6).
    """
    start, size = _header(frame)
    return int.from_bytes(frame[start : start + size], "big"), frame[start + size : -2]


def _header(frame: bytes) -> tuple[int, int]:
    """Bytes of address and control, and of the protocol: an odd byte ends its number (RFC 1661, section 6.5)."""
    start = 2 if frame.startswith(ADDRESS_CONTROL) else 0
    return start, 1 if frame[start : start + 1] and frame[start] & 1 else 2


def fields(frame: bytes) -> list[Field]:
    """What each byte of a frame without flags and escapes means."""
    start, size = _header(frame)
    right = fcs(frame[:-2])
    verdict = "right" if frame[-2:] == right else f"wrong, it should be {right.hex(' ')}"
    with Reader(Part(frame, 0, len(frame)), "PPP", "RFC 1662 section 3.1") as read:
        if start:
            read.octets("address", 1, "all stations: there is only one at the other end")
            read.octets("control", 1, "unnumbered information: nothing is acknowledged")
        read.number("protocol", 8 * size, "what the information is", _protocol)
        read.octets("information", len(read.left) - 2, "the packet", _pairs)
        meaning = "Frame Check Sequence over all before it, lowest byte first"
        read.octets("FCS", 2, meaning, lambda sent: f"{sent.hex(' ')} ({verdict})", "RFC 1662 appendix C")
    return read.fields


def _pairs(data: bytes) -> str:
    return data.hex(" ")


def _protocol(number: int) -> str:
    names = {IP: "IP", COMPRESSED_TCP: "VAN_JACOBSON_COMPRESSED", UNCOMPRESSED_TCP: "VAN_JACOBSON_UNCOMPRESSED"}
    return f"{names[number]} (0x{number:04x})" if number in names else f"0x{number:04x}"
