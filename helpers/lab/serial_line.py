"""A serial line between two hosts: their packets cross a pseudo-terminal (pty(7)) as bytes.

The IP packet is taken out of the frame, a codec (SLIP, CSLIP, PPP) makes bytes of it, and these are written into one
end of a pty in raw mode. What is read at the other end goes to that end's codec; a packet that comes out is put into
a frame again. All this happens while the frame is carried, and not in a thread of its own: so the line is quiet when
`Wire.settle` returns. The kernel's own SLIP and PPP would need root outside the lab, and would show no bytes.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from helpers.errors import CourseError, LabError, RuleUnused
from helpers.interrupts import uninterrupted
from helpers.lab.lans import Interface
from helpers.lab.recorder import Recorder
from helpers.trace import Frame, Transmission

if TYPE_CHECKING:
    from helpers.lab.host import Host
    from helpers.lab.wire import Wire

T = TypeVar("T")

ETHERNET_HEADER = 14
"""Bytes: two addresses and the type (RFC 894)."""
TYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}
"""The type of an Ethernet frame for each version of IP."""
PTY_PATIENCE = 5.0
"""Seconds that the kernel may take to hand a byte from one end of the pty to the other."""


@dataclass(frozen=True)
class Discarded:
    """Something that a codec threw away, and why, in words."""

    reason: str


class Codec(Protocol):
    """One end of a serial line: packets to bytes, and the other end's bytes to packets."""

    def encode(self, packet: bytes) -> bytes:
        """The bytes that go over the line for this packet. May raise, and then the packet is lost."""

    def feed(self, data: bytes) -> Sequence[bytes | Discarded]:
        """The packets that are complete with these bytes from the line. May raise, and then they are lost."""


@dataclass(frozen=True)
class End:
    """A host, and its interface at the line."""

    host: Host
    interface: Interface


@dataclass
class _Flip:
    """A bit that is to be flipped."""

    packet: int
    bit: int
    sender: str | None
    done: bool = False

    def __str__(self) -> str:
        whose = f" of {self.sender}" if self.sender else ""
        return f"flip bit {self.bit} of packet {self.packet}{whose}"


class SerialLine:
    """A pty between two hosts, made by `Wire.serial`. In a `with` block it ends with the block.

    wire.serial(client=SlipEnd(), server=SlipEnd())
    """

    def __init__(self, wire: Wire, recorder: Recorder, ends: Sequence[End], codecs: Mapping[str, Codec]) -> None:
        """Raises LabError where this machine gives no pty."""
        import tty  # not in Windows

        self.lan = ends[0].interface.lan
        self._wire, self._recorder = wire, recorder
        self._ends, self._codecs = ends, codecs
        self._sent: list[Transmission] = []
        self._flips: list[_Flip] = []
        self._lock = threading.RLock()
        try:
            descriptors = os.openpty()
        except OSError as error:
            raise LabError(f"this machine gives no pseudo-terminal for a serial line: {error.strerror}") from None
        tty.setraw(descriptors[1])
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)
        self._descriptors = dict(zip(codecs, descriptors, strict=True))
        self.introduce()

    @property
    def sent(self) -> tuple[Transmission, ...]:
        """What has crossed up to now, in both directions, each with its bytes; also kept in the trace."""
        return tuple(self._sent)

    def flip_bit(self, packet: int, bit: int, sender: str | None = None) -> None:
        """Damage a packet that is still to come: the nth of this line, or of one sender, counted from 1.

        Bit 0 is the first on the line, and the lowest of the first byte: a serial line sends each byte's lowest bit
        first. The end of the `with` block raises RuleUnused for a bit that never came.
        """
        self._flips.append(_Flip(packet, bit, sender))

    def carry(self, number: int, frame: Frame) -> Transmission:
        """Take a frame's packet to the other end. Called by the wire; `number` is the frame's place in the trace."""
        (receiver,) = (name for name in self._codecs if name != frame.sender)
        packet, ether_type = frame.data[ETHERNET_HEADER:], frame.data[12:ETHERNET_HEADER]
        with self._lock:
            received = b""
            delivered: tuple[bytes, ...] = ()
            sent, why = b"", f"a serial line carries IP packets, not Ethernet's type 0x{ether_type.hex()}"
            if ether_type in TYPES.values():
                sent, why = _attempt(lambda: bytes(self._codecs[frame.sender].encode(packet)), b"")
            if sent:
                received = self._transfer(frame.sender, receiver, self._damaged(frame.sender, sent))
                delivered, why = _taken_by(self._codecs[receiver], received)
            why = why if delivered or why else "no packet came out"
            crossed = Transmission(time.time_ns(), number, frame.sender, receiver, sent, received, delivered, why)
            self._sent.append(crossed)
            self._recorder.add_transmission(crossed)
            return crossed

    def introduce(self) -> None:
        """Tell each host the other's hardware address. Called at the beginning, and when one of them has restarted."""
        for mine, other in (self._ends, self._ends[::-1]):
            for address in other.interface.bare_addresses:
                mine.host.add_neighbour(address, other.interface.mac, mine.interface.name)

    def close(self) -> None:
        """End it: its hosts are on Ethernet again, and ask for hardware addresses. A second time it does nothing."""
        self._wire.end_serial(self)  # from here on no frame is carried over it
        with self._lock, uninterrupted():
            descriptors, self._descriptors = self._descriptors, {}
            for descriptor in descriptors.values():
                os.close(descriptor)
        for mine, other in (self._ends, self._ends[::-1]) if descriptors else ():
            for address in other.interface.bare_addresses:
                with contextlib.suppress(OSError, LabError):  # its network may be closed
                    mine.host.remove_neighbour(address, mine.interface.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it. Raises RuleUnused if a bit was not flipped, unless another error is on its way."""
        try:
            if kind is None:
                self._wire.settle()
        finally:
            self.close()
        unused = [flip for flip in self._flips if not flip.done]
        if unused and kind is None:
            raise RuleUnused(f"«{unused[0]}» never happened: the serial line's transmissions: {len(self._sent)}")

    def _damaged(self, sender: str, data: bytes) -> bytes:
        """The bytes with the bits flipped that are to be."""
        changed = bytearray(data)
        for flip in self._flips:
            before = sum(flip.sender in (None, crossed.sender) for crossed in self._sent)
            if flip.sender in (None, sender) and flip.packet == before + 1 and 0 <= flip.bit < 8 * len(data):
                changed[flip.bit // 8] ^= 1 << flip.bit % 8
                flip.done = True
        return bytes(changed)

    def _transfer(self, sender: str, receiver: str, data: bytes) -> bytes:
        """Through the pty: as many bytes as go in must come out."""
        inside, outside = self._descriptors[sender], self._descriptors[receiver]
        came = bytearray()
        rest = memoryview(data)
        with uninterrupted():  # bytes left in the pty would be taken for the next packet's
            while len(came) < len(data):
                with contextlib.suppress(BlockingIOError):  # full: read first
                    rest = rest[os.write(inside, rest) :]
                if not select.select([outside], [], [], PTY_PATIENCE)[0]:
                    break
                came += os.read(outside, len(data))
        return bytes(came)


def framed(frame: Frame, packet: bytes) -> bytes:
    """A packet that came over the line, in an Ethernet frame with the addresses of the one that was sent."""
    return frame.data[:12] + _type(packet) + packet


def _type(packet: bytes) -> bytes:
    """The Ethernet type for a packet by its version; b"" for what is no IP packet."""
    return TYPES.get(packet[0] >> 4, b"") if packet else b""


def _taken_by(codec: Codec, data: bytes) -> tuple[tuple[bytes, ...], str]:
    """The packets that come out at an end, and why others do not."""
    nothing: list[bytes | Discarded] = []
    items, failure = _attempt(lambda: list(codec.feed(data)), nothing)
    refusals = [_refusal(item) for item in items]
    packets = [item for item, why in zip(items, refusals, strict=True) if isinstance(item, bytes) and not why]
    return tuple(packets), "; ".join(filter(None, [failure, *refusals]))


def _refusal(item: object) -> str:
    """Why what a codec has given is not delivered; "" for an IP packet."""
    if isinstance(item, Discarded):
        return item.reason
    if not isinstance(item, bytes):
        return f"feed() must return a list of packets, and there was {item!r} in it"
    return "" if _type(item) else "what came out is no IP packet: its version is neither 4 nor 6"


def _attempt(step: Callable[[], T], otherwise: T) -> tuple[T, str]:
    """What a codec's step gives, or why it failed: a reader's own codec may raise anything, and the wire goes on."""
    try:
        return step(), ""
    except CourseError as error:
        return otherwise, str(error)
    except Exception as error:
        return otherwise, f"{type(error).__name__}: {error}"
