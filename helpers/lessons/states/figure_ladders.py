"""A figure of RFC 9293 beside what two kernels did: the same segments stand side by side, with the RFC's numbers.

A run is turned into lines of a figure, and the two lists of lines are aligned as the lines of two texts would be. So
nothing here knows a figure, and what the kernels do beyond it is shown instead of hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from helpers.draw.drawing import Drawing, Item, Text, text_width
from helpers.draw.drawing import Line as Stroke
from helpers.draw.picture import Picture
from helpers.fields.segment import SEQUENCE_SPACE, Segment
from helpers.lessons.states.rfc_figures import ARROWS, FIGURES, NETWORK, Figure, FigureLine
from helpers.trace import WIRE, Frame, Table, Trace, connection_states

NEAR = 1 << 16
"""So far from a connection's first number its others are, in these small experiments."""
END_OF_TIME = 2**63
STATES_WIDTH, WIRE_WIDTH, GAP, MARGIN = 118, 224, 26, 12
ROW, TOP = 42, 92

Pair = tuple[FigureLine | None, FigureLine | None]
"""A line of the RFC and the line of the run that shows the same segment; None where one of them has none."""


def figure_beside(number: int, trace: Trace) -> Picture:
    """RFC 9293's figure of that number, 6 to 13, on the left, and on the right what the hosts A and B of a trace did.

    What happened before a mark "begin", if there is one, is left out. The run's sequence numbers are shifted to the
    RFC's, or named by the RFC's letters. Raises KeyError for another figure, TraceError for a trace without the hosts
    A and B.
    """
    figure = FIGURES[number]
    for host in ARROWS:
        trace.table(host)  # for its error
    pairs = list(_aligned(figure.lines, run_lines(figure, trace)))
    title, source = f"RFC 9293, figure {number}: {figure.title}", str(trace.source)
    return Picture(_drawing(title, pairs, source), _text(title, pairs, source))


def run_lines(figure: Figure, trace: Trace) -> list[FigureLine]:
    """What happened in a trace after its mark "begin", as lines of a figure."""
    begin = max((mark.time for mark in trace.marks if mark.label == "begin"), default=0)
    anchors = list(_anchors(figure, trace))
    carried = [(frame, segment) for frame, segment in trace.segments(absolute=True) if frame.sent >= begin]
    moments = sorted(_moments([frame for frame, _ in carried]))
    effects = sorted([*(time for time, _, _, come in moments if come), *(call.begin for call in trace.calls)])
    lines = []
    for time, place, gone, come in moments:
        frame, segment = carried[place]
        until = next((effect for effect in effects if effect > time), END_OF_TIME)
        marks = [ARROWS[owner(frame)] if there else NETWORK for there in (gone, come)]
        left, right = marks if owner(frame) == "A" else marks[::-1]
        a, b = (_state(trace, host, until) for host in ("A", "B"))
        lines.append(FigureLine(a, left, _written(owner(frame), segment, anchors), right, b))
    return lines


def owner(frame: Frame) -> str:
    """Whose segment it is: also an old one that the wire gives back, which comes from the other end."""
    return frame.sender if frame.sender != WIRE else {"A": "B", "B": "A"}[frame.receiver]


def _anchors(figure: Figure, trace: Trace) -> Iterator[tuple[str, int, str]]:
    """Each end's initial numbers: whose, the run's, the RFC's."""
    expected, seen = list(figure.initial), set()
    for frame, segment in trace.segments(absolute=True):
        sender = "wire" if frame.sender == WIRE else frame.sender
        number = next((number for who, number in expected if who == sender), None)
        if "SYN" in segment.has and (sender, segment.seq) not in seen and number is not None:
            expected.remove((sender, number))
            yield owner(frame), segment.seq, number
        if "SYN" in segment.has:
            seen.add((sender, segment.seq))


def _written(mine: str, segment: Segment, anchors: Sequence[tuple[str, int, str]]) -> str:
    """A segment with the RFC's numbers; PSH is left out, as in the RFC's figures."""

    def number(whose: str, absolute: int) -> str:
        """0 is 0 (a reset without a connection), and a number that belongs to no connection is "?"."""
        distances = [((absolute - first) % SEQUENCE_SPACE, rfc) for who, first, rfc in anchors if who == whose]
        distance, rfc = min(distances, default=(NEAR, ""))
        if distance >= NEAR:
            return "0" if absolute == 0 else "?"
        return str(int(rfc) + distance) if rfc.isdigit() else f"{rfc}+{distance}" if distance else rfc

    flags = " ".join(flag for flag in segment.flags.split() if flag != "PSH")
    ack = "" if segment.ack is None else f" ack={number('B' if mine == 'A' else 'A', segment.ack)}"
    return f"{flags} seq={number(mine, segment.seq)}{ack}{' + data' if segment.payload else ''}"


def _moments(frames: Sequence[Frame]) -> Iterator[tuple[int, int, bool, bool]]:
    """When a line is to be drawn, for which frame, whether it sets off then, and whether it arrives.

    A frame that the wire did not keep, or kept while nothing happened, does both at once, however slow it was.
    """
    times = [time for frame in frames for time in (frame.sent, *frame.arrivals)]
    for place, frame in enumerate(frames):
        arrivals = frame.arrivals
        kept = frame.fate != "delivered" and any(frame.sent < time < arrivals[0] for time in times if arrivals)
        if frame.sender != WIRE and (kept or not arrivals):
            yield frame.sent, place, True, False
        elif frame.sender != WIRE:
            yield arrivals[0], place, True, True
            arrivals = arrivals[1:]
        for time in arrivals:
            yield time, place, False, True


def _state(trace: Trace, host: str, until: int) -> str:
    """A host's state just before a time."""
    tables = [table for table in trace.tables if table.host == host and table.time < until]
    latest = max(tables, key=lambda table: table.time, default=Table(until, host, ()))
    return " + ".join(sorted(connection_states(latest)))


def _aligned(rfc: Sequence[FigureLine], run: Sequence[FigureLine]) -> Iterator[Pair]:
    matcher = SequenceMatcher(None, [line.key for line in rfc], [line.key for line in run], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(rfc[i:i_end], run[j:j_end], strict=True)
        else:
            yield from ((line, None) for line in rfc[i:i_end])
            yield from ((None, line) for line in run[j:j_end])


def _remark(pair: Pair, pairs: Sequence[Pair]) -> str:
    """What is said of a line that has no other beside it."""
    side = 0 if pair[0] else 1
    alone = pair[side]
    if alone is None or pair[1 - side]:
        return ""
    others = [each[1 - side] for each in pairs if not each[side]]
    elsewhere = alone.key in [other.key for other in others if other]
    return ("at another moment " if elsewhere else "not ") + ("in this run", "in the figure")[side]


def _text(title: str, pairs: Sequence[Pair], source: str) -> str:
    rows = [title]
    for pair in pairs:
        remark = _remark(pair, pairs)
        for name, line in zip(("RFC", "run"), pair, strict=True):
            if line:
                rows.append(f"  {name}  {line}{f'   ({remark})' if remark else ''}".rstrip())
        rows.append("")
    return "\n".join([*rows[:-1], source])


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
            if line := pair[side]:
                items += _row(line, left + STATES_WIDTH, TOP + ROW * row + 18, _remark(pair, pairs))
    items.append(Text(MARGIN, bottom + 22, source, 12, role="muted"))
    alone = sum(None in pair for pair in pairs)
    alt = f"{title}, beside a run: {len(pairs)} lines, {alone} of them on one side only"
    return Drawing(2 * MARGIN + 2 * half + GAP, bottom + 34, tuple(items), alt)


def _row(line: FigureLine, left: float, y: float, alone: str) -> Iterator[Item]:
    """A segment between the lifelines, the first of which is at `left`, and the states beside them."""
    right = left + WIRE_WIDTH
    origin, target = (left, right) if line.sender == "A" else (right, left)
    middle = (left + right) / 2
    start, end = (origin if line.departs else middle, y), (target if line.arrives else middle, y + 6)
    yield Stroke((start, end), "new" if alone else "ink", 2.5 if alone else 1.6, arrow=line.arrives)
    if not (line.departs and line.arrives):  # the other half: it is in the network
        rest = ((middle, y + 3), (target, y + 3)) if line.departs else ((origin, y + 3), (middle, y + 3))
        yield Stroke(rest, "muted", 1.6, (2, 5))
    yield Text(middle, y - 5, line.segment, _size(line.segment), "middle", bold=bool(alone), backing=True)
    if alone:
        yield Text(middle, y + 19, alone, 12, "middle", role="muted", backing=True)
    yield Text(left - 8, y + 8, line.a, _size(line.a, STATES_WIDTH - 10), "end", bold=True)
    yield Text(right + 8, y + 8, line.b, _size(line.b, STATES_WIDTH - 10), bold=True)


def _size(text: str, room: float = WIRE_WIDTH - 10) -> float:
    """The size in which a text has room."""
    return 13 if text_width(text, 13, True) <= room else 12
