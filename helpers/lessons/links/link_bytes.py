"""What packets cost on a link: as a table of what crossed a serial line, and as bars side by side for several links.

Bytes on a line are read in what has crossed it; on Ethernet they are the same for each frame. Escapes are counted
apart, because they are chance: all texts leave them out, so that they are the same on every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.draw.bars import Bar, Piece, bars
from helpers.draw.drawing import text_width
from helpers.draw.grid import Block, Grid
from helpers.draw.picture import Picture
from helpers.lessons.links import ppp, slip
from helpers.lessons.links.line_ends import TYPES
from helpers.lessons.links.van_jacobson import PacketType, TypedPacket, from_slip
from helpers.trace import Trace, Transmission

ETHERNET_HEADER, ETHERNET_FCS = 14, 4
"""Two addresses and the type; the check sequence, which the card adds and takes away (IEEE 802.3, section 3.1)."""
LEAST_ETHERNET_PACKET = 46
"""Bytes: a shorter packet is filled up (RFC 894)."""
LONGEST = 40
"""Bytes of data that are drawn; more are cut."""
BYTE = 6.0
"""Pixels for a byte."""
SENT_AS = {
    PacketType.IP: "the packet",
    PacketType.UNCOMPRESSED_TCP: "the packet, to be remembered",
    PacketType.COMPRESSED_TCP: "what has changed",
}
COLUMNS = ("from", "segment", "packet", "sent as", "on the line", "came out")


@dataclass(frozen=True)
class LinkCost:
    """The bytes of one packet on a link."""

    packet: TypedPacket
    """As it was sent, and so with its headers compressed where they were."""
    framing: int
    """Bytes around it: where it begins and ends, for whom and what it is, a check sequence."""
    escapes: int = 0
    """Bytes more because some byte of it must not be on the line as it is."""

    @property
    def without_escapes(self) -> int:
        """The bytes that do not depend on what the packet contains."""
        return self.framing + len(self.packet.data)


def on_ethernet(packet: bytes) -> LinkCost:
    """The packet in a frame. The preamble before and the gap behind it are left out, as in all counts of frames."""
    filled_up = max(0, LEAST_ETHERNET_PACKET - len(packet))
    return LinkCost(TypedPacket(PacketType.IP, packet), ETHERNET_HEADER + ETHERNET_FCS + filled_up)


def on_line(sent: bytes) -> LinkCost | None:
    """What has crossed a serial line for one packet: SLIP or CSLIP if it begins with END, PPP if with a flag.

    None for anything else.
    """
    packets = list(map(from_slip, slip.Decoder().feed(sent))) if sent.startswith(slip.END) else []
    escapes = sent.count(slip.ESC)
    if sent[:1] == bytes([ppp.FLAG]):
        opened = [ppp.opened(frame) for frame in ppp.Decoder().feed(sent) if frame is not None]
        packets = [TypedPacket(TYPES[protocol], data) for protocol, data in opened if protocol in TYPES]
        escapes = sent.count(ppp.ESCAPE)
    if len(packets) != 1:
        return None
    return LinkCost(packets[0], len(sent) - escapes - len(packets[0].data), escapes)


def transmissions(trace: Trace, sender: str | None = None) -> Grid:
    """Each packet that crossed a serial line, or those of one sender: as what, in how many bytes, what came out."""
    segments = {id(frame): str(segment) for frame, segment in trace.segments()}
    chosen = [crossed for crossed in trace.transmissions if sender in (None, crossed.sender)]
    rows = tuple(_row(trace, crossed, segments) for crossed in chosen)
    block = Block("Bytes on the line are counted without escapes.", COLUMNS, rows, "nothing crossed a serial line")
    return Grid("", (block,), str(trace.source))


def _row(trace: Trace, crossed: Transmission, segments: Mapping[int, str]) -> tuple[str, ...]:
    frame, cost = trace.frames[crossed.frame], on_line(crossed.sent)
    packet = frame.data[ETHERNET_HEADER:]
    came = "the same" if crossed.delivered == (packet,) else "another packet"
    return (
        crossed.sender,
        segments.get(id(frame), "-"),
        f"{len(packet)} bytes",
        SENT_AS[cost.packet.type] if cost else "-",
        f"{cost.without_escapes if cost else len(crossed.sent)} bytes",
        ("a bit was flipped: " if crossed.damaged else "")
        + (came if crossed.delivered else f"nothing: {crossed.dropped}"),
    )


def packet_bytes(runs: Mapping[str, Trace], which: Mapping[str, int]) -> Picture:
    """How many bytes the packets of a conversation have on each link.

    `runs` are traces of one conversation, each by the name of its link; one without transmissions is on Ethernet.
    `which` names the packets to compare, by their place among the trace's segments.
    """
    rows = [Bar("", LEGEND, "dark: escapes in this run")]
    words = ["Bytes on the link: framing + headers + data, without escapes"]
    width = max(map(len, runs))
    for name, place in which.items():
        rows.append(Bar(f"{name}:", ()))
        words.append(f"{name}:")
        for link, trace in runs.items():
            cost, data = _cost(trace, place)
            headers = len(cost.packet.data) - data
            sum_ = f"{cost.framing} + {headers} + {data} = {cost.without_escapes}"
            words.append(f"  {link:{width}}  {sum_}")
            escapes = f" with {cost.escapes} escapes" if cost.escapes else ""
            rows.append(Bar(link, _pieces(cost, headers, data), f"{cost.without_escapes + cost.escapes}{escapes}"))
    alt = f"Bars: bytes of {', '.join(which)} on {', '.join(runs)}."
    words += dict.fromkeys(str(trace.source) for trace in runs.values())
    most = max(sum(piece.amount for piece in row.pieces) for row in rows)
    return bars("Bytes on the link", rows, words, alt, BYTE * most)


LEGEND = [Piece(12, "frame", "framing"), Piece(25, "shade", "headers of IP, TCP"), Piece(10, "card", "data")]
"""A first bar that says what the boxes are."""


def _cost(trace: Trace, place: int) -> tuple[LinkCost, int]:
    """The cost of a segment, and the bytes of TCP's data in it."""
    frame, segment = trace.segments()[place]
    numbers = [number for number, each in enumerate(trace.frames) if each is frame]
    sent = [cost for each in trace.transmissions if each.frame in numbers if (cost := on_line(each.sent))]
    return (sent[0] if sent else on_ethernet(frame.data[ETHERNET_HEADER:])), segment.length


def _pieces(cost: LinkCost, headers: int, data: int) -> list[Piece]:
    drawn = min(data, LONGEST)
    pieces = [
        (cost.framing, "frame", str(cost.framing)),
        (headers, "shade", str(headers)),
        (drawn, "card", str(data) if drawn == data else f"... {data} ..."),
        (cost.escapes, "muted", ""),
    ]
    return [Piece(size, fill, sign if _fits(sign, size) else "") for size, fill, sign in pieces if size]


def _fits(sign: str, size: int) -> bool:
    return text_width(sign, 13, bold=True) + 4 <= BYTE * size
