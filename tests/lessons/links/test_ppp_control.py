from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.field import check_tiling
from helpers.lessons.links import ppp
from helpers.lessons.links.ppp import MRU, Protocol
from helpers.lessons.links.ppp_control import (
    ADDRESS_CONTROL_FIELD_COMPRESSION,
    MAX_FAILURE,
    PROTOCOL_FIELD_COMPRESSION,
    Code,
    ControlError,
    IPCPOption,
    LCPOption,
    Negotiation,
    Option,
    Packet,
    accm,
    configure,
    decode,
    encode,
    fields,
    ip_address,
    ipcp_judge,
    lcp_judge,
    magic_number,
    mru,
    summary,
    van_jacobson,
)
from tests.fields.tshark import PPP_WITH_DIRECTION, read

REQUEST, ACK, NAK, REJECT = Code.CONFIGURE_REQUEST, Code.CONFIGURE_ACK, Code.CONFIGURE_NAK, Code.CONFIGURE_REJECT
OPTIONS = st.builds(Option, st.integers(0, 255), st.binary(max_size=10))
PACKETS = st.builds(Packet, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40)) | st.builds(
    configure, st.sampled_from([REQUEST, ACK, NAK, REJECT]), st.integers(0, 3), st.lists(OPTIONS, max_size=5)
)
EVERYTHING = [
    mru(1006),
    accm(0x000A0000),
    magic_number(0x12345678),
    PROTOCOL_FIELD_COMPRESSION,
    ADDRESS_CONTROL_FIELD_COMPRESSION,
]


# Bytes.


@pytest.mark.parametrize(
    ("option", "data"),
    [
        (mru(1500), "01 04 05 dc"),  # each with its type and length as the RFCs' figures give them
        (accm(0xFFFFFFFF), "02 06 ff ff ff ff"),
        (magic_number(1), "05 06 00 00 00 01"),
        (PROTOCOL_FIELD_COMPRESSION, "07 02"),
        (ADDRESS_CONTROL_FIELD_COMPRESSION, "08 02"),
        (ip_address("10.0.0.1"), "03 06 0a 00 00 01"),
        (van_jacobson(15, True), "02 06 00 2d 0f 01"),
        (van_jacobson(3), "02 06 00 2d 03 00"),
    ],
)
def test_the_bytes_of_each_option(option: Option, data: str) -> None:
    whole = bytes.fromhex(f"01 09 00 {4 + option_size(data):02x}") + bytes.fromhex(data)
    assert encode(configure(REQUEST, 9, [option])) == whole
    assert decode(whole).options == (option,)


def option_size(data: str) -> int:
    return len(bytes.fromhex(data))


@given(PACKETS, st.binary(max_size=5))
def test_packets_come_out_as_they_went_in_whatever_the_padding(packet: Packet, padding: bytes) -> None:
    whole = encode(packet) + padding
    assert decode(whole) == packet
    for protocol in (Protocol.LCP, Protocol.IPCP):
        check_tiling(fields(protocol, whole), len(whole))


@given(st.lists(OPTIONS, max_size=8))
def test_options_come_out_as_they_went_in(options: list[Option]) -> None:
    assert decode(encode(configure(REQUEST, 1, options))).options == tuple(options)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_no_bytes_whatever_do_more_than_raise_a_control_error(data: bytes) -> None:
    check_tiling(fields(Protocol.LCP, data), len(data))
    end = Negotiation(Protocol.LCP, EVERYTHING, lcp_judge)
    try:
        for answer in end.receive(decode(data)):
            encode(answer)
    except ControlError as error:
        assert "\n" not in str(error)


@given(st.lists(PACKETS, max_size=12))
@settings(deadline=None)
def test_no_packets_whatever_bring_an_end_out_of_step(packets: list[Packet]) -> None:
    for protocol, judge in ((Protocol.LCP, lcp_judge), (Protocol.IPCP, ipcp_judge("10.0.0.2"))):
        end = Negotiation(protocol, [ip_address("0.0.0.0")], judge)
        for packet in packets:
            try:
                answers = end.receive(packet)
            except ControlError:
                continue
            assert len(answers) <= 2
            assert all(len(encode(answer)) <= MRU for answer in answers)
        assert end.opened == (end.mine is not None and end.theirs is not None)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("01 01 00", "a header of 4 bytes, and there are 3"),
        ("01 01 00 03", "says that it has 3 bytes: it has 4"),
        ("01 01 00 06 01", "says that it has 6 bytes: it has 5"),
    ],
)
def test_packets_that_cannot_be_decoded(data: str, sentence: str) -> None:
    with pytest.raises(ControlError, match=sentence):
        decode(bytes.fromhex(data))
    assert sentence in fields(Protocol.LCP, bytes.fromhex(data))[-1].meaning


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("01", "option 1 says that it has 0 bytes: from 2 to 1 are possible"),
        ("01 00", "option 1 says that it has 0 bytes: from 2 to 2 are possible"),
        ("01 01 00", "option 1 says that it has 1 bytes: from 2 to 3 are possible"),
        ("01 05 00 00", "option 1 says that it has 5 bytes: from 2 to 4 are possible"),
        ("05 06 00 00 00 01 07", "option 7 says that it has 0 bytes: from 2 to 1 are possible"),
    ],
)
def test_options_that_cannot_be_decoded(data: str, sentence: str) -> None:
    packet = Packet(REQUEST, 0, bytes.fromhex(data))
    with pytest.raises(ControlError, match=sentence):
        _ = packet.options
    whole = encode(packet)
    check_tiling(fields(Protocol.LCP, whole), len(whole))
    assert fields(Protocol.LCP, whole)[-1].name == "not understood"


@pytest.mark.parametrize(
    "make",
    [
        lambda: mru(65536),
        lambda: accm(-1),
        lambda: magic_number(2**32),
        lambda: van_jacobson(256),
        lambda: configure(REQUEST, 1, [Option(1, bytes(254))]),
        lambda: configure(REQUEST, 1, [Option(256)]),
        lambda: encode(Packet(REQUEST, 256)),
        lambda: encode(Packet(REQUEST, 1, bytes(65532))),
    ],
)
def test_values_that_do_not_fit(make: Callable[[], object]) -> None:
    with pytest.raises(ControlError, match="cannot be sent in so few bytes"):
        make()


def test_no_address() -> None:
    with pytest.raises(ValueError, match="10.0.0"):
        ip_address("10.0.0")


# Explanations.


def named(protocol: Protocol, packet: Packet) -> list[tuple[str, str]]:
    whole = encode(packet)
    found = fields(protocol, whole)
    check_tiling(found, len(whole))
    return [(field.name, field.value) for field in found[3:]]


def test_the_fields_of_a_request() -> None:
    whole = encode(configure(REQUEST, 7, EVERYTHING)) + b"\0"
    found = fields(Protocol.LCP, whole)
    assert [(field.name, field.value) for field in found] == [
        ("code", "CONFIGURE_REQUEST (1)"), ("identifier", "7"), ("length", "24"),
        ("option type", "MRU (1)"), ("option length", "4"), ("MRU", "1006"),
        ("option type", "ACCM (2)"), ("option length", "6"), ("ACCM", "00 0a 00 00"),
        ("option type", "Magic-Number (5)"), ("option length", "6"), ("Magic-Number", "12 34 56 78"),
        ("option type", "Protocol-Field-Compression (7)"), ("option length", "2"),
        ("option type", "Address-and-Control-Field-Compression (8)"), ("option length", "2"),
        ("padding", "00"),
    ]  # fmt: skip


def test_the_fields_of_ipcps_options() -> None:
    options = [ip_address("10.0.0.1"), van_jacobson(15, True), Option(129, b"\1\2")]
    assert named(Protocol.IPCP, configure(NAK, 1, options)) == [
        ("option type", "IP-Address (3)"), ("option length", "6"), ("IP-Address", "10.0.0.1"),
        ("option type", "IP-Compression-Protocol (2)"), ("option length", "6"),
        ("IP-Compression-Protocol", "0x002d, Max-Slot-Id 15, Comp-Slot-Id 1"),
        ("option type", "option 129 (129)"), ("option length", "4"), ("option 129", "01 02"),
    ]  # fmt: skip


def test_the_fields_of_other_packets() -> None:
    assert named(Protocol.LCP, Packet(Code.ECHO_REQUEST, 1, b"\0\0\0\1hi")) == [
        ("Magic-Number", "00 00 00 01"), ("data", "68 69"),
    ]  # fmt: skip
    assert named(Protocol.LCP, Packet(Code.TERMINATE_REQUEST, 1, b"bye")) == [("data", "62 79 65")]
    assert fields(Protocol.LCP, encode(Packet(99, 1)))[0].value == "unknown (99)"


@pytest.mark.parametrize(
    ("protocol", "packet", "words"),
    [
        (Protocol.LCP, configure(REQUEST, 1, EVERYTHING[:2]), "LCP Configure-Request 1: MRU 1006, ACCM 00 0a 00 00"),
        (Protocol.LCP, configure(ACK, 2, [magic_number(7)]), "LCP Configure-Ack 2: Magic-Number 00 00 00 07"),
        (Protocol.LCP, configure(ACK, 2, [PROTOCOL_FIELD_COMPRESSION]), "LCP Configure-Ack 2: Protocol-Field-"),
        (Protocol.IPCP, configure(NAK, 3, [ip_address("10.0.0.1")]), "IPCP Configure-Nak 3: IP-Address 10.0.0.1"),
        (Protocol.IPCP, configure(REJECT, 4, [Option(200, b"\7")]), "IPCP Configure-Reject 4: option 200 07"),
        (Protocol.LCP, configure(REQUEST, 5, []), "LCP Configure-Request 5"),
        (Protocol.LCP, Packet(Code.ECHO_REQUEST, 6, b"\0\0\0\1hi"), "LCP Echo-Request 6"),
        (Protocol.LCP, Packet(99, 7), "LCP code 99 7"),
        (Protocol.LCP, Packet(REQUEST, 8, b"\1"), "LCP Configure-Request 8: option 1 says that it has 0 bytes"),
    ],
)
def test_a_packet_in_words(protocol: Protocol, packet: Packet, words: str) -> None:
    assert summary(protocol, packet).startswith(words)


@given(PACKETS)
def test_any_packet_has_words_in_one_line(packet: Packet) -> None:
    assert "\n" not in summary(Protocol.LCP, packet) and "\n" not in summary(Protocol.IPCP, packet)


def test_they_go_into_the_map_of_a_frame() -> None:
    whole = ppp.content(ppp.Frame(Protocol.LCP, encode(configure(REQUEST, 1, EVERYTHING))))
    found = ppp.fields(whole, body=lambda information: fields(Protocol.LCP, information))
    check_tiling(found, len(whole))
    assert {field.layer for field in found} >= {"PPP", "LCP"}


# Coming to terms.


def talk(here: Negotiation, there: Negotiation, most: int = 50) -> int:
    """Carry packets between two ends until neither says anything more; how many it took."""
    to_there, to_here, carried = [here.request()], [there.request()], 0
    while to_there or to_here:
        to_here, to_there = (
            to_here[1:] + (there.receive(decode(encode(to_there[0]))) if to_there else []),
            to_there[1:] + (here.receive(decode(encode(to_here[0]))) if to_here else []),
        )
        carried += 1
        assert carried < most
    return carried


def test_two_ends_of_lcp_agree_at_once() -> None:
    here = Negotiation(Protocol.LCP, EVERYTHING, lcp_judge)
    there = Negotiation(Protocol.LCP, [magic_number(7)], lcp_judge)
    assert not here.opened
    talk(here, there)
    assert here.opened and there.opened
    assert here.mine == there.theirs == tuple(EVERYTHING)
    assert there.mine == here.theirs == (magic_number(7),)


def test_an_end_without_an_address_is_given_one() -> None:
    here = Negotiation(Protocol.IPCP, [ip_address("0.0.0.0"), van_jacobson()], ipcp_judge("10.0.0.2"))
    there = Negotiation(Protocol.IPCP, [ip_address("10.0.0.2"), Option(129, bytes(4))], ipcp_judge("10.0.0.1"))
    talk(here, there)
    assert here.mine == (ip_address("10.0.0.1"), van_jacobson())
    assert there.mine == (ip_address("10.0.0.2"),)  # nobody knows option 129


def test_a_nak_has_the_other_value_and_the_next_request_another_identifier() -> None:
    here = Negotiation(Protocol.IPCP, [ip_address("0.0.0.0")], ipcp_judge("10.0.0.2"))
    first = here.request()
    assert here.request() == first
    nak = configure(NAK, first.identifier, [ip_address("10.0.0.1"), Option(99, b"unasked")])
    assert here.receive(nak) == [configure(REQUEST, first.identifier + 1, [ip_address("10.0.0.1")])]
    assert here.receive(nak) == []
    assert here.receive(configure(REJECT, 1, [ip_address("10.0.0.1")])) == [configure(REQUEST, 2, [])]
    assert here.receive(configure(ACK, 2, [])) == []
    assert here.mine == ()


def test_what_is_rejected_comes_before_what_is_naked() -> None:
    here = Negotiation(Protocol.IPCP, [], ipcp_judge("10.0.0.2"))
    asked = [ip_address("0.0.0.0"), Option(200), van_jacobson(3)]
    assert here.receive(configure(REQUEST, 5, asked)) == [configure(REJECT, 5, [Option(200)])]
    assert here.receive(configure(REQUEST, 6, [asked[0], asked[2]])) == [configure(NAK, 6, [ip_address("10.0.0.2")])]
    assert here.theirs is None
    agreed = configure(REQUEST, 7, [ip_address("10.0.0.2"), asked[2]])
    assert here.receive(agreed) == [Packet(ACK, 7, agreed.data)]
    assert here.theirs == agreed.options
    here.receive(configure(REQUEST, 8, [Option(200)]))
    assert here.theirs is None


def test_identifiers_have_one_byte() -> None:
    here = Negotiation(Protocol.LCP, [], lcp_judge)
    identifiers = [here.receive(Packet(99, 1))[0].identifier for _ in range(300)]
    assert set(identifiers) == set(range(256))


def test_another_compression_is_answered_by_the_one_that_is_known() -> None:
    judge = ipcp_judge("10.0.0.2")
    other = Option(IPCPOption.IP_COMPRESSION_PROTOCOL, bytes.fromhex("0061 0000"))
    assert judge(other, []) == van_jacobson()
    assert judge(Option(IPCPOption.IP_COMPRESSION_PROTOCOL, bytes.fromhex("002d")), []) == van_jacobson()
    assert judge(van_jacobson(255, True), []) == van_jacobson(255, True)


def test_after_five_naks_comes_a_reject() -> None:
    here = Negotiation(Protocol.IPCP, [], ipcp_judge("10.0.0.2"))
    stubborn = configure(REQUEST, 1, [ip_address("9.9.9.9")])
    codes = [here.receive(stubborn)[0].code for _ in range(MAX_FAILURE + 1)]
    assert codes == [NAK] * 5 + [REJECT]
    here.receive(configure(REQUEST, 2, []))
    assert here.receive(stubborn)[-1].code == NAK


def test_an_end_that_hears_itself_never_agrees_on_its_magic_number() -> None:
    here = Negotiation(Protocol.LCP, [magic_number(0xABCD)], lcp_judge)
    asked, naks = here.request(), 0
    for _ in range(MAX_FAILURE):
        (nak,) = here.receive(asked)
        assert nak.code == NAK and nak.options != asked.options
        (asked,) = here.receive(nak)
    assert here.receive(asked) == [configure(REJECT, asked.identifier, asked.options)]
    assert naks == 0 and not here.opened


@pytest.mark.parametrize(
    ("option", "answer"),
    [
        (magic_number(0), magic_number(0xFFFFFFFF)),
        (magic_number(5), magic_number(0xFFFFFFFA)),
        (magic_number(6), magic_number(6)),
        (mru(576), mru(576)),
        (Option(LCPOption.MRU, b"\1"), None),
        (Option(3, b"\xc0\x23"), None),
        (Option(200), None),
    ],
)
def test_what_lcp_says_to_an_option(option: Option, answer: Option | None) -> None:
    assert lcp_judge(option, [magic_number(5)]) == answer


def test_answers_that_are_of_no_use() -> None:
    here = Negotiation(Protocol.LCP, [mru(1006)], lcp_judge)
    asked = here.request()
    assert here.receive(configure(ACK, asked.identifier + 1, asked.options)) == []
    assert here.receive(configure(ACK, asked.identifier, [mru(1500)])) == []
    assert here.receive(Packet(ACK, asked.identifier)) == []
    assert here.mine is None
    assert here.receive(Packet(ACK, asked.identifier, asked.data)) == []
    assert here.mine == (mru(1006),)
    assert here.receive(configure(NAK, asked.identifier, [mru(99)])) == []
    assert here.mine == (mru(1006),)


def opened(protocol: Protocol = Protocol.LCP) -> Negotiation:
    here = Negotiation(protocol, [magic_number(1)] if protocol is Protocol.LCP else [], lcp_judge)
    there = Negotiation(protocol, [magic_number(2)] if protocol is Protocol.LCP else [], lcp_judge)
    talk(here, there)
    assert here.opened
    return here


def test_an_echo_comes_back_with_the_own_magic_number() -> None:
    request = Packet(Code.ECHO_REQUEST, 9, b"\0\0\0\2hello")
    assert opened().receive(request) == [Packet(Code.ECHO_REPLY, 9, b"\0\0\0\1hello")]
    assert Negotiation(Protocol.LCP, [], lcp_judge).receive(request) == []
    assert opened().receive(Packet(Code.ECHO_REQUEST, 9, b"abc")) == []


def test_the_end() -> None:
    here = opened()
    assert here.receive(Packet(Code.TERMINATE_REQUEST, 3, b"bye")) == [Packet(Code.TERMINATE_ACK, 3, b"bye")]
    assert not here.opened and here.mine is None and here.theirs is None


def test_when_the_other_end_begins_anew_so_does_this_one() -> None:
    here = opened()
    before = here.request().identifier
    again = configure(REQUEST, 77, [magic_number(2)])
    request, ack = here.receive(again)
    assert (request.code, ack) == (REQUEST, Packet(ACK, 77, again.data))
    assert request.identifier != before and not here.opened
    here.receive(Packet(ACK, request.identifier, request.data))
    assert here.opened


@pytest.mark.parametrize(
    ("protocol", "code", "known"),
    [
        (Protocol.LCP, 12, False),
        (Protocol.LCP, 0, False),
        (Protocol.LCP, Code.PROTOCOL_REJECT, True),
        (Protocol.LCP, Code.DISCARD_REQUEST, True),
        (Protocol.IPCP, Code.DISCARD_REQUEST, False),
        (Protocol.IPCP, Code.PROTOCOL_REJECT, False),
        (Protocol.IPCP, Code.ECHO_REQUEST, False),
        (Protocol.IPCP, Code.CODE_REJECT, True),
        (Protocol.IPCP, Code.TERMINATE_ACK, True),
    ],
)
def test_a_code_that_is_not_known_is_rejected(protocol: Protocol, code: int, known: bool) -> None:
    packet = Packet(code, 5, bytes(2000))
    answers = opened(protocol).receive(packet)
    if known:
        assert answers == []
    else:
        assert answers == [Packet(Code.CODE_REJECT, answers[0].identifier, encode(packet)[:1496])]


def test_options_that_cannot_be_decoded_change_nothing() -> None:
    here = opened()
    with pytest.raises(ControlError, match="option 1 says that it has 9 bytes"):
        here.receive(Packet(REQUEST, 5, b"\1\x09"))
    assert here.opened


def test_tshark_reads_lcp_and_ipcp(tmp_path: Path) -> None:
    packets = [
        (Protocol.LCP, configure(REQUEST, 1, EVERYTHING)),
        (Protocol.LCP, Packet(Code.ECHO_REQUEST, 2, b"\x12\x34\x56\x78")),
        (Protocol.IPCP, configure(NAK, 3, [ip_address("10.0.0.1"), van_jacobson(15, True)])),
    ]
    records = (b"\1" + ppp.content(ppp.Frame(protocol, encode(packet)))[:-2] for protocol, packet in packets)
    names = ["ppp.protocol", "ppp.code", "ppp.identifier", "lcp.opt.type", "lcp.opt.mru", "lcp.opt.asyncmap"]
    names += ["lcp.opt.magic_number", "lcp.magic_number", "ipcp.opt.ip_address", "ipcp.opt.compress_proto"]
    names += ["ipcp.opt.max_slot_id", "ipcp.opt.comp_slot_id"]
    assert read(records, PPP_WITH_DIRECTION, names, tmp_path) == [
        ["0xc021", "1", "1", "1,2,5,7,8", "1006", "0x000a0000", "0x12345678", "", "", "", "", ""],
        ["0xc021", "9", "2", "", "", "", "", "0x12345678", "", "", "", ""],
        ["0x8021", "3", "3", "", "", "", "", "", "10.0.0.1", "0x002d", "15", "1"],
    ]
