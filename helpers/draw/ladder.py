"""The ladder diagram (message sequence chart): segments and what the wire did to them, calls, states.

A trace is laid out once, whole, and then painted up to any moment, so that a picture that grows step by step never
moves what is already there. Mermaid's sequence diagrams were no way: they have no slant, no loss and no time.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from helpers.draw.captions import Label, arrows, not_shown
from helpers.draw.drawing import Drawing, Item, Line, Text, text_width
from helpers.draw.ladder_paint import Painter, late_words
from helpers.draw.ladder_text import ladder_text
from helpers.draw.moments import (
    TEXT_ROW,
    WIRE_ROW,
    Moment,
    call_moments,
    heights,
    span,
    state_moments,
    ticks,
    wire_moments,
)
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.trace import WIRE, Trace

Time = Literal["event", "scale"]

MARGIN, TIME_COLUMN = 14, 66
LEAST_WIRE, BESIDE_WORDS = 250, 60
"""Pixels between two lifelines at least; and between them more than the widest words there."""
WHOLE = 420
"""Pixels for the whole of a trace drawn to scale; what would collide is moved apart and makes it longer."""


@dataclass
class Ladder:
    """A trace laid out once, to be painted whole or up to a moment.

    `time` is "event" (one row an event) or "scale" (rows as far apart as they were in time). `states` shows the states
    of sockets beside the lifelines, `calls` the socket calls. Sequence numbers are relative unless `absolute`. `label`
    is a function of a frame: the words on its arrow, or None for the usual ones; what it raises is not caught. Raises
    CourseError for another `time`.
    """

    trace: Trace
    time: Time = "event"
    states: bool = True
    absolute: bool = False
    protocols: tuple[str, ...] = ("tcp",)
    title: str = ""
    calls: bool = True
    label: Label | None = None
    least_width: float = 820

    def __post_init__(self) -> None:
        if self.time not in get_args(Time):
            raise CourseError(f"there is no time={self.time!r}; a ladder is drawn by 'event' or to 'scale'")
        self.names = [host.name for host in self.trace.hosts]
        self.arrows = arrows(self.trace, self.protocols, self.absolute, self.label)
        self.outer = list(dict.fromkeys((self.names[0], self.names[-1])))
        """The hosts that have room for calls and states beside their lifelines; between them are routers."""
        self.top = (58 if self.title else 32) + 38
        self.moments = self._moments()
        self.start = self.moments[0].time if self.moments else self.trace.start
        """The moment from which its times are counted."""
        slope = 0.0
        if self.time == "scale" and self.moments:
            slope = WHOLE / max(1, self.moments[-1].time - self.start)
        self._heights = [self.top + y for y in heights(self.moments, slope)]
        self._lay_out_columns()

    def text(self) -> str:
        """The ladder in words: the same on every run, so without times."""
        lines = ladder_text(self.trace, self.arrows, self.names, self.states)
        footer = not_shown(self.trace, self.protocols, counted=False), str(self.trace.source)
        return "\n".join(filter(None, (self.title, self._nothing, *lines, *footer)))

    def heads(self) -> Drawing:
        """Its upper end alone: title, and the hosts' names and addresses above their lifelines."""
        texts = tuple(item for item in self._lifelines(self.top) if isinstance(item, Text))
        return Drawing(round(self.width), round(self.top - 12), texts, f"Hosts: {', '.join(self.names)}.")

    def drawing(self, until: int | None = None, since: int | None = None) -> Drawing:
        """The picture up to the time `until` (nanoseconds); what came after `since` is drawn as new."""
        placed = zip(self.moments, self._heights, strict=True)
        shown = [(moment, y) for moment, y in placed if until is None or moment.time <= until]
        bottom = max((y + _reach(moment) for moment, y in shown), default=self.top) + 8
        bottom += WIRE_ROW if self._nothing else 0
        painter = Painter(self, shown, bottom, since)
        items: list[Item] = [*self._lifelines(bottom), *self._clock(shown, bottom)]
        for moment, y in shown:
            items += painter.paint(moment, y)
        items.append(Text(sum(self.wire) / 2, bottom - 12, self._nothing, 13, "middle", backing=bool(self._nothing)))
        footer = [*filter(None, [not_shown(self.trace, self.protocols, counted=True)]), str(self.trace.source)]
        for number, line in enumerate(footer, 1):
            items.append(Text(MARGIN, bottom + 10 + 16 * number, line, 12, role="muted"))
        return Drawing(round(self.width), round(bottom + 22 + 16 * len(footer)), tuple(items), self._alt())

    def _moments(self) -> list[Moment]:
        """All of them; a state that begins at the same time as something else comes first."""
        found = wire_moments(self.trace, self.arrows, self.time == "scale")
        busy = [moment.time for moment in found]
        for host in self.outer if self.calls else ():
            found += call_moments(self.trace, host, busy)
        begin = self.trace.start
        if self.time == "scale" and found:
            begin = min(moment.time for moment in found)  # nothing to see is no time worth pixels
        for host in self.outer if self.states else ():
            found += state_moments(self.trace, host, begin)
        return sorted(found, key=lambda moment: (moment.time, moment.kind != "state"))

    def _lay_out_columns(self) -> None:
        """Where each column stands, from left to right: time, states, calls, lifelines, calls, states."""
        self.calls_widths = {host: self._column("calls", host) for host in self.outer}
        sides = [self.calls_widths[host] + self._column("states", host) for host in self.outer] + [0.0]
        late = [late_words(moment.arrow) for moment in self.moments if moment.arrow and moment.kind == "late"]
        words = [*(arrow.label for arrow in self.arrows), *(mark.label for mark in self.trace.marks), *late]
        between = _widest([*words, *self.names], 13) + BESIDE_WORDS
        left, right = (max(side, _widest(self.names, 14) / 2) + MARGIN for side in sides[:2])
        left += TIME_COLUMN
        gaps = max(len(self.names) - 1, 1)
        wire = max(LEAST_WIRE, between, (self.least_width - left - right) / gaps)
        self.x = {host: left + number * wire for number, host in enumerate(self.names)}
        """Of each host's lifeline."""
        self.wire = (left, left + gaps * wire)
        self.width = self.wire[1] + right

    def _column(self, kind: str, host: str) -> float:
        texts = [line for moment in self.moments if moment.lane == f"{kind} {host}" for line in moment.lines]
        return _widest(texts, 12.5, kind == "states") + 18 if texts else 0.0

    def _lifelines(self, bottom: float) -> list[Item]:
        items: list[Item] = [Text(MARGIN, 26, self.title, 15, bold=True)]
        y = self.top - 38
        for host in self.trace.hosts:
            x = self.x[host.name]
            items.append(Line(((x, self.top - 8), (x, bottom)), "muted"))
            items.append(Text(x, y, host.name, 14, "middle", bold=True))
            shown = host.addresses[: 1 if host.name in self.outer else None]
            items.append(Text(x, y + 17, " ".join(shown), 12, "middle", role="muted"))
        return items

    def _clock(self, shown: list[tuple[Moment, float]], bottom: float) -> list[Item]:
        """The time at which each segment set off or came late; to scale also an axis with ticks."""
        x = MARGIN + TIME_COLUMN - 12
        frames = [(moment.time - self.start, y) for moment, y in shown if moment.arrow]
        items: list[Item] = [Text(x - 6, y + 4, span(time), 12, "end", role="muted") for time, y in frames]
        if self.time == "event" or not shown:
            return items
        items.append(Line(((x, self.top - 8), (x, bottom)), "muted", 1))
        items += [Line(((x - 4, y), (x + 4, y)), "muted", 1) for _, y in frames]
        for tick, y in ticks([(moment.time - self.start, y) for moment, y in shown]):
            items.append(Line(((x - 4, y), (x + 4, y)), "ink", 2))
            if all(abs(y - other) > 17 for _, other in frames):
                items.append(Text(x - 6, y + 4, tick, 12, "end", bold=True))
        return items

    @property
    def _nothing(self) -> str:
        """What is said instead of arrows; "" where there are some."""
        what = f"{' or '.join(name.upper() for name in self.protocols)} frame"
        return "" if self.arrows else f"No {what.replace('TCP frame', 'TCP segment')} crossed the wire."

    def _alt(self) -> str:
        lost = sum(arrow.frame.lost for arrow in self.arrows)
        unit = "segments" if self.protocols == ("tcp",) else "frames"
        what = f"Ladder diagram of {len(self.arrows)} {unit} between {' and '.join(self.names)}"
        return f"{what}, {lost} of them lost." if lost else f"{what}."


def ladder(trace: Trace, **look: Any) -> Picture:
    """The ladder diagram of a trace, as a picture with its text. Its parameters are those of `Ladder`."""
    drawn = Ladder(trace, **look)
    words = replace(drawn, absolute=False) if drawn.absolute else drawn  # a text is the same on every run
    return Picture(drawn.drawing(), words.text())


ladder.__doc__ = f"{ladder.__doc__}\n\n{inspect.cleandoc(Ladder.__doc__ or '')}"
ladder.__signature__ = inspect.signature(Ladder)  # type: ignore[attr-defined]  # for the reader's Shift+Tab


def _widest(texts: Sequence[str], size: float, bold: bool = True) -> float:
    return max((text_width(text, size, bold) for text in texts), default=0.0)


def _reach(moment: Moment) -> float:
    """How far a moment's drawing reaches below its own height."""
    return TEXT_ROW * len(moment.lines) if moment.lane != WIRE else WIRE_ROW / 2
