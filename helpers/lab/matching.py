"""Which frames a rule of the wire speaks of: a predicate that reads well in a notebook, and says itself in words.

Keywords for what the course asks for often, and a function of the frame for all else. Rejected: the filters of tcpdump
(pcap-filter(7)), a language to learn before the lesson, in which "the second SYN" cannot be said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypedDict

from helpers.fields.segment import Segment, flag_set
from helpers.trace import Frame


class Conditions(TypedDict, total=False):
    """What a rule takes beside the flags, with the meaning it has for `Match`."""

    sender: str | None
    nth: int | Collection[int] | None
    payload: bool | bytes | None
    where: Callable[[Frame], bool] | None


@dataclass(frozen=True)
class Match:
    """All conditions that are given must hold. Without `where`, only TCP segments match.

    flags: exactly these control bits, as in "SYN ACK"; PSH counts only where it is named.
    sender: the name of the host that sent it.
    nth: which of the frames that fit everything else, counted from 1; several as (1, 2) or range(1, 4).
    payload: True for any data, False for none, bytes for data that contains them.
    where: a function of the `Frame` for everything else; it may look at other protocols too.
    """

    flags: str | None = None
    sender: str | None = None
    nth: int | Collection[int] | None = None
    payload: bool | bytes | None = None
    where: Callable[[Frame], bool] | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for an unknown flag, or an `nth` that no frame can be."""
        if self.flags is not None:
            flag_set(self.flags)
        numbers = self.numbers
        if numbers is not None and (not numbers or min(numbers) < 1):
            raise ValueError(f"nth={self.nth!r} matches no frame: the first one is nth=1")

    @property
    def numbers(self) -> frozenset[int] | None:
        """The values of `nth` as a set; None for all."""
        if self.nth is None:
            return None
        return frozenset({self.nth} if isinstance(self.nth, int) else self.nth)

    def fits(self, frame: Frame) -> bool:
        """Whether a frame fulfils every condition but `nth`."""
        if self.sender not in (None, frame.sender):
            return False
        of_tcp = self.flags is not None or self.payload is not None or self.where is None
        return (not of_tcp or self._fits_segment(frame.segment)) and (self.where is None or self.where(frame))

    def _fits_segment(self, segment: Segment | None) -> bool:
        if segment is None:
            return False
        if self.flags is not None:
            wanted = flag_set(self.flags)
            if segment.has - ({"PSH"} - wanted) != wanted:
                return False
        if isinstance(self.payload, bytes):
            return self.payload in segment.payload
        return self.payload in (None, bool(segment.payload))

    def __str__(self) -> str:
        words = [self.flags or "any segment"] if self.where is None or self.flags else ["any frame"]
        if self.sender:
            words.append(f"from {self.sender}")
        if isinstance(self.payload, bytes):
            words.append(f"with {self.payload!r}")
        elif self.payload is not None:
            words.append("with data" if self.payload else "without data")
        if self.where is not None:
            words.append(f"where {getattr(self.where, '__name__', self.where)}")
        if self.numbers is not None:
            words.append("number " + " or ".join(map(str, sorted(self.numbers))))
        return " ".join(words)
