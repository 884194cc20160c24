"""SNMP, versions 1 and 2c (RFC 1157, RFC 1901): questions about objects that have numbers as names, and their answers.

A message is one datagram: a version, a community, and a PDU (RFC 3416, section 3), in BER. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from helpers.fields.fields import Field
from helpers.lessons.applications import ber
from helpers.lessons.applications.ber import INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, BERError, Reader

AGENT_PORT, TRAP_PORT = 161, 162
"""UDP ports for questions, and for what an agent tells unasked (RFC 3417, section 3.2)."""
VERSIONS = {0: "SNMPv1", 1: "SNMPv2c"}

_MESSAGE = {0: "RFC 1157 section 4", 1: "RFC 1901 section 3"}
_PDU = {0: "RFC 1157 section 4.1", 1: "RFC 3416 section 3"}


class PduType(IntEnum):
    """The tag of a PDU (RFC 3416, section 3). Version 1's Trap, 0xA4, has other fields and is not read here."""

    GET_REQUEST = 0xA0
    GET_NEXT_REQUEST = 0xA1
    RESPONSE = 0xA2
    SET_REQUEST = 0xA3
    GET_BULK_REQUEST = 0xA5
    INFORM_REQUEST = 0xA6
    SNMPV2_TRAP = 0xA7
    REPORT = 0xA8


PDU_NAMES = {
    PduType.GET_REQUEST: "GetRequest",
    PduType.GET_NEXT_REQUEST: "GetNextRequest",
    PduType.RESPONSE: "Response",
    PduType.SET_REQUEST: "SetRequest",
    PduType.GET_BULK_REQUEST: "GetBulkRequest",
    PduType.INFORM_REQUEST: "InformRequest",
    PduType.SNMPV2_TRAP: "SNMPv2-Trap",
    PduType.REPORT: "Report",
}

ERRORS = (
    "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
    "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
    "undoFailed", "authorizationError", "notWritable", "inconsistentName",
)  # fmt: skip
"""error-status by its number (RFC 3416, section 3)."""

IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

_VALUES = {
    INTEGER: "INTEGER", OCTET_STRING: "OCTET STRING", NULL: "NULL", OBJECT_IDENTIFIER: "OBJECT IDENTIFIER",
    IP_ADDRESS: "IpAddress", COUNTER32: "Counter32", GAUGE32: "Gauge32", TIME_TICKS: "TimeTicks", OPAQUE: "Opaque",
    COUNTER64: "Counter64", NO_SUCH_OBJECT: "noSuchObject", NO_SUCH_INSTANCE: "noSuchInstance",
    END_OF_MIB_VIEW: "endOfMibView",
}  # fmt: skip
"""What stands as the value of a binding (RFC 3416, section 3; the types are RFC 2578's)."""
_TAGS = {**_VALUES, SEQUENCE: "SEQUENCE", **{int(kind): name for kind, name in PDU_NAMES.items()}}

SYSTEM = {
    "1.3.6.1.2.1.1.1.0": "sysDescr.0",
    "1.3.6.1.2.1.1.2.0": "sysObjectID.0",
    "1.3.6.1.2.1.1.3.0": "sysUpTime.0",
    "1.3.6.1.2.1.1.4.0": "sysContact.0",
    "1.3.6.1.2.1.1.5.0": "sysName.0",
    "1.3.6.1.2.1.1.6.0": "sysLocation.0",
}
"""The names of some objects that every agent has (RFC 3418, section 2)."""


@dataclass(frozen=True)
class Binding:
    """VarBind: an object's name and its value."""

    name: str
    """As in "1.3.6.1.2.1.1.5.0"."""
    kind: int = NULL
    """The value's tag; NULL in a question, NO_SUCH_OBJECT and its like in an answer that has none."""
    contents: bytes = b""

    @property
    def shown(self) -> str:
        """The value for people; a type's name where there is none. Raises BERError where it is none."""
        return _shown(self.kind, self.contents)


@dataclass(frozen=True)
class Message:
    """A whole message. Of GetBulkRequest error-status and error-index are non-repeaters and max-repetitions."""

    version: int
    """0 for SNMPv1, 1 for SNMPv2c."""
    community: bytes
    """The password of sorts, readable for everybody on the way."""
    kind: PduType
    request_id: int
    """Chosen by who asks; the answer repeats it."""
    bindings: tuple[Binding, ...]
    error_status: int = 0
    error_index: int = 0


def encode(message: Message) -> bytes:
    """The message's bytes. Raises BERError for a name that is none."""
    bindings = [
        ber.sequence(ber.object_identifier(binding.name), ber.value(binding.kind, binding.contents))
        for binding in message.bindings
    ]
    numbers = (message.request_id, message.error_status, message.error_index)
    pdu = ber.sequence(*map(ber.integer, numbers), ber.sequence(*bindings), tag=message.kind)
    return ber.sequence(ber.integer(message.version), ber.octets(message.community), pdu)


def decode(message: bytes) -> Message:
    """What the bytes say. Raises BERError."""
    return _read(_reader(message))


def fields(message: bytes) -> list[Field]:
    """What each byte of a message means, in order; nothing is raised.

    Bytes that cannot be decoded are one last field whose meaning says why.
    """
    reader = _reader(message)
    try:
        _read(reader)
    except BERError as error:
        reader.rest("not understood", str(error))
    return reader.fields


def in_words(message: bytes) -> str:
    """The message in a few words, for an arrow. Raises BERError."""
    said = decode(message)
    name = PDU_NAMES[said.kind]
    asks = said.kind is not PduType.RESPONSE
    parts = []
    for binding in said.bindings:
        known = SYSTEM.get(binding.name, binding.name)
        parts.append(known if asks and binding.kind == NULL else f"{known} = {binding.shown}")
    if said.kind is PduType.RESPONSE and said.error_status:
        parts.insert(0, _error(said.error_status))
    who = f", {_text(said.community)}" if asks else ""
    return f"{name} {said.request_id}{who}: {', '.join(parts)}"


def _reader(message: bytes) -> Reader:
    return Reader(message, _MESSAGE[0], "SNMP", _TAGS)


def _read(reader: Reader) -> Message:
    _, whole = reader.begin({SEQUENCE}, "message", "the whole message: everything else is inside")
    version = _number(reader, "version", "which SNMP this is", _version)
    if version not in VERSIONS:
        raise BERError(f"version number {version} is neither SNMPv1 (0) nor SNMPv2c (1)")
    reader.source = _MESSAGE[version]
    reader.fields[:] = [replace(field, source=reader.source) for field in reader.fields]
    said = "who is allowed to ask is whoever says this word: it crosses the wire as it is"
    community = reader.single({OCTET_STRING}, "community", _text, said)
    reader.source = _PDU[version]
    tag, pdu = reader.begin(list(PduType), "PDU", "what is wanted, or that this is the answer")
    kind = PduType(tag)
    bulk = kind is PduType.GET_BULK_REQUEST
    request_id = _number(reader, "request-id", "chosen by who asks; the answer repeats it")
    status = _number(
        reader,
        "non-repeaters" if bulk else "error-status",
        "how many names are asked for once" if bulk else "0 in a question; in an answer what went wrong",
        str if bulk else _error,
    )
    index = _number(
        reader,
        "max-repetitions" if bulk else "error-index",
        "how many times the others are" if bulk else "which of the bindings went wrong, from 1",
    )
    _, end = reader.begin({SEQUENCE}, "variable-bindings", "a list of names with values")
    bindings = []
    while reader.position < end:
        bindings.append(_binding(reader))
    for place, name in ((end, "variable-bindings"), (pdu, "the PDU"), (whole, "the message")):
        reader.end(place, name)
    if reader.more:
        raise BERError("there are bytes after the end of the message")
    return Message(version, community, kind, request_id, tuple(bindings), status, index)


def _binding(reader: Reader) -> Binding:
    _, end = reader.begin({SEQUENCE}, "VarBind", "one name with its value")
    named = reader.single({OBJECT_IDENTIFIER}, "name", ber.read_object_identifier, "which object is meant")
    kind, last = reader.begin(_VALUES, "value", "its type; NULL stands in a question, where no value is known yet")
    contents = reader.contents(last, "value", lambda data: _shown(kind, data), "what the object says")
    reader.end(end, "VarBind")
    return Binding(ber.read_object_identifier(named), kind, contents)


def _number(reader: Reader, name: str, meaning: str, show: Callable[[int], str] = str) -> int:
    contents = reader.single({INTEGER}, name, lambda data: show(ber.read_integer(data)), meaning)
    return ber.read_integer(contents)


def _version(number: int) -> str:
    return f"{number} ({VERSIONS[number]})" if number in VERSIONS else str(number)


def _error(number: int) -> str:
    return f"{ERRORS[number]} ({number})" if 0 <= number < len(ERRORS) else str(number)


def _text(data: bytes) -> str:
    """In quotation marks if it is printable ASCII, else in hexadecimal."""
    if data.isascii() and data.decode("ascii").isprintable():
        return repr(data.decode("ascii"))
    return data.hex(" ")


def _shown(kind: int, contents: bytes) -> str:
    """A value for people. Raises BERError where the contents are none of that type."""
    if kind in (INTEGER, COUNTER32, GAUGE32, TIME_TICKS, COUNTER64):
        return str(ber.read_integer(contents))
    if kind == OBJECT_IDENTIFIER:
        return ber.read_object_identifier(contents)
    if kind == IP_ADDRESS:
        if len(contents) != 4:
            raise BERError(f"an IpAddress has 4 bytes, and this one {len(contents)}")
        return ".".join(map(str, contents))
    if kind in (OCTET_STRING, OPAQUE):
        return _text(contents)
    if contents:
        raise BERError(f"{_VALUES[kind]} has no bytes, and this one {len(contents)}")
    return _VALUES[kind]


def get_request(community: str, names: Sequence[str], request_id: int = 1, version: int = 1) -> bytes:
    """The bytes of a GetRequest for these objects. Raises BERError for a name that is none."""
    bindings = tuple(Binding(name) for name in names)
    return encode(Message(version, community.encode(), PduType.GET_REQUEST, request_id, bindings))
