"""How far the reader is: predictions and exercises of all notebooks, kept in one small file.

The file is progress.jsonl at the top of the checkout, or the one that IPC_COURSE_PROGRESS names. An event is written
only when it changes something; each look reads the file anew, so open notebooks see each other's. A file of events,
and not of results, because appending is the one way in which several kernels can write without a lock.
"""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Event = dict[str, Any]
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
    last: str = ""
    """The question or exercise of the last event in a notebook."""

    def add(self, event: Event) -> None:
        """Take one event in; what does not look like one is skipped."""
        match event:
            case {"kind": "answer" | "happened", "id": str(name), "value": str(option)}:
                self._tell(name, event["kind"], option)
            case {"kind": "outcome", "id": str(name), "value": bool(right)}:
                self.outcomes[name] = self.latest[name] = right
                self.last = name
            case {"kind": "exercise", "id": str(name), "value": "tried" | "passed" as result}:
                (self.passed if result == "passed" else self.tried).add(name)
                self.tried -= self.passed
                self.last = name
            case {"kind": "mixed", "id": str(name), "value": bool(right)}:
                self.latest[name] = right
            case {"kind": "round", "right": int(right), "asked": int(asked)}:
                self.rounds.append((right, asked))

    def _tell(self, question: str, kind: str, option: str) -> None:
        if kind == "answer" and question in self.happened and question not in self.answers:
            self.late.add(question)
        (self.answers if kind == "answer" else self.happened)[question] = option
        self.last = question


def state() -> State:
    """All events put together."""
    known = State()
    for event in _log().read():
        known.add(event)
    return known


def reset() -> None:
    """Forget all predictions and exercises, in every notebook."""
    _log().clear()


def keep_answer(question: str, option: str) -> None:
    """Remember the reader's choice, the text of an option."""
    if state().answers.get(question) != option:
        _keep("answer", question, value=option)


def keep_happened(question: str, option: str) -> None:
    """Remember what the kernel did, the text of an option or another sentence, also where nothing was predicted."""
    if state().happened.get(question) != option:
        _keep("happened", question, value=option)


def keep_outcome(question: str, right: bool) -> None:
    """Remember whether a prediction was right; from now on it cannot be changed."""
    if state().outcomes.get(question) is not right:
        _keep("outcome", question, value=right)


def keep_tried(exercise: str) -> None:
    """Remember that an exercise was tried and is not solved; not once it was passed."""
    if exercise not in state().tried | state().passed:
        _keep("exercise", exercise, value="tried")


def keep_passed(exercise: str) -> None:
    """Remember that an exercise was solved; a later wrong try does not take that back."""
    if exercise not in state().passed:
        _keep("exercise", exercise, value="passed")


def keep_mixed(question: str, right: bool) -> None:
    """Remember an answer among the mixed questions: it counts more than an earlier one."""
    _keep("mixed", question, value=right)


def keep_round(seed: int, right: int, asked: int) -> None:
    """Remember the end of a round of mixed questions."""
    _keep("round", str(seed), right=right, asked=asked)


def _keep(kind: str, name: str, **more: object) -> None:
    _log().append({"kind": kind, "id": name, **more})


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
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                # POSIX, write(): with O_APPEND it lands whole at the end, whoever else writes.
                if os.write(descriptor, line) < len(line):
                    raise OSError("the disk took only a part of it")
            finally:
                os.close(descriptor)
        except OSError as error:
            self._unsaved.append(event)
            self._report("be written", error)

    def read(self) -> list[Event]:
        """All events; lines that are no JSON object are skipped. Never raises OSError."""
        return self._saved() + self._unsaved

    def _saved(self) -> list[Event]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            self._report("be read", error)
            return []
        return [event for event in map(_parsed, lines) if event is not None]

    def clear(self) -> None:
        """Forget every event. The file is emptied, not removed: the name may be that of a device."""
        self._unsaved.clear()
        try:
            os.truncate(self.path, 0)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._report("be emptied", error)

    def _report(self, what: str, error: OSError) -> None:
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
