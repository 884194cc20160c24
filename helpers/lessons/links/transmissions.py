"""What crossed a serial line, as a table: one row for each packet."""

from __future__ import annotations

from helpers.draw.grid import Block, Grid
from helpers.lessons.links.link_cost import UnknownBytes, on_line
from helpers.lessons.links.van_jacobson import PacketType
from helpers.trace import Frame, Trace, Transmission

ETHERNET_HEADER = 14
SENT_AS = {
    PacketType.IP: "the packet",
    PacketType.UNCOMPRESSED_TCP: "the packet, to be remembered",
    PacketType.COMPRESSED_TCP: "what has changed",
    PacketType.ERROR: "no packet",
}
COLUMNS = ("from", "segment", "packet", "sent as", "on the line", "came out")


def transmissions(trace: Trace, sender: str | None = None) -> Grid:
    """Each packet that crossed a serial line, or those of one sender: as what, in how many bytes, what came out.

    Bytes on the line are counted without escapes, so that the table is the same on every run. Raises TraceError for an
    unknown sender.
    """
    if sender is not None:
        trace.table(sender)  # for its error
    segments = {id(frame): str(segment) for frame, segment in trace.segments()}
    chosen = [crossed for crossed in trace.transmissions if sender in (None, crossed.sender)]
    rows = tuple(_row(trace, crossed, segments) for crossed in chosen)
    part = Block("Bytes on the line are counted without escapes.", COLUMNS, rows, "nothing crossed a serial line")
    return Grid("", (part,), str(trace.source))


def _row(trace: Trace, crossed: Transmission, segments: dict[int, str]) -> tuple[str, ...]:
    frame = trace.frames[crossed.frame] if crossed.frame is not None else None
    packet = frame.data[ETHERNET_HEADER:] if frame is not None else b""
    sent_as, size = _on_the_line(crossed.sent)
    segment = segments.get(id(frame), "-") if frame is not None else "bytes that no host sent"
    return crossed.sender, segment, f"{len(packet)} bytes" if packet else "-", sent_as, size, _came_out(crossed, frame)


def _on_the_line(sent: bytes) -> tuple[str, str]:
    try:
        cost = on_line(sent)
    except UnknownBytes:
        return "-", f"{len(sent)} bytes" if sent else "nothing"
    return SENT_AS[cost.packet.type], f"{cost.without_escapes} bytes"


def _came_out(crossed: Transmission, frame: Frame | None) -> str:
    damage = "a bit was flipped: " if crossed.damaged else ""
    if not crossed.delivered:
        return f"{damage}nothing: {crossed.dropped}"
    same = frame is not None and crossed.delivered == (frame.data[ETHERNET_HEADER:],)
    return damage + ("the same" if same else "another packet")
