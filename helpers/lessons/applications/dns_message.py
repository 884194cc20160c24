"""DNS messages (RFC 1035, section 4): what each byte means, and the message in a few words for an arrow.

dnspython decodes; the Reader says which bytes a value came from, which dnspython forgets. So a name is read label by
label here, and only where its pointer leads is dnspython asked. Behind the answers, where the lesson's messages end,
nothing is explained.
"""

from __future__ import annotations

import contextlib
from functools import partial

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from helpers.fields.field import Field, shifted
from helpers.fields.reader import Part, Reader, Slot

POINTER = 0xC0
"""The two highest bits of a byte that begins a pointer instead of a label (section 4.1.4)."""
SHOWN = 2
"""Records of an answer that `in_words` shows."""
_HEADER = (
    Slot("ID", 16, "chosen by whoever asks; the answer repeats it"),
    Slot("QR", 1, "0: a query, 1: a response", {0: "query", 1: "response"}),
    Slot("OPCODE", 4, "what kind of query", {code.value: code.name for code in dns.opcode.Opcode}),
    Slot("AA", 1, "the answer comes from a server that is responsible for the name"),
    Slot("TC", 1, "cut off: the rest did not fit"),
    Slot("RD", 1, "please ask other servers for me"),
    Slot("RA", 1, "this server asks others"),
    Slot("Z", 1, "must be 0"),
    Slot("AD", 1, "the answer was proved by DNSSEC", source="RFC 4035 section 3.2.3"),
    Slot("CD", 1, "do not prove it by DNSSEC", source="RFC 4035 section 3.2.2"),
    Slot("RCODE", 4, "how it went", {code.value: code.name for code in dns.rcode.Rcode}),
    Slot("QDCOUNT", 16, "how many questions"),
    Slot("ANCOUNT", 16, "how many answers"),
    Slot("NSCOUNT", 16, "how many records of name servers"),
    Slot("ARCOUNT", 16, "how many additional records"),
)
_TYPE = {kind.value: kind.name for kind in RdataType}
_CLASS = {kind.value: kind.name for kind in RdataClass}
_QUESTION = (
    Slot("QTYPE", 16, "what is asked about it", _TYPE),
    Slot("QCLASS", 16, "IN: the Internet", _CLASS),
)
_RECORD = (
    Slot("TYPE", 16, "what it says of the name", _TYPE),
    Slot("CLASS", 16, "IN: the Internet", _CLASS),
    Slot("TTL", 32, "for how many seconds it may be kept"),
    Slot("RDLENGTH", 16, "how many bytes of data follow"),
)


def fields(message: bytes) -> list[Field]:
    """What each byte of a message means, in order; nothing is raised."""
    with Reader(Part(message, 0, len(message)), "DNS header", "RFC 1035 section 4.1.1") as reader:
        counts = reader.slots(_HEADER)
        reader.begin("question", "RFC 1035 section 4.1.2")
        for _ in range(counts["QDCOUNT"]):
            _name(reader, "QNAME", "the name that is asked about")
            reader.slots(_QUESTION)
        reader.begin("answers", "RFC 1035 section 4.1.3")
        for _ in range(counts["ANCOUNT"]):
            _name(reader, "NAME", "whose record this is")
            record = reader.slots(_RECORD)
            data = partial(_data, record["TYPE"], reader.left.cut(record["RDLENGTH"]))
            reader.octets("RDATA", record["RDLENGTH"], "what is known", data)
    return reader.fields


def fields_over_tcp(stream: bytes) -> list[Field]:
    """The same for a message as it crosses TCP, after the two bytes that say how long it is (section 4.2.2)."""
    with Reader(Part(stream, 0, len(stream)), "DNS over TCP", "RFC 1035 section 4.2.2") as reader:
        reader.number("length", 16, "how many bytes of message follow: TCP itself keeps no boundaries")
        reader.add(shifted(fields(reader.left.data), reader.position))
    return reader.fields


def in_words(message: bytes) -> str:
    """The message in a few words. Raises DNSException where it is none."""
    read = dns.message.from_wire(message)
    if not read.flags & dns.flags.QR:
        return f"query {read.id}: {read.question[0].name.to_text(True)} {read.question[0].rdtype.name}"
    found = [f"{records.rdtype.name} {record}" for records in read.answer for record in records]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    cut = "TC, " if read.flags & dns.flags.TC else ""
    return f"response {read.id}: {cut}{', '.join(found[:SHOWN]) or 'no answer'}{more}"


def _name(reader: Reader, label: str, meaning: str) -> None:
    """A name; each of its parts is a field of its own."""
    while (size := int.from_bytes(reader.left.data[:1])) and size < POINTER:
        reader.octets(label, 1 + size, f"{meaning}: a part of it, after its length", _label)
    if size:
        target = int.from_bytes(reader.left.data[:2]) & ~(POINTER << 8)
        said = f"byte {target}: {_name_at(reader.left.message, target)}"
        meaning = "the name, or the rest of it, stands there, and is not written again"
        reader.octets(f"pointer in {label}", 2, meaning, lambda _: said, "RFC 1035 section 4.1.4")
    else:
        reader.number(f"end of {label}", 8, "a part of length 0 ends every name", source="RFC 1035 section 3.1")


def _label(data: bytes) -> str:
    return f"{data[0]} {data[1:].decode('latin-1')!r}"


def _name_at(message: bytes, place: int) -> str:
    with contextlib.suppress(dns.exception.DNSException):
        return dns.name.from_wire(message, place)[0].to_text(omit_final_dot=True)
    return "no name"  # a pointer that leads around, say


def _data(kind: int, data: Part, _: bytes) -> str:
    """What a record says, as a zone file has it; in hexadecimal where it is not of its type."""
    with contextlib.suppress(dns.exception.DNSException):
        return dns.rdata.from_wire(RdataClass.IN, RdataType.make(kind), data.message, data.start, len(data)).to_text()
    return data.data.hex(" ")
