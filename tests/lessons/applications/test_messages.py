"""DNS, SNMP and TFTP: every bit of a message has a field, and others read the same in it."""

from __future__ import annotations

from pathlib import Path

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.asn1.asn1 import ASN1_OID
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.snmp import SNMP, SNMPget, SNMPvarbind

from helpers.fields.field import Field, check_tiling
from helpers.lessons.applications import dns_message, snmp, tftp
from tests.fields.tshark import ETHERNET, read
from tests.samples import MAC

SYS_NAME = "1.3.6.1.2.1.1.5.0"
ANSWER = dns.message.from_text("""id 7
flags QR AA
edns 0
;QUESTION
www.course.example. IN A
;ANSWER
www.course.example. 300 IN A 10.0.0.2
www.course.example. 60 IN AAAA fd00::2
course.example. 300 IN MX 10 mail.course.example.
course.example. 300 IN TXT "one" "two"
""").to_wire(want_shuffle=False)
"""By dnspython, names compressed."""


def question(name: str = SYS_NAME, community: str = "public") -> bytes:
    return bytes(SNMP(version=1, community=community, PDU=SNMPget(id=7, varbindlist=[SNMPvarbind(oid=ASN1_OID(name))])))


DNS = [dns.message.make_query("www.course.example", "A", id=7).to_wire(), ANSWER]
SNMPS = [question(), question("1.3.6.1.4.1.4294967295.16384", "x" * 300)]
TFTP = [b"\0\1hello.txt\0octet\0", b"\0\2new.txt\0netascii\0", b"\0\5\0\1there is no such file\0"]
BLOCKS = [b"\0\3\0\1" + bytes(512), b"\0\4\1\2"]
KINDS = [
    pytest.param(dns_message.fields, DNS, id="DNS"),
    pytest.param(dns_message.fields_over_tcp, [b"\0\7" + message for message in DNS], id="DNS over TCP"),
    pytest.param(snmp.fields, SNMPS, id="SNMP"),
    pytest.param(tftp.fields, [*TFTP, *BLOCKS], id="TFTP"),
]


@pytest.mark.parametrize(("fields", "messages"), KINDS)
@given(data=st.data())
def test_each_bit_has_one_field_also_of_what_is_damaged_or_cut(fields, messages, data) -> None:  # type: ignore[no-untyped-def]
    message = bytearray(data.draw(st.sampled_from(messages) | st.binary(max_size=100)))
    check_tiling(fields(bytes(message)), len(message))
    for _ in range(data.draw(st.integers(0, 4)) if message else 0):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    message = message[: data.draw(st.integers(0, len(message)))]
    check_tiling(fields(bytes(message)), len(message))


def value(fields: list[Field], name: str) -> str:
    return next(field.value for field in fields if field.name == name)


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    def told(messages: list[bytes], port: int, names: list[str]) -> list[list[str]]:
        ends = IP(src="10.0.0.1", dst="10.0.0.2")
        frames = [
            bytes(Ether(dst=MAC) / ends / UDP(sport=40000 + number, dport=port) / message)
            for number, message in enumerate(messages)
        ]
        return read(frames, ETHERNET, names, tmp_path)

    asked = dns_message.fields(DNS[0])
    assert told(DNS[:1], 53, ["dns.count.queries", "dns.qry.name"]) == [[value(asked, "QDCOUNT"), "www.course.example"]]
    assert told(SNMPS, 161, ["snmp.request_id", "snmp.name", "snmp.community"]) == [
        [value(fields, "request-id"), value(fields, "name"), value(fields, "community").strip("'")]
        for fields in map(snmp.fields, SNMPS)
    ]
    names = ["tftp.opcode", "tftp.source_file", "tftp.destination_file", "tftp.type", "tftp.error.code"]
    assert told(TFTP, 69, names) == [
        ["1", "hello.txt", "", "octet", ""], ["2", "", "new.txt", "netascii", ""], ["5", "", "", "", "1"],
    ]  # fmt: skip
    assert [value(tftp.fields(packet), "opcode") for packet in TFTP] == ["1 (RRQ)", "2 (WRQ)", "5 (ERROR)"]


def test_a_compressed_name_says_where_it_goes_on() -> None:
    """RFC 1035, section 4.1.4: the answer's name is a pointer to the question's, at byte 12."""
    pointers = [field.value for field in dns_message.fields(DNS[1]) if field.name == "pointer in NAME"]
    assert pointers[:3:2] == ["byte 12: www.course.example", "byte 16: course.example"]
