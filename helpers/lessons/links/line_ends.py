"""Both directions of one end of a serial line in one object, as `SerialLine` wants it: SLIP, CSLIP and PPP."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.errors import CourseError
from helpers.lab.serial_line import Discarded
from helpers.lessons.links import ppp, slip, van_jacobson
from helpers.lessons.links.van_jacobson import DecompressionError, PacketType, TypedPacket

_TYPE_OF: dict[int, PacketType] = {protocol: packet_type for packet_type, protocol in ppp.PROTOCOL_OF.items()}


class SlipEnd:
    """SLIP (RFC 1055)."""

    def __init__(self, limit: int = slip.LIMIT) -> None:
        """`limit`: bytes of the longest packet that it takes from the line."""
        self._decoder = slip.Decoder(limit)
        self._limit = limit

    def encode(self, packet: bytes) -> bytes:
        """The packet between two END."""
        return slip.encode(packet)

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets that end with these bytes, damaged or not: SLIP has no check."""
        before = self._decoder.too_long
        packets = self._decoder.feed(data)
        too_long = self._decoder.too_long - before
        return [*packets, *[Discarded(f"a packet was longer than {self._limit} bytes")] * too_long]


class CslipEnd:
    """CSLIP: SLIP with Van Jacobson's compressed headers (RFC 1144)."""

    def __init__(self, limit: int = slip.LIMIT) -> None:
        """`limit`: bytes of the longest packet, as compressed, that it takes from the line."""
        self._slip = SlipEnd(limit)
        self._compressor = van_jacobson.Compressor()
        self._decompressor = van_jacobson.Decompressor()

    def encode(self, packet: bytes) -> bytes:
        """The packet with its headers compressed, between two END. Raises CourseError for what is not IPv4."""
        return self._slip.encode(van_jacobson.to_slip(self._compressor.compress(packet)))

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets that end with these bytes, with their headers whole again."""
        return [self._decompressed(item) for item in self._slip.feed(data)]

    def _decompressed(self, item: bytes | Discarded) -> bytes | Discarded:
        if isinstance(item, Discarded):
            self._decompressor.toss()
            return item
        return _decompress(self._decompressor, van_jacobson.from_slip(item))


class PppEnd:
    """PPP in HDLC-like framing (RFC 1662), as after a negotiation whose result is given."""

    def __init__(self, framing: ppp.Framing = ppp.DEFAULT, compress_headers: bool = False) -> None:
        """`framing`: how both ends make their frames. `compress_headers`: Van Jacobson's, by RFC 1332."""
        self._framing = framing
        self._compressor = van_jacobson.Compressor() if compress_headers else None
        self._decompressor = van_jacobson.Decompressor()
        self._decoder = ppp.Decoder(framing.accm, framing.fcs)

    def encode(self, packet: bytes) -> bytes:
        """The packet in a frame. Raises CourseError for what is not IPv4, which IPCP does not speak of."""
        if packet[:1] and packet[0] >> 4 != 4:
            raise CourseError("this end of PPP has opened IPCP, which is for IPv4 alone")
        typed = self._compressor.compress(packet) if self._compressor else TypedPacket(PacketType.IP, packet)
        return ppp.encode(ppp.Frame(ppp.PROTOCOL_OF[typed.type], typed.data), self._framing)

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets of the frames that end with these bytes and whose check sequence is right."""
        return [self._taken(frame) for frame in self._decoder.feed(data)]

    def _taken(self, frame: ppp.Frame | ppp.InvalidFrame) -> bytes | Discarded:
        if isinstance(frame, ppp.InvalidFrame):
            self._decompressor.toss()
            return Discarded(f"a frame was thrown away: {frame.reason.value}")
        if frame.protocol not in _TYPE_OF:
            return Discarded(f"a frame carried the protocol {frame.protocol:#06x}, which is no IP packet")
        return _decompress(self._decompressor, TypedPacket(_TYPE_OF[frame.protocol], frame.information))


def _decompress(decompressor: van_jacobson.Decompressor, packet: TypedPacket) -> bytes | Discarded:
    try:
        return decompressor.decompress(packet)
    except DecompressionError as error:
        return Discarded(str(error))
