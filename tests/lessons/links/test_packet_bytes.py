"""Bars of bytes on several links, and the table of what crossed a line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.draw.drawing import Box, Text
from helpers.errors import CourseError
from helpers.lessons.links.line_ends import CslipEnd, PppEnd, SlipEnd
from helpers.lessons.links.packet_bytes import packet_bytes
from helpers.lessons.links.transmissions import transmissions
from helpers.trace import TraceError, Transmission
from tests.draw.geometry import faults
from tests.samples import segment_frame, trace_of

SOURCE = "[live on Linux 6.1, 2026-01-31]"


def numbered(frame, identification):
    """With the IP identification of a kernel: one more for each packet."""
    packet = Ether(frame.data)
    packet[IP].id = identification
    del packet[IP].chksum
    return replace(frame, data=bytes(packet))


FRAMES = [
    numbered(segment_frame(0, "SYN", seq=9), 1),
    numbered(segment_frame(1, "ACK", seq=10, ack=1), 2),
    numbered(segment_frame(2, "PSH ACK", seq=10, ack=1, payload=b"a"), 3),
    numbered(segment_frame(3, "PSH ACK", seq=11, ack=1, payload=900 * b"b"), 4),
]
WHICH = {"SYN": 0, "one byte": 2, "900 bytes": 3}


def over(codec, frames=FRAMES):
    crossed = []
    for number, frame in enumerate(frames):
        sent = codec.encode(frame.data[14:])
        crossed.append(Transmission(frame.sent, number, "client", "server", sent, sent, (frame.data[14:],), ""))
    return replace(trace_of(frames), transmissions=tuple(crossed))


RUNS = {
    "Ethernet": trace_of(FRAMES),
    "SLIP": over(SlipEnd()),
    "CSLIP": over(CslipEnd()),
    "PPP": over(PppEnd()),
    "PPP + VJ": over(PppEnd(compress_headers=True)),
}


def test_the_text_is_without_escapes():
    assert str(packet_bytes(RUNS, WHICH)).splitlines() == [
        "Bytes on the link: framing + headers + data, without escapes",
        "SYN:",
        "  Ethernet  24 + 40 + 0 = 64",
        "  SLIP      2 + 40 + 0 = 42",
        "  CSLIP     2 + 40 + 0 = 42",
        "  PPP       8 + 40 + 0 = 48",
        "  PPP + VJ  8 + 40 + 0 = 48",
        "one byte:",
        "  Ethernet  23 + 40 + 1 = 64",
        "  SLIP      2 + 40 + 1 = 43",
        "  CSLIP     2 + 3 + 1 = 6",
        "  PPP       8 + 40 + 1 = 49",
        "  PPP + VJ  8 + 3 + 1 = 12",
        "900 bytes:",
        "  Ethernet  18 + 40 + 900 = 958",
        "  SLIP      2 + 40 + 900 = 942",
        "  CSLIP     2 + 3 + 900 = 905",
        "  PPP       8 + 40 + 900 = 948",
        "  PPP + VJ  8 + 3 + 900 = 911",
        SOURCE,
    ]


def test_it_can_be_read():
    drawing = packet_bytes(RUNS, WHICH).drawing
    assert faults(drawing) == []
    assert drawing.width <= 960


def test_the_bars_are_as_long_as_their_bytes_and_end_with_the_total():
    """With the escapes of the run: these are the bytes that have really crossed."""
    drawing = packet_bytes(RUNS, WHICH).drawing
    totals = [int(text.text) for text in drawing.texts() if text.bold and text.text.isdigit()]
    crossed = [
        [len(trace.transmissions[place].sent) for trace in RUNS.values() if trace.transmissions]
        for place in WHICH.values()
    ]
    assert totals == [64, *crossed[0], 64, *crossed[1], 958, *crossed[2]]
    boxes = [item for item in drawing.items if isinstance(item, Box)][4:]  # after the legend
    first = [box for box in boxes if box.y == boxes[0].y]
    assert first[0].width / first[1].width == pytest.approx(24 / 40)


def test_long_data_are_cut_and_keep_their_number():
    drawing = packet_bytes({"SLIP": RUNS["SLIP"]}, {"900 bytes": 3}).drawing
    assert max(item.width for item in drawing.items if isinstance(item, Box)) < 400
    assert [item for item in drawing.items if isinstance(item, Text) and item.text == "900"]


def test_headers_are_never_cut():
    packet = Ether(FRAMES[0].data)
    packet[TCP].options = [("MSS", 1460), ("NOP", None), ("NOP", None), ("Timestamp", (1, 2)), ("NOP", None)] * 2
    for layer, field in ((IP, "len"), (IP, "chksum"), (TCP, "dataofs"), (TCP, "chksum")):
        packet[layer].delfieldval(field)
    data = bytes(packet)
    drawing = packet_bytes({"Ethernet": trace_of([replace(FRAMES[0], data=data)])}, {"SYN": 0}).drawing
    framing, headers = [item for item in drawing.items if isinstance(item, Box)][4:]
    assert headers.width / framing.width == pytest.approx((len(data) - 14) / 18)


@pytest.mark.parametrize("place", [4, -1])
def test_a_segment_that_is_not_there(place):
    with pytest.raises(CourseError, match=f"the trace of SLIP has 4 segments, so there is no number {place}"):
        packet_bytes({"SLIP": RUNS["SLIP"]}, {"?": place})


def test_a_segment_that_has_not_crossed_the_line():
    short = replace(RUNS["SLIP"], transmissions=RUNS["SLIP"].transmissions[:1])
    with pytest.raises(CourseError, match="segment 2 of SLIP has not crossed its serial line"):
        packet_bytes({"SLIP": short}, {"one byte": 2})


def rows(trace, sender=None):
    (part,) = transmissions(trace, sender).parts
    return list(part.rows)


def test_what_crossed_in_a_table():
    assert rows(RUNS["CSLIP"]) == [
        ("client", "SYN seq=0", "40 bytes", "the packet", "42 bytes", "the same"),
        ("client", "ACK seq=1 ack=1", "40 bytes", "the packet, to be remembered", "42 bytes", "the same"),
        ("client", "PSH ACK seq=1 ack=1 len=1", "41 bytes", "what has changed", "6 bytes", "the same"),
        ("client", "PSH ACK seq=2 ack=1 len=900", "940 bytes", "what has changed", "905 bytes", "the same"),
    ]
    assert str(transmissions(RUNS["CSLIP"])).endswith(SOURCE)


def test_what_did_not_come_out_as_it_went_in():
    whole = over(SlipEnd())
    first, second, third, fourth = whole.transmissions
    changed = [
        first,
        replace(second, received=b"other", delivered=(b"E other",)),
        replace(third, received=b"other", delivered=(), dropped="no packet came out"),
        replace(fourth, delivered=(b"E other",)),
        replace(first, frame=None, sent=b"noise", received=b"noise", delivered=(), dropped="no packet came out"),
        replace(first, sent=b"", received=b"", delivered=(), dropped="ARP has no place on a serial line"),
    ]
    found = rows(replace(whole, transmissions=tuple(changed)))
    assert [row[-1] for row in found] == [
        "the same",
        "a bit was flipped: another packet",
        "a bit was flipped: nothing: no packet came out",
        "another packet",
        "nothing: no packet came out",
        "nothing: ARP has no place on a serial line",
    ]
    assert found[4][:5] == ("client", "bytes that no host sent", "-", "-", "5 bytes")
    assert found[5][3:5] == ("-", "nothing")


def test_one_sender():
    assert rows(RUNS["SLIP"], "server") == []
    assert len(rows(RUNS["SLIP"], "client")) == 4
    assert "nothing crossed a serial line" in str(transmissions(RUNS["Ethernet"]))
    with pytest.raises(TraceError, match="no host 'nobody' in this trace"):
        transmissions(RUNS["SLIP"], "nobody")
