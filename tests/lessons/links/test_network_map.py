"""The map of a network of two LANs."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Box, Line, Text
from helpers.errors import CourseError
from helpers.lessons.links.network_map import network_map
from tests.draw.geometry import faults

NEAR, FAR = "10.0.0.0/24", "10.0.1.0/24"
TWO_ROUTERS = {
    "client": ("10.0.0.1",),
    "north": ("10.0.0.253", "10.0.1.253"),
    "south": ("10.0.0.254", "10.0.1.254"),
    "server": ("10.0.1.2",),
}
DEAD = [("north", NEAR)]
WAYS = [
    ([], []),
    (["client", "north", "server"], []),
    (["client", "south", "server", "north", "client"], []),
    (["client", "lost"], DEAD),
    (["client", "south", "server", "north", "lost"], DEAD),
    (["lost"], DEAD),
]


@pytest.mark.parametrize(("way", "dead"), WAYS)
def test_it_can_be_read(way, dead):
    drawing = network_map(TWO_ROUTERS, way, dead, title="Two routers").drawing
    assert faults(drawing) == []
    assert drawing.width <= 900


@pytest.mark.parametrize(("way", "dead"), WAYS)
def test_all_is_inside(way, dead):
    drawing = network_map(TWO_ROUTERS, way, dead).drawing
    points = [point for item in drawing.items if isinstance(item, Line) for point in item.points]
    points += [(item.x, item.y) for item in drawing.items if isinstance(item, Box)]
    points += [(item.x + item.width, item.y + item.height) for item in drawing.items if isinstance(item, Box)]
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)


def test_the_text_says_all():
    picture = network_map(TWO_ROUTERS, ["client", "south", "server", "north", "lost"], DEAD, title="Two routers")
    assert str(picture).splitlines() == [
        "Two routers",
        "LAN 10.0.0.0/24: client 10.0.0.1, north 10.0.0.253, south 10.0.0.254",
        "LAN 10.0.1.0/24: north 10.0.1.253, south 10.0.1.254, server 10.0.1.2",
        "dead: the link of north in 10.0.0.0/24",
        "the packet's way: client -> south -> server -> north -> lost",
    ]
    assert "dead: the link of north" in picture.drawing.alt


def places(drawing):
    return {text.text: (text.x, text.y) for text in drawing.texts()}


def test_routers_stand_between_the_lans():
    found = places(network_map(TWO_ROUTERS).drawing)
    xs = [found[name][0] for name in ("client", NEAR, "north", FAR, "server")]
    assert xs == sorted(xs) and found["north"][0] == found["south"][0]
    assert found["north"][1] < found["client"][1] < found["south"][1]
    assert [text for text in found if text in ("10.0.0.253", "10.0.1.254")] == ["10.0.0.253", "10.0.1.254"]


def arrows(drawing):
    return [item for item in drawing.items if isinstance(item, Line) and item.arrow]


def test_each_hop_is_an_arrow_from_box_to_box():
    drawing = network_map(TWO_ROUTERS, ["client", "south", "server"]).drawing
    found, (first, second) = places(drawing), arrows(drawing)
    for hop, here, there in ((first, "client", "south"), (second, "south", "server")):
        (start_x, start_y), (stop_x, stop_y) = hop.points[0], hop.points[-1]
        assert found[here][0] < start_x < stop_x < found[there][0]
        assert abs(start_y - found[here][1]) < 20 and abs(stop_y - found[there][1]) < 20


def test_there_and_back_do_not_lie_on_one_another():
    there, back = arrows(network_map(TWO_ROUTERS, ["client", "south", "client"]).drawing)
    assert there.points[0][1] < back.points[-1][1] and there.points[-1][1] < back.points[0][1]


@pytest.mark.parametrize("way", [["client", "lost"], ["client", "south", "server", "north", "lost"]])
def test_a_lost_packet_ends_on_the_dead_link(way):
    drawing = network_map(TWO_ROUTERS, way, DEAD).drawing
    (dead,) = [item for item in drawing.items if isinstance(item, Line) and item.dash]
    left, right = sorted(x for x, _ in dead.points)
    last = arrows(drawing)[-1]
    assert left < last.points[-1][0] < right
    assert len([text for text in drawing.texts() if text.text == "dead"]) == 1


def test_one_lan():
    picture = network_map({"north": ("10.0.0.253",), "south": ("10.0.0.254",)}, ["north", "south"])
    assert faults(picture.drawing) == []
    assert not [text for text in picture.drawing.texts() if text.text == "router"]
    assert len(arrows(picture.drawing)) == 1


def test_a_long_name_has_room():
    drawing = network_map({"the long name of a host": ("10.0.0.1",), "b": ("10.0.0.2",)}).drawing
    assert faults(drawing) == []
    box = next(item for item in drawing.items if isinstance(item, Box))
    (name,) = [item for item in drawing.items if isinstance(item, Text) and item.text.startswith("the long")]
    left, _, right, _ = name.extent
    assert box.x < left and right < box.x + box.width


@pytest.mark.parametrize(
    ("hosts", "way", "dead", "sentence"),
    [
        ({"a": ("10.0.0.1", "10.0.1.1", "10.0.2.1")}, [], [], "room for two LANs, not for 3"),
        (TWO_ROUTERS, ["client", "nobody"], [], "no host 'nobody' on this map; its hosts are client, north,"),
        (TWO_ROUTERS, ["client", "server"], [], "client and server have no LAN in common"),
        (TWO_ROUTERS, [], [("client", FAR)], "client is not on the LAN '10.0.1.0/24'"),
        (TWO_ROUTERS, [], [("nobody", FAR)], "no host 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused(hosts, way, dead, sentence):
    with pytest.raises(CourseError, match=sentence):
        network_map(hosts, way, dead)
