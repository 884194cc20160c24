"""RFC 9293's state diagram (figure 5), drawn from the table of transitions; the way of a host is lit.

The step that the figure omits (its note 2) is drawn only where a way takes it: without a way, the picture is the RFC's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from helpers.draw.drawing import Box, Drawing, Item, Line, Point, Text, text_width
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.fields.tcp_states import NOTE_2, STATES, TRANSITIONS, Transition
from helpers.trace import Trace

WIDTH, HEIGHT = 860, 790
BOX_WIDTH, BOX_HEIGHT = 132, 34
END = "CLOSED at the end"
"""CLOSED is drawn twice, as in the RFC: where a connection begins and where it ends."""

TICK = "✓"
"""On a state that was reached."""
_IN_NOTE_2 = "(note 2)"

PLACES: dict[str, Point] = {
    "CLOSED": (430, 66), "LISTEN": (430, 172),
    "SYN-RECEIVED": (170, 282), "SYN-SENT": (690, 282),
    "ESTABLISHED": (430, 392),
    "FIN-WAIT-1": (170, 502), "CLOSE-WAIT": (690, 502),
    "FIN-WAIT-2": (170, 622), "CLOSING": (470, 622), "LAST-ACK": (690, 622),
    "TIME-WAIT": (470, 732), END: (690, 732),
}  # fmt: skip
"""The middle of each state's box."""


@dataclass(frozen=True)
class Route:
    """How an arrow runs: its corners, and where its words are; `anchor` as in `Text`."""

    points: tuple[Point, ...]
    words: Point
    anchor: str
    gap: float = 15
    """From the event's baseline down to the action's."""


ROUTES: dict[tuple[str, str], Route] = {
    ("CLOSED", "passive OPEN"): Route(((412, 83), (412, 155)), (404, 122), "end"),
    ("LISTEN", "CLOSE"): Route(((448, 155), (448, 83)), (456, 122), "start"),
    ("CLOSED", "active OPEN"): Route(((496, 58), (730, 58), (730, 265)), (738, 160), "start"),
    ("SYN-SENT", "CLOSE"): Route(((700, 265), (700, 74), (496, 74)), (692, 122), "end"),
    ("LISTEN", "SEND"): Route(((496, 172), (664, 172), (664, 265)), (580, 166), "middle", 22),
    ("SYN-RECEIVED", "rcv RST"): Route(((140, 265), (140, 164), (364, 164)), (270, 158), "middle"),
    ("LISTEN", "rcv SYN"): Route(((364, 180), (190, 180), (190, 265)), (270, 196), "middle"),
    ("SYN-SENT", "rcv SYN"): Route(((624, 282), (236, 282)), (430, 276), "middle", 22),
    ("SYN-SENT", "rcv SYN,ACK"): Route(((690, 299), (690, 384), (496, 384)), (698, 340), "start"),
    ("SYN-RECEIVED", "rcv ACK of SYN"): Route(((210, 299), (210, 384), (364, 384)), (218, 340), "start"),
    ("SYN-RECEIVED", "CLOSE"): Route(((140, 299), (140, 485)), (132, 384), "end"),
    ("ESTABLISHED", "CLOSE"): Route(((364, 400), (190, 400), (190, 485)), (198, 440), "start"),
    ("ESTABLISHED", "rcv FIN"): Route(((496, 400), (690, 400), (690, 485)), (698, 440), "start"),
    ("FIN-WAIT-1", "rcv ACK of FIN"): Route(((150, 519), (150, 605)), (142, 566), "end"),
    ("FIN-WAIT-1", "rcv FIN"): Route(((236, 494), (470, 494), (470, 605)), (478, 550), "start"),
    ("FIN-WAIT-1", "rcv FIN, ACK of FIN"): Route(
        ((236, 510), (290, 510), (290, 724), (404, 724)), (298, 550), "start"
    ),
    ("FIN-WAIT-2", "rcv FIN"): Route(((170, 639), (170, 740), (404, 740)), (178, 692), "start"),
    ("CLOSE-WAIT", "CLOSE"): Route(((690, 519), (690, 605)), (698, 558), "start"),
    ("CLOSING", "rcv ACK of FIN"): Route(((470, 639), (470, 715)), (478, 682), "start"),
    ("LAST-ACK", "rcv ACK of FIN"): Route(((690, 639), (690, 715)), (698, 682), "start"),
    ("TIME-WAIT", "2 MSL timeout"): Route(((536, 732), (624, 732)), (580, 768), "middle"),
}
"""The arrow of each transition, the one of note 2 too, by the state before and the event."""


class UnknownState(CourseError):
    """A state that TCP does not have."""


def state_diagram(
    trace: Trace | None = None, host: str | None = None, lit: Sequence[str] = (), reached: Collection[str] = ()
) -> Picture:
    """RFC 9293's figure 5. The way of a host's first connection is lit and numbered, or the states of `lit`.

    Without `host` it is the trace's first. `reached`: states that are only ticked, in no order. Raises UnknownState, or
    TraceError for an unknown host.
    """
    if trace is not None:
        host = trace.hosts[0].name if host is None else host
        lit = way(trace, host)
    for state in (*lit, *reached):
        if state not in STATES:
            raise UnknownState(f"TCP has no state {state!r}; its states are {', '.join(STATES)}")
    source = str(trace.source) if trace is not None else ""
    title = f"{host}: the way through TCP's states (RFC 9293, figure 5)" if host else ""
    if reached:
        title = f"{len(set(reached))} of {len(STATES)} states reached (RFC 9293, figure 5)"
    return Picture(_draw(lit, title, source, reached), _text(lit, title, source, reached))


def way(trace: Trace, host: str) -> list[str]:
    """The states of a host's first connection, from CLOSED on. Raises TraceError for an unknown host."""
    trace.table(host)  # for its error
    tables = sorted((table for table in trace.tables if table.host == host), key=lambda table: table.time)
    passed = ["CLOSED"]
    connection = None
    for table in tables:
        rows = {(row.local, row.remote): row.state for row in table.rows}
        if connection is None:
            connection = next((ends for ends, state in rows.items() if state != "LISTEN"), None)
        if connection is not None:
            state = rows.get(connection, "CLOSED")
        else:
            state = "LISTEN" if "LISTEN" in rows.values() else "CLOSED"
        if state != passed[-1]:
            passed.append(state)
        if connection is not None and state == "CLOSED":
            break  # this connection has ended; a later one with the same ends is another
    return passed


def _draw(lit: Sequence[str], title: str, source: str, reached: Collection[str]) -> Drawing:
    boxes = _boxes(lit)
    steps = {(one, other) for one, other in pairwise(boxes)}
    items: list[Item] = [Text(14, 26, title or "TCP's states (RFC 9293, figure 5)", 15, bold=True)]
    for transition in TRANSITIONS:
        items += _arrow(transition, (transition.before, _end_box(transition)) in steps)
    if (NOTE_2.before, NOTE_2.after) in steps:
        items += _arrow(NOTE_2, True)
    for name, place in PLACES.items():
        badges = [str(number) for number, box in enumerate(boxes, 1) if box == name]
        items += _box(name, place, badges or [TICK] * (name in reached))
    if source:
        items.append(Text(14, HEIGHT - 12, source, 12, role="muted"))
    shown = lit or [state for state in STATES if state in reached]
    alt = "TCP's state diagram" + (f"; lit: {', '.join(shown)}" if shown else "")
    return Drawing(WIDTH, HEIGHT, tuple(items), alt)


def _boxes(lit: Sequence[str]) -> list[str]:
    """The boxes of these states: the last CLOSED is the lower one where the way leads there."""
    boxes = list(lit)
    if len(boxes) > 1 and boxes[-1] == "CLOSED" and boxes[-2] in ("LAST-ACK", "TIME-WAIT"):
        boxes[-1] = END
    return boxes


def _end_box(transition: Transition) -> str:
    at_end = transition.after == "CLOSED" and transition.before in ("LAST-ACK", "TIME-WAIT")
    return END if at_end else transition.after


def _arrow(transition: Transition, is_lit: bool) -> list[Item]:
    route = ROUTES[transition.before, transition.event]
    x, y = route.words
    items: list[Item] = [
        Line(route.points, "new" if is_lit else "muted", 3.5 if is_lit else 1.3, arrow=True),
        Text(x, y, transition.event, 12, route.anchor, bold=is_lit),
    ]
    if transition.action:
        remark = f" {_IN_NOTE_2}" if transition == NOTE_2 else ""
        items.append(Text(x, y + route.gap, transition.action + remark, 12, route.anchor, role="muted"))
    return items


def _box(name: str, place: Point, badges: Sequence[str]) -> list[Item]:
    x, y = place[0] - BOX_WIDTH / 2, place[1] - BOX_HEIGHT / 2
    is_lit = bool(badges)
    label = name.removesuffix(" at the end")
    items: list[Item] = [
        Box(
            x,
            y,
            BOX_WIDTH,
            BOX_HEIGHT,
            "shade" if is_lit else "card",
            "ink" if is_lit else "muted",
            3 if is_lit else 1.3,
        ),
        Text(place[0], place[1] + 5, label, 13, "middle", bold=is_lit),
    ]
    if is_lit:
        badge = ", ".join(badges)
        width = text_width(badge, 12, True) + 10
        items.append(Box(x + 5, y - 13, width, 19, "card", "ink", 1.5))
        items.append(Text(x + 5 + width / 2, y + 1, badge, 12, "middle", bold=True))
    return items


def _text(lit: Sequence[str], title: str, source: str, reached: Collection[str]) -> str:
    if reached:
        lines = [title, *(f"  {TICK if state in reached else ' '} {state}" for state in STATES)]
    elif not lit:
        lines = ["TCP's states (RFC 9293, figure 5)", *(_written(transition) for transition in TRANSITIONS)]
    else:
        lines = [title or "A way through TCP's states (RFC 9293, figure 5)", f"  {lit[0]}"]
        lines += [f"  {_step(before, after)}" for before, after in pairwise(lit)]
    return "\n".join([*lines, source] if source else lines)


def _written(transition: Transition) -> str:
    return f"  {transition.before:12}  {_words(transition)} --> {transition.after}"


def _words(transition: Transition) -> str:
    return f"-- {transition.event}{f' / {transition.action}' if transition.action else ''}"


def _step(before: str, after: str) -> str:
    """One step of a way; the kernel may have passed states too quickly to be seen."""
    found = [t for t in (*TRANSITIONS, NOTE_2) if (t.before, t.after) == (before, after)]
    remark = f" {_IN_NOTE_2}" if NOTE_2 in found else ""
    return f"{' or '.join(map(_words, found)) if found else '-- states between not seen'} --> {after}{remark}"
