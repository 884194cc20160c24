"""What a packet costs on a link: the bytes that the link puts around it, and those that it puts in between.

On a serial line these can be read in what has crossed it; on Ethernet they are the same for each frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.lessons.links import ppp, slip
from helpers.lessons.links.van_jacobson import PacketType, TypedPacket, from_slip

ETHERNET_HEADER, ETHERNET_FCS = 14, 4
"""Two addresses and the type; the check sequence, which the card adds and takes away (IEEE 802.3, section 3.1)."""
LEAST_ETHERNET_PACKET = 46
"""Bytes: a shorter packet is filled up (RFC 894)."""
_TYPE_OF: dict[int, PacketType] = {protocol: packet_type for packet_type, protocol in ppp.PROTOCOL_OF.items()}


class UnknownBytes(CourseError):
    """Bytes from a line that are not one packet of SLIP, CSLIP or PPP."""


@dataclass(frozen=True)
class LinkCost:
    """The bytes of one packet on a link."""

    packet: TypedPacket
    """As it was sent, and so with its headers compressed where they were."""
    framing: int
    """Bytes around it: where it begins and ends, for whom and what it is, a check sequence."""
    escapes: int = 0
    """Bytes more because some byte of it must not be on the line as it is. They are chance."""

    @property
    def total(self) -> int:
        """All bytes on the link."""
        return self.without_escapes + self.escapes

    @property
    def without_escapes(self) -> int:
        """The bytes that do not depend on what the packet contains."""
        return self.framing + len(self.packet.data)


def on_ethernet(packet: bytes) -> LinkCost:
    """The packet in a frame. The preamble before and the gap behind it are left out, as in all counts of frames."""
    filled_up = max(0, LEAST_ETHERNET_PACKET - len(packet))
    return LinkCost(TypedPacket(PacketType.IP, packet), ETHERNET_HEADER + ETHERNET_FCS + filled_up)


def on_line(sent: bytes) -> LinkCost:
    """What has crossed a serial line for one packet: SLIP or CSLIP if it begins with END, PPP if with a flag.

    Raises UnknownBytes for anything else.
    """
    if sent[:1] == bytes([slip.END]):
        packets = slip.Decoder(len(sent)).feed(sent)
        found = [from_slip(packet) for packet in packets]
        escapes = sent.count(slip.ESC)
    elif sent[:1] == bytes([ppp.FLAG]):
        frames = ppp.Decoder(accm=0, limit=len(sent)).feed(sent)  # what was escaped is known by its escape
        found = [_typed(frame) for frame in frames]
        escapes = sent.count(ppp.ESCAPE)
    else:
        raise UnknownBytes(f"a packet on a line begins with c0 or 7e, not with {sent[:1].hex() or 'nothing'}")
    if len(found) != 1:
        raise UnknownBytes(f"these {len(sent)} bytes are {len(found)} packets, not one")
    return LinkCost(found[0], len(sent) - escapes - len(found[0].data), escapes)


def _typed(frame: ppp.Frame | ppp.InvalidFrame) -> TypedPacket:
    if isinstance(frame, ppp.InvalidFrame):
        raise UnknownBytes(f"the frame is invalid: {frame.reason.value}")
    if frame.protocol not in _TYPE_OF:
        raise UnknownBytes(f"the frame carries the protocol {frame.protocol:#06x}, and no IP packet")
    return TypedPacket(_TYPE_OF[frame.protocol], frame.information)
