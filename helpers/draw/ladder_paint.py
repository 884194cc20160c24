"""Paints the moments of a ladder at their heights: what reaches from one moment to another is known here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers.draw.captions import Arrow
from helpers.draw.drawing import Item, Line, Text
from helpers.draw.ladder_arrows import DETOUR, DOTS, Way
from helpers.draw.ladder_text import frame_ends
from helpers.draw.moments import TEXT_ROW, Moment
from helpers.trace import WIRE

if TYPE_CHECKING:
    from helpers.draw.ladder import Ladder


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
