"""The moments of a trace that a ladder shows, in the order of time, and the row in which each is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpers.trace import WIRE, Call, Trace
from helpers.view.captions import Arrow

WIRE_ROW = 34
"""Pixels between two arrows: room for the words above the lower one."""
TEXT_ROW = 18
"""Pixels between two texts beside a lifeline."""
STEP = 5
"""Pixels between any two moments: what came later stands lower."""


@dataclass(frozen=True)
class Moment:
    """Something that is drawn at one height."""

    time: int
    kind: str
    """"sent", "late" (the arrival of a frame that had to wait), "call", "return", "state" or "mark"."""
    lane: str
    """Moments of one lane must not share a row: the wire, or "calls" and "states" of a host."""
    text: str = ""
    host: str = ""
    arrow: Arrow | None = None
    call: Call | None = None
    lines: int = 1


def is_prompt(arrow: Arrow, others: Sequence[Arrow], patience: float) -> bool:
    """True if the frame crossed at once, so that one row shows it whole.

    Not so if the wire kept it, if it took longer than `patience` nanoseconds, or if a frame of the other side set off
    while it was on its way: then the two arrows cross.
    """
    frame = arrow.frame
    if frame.fate not in ("delivered", "injected") or len(frame.arrivals) != 1:
        return False
    arrival = frame.arrivals[0]
    crossing = (o.frame for o in others if o.frame.sender == frame.receiver and frame.sent < o.frame.sent < arrival)
    return arrival - frame.sent <= patience and not any(crossing)


def wire_moments(trace: Trace, arrows: Sequence[Arrow], patience: float = float("inf")) -> list[Moment]:
    """Frames that set off, frames that arrive late, and marks."""
    found = [Moment(mark.time, "mark", WIRE, mark.label) for mark in trace.marks]
    for arrow in arrows:
        found.append(Moment(arrow.frame.sent, "sent", WIRE, host=arrow.frame.sender, arrow=arrow))
        late = () if is_prompt(arrow, arrows, patience) else arrow.frame.arrivals
        if arrow.frame.fate == "duplicated":
            late = late[1:]  # the first went straight through
        found += [Moment(time, "late", WIRE, host=arrow.frame.receiver, arrow=arrow) for time in late]
    return sorted(found, key=_when)


def call_moments(trace: Trace, host: str, busy: Sequence[int]) -> list[Moment]:
    """A host's calls. One that was over before anything else happened is one moment, "bind() = 0"; others have two.

    `busy` holds the times of what happens on the wire.
    """
    found = []
    mine = [call for call in trace.calls if call.host == host]
    for call in mine:
        others = [time for other in mine if other is not call for time in (other.begin, other.end) if time]
        end = call.end
        if end is not None and not any(call.begin < time < end for time in (*busy, *others)):
            found.append(Moment(call.begin, "call", f"calls {host}", _returned(call), host, call=call))
            continue
        found.append(Moment(call.begin, "call", f"calls {host}", f"{call.name}() …", host, call=call))
        if end is not None:
            found.append(Moment(end, "return", f"calls {host}", _returned(call), host, call=call))
    return found


def state_moments(trace: Trace, host: str) -> list[Moment]:
    """The changes of a host's states."""
    return [
        Moment(time, "state", f"states {host}", text, host, lines=text.count(" + ") + 1)
        for time, text in trace.state_changes(host)
    ]


def heights(moments: Sequence[Moment], pixels: Callable[[int], float]) -> list[float]:
    """How far down each moment is drawn, for moments in the order of time.

    `pixels` turns nanoseconds that passed between two moments into the pixels they deserve; what would collide is
    moved down, and everything after it with it, so a long wait never looks shorter than it was.
    """
    last: dict[str, float] = {}
    result: list[float] = []
    before = moments[0].time if moments else 0
    y = 0.0
    for moment in moments:
        y += max(STEP if result else 0, pixels(moment.time - before))
        y = max(y, last.get(moment.lane, y))
        last[moment.lane] = y + (WIRE_ROW if moment.lane == WIRE else TEXT_ROW * moment.lines)
        result.append(y)
        before = moment.time
    return result


def short(value: str, most: int = 20) -> str:
    """A value cut in its middle, with … where something is missing."""
    return value if len(value) <= most else f"{value[: most - 9]}…{value[-8:]}"


def _returned(call: Call) -> str:
    return f"{call.name}() = {short(call.error or call.result or 'None')}"


def _when(moment: Moment) -> int:
    return moment.time
