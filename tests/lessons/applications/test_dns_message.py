from __future__ import annotations

import struct
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from helpers.fields.fields import check_tiling
from helpers.lessons.applications.dns_message import (
    DNSMessageError,
    Message,
    Question,
    Record,
    decode,
    fields,
    fields_over_tcp,
    in_words,
)
from tests.fields.tshark import ETHERNET, read

NAME = "www.course.example"
QUERY = b"\0\7\1\0\0\1\0\0\0\0\0\0\3www\6course\7example\0\0\1\0\1"
"""A query for the address of www.course.example, number 7, by hand (RFC 1035, section 4)."""
RECORDS = (
    "www.course.example. 300 IN A 10.0.0.2",
    "www.course.example. 60 IN AAAA fd00::2",
    "ftp.course.example. 300 IN CNAME www.course.example.",
    "course.example. 300 IN NS ns.course.example.",
    "course.example. 300 IN MX 10 mail.course.example.",
    'course.example. 300 IN TXT "one" "two"',
    "2.0.0.10.in-addr.arpa. 300 IN PTR www.course.example.",
    "course.example. 300 IN SOA ns.course.example. hostmaster.course.example. 1 7200 900 1209600 300",
)


def response(*records: str, **flags: int) -> bytes:
    """By dnspython, names compressed."""
    answer = dns.message.make_response(dns.message.from_wire(QUERY))
    for record in records:
        name, ttl, kind, what, data = record.split(maxsplit=4)
        answer.answer.append(dns.rrset.from_text(name, int(ttl), kind, what, data))
    return answer.to_wire(want_shuffle=False)


def test_a_query_by_hand() -> None:
    assert dns.message.make_query(NAME, "A", id=7).to_wire() == QUERY
    message = decode(QUERY)
    assert (message.id, message.is_response, message.questions) == (7, False, (Question(NAME, "A"),))
    assert (message.opcode, message.rcode, message.recursion_desired) == ("QUERY", "NOERROR", True)
    assert in_words(QUERY) == "query 7: www.course.example A"


def test_every_byte_of_a_query_has_a_name() -> None:
    check_tiling(fields(QUERY), len(QUERY))
    assert [(field.name, field.value) for field in fields(QUERY)] == [
        ("ID", "7"), ("QR", "query (0)"), ("OPCODE", "QUERY (0)"), ("AA", "0"), ("TC", "0"), ("RD", "1"), ("RA", "0"),
        ("Z", "0"), ("AD", "0"), ("CD", "0"), ("RCODE", "NOERROR (0)"),
        ("QDCOUNT", "1"), ("ANCOUNT", "0"), ("NSCOUNT", "0"), ("ARCOUNT", "0"),
        ("QNAME", "3 'www'"), ("QNAME", "6 'course'"), ("QNAME", "7 'example'"), ("end of QNAME", "0"),
        ("QTYPE", "A (1)"), ("QCLASS", "IN (1)"),
    ]  # fmt: skip


def test_records_of_many_types() -> None:
    message = decode(response(*RECORDS))
    assert [(record.name, record.type, record.ttl, record.data) for record in message.answers[:7]] == [
        (NAME, "A", 300, "10.0.0.2"),
        (NAME, "AAAA", 60, "fd00::2"),
        ("ftp.course.example", "CNAME", 300, NAME),
        ("course.example", "NS", 300, "ns.course.example"),
        ("course.example", "MX", 300, "10 mail.course.example"),
        ("course.example", "TXT", 300, "'one' 'two'"),
        ("2.0.0.10.in-addr.arpa", "PTR", 300, NAME),
    ]
    assert message.answers[7].type == "SOA"


def test_a_compressed_name_says_where_it_goes_on() -> None:
    """RFC 1035, section 4.1.4: the answer's name is a pointer to the question's, at byte 12."""
    answer = response(RECORDS[0], RECORDS[2])
    first, second = [field for field in fields(answer) if field.name == "pointer in NAME"]
    assert (first.length, first.value) == (2, f"byte 12: {NAME}")
    assert answer[first.start : first.start + 2] == b"\xc0\x0c"
    (part,) = [field for field in fields(answer) if field.name == "NAME"]
    assert (part.value, second.value) == ("3 'ftp'", "byte 16: course.example"), "ftp, and the rest of the first name"


@given(st.lists(st.sampled_from(RECORDS), max_size=8), st.data())
def test_damaged_messages_do_no_more_than_raise_an_error(records: list[str], data: st.DataObject) -> None:
    damaged = bytearray(response(*records))
    check_tiling(fields(bytes(damaged)), len(damaged))
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    try:
        assert "\n" not in in_words(bytes(damaged))
    except DNSMessageError as error:
        assert "\n" not in str(error)
    check_tiling(fields(bytes(damaged)), len(damaged))


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_decoder(data: bytes) -> None:
    check_tiling(fields(data), len(data))
    check_tiling(fields_over_tcp(data), len(data))


HEADER = struct.pack(">6H", 7, 0, 1, 0, 0, 0)
ANSWER = struct.pack(">6H", 7, 0x8000, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"", "a header has 12 bytes, and here are 0"),
        (HEADER + b"\3www", "the bytes end inside a name"),
        (HEADER + b"\0\0", "the bytes end inside QTYPE: it needs 2, and 1 are left"),
        (HEADER + b"\0\0\1\0\1x", "1 bytes are left after the last record"),
        (HEADER + b"\xc0\x0c\0\1\0\1", "a name's pointer at byte 12 does not lead back, but to 12"),
        (HEADER + b"\xc0\xff\0\1\0\1", "does not lead back, but to 255"),
        (HEADER + b"\x40a\0\0\1\0\1", "0x40 at byte 12 is neither a label's length nor a pointer"),
        (HEADER + b"\x3fabc", "longer than it may be, or than the message"),
        (HEADER + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1", "longer than it may be"),
        (ANSWER + b"\0\0\1\0\1\0\0\0\0\0\5abcd", "RDLENGTH says 5 bytes, and 4 are left"),
        (ANSWER + b"\0\0\1\0\1\0\0\0\0\0\3abc", "RDATA of 3 bytes is none of type A"),
        (ANSWER + b"\0\0\2\0\1\0\0\0\0\0\2\0a", "does not end where RDATA ends"),
        (ANSWER + b"\0\0\x10\0\1\0\0\0\0\0\2\5a", "a string of TXT is longer than its record"),
    ],
)
def test_what_is_no_message_says_why(message: bytes, why: str) -> None:
    with pytest.raises(DNSMessageError, match=why):
        decode(message)
    if message:
        assert fields(message)[-1].name == "not understood" and why in fields(message)[-1].meaning


def test_a_question_that_is_announced_and_does_not_come() -> None:
    with pytest.raises(DNSMessageError, match="the bytes end inside a name"):
        decode(HEADER)


def test_pointers_that_lead_around_come_to_an_end() -> None:
    """Two names, the second of which points back to the first, which points on to the second."""
    around = b"\1a\xc0\x14\0\1\0\1" + b"\1b\xc0\x0c\0\1\0\1"
    with pytest.raises(DNSMessageError, match="at byte 14 does not lead back, but to 20"):
        decode(struct.pack(">6H", 7, 0, 2, 0, 0, 0) + around)


def test_over_tcp_there_is_a_length_first() -> None:
    explained = fields_over_tcp(struct.pack(">H", len(QUERY)) + QUERY)
    assert [(field.name, field.start) for field in explained[:2]] == [("length", 0), ("ID", 2)]
    assert (explained[0].value, explained[0].layer) == (str(len(QUERY)), "DNS over TCP")


def test_edns_is_read_as_what_it_is() -> None:
    query = dns.message.make_query(NAME, "A", use_edns=0, payload=1232).to_wire()
    assert [field.value for field in fields(query) if field.name == "UDP size"] == ["1232"]
    assert decode(query).additional == (Record(".", "OPT", 0, ""),)


def test_answers_in_words() -> None:
    assert in_words(response()) == "response 7: no answer"
    assert in_words(response(*RECORDS[:2])) == "response 7: A 10.0.0.2, AAAA fd00::2"
    assert in_words(response(*RECORDS[:5])) == "response 7: A 10.0.0.2, AAAA fd00::2 and 3 more"
    answer = dns.message.make_response(dns.message.from_wire(QUERY))
    answer.flags |= dns.flags.TC
    assert in_words(answer.to_wire()) == "response 7: TC, no answer"
    answer.set_rcode(3)
    assert in_words(answer.to_wire()) == "response 7: NXDOMAIN"


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    messages = [QUERY, response(*RECORDS)]
    frames = [bytes(Ether() / IP() / UDP(sport=40000, dport=53) / message) for message in messages]
    names = ["dns.id", "dns.flags.response", "dns.qry.name", "dns.count.answers", "dns.resp.name", "dns.resp.ttl"]
    assert read(frames, ETHERNET, names, tmp_path) == [as_tshark_shows_it(decode(message)) for message in messages]


def as_tshark_shows_it(message: Message) -> list[str]:
    names, ttls = (",".join(str(part) for part in parts) for parts in (
        [record.name for record in message.answers], [record.ttl for record in message.answers],
    ))  # fmt: skip
    asked = message.questions[0].name
    return [f"0x{message.id:04x}", str(int(message.is_response)), asked, str(len(message.answers)), names, ttls]
