"""The ladder in words: one line a segment, the same on every run, so without times.

What depends on chance is left out: that two frames crossed, for one. States stand beside the frame that causes them.
"""

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
LATE_NOTES = {"released": "released", "delayed": "arrives late", "reordered": "overtaken", "duplicated": "copy"}
"""What is said of a frame where it arrives."""
THROUGH = ("delivered", "damaged")
"""Fates of a frame that the wire did not keep."""
END_OF_TIME = 2**63


def ladder_text(trace: Trace, arrows: Sequence[Arrow], hosts: Sequence[str], states: bool) -> list[str]:
    """The lines, without title and footer."""
    moments = wire_moments(trace, arrows)
    widths = [len(arrow.label) + 16 for arrow in arrows] + [len(mark.label) + 8 for mark in trace.marks]
    width, name = max(widths, default=0), max(map(len, hosts))
    lines = []
    for index, moment in enumerate(moments):
        if moment.arrow is None:
            lines.append(f"{'':{name}}  {f' {moment.text} ':.^{width}}")
            continue
        frame, late = moment.arrow.frame, moment.kind == "late"
        if late and frame.fate in THROUGH:
            continue  # it only crossed another one: by how much is chance
        left, right = frame_ends(moment.arrow, hosts)
        line = f"{left:{name}}  {_arrow(moment, right == frame.receiver, width)}  {right:{name}}"
        seen = ""
        if states and trace.tables:
            seen = " | ".join(_state(trace, host, _until(moments, index)) for host in (left, right))
        note = (LATE_NOTES if late else NOTES).get(frame.fate, "")
        lines.append("   ".join(filter(None, (line, seen, note))).rstrip())
    return lines


def frame_ends(arrow: Arrow, hosts: Sequence[str]) -> tuple[str, str]:
    """The two hosts between which a frame is drawn, from left to right, also one that no host sent."""
    sender, receiver = arrow.frame.sender, arrow.frame.receiver
    if sender not in hosts:
        place = hosts.index(receiver)
        sender = hosts[place - 1] if place else hosts[min(1, len(hosts) - 1)]
    left, right = sorted((sender, receiver), key=hosts.index)
    return left, right


def _arrow(moment: Moment, to_right: bool, width: int) -> str:
    """The arrow itself, `width` characters wide."""
    assert moment.arrow is not None
    frame, label, late = moment.arrow.frame, f" {moment.arrow.label} ", moment.kind == "late"
    stroke = "." if late else "-"
    if not late and not frame.arrivals:
        word, symbol = ("lost", "X") if frame.lost else ("held", "||")
        if to_right:
            return f"{stroke * 4}{label}{stroke * 4}{symbol} {word}".ljust(width)
        return f"{word} {symbol}{stroke * 4}{label}{stroke * 4}".rjust(width)
    start = "*" if frame.fate == "injected" else stroke
    pause = "" if late or frame.fate not in KEPT else "||"
    fill = stroke * (width - len(label) - 5 - len(pause))
    return f"{start}{stroke * 3}{label}{fill}{pause}>" if to_right else f"<{pause}{fill}{label}{stroke * 3}{start}"


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
