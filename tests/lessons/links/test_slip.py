from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.field import check_tiling
from helpers.lessons.links import slip
from helpers.lessons.links.slip import END, ESC, ESC_END, ESC_ESC, Decoder, encode, fields
from tests.memory import kept_by

SPECIAL = st.binary(max_size=40) | st.lists(st.sampled_from([END, ESC, ESC_END, ESC_ESC, 0x41]), max_size=40).map(bytes)


def pieces(line: bytes, data: st.DataObject) -> list[bytes]:
    cut = []
    while line:
        size = data.draw(st.integers(1, len(line)))
        cut.append(line[:size])
        line = line[size:]
    return cut


def test_the_bytes_on_the_line() -> None:
    """Octal 300, 333, 334 and 335 in the RFC."""
    assert (END, ESC, ESC_END, ESC_ESC) == (0o300, 0o333, 0o334, 0o335)
    assert encode(bytes.fromhex("45 c0 db dc dd 00")).hex(" ") == "c0 45 db dc db dd dc dd 00 c0"


@given(st.lists(SPECIAL.filter(len), max_size=6), st.data())
@settings(deadline=None)
def test_packets_come_out_however_the_line_is_cut(packets: list[bytes], data: st.DataObject) -> None:
    decoder, received = Decoder(), []
    for piece in pieces(b"".join(map(encode, packets)), data):
        received += decoder.feed(piece)
    assert received == packets
    assert (decoder.violations, decoder.too_long) == (0, 0)


@given(SPECIAL, SPECIAL.filter(len))
@settings(deadline=None)
def test_noise_on_an_idle_line_does_not_damage_the_packet_after_it(noise: bytes, packet: bytes) -> None:
    assert Decoder().feed(noise + encode(packet))[-1] == packet


@given(st.lists(SPECIAL, max_size=10))
@settings(deadline=None)
def test_any_bytes(line: list[bytes]) -> None:
    decoder = Decoder(limit=8)
    received = [packet for piece in line for packet in decoder.feed(piece)]
    assert all(0 < len(packet) <= 8 for packet in received)
    assert sum(map(len, received)) <= sum(map(len, line))
    whole = b"".join(line)
    check_tiling(fields(whole), len(whole))


def test_a_packet_over_the_limit_is_thrown_away_and_the_next_one_is_not() -> None:
    decoder = Decoder()
    longest = b"a" * 1006
    assert decoder.feed(encode(longest + b"a") + encode(longest) + encode(b"b")) == [longest, b"b"]
    assert decoder.too_long == 1


def test_a_line_that_never_ends_takes_no_memory() -> None:
    decoder = Decoder(limit=100)

    def feed() -> None:
        for _ in range(50):
            assert decoder.feed(b"a" * 1000) == []

    assert kept_by(slip, feed) < 10_000
    assert decoder.feed(bytes([END])) == []
    assert decoder.too_long == 1


@pytest.mark.parametrize(
    ("line", "received"),
    [
        (b"a" + bytes([ESC]) + b"bc" + bytes([END]), [b"abc"]),
        (b"a" + bytes([ESC, ESC]) + b"b" + bytes([END]), [b"a" + bytes([ESC]) + b"b"]),
        (b"a" + bytes([ESC, END]) + b"b" + bytes([END]), [b"a", b"b"]),
        (bytes([ESC, END, ESC_END, END]), [bytes([ESC_END])]),
    ],
)
def test_protocol_violations_are_counted(line: bytes, received: list[bytes]) -> None:
    decoder = Decoder()
    assert decoder.feed(line) == received
    assert decoder.violations == 1


def test_the_fields_of_a_line() -> None:
    line = encode(bytes.fromhex("45 c0 db 00")) + bytes.fromhex("db 41 db c0 db")
    found = fields(line)
    check_tiling(found, len(line))
    assert [(field.name, field.value) for field in found] == [
        ("END", "c0"),
        ("data", "45"),
        ("ESC ESC_END", "db dc"),
        ("ESC ESC_ESC", "db dd"),
        ("data", "00"),
        ("END", "c0"),
        ("ESC", "db 41"),
        ("ESC", "db"),
        ("END", "c0"),
        ("ESC", "db"),
    ]
    assert found[2].meaning == "stands for a byte c0 of the packet"
