"""Paints the moments of a ladder at their heights, and the way of each frame by what the wire did to it.

Each fate has a shape of its own, and says its word too: nothing depends on colour. What reaches from one moment to
another (a call to its return, a frame to its late arrival) is known here; where things stand was decided before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.draw.captions import Arrow
from helpers.draw.drawing import Item, Line, Point, Shape, Text
from helpers.draw.ladder_text import LATE_NOTES, NOTES, THROUGH, frame_ends
from helpers.draw.moments import KEPT, TEXT_ROW, Moment
from helpers.trace import WIRE

if TYPE_CHECKING:
    from helpers.draw.ladder import Ladder

SLANT = 8
"""Pixels an arrow falls at least: time runs downwards for it too."""
DETOUR = 30
"""Where the wire keeps a frame: so many pixels before the receiver."""
DOTS, DASHES = (2.0, 4.0), (7.0, 5.0)


def late_words(arrow: Arrow) -> str:
    """What is written where a frame arrives late."""
    return f"{LATE_NOTES[arrow.frame.fate]}: {arrow.label}" if arrow.frame.fate in LATE_NOTES else ""


class Painter:
    """What is drawn for each of the moments that are shown."""

    def __init__(
        self, ladder: Ladder, shown: Sequence[tuple[Moment, float]], bottom: float, since: int | None
    ) -> None:
        self._ladder, self._bottom, self._since = ladder, bottom, since
        self._waits = {id(moment.arrow) for moment in ladder.moments if moment.kind == "late"}
        self._late: dict[int, list[float]] = defaultdict(list)
        self._states: dict[str, list[float]] = defaultdict(list)
        self._ends = {id(moment.call): y for moment, y in shown if moment.kind == "return"}
        for moment, y in shown:
            if moment.kind == "late":
                self._late[id(moment.arrow)].append(y)
            elif moment.kind == "state":
                self._states[moment.host].append(y)
        self._kept = 0

    def paint(self, moment: Moment, y: float) -> list[Item]:
        """What is drawn for this moment."""
        if moment.arrow is not None:
            return self._sent(moment, moment.arrow, y) if moment.kind == "sent" else []
        if moment.kind == "mark":
            return self._mark(moment, y)
        if moment.lane == WIRE:
            return [Text(self._ladder.x[moment.host], y + 4, moment.text, 12.5, "middle", backing=True)]
        return self._state(moment, y) if moment.kind == "state" else self._call(moment, y)

    def _sent(self, moment: Moment, arrow: Arrow, y: float) -> list[Item]:
        left, right = (self._ladder.x[host] for host in frame_ends(arrow, self._ladder.names))
        target = self._ladder.x[arrow.frame.receiver]
        origin = (left + right) / 2 if arrow.frame.sender == WIRE else left + right - target
        new = self._since is not None and moment.time > self._since
        late = self._late.get(id(arrow), [])
        way = Way(arrow, origin, target, y, late, new, DETOUR + 8 * (self._kept % 3))
        label = Text((left + right) / 2, y - 4, arrow.label, 13, "middle", bold=new, backing=True)
        drawn = way.items(id(arrow) in self._waits, self._ladder.time == "scale")
        self._kept += any(isinstance(item, Line) and item.dash == DOTS for item in drawn)
        return [label, *drawn]

    def _mark(self, moment: Moment, y: float) -> list[Item]:
        left, right = self._ladder.wire
        words = Text((left + right) / 2, y + 4, moment.text, 12, "middle", role="muted", backing=True)
        return [Line(((left, y), (right, y)), "frame", 1, DOTS), words]

    def _side(self, host: str) -> int:
        """-1 for a host whose texts stand left of its lifeline, 1 for right."""
        return -1 if host == self._ladder.names[0] else 1

    def _call(self, moment: Moment, y: float) -> list[Item]:
        side, x = self._side(moment.host), self._ladder.x[moment.host]
        items: list[Item] = [
            Line(((x, y), (x + 9 * side, y)), "ink", 2),
            Text(x + 13 * side, y + 4, moment.text, 12.5, "end" if side < 0 else "start"),
        ]
        if moment.kind == "begin":
            end = self._ends.get(id(moment.call), self._bottom)
            items.append(Line(((x + 5 * side, y), (x + 5 * side, end)), "ink", 2))
        return items

    def _state(self, moment: Moment, y: float) -> list[Item]:
        side, host = self._side(moment.host), moment.host
        x = self._ladder.x[host] + side * (self._ladder.calls_widths[host] + 6)
        end = min((other for other in self._states[host] if other > y), default=self._bottom + 3)
        items: list[Item] = [Line(((x + 8 * side, y), (x, y), (x, end - 3)), "ink", 2)]
        anchor = "end" if side < 0 else "start"
        for number, line in enumerate(moment.lines):
            items.append(Text(x + 6 * side, y + 14 + TEXT_ROW * number, line, 12.5, anchor, bold=True))
        return items


@dataclass
class Way:
    """The way of a frame from `origin` to `target` (x of two lifelines), beginning at the height `y`."""

    arrow: Arrow
    origin: float
    target: float
    y: float
    late: Sequence[float]
    """Heights at which it arrives late, as far as they are shown."""
    new: bool
    detour: float
    """How far before the target the wire keeps it."""

    def items(self, waits: bool, to_scale: bool) -> list[Item]:
        """All of it. `waits`: it arrives late some time; `to_scale`: what took its time is drawn as slow as it was."""
        frame, late = self.arrow.frame, self.late
        note = NOTES.get(frame.fate, "")
        if frame.lost:
            return self._lost()
        if not frame.arrivals or (waits and not late and frame.fate != "duplicated"):
            return [*self._to(self._middle), self._word("held", self._middle, 1)]
        if frame.fate == "injected":
            return self._injected(note)
        if frame.fate == "duplicated" and len(late) < len(frame.arrivals):
            return [self._straight(self.y + SLANT), self._note(note), *self._on()]
        if late and (frame.fate in THROUGH or to_scale and frame.fate in ("delayed", "reordered")):
            return [self._straight(late[0]), *([self._note(note, at_end=True)] if note else [])]
        if late:
            return [*self._to(self._kept), self._note(note), *self._on()]
        if frame.fate in KEPT:
            start = (self._kept + 4 * self.direction, self.y + SLANT)
            on = self._line((start, (self.target, self.y + SLANT + 2)), "held", arrow=True)
            return [*self._to(self._kept), on, self._note(note)]
        return [self._straight(self.y + SLANT), *([self._note(note)] if note else [])]

    @property
    def direction(self) -> int:
        """1 to the right, -1 to the left."""
        return 1 if self.target > self.origin else -1

    @property
    def _middle(self) -> float:
        return (self.origin + self.target) / 2

    @property
    def _kept(self) -> float:
        return self.target - self.direction * self.detour

    def _straight(self, end: float) -> Line:
        return self._line(((self.origin, self.y), (self.target, end)), arrow=True)

    def _lost(self) -> list[Item]:
        """Half the way, and a cross."""
        x, y = self._middle, self.y + SLANT
        cross = [Line(((x - 6, y - 6 * sign), (x + 6, y + 6 * sign)), "lost", 2.5) for sign in (1, -1)]
        return [self._line(((self.origin, self.y), (x, y)), "lost", DASHES), *cross, self._word("lost", x, 1)]

    def _injected(self, note: str) -> list[Item]:
        """From a diamond in the middle of the wire."""
        x, y = self.origin, self.y + SLANT
        end = max(y, self.late[0] if self.late else self.y + 2 * SLANT)
        diamond = Shape(((x - 7, y), (x, y - 7), (x + 7, y), (x, y + 7)), "new" if self.new else "injected")
        line = self._line(((x, y), (self.target, end)), "injected", arrow=True)
        return [line, diamond, self._word(note, x, -1)]

    def _to(self, x: float) -> list[Item]:
        """To the place where the wire keeps the frame, with a pause mark there."""
        y = self.y + SLANT
        bars = [Line(((x + dx, y - 6), (x + dx, y + 6)), "held", 3) for dx in (-3, 3)]
        return [self._line(((self.origin, self.y), (x - 4 * self.direction, y)), "held"), *bars]

    def _on(self) -> list[Item]:
        """From that place down in time to where the wire lets go of it (or of its copy), and on to the receiver."""
        x = self._kept
        items: list[Item] = []
        anchor = "end" if self.direction > 0 else "start"
        for y in self.late:
            items += [
                Line(((x, self.y + SLANT), (x, y)), "new" if self.new else "held", 1.5, DOTS),
                self._line(((x, y), (self.target, y + 3)), "held", arrow=True),
                Text(x - self.direction * 7, y + 4, late_words(self.arrow), 12, anchor, backing=True),
            ]
        return items

    def _note(self, note: str, at_end: bool = False) -> Text:
        """A word under the arrow, in its middle or where it ends."""
        x = self.target - 12 * self.direction if at_end else self._middle
        anchor = "middle" if not at_end else "end" if self.direction > 0 else "start"
        return Text(x, self.y + 17, note, 12, anchor, bold=True, backing=True)

    def _line(
        self, points: tuple[Point, ...], role: str = "ink", dash: tuple[float, ...] = (), arrow: bool = False
    ) -> Line:
        return Line(points, "new" if self.new else role, 3 if self.new else 1.7, dash, arrow)

    def _word(self, word: str, x: float, side: int) -> Text:
        """A word beside a symbol at x, before (-1) or behind (1) it in the arrow's direction."""
        side *= self.direction
        anchor = "start" if side > 0 else "end"
        return Text(x + 13 * side, self.y + SLANT + 6, word, 12, anchor, bold=True, backing=True)
