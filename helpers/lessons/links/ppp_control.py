"""How the two ends of a PPP line come to terms: LCP for the line itself (RFC 1661), IPCP for IP over it (RFC 1332).

Each end asks for what it wants in a Configure-Request. The other acknowledges it (Ack), proposes other values (Nak) or
says which options it does not know or want (Reject), until both requests have been acknowledged. `encode` and `decode`
turn packets to bytes and back, `fields` explains their bytes, `Negotiation` is one end. Nothing here does I/O.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from helpers.errors import CourseError
from helpers.fields.field import Field
from helpers.lessons.links.ppp import MRU, Protocol

MAX_FAILURE = 5
"""After so many Naks an option is rejected, since the two do not come to terms (RFC 1661, section 4.6)."""

_HEADER = struct.Struct(">BBH")
_MAGIC = struct.Struct(">I")


class Code(IntEnum):
    """What a packet is (RFC 1661, section 5). IPCP has those up to CODE_REJECT (RFC 1332, section 2)."""

    CONFIGURE_REQUEST = 1
    CONFIGURE_ACK = 2
    CONFIGURE_NAK = 3
    CONFIGURE_REJECT = 4
    TERMINATE_REQUEST = 5
    TERMINATE_ACK = 6
    CODE_REJECT = 7
    PROTOCOL_REJECT = 8
    ECHO_REQUEST = 9
    ECHO_REPLY = 10
    DISCARD_REQUEST = 11


_CODES = frozenset(Code)
_WITH_OPTIONS = (Code.CONFIGURE_REQUEST, Code.CONFIGURE_ACK, Code.CONFIGURE_NAK, Code.CONFIGURE_REJECT)
_WITH_MAGIC = (Code.ECHO_REQUEST, Code.ECHO_REPLY, Code.DISCARD_REQUEST)
_OF_LCP_ALONE = (Code.PROTOCOL_REJECT, *_WITH_MAGIC)


class LCPOption(IntEnum):
    """Options of the line (RFC 1661, section 6; RFC 1662, section 7.1)."""

    MRU = 1
    ACCM = 2
    MAGIC_NUMBER = 5
    PROTOCOL_FIELD_COMPRESSION = 7
    ADDRESS_CONTROL_FIELD_COMPRESSION = 8


class IPCPOption(IntEnum):
    """Options of IP over the line (RFC 1332, section 3)."""

    IP_COMPRESSION_PROTOCOL = 2
    IP_ADDRESS = 3


class ControlError(CourseError):
    """A packet of LCP or IPCP that cannot be decoded or sent. A receiver discards it and goes on."""


@dataclass(frozen=True)
class Option:
    """One option of a Configure packet: its type is an `LCPOption` or `IPCPOption`, or the number of another one."""

    type: int
    data: bytes = b""


@dataclass(frozen=True)
class Packet:
    """A packet of LCP or IPCP: the information of a frame with that protocol number."""

    code: int
    identifier: int
    """From 0 to 255; an answer repeats that of its request."""
    data: bytes = b""

    @property
    def options(self) -> tuple[Option, ...]:
        """Its data as options, for the four Configure codes. Raises ControlError for data that are none."""
        return tuple(option for _, option in _options(self.data))


def mru(size: int) -> Option:
    """Maximum-Receive-Unit: the most bytes of information that I take (RFC 1661, section 6.1).

    This and the other makers of options raise ControlError for a number that does not fit.
    """
    return Option(LCPOption.MRU, _packed(">H", size))


def accm(escaped: int) -> Option:
    """Async-Control-Character-Map: which bytes below 32 you must escape on the way to me (RFC 1662, section 7.1)."""
    return Option(LCPOption.ACCM, _packed(">I", escaped))


def magic_number(number: int) -> Option:
    """Magic-Number: one that I have drawn; if I hear it from you, the line is a loop (RFC 1661, section 6.4)."""
    return Option(LCPOption.MAGIC_NUMBER, _packed(">I", number))


def ip_address(address: str) -> Option:
    """IP-Address: mine; 0.0.0.0 asks you to give me one (RFC 1332, section 3.3). Raises ValueError for no address."""
    return Option(IPCPOption.IP_ADDRESS, ipaddress.IPv4Address(address).packed)


def van_jacobson(max_slot: int = 15, compress_slot: bool = False) -> Option:
    """IP-Compression-Protocol: you may send me compressed headers (RFC 1332, section 4).

    `max_slot` is the highest connection number that I remember. `compress_slot`: you may leave the number out; for
    that, my line must tell the decompressor of each lost frame.
    """
    return Option(
        IPCPOption.IP_COMPRESSION_PROTOCOL,
        _packed(">HBB", Protocol.VAN_JACOBSON_COMPRESSED, max_slot, int(compress_slot)),
    )


PROTOCOL_FIELD_COMPRESSION = Option(LCPOption.PROTOCOL_FIELD_COMPRESSION)
"""You may send me protocol numbers below 256 in one byte (RFC 1661, section 6.5)."""
ADDRESS_CONTROL_FIELD_COMPRESSION = Option(LCPOption.ADDRESS_CONTROL_FIELD_COMPRESSION)
"""You may leave the bytes FF 03 out on the way to me (RFC 1661, section 6.6)."""


def configure(code: Code, identifier: int, options: Sequence[Option]) -> Packet:
    """A Configure packet with these options. Raises ControlError for one whose data are longer than 253 bytes."""
    data = b"".join(_packed(">BB", option.type, 2 + len(option.data)) + option.data for option in options)
    return Packet(code, identifier, data)


def encode(packet: Packet) -> bytes:
    """The packet's bytes. Raises ControlError for a number that does not fit."""
    length = _HEADER.size + len(packet.data)
    return _packed(_HEADER.format, packet.code, packet.identifier, length) + packet.data


def decode(data: bytes) -> Packet:
    """What the bytes say; those behind the packet's own length are padding. Raises ControlError."""
    if len(data) < _HEADER.size:
        raise ControlError(f"a packet has a header of {_HEADER.size} bytes, and there are {len(data)}")
    code, identifier, length = _HEADER.unpack_from(data)
    if not _HEADER.size <= length <= len(data):
        raise ControlError(f"the packet says that it has {length} bytes: it has {len(data)}, at least {_HEADER.size}")
    return Packet(code, identifier, data[_HEADER.size : length])


def fields(protocol: Protocol, data: bytes) -> list[Field]:
    """What each byte of a packet of LCP or IPCP means, in order; nothing is raised.

    Bytes that cannot be decoded are one last field whose meaning says why.
    """
    found: list[Field] = []
    start, name, meaning = 0, "padding", "stands behind the packet's own length"
    try:
        packet = decode(data)
        layer = protocol.name
        found = [
            Field("code", 0, 1, _code_name(packet.code), "what the packet is", "RFC 1661 section 5", layer=layer),
            Field("identifier", 1, 1, str(packet.identifier), "an answer repeats its request's", "RFC 1661 section 5"),
            Field("length", 2, 2, str(_HEADER.size + len(packet.data)), "bytes of the packet", "RFC 1661 section 5"),
        ]
        start = _HEADER.size
        if packet.code in _WITH_OPTIONS:
            for place, option in _options(packet.data):
                found += _option_fields(protocol, option, _HEADER.size + place)
                start = found[-1].start + found[-1].length
        else:
            found += _data_fields(packet)
            start += len(packet.data)
    except ControlError as error:
        name, meaning = "not understood", str(error)
    rest = data[start:]
    return found + [Field(name, start, len(rest), rest.hex(" "), meaning, layer=protocol.name)] if rest else found


def summary(protocol: Protocol, packet: Packet) -> str:
    """A packet of LCP or IPCP in words: "LCP Configure-Request 1: MRU 1006, ACCM 00 00 00 00"; nothing is raised."""
    name = Code(packet.code).name.replace("_", "-").title() if packet.code in _CODES else f"code {packet.code}"
    said = [f"{protocol.name} {name} {packet.identifier}"]
    if packet.code in _WITH_OPTIONS and packet.data:
        try:
            said.append(", ".join(_option_words(protocol, option) for option in packet.options))
        except ControlError as error:
            said.append(str(error))
    return ": ".join(said)


Judge = Callable[[Option, Sequence[Option]], Option | None]
"""What one end says to an option that the other asks for: the same one (yes), another (rather this), None (no).

It also gets the options that its own end asks for.
"""


def lcp_judge(option: Option, mine: Sequence[Option]) -> Option | None:
    """Takes every option of `LCPOption`; a magic number must be neither 0 nor mine (RFC 1661, section 6.4)."""
    if len(option.data) != _SIZES.get((Protocol.LCP, option.type)):
        return None
    if option.type == LCPOption.MAGIC_NUMBER and (option in mine or not any(option.data)):
        return Option(option.type, bytes(byte ^ 0xFF for byte in option.data))
    return option


def ipcp_judge(your_address: str) -> Judge:
    """Takes Van Jacobson's compression, and of addresses only `your_address`, which it proposes to whoever has none."""

    def judge(option: Option, mine: Sequence[Option]) -> Option | None:
        if option.type == IPCPOption.IP_ADDRESS:
            return ip_address(your_address)
        if option.type == IPCPOption.IP_COMPRESSION_PROTOCOL:
            known = van_jacobson()
            return option if len(option.data) == len(known.data) and option.data[:2] == known.data[:2] else known
        return None

    return judge


class Negotiation:
    """One end of LCP or IPCP: packets in, packets out.

    It has what decides about options, and not the timers and states of RFC 1661's automaton (section 4): who uses it
    calls `request` at the beginning, and again when no answer comes.
    """

    def __init__(self, protocol: Protocol, wanted: Sequence[Option], judge: Judge) -> None:
        """`wanted`: what to ask for; `judge`: what to say to the other end's wishes."""
        self._protocol = protocol
        self._wanted = tuple(wanted)
        self._judge = judge
        self._identifier = 0
        self._naks = 0
        self.mine: tuple[Option, ...] | None = None
        """My options, once the other end has acknowledged them: they say how it may send to me."""
        self.theirs: tuple[Option, ...] | None = None
        """The other end's options, once I have acknowledged them: they say how I may send to it."""

    @property
    def opened(self) -> bool:
        """True when both requests have been acknowledged."""
        return self.mine is not None and self.theirs is not None

    def request(self) -> Packet:
        """My Configure-Request, the same one until an answer to it comes."""
        return configure(Code.CONFIGURE_REQUEST, self._identifier, self._wanted)

    def receive(self, packet: Packet) -> list[Packet]:
        """What is to be sent now. Raises ControlError for options that cannot be decoded; nothing has changed then."""
        if packet.code == Code.CONFIGURE_REQUEST:
            return self._answer(packet)
        if packet.code in _WITH_OPTIONS:
            return self._learn(packet)
        if packet.code == Code.TERMINATE_REQUEST:
            self.mine = self.theirs = None
            return [replace(packet, code=Code.TERMINATE_ACK)]
        if packet.code not in _CODES or (packet.code in _OF_LCP_ALONE and self._protocol is not Protocol.LCP):
            self._next_identifier()
            return [Packet(Code.CODE_REJECT, self._identifier, encode(packet)[: MRU - _HEADER.size])]
        if packet.code == Code.ECHO_REQUEST and self.opened and len(packet.data) >= _MAGIC.size:
            return [replace(packet, code=Code.ECHO_REPLY, data=self._magic_number() + packet.data[_MAGIC.size :])]
        return []

    def _answer(self, packet: Packet) -> list[Packet]:
        asked = packet.options
        judged = [(option, self._judge(option, self._wanted)) for option in asked]
        again: list[Packet] = []
        if self.opened:  # the other end begins anew, and so do I
            self.mine = None
            self._next_identifier()
            again = [self.request()]
        self.theirs = None
        unwanted = [option for option, answer in judged if answer is None]
        other = [(option, answer) for option, answer in judged if answer is not None and answer != option]
        if not unwanted and other and self._naks == MAX_FAILURE:
            unwanted = [option for option, _ in other]
        if unwanted:
            return [*again, configure(Code.CONFIGURE_REJECT, packet.identifier, unwanted)]
        if other:
            self._naks += 1
            return [*again, configure(Code.CONFIGURE_NAK, packet.identifier, [answer for _, answer in other])]
        self._naks = 0
        self.theirs = asked
        return [*again, replace(packet, code=Code.CONFIGURE_ACK)]

    def _learn(self, packet: Packet) -> list[Packet]:
        """An answer to my request; one to another request is of no use."""
        said = packet.options
        if packet.identifier != self._identifier or self.mine is not None:
            return []
        if packet.code == Code.CONFIGURE_ACK:
            if said == self._wanted:
                self.mine = said
            return []
        if packet.code == Code.CONFIGURE_REJECT:
            wanted = tuple(option for option in self._wanted if option not in said)
        else:
            proposed = {(option.type, len(option.data)): option for option in said}
            wanted = tuple(proposed.get((option.type, len(option.data)), option) for option in self._wanted)
        self._wanted = wanted
        self._next_identifier()
        return [self.request()]

    def _magic_number(self) -> bytes:
        return next((option.data for option in self._wanted if option.type == LCPOption.MAGIC_NUMBER), _MAGIC.pack(0))

    def _next_identifier(self) -> None:
        self._identifier = (self._identifier + 1) % 256


_SIZES: dict[tuple[Protocol, int], int] = {
    (Protocol.LCP, LCPOption.MRU): 2,
    (Protocol.LCP, LCPOption.ACCM): 4,
    (Protocol.LCP, LCPOption.MAGIC_NUMBER): 4,
    (Protocol.LCP, LCPOption.PROTOCOL_FIELD_COMPRESSION): 0,
    (Protocol.LCP, LCPOption.ADDRESS_CONTROL_FIELD_COMPRESSION): 0,
    (Protocol.IPCP, IPCPOption.IP_ADDRESS): 4,
}
"""Bytes of data of each option with a fixed size."""

_MEANINGS: dict[tuple[Protocol, int], tuple[str, str, str]] = {
    (Protocol.LCP, LCPOption.MRU): ("MRU", "the most bytes of information that I take", "RFC 1661 section 6.1"),
    (Protocol.LCP, LCPOption.ACCM): ("ACCM", "which bytes below 32 you must escape", "RFC 1662 section 7.1"),
    (Protocol.LCP, LCPOption.MAGIC_NUMBER): (
        "Magic-Number", "a number I have drawn: if it comes back, the line is a loop", "RFC 1661 section 6.4",
    ),
    (Protocol.LCP, LCPOption.PROTOCOL_FIELD_COMPRESSION): (
        "Protocol-Field-Compression", "you may send protocol numbers below 256 in one byte", "RFC 1661 section 6.5",
    ),
    (Protocol.LCP, LCPOption.ADDRESS_CONTROL_FIELD_COMPRESSION): (
        "Address-and-Control-Field-Compression", "you may leave ff 03 out", "RFC 1661 section 6.6",
    ),
    (Protocol.IPCP, IPCPOption.IP_COMPRESSION_PROTOCOL): (
        "IP-Compression-Protocol", "you may send me headers compressed by this protocol", "RFC 1332 section 3.2",
    ),
    (Protocol.IPCP, IPCPOption.IP_ADDRESS): (
        "IP-Address", "mine; 0.0.0.0 asks you for one", "RFC 1332 section 3.3",
    ),
}  # fmt: skip


def _packed(form: str, *numbers: int) -> bytes:
    try:
        return struct.pack(form, *numbers)
    except struct.error as error:
        raise ControlError(f"{', '.join(map(str, numbers))} cannot be sent in so few bytes: {error}") from None


def _options(data: bytes) -> list[tuple[int, Option]]:
    """The options with their places. Raises ControlError for a length that cannot be."""
    found = []
    start = 0
    while start < len(data):
        length = data[start + 1] if start + 1 < len(data) else 0
        if not 2 <= length <= len(data) - start:
            left = len(data) - start
            raise ControlError(f"option {data[start]} says that it has {length} bytes: from 2 to {left} are possible")
        found.append((start, Option(data[start], data[start + 2 : start + length])))
        start += length
    return found


def _option_fields(protocol: Protocol, option: Option, start: int) -> list[Field]:
    name, meaning, source = _MEANINGS.get(
        (protocol, option.type), (f"option {option.type}", "one that the course does not use", "RFC 1661 section 6")
    )
    size = len(option.data)
    found = [
        Field("option type", start, 1, f"{name} ({option.type})", meaning, source, layer=protocol.name),
        Field("option length", start + 1, 1, str(2 + size), "bytes of the option, these two included", source),
    ]
    return found + [Field(name, start + 2, size, _value(protocol, option), meaning, source)] if size else found


def _option_words(protocol: Protocol, option: Option) -> str:
    name, _, _ = _MEANINGS.get((protocol, option.type), (f"option {option.type}", "", ""))
    return f"{name} {_value(protocol, option)}".rstrip()


def _value(protocol: Protocol, option: Option) -> str:
    if (protocol, option.type) == (Protocol.LCP, LCPOption.MRU) and len(option.data) == 2:
        return str(int.from_bytes(option.data, "big"))
    if (protocol, option.type) == (Protocol.IPCP, IPCPOption.IP_ADDRESS) and len(option.data) == 4:
        return str(ipaddress.IPv4Address(option.data))
    if (protocol, option.type) == (Protocol.IPCP, IPCPOption.IP_COMPRESSION_PROTOCOL) and len(option.data) == 4:
        compression, max_slot, compress_slot = struct.unpack(">HBB", option.data)
        return f"0x{compression:04x}, Max-Slot-Id {max_slot}, Comp-Slot-Id {compress_slot}"
    return option.data.hex(" ")


def _data_fields(packet: Packet) -> list[Field]:
    """The data of a packet without options."""
    start, data = _HEADER.size, packet.data
    found = []
    if packet.code in _WITH_MAGIC and len(data) >= _MAGIC.size:
        source = "RFC 1661 section 5.8" if packet.code != Code.DISCARD_REQUEST else "RFC 1661 section 5.9"
        magic, data = data[: _MAGIC.size], data[_MAGIC.size :]
        found.append(Field("Magic-Number", start, len(magic), magic.hex(" "), "the sender's, 0 if it has none", source))
        start += _MAGIC.size
    if data:
        found.append(Field("data", start, len(data), data.hex(" "), "whatever the sender likes", "RFC 1661 section 5"))
    return found


def _code_name(code: int) -> str:
    return f"{Code(code).name} ({code})" if code in _CODES else f"unknown ({code})"
