"""The ladder in words: one line a segment, the same on every run."""

from __future__ import annotations

from collections.abc import Sequence

from helpers.draw.captions import Arrow
from helpers.draw.moments import KEPT, Moment, wire_moments
from helpers.trace import Table, Trace, connection_states

NOTES = {
    "released": "held",
    "delayed": "delayed",
    "reordered": "held back",
    "duplicated": "delivered twice",
    "injected": "injected by the wire",
    "too long": "longer than the receiver's MTU",
    "damaged": "damaged",
}
"""What is said of a frame where it sets off."""

THROUGH = ("delivered", "damaged")
"""Fates of a frame that the wire did not keep."""

LATE_NOTES = {
    "released": "released",
    "delayed": "arrives late",
    "reordered": "overtaken",
    "duplicated": "copy",
}
"""What is said of a frame where it arrives."""


END_OF_TIME = 2**63


def ladder_text(trace: Trace, arrows: Sequence[Arrow], hosts: Sequence[str], states: bool) -> list[str]:
    """The lines, without title and footer."""
    moments = wire_moments(trace, arrows)
    widths = [len(arrow.label) + 16 for arrow in arrows] + [len(mark.label) + 8 for mark in trace.marks]
    width = max(widths, default=0)
    name = max(len(host) for host in hosts)
    lines = []
    for index, moment in enumerate(moments):
        if moment.arrow is None:
            lines.append(f"{'':{name}}  {f' {moment.text} ':.^{width}}")
            continue
        frame = moment.arrow.frame
        if moment.kind == "late" and frame.fate in THROUGH:
            continue  # it only crossed another one: by how much is chance
        ends = frame_ends(moment.arrow, hosts)
        seen = (
            " | ".join(_state(trace, host, _until(moments, index)) for host in ends)
            if states and trace.tables
            else ""
        )
        notes = LATE_NOTES if moment.kind == "late" else NOTES
        line = f"{ends[0]:{name}}  {_arrow(moment, ends[1] == frame.receiver, width)}  {ends[1]:{name}}"
        lines.append("   ".join(part for part in (line, seen, notes.get(frame.fate, "")) if part).rstrip())
    return lines


def frame_ends(arrow: Arrow, hosts: Sequence[str]) -> tuple[str, str]:
    """The two hosts between which a frame is drawn, from left to right, also one that no host sent."""
    receiver = arrow.frame.receiver
    sender = arrow.frame.sender
    if sender not in hosts:
        place = hosts.index(receiver)
        sender = hosts[place - 1] if place else hosts[min(1, len(hosts) - 1)]
    left, right = sorted((sender, receiver), key=hosts.index)
    return left, right


def _arrow(moment: Moment, to_right: bool, width: int) -> str:
    """The arrow itself, `width` characters wide."""
    assert moment.arrow is not None
    frame, label = moment.arrow.frame, f" {moment.arrow.label} "
    stroke = "." if moment.kind == "late" else "-"
    if moment.kind == "sent" and not frame.arrivals:
        word, symbol = ("lost", "X") if frame.lost else ("held", "||")
        if to_right:
            return f"{stroke * 4}{label}{stroke * 4}{symbol} {word}".ljust(width)
        return f"{word} {symbol}{stroke * 4}{label}{stroke * 4}".rjust(width)
    start = "*" if frame.fate == "injected" else stroke
    pause = "" if moment.kind == "late" or frame.fate not in KEPT else "||"
    fill = stroke * (width - len(label) - 5 - len(pause)) + pause
    if not to_right:
        fill = fill[::-1]
    return f"{start}{stroke * 3}{label}{fill}>" if to_right else f"<{fill}{label}{stroke * 3}{start}"


def _until(moments: Sequence[Moment], index: int) -> int:
    """The time up to which states count for a line: before its frame, the next one, or a mark has effect."""
    moment = moments[index]
    if moment.kind == "late":
        return moment.time - 1
    following = (_effect(other) for other in moments[index:] if other.kind != "late")
    return min((time for time in following if time is not None), default=END_OF_TIME)


def _effect(moment: Moment) -> int | None:
    if moment.arrow is None:
        return moment.time  # a mark's tables carry its own time
    return moment.arrow.frame.arrivals[0] - 1 if moment.arrow.frame.arrivals else None


def _state(trace: Trace, host: str, until: int) -> str:
    tables = [table for table in trace.tables if table.host == host and table.time <= until]
    latest = max(tables, key=lambda table: table.time, default=Table(until, host, ()))
    return " + ".join(sorted(connection_states(latest)))
