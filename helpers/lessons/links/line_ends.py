"""One end of a serial line, both directions in one object, as `SerialLine` wants it: SLIP, CSLIP and PPP."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.errors import CourseError
from helpers.lab.serial_line import Discarded
from helpers.lessons.links import ppp, slip
from helpers.lessons.links.van_jacobson import Compressor, Decompressor, PacketType, TypedPacket, from_slip, to_slip

PROTOCOLS = {
    PacketType.IP: ppp.IP,
    PacketType.UNCOMPRESSED_TCP: ppp.UNCOMPRESSED_TCP,
    PacketType.COMPRESSED_TCP: ppp.COMPRESSED_TCP,
}
"""How PPP says as what an IP packet was sent (RFC 1332, section 4)."""
TYPES = {protocol: packet_type for packet_type, protocol in PROTOCOLS.items()}


class SlipEnd:
    """SLIP (RFC 1055)."""

    def __init__(self) -> None:
        self._decoder = slip.Decoder()

    def encode(self, packet: bytes) -> bytes:
        """The packet between two END."""
        return slip.encode(packet)

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets that end with these bytes, damaged or not: SLIP has no check."""
        return self._decoder.feed(data)


class CslipEnd:
    """CSLIP: SLIP with Van Jacobson's compressed headers (RFC 1144)."""

    def __init__(self) -> None:
        self._decoder, self._compressor, self._decompressor = slip.Decoder(), Compressor(), Decompressor()

    def encode(self, packet: bytes) -> bytes:
        """The packet with its headers compressed, between two END."""
        _check_version(packet)
        return slip.encode(to_slip(self._compressor.compress(packet)))

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets that end with these bytes, with their headers whole again."""
        return [self._decompressor.decompress(from_slip(packet)) for packet in self._decoder.feed(data)]


class PppEnd:
    """PPP in HDLC-like framing (RFC 1662), as after a negotiation whose result is given."""

    def __init__(self, framing: ppp.Framing = ppp.DEFAULT, compress_headers: bool = False) -> None:
        """`framing`: how both ends make their frames. `compress_headers`: Van Jacobson's, by RFC 1332."""
        self._framing = framing
        self._compressor = Compressor() if compress_headers else None
        self._decompressor, self._decoder = Decompressor(), ppp.Decoder()

    def encode(self, packet: bytes) -> bytes:
        """The packet in a frame."""
        _check_version(packet)
        typed = self._compressor.compress(packet) if self._compressor else TypedPacket(PacketType.IP, packet)
        return ppp.encode(PROTOCOLS[typed.type], typed.data, self._framing)

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets of the frames that end with these bytes and whose check sequence is right."""
        return [self._packet(frame) for frame in self._decoder.feed(data)]

    def _packet(self, frame: bytes | None) -> bytes | Discarded:
        if frame is None:
            self._decompressor.toss()
            return Discarded("a frame was thrown away: its check sequence is wrong")
        protocol, information = ppp.opened(frame)
        if protocol not in TYPES:
            return Discarded(f"a frame carried the protocol {protocol:#06x}, which is no IP packet")
        return self._decompressor.decompress(TypedPacket(TYPES[protocol], information))


def _check_version(packet: bytes) -> None:
    """Raises CourseError for what is not IPv4: CSLIP knows a packet by its first four bits, IPCP is for IPv4 alone."""
    if packet[0] >> 4 != 4:
        raise CourseError("this end of the line is for IPv4 alone")
