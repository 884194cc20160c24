"""How far the reader is: predictions and exercises of all notebooks, kept in one small file.

The file is progress.jsonl at the top of the checkout, or the one that IPC_COURSE_PROGRESS names. An event is written
only when it changes something; each look reads the file anew, so open notebooks see each other's. A file of events,
and not of results, because appending is the one way in which several kernels can write without a lock.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Event = dict[str, Any]
Kind = Literal["answer", "happened", "outcome", "exercise", "mixed", "round"]
VARIABLE = "IPC_COURSE_PROGRESS"
USUAL = Path(__file__).resolve().parents[2] / "progress.jsonl"


@dataclass
class State:
    """All events put together."""

    answers: dict[str, str] = field(default_factory=dict)
    """Each question's prediction."""
    outcomes: dict[str, bool] = field(default_factory=dict)
    """Whether the prediction was right, of each question that was revealed after one."""
    happened: dict[str, str] = field(default_factory=dict)
    """What the kernel did here, the text of an option or another sentence, of each question that was revealed."""
    late: set[str] = field(default_factory=set)
    """Questions that were answered only after their result was shown: such an answer is kept and not counted."""
    latest: dict[str, bool] = field(default_factory=dict)
    """Whether the last answer was right, the prediction or one of the mixed questions."""
    tried: set[str] = field(default_factory=set)
    """Exercises that were tried and not passed."""
    passed: set[str] = field(default_factory=set)
    rounds: list[tuple[int, int]] = field(default_factory=list)
    """(right, asked) of each round of mixed questions."""
    last: str = field(default="", compare=False)
    """The question or exercise of the last event in a notebook."""

    def add(self, event: Event) -> None:
        """Take one event in; what does not look like one is skipped."""
        match event:
            case {"kind": "answer", "id": str(name), "value": str(option)}:
                if name in self.happened and name not in self.answers:
                    self.late.add(name)
                self.answers[name] = option
            case {"kind": "happened", "id": str(name), "value": str(option)}:
                self.happened[name] = option
            case {"kind": "outcome", "id": str(name), "value": bool(right)}:
                if self.outcomes.get(name) is not right:  # seen again it says nothing new of the reader
                    self.outcomes[name] = self.latest[name] = right
            case {"kind": "exercise", "id": str(name), "value": "tried" | "passed" as result}:
                (self.passed if result == "passed" else self.tried).add(name)
                self.tried -= self.passed  # a later wrong try does not take a pass back
            case {"kind": "mixed", "id": str(name), "value": bool(right)}:
                self.latest[name] = right
                return
            case {"kind": "round", "right": int(right), "asked": int(asked)}:
                self.rounds.append((right, asked))
                return
            case _:
                return
        self.last = name


def state(*more: Event) -> State:
    """All events put together, and these."""
    known = State()
    for event in [*_log().read(), *more]:
        known.add(event)
    return known


def keep(kind: Kind, name: str, **values: object) -> None:
    """Remember what was done with a question or an exercise, where that changes anything that is known.

    value: of an answer or of what happened the text, of an exercise "tried" or "passed", else whether it was right; the
    end of a round of mixed questions, whose name is its seed, has `right` and `asked` instead.
    """
    event = {"kind": kind, "id": name, **values}
    if state(event) != state():
        _log().append(event)


def reset() -> None:
    """Forget all predictions and exercises, in every notebook."""
    _log().clear()


def _log() -> EventLog:
    return _log_at(Path(os.environ.get(VARIABLE) or USUAL))


@functools.cache
def _log_at(path: Path) -> EventLog:
    """One log for each path: it remembers what could not be written."""
    return EventLog(path)


class EventLog:
    """A file of JSON lines that several processes may append to at once, and that no damage stops.

    Where the file refuses, one sentence says so, and the events stay in memory.
    """

    def __init__(self, path: Path) -> None:
        """path: the file; it is made by the first event."""
        self.path = path
        self._unsaved: list[Event] = []
        self._reported = False

    def append(self, event: Event) -> None:
        """Add one event, which json must be able to write. Never raises OSError."""
        # The newline comes first: so a line that an earlier crash has left without its end does not swallow this one.
        line = b"\n" + json.dumps(event, separators=(",", ":")).encode()
        self._unsaved.append(event)
        with self._reporting("be written"), self.path.open("ab", buffering=0) as file:
            # POSIX, write(): with O_APPEND it lands whole at the end, whoever else writes.
            if file.write(line) < len(line):
                raise OSError("the disk took only a part of it")
            self._unsaved.remove(event)

    def read(self) -> list[Event]:
        """All events; lines that are no JSON object are skipped. Never raises OSError."""
        lines: list[bytes] = []
        with self._reporting("be read"), suppress(FileNotFoundError):
            lines = self.path.read_bytes().split(b"\n")
        return [*filter(None, map(_parsed, lines)), *self._unsaved]

    def clear(self) -> None:
        """Forget every event. The file is emptied, not removed: the name may be that of a device."""
        self._unsaved.clear()
        with self._reporting("be emptied"), suppress(FileNotFoundError):
            os.truncate(self.path, 0)

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._reported:
                self._reported = True
                reason = error.strerror or error
                print(f"The progress file {self.path} cannot {what} ({reason}): it lasts until the kernel ends.")


def _parsed(line: bytes) -> Event | None:
    """The JSON object in a line of the file, or None for anything else."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):  # no UTF-8 and no JSON are ValueErrors; "[[[[..." is too deep
        return None
    return value if isinstance(value, dict) else None
