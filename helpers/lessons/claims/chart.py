"""How many claims of each part have which verdict: a bar a part, a box a claim."""

from __future__ import annotations

from collections.abc import Mapping

from helpers.draw.drawing import Box, Drawing, Item, Text
from helpers.draw.picture import Picture
from helpers.lessons.claims.claim import Verdict

SIGNS = {
    Verdict.HOLDS: "✓", Verdict.HOLDS_IF: "◐", Verdict.LOOSE: "~", Verdict.WRONG: "×", Verdict.UNDECIDED: "?",
}  # fmt: skip
"""In the boxes, for nothing is told by colour alone."""
_FILLS = {
    Verdict.HOLDS: "card", Verdict.HOLDS_IF: "shade", Verdict.LOOSE: "shade", Verdict.WRONG: "frame",
    Verdict.UNDECIDED: "card",
}  # fmt: skip
_LEFT, _SIDE, _ROW, _TOP = 210, 30, 36, 48
"""Pixels: the parts' names, a box, a bar with its gap, the line above."""


def stacked(counts: Mapping[str, Mapping[Verdict, int]]) -> Picture:
    """A bar for each part: a box for each claim, those with one verdict side by side."""
    lines, items = [], list[Item]()
    for row, (part, verdicts) in enumerate(counts.items()):
        y = _TOP + row * _ROW
        items.append(Text(_LEFT - 12, y + 20, part, 13, "end"))
        signs = [verdict for verdict in Verdict for _ in range(verdicts[verdict])]
        for place, verdict in enumerate(signs):
            x = _LEFT + place * _SIDE
            items += [Box(x, y, _SIDE - 3, _SIDE - 3, fill=_FILLS[verdict])]
            items += [Text(x + (_SIDE - 3) / 2, y + 19, SIGNS[verdict], 15, "middle", bold=True)]
        lines.append(f"{part}: {_told(verdicts)}")
    total = {verdict: sum(each[verdict] for each in counts.values()) for verdict in Verdict}
    head = "   ".join(f"{SIGNS[verdict]} {verdict}: {total[verdict]}" for verdict in Verdict if total[verdict])
    items.insert(0, Text(14, 28, head, 15, bold=True))
    width = _LEFT + _SIDE * max(sum(each.values()) for each in counts.values()) + 20
    text = "\n".join([f"all: {_told(total)}", *lines])
    return Picture(Drawing(max(width, 520), _TOP + len(counts) * _ROW + 10, tuple(items), text), text)


def _told(verdicts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items() if count)
