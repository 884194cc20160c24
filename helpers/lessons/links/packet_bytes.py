"""What the same packets cost on several links: a bar for each, its bytes by what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Shape, Text, text_width
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.lessons.links.link_cost import LinkCost, on_ethernet, on_line
from helpers.trace import Trace

MARGIN = 14
LABELS = 150
"""For the names of the links."""
BYTE = 6.0
"""Pixels for a byte."""
LONGEST = 40
"""Bytes of data that are drawn; more are cut."""
BAR, ROW, GROUP = 18, 24, 40
HATCH = 5
SMALL = 12


@dataclass(frozen=True)
class Bar:
    """One packet on one link."""

    link: str
    cost: LinkCost
    data: int
    """Bytes of TCP's data in the packet."""

    @property
    def headers(self) -> int:
        """Bytes of IP's and TCP's headers, compressed or not."""
        return len(self.cost.packet.data) - self.data

    @property
    def words(self) -> str:
        """As in "2 + 40 + 1 = 43": framing, headers, data."""
        return f"{self.cost.framing} + {self.headers} + {self.data} = {self.cost.without_escapes}"


def packet_bytes(runs: Mapping[str, Trace], which: Mapping[str, int]) -> Picture:
    """How many bytes the packets of a conversation have on each link.

    `runs` are traces of one conversation, each by the name of its link; one without transmissions is on Ethernet.
    `which` names the packets to compare, by their place among the trace's segments. The text leaves escapes out, which
    are chance. Raises CourseError where a trace has no such segment.
    """
    groups = {name: [_bar(link, trace, place) for link, trace in runs.items()] for name, place in which.items()}
    sources = dict.fromkeys(str(trace.source) for trace in runs.values())
    return Picture(_drawing(groups), "\n".join([*_text(groups), *sources]))


def _bar(link: str, trace: Trace, place: int) -> Bar:
    segments = trace.segments()
    if not 0 <= place < len(segments):
        raise CourseError(f"the trace of {link} has {len(segments)} segments, so there is no number {place}")
    frame, segment = segments[place]
    if not trace.transmissions:
        return Bar(link, on_ethernet(frame.data[14:]), segment.length)
    number = next(number for number, each in enumerate(trace.frames) if each is frame)
    crossed = [each.sent for each in trace.transmissions if each.frame == number]
    if not crossed:
        raise CourseError(f"segment {place} of {link} has not crossed its serial line")
    return Bar(link, on_line(crossed[0]), segment.length)


def _text(groups: Mapping[str, list[Bar]]) -> Iterator[str]:
    yield "Bytes on the link: framing + headers + data, without escapes"
    links = max(len(bar.link) for bars in groups.values() for bar in bars)
    for name, bars in groups.items():
        yield f"{name}:"
        yield from (f"  {bar.link:{links}}  {bar.words}" for bar in bars)


def _drawing(groups: Mapping[str, list[Bar]]) -> Drawing:
    items: list[Item] = [*_legend()]
    y, right = 52.0, 0.0
    for name, bars in groups.items():
        items.append(Text(MARGIN, y + 16, name, 14, bold=True))
        y += 26
        for bar in bars:
            items.append(Text(MARGIN + LABELS - 10, y + 14, bar.link, 13, "end"))
            drawn, end = _segments(bar, MARGIN + LABELS, y)
            total = Text(end + 8, y + 14, str(bar.cost.total), 13, bold=True)
            items += [*drawn, total]
            right = max(right, total.extent[2])
            y += ROW
        y += GROUP - ROW
    first = next(iter(groups.values()))
    alt = f"Bars: bytes of {', '.join(groups)} on {', '.join(bar.link for bar in first)}."
    return Drawing(round(max(right, _legend_width()) + MARGIN), round(y), tuple(items), alt)


def _segments(bar: Bar, x: float, y: float) -> tuple[list[Item], float]:
    """The parts of a bar from left to right, and where it ends."""
    items: list[Item] = []
    for kind, size in (
        ("framing", bar.cost.framing),
        ("headers", bar.headers),
        ("data", bar.data),
        ("escapes", bar.cost.escapes),
    ):
        width = BYTE * (min(size, LONGEST) if kind == "data" else size)
        if size:
            items += _segment(kind, x, y, width, size)
        x += width
    return items, x


def _segment(kind: str, x: float, y: float, width: float, size: int) -> Iterator[Item]:
    yield Box(x, y, width, BAR, FILLS[kind], edge_width=1)
    if kind == "escapes":
        yield from _hatched(x, y, width)
    cut = width < BYTE * size
    if cut:
        middle = x + 0.8 * width
        corners = ((middle - 6, y + BAR + 2), (middle + 2, y - 2), (middle + 10, y - 2), (middle + 2, y + BAR + 2))
        yield Shape(corners, "card")
        yield Line(corners[:2], width=1)
        yield Line(corners[2:], width=1)
    number = Text(x + width * (0.4 if cut else 0.5), y + 14, str(size), SMALL, "middle", backing=kind == "escapes")
    if text_width(number.text, SMALL) + 2 <= width:
        yield number


def _hatched(x: float, y: float, width: float) -> Iterator[Item]:
    """Strokes across a box, so that it is known without its colour."""
    start = x + 2.0
    while start + HATCH < x + width:
        yield Line(((start, y + BAR), (start + HATCH, y)), "muted", 1)
        start += HATCH


FILLS = {"framing": "frame", "headers": "shade", "data": "card", "escapes": "card"}
MEANINGS = {
    "framing": "framing of the link",
    "headers": "headers of IP and TCP",
    "data": "data",
    "escapes": "escapes in this run",
}


def _legend() -> Iterator[Item]:
    x = float(MARGIN)
    for kind, meaning in MEANINGS.items():
        yield Box(x, 16, 26, BAR, FILLS[kind], edge_width=1)
        if kind == "escapes":
            yield from _hatched(x, 16, 26)
        yield Text(x + 34, 30, meaning, 13)
        x += _entry_width(meaning)


def _entry_width(meaning: str) -> float:
    return 34 + text_width(meaning, 13) + 24


def _legend_width() -> float:
    return MARGIN + sum(_entry_width(meaning) for meaning in MEANINGS.values())
