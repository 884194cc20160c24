"""How far the reader is: predictions and exercises of all notebooks, kept in one small file.

The file is progress.jsonl at the top of the checkout, or the one that IPC_COURSE_PROGRESS names. An event is
written only when it changes something; each look reads the file anew, so open notebooks see each other's.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, field
from pathlib import Path

from helpers.study.cards import Card, Link, TableCell, table
from helpers.study.contents import CHECKOUT, NOTEBOOKS, contents
from helpers.study.event_log import Event, EventLog

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


def summary(notebooks: Path = NOTEBOOKS) -> list[NotebookProgress]:
    """The reader's progress in each notebook of the folder `notebooks`, in reading order."""
    known = state()
    return [
        NotebookProgress(
            notebook=each.notebook,
            questions=len(each.questions),
            answered=sum(question.id in known.answers.keys() - known.late for question in each.questions),
            right=sum(known.outcomes.get(question.id, False) for question in each.questions),
            exercises=len({task.id for task in each.exercises}),
            passed=len({task.id for task in each.exercises} & known.passed),
        )
        for each in contents(notebooks)
    ]


def show(notebooks: Path = NOTEBOOKS) -> Card:
    """The summary as a table, with a last row for all notebooks together."""
    head = ("Notebook", "Predictions made", "of them right", "Exercises passed")
    rows = [_row(each) for each in _with_total(summary(notebooks))]
    return table(head, rows, after=_last_round(state().rounds))


def _last_round(rounds: list[tuple[int, int]]) -> str:
    if not rounds:
        return ""
    return f"Mixed questions: {rounds[-1][0]} of {rounds[-1][1]} right in the last round; rounds so far: {len(rounds)}."


def _with_total(each: list[NotebookProgress]) -> list[NotebookProgress]:
    numbers = ("questions", "answered", "right", "exercises", "passed")
    total = {name: sum(getattr(one, name) for one in each) for name in numbers}
    return [*each, NotebookProgress("all", **total)]


def _row(one: NotebookProgress) -> tuple[TableCell, str, str, str]:
    made = f"{one.answered} of {one.questions}"
    name = one.notebook if one.notebook == "all" else Link(one.notebook, f"{one.notebook}.ipynb")
    return name, made, str(one.right), f"{one.passed} of {one.exercises}"


def reset() -> None:
    """Forget all predictions and exercises, in every notebook."""
    _log().clear()


def answer_to(question: str) -> str | None:
    """The text of the option that the reader chose for a question; None for none."""
    return state().answers.get(question)


def is_revealed(question: str) -> bool:
    """Whether the reader has seen the result of a question."""
    return question in state().happened


def is_late(question: str) -> bool:
    """Whether the reader answered a question only after its result was shown."""
    return question in state().late


def keep_answer(question: str, option: str) -> None:
    """Remember the reader's choice, the text of an option."""
    if state().answers.get(question) != option:
        _log().append({"kind": "answer", "id": question, "value": option})


def keep_happened(question: str, option: str) -> None:
    """Remember what the kernel did, the text of an option or another sentence, also where nothing was predicted."""
    if state().happened.get(question) != option:
        _log().append({"kind": "happened", "id": question, "value": option})


def keep_outcome(question: str, right: bool) -> None:
    """Remember whether a prediction was right; from now on it cannot be changed."""
    if state().outcomes.get(question) is not right:
        _log().append({"kind": "outcome", "id": question, "value": right})


def keep_tried(exercise: str) -> None:
    """Remember that an exercise was tried and is not solved; not once it was passed."""
    known = state()
    if exercise not in known.tried | known.passed:
        _log().append({"kind": "exercise", "id": exercise, "value": "tried"})


def keep_passed(exercise: str) -> None:
    """Remember that an exercise was solved; a later wrong try does not take that back."""
    if exercise not in state().passed:
        _log().append({"kind": "exercise", "id": exercise, "value": "passed"})


def keep_mixed(question: str, right: bool) -> None:
    """Remember an answer among the mixed questions: it counts more than an earlier one."""
    _log().append({"kind": "mixed", "id": question, "value": right})


def keep_round(seed: int, right: int, asked: int) -> None:
    """Remember the end of a round of mixed questions."""
    _log().append({"kind": "round", "id": str(seed), "right": right, "asked": asked})


def state() -> State:
    """All events put together; what does not look like an event is skipped."""
    known = State()
    for event in _log().read():
        _add(known, event)
    return known


def _add(known: State, event: Event) -> None:
    match event:
        case {"kind": "answer", "id": str(question), "value": str(option)}:
            if question in known.happened and question not in known.answers:
                known.late.add(question)
            known.answers[question] = option
            known.last = question
        case {"kind": "happened", "id": str(question), "value": str(option)}:
            known.happened[question] = option
            known.last = question
        case {"kind": "outcome", "id": str(question), "value": bool(right)}:
            known.outcomes[question] = known.latest[question] = right
            known.last = question
        case {"kind": "exercise", "id": str(exercise), "value": "tried"}:
            known.tried |= {exercise} - known.passed
            known.last = exercise
        case {"kind": "exercise", "id": str(exercise), "value": "passed"}:
            known.passed.add(exercise)
            known.tried.discard(exercise)
            known.last = exercise
        case {"kind": "mixed", "id": str(question), "value": bool(right)}:
            known.latest[question] = right
        case {"kind": "round", "right": int(right), "asked": int(asked)}:
            known.rounds.append((right, asked))


def _log() -> EventLog:
    return _log_at(Path(os.environ.get(VARIABLE) or CHECKOUT / "progress.jsonl"))


@functools.cache
def _log_at(path: Path) -> EventLog:
    """One log for each path: it remembers what could not be written."""
    return EventLog(path)
