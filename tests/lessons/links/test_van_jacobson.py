"""Headers come out as they went in, are as short as RFC 1144 says, and tshark restores the same ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

from helpers.fields.field import check_tiling
from helpers.fields.internet_checksum import pseudo_header, verify
from helpers.lab.serial_line import Discarded
from helpers.lessons.links.van_jacobson import (
    SPECIAL_D,
    SPECIAL_I,
    Change,
    Compressor,
    Decompressor,
    PacketType,
    TypedPacket,
    fields,
    from_slip,
    to_slip,
)
from tests.fields.tshark import PPP_WITH_DIRECTION, read

PLAIN, UNCOMPRESSED, COMPRESSED = PacketType


def packet(ip=None, payload=b"", port=40000, **tcp):
    network = IP(**{"src": "10.0.0.1", "dst": "10.0.0.2", "id": 1, "flags": "DF", **(ip or {})})
    return bytes(network / TCP(**{"sport": port, "dport": 80, "flags": "A", "seq": 1000, "ack": 2000, **tcp}) / payload)


def after(first, second):
    """How the second is sent when the first was sent before it."""
    compressor = Compressor()
    compressor.compress(first)
    return compressor.compress(second)


STEPS = st.fixed_dictionaries(
    {
        "connection": st.integers(0, 18),
        "seq": st.sampled_from(["next", "next", "next", 0, 1, 255, 256, 65535, 65536, -1]),
        "ack": st.sampled_from([0, 0, "echo", 1, 255, 256, 65535, 65536, -1]),
        "window": st.sampled_from([0, 0, 0, 1, 255, 256, 65535]),
        "id": st.sampled_from([1, 1, 1, 0, 255, 256, 65535]),
        "flags": st.sampled_from(["A", "PA", "A", "PA", "PUA", "UA", "EA", "SA", "FA"]),
        "urgptr": st.sampled_from([0, 0, 0, 7]),
        "options": st.sampled_from([[], [], [], [("Timestamp", (1, 2))], [("NOP", None)] * 4]),
        "ip": st.sampled_from([{}, {}, {}, {}, {"tos": 3}, {"ttl": 9}, {"flags": 0}, {"options": b"\1" * 4}]),
        "payload": st.sampled_from([b"", b"", b"x", b"ls\r\n", b"y" * 100]),
    }
)
"""What a connection does next."""


@given(st.lists(STEPS, min_size=8, max_size=25), st.sampled_from([1, 3, 19]))
@settings(deadline=None, max_examples=40)
def test_every_stream_comes_out_as_it_went_in(steps, connections):
    """Of up to 19 connections, more than are remembered, whose numbers soon wrap around."""
    compressor, decompressor = Compressor(), Decompressor()
    numbers = {
        connection: {"seq": 2**32 - 3, "ack": 2**32 - 200, "id": 65530, "window": 8192} for connection in range(19)
    }
    sizes = dict.fromkeys(range(19), 0)
    for step in steps:
        connection = step["connection"] % connections
        now, last = numbers[connection], sizes[connection]
        for name in now:
            grown = last if step[name] in ("next", "echo") else step[name]
            now[name] = (now[name] + grown) % 2 ** (32 if name in ("seq", "ack") else 16)
        tcp = {name: step[name] for name in ("flags", "urgptr", "options")}
        tcp |= {name: now[name] for name in ("seq", "ack", "window")}
        sizes[connection] = len(step["payload"])
        original = packet({"id": now["id"], **step["ip"]}, step["payload"], 40000 + connection, **tcp)
        sent = compressor.compress(original)
        assert len(sent.data) <= len(original)
        if sent.type is COMPRESSED:
            check_tiling(fields(sent.data), len(sent.data))
        assert from_slip(to_slip(sent)) == sent
        assert decompressor.decompress(sent) == original


def is_whole(received):
    """True if TCP would take the segment: its checksum is right."""
    found = IP(received)
    segment = received[4 * found.ihl :]
    return verify(pseudo_header(found.src, found.dst, 6, len(segment)) + segment)


@pytest.mark.parametrize(("connections", "heard"), [(1, False), (3, True)])
@given(
    events=st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from([0, 40]), st.sampled_from([0, 40, 100]), st.booleans(), st.booleans()
        ),
        max_size=25,
    )
)
@settings(deadline=None, max_examples=40)
def test_after_losses_tcp_never_takes_a_wrong_packet(connections, heard, events):
    """One connection whose losses nobody hears of, and three where the decompressor is told.

    An event: which connection, how many bytes it sends and acknowledges, if its last packet comes again, if it is lost.
    This is no matter of chance: windows stand, numbers only grow, and all data are of one size, so that a wrong number
    is always too low, by 40 at least and 65535 at most in all. The sum cannot come out the same.
    """
    compressor, decompressor = Compressor(), Decompressor()
    numbers = {number: [2**32 - 50, 0, 0] for number in range(connections)}
    previous = {}
    for number, size, acknowledged, repeats, lost in events:
        connection = number % connections
        now = numbers[connection]
        if not repeats or connection not in previous:
            now[1] += acknowledged
            previous[connection] = packet(
                {"id": now[2]}, b"d" * size, 40000 + connection, seq=now[0] % 2**32, ack=now[1]
            )
            now[0], now[2] = now[0] + size, now[2] + 1
        original = previous[connection]
        sent = compressor.compress(original)
        received = Discarded("lost") if lost else decompressor.decompress(sent)
        if lost and heard:
            decompressor.toss()
        if isinstance(received, bytes):  # TCP's checksum knows nothing of identification and header checksum
            same = [received[:4], received[6:10], received[12:]] == [original[:4], original[6:10], original[12:]]
            assert is_whole(received) == same


@given(st.sampled_from(PacketType), st.binary(min_size=1, max_size=60), st.integers(0, 3))
@settings(deadline=None)
def test_any_bytes_give_a_packet_or_a_reason(kind, data, known):
    compressor, decompressor = Compressor(), Decompressor()
    for port in range(known):
        decompressor.decompress(compressor.compress(packet(port=port)))
    check_tiling(fields(data), len(data))
    for sent in (TypedPacket(kind, data), from_slip(data)):
        assert isinstance(decompressor.decompress(sent), bytes | Discarded)


@pytest.mark.parametrize(
    ("changed", "header"),
    [
        ({"ack": 2015}, "04 .... 0f"),  # the RFC's examples in section 3.2.2: 15, 255, 65534 and zero
        ({"ack": 2255}, "04 .... ff"),
        ({"ack": 2000 + 65534}, "04 .... 00 ff fe"),
        ({"flags": "UA", "urgptr": 0}, "01 .... 00 00 00"),
        ({"window": 8191}, "02 .... 00 ff ff"),
        ({"seq": 1001, "ack": 2002, "window": 8195}, "0e .... 03 02 01"),
        ({"seq": 1001, "ack": 2001}, "0c .... 01 01"),
        ({"seq": 1001, "flags": "UA", "urgptr": 7}, "09 .... 07 01"),
        ({"seq": 1001, "flags": "PA"}, "18 .... 01"),
        ({"ack": 2001, "ip": {"id": 7}}, "24 .... 01 06"),
        ({"ack": 2001, "ip": {"id": 0}}, "24 .... 01 00 ff ff"),
        ({"payload": b"ls"}, "00 .... 6c 73"),  # nothing has changed but that there are data now
        ({"payload": b""}, "whole"),  # comes again: perhaps it was lost
        ({"ack": 1999}, "whole"),
        ({"ack": 2000 + 65536}, "whole"),
        ({"seq": 1001, "window": 1, "flags": "UA"}, "whole"),  # these changes have a special mask
        ({"ack": 2001, "urgptr": 7}, "whole"),
        ({"ack": 2001, "flags": "EA"}, "whole"),
        ({"ack": 2001, "options": [("Timestamp", (1, 2))]}, "whole"),
        ({"ack": 2001, "ip": {"ttl": 63}}, "whole"),
    ],
)
def test_how_a_header_is_sent(changed, header):
    second = packet(**{**changed, "ip": {"id": 2, **changed.get("ip", {})}})
    sent = after(packet(), second)
    if header == "whole":
        assert sent == (UNCOMPRESSED, second[:9] + b"\0" + second[10:])
    else:
        assert (sent.type, sent.data.hex(" ")) == (COMPRESSED, header.replace("....", second[36:38].hex(" ")))


@pytest.mark.parametrize(("mask", "ack"), [(SPECIAL_D, 2000), (SPECIAL_I, 2001)])
def test_three_bytes_in_the_ideal_cases(mask, ack):
    """Data in one direction; a key pressed after the echo of the one before it has come."""
    second = packet({"id": 2}, b"s", seq=1001, ack=ack)
    assert after(packet(payload=b"l"), second) == (COMPRESSED, bytes([mask]) + second[36:38] + b"s")


@pytest.mark.parametrize(
    "left_alone",
    [
        packet(flags="S"),
        packet(flags="FA"),
        packet({"flags": "MF"}),
        packet({"frag": 1}),
        packet()[:39],
        bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP() / (b"u" * 40)),
        bytes(IPv6(src="fd00::1", dst="fd00::2") / TCP(flags="A")),
        b"",
    ],
)
def test_what_is_left_alone(left_alone):
    assert after(packet(), left_alone) == (PLAIN, left_alone)


def test_a_loss_is_noticed_by_tcp_until_the_packet_comes_again():
    compressor, decompressor = Compressor(), Decompressor()
    originals = [packet({"id": number}, b"d" * 10, seq=1000 + 10 * number) for number in range(5)]
    sent = [compressor.compress(original) for original in originals]
    received = [decompressor.decompress(each) for number, each in enumerate(sent) if number != 2]
    assert [is_whole(each) for each in received] == [True, True, False, False]
    assert decompressor.decompress(compressor.compress(originals[2])) == originals[2]
    assert decompressor.decompress(compressor.compress(originals[3])) == originals[3]


def test_tshark_decompresses_it(tmp_path: Path):
    """Packets of two connections in turn, whose numbers wrap around; over PPP, as tshark knows no CSLIP.

    Without what tshark 4.0 reads otherwise than the program in RFC 1144's appendix A: the urgent pointer, as two bytes
    instead of one or three; a special case just after an uncompressed packet, whose TCP header it counts as data.
    """
    compressor, originals = Compressor(), []
    for number in range(12):
        port, size = 40000 + number % 5 // 3, (0, 10, 300)[number % 3]
        seq, ack = (2**32 - 400 + 150 * number) % 2**32, (2**32 - 100 + number * number * 2) % 2**32
        ip = {"id": (65530 + number * (1 + number // 6)) % 2**16}
        tcp = {"seq": seq, "ack": ack, "window": 8192 - 7 * (number // 4), "flags": "PA" if size else "A"}
        originals.append(packet(ip, b"d" * size, port, **tcp))
    for number in range(8):
        echo = {"seq": 9000 + number, "ack": 2100 + number} if number > 3 else {"seq": 7000 + 50 * number}
        originals.append(packet({"id": number + 50}, b"f" if number > 3 else b"e" * 50, 40001, **echo))
    sent = [compressor.compress(original) for original in originals]
    masks = {Change(each.data[0]) & ~Change.P for each in sent if each.type is COMPRESSED}
    assert {SPECIAL_D, SPECIAL_I, Change.C | Change.I | Change.S | Change.A | Change.W} <= masks
    protocols = {COMPRESSED: b"\x00\x2d", UNCOMPRESSED: b"\x00\x2f"}
    names = ["ip.len", "ip.id", "tcp.srcport", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.flags"]
    lines = (b"\x01\xff\x03" + protocols[each.type] + each.data for each in sent)
    names += ["tcp.payload", "tcp.checksum.status"]
    shown = read(lines, PPP_WITH_DIRECTION, names, tmp_path, "-o", "tcp.check_checksum:TRUE")
    assert shown == [as_tshark_shows_it(IP(original)) for original in originals]


def as_tshark_shows_it(ip):
    tcp = ip[TCP]
    numbers = [str(number) for number in (tcp.sport, tcp.seq, tcp.ack, tcp.window)]
    return [str(ip.len), f"0x{ip.id:04x}", *numbers, f"0x{int(tcp.flags):04x}", bytes(tcp.payload).hex(), "1"]
