"""SLIP, CSLIP and PPP: whatever the packets and wherever the line is cut, what goes in comes out, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6

from helpers.errors import CourseError
from helpers.fields.field import check_tiling
from helpers.lab.serial_line import Discarded
from helpers.lessons.links import CslipEnd, PppEnd, SlipEnd, ppp, slip
from helpers.lessons.links.link_bytes import on_line
from tests.fields.tshark import USER_0, read

AGREED = ppp.Framing(accm=0, compress_address_control=True, compress_protocol=True)
ENDS = {
    "SLIP": (SlipEnd, 2),
    "CSLIP": (CslipEnd, 2),
    "PPP": (PppEnd, 8),
    "PPP + VJ": (lambda: PppEnd(compress_headers=True), 8),
    "PPP + VJ, agreed": (lambda: PppEnd(AGREED, compress_headers=True), 5),
}
"""How each is made, and its bytes of framing: flags or END, address, control, protocol, FCS."""
DATA = st.binary(max_size=40) | st.lists(st.sampled_from(b"\xc0\xdb\xdc\xdd\x7e\x7d\x5e\x5d\x00\x11\x20A")).map(bytes)
PPP_LINE = ("-o", 'uat:user_dlts:"User 0 (DLT=147)","ppp_raw_hdlc","0","","0",""', "-o", "ppp.fcs_type:16-Bit")


def segment(number, payload=b"x"):
    tcp = TCP(sport=1, dport=2, flags="A", seq=number)
    return bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=number) / tcp / payload)


def test_the_bytes_on_the_line():
    """RFC 1055 has octal 300, 333, 334, 335; RFC 1662, section 4.2, the pairs 7d 5e, 7d 5d, 7d 23."""
    assert slip.encode(bytes.fromhex("45 c0 db dc dd 00")).hex(" ") == "c0 45 db dc db dd dc dd 00 c0"
    line = ppp.encode(ppp.IP, bytes.fromhex("7e 7d 03 45 20"))
    assert line.hex(" ").startswith("7e ff 7d 23 7d 20 21 7d 5e 7d 5d 7d 23 45 20 ")
    assert line.count(b"\x7e") == 2 and line[-1] == 0x7E
    assert ppp.encode(ppp.IP, b"abc", AGREED)[:-3] == b"\x7e\x21abc"


@pytest.mark.parametrize("name", ENDS)
@given(payloads=st.lists(DATA, max_size=6), size=st.integers(1, 90))
@settings(deadline=None, max_examples=30)
def test_packets_come_out_however_the_line_is_cut(name, payloads, size):
    make, framing = ENDS[name]
    sender, receiver = make(), make()
    packets = [segment(number, payload) for number, payload in enumerate(payloads)]
    sent = [sender.encode(packet) for packet in packets]
    line = b"".join(sent)
    assert [item for at in range(0, len(line), size) for item in receiver.feed(line[at : at + size])] == packets
    for each in sent:
        cost = on_line(each)
        assert (cost.framing, cost.without_escapes + cost.escapes) == (framing, len(each))


@pytest.mark.parametrize("name", ENDS)
@given(pieces=st.lists(DATA, max_size=10))
@settings(deadline=None)
def test_any_bytes_give_packets_or_reasons(name, pieces):
    receiver = ENDS[name][0]()
    for piece in pieces:
        assert all(isinstance(item, bytes | Discarded) for item in receiver.feed(piece))
    check_tiling(slip.fields(b"".join(pieces)), len(b"".join(pieces)))
    check_tiling(ppp.fields(b"".join(pieces)), len(b"".join(pieces)))


@given(DATA, DATA.filter(len))
def test_noise_on_an_idle_line_does_not_damage_the_packet_after_it(noise, packet):
    assert slip.Decoder().feed(noise + slip.encode(packet))[-1] == packet


@given(DATA, st.sampled_from([ppp.DEFAULT, AGREED]), st.integers(0, 10**6))
@settings(deadline=None, derandomize=True)
def test_a_wrong_bit_on_the_line_never_gives_a_wrong_frame(packet, framing, bit):
    """A bit that makes a flag or an escape is more than a wrong bit: then only chance, 1 in 65536, would be against it.

    So that chance plays no part, the examples are the same on each run.
    """
    line = bytearray(ppp.encode(ppp.IP, packet, framing))
    bit %= 8 * len(line)
    line[bit // 8] ^= 1 << bit % 8
    frames = ppp.Decoder().feed(bytes(line) + b"\x7e")
    assert all(frame is None or ppp.opened(frame) == (ppp.IP, packet) for frame in frames)


def test_frames_may_share_a_flag_and_one_that_is_taken_back_is_none():
    line = ppp.encode(ppp.IP, b"abc")
    assert len(ppp.Decoder().feed(b"\x7e" * 5 + line[:-1] + line + b"\x7e" * 5)) == 2
    assert ppp.Decoder().feed(line[:-1] + b"\x7d\x7e") == [None]


@pytest.mark.parametrize("name", ["CSLIP", "PPP + VJ"])
def test_after_a_loss_that_it_knows_of_compressed_packets_are_thrown_away_until_one_is_whole(name):
    sender, receiver = (ENDS[name][0]() for _ in range(2))
    receiver.feed(sender.encode(segment(1)))
    damage = b"\x7eabcd\x7e" if "PPP" in name else b"\xc0\x84\xc0"
    assert [type(item) for item in receiver.feed(damage)] == [Discarded]
    assert [type(item) for item in receiver.feed(sender.encode(segment(2)))] == [Discarded]
    assert receiver.feed(sender.encode(segment(2))) == [segment(2)]  # sent again: whole (RFC 1144, section 4)


def test_what_has_no_place_there():
    line = ppp.encode(0xC021, b"\x09\x01\x00\x04")
    assert PppEnd().feed(line) == [Discarded("a frame carried the protocol 0xc021, which is no IP packet")]
    assert [on_line(line), on_line(b"\xc0\xc0"), on_line(b"E"), on_line(b"")] == [None] * 4
    for name in ("CSLIP", "PPP"):
        with pytest.raises(CourseError, match="for IPv4 alone"):
            ENDS[name][0]().encode(bytes(IPv6()))


def test_a_wrong_check_sequence_is_shown_with_the_right_one():
    right = ppp.fcs(b"\xff\x03\x00\x21ab")
    last = ppp.fields(b"\xff\x03\x00\x21ab\x00\x00")[-1]
    assert (last.name, last.value) == ("FCS", f"00 00 (wrong, it should be {right.hex(' ')})")


@pytest.mark.parametrize("framing", [ppp.DEFAULT, ppp.Framing(0x000A0000, compress_protocol=True)])
def test_tshark_reads_the_line(framing, tmp_path: Path):
    """It takes the escapes out itself, and computes the check sequence."""
    packet = segment(7, b"\x7e\x7d\x11")
    line = ppp.encode(ppp.IP, packet, framing)
    (frame,) = ppp.Decoder().feed(line)
    damaged = line.replace(b"\x7d\x5e", b"\x7d\x5c")
    names = ["ppp.protocol", "ip.id", "tcp.payload", "ppp.fcs_16", "ppp.fcs.status"]
    check = f"0x{int.from_bytes(frame[-2:], 'little'):04x}"
    assert read([line, damaged], USER_0, names, tmp_path, *PPP_LINE) == [
        ["0x0021", "0x0007", "7e7d11", check, "1"],
        ["0x0021", "0x0007", "7c7d11", check, "0"],
    ]
