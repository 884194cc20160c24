"""DNS messages (RFC 1035, section 4): a header of 12 bytes, a question, and records that answer it.

The same bytes cross in a UDP datagram or, after a length of two bytes, over TCP (section 4.2). Nothing here does I/O.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.fields.fields import Field, shifted

PORT = 53
"""Of UDP and of TCP (section 4.2)."""
MOST_OVER_UDP = 512
"""Bytes of a message in a datagram, unless the asker says that it takes more (section 4.2.1; RFC 6891)."""
HEADER, LENGTH = 12, 2
POINTER = 0xC0
"""The two highest bits of a byte that begins a pointer instead of a label (section 4.1.4)."""
LONGEST_NAME = 255
"""Bytes of a name (section 2.3.4)."""

TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 41: "OPT",
    252: "AXFR", 255: "ANY",
}  # fmt: skip
"""What is asked for, or what a record says (section 3.2.2; AAAA is RFC 3596's, SRV 2782's, OPT 6891's)."""
OPCODES = {0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE"}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
"""How it went: section 4.1.1, by the short names that programs show."""
_CLASSES = {1: "IN", 3: "CH", 254: "NONE", 255: "ANY"}
_OPT = 41


class DNSMessageError(CourseError):
    """Bytes that are no DNS message."""


@dataclass(frozen=True)
class Question:
    """What is asked."""

    name: str
    """Without the dot at its end; "." for the root."""
    type: str
    """As in "A"; "TYPE99" for one that is not in `TYPES`."""


@dataclass(frozen=True)
class Record:
    """A resource record: something that is known about a name."""

    name: str
    type: str
    ttl: int
    """Seconds for which it may be kept."""
    data: str
    """As in "10.0.0.2"; in hexadecimal where the type is not known here."""


@dataclass(frozen=True)
class Message:
    """A whole message."""

    id: int
    is_response: bool
    opcode: str
    authoritative: bool
    truncated: bool
    """TC: more would not fit; ask again over TCP."""
    recursion_desired: bool
    recursion_available: bool
    rcode: str
    questions: tuple[Question, ...]
    answers: tuple[Record, ...]
    authority: tuple[Record, ...]
    additional: tuple[Record, ...]


def decode(message: bytes) -> Message:
    """What the bytes say. Raises DNSMessageError."""
    return _Reader(message).message()


def fields(message: bytes) -> list[Field]:
    """What each byte of a message means, in order; nothing is raised.

    Bytes that cannot be decoded are one last field whose meaning says why.
    """
    reader = _Reader(message)
    try:
        reader.message()
    except DNSMessageError as error:
        reader.rest(str(error))
    return reader.fields


def fields_over_tcp(stream: bytes) -> list[Field]:
    """The same for a message as it crosses TCP, after the two bytes that say how long it is (section 4.2.2)."""
    if len(stream) < LENGTH:
        return [Field("not understood", 0, len(stream), "", "the length is cut off")] if stream else []
    said = "how many bytes of message follow: TCP itself keeps no boundaries"
    length = Field("length", 0, LENGTH, str(int.from_bytes(stream[:LENGTH], "big")), said, "RFC 1035 section 4.2.2")
    return [*shifted([length], 0, "DNS over TCP"), *shifted(fields(stream[LENGTH:]), LENGTH)]


def in_words(message: bytes) -> str:
    """The message in a few words, for an arrow. Raises DNSMessageError."""
    said = decode(message)
    asked = ", ".join(f"{question.name} {question.type}" for question in said.questions)
    if not said.is_response:
        return f"query {said.id}: {asked}"
    if said.rcode != "NOERROR":
        return f"response {said.id}: {said.rcode}"
    found = ", ".join(f"{record.type} {record.data}" for record in said.answers[:2])
    more = f" and {len(said.answers) - 2} more" if len(said.answers) > 2 else ""
    return f"response {said.id}: {'TC, ' if said.truncated else ''}{found or 'no answer'}{more}"


@dataclass(frozen=True)
class _Name:
    """A name as it stands in a message."""

    here: tuple[bytes, ...]
    """The parts that are written where it begins."""
    further: tuple[bytes, ...]
    """The parts to which its pointer leads."""
    end: int
    """The byte after what is written where it begins."""
    pointer: int | None
    """Where it goes on, if it does so elsewhere."""

    @property
    def text(self) -> str:
        return ".".join(map(_shown, self.here + self.further)) or "."


class _Reader:
    """Reads one message, and explains every byte that it has read."""

    def __init__(self, data: bytes) -> None:
        self.fields: list[Field] = []
        self._data, self._position, self._layer = data, 0, "DNS header"

    def message(self) -> Message:
        """Raises DNSMessageError."""
        if len(self._data) < HEADER:
            raise DNSMessageError(f"a header has {HEADER} bytes, and here are {len(self._data)}")
        identifier = self._number(2, "ID", "chosen by who asks; the answer repeats it", _HEADER)
        flags = self._flags()
        counts = [self._number(2, name, f"how many {what}", _HEADER) for name, what in _SECTIONS]
        self._layer = "question"
        questions = tuple(self._question() for _ in range(counts[0]))
        sections = []
        for (_, what), count in zip(_SECTIONS[1:], counts[1:], strict=True):
            self._layer = what
            sections.append(tuple(self._record() for _ in range(count)))
        if self._position < len(self._data):
            raise DNSMessageError(f"{len(self._data) - self._position} bytes are left after the last record")
        return Message(
            identifier, bool(flags["QR"]), OPCODES.get(flags["OPCODE"], str(flags["OPCODE"])), bool(flags["AA"]),
            bool(flags["TC"]), bool(flags["RD"]), bool(flags["RA"]), RCODES.get(flags["RCODE"], str(flags["RCODE"])),
            questions, *sections,
        )  # fmt: skip

    def rest(self, meaning: str) -> None:
        """Explain all that is left as one field, if anything is."""
        if left := len(self._data) - self._position:
            self._explain("not understood", left, f"{left} bytes", meaning, "")

    def _flags(self) -> dict[str, int]:
        bits = int.from_bytes(self._data[self._position : self._position + 2], "big")
        found, first = {}, 0
        for name, count, meaning, source, known in _FLAGS:
            value = bits >> (16 - first - count) & ((1 << count) - 1)
            found[name] = value
            start, within = self._position + first // 8, first % 8
            said = f"{known[value]} ({value})" if value in known else str(value)
            field = Field(name, start, 1, said, meaning, source, bits=(within, count), layer=self._layer)
            self.fields.append(field)
            first += count
        self._position += 2
        return found

    def _question(self) -> Question:
        name = self._name("QNAME", "the name that is asked about", _QUESTION)
        kind = self._number(2, "QTYPE", "what is asked about it", _QUESTION, _type)
        self._number(2, "QCLASS", "IN: the Internet", _QUESTION, _class)
        return Question(name, _type_name(kind))

    def _record(self) -> Record:
        name = self._name("NAME", "whose record this is", _RECORD)
        kind = self._number(2, "TYPE", "what it says of the name", _RECORD, _type)
        if kind == _OPT:
            self._number(2, "UDP size", "the longest datagram that the sender takes", "RFC 6891 section 6.1.2")
            ttl = self._number(4, "extended RCODE, flags", "more bits for the header", "RFC 6891 section 6.1.3")
        else:
            self._number(2, "CLASS", "IN: the Internet", _RECORD, _class)
            ttl = self._number(4, "TTL", "for how many seconds it may be kept", _RECORD)
        length = self._number(2, "RDLENGTH", "how many bytes of data follow", _RECORD)
        end = self._position + length
        if end > len(self._data):
            raise DNSMessageError(f"RDLENGTH says {length} bytes, and {len(self._data) - self._position} are left")
        data = self._data_of(kind, end)
        if length:
            self._explain("RDATA", length, data, "what is known", _DATA.get(kind, _RECORD))
        return Record(name, _type_name(kind), ttl, data)

    def _data_of(self, kind: int, end: int) -> str:
        """What stands between here and `end`. Raises DNSMessageError where it is not what the type wants."""
        start, content = self._position, self._data[self._position : end]
        match TYPES.get(kind):
            case "A" if len(content) == 4:
                return str(ipaddress.IPv4Address(content))
            case "AAAA" if len(content) == 16:
                return str(ipaddress.IPv6Address(content))
            case "NS" | "CNAME" | "PTR":
                return self._exactly(start, end)
            case "MX" if len(content) > 2:
                return f"{int.from_bytes(content[:2], 'big')} {self._exactly(start + 2, end)}"
            case "TXT":
                return " ".join(_strings(content))
            case "A" | "AAAA" | "MX":
                raise DNSMessageError(f"RDATA of {len(content)} bytes is none of type {TYPES[kind]}")
            case _:
                return content.hex(" ")

    def _exactly(self, start: int, end: int) -> str:
        name = self._name_at(start)
        if name.end != end:
            raise DNSMessageError("a name in RDATA does not end where RDATA ends")
        return name.text

    def _name(self, label: str, meaning: str, source: str) -> str:
        """The name that begins here; each of its parts is a field of its own."""
        name = self._name_at(self._position)
        for part in name.here:
            said = f"{len(part)} {_shown(part)!r}"
            self._explain(label, 1 + len(part), said, f"{meaning}: a part of it, after its length", source)
        if name.pointer is None:
            self._explain(f"end of {label}", 1, "0", "a part of length 0 ends every name", "RFC 1035 section 3.1")
        else:
            rest = self._name_at(name.pointer).text
            goes_on = f"the name {'goes on' if name.here else 'is'} there, and not written again"
            said = f"byte {name.pointer}: {rest}"
            self._explain(f"pointer in {label}", 2, said, goes_on, "RFC 1035 section 4.1.4")
        return name.text

    def _name_at(self, start: int) -> _Name:
        """The name at that place.

        A pointer must lead to an earlier place than any before it, so that following them comes to an end.
        """
        here: list[bytes] = []
        further: list[bytes] = []
        position, end, pointer, before, size = start, 0, None, start, 0
        while True:
            length = self._byte(position)
            if length & POINTER == POINTER:
                target = (length & ~POINTER) << 8 | self._byte(position + 1)
                if target >= before:
                    raise DNSMessageError(f"a name's pointer at byte {position} does not lead back, but to {target}")
                end, pointer = end or position + 2, target if pointer is None else pointer
                position = before = target
                continue
            if length & POINTER:
                raise DNSMessageError(f"0x{length:02x} at byte {position} is neither a label's length nor a pointer")
            label = self._data[position + 1 : position + 1 + length]
            size += 1 + length
            if len(label) < length or size > LONGEST_NAME:
                raise DNSMessageError(f"a name at byte {start} is longer than it may be, or than the message")
            position += 1 + length
            if not length:
                return _Name(tuple(here), tuple(further), end or position, pointer)
            (here if pointer is None else further).append(label)

    def _byte(self, position: int) -> int:
        if position >= len(self._data):
            raise DNSMessageError("the bytes end inside a name")
        return self._data[position]

    def _number(self, size: int, name: str, meaning: str, source: str, show: Callable[[int], str] = str) -> int:
        data = self._data[self._position : self._position + size]
        if len(data) < size:
            raise DNSMessageError(f"the bytes end inside {name}: it needs {size}, and {len(data)} are left")
        number = int.from_bytes(data, "big")
        self._explain(name, size, show(number), meaning, source)
        return number

    def _explain(self, name: str, length: int, said: str, meaning: str, source: str) -> None:
        self.fields.append(Field(name, self._position, length, said, meaning, source, layer=self._layer))
        self._position += length


_HEADER, _QUESTION, _RECORD = "RFC 1035 section 4.1.1", "RFC 1035 section 4.1.2", "RFC 1035 section 4.1.3"
_DATA = {1: "RFC 1035 section 3.4.1", 2: "RFC 1035 section 3.3.11", 5: "RFC 1035 section 3.3.1",
         12: "RFC 1035 section 3.3.12", 15: "RFC 1035 section 3.3.9", 16: "RFC 1035 section 3.3.14",
         28: "RFC 3596 section 2.2"}  # fmt: skip
_SECTIONS = (
    ("QDCOUNT", "questions"),
    ("ANCOUNT", "answers"),
    ("NSCOUNT", "records of name servers"),
    ("ARCOUNT", "additional records"),
)
_FLAGS: tuple[tuple[str, int, str, str, dict[int, str]], ...] = (
    ("QR", 1, "0: a query, 1: a response", _HEADER, {0: "query", 1: "response"}),
    ("OPCODE", 4, "what kind of query", _HEADER, OPCODES),
    ("AA", 1, "the answer comes from a server that is responsible for the name", _HEADER, {}),
    ("TC", 1, "cut off: the rest did not fit", _HEADER, {}),
    ("RD", 1, "please ask other servers for me", _HEADER, {}),
    ("RA", 1, "this server asks others", _HEADER, {}),
    ("Z", 1, "must be 0", _HEADER, {}),
    ("AD", 1, "the answer was proved by DNSSEC", "RFC 4035 section 3.2.3", {}),
    ("CD", 1, "do not prove it by DNSSEC", "RFC 4035 section 3.2.2", {}),
    ("RCODE", 4, "how it went", _HEADER, RCODES),
)


def _shown(part: bytes) -> str:
    """A part of a name as zone files have it (section 5.1): dots and what is not printable by their numbers."""
    return "".join(chr(byte) if 33 <= byte <= 126 and byte not in b".\\" else f"\\{byte:03}" for byte in part)


def _type_name(number: int) -> str:
    return TYPES.get(number, f"TYPE{number}")


def _type(number: int) -> str:
    return f"{TYPES[number]} ({number})" if number in TYPES else str(number)


def _class(number: int) -> str:
    return f"{_CLASSES[number]} ({number})" if number in _CLASSES else str(number)


def _strings(content: bytes) -> list[str]:
    """TXT: each string after a byte with its length. Raises DNSMessageError."""
    found, position = [], 0
    while position < len(content):
        length = content[position]
        text = content[position + 1 : position + 1 + length]
        if len(text) < length:
            raise DNSMessageError("a string of TXT is longer than its record")
        found.append(repr(text.decode("ascii")) if text.isascii() else text.hex(" "))
        position += 1 + length
    return found
