"""Paints the moments of a ladder at their heights, and the way of each frame by what the wire did to it.

A frame is one line from where it was sent to where it arrived, however long that took, so that frames which cross are
crossing lines. What else the wire did has a symbol and a word: nothing depends on colour. A detour for frames that the
wire kept, with a pause mark in it, was drawn once: it said no more than the slanting line and its words do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.draw.captions import Arrow
from helpers.draw.drawing import Item, Line, Point, Shape, Text
from helpers.draw.ladder_text import LATE_NOTES, NOTES, frame_ends
from helpers.draw.moments import KEPT, TEXT_ROW, Moment
from helpers.trace import WIRE

if TYPE_CHECKING:
    from helpers.draw.ladder import Ladder

SLANT = 8
"""Pixels an arrow falls at least: time runs downwards for it too."""
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

    def paint(self, moment: Moment, y: float) -> list[Item]:
        """What is drawn for this moment."""
        if moment.arrow is not None:
            return self._sent(moment, moment.arrow, y) if moment.kind == "sent" else []
        if moment.kind == "mark":
            return self._mark(moment, y)
        return self._state(moment, y) if moment.kind == "state" else self._call(moment, y)

    def _sent(self, moment: Moment, arrow: Arrow, y: float) -> list[Item]:
        left, right = (self._ladder.x[host] for host in frame_ends(arrow, self._ladder.names))
        middle, target = (left + right) / 2, self._ladder.x[arrow.frame.receiver]
        origin = middle if arrow.frame.sender == WIRE else left + right - target
        new = self._since is not None and moment.time > self._since
        late = self._late.get(id(arrow), [])
        waits = not arrow.frame.arrivals or (arrow.frame.fate in KEPT and id(arrow) in self._waits and not late)
        label = Text(middle, y - 4, arrow.label, 13, "middle", bold=new, backing=True)
        return [label, *Way(arrow, (origin, y), target, late, new).items(waits)]

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
            Text(x + 13 * side, y + 4, moment.text, 12.5, _anchor(side)),
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
        for number, line in enumerate(moment.lines):
            items.append(Text(x + 6 * side, y + 14 + TEXT_ROW * number, line, 12.5, _anchor(side), bold=True))
        return items


@dataclass
class Way:
    """The way of a frame from a point to the lifeline at `target`."""

    arrow: Arrow
    origin: Point
    target: float
    late: Sequence[float]
    """Heights at which it arrives late, as far as they are shown."""
    new: bool

    def items(self, waits: bool) -> list[Item]:
        """All of it; `waits`: the wire still has it."""
        frame, y = self.arrow.frame, self.origin[1] + SLANT
        if frame.lost:
            return self._half("lost", DASHES, ((-6, -6, 6, 6), (-6, 6, 6, -6)))
        if waits:
            return self._half("held", (), ((-3, -6, -3, 6), (3, -6, 3, 6)))
        if frame.fate == "injected":
            return self._injected(self.late[0] if self.late else y + SLANT)
        role = "held" if frame.fate in LATE_NOTES else "ink"
        ends = [*([] if len(self.late) == len(frame.arrivals) else [y]), *self.late]
        late = [self._below(height, late_words(self.arrow)) for height in self.late]
        lines = [self._line((self.target, end), role, arrow=True) for end in ends]
        return [*lines, self._below(y, NOTES.get(frame.fate, "")), *late]

    @property
    def _direction(self) -> int:
        """1 to the right, -1 to the left."""
        return 1 if self.target > self.origin[0] else -1

    def _half(self, word: str, dash: tuple[float, ...], symbol: Sequence[tuple[float, ...]]) -> list[Item]:
        """Half the way, and there a symbol of two strokes and a word."""
        x, y = (self.origin[0] + self.target) / 2, self.origin[1] + SLANT
        strokes = [Line(((x + x1, y + y1), (x + x2, y + y2)), word, 3) for x1, y1, x2, y2 in symbol]
        return [self._line((x, y), word, dash), *strokes, self._word(word, x, self._direction)]

    def _injected(self, end: float) -> list[Item]:
        """From a diamond in the middle of the wire."""
        x, y = self.origin[0], self.origin[1] + SLANT
        diamond = Shape(((x - 7, y), (x, y - 7), (x + 7, y), (x, y + 7)), "new" if self.new else "injected")
        line = self._line((self.target, end), "injected", arrow=True)
        return [line, diamond, self._word(NOTES["injected"], x, -self._direction)]

    def _line(self, end: Point, role: str, dash: tuple[float, ...] = (), arrow: bool = False) -> Line:
        return Line((self.origin, end), "new" if self.new else role, 3 if self.new else 1.7, dash, arrow)

    def _below(self, y: float, words: str) -> Text:
        """Words at the receiver's lifeline, below a height."""
        x = self.target - 12 * self._direction
        return Text(x, y + 15, words, 12, _anchor(-self._direction), bold=True, backing=bool(words))

    def _word(self, word: str, x: float, side: int) -> Text:
        """A word beside a symbol at x."""
        return Text(x + 13 * side, self.origin[1] + SLANT + 6, word, 12, _anchor(side), bold=True, backing=True)


def _anchor(side: int) -> str:
    """How a text begins that stands left (-1) or right (1) of something."""
    return "end" if side < 0 else "start"
