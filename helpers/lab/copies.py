"""Copies of a segment count as one: what waits on the wire, by segments.

Kernels repeat a segment until it is answered. A reader who decides by hand decides about the segment, however many
copies there are, so that the wire's list does not grow while the reader thinks.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from helpers.lab.rules import Waiting
from helpers.trace import Frame


@dataclass(frozen=True)
class Copies:
    """A segment that waits on the wire, once or more often."""

    waiting: tuple[Waiting, ...]
    """The copies that wait, oldest first."""
    place: int
    """The newest of them is the first copy that was sent, the second, ..."""
    arrived: bool
    """Whether its receiver has got a copy."""

    @property
    def newest(self) -> Waiting:
        """The copy that was sent last."""
        return self.waiting[-1]


def folded(frames: Iterable[Frame], waiting: Iterable[Waiting]) -> tuple[Copies, ...]:
    """One for each segment that waits, in the order in which one would decide on them.

    First those that are news to their receivers, in the order in which they were sent for the first time; then the
    others, backwards. frames: all that were put on the wire, those that wait too.
    """
    sent: dict[Hashable, list[Frame]] = {}
    for frame in frames:
        sent.setdefault(_content(frame), []).append(frame)
    held: dict[Hashable, list[Waiting]] = {}
    for each in waiting:
        held.setdefault(_content(each.frame), []).append(each)
    rows = []
    for content, copies in sent.items():
        if content in held:
            place = sum(frame.sent <= held[content][-1].frame.sent for frame in copies)
            rows.append(Copies(tuple(held[content]), place, any(frame.arrivals for frame in copies)))
    return (*(row for row in rows if not row.arrived), *(row for row in reversed(rows) if row.arrived))


def _content(frame: Frame) -> Hashable:
    """What copies have in common: all but the window, the options (time stamps) and the IP header."""
    segment = frame.segment
    if segment is None:
        return frame.data
    ends = (frame.sender, segment.source, segment.destination)
    return (*ends, segment.flags, segment.seq, segment.ack, segment.payload)
