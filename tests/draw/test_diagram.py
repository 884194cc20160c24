"""RFC 9293's state diagram, drawn from its table."""

from __future__ import annotations

from itertools import combinations

import pytest

from helpers.draw import state_diagram
from helpers.draw.diagram import BOX_HEIGHT, BOX_WIDTH, END, PLACES, ROUTES, way
from helpers.draw.drawing import Box, Drawing, Line, Point
from helpers.errors import CourseError
from helpers.fields.tcp_states import NOTE_2, STATES, TRANSITIONS
from helpers.trace import TraceError
from tests.draw.geometry import faults
from tests.traces import SAMPLES

NOTED = (NOTE_2.before, NOTE_2.after)


def lit_arrows(drawing: Drawing) -> int:
    return sum(isinstance(item, Line) and item.width > 2 for item in drawing.items)


def on_edge(point: Point, box: str) -> bool:
    """Whether a point lies on the edge of a state's box."""
    dx, dy = abs(point[0] - PLACES[box][0]), abs(point[1] - PLACES[box][1])
    return (dx == BOX_WIDTH / 2 and dy <= BOX_HEIGHT / 2) or (dy == BOX_HEIGHT / 2 and dx <= BOX_WIDTH / 2)


def crosses(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether a level and an upright piece of arrow meet."""
    level, upright = (one, other) if one[0][1] == one[1][1] else (other, one)
    if level[0][1] != level[1][1] or upright[0][0] != upright[1][0]:
        return False
    (left, right), (top, bottom) = sorted(p[0] for p in level), sorted(p[1] for p in upright)
    return left < upright[0][0] < right and top < level[0][1] < bottom


def test_every_state_has_a_place_and_every_transition_an_arrow():
    assert {*STATES, END} == set(PLACES)
    assert {(t.before, t.event) for t in (*TRANSITIONS, NOTE_2)} == set(ROUTES)


@pytest.mark.parametrize("transition", (*TRANSITIONS, NOTE_2), ids=lambda t: f"{t.before}-{t.event}")
def test_each_arrow_runs_from_the_state_before_to_the_state_after(transition):
    route = ROUTES[transition.before, transition.event]
    ends = [transition.after] + ([END] if transition.after == "CLOSED" else [])
    assert on_edge(route.points[0], transition.before)
    assert any(on_edge(route.points[-1], end) for end in ends)


def test_no_arrow_crosses_another():
    pieces = [list(zip(route.points, route.points[1:], strict=False)) for route in ROUTES.values()]
    for one, other in combinations(pieces, 2):
        assert not any(crosses(a, b) for a in one for b in other)


@pytest.mark.parametrize("lit", [(), STATES, ("CLOSED", "LISTEN", "SYN-RECEIVED", "LISTEN"), NOTED])
def test_the_diagram_can_be_read(lit):
    assert faults(state_diagram(lit=lit).drawing) == []


@pytest.mark.parametrize("host", ["client", "server"])
def test_the_diagram_of_a_trace_can_be_read(life, host):
    drawing = state_diagram(life, host).drawing
    assert faults(drawing) == []
    assert str(life.source) in [text.text for text in drawing.texts()]


@pytest.mark.parametrize("lit", [(), NOTED])
def test_no_word_lies_on_an_arrow_or_a_box(lit):
    drawing = state_diagram(lit=lit).drawing
    boxes = [(i.x, i.y, i.x + i.width, i.y + i.height) for i in drawing.items if isinstance(i, Box)]
    for item in drawing.items:
        if isinstance(item, Line):
            for (x1, y1), (x2, y2) in zip(item.points, item.points[1:], strict=False):
                boxes.append((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
    for text in drawing.texts():
        if text.text not in STATES and not text.text.isdigit():  # the numbers of a way are on its boxes
            left, top, right, bottom = text.extent
            assert not any(left < b[2] and b[0] < right and top < b[3] and b[1] < bottom for b in boxes), (
                text.text
            )


def test_all_events_and_actions_are_written():
    written = [text.text for text in state_diagram().drawing.texts()]
    for transition in TRANSITIONS:
        assert transition.event in written
        assert not transition.action or transition.action in written


def test_what_the_figure_omits_is_drawn_only_where_a_way_takes_it():
    omitted = state_diagram()
    assert NOTE_2.event not in [text.text for text in omitted.drawing.texts()] and NOTE_2.event not in omitted.text
    taken = state_diagram(lit=NOTED)
    assert {NOTE_2.event, "snd ACK (note 2)"} <= {text.text for text in taken.drawing.texts()}
    assert lit_arrows(taken.drawing) == 1
    assert "-- rcv FIN, ACK of FIN / snd ACK --> TIME-WAIT (note 2)" in taken.text


def test_the_way_of_each_host(life):
    assert way(life, "client") == [
        "CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
    ]  # fmt: skip
    assert way(life, "server") == [
        "CLOSED", "LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "CLOSED",
    ]  # fmt: skip


def test_the_way_is_numbered_thick_and_bold(life):
    drawing = state_diagram(life, "server").drawing
    assert lit_arrows(drawing) == 6
    numbers = [text.text for text in drawing.texts() if text.text.isdigit()]
    assert sorted(numbers) == ["1", "2", "3", "4", "5", "6", "7"]
    bold = {text.text for text in drawing.texts() if text.bold}
    assert {"LISTEN", "rcv FIN"} <= bold
    assert "TIME-WAIT" not in bold
    assert sum(isinstance(item, Box) and item.fill == "shade" for item in drawing.items) == 7


def test_a_connection_that_ends_reaches_the_lower_closed(life):
    lower = PLACES[END]
    shaded = [
        (item.x + BOX_WIDTH / 2, item.y + BOX_HEIGHT / 2)
        for item in state_diagram(life, "server").drawing.items
        if isinstance(item, Box) and item.fill == "shade"
    ]
    assert lower in shaded


def test_a_state_passed_twice_has_two_numbers():
    drawing = state_diagram(lit=["LISTEN", "SYN-RECEIVED", "LISTEN"]).drawing
    assert "1, 3" in [text.text for text in drawing.texts()]
    assert lit_arrows(drawing) == 2


def test_nothing_is_lit_without_a_trace():
    assert lit_arrows(state_diagram().drawing) == 0


def test_the_way_in_words(life):
    assert state_diagram(life, "client").text.splitlines() == [
        "client: the way through TCP's states (RFC 9293, figure 5)",
        "  CLOSED",
        "  -- active OPEN / snd SYN --> SYN-SENT",
        "  -- rcv SYN,ACK / snd ACK --> ESTABLISHED",
        "  -- CLOSE / snd FIN --> FIN-WAIT-1",
        "  -- rcv ACK of FIN --> FIN-WAIT-2",
        "  -- rcv FIN / snd ACK --> TIME-WAIT",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_states_that_nobody_saw_are_not_invented():
    assert (
        "  -- states between not seen --> TIME-WAIT" in state_diagram(lit=["ESTABLISHED", "TIME-WAIT"]).text
    )


def test_without_a_way_the_text_is_the_table():
    lines = state_diagram().text.splitlines()
    assert len(lines) == 1 + len(TRANSITIONS)
    assert lines[2] == "  CLOSED        -- active OPEN / snd SYN --> SYN-SENT"


def test_what_is_not_there_is_told(life):
    with pytest.raises(CourseError, match="TCP has no state 'OPEN'; its states are CLOSED, "):
        state_diagram(lit=["OPEN"])
    with pytest.raises(TraceError, match="no host 'nobody'"):
        state_diagram(life, "nobody")


def test_the_first_host_is_taken_unless_another_is_named(life):
    assert state_diagram(life).text == state_diagram(life, "client").text
    assert "server" not in state_diagram(SAMPLES["none"]).text


def test_reached_states_are_ticked_and_counted():
    picture = state_diagram(reached=["LISTEN", "CLOSED", "LISTEN"])
    assert picture.text.splitlines() == [
        "2 of 11 states reached (RFC 9293, figure 5)",
        *(f"  {'✓' if state in ('CLOSED', 'LISTEN') else ' '} {state}" for state in STATES),
    ]
    assert [text.text for text in picture.drawing.texts()].count("✓") == 2
    assert picture.drawing.alt == "TCP's state diagram; lit: CLOSED, LISTEN"
    with pytest.raises(CourseError, match="TCP has no state 'OPEN'"):
        state_diagram(reached=["OPEN"])
