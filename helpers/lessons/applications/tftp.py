"""TFTP, the Trivial File Transfer Protocol (RFC 1350): blocks of 512 bytes, each acknowledged before the next.

`encode`, `decode`, `fields` and `in_words` are for single packets. `Sending` and `Receiving` are a server's side of a
transfer without any I/O: packets in, packets out, and a timer that somebody else keeps.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from helpers.errors import CourseError
from helpers.fields.fields import Field

PORT = 69
"""The UDP port for requests; the transfer itself goes on between two others (section 4)."""
BLOCK_SIZE = 512
"""Bytes of data in a packet; fewer say that this is the last one (section 2)."""
MODES = ("netascii", "octet")
"""What a server takes here; "mail" is obsolete (section 1)."""

_NUMBER = struct.Struct(">H")
_SECTION_5, _OPTIONS = "RFC 1350 section 5", "RFC 2347"


class Opcode(IntEnum):
    """What kind of packet it is (section 5; the last RFC 2347)."""

    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class ErrorCode(IntEnum):
    """Why a transfer ends (section 5, appendix; the last RFC 2347)."""

    NOT_DEFINED = 0
    FILE_NOT_FOUND = 1
    ACCESS_VIOLATION = 2
    DISK_FULL = 3
    ILLEGAL_OPERATION = 4
    UNKNOWN_TRANSFER_ID = 5
    FILE_ALREADY_EXISTS = 6
    NO_SUCH_USER = 7
    OPTION_REFUSED = 8


class TFTPError(CourseError):
    """Bytes that are no packet of TFTP, or a packet that it cannot express."""


@dataclass(frozen=True)
class Request:
    """RRQ or WRQ: the wish to read or to write a file. Options (RFC 2347) are read, and may be ignored."""

    opcode: Opcode
    filename: str
    mode: str
    """In small letters; on the wire any are allowed (section 5)."""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Data:
    """One block; blocks are numbered from 1."""

    block: int
    data: bytes


@dataclass(frozen=True)
class Ack:
    """«I have that block»; of 0: «you may write»."""

    block: int


@dataclass(frozen=True)
class Error:
    """The end of the transfer, for a reason."""

    code: int
    message: str


@dataclass(frozen=True)
class OptionAck:
    """OACK: the options that a server has taken (RFC 2347)."""

    options: tuple[tuple[str, str], ...]


Packet = Request | Data | Ack | Error | OptionAck


def encode(packet: Packet) -> bytes:
    """The packet's bytes. Raises TFTPError for a number over 16 bits, a long block, or text that is not ASCII."""
    match packet:
        case Request(opcode, filename, mode, options):
            return _number(opcode) + _texts(filename, mode, *(part for option in options for part in option))
        case Data(block, data):
            if len(data) > BLOCK_SIZE:
                raise TFTPError(f"a block has at most {BLOCK_SIZE} bytes, not {len(data)}")
            return _number(Opcode.DATA) + _number(block) + data
        case Ack(block):
            return _number(Opcode.ACK) + _number(block)
        case Error(code, message):
            return _number(Opcode.ERROR) + _number(code) + _texts(message)
        case OptionAck(options):
            return _number(Opcode.OACK) + _texts(*(part for option in options for part in option))


def decode(packet: bytes) -> Packet:
    """What the bytes say. Raises TFTPError."""
    return _Reader(packet).packet()


def fields(packet: bytes) -> list[Field]:
    """What each byte of a packet means, in order; nothing is raised.

    Bytes that cannot be decoded are one last field whose meaning says why.
    """
    reader = _Reader(packet)
    try:
        reader.packet()
    except TFTPError as error:
        reader.rest("not understood", str(error))
    return reader.fields


def in_words(packet: bytes) -> str:
    """The packet in a few words, for an arrow. Raises TFTPError."""
    match decode(packet):
        case Request(opcode, filename, mode, options):
            return " ".join([opcode.name, filename, mode, *(f"{name}={value}" for name, value in options)])
        case Data(block, data):
            return f"DATA {block}, {len(data)} bytes"
        case Ack(block):
            return f"ACK {block}"
        case Error(code, message):
            return f"ERROR {code}: {message}"
        case OptionAck(options):
            return " ".join(["OACK", *(f"{name}={value}" for name, value in options)])


class _Reader:
    """Reads one packet, and explains every byte that it has read."""

    def __init__(self, data: bytes) -> None:
        self.fields: list[Field] = []
        self._data, self._position = data, 0

    def packet(self) -> Packet:
        """Raises TFTPError."""
        packet = self._packet()
        if left := self._left:
            raise TFTPError(f"{left} bytes are left after the end of the packet")
        return packet

    def rest(self, name: str, meaning: str) -> bytes:
        """All that is left, as one field if it is anything."""
        data = self._data[self._position :]
        if data:
            self._explain(name, len(data), f"{len(data)} bytes", meaning)
        return data

    def _packet(self) -> Packet:
        opcode = self._opcode()
        match opcode:
            case Opcode.RRQ | Opcode.WRQ:
                filename = self._text("filename", "the file that is wanted, as the server names it")
                mode = self._text("mode", "netascii: lines of text; octet: bytes as they are")
                return Request(opcode, filename, mode.lower(), self._options())
            case Opcode.DATA:
                block = self._number("block number", "which block this is, counted from 1")
                if self._left > BLOCK_SIZE:
                    raise TFTPError(f"a block has at most {BLOCK_SIZE} bytes, and this one has {self._left}")
                return Data(block, self.rest("data", f"{BLOCK_SIZE} bytes of the file; fewer in the last block"))
            case Opcode.ACK:
                return Ack(self._number("block number", "the block that has come; 0: you may write"))
            case Opcode.ERROR:
                code = self._number("error code", "why the transfer ends", _error_name)
                return Error(code, self._text("error message", "the same for people"))
            case Opcode.OACK:
                return OptionAck(self._options())

    @property
    def _left(self) -> int:
        return len(self._data) - self._position

    def _opcode(self) -> Opcode:
        begin = self._data[: _NUMBER.size]
        number = int.from_bytes(begin, "big")
        if len(begin) < _NUMBER.size or number not in set(Opcode):
            raise TFTPError(f"a packet begins with an opcode from 1 to 6; this one with {begin.hex(' ') or 'nothing'}")
        self._explain("opcode", _NUMBER.size, f"{Opcode(number).name} ({number})", "what kind of packet this is")
        return Opcode(number)

    def _number(self, name: str, meaning: str, show: Callable[[int], str] = str) -> int:
        if self._left < _NUMBER.size:
            raise TFTPError(f"the bytes end inside {name}: it needs {_NUMBER.size}, and {self._left} are left")
        (number,) = _NUMBER.unpack_from(self._data, self._position)
        self._explain(name, _NUMBER.size, show(number), meaning)
        return int(number)

    def _text(self, name: str, meaning: str, source: str = _SECTION_5) -> str:
        data, end, _ = self._data[self._position :].partition(b"\0")
        if not end:
            raise TFTPError(f"{name} must end with a zero byte")
        if not data.isascii():
            raise TFTPError(f"{name} must be ASCII, and is {data!r}")
        text = data.decode("ascii")
        self._explain(name, len(data) + 1, f"{text!r} and a zero byte", meaning, source)
        return text

    def _options(self) -> tuple[tuple[str, str], ...]:
        found = []
        while self._left:
            name = self._text("option", "what else the sender would like to agree on", _OPTIONS)
            found.append((name.lower(), self._text("value", "how the sender would like it", _OPTIONS)))
        return tuple(found)

    def _explain(self, name: str, length: int, said: str, meaning: str, source: str = _SECTION_5) -> None:
        self.fields.append(Field(name, self._position, length, said, meaning, source, layer="TFTP"))
        self._position += length


@dataclass
class Sending:
    """The server's side of RRQ: sends block after block, each when the one before was acknowledged."""

    content: bytes
    """As it crosses the wire: see `to_netascii`."""
    block: int = 1
    """The one that was sent last."""
    complete: bool = False
    """Whether the last block was acknowledged."""
    ended: bool = False
    """Whether nothing more is to be said."""

    def packet(self) -> bytes:
        """The last packet: to be sent at the beginning, and again whenever the timer has run out (section 2)."""
        start = (self.block - 1) * BLOCK_SIZE
        return encode(Data(self.block, self.content[start : start + BLOCK_SIZE]))

    def receive(self, packet: bytes) -> bytes | None:
        """What to answer. An acknowledgement that comes again is not answered, or all would cross twice from then on:
        the Sorcerer's Apprentice Syndrome (RFC 1123, section 4.2.3.1)."""
        match _decoded(packet):
            case Ack(block) if block == self.block:
                if len(self.content) < self.block * BLOCK_SIZE:
                    self.complete = self.ended = True
                    return None
                self.block += 1
                return self.packet()
            case Ack():
                return None
            case Error():
                self.ended = True
                return None
        self.ended = True
        return encode(ILLEGAL)


@dataclass
class Receiving:
    """The server's side of WRQ: acknowledges block after block."""

    limit: int
    """Bytes that there is room for."""
    content: bytearray = field(default_factory=bytearray)
    block: int = 0
    """The one that has come last."""
    complete: bool = False
    """Whether the last block has come: its acknowledgement may be lost, and wanted again (section 6)."""
    ended: bool = False
    """Whether nothing more is to be said."""

    def packet(self) -> bytes:
        """The last acknowledgement: to be sent at the beginning, and again whenever the timer has run out."""
        return encode(Ack(self.block))

    def receive(self, packet: bytes) -> bytes | None:
        """What to answer. A block that comes again is acknowledged again, the last one too."""
        match _decoded(packet):
            case Data(block, data) if block == self.block + 1 and not self.complete:
                if len(self.content) + len(data) > self.limit:
                    self.ended = True
                    return encode(Error(ErrorCode.DISK_FULL, f"there is room for {self.limit} bytes"))
                self.content += data
                self.block, self.complete = block, len(data) < BLOCK_SIZE
                return self.packet()
            case Data(block) if block == self.block:
                return self.packet()
            case Data():
                return None
            case Error():
                self.ended = True
                return None
        self.ended = True
        return encode(ILLEGAL)


Transfer = Sending | Receiving

ILLEGAL = Error(ErrorCode.ILLEGAL_OPERATION, "this makes no sense here")
"""The answer to what is no packet, or not the next one (section 7)."""


def to_netascii(content: bytes) -> bytes:
    """Lines of text as they cross the wire: they end with CR LF, and a CR that ends none is CR NUL (RFC 764)."""
    return content.replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")


def from_netascii(content: bytes) -> bytes:
    """The same text with the line ends of this system."""
    return content.replace(b"\r\n", b"\n").replace(b"\r\0", b"\r")


def _decoded(packet: bytes) -> Packet | None:
    try:
        return decode(packet)
    except TFTPError:
        return None


def _number(number: int) -> bytes:
    try:
        return _NUMBER.pack(number)
    except struct.error:
        raise TFTPError(f"{number!r} is no number of 16 bits") from None


def _texts(*texts: str) -> bytes:
    for text in texts:
        if not text.isascii() or "\0" in text:
            raise TFTPError(f"{text!r} is not ASCII, or has a zero byte inside")
    return b"".join(text.encode("ascii") + b"\0" for text in texts)


def _error_name(code: int) -> str:
    return f"{ErrorCode(code).name} ({code})" if code in set(ErrorCode) else str(code)
