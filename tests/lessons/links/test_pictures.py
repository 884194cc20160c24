"""The map of two LANs, and the bars of bytes: what can be read on them. Their texts are compared by the notebook."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.draw.drawing import Box, Line
from helpers.lessons.links import CslipEnd, network_map, packet_bytes, transmissions
from helpers.trace import Transmission
from tests.draw.geometry import faults
from tests.samples import segment_frame, trace_of

NEAR = "10.0.0.0/24"
TWO_ROUTERS = {
    "client": ("10.0.0.1",),
    "north": ("10.0.0.253", "10.0.1.253"),
    "south": ("10.0.0.254", "10.0.1.254"),
    "server": ("10.0.1.2",),
}
WAYS = [[], ["client", "north", "server"], ["client", "lost"], ["client", "south", "server", "north", "lost"]]


@pytest.mark.parametrize("way", WAYS)
def test_a_map_can_be_read_and_the_way_stays_on_it(way):
    drawing = network_map(TWO_ROUTERS, way, [("north", NEAR)], title="Two routers").drawing
    assert faults(drawing) == []
    points = [point for item in drawing.items if isinstance(item, Line) for point in item.points]
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)
    hops = [item for item in drawing.items if isinstance(item, Line) and item.arrow]
    assert len(hops) == max(0, len(way) - 1)
    (dead,) = [item for item in drawing.items if isinstance(item, Line) and item.dash]
    if way[-1:] == ["lost"] and hops:
        left, right = sorted(x for x, _ in dead.points)
        assert left < hops[-1].points[-1][0] < right


def test_bars_are_as_long_as_their_bytes():
    frames = [segment_frame(0, "ACK", seq=1, ack=1), segment_frame(1, "PSH ACK", seq=1, ack=1, payload=90 * b"\xc0")]
    end, crossed = CslipEnd(), []
    for number, frame in enumerate(frames):
        sent = end.encode(frame.data[14:])
        crossed.append(Transmission(frame.sent, number, "client", "server", sent, sent, (), "no packet came out"))
    trace = replace(trace_of(frames), transmissions=tuple(crossed))
    picture = packet_bytes({"Ethernet": trace_of(frames), "CSLIP": trace}, {"data": 1})
    assert faults(picture.drawing) == []
    boxes = [item for item in picture.drawing.items if isinstance(item, Box)][3:]  # after the legend
    assert [box.width / 6 for box in boxes[:3]] == pytest.approx([18, 40, 40])  # data are cut at 40
    assert [text.text for text in picture.drawing.texts()][-1] == f"{len(crossed[1].sent)} with 90 escapes"
    (block,) = transmissions(trace).parts
    assert [row[-1] for row in block.rows] == ["nothing: no packet came out"] * 2
