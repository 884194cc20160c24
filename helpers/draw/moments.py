"""The moments of a trace that a ladder shows, in the order of time, and how far down each is drawn.

A moment lies in a lane: the wire, or the calls or states of one host. Moments of one lane must not share a row, those
of different lanes may, so heights are found by going once through all moments and remembering where each lane is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.draw.captions import Arrow
from helpers.trace import WIRE, Call, Trace

WIRE_ROW, TEXT_ROW = 34, 18
"""Pixels between two arrows (room for the words above the lower one), and between two texts beside a lifeline."""
NOTE_ROW, STEP = 7, 5
"""Pixels more where a word stands below the arrow; and between any two moments: what came later stands lower."""
LONGEST_VALUE = 18
"""Characters of a call's result."""
PROMPT = 30_000_000
"""To scale, a frame that was longer on the wire than this (nanoseconds) is drawn with the time it took."""
KEPT = ("released", "delayed", "reordered")
"""Fates of a frame that the wire kept for a while."""
SECOND = 1_000_000_000
MOST_TICKS = 12
NOTICED = 100_000_000
"""Nanoseconds within which the lab sees a change: it reads the table at the next frame or call."""


@dataclass(frozen=True)
class Moment:
    """Something that is drawn at one height."""

    time: int
    kind: str
    """"sent", "late" (the arrival of a frame that had to wait), "call" (a short one), "begin" and
    "return" (of a longer one), "state" or "mark"."""
    lane: str = WIRE
    text: str = ""
    host: str = ""
    arrow: Arrow | None = None
    call: Call | None = None

    @property
    def lines(self) -> list[str]:
        """Its text, one state a line."""
        return self.text.split(" + ")


def wire_moments(trace: Trace, arrows: Sequence[Arrow], to_scale: bool = False) -> list[Moment]:
    """Frames that set off, frames that arrive late, and marks."""
    found = [Moment(mark.time, "mark", text=mark.label) for mark in trace.marks]
    found += [Moment(arrow.frame.sent, "sent", arrow=arrow) for arrow in arrows]
    times = [moment.time for moment in found]
    times += [time for arrow in arrows for time in arrow.frame.arrivals[1:]]
    for arrow in arrows:
        late = _late_arrivals(arrow, arrows, times, to_scale)
        found += [Moment(time, "late", arrow=arrow) for time in late]
    return sorted(found, key=lambda moment: moment.time)


def _late_arrivals(arrow: Arrow, others: Sequence[Arrow], times: Sequence[int], to_scale: bool) -> tuple[int, ...]:
    """The arrivals that one row cannot show together with the frame's departure.

    Those are the ones before which something else happened (for a frame that just went through only a frame
    of the other side counts: their arrows cross), and to scale also those that took their time.
    """
    frame = arrow.frame
    if not frame.arrivals:
        return ()
    first = frame.arrivals[0]
    if frame.fate not in KEPT:
        times = [other.frame.sent for other in others if other.frame.sender == frame.receiver]
    waited = any(frame.sent < time < first for time in times) or (to_scale and first - frame.sent > PROMPT)
    return frame.arrivals if waited else frame.arrivals[1:]


def call_moments(trace: Trace, host: str, busy: Sequence[int]) -> list[Moment]:
    """A host's calls. One that was over before anything else happened is one moment, others have two.

    `busy` holds the times of what happens on the wire.
    """
    found = []
    mine = [call for call in trace.calls if call.host == host]
    for call in mine:
        others = [time for other in mine if other is not call for time in (other.begin, other.end) if time]
        alone = call.end is not None and not any(call.begin < time < call.end for time in (*busy, *others))
        kinds = [("call", call.begin)] if alone else [("begin", call.begin), ("return", call.end)]
        for kind, time in kinds:
            if time is not None:
                found.append(Moment(time, kind, f"calls {host}", _words(call, kind), host, call=call))
    return found


def state_moments(trace: Trace, host: str, begin: int) -> list[Moment]:
    """The changes of a host's states; of those before `begin` only the last, which still held then."""
    causes = [time for frame in trace.frames if frame.receiver in (host, "all") for time in frame.arrivals]
    causes += [call.begin for call in trace.calls if call.host == host]
    changes = [(begin, "CLOSED"), *((_cause(causes, seen), text) for seen, text in trace.state_changes(host))]
    held = [text for time, text in changes if time <= begin][-1]
    changes = [(begin, held), *(change for change in changes if change[0] > begin)]
    return [
        Moment(time, "state", f"states {host}", text, host)
        for number, (time, text) in enumerate(changes)
        if number == 0 or changes[number - 1][1] != text
    ]


def _cause(causes: Sequence[int], seen: int) -> int:
    """When the change happened that the lab saw then: at the last arrival or beginning of a call before.

    The lab reads a kernel's table only at the next frame or call. A change without such a cause shortly before it
    was made by a timer, and stays where it was seen.
    """
    latest = max((time for time in causes if time <= seen), default=0)
    return latest + 1 if seen - latest <= NOTICED else seen


def heights(moments: Sequence[Moment], slope: float) -> list[float]:
    """How far down each moment is drawn, for moments in the order of time, `slope` pixels a nanosecond.

    What would collide is moved down, and all that follows with it: a long wait never looks shorter than it was.
    """
    free: dict[str, float] = {}
    result: list[float] = []
    y, before = -float(STEP), moments[0].time if moments else 0
    for moment in moments:
        y = max(y + max(STEP, slope * (moment.time - before)), free.get(moment.lane, 0.0))
        free[moment.lane], before = y + _room(moment), moment.time
        result.append(y)
    return result


def span(nanoseconds: int) -> str:
    """A span of time as in "0.3 ms", "1.0213 s" or, from 100 s on, "120.5 s"."""
    tenths = round(nanoseconds / 1e5)
    if tenths < 10_000:
        return f"{tenths / 10:.1f} ms"
    return f"{tenths / 1e4:.4f} s" if tenths < 1_000_000 else f"{tenths / 1e4:.1f} s"


def ticks(places: Sequence[tuple[int, float]]) -> list[tuple[str, float]]:
    """Round times as in "0.5 s", and their heights, between events of known time and height."""
    last = places[-1][0]
    steps = (digit * 10**power for power in range(6, 13) for digit in (1, 2, 5))
    step = next((step for step in steps if last / step <= MOST_TICKS), 10_000 * SECOND)
    return [(f"{time / 1e9:g} s", _tick_height(time, places)) for time in range(0, last + 1, step)]


def _tick_height(time: int, places: Sequence[tuple[int, float]]) -> float:
    """Between the last event until then and the first one after it."""
    begin, upper = max((place for place in places if place[0] <= time), default=places[0])
    end, lower = min((place for place in places if place[0] > time), default=places[-1])
    return upper if end <= begin else upper + (lower - upper) * (time - begin) / (end - begin)


def _room(moment: Moment) -> float:
    """Pixels that a moment keeps free below its height in its lane."""
    if moment.lane != WIRE:
        return TEXT_ROW * len(moment.lines)
    noted = moment.arrow is not None and moment.arrow.frame.fate != "delivered"
    return WIRE_ROW + NOTE_ROW if noted else WIRE_ROW


def _words(call: Call, kind: str) -> str:
    """What is written beside a call, or where a longer one begins or returns."""
    if call.name == "run":
        return f"run {_short(call.arguments)}{' …' * (kind == 'begin')}"
    if kind == "begin":
        return f"{call.name}() …"
    made = f"socket {call.made_socket}" if call.made_socket else ""
    return f"{call.name}() = {call.error or made or _short(call.result)}"


def _short(value: str) -> str:
    """A value's beginning, with … where the rest is missing."""
    line = value.partition("\n")[0]
    return value if len(value) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"
