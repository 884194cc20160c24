"""Which frames a rule of the wire speaks of: a predicate that reads well in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypedDict

from helpers.fields.segment import flag_set
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
        if self.sender is not None and frame.sender != self.sender:
            return False
        return self._fits_segment(frame) and (self.where is None or self.where(frame))

    def _fits_segment(self, frame: Frame) -> bool:
        if self.flags is None and self.payload is None and self.where is not None:
            return True
        segment = frame.segment
        if segment is None:
            return False
        if self.flags is not None:
            wanted = flag_set(self.flags)
            if segment.has - ({"PSH"} - wanted) != wanted:
                return False
        if self.payload is None:
            return True
        if isinstance(self.payload, bytes):
            return self.payload in segment.payload
        return bool(segment.payload) is self.payload

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
