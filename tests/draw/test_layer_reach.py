from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.draw import layer_reach
from helpers.draw.drawing import Box
from tests.draw.geometry import faults

LAYERS = [("link", "Ethernet header", 14), ("internet", "IP header", 20), ("transport", "UDP header", 8)]
FRAME = [*LAYERS, ("application", "hello", 5)]


def test_each_socket_has_the_layers_of_which_it_was_given_a_byte() -> None:
    picture = layer_reach(FRAME, [("whole", 0, 47), ("cut", 24, 18)], "A title")
    assert str(picture).splitlines() == [
        "A title",
        "bytes of the frame = link: Ethernet header, 14 | internet: IP header, 20 | transport: UDP header, 8"
        " | application: hello, 5",
        "whole  47 bytes from byte 0: link, internet, transport, application",
        "cut    18 bytes from byte 24: internet, transport",
    ]
    assert "cut    18 bytes from byte 24" in picture.drawing.alt


def test_a_bar_lies_under_the_bytes_that_it_stands_for() -> None:
    items = layer_reach(FRAME, [("cut", 24, 18)], "A title").drawing.items
    columns = [item for item in items if isinstance(item, Box) and item.fill == "shade"]
    (bar,) = [item for item in items if isinstance(item, Box) and item.fill == "card"]
    middle, end = columns[1].x + columns[1].width / 2, columns[2].x + columns[2].width
    assert abs(bar.x - middle) <= 2 and abs(bar.x + bar.width - end) <= 2


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 42), st.integers(5, 47), st.integers(1, 5))
def test_it_can_be_read(first: int, length: int, count: int) -> None:
    reach = ("a socket with a very long name indeed", first, min(length, 47 - first))
    assert faults(layer_reach(FRAME, [reach] * count, "A title").drawing) == []
