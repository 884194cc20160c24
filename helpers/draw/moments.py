"""The moments of a trace that a ladder shows, in the order of time, and the row in which each is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from helpers.draw.captions import Arrow
from helpers.trace import WIRE, Call, Trace

WIRE_ROW = 34
"""Pixels between two arrows: room for the words above the lower one."""
NOTE_ROW = 7
"""Pixels more where a word stands below the arrow."""
TEXT_ROW = 18
"""Pixels between two texts beside a lifeline."""
LONGEST_VALUE = 18
"""Characters of a call's result."""
PROMPT = 30_000_000
"""To scale, a frame that was longer on the wire than this (nanoseconds) is drawn with the time it took."""
KEPT = ("released", "delayed", "reordered")
"""Fates of a frame that the wire kept for a while."""
NOTICED = 100_000_000
"""Nanoseconds within which the lab sees a change: it reads the table at the next frame or call."""
EVERYBODY = "all"
"""The receiver of a broadcast on a wire with several others."""
STEP = 5
"""Pixels between any two moments: what came later stands lower."""


@dataclass(frozen=True)
class Moment:
    """Something that is drawn at one height."""

    time: int
    kind: str
    """"sent", "late" (the arrival of a frame that had to wait), "call" (a short one), "begin" and
    "return" (of a longer one), "state" or "mark"."""
    lane: str
    """Moments of one lane must not share a row: the wire, or "calls" and "states" of a host."""
    text: str = ""
    host: str = ""
    arrow: Arrow | None = None
    call: Call | None = None
    lines: int = 1

    def on_the_wire(self) -> Moment:
        """The same, drawn between the lifelines."""
        return replace(self, lane=WIRE)


def wire_moments(trace: Trace, arrows: Sequence[Arrow], to_scale: bool = False) -> list[Moment]:
    """Frames that set off, frames that arrive late, and marks."""
    found = [Moment(mark.time, "mark", WIRE, mark.label) for mark in trace.marks]
    found += [
        Moment(arrow.frame.sent, "sent", WIRE, host=arrow.frame.sender, arrow=arrow) for arrow in arrows
    ]
    times = [moment.time for moment in found] + [
        time for arrow in arrows for time in arrow.frame.arrivals[1:]
    ]
    for arrow in arrows:
        late = _late_arrivals(arrow, arrows, times, to_scale)
        found += [Moment(time, "late", WIRE, host=arrow.frame.receiver, arrow=arrow) for time in late]
    return sorted(found, key=_when)


def _late_arrivals(
    arrow: Arrow, others: Sequence[Arrow], times: Sequence[int], to_scale: bool
) -> tuple[int, ...]:
    """The arrivals that one row cannot show together with the frame's departure.

    Those are the ones before which something else happened (for a frame that just went through only a frame
    of the other side counts: their arrows cross), and to scale also those that took their time.
    """
    frame = arrow.frame
    if not frame.arrivals:
        return ()
    first = frame.arrivals[0]
    if frame.fate in KEPT:
        waited = any(frame.sent < time < first for time in times)
    else:
        waited = any(o.frame.sender == frame.receiver and frame.sent < o.frame.sent < first for o in others)
    waited = waited or (to_scale and first - frame.sent > PROMPT)
    return frame.arrivals if waited else frame.arrivals[1:]


def call_moments(trace: Trace, host: str, busy: Sequence[int]) -> list[Moment]:
    """A host's calls. One that was over before anything else happened is one moment, others have two.

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
        found.append(Moment(call.begin, "begin", f"calls {host}", f"{_called(call)} …", host, call=call))
        if end is not None:
            found.append(Moment(end, "return", f"calls {host}", _returned(call), host, call=call))
    return found


def state_moments(trace: Trace, host: str, begin: int) -> list[Moment]:
    """The changes of a host's states; of those before `begin` only the last, which still held then."""
    changes = [(begin, "CLOSED"), *((_cause(trace, host, seen), text) for seen, text in trace.state_changes(host))]
    held = max(number for number, (time, _) in enumerate(changes) if time <= begin)
    changes = [(begin, changes[held][1]), *changes[held + 1 :]]
    return [
        Moment(time, "state", f"states {host}", text, host, lines=text.count(" + ") + 1)
        for number, (time, text) in enumerate(changes)
        if number == 0 or changes[number - 1][1] != text
    ]


def _cause(trace: Trace, host: str, seen: int) -> int:
    """When the change happened that the lab saw then: at the last arrival or beginning of a call before.

    The lab reads a kernel's table only at the next frame or call. A change without such a cause shortly before it
    was made by a timer, and stays where it was seen.
    """
    causes = [time for frame in trace.frames if frame.receiver in (host, EVERYBODY) for time in frame.arrivals]
    causes += [call.begin for call in trace.calls if call.host == host]
    latest = max((time for time in causes if time <= seen), default=0)
    return latest + 1 if seen - latest <= NOTICED else seen


def heights(moments: Sequence[Moment], pixels: Callable[[int], float]) -> list[float]:
    """How far down each moment is drawn, for moments in the order of time.

    `pixels` turns nanoseconds that passed between two moments into the pixels they deserve. What would
    collide is moved down, and all that follows with it: a long wait never looks shorter than it was.
    """
    last: dict[str, float] = {}
    result: list[float] = []
    before = moments[0].time if moments else 0
    y = 0.0
    for moment in moments:
        y += max(STEP if result else 0, pixels(moment.time - before))
        y = max(y, last.get(moment.lane, y))
        last[moment.lane] = y + _room(moment)
        result.append(y)
        before = moment.time
    return result


def _room(moment: Moment) -> float:
    """Pixels that a moment keeps free below its height in its lane."""
    if moment.lane != WIRE:
        return TEXT_ROW * moment.lines
    noted = moment.kind == "sent" and moment.arrow is not None and moment.arrow.frame.fate != "delivered"
    return WIRE_ROW + NOTE_ROW if noted else WIRE_ROW


def _short(value: str) -> str:
    """A value's beginning, with … where the rest is missing."""
    line = value.partition("\n")[0]
    return value if len(value) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"


def _called(call: Call) -> str:
    return f"run {_short(call.arguments)}" if call.name == "run" else f"{call.name}()"


def _returned(call: Call) -> str:
    if call.name == "run":
        return _called(call)
    made = f"socket {call.made_socket}" if call.made_socket else ""
    return f"{_called(call)} = {call.error or made or _short(call.result)}"


def _when(moment: Moment) -> int:
    return moment.time
