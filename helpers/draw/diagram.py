"""RFC 9293's state diagram (figure 5), drawn from the table of transitions; the way of a host is lit.

Places and corners are written down, as the RFC's author drew them: a layout by a program finds no picture that readers
of the RFC know. The step that the figure omits (its note 2) is drawn only where a way takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from helpers.draw.drawing import Box, Drawing, Item, Line, Point, Text, text_width
from helpers.draw.picture import Picture
from helpers.fields.tcp_states import NOTE_2, STATES, TRANSITIONS, Transition
from helpers.trace import Trace

WIDTH, HEIGHT = 860, 790
BOX_WIDTH, BOX_HEIGHT = 132, 34
END = "CLOSED at the end"
"""CLOSED is drawn twice, as in the RFC: where a connection begins and where it ends."""

TICK = "✓"
"""On a state that was reached."""
FIGURE = "RFC 9293, figure 5"

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


def state_diagram(
    trace: Trace | None = None, host: str = "", lit: Sequence[str] = (), reached: Collection[str] = ()
) -> Picture:
    """RFC 9293's figure 5. The way of a host's first connection is lit and numbered, or the states of `lit`.

    `reached`: states that are only ticked, in no order. Raises TraceError for an unknown host.
    """
    title, source = f"TCP's states ({FIGURE})", ""
    if trace is not None:
        lit, source = way(trace, host), str(trace.source)
        title = f"{host}: the way through TCP's states ({FIGURE})"
    if reached:
        title = f"{len(set(reached))} of {len(STATES)} states reached ({FIGURE})"
    lines = [title, *_lines(lit, reached), *filter(None, [source])]
    return Picture(_draw(lit, title, source, reached), "\n".join(lines))


def way(trace: Trace, host: str) -> list[str]:
    """The states of a host's first connection, from CLOSED on. Raises TraceError for an unknown host."""
    trace.table(host)  # for its error
    passed, ends = ["CLOSED"], None
    for table in sorted((table for table in trace.tables if table.host == host), key=lambda table: table.time):
        rows = {(row.local, row.remote): row.state for row in table.rows}
        ends = ends or next((both for both, state in rows.items() if state != "LISTEN"), None)
        state = rows.get(ends, "CLOSED") if ends else "LISTEN" if rows else "CLOSED"
        if state != passed[-1]:
            passed.append(state)
        if ends and state == "CLOSED":
            break  # this connection has ended; a later one with the same ends is another
    return passed


def _draw(lit: Sequence[str], title: str, source: str, reached: Collection[str]) -> Drawing:
    boxes = [_box_of(before, state) for before, state in pairwise(["", *lit])]
    steps = set(pairwise(boxes))
    items: list[Item] = [Text(14, 26, title, 15, bold=True)]
    for transition in (*TRANSITIONS, NOTE_2):
        is_lit = (transition.before, _box_of(transition.before, transition.after)) in steps
        if is_lit or transition != NOTE_2:
            items += _arrow(transition, is_lit)
    for name, place in PLACES.items():
        numbers = [str(number) for number, box in enumerate(boxes, 1) if box == name]
        items += _box(name, place, ", ".join(numbers) or TICK * (name in reached))
    items.append(Text(14, HEIGHT - 12, source, 12, role="muted"))
    shown = ", ".join(lit or [state for state in STATES if state in reached])
    return Drawing(WIDTH, HEIGHT, tuple(items), f"TCP's state diagram{f'; lit: {shown}' if shown else ''}")


def _box_of(before: str, state: str) -> str:
    """The box of a state that is reached from another: CLOSED has a second one, where connections end."""
    return END if state == "CLOSED" and before in ("LAST-ACK", "TIME-WAIT") else state


def _arrow(transition: Transition, is_lit: bool) -> list[Item]:
    route = ROUTES[transition.before, transition.event]
    x, y = route.words
    items: list[Item] = [
        Line(route.points, "new" if is_lit else "muted", 3.5 if is_lit else 1.3, arrow=True),
        Text(x, y, transition.event, 12, route.anchor, bold=is_lit),
    ]
    if transition.action:
        words = transition.action + _remark(transition)
        items.append(Text(x, y + route.gap, words, 12, route.anchor, role="muted"))
    return items


def _box(name: str, place: Point, badge: str) -> list[Item]:
    """A state; `badge` is what stands on one that was reached."""
    x, y = place[0] - BOX_WIDTH / 2, place[1] - BOX_HEIGHT / 2
    fill, edge, thick = ("shade", "ink", 3.0) if badge else ("card", "muted", 1.3)
    label = Text(place[0], place[1] + 5, name.removesuffix(" at the end"), 13, "middle", bold=bool(badge))
    items: list[Item] = [Box(x, y, BOX_WIDTH, BOX_HEIGHT, fill, edge, thick), label]
    if badge:
        width = text_width(badge, 12, True) + 10
        items.append(Box(x + 5, y - 13, width, 19, "card", "ink", 1.5))
        items.append(Text(x + 5 + width / 2, y + 1, badge, 12, "middle", bold=True))
    return items


def _lines(lit: Sequence[str], reached: Collection[str]) -> list[str]:
    if reached:
        return [f"  {TICK if state in reached else ' '} {state}" for state in STATES]
    if not lit:
        return [f"  {each.before:12}  {_words(each)} --> {each.after}" for each in TRANSITIONS]
    return [f"  {lit[0]}", *(f"  {_step(before, after)}" for before, after in pairwise(lit))]


def _words(transition: Transition) -> str:
    return f"-- {transition.event}{f' / {transition.action}' if transition.action else ''}"


def _step(before: str, after: str) -> str:
    """One step of a way; the kernel may have passed states too quickly to be seen."""
    found = [each for each in (*TRANSITIONS, NOTE_2) if (each.before, each.after) == (before, after)]
    remark = "".join(map(_remark, found))
    return f"{' or '.join(map(_words, found)) or '-- states between not seen'} --> {after}{remark}"


def _remark(transition: Transition) -> str:
    return " (note 2)" if transition == NOTE_2 else ""
