from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from helpers.fields.fields import check_tiling
from helpers.lessons.applications.tftp import (
    ILLEGAL,
    Ack,
    Data,
    Error,
    ErrorCode,
    Opcode,
    OptionAck,
    Packet,
    Receiving,
    Request,
    Sending,
    TFTPError,
    decode,
    encode,
    fields,
    from_netascii,
    in_words,
    to_netascii,
)
from tests.fields.tshark import ETHERNET, read

NUMBERS = st.integers(0, 2**16 - 1)
TEXTS = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=20)
SMALL = TEXTS.map(str.lower)
OPTIONS = st.lists(st.tuples(SMALL, TEXTS), max_size=3).map(tuple)
PACKETS: st.SearchStrategy[Packet] = st.one_of(
    st.builds(Request, st.sampled_from([Opcode.RRQ, Opcode.WRQ]), TEXTS, SMALL, OPTIONS),
    st.builds(Data, NUMBERS, st.binary(max_size=512)),
    st.builds(Ack, NUMBERS),
    st.builds(Error, NUMBERS, TEXTS),
    st.builds(OptionAck, OPTIONS),
)


def test_packets_by_hand() -> None:
    """RFC 1350, section 5."""
    assert encode(Request(Opcode.RRQ, "hello.txt", "octet")) == b"\0\1hello.txt\0octet\0"
    assert encode(Data(1, b"hello")) == b"\0\3\0\1hello"
    assert encode(Ack(258)) == b"\0\4\1\2"
    assert encode(Error(1, "no such file")) == b"\0\5\0\1no such file\0"
    assert decode(b"\0\2a\0OCTET\0blksize\x008\0") == Request(Opcode.WRQ, "a", "octet", (("blksize", "8"),))


@given(PACKETS)
def test_what_was_encoded_is_decoded_and_explained(packet: Packet) -> None:
    encoded = encode(packet)
    assert decode(encoded) == packet
    check_tiling(fields(encoded), len(encoded))
    assert in_words(encoded)


@given(st.binary(max_size=600))
def test_no_bytes_whatever_break_the_decoder_or_a_transfer(data: bytes) -> None:
    try:
        decode(data)
    except TFTPError as error:
        assert "\n" not in str(error)
    check_tiling(fields(data), len(data))
    for transfer in (Sending(bytes(1000)), Receiving(1000)):
        answer = transfer.receive(data)
        if answer is not None:
            decode(answer)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"", "this one with nothing"),
        (b"\0", "this one with 00"),
        (b"\0\7", "this one with 00 07"),
        (b"\0\1hello", "filename must end with a zero byte"),
        (b"\0\1hello\0octet", "mode must end with a zero byte"),
        (b"\0\1h\xe4llo\0octet\0", "filename must be ASCII"),
        (b"\0\1a\0octet\0blksize\x008", "value must end with a zero byte"),
        (b"\0\4\0", "the bytes end inside block number: it needs 2, and 1 are left"),
        (b"\0\4\0\1\0", "1 bytes are left after the end"),
        (b"\0\3\0\1" + bytes(513), "a block has at most 512 bytes, and this one has 513"),
    ],
)
def test_what_is_no_packet_says_why(packet: bytes, why: str) -> None:
    with pytest.raises(TFTPError, match=why):
        decode(packet)
    if packet:
        assert fields(packet)[-1].name == "not understood" and why in fields(packet)[-1].meaning


def test_an_option_without_a_value() -> None:
    with pytest.raises(TFTPError, match="value must end with a zero byte"):
        decode(b"\0\1a\0octet\0blksize\0")


@pytest.mark.parametrize(
    ("packet", "why"),
    [(Ack(2**16), "no number of 16 bits"), (Data(1, bytes(513)), "not 513"), (Error(1, "a\0b"), "a zero byte inside")],
)
def test_packets_that_cannot_be(packet: Packet, why: str) -> None:
    with pytest.raises(TFTPError, match=why):
        encode(packet)


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    packets: list[Packet] = [
        Request(Opcode.RRQ, "hello.txt", "octet"), Request(Opcode.WRQ, "new.txt", "netascii"),
        Error(1, "there is no such file"),
    ]  # fmt: skip
    frames = [
        bytes(Ether() / IP() / UDP(sport=40000 + number, dport=69) / encode(packet))
        for number, packet in enumerate(packets)
    ]
    names = ["tftp.opcode", "tftp.source_file", "tftp.destination_file", "tftp.type", "tftp.error.code"]
    assert read(frames, ETHERNET, names, tmp_path) == [
        ["1", "hello.txt", "", "octet", ""],
        ["2", "", "new.txt", "netascii", ""],
        ["5", "", "", "", "1"],
    ]


# A server's side.


def test_a_file_is_sent_block_by_block() -> None:
    content = bytes(range(256)) * 4  # two full blocks, and so an empty third one
    transfer = Sending(content)
    packet: bytes | None = transfer.packet()
    got = b""
    for block, size in ((1, 512), (2, 512), (3, 0)):
        assert packet is not None
        data = decode(packet)
        assert data == Data(block, content[len(got) : len(got) + size])
        got += data.data
        assert not transfer.complete
        packet = transfer.receive(encode(Ack(block)))
    assert (packet, got) == (None, content)
    assert transfer.complete and transfer.ended


def test_a_copy_of_an_acknowledgement_is_not_answered() -> None:
    """Else each block from then on would be sent twice (RFC 1123, section 4.2.3.1)."""
    transfer = Sending(bytes(2000))
    second = transfer.receive(encode(Ack(1)))
    assert transfer.receive(encode(Ack(1))) is None
    assert transfer.packet() == second, "what the timer sends again"


def test_a_file_is_received_block_by_block() -> None:
    transfer = Receiving(2000)
    assert decode(transfer.packet()) == Ack(0)
    first = encode(Data(1, bytes(512)))
    assert transfer.receive(first) == encode(Ack(1))
    assert transfer.receive(encode(Data(3, b"early"))) is None
    assert transfer.receive(encode(Data(2, b"end"))) == encode(Ack(2))
    assert transfer.complete and not transfer.ended
    assert transfer.receive(encode(Data(2, b"end"))) == encode(Ack(2)), "its acknowledgement was lost"
    assert transfer.content == bytes(512) + b"end"


def test_a_file_that_is_too_long_ends_the_transfer() -> None:
    transfer = Receiving(600)
    transfer.receive(encode(Data(1, bytes(512))))
    answer = transfer.receive(encode(Data(2, bytes(100))))
    assert answer is not None and decode(answer) == Error(ErrorCode.DISK_FULL, "there is room for 600 bytes")
    assert transfer.ended and not transfer.complete


@pytest.mark.parametrize("transfer", [Sending(b"hello"), Receiving(100)], ids=["sending", "receiving"])
def test_what_makes_no_sense_ends_a_transfer(transfer: Sending | Receiving) -> None:
    assert transfer.receive(b"\0\7nonsense") == encode(ILLEGAL)
    assert transfer.ended and not transfer.complete


@pytest.mark.parametrize("transfer", [Sending(b"hello"), Receiving(100)], ids=["sending", "receiving"])
def test_an_error_ends_a_transfer_and_is_not_answered(transfer: Sending | Receiving) -> None:
    assert transfer.receive(encode(Error(0, "enough"))) is None
    assert transfer.ended and not transfer.complete


@given(st.text("ab\r\n\0", max_size=30))
def test_netascii_there_and_back(text: str) -> None:
    content = text.encode()
    assert from_netascii(to_netascii(content)) == content
    assert b"\n" not in to_netascii(content).replace(b"\r\n", b"")
