"""SLIP, the Serial Line IP (RFC 1055): where a packet ends on a line that carries bytes and nothing else.

A byte END stands after each packet. Where a packet has that byte itself, two others go in its place, and two for the
byte that begins such a pair. That is all: no length, no type, no check; whoever gets the packet must find damage.
Nothing here does I/O.
"""

from __future__ import annotations

from helpers.fields.field import Field

END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD
"""END ends a packet; ESC ESC_END stands for a byte END in it, ESC ESC_ESC for a byte ESC."""
LIMIT = 1006
"""Bytes of the longest packet, headers included: those of Berkeley's drivers, which all should accept."""
SOURCE = "RFC 1055"

_MEANT_BY = {ESC_END: END, ESC_ESC: ESC}
_ESCAPED = {byte: bytes([ESC, second]) for second, byte in _MEANT_BY.items()}


def encode(packet: bytes) -> bytes:
    """The packet as it goes over the line: END, the bytes with END and ESC replaced, END.

    The first END is the RFC's recommendation (by Phil Karn): it ends what noise on the idle line has made, so that
    this does not become the packet's beginning.
    """
    escaped = packet.replace(bytes([ESC]), _ESCAPED[ESC]).replace(bytes([END]), _ESCAPED[END])
    return bytes([END]) + escaped + bytes([END])


class Decoder:
    """Bytes as they come from the line, in pieces of any size, to packets. None of them is an error, damaged or not."""

    def __init__(self, limit: int = LIMIT) -> None:
        """`limit`: how many bytes a packet may have. Of a longer one nothing is kept."""
        self._limit = limit
        self._packet = bytearray()
        self._escaped = False
        self._overlong = False
        self.violations = 0
        """How many ESC were not followed by ESC_END or ESC_ESC."""
        self.too_long = 0
        """How many packets were thrown away because they were over the limit."""

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that end with these bytes, in order; nothing is raised.

        Between two END is no packet. A byte after ESC that has no business there is taken as it is and counted, as the
        RFC's own program does. END alone is not: that program would take it too and join two packets, here it always
        ends one, since there is no other way back into step. The RFC's program cuts a packet that is too long; here it
        is thrown away, and counted, since half a packet helps nobody.
        """
        packets: list[bytes] = []
        for byte in data:
            if byte == END:
                packets += self._end()
            elif byte == ESC and not self._escaped:
                self._escaped = True
            else:
                self._append(byte)
        return packets

    def _append(self, byte: int) -> None:
        if self._escaped:
            self.violations += byte not in _MEANT_BY
            byte = _MEANT_BY.get(byte, byte)
            self._escaped = False
        if len(self._packet) < self._limit:
            self._packet.append(byte)
        else:
            self._overlong = True

    def _end(self) -> list[bytes]:
        """The packet that END has ended, if there is one."""
        self.violations += self._escaped
        self.too_long += self._overlong
        found = [bytes(self._packet)] if self._packet and not self._overlong else []
        self._packet.clear()
        self._escaped = self._overlong = False
        return found


def fields(line: bytes) -> list[Field]:
    """What each byte on the line means, in order; nothing is raised."""
    found: list[Field] = []
    start = 0
    while start < len(line):
        if line[start] == END:
            field = Field("END", start, 1, "c0", "ends a packet, or what noise has made before one", SOURCE)
        elif line[start] == ESC:
            field = _pair(line, start)
        else:
            end = start + 1
            while end < len(line) and line[end] not in (END, ESC):
                end += 1
            field = Field("data", start, end - start, line[start:end].hex(" "), "the packet's own bytes", SOURCE)
        found.append(field)
        start += field.length
    return found


def _pair(line: bytes, start: int) -> Field:
    """ESC with the byte after it, read as `Decoder` does."""
    pair = line[start : start + 2]
    if len(pair) == 1 or pair[1] == END:
        return Field("ESC", start, 1, "db", "has no second byte", SOURCE)
    if pair[1] not in _MEANT_BY:
        meaning = "no pair that SLIP has: the second byte is taken as it is"
        return Field("ESC", start, 2, pair.hex(" "), meaning, SOURCE)
    name = "ESC ESC_END" if pair[1] == ESC_END else "ESC ESC_ESC"
    return Field(name, start, 2, pair.hex(" "), f"stands for a byte {_MEANT_BY[pair[1]]:02x} of the packet", SOURCE)
