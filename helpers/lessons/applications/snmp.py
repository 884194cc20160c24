"""SNMP messages (RFC 1901, RFC 3416): what each byte means, and the message in a few words for an arrow.

A message is BER: a value is a type, a length and contents, which may be values again. So one function calls itself over
a table of what is inside what. scapy decodes and encodes whole messages; where each value stands it does not tell.
"""

from __future__ import annotations

from typing import Any

from scapy.asn1.ber import BERcodec_OID
from scapy.layers.snmp import SNMP

from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader

_INSIDE = {
    "message": ("the whole message: everything else is inside", ("version", "community", "PDU")),
    "PDU": ("what is wanted, or that this is the answer",
            ("request-id", "error-status", "error-index", "variable-bindings")),
    "variable-bindings": ("a list of names with values", ("VarBind",)),
    "VarBind": ("one name with its value", ("name", "value")),
    "value": ("its type; NULL stands in a question, where no value is known yet", ()),
}  # fmt: skip
"""Values that consist of values: what they are, and what is in them, once or again and again."""
_PLAIN = {
    "version": "which SNMP this is: 0 for SNMPv1, 1 for SNMPv2c",
    "community": "who is allowed to ask is whoever says this word: it crosses the wire as it is",
    "request-id": "chosen by whoever asks; the answer repeats it",
    "error-status": "0 in a question; in an answer what went wrong",
    "error-index": "which of the bindings went wrong, from 1",
    "name": "which object is meant",
    "value": "what the object says",
}
_TAGS = {
    0x02: "INTEGER", 0x04: "OCTET STRING", 0x05: "NULL", 0x06: "OBJECT IDENTIFIER", 0x30: "SEQUENCE",
    0x43: "TimeTicks", 0x80: "noSuchObject", 0xA0: "GetRequest", 0xA2: "Response",
}  # fmt: skip
_INTEGER, _TEXT, _OID = 0x02, 0x04, 0x06
_LONG = 0x80
"""In a length's first byte: its other bits say how many bytes of length follow (X.690, 8.1.3.5)."""
_NAMES = {"1.3.6.1.2.1.1.5.0": "sysName.0", "1.3.6.1.2.1.1.6.0": "sysLocation.0"}
"""Two objects that every agent has (RFC 3418, section 2)."""


def fields(message: bytes) -> list[Field]:
    """What each byte of a message means, in order; nothing is raised."""
    with Reader(Part(message, 0, len(message)), "SNMP", "RFC 1901 section 3") as reader:
        _value(reader, "message")
    return reader.fields


def in_words(message: bytes) -> str:
    """The message in a few words, as in "GetRequest 1, 'public': sysName.0"."""
    read = SNMP(message)
    kind = _TAGS.get(int(read.PDU.ASN1_root.network_tag), "PDU")
    asks = "" if kind == "Response" else f", {read.community.val.decode('latin-1')!r}"
    return f"{kind} {read.PDU.id.val}{asks}: {', '.join(map(_binding, read.PDU.varbindlist))}"


def _value(reader: Reader, name: str) -> None:
    """A value with all that is inside it."""
    tag, first = reader.left.cut(2).data.ljust(2, b"\0")
    size = 2 + (first & ~_LONG if first & _LONG else 0)
    length = int.from_bytes(reader.left.cut(size).data[2:]) if first & _LONG else first
    said = f"{_TAGS.get(tag, hex(tag))}, {length} byte{'s' if length != 1 else ''}"
    meaning, parts = _INSIDE.get(name, ("what kind of value follows, and how many bytes", ()))
    if name == "PDU":
        reader.begin("SNMP", "RFC 3416 section 3")
    reader.octets(f"{name}: type, length", size, meaning, lambda _: said)
    end = reader.position + length
    if not parts:
        reader.octets(name, length, _PLAIN[name], lambda data: _shown(tag, data))
    while parts and reader.position < end:
        for part in parts:
            _value(reader, part)


def _shown(tag: int, data: bytes) -> str:
    """The contents of a plain value for people."""
    if tag == _OID and data[-1] < _LONG:  # else its last number goes on behind its end
        return str(BERcodec_OID.dec(bytes([tag, len(data)]) + data)[0].val)
    if tag == _TEXT and data.isascii():
        return repr(data.decode("ascii"))
    return str(int.from_bytes(data, signed=True)) if tag == _INTEGER else data.hex(" ")


def _binding(binding: Any) -> str:
    """A name, and behind it the value that it has in an answer."""
    name, value = _NAMES.get(binding.oid.val, binding.oid.val), binding.value and binding.value.val
    if isinstance(value, bytes):
        return f"{name} = {value.decode('latin-1')!r}"
    return f"{name} = {value}" if value else f"{name} = noSuchObject" if binding.noSuchObject else name
