from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v1, v2c
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from helpers.fields.fields import check_tiling
from helpers.lessons.applications import ber, snmp
from helpers.lessons.applications.ber import BERError
from helpers.lessons.applications.snmp import Binding, Message, PduType, decode, encode, fields, in_words
from tests.fields.tshark import ETHERNET, read
from tests.samples import MAC

SYS_NAME = "1.3.6.1.2.1.1.5.0"
NAMES = st.sampled_from([*snmp.SYSTEM, "1.3.6.1.4.1.8072.3.2.10", "0.0", "2.5"])
BINDINGS = st.one_of(
    st.builds(Binding, NAMES),
    st.builds(Binding, NAMES, st.just(ber.OCTET_STRING), st.binary(max_size=200)),
    st.builds(lambda name, number: Binding(name, ber.INTEGER, ber.integer(number)[2:]), NAMES, st.integers(-9, 2**31)),
    st.builds(Binding, NAMES, st.just(snmp.IP_ADDRESS), st.binary(min_size=4, max_size=4)),
    st.builds(Binding, NAMES, st.sampled_from([snmp.NO_SUCH_OBJECT, snmp.NO_SUCH_INSTANCE, snmp.END_OF_MIB_VIEW])),
)
MESSAGES = st.builds(
    Message, st.integers(0, 1), st.binary(max_size=20), st.sampled_from(PduType), st.integers(-(2**31), 2**31 - 1),
    st.lists(BINDINGS, max_size=4).map(tuple), st.integers(0, 30), st.integers(0, 30),
)  # fmt: skip


def test_a_question_by_hand() -> None:
    """RFC 1901 section 3 and RFC 3416 section 3, byte by byte."""
    question = bytes.fromhex(
        "3026 020101 0406 7075626c6963 a019 020101 020100 020100 300e 300c 0608 2b06010201010500 0500"
    )
    assert snmp.get_request("public", [SYS_NAME]) == question
    assert decode(question) == Message(1, b"public", PduType.GET_REQUEST, 1, (Binding(SYS_NAME),))
    assert in_words(question) == "GetRequest 1, 'public': sysName.0"


@given(MESSAGES)
def test_what_was_encoded_is_decoded_and_explained(message: Message) -> None:
    encoded = encode(message)
    assert decode(encoded) == message
    check_tiling(fields(encoded), len(encoded))
    assert "\n" not in in_words(encoded)


@given(MESSAGES, st.data())
def test_damaged_messages_do_no_more_than_raise_an_error(message: Message, data: st.DataObject) -> None:
    damaged = bytearray(encode(message))
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    try:
        decode(bytes(damaged))
    except BERError as error:
        assert "\n" not in str(error)
    check_tiling(fields(bytes(damaged)), len(damaged))


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_decoder(data: bytes) -> None:
    check_tiling(fields(data), len(data))


@pytest.mark.parametrize("version", [0, 1])
def test_pysnmp_says_the_same(version: int) -> None:
    api = (v1, v2c)[version]
    pdu = api.GetRequestPDU()
    api.apiPDU.set_defaults(pdu)
    api.apiPDU.set_request_id(pdu, 77)
    api.apiPDU.set_varbinds(pdu, ((SYS_NAME, api.Null("")),))
    message = api.Message()
    api.apiMessage.set_defaults(message)
    api.apiMessage.set_community(message, "public")
    api.apiMessage.set_pdu(message, pdu)
    assert encoder.encode(message) == snmp.get_request("public", [SYS_NAME], 77, version)


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    answer = Message(
        1, b"public", PduType.RESPONSE, 9,
        (Binding(SYS_NAME, ber.OCTET_STRING, b"server"), Binding("1.3.6.1.4.1.8072.1", snmp.NO_SUCH_OBJECT)),
    )  # fmt: skip
    refused = Message(0, b"secret", PduType.RESPONSE, 2**31 - 1, (Binding(SYS_NAME),), error_status=2, error_index=1)
    messages = [decode(snmp.get_request("public", [SYS_NAME], 7)), answer, refused]
    frames = [
        bytes(Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=40000, dport=161) / encode(message))
        for message in messages
    ]
    names = ["snmp.version", "snmp.community", "snmp.request_id", "snmp.error_status", "snmp.error_index", "snmp.name"]
    assert read(frames, ETHERNET, names, tmp_path) == [
        [
            str(message.version), message.community.decode(), str(message.request_id), str(message.error_status),
            str(message.error_index), ",".join(binding.name for binding in message.bindings),
        ]
        for message in messages
    ]  # fmt: skip


def test_every_byte_of_a_question_has_a_name() -> None:
    question = snmp.get_request("public", [SYS_NAME])
    assert [(field.name, field.value) for field in fields(question)] == [
        ("message: type, length", "SEQUENCE, 38 bytes"),
        ("version: type, length", "INTEGER, 1 byte"), ("version", "1 (SNMPv2c)"),
        ("community: type, length", "OCTET STRING, 6 bytes"), ("community", "'public'"),
        ("PDU: type, length", "GetRequest, 25 bytes"),
        ("request-id: type, length", "INTEGER, 1 byte"), ("request-id", "1"),
        ("error-status: type, length", "INTEGER, 1 byte"), ("error-status", "noError (0)"),
        ("error-index: type, length", "INTEGER, 1 byte"), ("error-index", "0"),
        ("variable-bindings: type, length", "SEQUENCE, 14 bytes"),
        ("VarBind: type, length", "SEQUENCE, 12 bytes"),
        ("name: type, length", "OBJECT IDENTIFIER, 8 bytes"), ("name", SYS_NAME),
        ("value: type, length", "NULL, 0 bytes"),
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "source"), [(0, "RFC 1157 section 4"), (1, "RFC 1901 section 3")])
def test_each_version_is_laid_down_elsewhere(version: int, source: str) -> None:
    explained = fields(snmp.get_request("public", [SYS_NAME], version=version))
    assert {field.source for field in explained[:5]} == {source}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"", "the bytes end before message"),
        (ber.sequence(ber.integer(3)), "version number 3 is neither SNMPv1"),
        (snmp.get_request("public", [SYS_NAME]) + b"x", "there are bytes after the end"),
        (ber.sequence(ber.integer(1), ber.octets(b"public"), ber.sequence(tag=0xA4)), "its tag is 0xa4"),
        (encode(Message(1, b"", PduType.RESPONSE, 1, (Binding("1.3", snmp.IP_ADDRESS, b"123"),))), "has 4 bytes"),
        (encode(Message(1, b"", PduType.RESPONSE, 1, (Binding("1.3", ber.NULL, b"1"),))), "NULL has no bytes"),
    ],
)
def test_what_is_no_message_says_why(message: bytes, why: str) -> None:
    with pytest.raises(BERError, match=why):
        decode(message)


def test_answers_in_words() -> None:
    found = (Binding(SYS_NAME, ber.OCTET_STRING, b"server"), Binding("1.3.6.1.9", snmp.NO_SUCH_OBJECT))
    assert in_words(encode(Message(1, b"", PduType.RESPONSE, 4, found))) == (
        "Response 4: sysName.0 = 'server', 1.3.6.1.9 = noSuchObject"
    )
    refused = Message(0, b"", PduType.RESPONSE, 4, (), error_status=2)
    assert in_words(encode(refused)) == "Response 4: noSuchName (2)"
