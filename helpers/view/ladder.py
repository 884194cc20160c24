"""The ladder diagram (message sequence chart): lifelines, segments, what the wire did to them, calls and states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from helpers.trace import WIRE, Trace
from helpers.view.captions import Arrow, arrows, not_shown
from helpers.view.drawing import Box, Drawing, Item, Line, Point, Shape, Text, text_width
from helpers.view.ladder_text import LATE_NOTES, NOTES, frame_ends, ladder_text
from helpers.view.moments import TEXT_ROW, WIRE_ROW, Moment, call_moments, heights, state_moments, wire_moments
from helpers.view.picture import Picture
from helpers.view.timescale import pixels_per_nanosecond, span, ticks

Time = Literal["event", "scale"]

MARGIN = 14
TIME_COLUMN = 66
LEAST_WIDTH = 820
LEAST_WIRE = 250
SLANT = 8
"""Pixels an arrow falls at least: time runs downwards for it too."""
DETOUR = 30
"""Where the wire keeps a frame: so many pixels before the receiver."""
PROMPT = 30_000_000
"""To scale, a frame that was longer on the wire than this (nanoseconds) is drawn with its true slope."""
DOTS = (2.0, 4.0)
DASHES = (7.0, 5.0)


def ladder(
    trace: Trace,
    time: Time = "event",
    states: bool = True,
    absolute: bool = False,
    hosts: Sequence[str] | None = None,
    protocols: tuple[str, ...] = ("tcp",),
    title: str = "",
    calls: bool = True,
) -> Picture:
    """The ladder diagram of a trace, as a picture with its text.

    `time` is "event" (one row an event) or "scale" (rows as far apart as they were in time). `hosts` chooses the
    lifelines and their order. `states` shows the sockets' states beside them, `calls` the socket calls. Sequence
    numbers are relative unless `absolute`.
    """
    drawn = Ladder(trace, time, states, absolute, hosts, protocols, title, calls)
    return Picture(drawn.drawing(), drawn.text())


class Ladder:
    """A trace laid out once, to be painted whole or up to a moment."""

    def __init__(
        self,
        trace: Trace,
        time: Time = "event",
        states: bool = True,
        absolute: bool = False,
        hosts: Sequence[str] | None = None,
        protocols: tuple[str, ...] = ("tcp",),
        title: str = "",
        calls: bool = True,
    ) -> None:
        self.trace, self.title, self.time = trace, title, time
        self.hosts = list(hosts) if hosts is not None else [host.name for host in trace.hosts]
        self.with_states = states
        self.protocols = protocols
        self.arrows = arrows(trace, self.hosts, protocols, absolute)
        self._lay_out_time(states, calls)
        self._lay_out_columns()

    def text(self) -> str:
        """The ladder in words: the same on every run, so without times."""
        lines = ladder_text(self.trace, self.arrows, self.hosts, self.with_states)
        if not self.arrows:
            lines.insert(0, nothing_crossed(self.protocols))
        head = [self.title] if self.title else []
        return "\n".join([*head, *lines, *self._footer()])

    def drawing(self, until: int | None = None, since: int | None = None) -> Drawing:
        """The picture up to the time `until` (nanoseconds); what came after `since` is drawn as new."""
        shown = [(m, y) for m, y in zip(self.moments, self.heights, strict=True) if until is None or m.time <= until]
        bottom = max((y + _height(moment) for moment, y in shown), default=self.top) + 8
        if not self.arrows:
            bottom += WIRE_ROW
        items: list[Item] = [*self._lifelines(bottom), *self._clock(shown, bottom)]
        painter = _Painter(self, {moment: y for moment, y in shown}, bottom, since)
        for moment, y in shown:
            items += painter.paint(moment, y)
        if not self.arrows:
            middle = (self.lifelines[0] + self.lifelines[-1]) / 2 if self.lifelines else self.width / 2
            items.append(Text(middle, bottom - 12, nothing_crossed(self.protocols), anchor="middle", backing=True))
        height = bottom + 10
        for line in self._footer():
            height += 16
            items.append(Text(MARGIN, height, line, 12, role="muted"))
        return Drawing(self.width, height + 12, tuple(items), self._alt())

    def _lay_out_time(self, states: bool, calls: bool) -> None:
        crossing = wire_moments(self.trace, self.arrows, PROMPT if self.time == "scale" else float("inf"))
        busy = [moment.time for moment in crossing]
        found = list(crossing)
        for host in self.hosts if calls else ():
            found += call_moments(self.trace, host, busy)
        begin = min((moment.time for moment in found), default=0)
        for host in self.hosts if states else ():
            found += state_moments(self.trace, host, begin)
        inner = self.hosts[1:-1]
        self.moments = sorted((m.on_the_wire() if m.host in inner else m for m in found), key=lambda m: m.time)
        self.top = (58 if self.title else 32) + 38
        slope = pixels_per_nanosecond([moment.time for moment in self.moments]) if self.time == "scale" else 0.0
        self.heights = [self.top + y for y in heights(self.moments, lambda passed: slope * passed)]

    def _lay_out_columns(self) -> None:
        """Where each column stands, from left to right: time, states, calls, lifelines, calls, states."""
        outer = [self.hosts[0], self.hosts[-1]] if self.hosts else []
        names = {"calls": [self._column("calls", host) for host in outer]}
        names["states"] = [self._column("states", host) for host in outer]
        label = max((text_width(_label(arrow), 13, True) for arrow in self.arrows), default=0)
        mark = max((text_width(m.text, 12) for m in self.moments if m.kind == "mark"), default=0)
        name = max((text_width(h, 14, True) for h in self.hosts), default=0)
        wire = max(LEAST_WIRE, label + 2 * DETOUR + 40, mark + 40, name + 40)
        gaps = max(len(self.hosts) - 1, 1)
        sides = [sum(column) for column in zip(*names.values(), strict=True)] or [0.0, 0.0]
        sides = [max(side, name / 2 + 8) for side in sides]
        left, right = MARGIN + TIME_COLUMN + sides[0], sides[1] + MARGIN
        wire = max(wire, (LEAST_WIDTH - left - right) / gaps)
        self.lifelines = [left + number * wire for number in range(len(self.hosts))]
        self.width = left + gaps * wire + right
        self.calls_width = names["calls"]

    def _column(self, kind: str, host: str) -> float:
        lane = f"{kind} {host}"
        texts = [line for m in self.moments if m.lane == lane for line in m.text.split(" + ")]
        return max((text_width(text, 12.5, kind == "states") for text in texts), default=-16.0) + 16

    def _lifelines(self, bottom: float) -> list[Item]:
        items: list[Item] = [Text(MARGIN, 26, self.title, 15, bold=True)] if self.title else []
        addresses = {host.name: host.addresses for host in self.trace.hosts}
        y = self.top - 38
        for host, x in zip(self.hosts, self.lifelines, strict=True):
            items.append(Line(((x, self.top - 8), (x, bottom)), "muted"))
            items.append(Text(x, y, host, 14, "middle", bold=True))
            items.append(Text(x, y + 17, " ".join(addresses.get(host, ())[:1]), 12, "middle", role="muted"))
        return items

    def _clock(self, shown: list[tuple[Moment, float]], bottom: float) -> list[Item]:
        """The time at which each segment set off or came late; to scale also an axis with ticks."""
        if not shown:
            return []
        start = self.moments[0].time
        x = MARGIN + TIME_COLUMN - 12
        frames = [(moment.time, y) for moment, y in shown if moment.arrow]
        items: list[Item] = [
            Text(x - 6, y + 4, span(time - start), 12, "end", role="muted") for time, y in frames
        ]
        if self.time == "scale":
            items.append(Line(((x, self.top - 8), (x, bottom)), "muted", 1))
            items += [Line(((x - 4, y), (x + 4, y)), "muted", 1) for _, y in frames]
            for tick, y in ticks([(moment.time - start, y) for moment, y in shown]):
                items.append(Line(((x - 4, y), (x + 4, y)), "ink", 2))
                if all(abs(y - other) > 17 for _, other in frames):
                    items.append(Text(x - 6, y + 4, span(tick), 12, "end", bold=True))
        return items

    def _footer(self) -> list[str]:
        hidden = not_shown(self.trace, self.protocols)
        return [part for part in (f"{hidden}." if hidden else "", str(self.trace.source)) if part]

    def _alt(self) -> str:
        lost = sum(arrow.frame.lost for arrow in self.arrows)
        what = f"Ladder diagram of {len(self.arrows)} segments between {' and '.join(self.hosts)}"
        return f"{what}, {lost} of them lost." if lost else f"{what}."


def nothing_crossed(protocols: tuple[str, ...]) -> str:
    """What is said instead of arrows."""
    if protocols == ("tcp",):
        return "No TCP segment crossed the wire."
    return f"No {' or '.join(name.upper() for name in protocols)} frame crossed the wire."


def _label(arrow: Arrow) -> str:
    note = NOTES.get(arrow.frame.fate, "") if arrow.frame.arrivals else ""
    return f"{arrow.label} ({note})" if note else arrow.label


def _height(moment: Moment) -> float:
    """How far a moment's drawing reaches below its own height."""
    return TEXT_ROW * moment.lines if moment.lane != WIRE else WIRE_ROW / 2


class _Painter:
    """Paints moments of a ladder at their heights."""

    def __init__(self, laid_out: Ladder, shown: dict[Moment, float], bottom: float, since: int | None) -> None:
        self._ladder = laid_out
        self._bottom = bottom
        self._since = since
        self._places = dict(zip(laid_out.hosts, laid_out.lifelines, strict=True))
        self._late = {(id(m.arrow), m.time): y for m, y in shown.items() if m.kind == "late"}
        self._states = {
            host: [y for m, y in shown.items() if m.kind == "state" and m.host == host] for host in laid_out.hosts
        }
        self._returns = {id(m.call): y for m, y in shown.items() if m.kind == "return"}
        self._kept = 0

    def paint(self, moment: Moment, y: float) -> list[Item]:
        if moment.arrow is not None:
            return self._sent(moment, y) if moment.kind == "sent" else self._arrived(moment, moment.arrow, y)
        if moment.kind == "mark":
            return self._mark(moment, y)
        if moment.lane == WIRE:
            x = self._places[moment.host]
            return [Text(x, y + 4, moment.text, 12.5, "middle", bold=moment.kind == "state", backing=True)]
        return self._state(moment, y) if moment.kind == "state" else self._call(moment, y)

    def _is_new(self, moment: Moment) -> bool:
        return self._since is not None and moment.time > self._since

    def _ends(self, arrow: Arrow) -> tuple[float, float]:
        """Where an arrow begins and ends; an injected one begins in the middle of the wire."""
        left, right = (self._places[host] for host in frame_ends(arrow, self._ladder.hosts))
        target = self._places[arrow.frame.receiver]
        origin = left + right - target
        return ((left + right) / 2 if arrow.frame.sender == WIRE else origin), target

    def _sent(self, moment: Moment, y: float) -> list[Item]:
        assert moment.arrow is not None
        frame = moment.arrow.frame
        origin, target = self._ends(moment.arrow)
        new = self._is_new(moment)
        role, width = ("new", 3.0) if new else ("ink", 1.7)
        middle = (origin + target) / 2 if frame.sender != WIRE else origin
        words = Text(middle, y - 4, _label(moment.arrow), 13, "middle", bold=new, backing=True)
        arrived = [time for time in frame.arrivals if (id(moment.arrow), time) in self._late]
        waits = frame.arrivals and not arrived and (moment.arrow, "late") in self._expected()
        if frame.lost:
            return [*self._lost(origin, target, y, new), words]
        if frame.fate == "held" or (waits and frame.fate not in ("duplicated", "delivered")):
            return [*self._held(origin, target, y, new), words]
        if self._goes_straight(frame.fate) and (arrived or waits):
            end = self._late[id(moment.arrow), arrived[0]] if arrived else self._bottom
            return [Line(((origin, y), (target, end)), role, width, arrow=bool(arrived)), words]
        if frame.fate in ("released", "delayed", "reordered") and arrived:
            return [*self._detour(moment.arrow, origin, target, y, new), words]
        slope = Line(((origin, y), (target, y + SLANT)), role, width, arrow=True)
        items: list[Item] = [slope]
        if frame.fate == "duplicated":
            items += self._copies(moment.arrow, target, y, 1 if target > origin else -1)
        if frame.fate == "injected":
            slope = Line(slope.points, "new" if new else "injected", width, arrow=True)
            items = [slope, _diamond(origin, y, slope.role)]
        return [*items, words]
