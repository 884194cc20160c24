"""One arrow of a ladder: the way of a frame from lifeline to lifeline, by what the wire did to it.

Each fate has a shape of its own, and says its word too: nothing depends on colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.draw.captions import Arrow
from helpers.draw.drawing import Item, Line, Point, Shape, Text
from helpers.draw.ladder_text import LATE_NOTES, NOTES, THROUGH
from helpers.draw.moments import KEPT

SLANT = 8
"""Pixels an arrow falls at least: time runs downwards for it too."""
DETOUR = 30
"""Where the wire keeps a frame: so many pixels before the receiver."""
DOTS, DASHES = (2.0, 4.0), (7.0, 5.0)


def late_words(arrow: Arrow) -> str:
    """What is written where a frame arrives late."""
    return f"{LATE_NOTES[arrow.frame.fate]}: {arrow.label}" if arrow.frame.fate in LATE_NOTES else ""


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
