"""How far sockets reach into a frame."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Box
from helpers.draw.layer_reach import Layer, Reach, layer_reach, touched
from helpers.errors import CourseError
from tests.draw.geometry import faults

LAYERS = [
    Layer("link", "Ethernet header", 14),
    Layer("internet", "IP header", 20),
    Layer("transport", "UDP header", 8),
    Layer("application", "hello", 5),
]
REACHES = [Reach("AF_INET, SOCK_DGRAM", 42, 5), Reach("AF_INET, SOCK_RAW", 14, 33), Reach("AF_PACKET, SOCK_RAW", 0, 47)]


def boxes(picture, fill: str) -> list[Box]:
    return [item for item in picture.drawing.items if isinstance(item, Box) and item.fill == fill]


def test_in_words():
    assert str(layer_reach(LAYERS, REACHES, "A title")).splitlines() == [
        "A title",
        "bytes of the frame = link: Ethernet header, 14 | internet: IP header, 20 | transport: UDP header, 8"
        " | application: hello, 5",
        "AF_INET, SOCK_DGRAM  5 bytes from byte 42: application",
        "AF_INET, SOCK_RAW    33 bytes from byte 14: internet, transport, application",
        "AF_PACKET, SOCK_RAW  47 bytes from byte 0: link, internet, transport, application",
    ]


def test_each_bar_begins_and_ends_with_its_layers():
    picture = layer_reach(LAYERS, REACHES)
    columns, bars = boxes(picture, "shade"), boxes(picture, "card")
    assert [column.width for column in columns] == [columns[0].width] * 4
    for bar, first in zip(bars, (3, 1, 0), strict=True):
        assert abs(bar.x - columns[first].x) < 3
        assert abs(bar.x + bar.width - columns[3].x - columns[3].width) < 3
    assert [a.y < b.y for a, b in zip(bars, bars[1:], strict=False)] == [True, True]


def test_a_bar_may_begin_within_a_layer():
    columns, bars = (boxes(layer_reach(LAYERS, [Reach("cut", 24, 18)]), fill) for fill in ("shade", "card"))
    assert abs(bars[0].x - (columns[1].x + columns[1].width / 2)) < 3
    assert abs(bars[0].x + bars[0].width - columns[3].x) < 3


@pytest.mark.parametrize(
    ("first", "length", "names"),
    [
        (42, 5, ["application"]),
        (41, 1, ["transport"]),
        (33, 2, ["internet", "transport"]),
        (0, 47, ["link", "internet", "transport", "application"]),
        (0, 14, ["link"]),
    ],
)
def test_which_layers_are_touched(first, length, names):
    assert [layer.name for layer in touched(LAYERS, Reach("x", first, length))] == names


@pytest.mark.parametrize("count", [0, 1, 6])
def test_the_picture_can_be_read(count):
    layers = [Layer("a layer with a long name", "content that is much too long", 3)] * (count + 1)
    picture = layer_reach(layers, [Reach("a socket with a very long name indeed", 1, 2)] * count, "A title")
    assert faults(picture.drawing) == []


def test_the_words_for_who_cannot_see_it():
    assert "AF_INET, SOCK_DGRAM  5 bytes from byte 42: application." in layer_reach(LAYERS, REACHES).drawing.alt


@pytest.mark.parametrize("reach", [Reach("x", 43, 5), Reach("x", -1, 5), Reach("x", 3, 0)])
def test_bytes_that_the_frame_has_not(reach):
    with pytest.raises(CourseError, match="x cannot have got bytes of a frame of 47"):
        layer_reach(LAYERS, [reach])


@pytest.mark.parametrize("layers", [[], [Layer("link", "", 0)]])
def test_layers_need_bytes(layers):
    with pytest.raises(CourseError, match="layers of one byte or more"):
        layer_reach(layers, [])
