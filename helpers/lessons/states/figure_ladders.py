"""A figure of RFC 9293 beside what two kernels did: the same segments stand side by side, with the RFC's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from helpers.draw.drawing import Drawing, Item, Text, text_width
from helpers.draw.drawing import Line as Stroke
from helpers.draw.picture import Picture
from helpers.fields.segment import SEQUENCE_SPACE, Segment
from helpers.lessons.states.tcp_figures import FIGURES, HERE, LATER, OLD, End, Figure, Line
from helpers.trace import WIRE, Frame, Table, Trace, connection_states

BEGIN = "begin"
"""The mark before which everything only prepares the scene."""
NEAR = 1 << 16
"""So far from a connection's first number its others are, in these small experiments."""
END_OF_TIME = 2**63

STATES_WIDTH, WIRE_WIDTH, GAP, MARGIN = 118, 224, 26, 12
ROW, TOP = 42, 92
_ARROWS = {HERE: ("-->", "-->"), LATER: ("-->", "..."), OLD: ("...", "-->")}


@dataclass(frozen=True)
class Pair:
    """A line of the RFC and the line of the run that shows the same segment; None where one of them has none."""

    rfc: Line | None
    run: Line | None


def figure_beside(number: int, trace: Trace) -> Picture:
    """RFC 9293's figure of that number, 6 to 13, on the left, and on the right what the hosts A and B of a trace did.

    What happened before a mark "begin", if there is one, is left out. The run's sequence numbers are shifted to the
    RFC's, or named by the RFC's letters. Raises KeyError for another figure, TraceError for a trace without the hosts
    A and B.
    """
    figure = FIGURES[number]
    run = run_lines(figure, trace)
    pairs = list(_aligned(figure.lines, run))
    title = f"RFC 9293, figure {figure.number}: {figure.title} (section {figure.section})"
    return Picture(_drawing(title, pairs, str(trace.source)), _text(title, pairs, str(trace.source)))


def run_lines(figure: Figure, trace: Trace) -> list[Line]:
    """What happened in a trace after its mark "begin", as lines of a figure."""
    begin = max((mark.time for mark in trace.marks if mark.label == BEGIN), default=0)
    numbers = _Numbers(figure, trace)
    carried = [(frame, segment) for frame, segment in trace.segments(absolute=True) if frame.sent >= begin]
    moments = sorted(_moments(carried))
    effects = sorted([*(time for time, way, _ in moments if way != LATER), *(call.begin for call in trace.calls)])
    lines = []
    for time, way, place in moments:
        frame, segment = carried[place]
        until = next((effect for effect in effects if effect > time), END_OF_TIME)
        a, b = (_state(trace, host, until) for host in ("A", "B"))
        lines.append(Line("", a, numbers.owner(frame), numbers.written(frame, segment), b, way))
    return lines


class _Numbers:
    """The RFC's sequence numbers for those of a run."""

    def __init__(self, figure: Figure, trace: Trace) -> None:
        expected = list(figure.initial)
        self._anchors: list[tuple[End, int, int | str]] = []
        seen = set()
        for frame, segment in trace.segments(absolute=True):
            sender = "wire" if frame.sender == WIRE else frame.sender
            if "SYN" not in segment.has or (sender, segment.seq) in seen:
                continue
            seen.add((sender, segment.seq))
            number = next((number for who, number in expected if who == sender), None)
            if number is not None:
                expected.remove((sender, number))
                self._anchors.append((self.owner(frame), segment.seq, number))

    @staticmethod
    def owner(frame: Frame) -> End:
        """Whose segment it is: also an old one that the wire gives back, which comes from the other end."""
        sender = frame.sender if frame.sender != WIRE else {"A": "B", "B": "A"}[frame.receiver]
        return "A" if sender == "A" else "B"

    def written(self, frame: Frame, segment: Segment) -> str:
        """A segment with the RFC's numbers; PSH is left out, as in the RFC's figures."""
        mine = self.owner(frame)
        flags = " ".join(flag for flag in segment.flags.split() if flag != "PSH")
        ack = "" if segment.ack is None else f" ack={self._number('B' if mine == 'A' else 'A', segment.ack)}"
        return f"{flags} seq={self._number(mine, segment.seq)}{ack}{' + data' if segment.payload else ''}"

    def _number(self, owner: End, absolute: int) -> str:
        """A number of an end's; 0 is 0 (a reset without a connection), and one that belongs to none is "?"."""
        near = [
            ((absolute - anchor) % SEQUENCE_SPACE, number)
            for who, anchor, number in self._anchors
            if who == owner and (absolute - anchor) % SEQUENCE_SPACE < NEAR
        ]
        if not near:
            return "0" if absolute == 0 else "?"
        distance, number = min(near, key=lambda anchor: anchor[0])
        if isinstance(number, str):
            return f"{number}+{distance}" if distance else number
        return str(number + distance)


def _moments(carried: Sequence[tuple[Frame, Segment]]) -> Iterator[tuple[int, str, int]]:
    """When something is to be drawn, what, and the place of its frame: one moment for a frame that simply passed.

    That is one which the wire did not keep, or kept while nothing happened. How slow it was does not count.
    """
    times = [time for frame, _ in carried for time in (frame.sent, *frame.arrivals)]
    for place, (frame, _) in enumerate(carried):
        first = frame.arrivals[0] if frame.arrivals else None
        kept = frame.fate != "delivered"
        through = first is not None and not (kept and any(frame.sent < time < first for time in times))
        if frame.sender == WIRE:
            pass
        elif through and first is not None:
            yield first, HERE, place
        else:
            yield frame.sent, LATER, place
        for time in frame.arrivals[1:] if through and frame.sender != WIRE else frame.arrivals:
            yield time, OLD, place


def _state(trace: Trace, host: str, until: int) -> str:
    """A host's state just before a time."""
    trace.table(host)  # for its error
    tables = [table for table in trace.tables if table.host == host and table.time < until]
    latest = max(tables, key=lambda table: table.time, default=Table(until, host, ()))
    return " + ".join(sorted(connection_states(latest)))


def _aligned(rfc: Sequence[Line], run: Sequence[Line]) -> Iterator[Pair]:
    matcher = SequenceMatcher(None, list(map(_key, rfc)), list(map(_key, run)), autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            yield from (Pair(*both) for both in zip(rfc[i:i_end], run[j:j_end], strict=True))
        else:
            yield from (Pair(line, None) for line in rfc[i:i_end])
            yield from (Pair(None, line) for line in run[j:j_end])


def _text(title: str, pairs: Sequence[Pair], source: str) -> str:
    rows = [title]
    for pair in pairs:
        remark = _remark(pair, pairs)
        for name, line in (("RFC", pair.rfc), ("run", pair.run)):
            if line:
                rows.append(f"  {name}  {_written(line)}{f'   ({remark})' if remark else ''}".rstrip())
        rows.append("")
    return "\n".join([*rows[:-1], source])


def _written(line: Line) -> str:
    left, right = _ARROWS[line.way]
    if line.sender == "B":
        left, right = (mark.replace("-->", "<--") for mark in (right, left))
    return f"{line.a:13} {left} {line.segment:30} {right} {line.b}"


def _drawing(title: str, pairs: Sequence[Pair], source: str) -> Drawing:
    half = 2 * STATES_WIDTH + WIRE_WIDTH
    bottom = TOP + ROW * len(pairs)
    items: list[Item] = [Text(MARGIN, 26, title, 15, bold=True)]
    for side, heading in enumerate(("as RFC 9293 has it", "as it happened")):
        left = MARGIN + side * (half + GAP)
        items.append(Text(left + half / 2, 52, heading, 13, "middle", role="muted"))
        for name, x in (("A", left + STATES_WIDTH), ("B", left + STATES_WIDTH + WIRE_WIDTH)):
            items += [Text(x, TOP - 20, name, 14, "middle", bold=True), Stroke(((x, TOP - 14), (x, bottom)), "muted")]
        for row, pair in enumerate(pairs):
            line = (pair.rfc, pair.run)[side]
            if line is not None:
                items += _row(line, left + STATES_WIDTH, TOP + ROW * row + 18, _remark(pair, pairs))
    items.append(Text(MARGIN, bottom + 22, source, 12, role="muted"))
    alone = sum(not (pair.rfc and pair.run) for pair in pairs)
    alt = f"{title}, beside a run: {len(pairs)} lines, {alone} of them on one side only"
    return Drawing(2 * MARGIN + 2 * half + GAP, bottom + 34, tuple(items), alt)


def _remark(pair: Pair, pairs: Sequence[Pair]) -> str:
    """What is said of a line that has no other beside it."""
    if pair.rfc and pair.run:
        return ""
    if pair.rfc:
        elsewhere = any(_key(other.run) == _key(pair.rfc) for other in pairs if other.run and not other.rfc)
        return "at another moment in this run" if elsewhere else "not in this run"
    elsewhere = any(_key(other.rfc) == _key(pair.run) for other in pairs if other.rfc and not other.run and pair.run)
    return "at another moment in the figure" if elsewhere else "not in the figure"


def _key(line: Line | None) -> tuple[str, str, bool] | None:
    """What two lines have in common that show the same."""
    return (line.sender, line.segment, line.arrives) if line else None


def _row(line: Line, left: float, y: float, alone: str) -> Iterator[Item]:
    """A segment between the lifelines, the first of which is at `left`, and the states beside them."""
    right = left + WIRE_WIDTH
    origin, target = (left, right) if line.sender == "A" else (right, left)
    middle = (left + right) / 2
    start, end = (origin if line.departs else middle, y), (target if line.arrives else middle, y + 6)
    yield Stroke((start, end), "new" if alone else "ink", 2.5 if alone else 1.6, arrow=line.arrives)
    if line.way != HERE:  # the other half: it is in the network
        rest = ((middle, y + 3), (target, y + 3)) if line.way == LATER else ((origin, y + 3), (middle, y + 3))
        yield Stroke(rest, "muted", 1.6, (2, 5))
    yield Text(middle, y - 5, line.segment, _size(line.segment), "middle", bold=bool(alone), backing=True)
    if alone:
        yield Text(middle, y + 19, alone, 12, "middle", role="muted", backing=True)
    yield Text(left - 8, y + 8, line.a, _size(line.a, STATES_WIDTH - 10), "end", bold=True)
    yield Text(right + 8, y + 8, line.b, _size(line.b, STATES_WIDTH - 10), bold=True)


def _size(text: str, room: float = WIRE_WIDTH - 10) -> float:
    """The size in which a text has room."""
    return 13 if text_width(text, 13, True) <= room else 12
