"""How far the reader is: predictions and exercises of all notebooks, kept in one small file.

The file is progress.jsonl at the top of the checkout, or the one that IPC_COURSE_PROGRESS names. An event is
written only when it changes something; each look reads the file anew, so open notebooks see each other's.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, field
from pathlib import Path

from helpers.study.cards import Card, framed
from helpers.study.contents import CHECKOUT, contents
from helpers.study.event_log import EventLog

VARIABLE = "IPC_COURSE_PROGRESS"


@dataclass(frozen=True)
class NotebookProgress:
    """One notebook: its questions, how many were answered, and right; its exercises, how many were passed."""

    notebook: str
    questions: int
    answered: int
    right: int
    exercises: int
    passed: int


@dataclass
class _State:
    answers: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, bool] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)


def summary(notebooks: Path = CHECKOUT / "notebooks") -> list[NotebookProgress]:
    """The reader's progress in each notebook of the folder `notebooks`, in reading order."""
    state = _state()
    return [
        NotebookProgress(
            notebook=each.notebook,
            questions=len(each.questions),
            answered=len(each.questions & state.answers.keys()),
            right=sum(state.outcomes.get(question, False) for question in each.questions),
            exercises=len(each.exercises),
            passed=len(each.exercises & state.passed),
        )
        for each in contents(notebooks)
    ]


def show(notebooks: Path = CHECKOUT / "notebooks") -> Card:
    """The summary as a table, with a last row for all notebooks together."""
    head = ("Notebook", "Predictions made", "of them right", "Exercises passed")
    rows = [_row(each) for each in _with_total(summary(notebooks))]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    header = "".join(f"<th>{title}</th>" for title in head)
    table = f"<table><thead><tr>{header}</tr></thead><tbody>{cells}</tbody></table>"
    return Card("\n".join(lines), framed(table, "plain"))


def _with_total(each: list[NotebookProgress]) -> list[NotebookProgress]:
    numbers = ("questions", "answered", "right", "exercises", "passed")
    total = {name: sum(getattr(one, name) for one in each) for name in numbers}
    return [*each, NotebookProgress("all", **total)]


def _row(one: NotebookProgress) -> tuple[str, str, str, str]:
    made = f"{one.answered} of {one.questions}"
    return one.notebook, made, str(one.right), f"{one.passed} of {one.exercises}"


def reset() -> None:
    """Forget all predictions and exercises, in every notebook."""
    _log().clear()


def answer_to(question: str) -> str | None:
    """The text of the option that the reader chose for a question; None for none."""
    return _state().answers.get(question)


def is_revealed(question: str) -> bool:
    """Whether the reader has seen the result of a question after predicting."""
    return question in _state().outcomes


def keep_answer(question: str, option: str) -> None:
    """Remember the reader's choice, the text of an option."""
    if _state().answers.get(question) != option:
        _log().append({"kind": "answer", "id": question, "value": option})


def keep_outcome(question: str, right: bool) -> None:
    """Remember whether a prediction was right; from now on it cannot be changed."""
    if _state().outcomes.get(question) is not right:
        _log().append({"kind": "outcome", "id": question, "value": right})


def keep_passed(exercise: str) -> None:
    """Remember that an exercise was solved; a later wrong try does not take that back."""
    if exercise not in _state().passed:
        _log().append({"kind": "exercise", "id": exercise, "value": "passed"})


def _state() -> _State:
    """All events put together; what does not look like an event is skipped."""
    state = _State()
    for event in _log().read():
        match event:
            case {"kind": "answer", "id": str(question), "value": str(option)}:
                state.answers[question] = option
            case {"kind": "outcome", "id": str(question), "value": bool(right)}:
                state.outcomes[question] = right
            case {"kind": "exercise", "id": str(exercise), "value": "passed"}:
                state.passed.add(exercise)
    return state


def _log() -> EventLog:
    return _log_at(Path(os.environ.get(VARIABLE) or CHECKOUT / "progress.jsonl"))


@functools.cache
def _log_at(path: Path) -> EventLog:
    """One log for each path: it remembers what could not be written."""
    return EventLog(path)
