"""What the wire does with frames: rules, asked in the order in which they were made; the first that matches decides.

A rule is a sentence that the reader writes, `wire.drop("SYN", nth=1)`: a verb, which frames, and when it ends, which is
the end of a `with` block. A rule that never matched is an error, since an experiment would show something else than it
says. There are two wires, the lab's between kernels and the model's (`helpers.lab.model`), and they have these rules in
common; they differ in how they carry. Rejected: netem(8), which loses frames by chance and not by their meaning.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, Unpack

from helpers.errors import LabError, RuleUnused, WireTimeout
from helpers.fields.segment import summary
from helpers.lab.matching import Conditions, Match
from helpers.lab.recorder import Recorder
from helpers.lab.socket_table import PATIENCE
from helpers.trace import WIRE, Frame


@dataclass(frozen=True)
class Waiting:
    """A frame that a hold rule keeps on the wire."""

    number: int
    """Its number among all frames of the wire, counted from 0."""
    frame: Frame


class Rule:
    """What the wire does with the frames that match. In a `with` block it ends with the block."""

    def __init__(self, wire: RuledWire, verb: str, match: Match, act: Callable[[int, Frame], object]) -> None:
        """act: does it, with a frame and its number."""
        self.verb = verb
        self.match = match
        self.act = act
        self.caught: list[Frame] = []
        """The frames it has decided on."""
        self._wire = wire
        self._fitting = 0

    def matches(self, frame: Frame) -> bool:
        """Whether it decides on this frame; counts for `nth`."""
        if not self.match.fits(frame):
            return False
        self._fitting += 1
        return self.match.numbers is None or self._fitting in self.match.numbers

    def wait(self, timeout: float = PATIENCE) -> Frame:
        """The first frame it has caught, waiting for it. Raises RuleUnused after `timeout` seconds."""
        if not self._wire.until(lambda: bool(self.caught), timeout):
            raise RuleUnused(
                f"the rule «{self}» matched nothing within {timeout:g} s. What crossed the wire: {self._wire.latest()}"
            )
        return self.caught[0]

    def remove(self) -> None:
        """End the rule; what it has done stays done."""
        self._wire.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it. Raises RuleUnused if it never matched, unless another error is on its way."""
        try:
            if kind is None:
                self.wait()
        finally:
            self.remove()

    def __str__(self) -> str:
        return f"{self.verb} {self.match}"


class Hold(Rule):
    """Keep the frames on the wire until told what to do."""

    def __init__(self, wire: RuledWire, match: Match) -> None:
        super().__init__(wire, "hold", match, self._keep)
        self._kept: dict[int, Frame] = {}

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The frames that wait now, oldest first."""
        return tuple(Waiting(number, frame) for number, frame in sorted(self._kept.items()))

    def deliver(self, number: int | None = None) -> None:
        """Let one waiting frame go on: that number, or the oldest. Raises LabError if it does not wait."""
        taken = self._take(number)
        self._wire.carry(taken.number, taken.frame, "released")

    def drop(self, number: int | None = None) -> None:
        """Lose one waiting frame."""
        self._wire.lose(self._take(number).number)

    def duplicate(self, number: int | None = None) -> None:
        """Deliver one waiting frame twice."""
        taken = self._take(number)
        self._wire.carry_twice(taken.number, taken.frame)

    def delay(self, seconds: float, number: int | None = None) -> None:
        """Let one waiting frame go on after `seconds`."""
        taken = self._take(number)
        self._wire.carry_later(taken.number, taken.frame, seconds)

    def release(self) -> None:
        """Deliver every waiting frame in order and end the rule; no answer overtakes them."""
        self.remove()
        self._wire.carry_together([self._take(number) for number in sorted(self._kept)])

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            super().__exit__(kind)
        finally:
            self.release()

    def _keep(self, number: int, frame: Frame) -> None:
        self._kept[number] = frame
        self._wire.keep(number)

    def _take(self, number: int | None) -> Waiting:
        chosen = min(self._kept, default=None) if number is None else number
        if chosen is None or chosen not in self._kept:
            which = "no frame waits" if number is None else f"frame {number} does not wait"
            raise LabError(f"{which} on the wire; waiting: {', '.join(map(str, sorted(self._kept))) or 'none'}")
        return Waiting(chosen, self._kept.pop(chosen))


class RuledWire(ABC):
    """A wire with rules; how frames get from one end to the other is not said here."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._rules: list[Rule] = []
        self._lock = threading.RLock()
        """Held while a frame is carried, kept or lost."""
        self._closed = False

    @property
    def frames(self) -> tuple[Frame, ...]:
        """All frames that were put on the wire, in that order, and what became of them."""
        return self._recorder.frames()

    def drop(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Rule:
        """Lose the frames that match, see `Match`: `wire.drop("SYN", nth=1)`."""
        return self._rule("drop", lambda number, _: self.lose(number), flags, conditions)

    def hold(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Hold:
        """Keep the frames that match on the wire until `release`, `deliver`, `drop`, `duplicate` or `delay`."""
        rule = Hold(self, self._match(flags, conditions))
        self._add(rule)
        return rule

    def delay(self, flags: str | None = None, *, seconds: float, **conditions: Unpack[Conditions]) -> Rule:
        """Deliver the frames that match `seconds` later."""
        if seconds < 0:
            raise ValueError(f"a frame cannot arrive {-seconds:g} s before it was sent")
        return self._rule("delay", lambda number, frame: self.carry_later(number, frame, seconds), flags, conditions)

    def duplicate(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Rule:
        """Deliver the frames that match twice."""
        return self._rule("duplicate", self.carry_twice, flags, conditions)

    def reorder(self, flags: str | None = None, **conditions: Unpack[Conditions]) -> Rule:
        """Let each frame that matches be overtaken by its sender's next one."""
        return self._rule("reorder", self.overtake, flags, conditions)

    def wait_for(
        self, flags: str | None = None, *, timeout: float = PATIENCE, **conditions: Unpack[Conditions]
    ) -> Frame:
        """The nth matching frame since the wire was made, the first say, once its fate is known, waiting for it.

        Raises WireTimeout after `timeout` seconds.
        """
        conditions.setdefault("nth", 1)
        match = self._match(flags, conditions)
        nth = max(match.numbers or [1])

        def fitting() -> list[int]:
            return [number for number, frame in enumerate(self.frames) if match.fits(frame)]

        if not self.until(lambda: len(fitting()) >= nth, timeout):
            raise WireTimeout(f"«{match}» did not cross the wire within {timeout:g} s. What did: {self.latest()}")
        with self._lock:  # whoever carries the frame has done with it
            return self.frames[fitting()[nth - 1]]

    def quiet(self, seconds: float = 0.5) -> None:
        """Wait until no frame has come for so long: for whatever the hosts send, if they send anything."""
        seen = len(self.frames)
        while self.until(lambda: len(self.frames) > seen, seconds):  # noqa: B023 - its latest value is meant
            seen = len(self.frames)

    @abstractmethod
    def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until a condition holds, asked after each event of the network; False after `timeout` seconds.

        Raises LabError if the network is closed meanwhile.
        """

    @abstractmethod
    def check_name(self, name: str) -> None:
        """Raises ValueError unless a host of that name is on this wire."""

    # What the rules do.

    @abstractmethod
    def carry(self, number: int, frame: Frame, fate: str = "delivered") -> None:
        """Bring the frame to its receivers, and take their tables."""

    @abstractmethod
    def carry_later(self, number: int, frame: Frame, seconds: float) -> None:
        """Deliver the frame after so many seconds."""

    @abstractmethod
    def overtake(self, number: int, frame: Frame) -> None:
        """Keep the frame until its sender's next one has passed."""

    def carry_twice(self, number: int, frame: Frame) -> None:
        """Bring the frame to its receivers twice."""
        self.carry(number, frame, "duplicated")
        self.carry(number, frame, "duplicated")

    def carry_together(self, waiting: Sequence[Waiting]) -> None:
        """Bring these frames to their receivers. What the receivers answer to the first is carried after the last."""
        with self._lock:
            for each in waiting:
                self.carry(each.number, each.frame, "released")

    def keep(self, number: int) -> None:
        """Note that the frame is held."""
        self._recorder.update_frame(number, "held")

    def lose(self, number: int) -> None:
        """Note that the frame is lost."""
        self._recorder.update_frame(number, "dropped")

    def remove(self, rule: Rule) -> None:
        """End a rule; harmless if it has ended."""
        with self._lock:
            if rule in self._rules:
                self._rules.remove(rule)

    def unused(self) -> list[Rule]:
        """The rules in force that have caught nothing."""
        with self._lock:
            return [rule for rule in self._rules if not rule.caught]

    def latest(self) -> str:
        """The newest frames in words."""
        return "; ".join(summary(frame.data) for frame in self.frames[-8:]) or "no frame at all"

    def decide(self, number: int, frame: Frame) -> None:
        """Ask the rules what becomes of a frame that was just put on the wire."""
        for rule in list(self._rules):
            if rule.matches(frame):
                rule.caught.append(frame)
                rule.act(number, frame)
                return
        self.carry(number, frame)

    def _rule(
        self, verb: str, act: Callable[[int, Frame], object], flags: str | None, conditions: Conditions
    ) -> Rule:
        return self._add(Rule(self, verb, self._match(flags, conditions), act))

    def _add(self, rule: Rule) -> Rule:
        with self._lock:
            self._rules.append(rule)
        return rule

    def _match(self, flags: str | None, conditions: Conditions) -> Match:
        match = Match(flags, **conditions)
        self._check_open()
        if match.sender is not None and match.sender != WIRE:
            self.check_name(match.sender)
        return match

    def _check_open(self) -> None:
        if self._closed:
            raise LabError("this wire's network is closed: make a new one with Network()")
