"""The picture of the two models."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Box, Line
from helpers.errors import CourseError
from helpers.lessons.layers.layer_models import INTERNET_LAYERS, LAYER_OF, OSI_LAYERS
from helpers.lessons.layers.models_picture import LOOSE, layer_models
from tests.draw.geometry import faults

EVERYTHING = list(LAYER_OF)


def test_the_models_are_those_of_their_documents():
    assert [layer.osi[0] for layer in OSI_LAYERS] == [7, 6, 5, 4, 3, 2, 1]
    assert [layer.name for layer in INTERNET_LAYERS] == ["application", "transport", "internet", "link"]
    assert set(LAYER_OF.values()) == {layer.name for layer in INTERNET_LAYERS}
    done = [number for layer in INTERNET_LAYERS for number in layer.osi]
    assert done == [7, 6, 4, 3, 2, 1]


def test_each_protocol_stands_in_its_layer():
    lines = layer_models(["TCP", "IPv4", "quoted UDP", "ICMP", "TCP", "ARP"]).text.splitlines()
    assert [line.partition(" Seen: ")[2] for line in lines if "Seen" in line] == ["TCP, UDP", "ICMP, IPv4", "ARP"]
    assert "no layer of RFC 1122: OSI 5 session 会话层" in lines
    assert len([line for line in lines if line.startswith("  OSI")]) == 6 + len(LOOSE)


def test_nothing_seen():
    picture = layer_models()
    assert "Seen" not in picture.text
    assert "seen in these runs" not in [text.text for text in picture.drawing.texts()]


@pytest.mark.parametrize("seen", [[], ["TCP", "UDP"], EVERYTHING])
def test_it_can_be_read(seen):
    drawing = layer_models(seen).drawing
    assert faults(drawing) == []
    assert drawing.width <= 960
    assert all(text.text.isascii() for text in drawing.texts())


def test_a_box_is_as_high_as_the_layers_that_it_does_the_work_of():
    boxes = [item for item in layer_models(EVERYTHING).drawing.items if isinstance(item, Box)]
    osi, internet = boxes[:7], boxes[7:]
    assert [box.y for box in osi] == sorted(box.y for box in osi)
    for box, layer in zip(internet, INTERNET_LAYERS, strict=True):
        covered = [one for one, number in zip(osi, range(7, 0, -1), strict=True) if number in layer.osi]
        assert (box.y, box.y + box.height) == (covered[0].y, covered[-1].y + covered[-1].height)
    lines = [item for item in layer_models().drawing.items if isinstance(item, Line)]
    assert len(lines) == 6


def test_a_protocol_without_a_place_is_told():
    with pytest.raises(CourseError, match="in which layer is 'rest'\\? The map has Ethernet, ARP, "):
        layer_models(["TCP", "rest"])
