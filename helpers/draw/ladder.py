"""The ladder diagram (message sequence chart): segments and what the wire did to them, calls, states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

from helpers.draw.captions import Arrow, Label, arrows, not_shown
from helpers.draw.drawing import Drawing, Item, Line, Point, Shape, Text, text_width
from helpers.draw.ladder_text import LATE_NOTES, NOTES, THROUGH, frame_ends, ladder_text
from helpers.draw.moments import (
    KEPT,
    TEXT_ROW,
    WIRE_ROW,
    Moment,
    call_moments,
    heights,
    state_moments,
    wire_moments,
)
from helpers.draw.picture import Picture
from helpers.draw.timescale import pixels_per_nanosecond, span, tick_label, ticks
from helpers.errors import CourseError
from helpers.trace import WIRE, Trace

Time = Literal["event", "scale"]

MARGIN = 14
TIME_COLUMN = 66
LEAST_WIDTH = 820
LEAST_WIRE = 250
SLANT = 8
"""Pixels an arrow falls at least: time runs downwards for it too."""
DETOUR = 30
"""Where the wire keeps a frame: so many pixels before the receiver."""
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
    label: Label | None = None,
) -> Picture:
    """The ladder diagram of a trace, as a picture with its text.

    `time` is "event" (one row an event) or "scale" (rows as far apart as they were in time). `hosts` chooses
    the lifelines and their order. `states` shows the sockets' states beside them, `calls` the socket calls.
    Sequence numbers are relative unless `absolute`; in the text they are relative always, so that it is the same on
    every run. `label` is a function of a frame: the words on its arrow, or None for the usual ones; it is asked once
    for each frame that is drawn, and what it raises is not caught. Raises TraceError for a host that is not in the
    trace, CourseError for a label that is no text.
    """
    label = cache(label) if label else None
    drawn = Ladder(trace, time, states, absolute, hosts, protocols, title, calls, label)
    words = Ladder(trace, time, states, False, hosts, protocols, title, calls, label) if absolute else drawn
    return Picture(drawn.drawing(), words.text())


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
        label: Label | None = None,
        least_width: float = LEAST_WIDTH,
    ) -> None:
        self.trace, self.title, self.time = trace, title, time
        if time not in get_args(Time):
            raise CourseError(f"there is no time={time!r}; a ladder is drawn by 'event' or to 'scale'")
        self.hosts = list(hosts) if hosts is not None else [host.name for host in trace.hosts]
        for host in self.hosts:
            trace.table(host)  # for its error
        self.with_states = states
        self.protocols = protocols
        self.arrows = arrows(trace, self.hosts, protocols, absolute, label)
        self._lay_out_time(states, calls)
        self._lay_out_columns(least_width)

    def text(self) -> str:
        """The ladder in words: the same on every run, so without times."""
        lines = ladder_text(self.trace, self.arrows, self.hosts, self.with_states)
        if not self.arrows:
            lines.insert(0, nothing_crossed(self.protocols))
        head = [self.title] if self.title else []
        return "\n".join([*head, *lines, *self._footer(counted=False)])

    @property
    def start(self) -> int:
        """The moment from which its times are counted."""
        return self.moments[0].time if self.moments else self.trace.start

    def heads(self) -> Drawing:
        """Its upper end alone: title, and the hosts' names and addresses above their lifelines."""
        texts = tuple(item for item in self._lifelines(self.top) if isinstance(item, Text))
        return Drawing(round(self.width), round(self.top - 12), texts, f"Hosts: {', '.join(self.hosts)}.")

    def drawing(self, until: int | None = None, since: int | None = None) -> Drawing:
        """The picture up to the time `until` (nanoseconds); what came after `since` is drawn as new."""
        shown = [
            (m, y)
            for m, y in zip(self.moments, self.heights, strict=True)
            if until is None or m.time <= until
        ]
        bottom = max((y + _height(moment) for moment, y in shown), default=self.top) + 8
        if not self.arrows:
            bottom += WIRE_ROW
        items: list[Item] = [*self._lifelines(bottom), *self._clock(shown, bottom)]
        painter = _Painter(self, shown, bottom, since)
        for moment, y in shown:
            items += painter.paint(moment, y)
        if not self.arrows:
            middle = sum(self.wire) / 2
            items.append(
                Text(middle, bottom - 12, nothing_crossed(self.protocols), anchor="middle", backing=True)
            )
        height = bottom + 10
        for line in self._footer(counted=True):
            height += 16
            items.append(Text(MARGIN, height, line, 12, role="muted"))
        return Drawing(round(self.width), round(height + 12), tuple(items), self._alt())

    def _lay_out_time(self, states: bool, calls: bool) -> None:
        crossing = wire_moments(self.trace, self.arrows, self.time == "scale")
        busy = [moment.time for moment in crossing]
        found = list(crossing)
        for host in self.hosts if calls else ():
            found += call_moments(self.trace, host, busy)
        begin = self.trace.start
        if self.time == "scale" and found:
            begin = min(moment.time for moment in found)  # nothing to see is no time worth pixels
        for host in self.hosts if states else ():
            found += state_moments(self.trace, host, begin)
        inner = self.hosts[1:-1]
        self.moments = sorted((m.on_the_wire() if m.host in inner else m for m in found), key=_order)
        self.top = (58 if self.title else 32) + 38
        slope = (
            pixels_per_nanosecond([moment.time for moment in self.moments]) if self.time == "scale" else 0.0
        )
        self.heights = [self.top + y for y in heights(self.moments, lambda passed: slope * passed)]

    def _lay_out_columns(self, least_width: float) -> None:
        """Where each column stands, from left to right: time, states, calls, lifelines, calls, states."""
        self.outer_hosts = self.hosts if len(self.hosts) < 2 else [self.hosts[0], self.hosts[-1]]
        self.calls_widths = [self._column("calls", host) for host in self.outer_hosts]
        states_widths = [self._column("states", host) for host in self.outer_hosts]
        label = max((text_width(arrow.label, 13, True) for arrow in self.arrows), default=0)
        mark = max((text_width(m.text, 12) for m in self.moments if m.kind == "mark"), default=0)
        name = max((text_width(h, 14, True) for h in self.hosts), default=0)
        late = max(
            (text_width(_late_words(m.arrow), 12) for m in self.moments if m.kind == "late" and m.arrow),
            default=0,
        )
        wire = max(LEAST_WIRE, label + 2 * DETOUR, late + DETOUR + 40, mark + 40, name + 40)
        gaps = max(len(self.hosts) - 1, 1)
        sides = [c + s for c, s in zip(self.calls_widths, states_widths, strict=True)] + [0.0, 0.0]
        left, right = (max(side, name / 2) + MARGIN for side in sides[:2])
        left += TIME_COLUMN
        wire = max(wire, (least_width - left - right) / gaps)
        self.lifelines = [left + number * wire for number in range(len(self.hosts))]
        self.width = left + gaps * wire + right
        self.wire = (left, left + gaps * wire)

    def _column(self, kind: str, host: str) -> float:
        lane = f"{kind} {host}"
        texts = [line for m in self.moments if m.lane == lane for line in m.text.split(" + ")]
        return max((text_width(text, 12.5, kind == "states") + 18 for text in texts), default=0.0)

    def _lifelines(self, bottom: float) -> list[Item]:
        items: list[Item] = [Text(MARGIN, 26, self.title, 15, bold=True)] if self.title else []
        addresses = {host.name: host.addresses for host in self.trace.hosts}
        y = self.top - 38
        for host, x in zip(self.hosts, self.lifelines, strict=True):
            items.append(Line(((x, self.top - 8), (x, bottom)), "muted"))
            items.append(Text(x, y, host, 14, "middle", bold=True))
            shown = addresses.get(host, ())[: 1 if host in self.outer_hosts else None]  # between others is a router
            items.append(Text(x, y + 17, " ".join(shown), 12, "middle", role="muted"))
        return items

    def _clock(self, shown: list[tuple[Moment, float]], bottom: float) -> list[Item]:
        """The time at which each segment set off or came late; to scale also an axis with ticks."""
        if not shown:
            return []
        x = MARGIN + TIME_COLUMN - 12
        frames = [(moment.time, y) for moment, y in shown if moment.arrow]
        items: list[Item] = [
            Text(x - 6, y + 4, span(time - self.start), 12, "end", role="muted") for time, y in frames
        ]
        if self.time == "scale":
            items.append(Line(((x, self.top - 8), (x, bottom)), "muted", 1))
            items += [Line(((x - 4, y), (x + 4, y)), "muted", 1) for _, y in frames]
            for tick, y in ticks([(moment.time - self.start, y) for moment, y in shown]):
                items.append(Line(((x - 4, y), (x + 4, y)), "ink", 2))
                if all(abs(y - other) > 17 for _, other in frames):
                    items.append(Text(x - 6, y + 4, tick_label(tick), 12, "end", bold=True))
        return items

    def _footer(self, counted: bool) -> list[str]:
        hidden = not_shown(self.trace, self.protocols, counted)
        return [part for part in (hidden, str(self.trace.source)) if part]

    def _alt(self) -> str:
        lost = sum(arrow.frame.lost for arrow in self.arrows)
        unit = "segments" if self.protocols == ("tcp",) else "frames"
        what = f"Ladder diagram of {len(self.arrows)} {unit} between {' and '.join(self.hosts)}"
        return f"{what}, {lost} of them lost." if lost else f"{what}."


def nothing_crossed(protocols: tuple[str, ...]) -> str:
    """What is said instead of arrows."""
    if protocols == ("tcp",):
        return "No TCP segment crossed the wire."
    return f"No {' or '.join(name.upper() for name in protocols)} frame crossed the wire."


def _order(moment: Moment) -> tuple[int, bool]:
    """By time; a state that begins at the same time comes first."""
    return moment.time, moment.kind != "state"


def _late_words(arrow: Arrow) -> str:
    """What is written where a frame arrives late."""
    return f"{LATE_NOTES[arrow.frame.fate]}: {arrow.label}" if arrow.frame.fate in LATE_NOTES else ""


def _height(moment: Moment) -> float:
    """How far a moment's drawing reaches below its own height."""
    return TEXT_ROW * moment.lines if moment.lane != WIRE else WIRE_ROW / 2


class _Painter:
    """Paints moments of a ladder at their heights."""

    def __init__(
        self, laid_out: Ladder, shown: Sequence[tuple[Moment, float]], bottom: float, since: int | None
    ) -> None:
        self._to_scale = laid_out.time == "scale"
        self._hosts, self._wire = laid_out.hosts, laid_out.wire
        self._x = dict(zip(laid_out.hosts, laid_out.lifelines, strict=True))
        self._calls_width = dict(zip(laid_out.outer_hosts, laid_out.calls_widths, strict=True))
        self._bottom, self._since = bottom, since
        self._waits = {id(moment.arrow) for moment in laid_out.moments if moment.kind == "late"}
        self._late: dict[int, list[float]] = {}
        self._ends: dict[int, float] = {}
        self._states: dict[str, list[float]] = {}
        for moment, y in shown:
            if moment.kind == "late":
                self._late.setdefault(id(moment.arrow), []).append(y)
            elif moment.kind == "return":
                self._ends[id(moment.call)] = y
            elif moment.kind == "state":
                self._states.setdefault(moment.host, []).append(y)
        self._kept = 0

    def paint(self, moment: Moment, y: float) -> list[Item]:
        """What is drawn for this moment."""
        if moment.arrow is not None:
            return self._sent(moment, moment.arrow, y) if moment.kind == "sent" else []
        if moment.kind == "mark":
            return self._mark(moment, y)
        if moment.lane == WIRE:  # an inner host's: no room beside its lifeline
            return [Text(self._x[moment.host], y + 4, moment.text, 12.5, "middle", backing=True)]
        return self._state(moment, y) if moment.kind == "state" else self._call(moment, y)

    def _sent(self, moment: Moment, arrow: Arrow, y: float) -> list[Item]:
        frame = arrow.frame
        left, right = (self._x[host] for host in frame_ends(arrow, self._hosts))
        target = self._x[frame.receiver]
        origin = (left + right) / 2 if frame.sender == WIRE else left + right - target
        new = self._since is not None and moment.time > self._since
        pen = _Pen(new, origin, target, y)
        middle = (left + right) / 2
        items: list[Item] = [Text(middle, y - 4, arrow.label, 13, "middle", bold=new, backing=True)]
        late = self._late.get(id(arrow), [])
        if frame.lost:
            return items + pen.lost()
        if not frame.arrivals or (id(arrow) in self._waits and not late and frame.fate != "duplicated"):
            return items + pen.held()
        note = NOTES.get(frame.fate, "")
        if frame.fate == "injected":
            return items + pen.injected(note, late[0] if late else y + 2 * SLANT)
        if frame.fate == "duplicated" and len(late) < len(frame.arrivals):
            return items + pen.straight(y + SLANT) + pen.note(note) + self._detours(arrow, pen, late)
        if late and (frame.fate in THROUGH or self._to_scale and frame.fate in ("delayed", "reordered")):
            return items + pen.straight(late[0]) + pen.note(note, at_end=True)
        if late:
            return (
                items + pen.to_detour(self._detour_x(pen)) + pen.note(note) + self._detours(arrow, pen, late)
            )
        if frame.fate in KEPT:
            return items + pen.through_detour(self._detour_x(pen)) + pen.note(note)
        return items + pen.straight(y + SLANT) + pen.note(note)

    def _detour_x(self, pen: _Pen) -> float:
        return pen.target - pen.direction * (DETOUR + 8 * (self._kept % 3))

    def _detours(self, arrow: Arrow, pen: _Pen, late: Sequence[float]) -> list[Item]:
        """From where the wire keeps a frame (or its copy) down to where it lets go of it, and on."""
        x = self._detour_x(pen)
        self._kept += 1
        items: list[Item] = []
        anchor = "end" if pen.direction > 0 else "start"
        for y in late:
            items += pen.down(x, y)
            items.append(Text(x - pen.direction * 7, y + 4, _late_words(arrow), 12, anchor, backing=True))
        return items

    def _mark(self, moment: Moment, y: float) -> list[Item]:
        left, right = self._wire
        words = Text((left + right) / 2, y + 4, moment.text, 12, "middle", role="muted", backing=True)
        return [Line(((left, y), (right, y)), "frame", 1, DOTS), words]

    def _side(self, host: str) -> int:
        """-1 for a host whose texts stand left of its lifeline, 1 for right."""
        return -1 if host == self._hosts[0] else 1

    def _call(self, moment: Moment, y: float) -> list[Item]:
        assert moment.call is not None
        side = self._side(moment.host)
        x = self._x[moment.host]
        anchor = "end" if side < 0 else "start"
        items: list[Item] = [
            Line(((x, y), (x + 9 * side, y)), "ink", 2),
            Text(x + 13 * side, y + 4, moment.text, 12.5, anchor),
        ]
        if moment.kind == "begin":
            end = self._ends.get(id(moment.call), self._bottom)
            items.append(Line(((x + 5 * side, y), (x + 5 * side, end)), "ink", 2))
        return items

    def _state(self, moment: Moment, y: float) -> list[Item]:
        side = self._side(moment.host)
        x = self._x[moment.host] + side * (self._calls_width[moment.host] + 6)
        end = min((other for other in self._states[moment.host] if other > y), default=self._bottom + 3)
        items: list[Item] = [Line(((x + 8 * side, y), (x, y), (x, end - 3)), "ink", 2)]
        anchor = "end" if side < 0 else "start"
        for number, line in enumerate(moment.text.split(" + ")):
            items.append(Text(x + 6 * side, y + 14 + TEXT_ROW * number, line, 12.5, anchor, bold=True))
        return items


class _Pen:
    """Draws one arrow from `origin` to `target` (x of two lifelines), beginning at the height `y`."""

    def __init__(self, new: bool, origin: float, target: float, y: float) -> None:
        self.new, self.origin, self.target, self.y = new, origin, target, y
        self.direction = 1 if target > origin else -1

    def straight(self, end: float) -> list[Item]:
        """All the way."""
        return [self._line(((self.origin, self.y), (self.target, end)), arrow=True)]

    def lost(self) -> list[Item]:
        """Half the way, and a cross."""
        x, y = (self.origin + self.target) / 2, self.y + SLANT
        cross = [Line(((x - 6, y - 6 * s), (x + 6, y + 6 * s)), "lost", 2.5) for s in (1, -1)]
        return [self._line(((self.origin, self.y), (x, y)), "lost", DASHES), *cross, self._word("lost", x, 1)]

    def held(self) -> list[Item]:
        """Half the way, and a pause mark."""
        x = (self.origin + self.target) / 2
        return [*self.to_detour(x), self._word("held", x, 1)]

    def injected(self, note: str, end: float) -> list[Item]:
        """From a diamond in the middle of the wire."""
        x, y = self.origin, self.y + SLANT
        diamond = Shape(((x - 7, y), (x, y - 7), (x + 7, y), (x, y + 7)), "new" if self.new else "injected")
        line = self._line(((x, y), (self.target, max(end, y))), "injected", arrow=True)
        return [line, diamond, self._word(note, x, -1)]

    def to_detour(self, x: float) -> list[Item]:
        """To the place where the wire keeps the frame, with a pause mark there."""
        y = self.y + SLANT
        bars = [Line(((x + dx, y - 6), (x + dx, y + 6)), "held", 3) for dx in (-3, 3)]
        return [self._line(((self.origin, self.y), (x - 4 * self.direction, y)), "held"), *bars]

    def through_detour(self, x: float) -> list[Item]:
        """All the way, with the pause mark where the wire kept the frame."""
        y = self.y + SLANT
        start = (x + 4 * self.direction, y)
        return [*self.to_detour(x), self._line((start, (self.target, y + 2)), "held", arrow=True)]

    def down(self, x: float, end: float) -> list[Item]:
        """From that place down in time, and on to the receiver."""
        waiting = Line(((x, self.y + SLANT), (x, end)), "new" if self.new else "held", 1.5, DOTS)
        return [waiting, self._line(((x, end), (self.target, end + 3)), "held", arrow=True)]

    def note(self, note: str, at_end: bool = False) -> list[Item]:
        """A word under the arrow, in its middle or where it ends."""
        if not note:
            return []
        x = self.target - 12 * self.direction if at_end else (self.origin + self.target) / 2
        anchor = "middle" if not at_end else "end" if self.direction > 0 else "start"
        return [Text(x, self.y + 17, note, 12, anchor, bold=True, backing=True)]

    def _line(
        self, points: tuple[Point, ...], role: str = "ink", dash: tuple[float, ...] = (), arrow: bool = False
    ) -> Line:
        return Line(points, "new" if self.new else role, 3 if self.new else 1.7, dash, arrow)

    def _word(self, word: str, x: float, side: int) -> Text:
        """A word beside a symbol at x, before (-1) or behind (1) it in the arrow's direction."""
        side *= self.direction
        return Text(
            x + 13 * side,
            self.y + SLANT + 6,
            word,
            12,
            "start" if side > 0 else "end",
            bold=True,
            backing=True,
        )
