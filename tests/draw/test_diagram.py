"""RFC 9293's state diagram, drawn from its table."""

from __future__ import annotations

import pytest

from helpers.draw import state_diagram
from helpers.draw.diagram import BOX_HEIGHT, BOX_WIDTH, END, PLACES, ROUTES
from helpers.draw.drawing import Box, Drawing, Line, Point
from helpers.fields.tcp_states import NOTE_2, STATES, TRANSITIONS
from tests.draw.geometry import faults

NOTED = (NOTE_2.before, NOTE_2.after)


def lit_arrows(drawing: Drawing) -> int:
    return sum(isinstance(item, Line) and item.width > 2 for item in drawing.items)


def on_edge(point: Point, box: str) -> bool:
    """Whether a point lies on the edge of a state's box."""
    dx, dy = abs(point[0] - PLACES[box][0]), abs(point[1] - PLACES[box][1])
    return (dx == BOX_WIDTH / 2 and dy <= BOX_HEIGHT / 2) or (dy == BOX_HEIGHT / 2 and dx <= BOX_WIDTH / 2)


def test_each_transition_has_an_arrow_from_the_state_before_to_the_state_after():
    assert {(each.before, each.event) for each in (*TRANSITIONS, NOTE_2)} == set(ROUTES)
    for each in (*TRANSITIONS, NOTE_2):
        points = ROUTES[each.before, each.event].points
        ends = [each.after] + ([END] if each.after == "CLOSED" else [])
        assert on_edge(points[0], each.before) and any(on_edge(points[-1], end) for end in ends), each


@pytest.mark.parametrize("lit", [(), STATES, ("CLOSED", "LISTEN", "SYN-RECEIVED", "LISTEN"), NOTED])
def test_the_diagram_can_be_read(lit):
    drawing = state_diagram(lit=lit).drawing
    assert faults(drawing) == []


def test_what_the_figure_omits_is_drawn_only_where_a_way_takes_it():
    usual, taken = state_diagram(), state_diagram(lit=NOTED)
    written = {text.text for text in usual.drawing.texts()}
    assert {each.event for each in TRANSITIONS} <= written and NOTE_2.event not in written
    assert {NOTE_2.event, "snd ACK (note 2)"} <= {text.text for text in taken.drawing.texts()}
    assert (lit_arrows(usual.drawing), lit_arrows(taken.drawing)) == (0, 1)
    assert "-- rcv FIN, ACK of FIN / snd ACK --> TIME-WAIT (note 2)" in taken.text


def test_the_way_of_a_host_is_lit_numbered_and_told(life):
    picture = state_diagram(life, "server")
    assert faults(picture.drawing) == [] and lit_arrows(picture.drawing) == 6
    assert [line.split()[-1] for line in picture.text.splitlines()[1:-1]] == [
        "CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED",
    ]  # fmt: skip
    bold = {text.text for text in picture.drawing.texts() if text.bold}
    assert {*"1234567", "LISTEN", "rcv FIN"} <= bold and "TIME-WAIT" not in bold
    grey = [item for item in picture.drawing.items if isinstance(item, Box) and item.fill == "shade"]
    middles = {(item.x + BOX_WIDTH / 2, item.y + BOX_HEIGHT / 2) for item in grey}
    assert {PLACES["CLOSED"], PLACES[END]} <= middles and len(grey) == 7
