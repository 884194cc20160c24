"""SLIP, the Serial Line IP (RFC 1055): where a packet ends on a line that carries bytes and nothing else.

A byte END stands after each packet. Where a packet has that byte itself, two others go in its place, and two for the
byte that begins such a pair. That is all: no length, no type, no check. The decoder keeps the bytes as they stood on
the line until END comes, and undoes the escapes then: a state for each byte would be needed only if packets were used
before they are complete.
"""

from __future__ import annotations

import re

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader

END, ESC = b"\xc0", b"\xdb"
_MEANT_BY = {b"\xdc": END, b"\xdd": ESC}
_RUN = re.compile(rb"[^\xc0\xdb]*")


def encode(packet: bytes) -> bytes:
    """The packet as it goes over the line: END, the bytes with END and ESC replaced, END.

    The first END is the RFC's recommendation (by Phil Karn): it ends what noise on the idle line has made, so that
    this does not become the packet's beginning.
    """
    return END + packet.replace(ESC, ESC + b"\xdd").replace(END, ESC + b"\xdc") + END


class Decoder:
    """Bytes as they come from the line, in pieces of any size, to packets. None of them is an error, damaged or not."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that end with these bytes, in order. Between two END is none."""
        *ended, self._begun = (self._begun + data).split(END)
        return [packet for line in ended if (packet := _unescaped(line))]


def _unescaped(line: bytes) -> bytes:
    """A byte after ESC that has no business there is taken as it is, as the RFC's own program does."""
    return re.sub(rb"\xdb(.?)", lambda pair: _MEANT_BY.get(pair[1], pair[1]), line, flags=re.DOTALL)


def fields(line: bytes) -> list[Field]:
    """What each byte on the line means."""
    with Reader(Part(line, 0, len(line)), "SLIP", "RFC 1055") as read:
        while left := read.left.data:
            second = left[1:2]
            if left.startswith(END):
                read.octets("END", 1, "ends a packet, or what noise has made before one")
            elif second in _MEANT_BY and left.startswith(ESC):
                name = "ESC ESC_END" if _MEANT_BY[second] == END else "ESC ESC_ESC"
                read.octets(name, 2, f"stands for a byte {_MEANT_BY[second].hex()} of the packet", _pairs)
            elif left.startswith(ESC):
                read.octets("ESC", 1, "begins no pair that SLIP has: the next byte is taken as it is")
            else:
                run = _RUN.match(left)
                read.octets("data", len(run[0]) if run else 0, "the packet's own bytes", _pairs)
    return read.fields


def _pairs(data: bytes) -> str:
    return data.hex(" ")
