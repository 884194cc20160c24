"""The whole course, as notebook 00 shows it: ways through it, a search, how far the reader is, and what is next.

What is told of the notebooks stands in course.json, which `make contents` writes: no reader's kernel looks through
eighteen notebooks to tell some minutes. Only the search reads them, for their whole text would make no small file.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.study import progress
from helpers.study.cards import Card, CardPanel, Link, TableCell, framed, table
from helpers.study.progress import State

BUILT = Path(__file__).with_name("course.json")
FOLDER = Path(__file__).resolve().parents[3] / "notebooks"
MOST = 8
"""Sections that a search shows."""
_HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)


@dataclass(frozen=True)
class Task:
    """A question, or an exercise (it has no text), and its cell."""

    id: str
    cell: str
    text: str = ""
    options: tuple[str, ...] = ()
    happened: str = ""
    """The option that the notebook's saved output says happened."""

    def is_done(self, known: State) -> bool:
        """Whether the reader has been here."""
        return self.id in known.answers.keys() | known.happened.keys() | known.passed | known.tried


@dataclass(frozen=True)
class Lesson:
    """A notebook: the name of its file without the suffix, its title in two parts, and its tasks in their order."""

    file: str
    title: str
    asks: str
    minutes: int
    tasks: tuple[Task, ...]

    @property
    def name(self) -> str:
        """Number and title: "00 Start here"."""
        return f"{self.file[:2]} {self.title}"

    def link(self, cell: str = "") -> str:
        """Where a link in another notebook leads; JupyterLab scrolls to the cell of that id."""
        return f"{self.file}.ipynb" + (f"#cell-id={cell}" if cell else "")


def _lesson(built: Mapping[str, Any]) -> Lesson:
    tasks = (Task(**{**each, "options": tuple(each.get("options", ()))}) for each in built["tasks"])
    return Lesson(**{**built, "tasks": tuple(tasks)})


_built = json.loads(BUILT.read_text("utf-8"))
LESSONS: tuple[Lesson, ...] = tuple(map(_lesson, _built["lessons"]))
WAYS: dict[str, list[tuple[str, str, int, str]]] = _built["ways"]
"""For readers with little time: of each section the name, where it is, the minutes, and why it is on the way."""
WHOLE = "whole course"
NAMES = (*WAYS, WHOLE)
_CHOOSE = (
    f"Which way through the course? Buttons (Tab and Space): {', '.join(NAMES)}. "
    f"In code: course.Ways().choose({NAMES[0]!r})"
)
_HOW = "In a later notebook, choose the menu Run, Run All Above Selected Cell, before you begin in its middle."


class Ways(CardPanel):
    """Buttons, one a way, and the chosen way's table."""

    def __init__(self) -> None:
        super().__init__(NAMES, _way, NAMES[0])

    def choose(self, choice: str) -> Card:
        """Do what a button does. Raises CourseError where there is none of that name."""
        if choice not in NAMES:
            raise CourseError(f"There is no way {choice!r}. There are: {', '.join(NAMES)}.")
        return super().choose(choice)

    def __repr__(self) -> str:
        return f"{_CHOOSE}\n{_way(NAMES[0])}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it the first way, for a notebook that is not run yet."""
        how = f"<div><small>{html.escape(_CHOOSE)}</small></div>"
        return self.bundle(repr(self), _way(NAMES[0]).html + how)


def _way(name: str) -> Card:
    if name == WHOLE:
        hours = round(sum(each.minutes for each in LESSONS) / 60)
        whole = [(Link(each.name, each.link()), str(each.minutes), each.asks) for each in LESSONS]
        return table(("notebook", "minutes", "question"), whole, f"The whole course: about {hours} hours.")
    rows = [(Link(section, target), str(minutes), why) for section, target, minutes, why in WAYS[name]]
    needed = sum(minutes for _, _, minutes, _ in WAYS[name])
    told = f"{needed} minutes" if needed < 60 else f"{needed / 60:.1f} hours"
    return table(("section", "minutes", "why"), rows, f"{len(rows)} sections, about {told}. {_HOW}")


def find(word: str) -> Card:
    """The sections whose text has a word, upper and lower case alike; those that define it, in bold, come first."""
    hits: dict[tuple[Lesson, str], tuple[bool, str]] = {}
    for lesson, section, cell, text in _prose() if word.strip() else ():
        if word.casefold().strip() in text.casefold():
            hit = (not _defines(text, word.strip()), cell)
            hits[lesson, section] = min(hits.get((lesson, section), hit), hit, key=lambda each: each[0])
    found = sorted(hits.items(), key=lambda each: each[1][0])
    rows = [
        (Link(lesson.name, lesson.link()), Link(section, lesson.link(cell))) for (lesson, section), (_, cell) in found
    ]
    rest = f"and {len(rows) - MOST} more sections" if len(rows) > MOST else ""
    return table(("notebook", "section"), rows[:MOST], after=rest) if rows else _sentence(f"No notebook says «{word}».")


def _prose() -> Iterator[tuple[Lesson, str, str, str]]:
    """Of each cell of text its notebook, the heading above it, its id and its text."""
    for lesson in LESSONS:
        section = lesson.title
        for cell in json.loads((FOLDER / f"{lesson.file}.ipynb").read_text("utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                section = next(iter(_HEADING.findall(_CODE_BLOCK.sub("", text))), section)
                yield lesson, section, cell["id"], text


def _defines(text: str, word: str) -> bool:
    """Whether the word stands in bold, or in Chinese behind a word in bold."""
    return any(f"{before}{word}{after}" in text for before, after in (("**", "**"), ("** (", ")"), ("**, ", ")")))


def show_progress() -> Card:
    """How many questions were answered, and exercises passed, in each notebook and in all together."""
    known = progress.state()
    counted = [_counts(lesson.tasks, known) for lesson in LESSONS]
    names: list[TableCell] = [Link(lesson.file, lesson.link()) for lesson in LESSONS]
    rows = [
        (name, f"{made} of {questions}", str(right), f"{passed} of {exercises}")
        for name, (questions, made, right, exercises, passed) in zip(
            [*names, "all"], [*counted, [sum(column) for column in zip(*counted, strict=True)]], strict=True
        )
    ]
    mixed = ""
    if known.rounds:
        right, asked = known.rounds[-1]
        mixed = f"Mixed questions: {right} of {asked} right in the last round; rounds so far: {len(known.rounds)}."
    return table(("Notebook", "Predictions made", "of them right", "Exercises passed"), rows, after=mixed)


def _counts(tasks: Sequence[Task], known: State) -> list[int]:
    """Questions, those that were answered in time, those answered right; exercises, those that were passed."""
    questions = {task.id for task in tasks if task.text}
    exercises = {task.id for task in tasks} - questions
    made = questions & known.answers.keys() - known.late
    right = [question for question in questions if known.outcomes.get(question)]
    return [len(questions), len(made), len(right), len(exercises), len(exercises & known.passed)]


_NOTHING_YET = "No prediction and no exercise is kept yet. Begin at the top of notebook 00: predict, run, compare."
_ALL_DONE = "You have been through all questions and exercises. The mixed questions show what stayed."


def missed() -> Card:
    """For each notebook: questions answered wrong, questions revealed without a prediction, exercises not passed.

    A question that was answered right later, among the mixed questions, is not missed any more.
    """
    known = progress.state()
    rows: list[list[TableCell]] = []
    for lesson in LESSONS:
        wrong = [task for task in lesson.tasks if known.latest.get(task.id) is False]
        unasked = [task for task in lesson.tasks if is_missed(task.id, known)]
        tried = [task for task in lesson.tasks if task.id in known.tried]
        if wrong or unasked or tried:
            links = [[Link(task.id, lesson.link(task.cell)) for task in tasks] for tasks in (wrong, unasked, tried)]
            rows.append([Link(lesson.name, lesson.link()), *links])
    if rows:
        return table(("Notebook", "predicted wrong", "seen without a prediction", "tried, not passed"), rows)
    return _sentence("Nothing was missed so far." if known.last or known.latest else _NOTHING_YET)


def is_missed(question: str, known: State) -> bool:
    """Whether a question was revealed, and never answered."""
    return question in known.happened and question not in known.latest


def next_step() -> Card:
    """Where to go on: the first question or exercise not yet done after the last one that was."""
    known = progress.state()
    every = [(lesson, task) for lesson in LESSONS for task in lesson.tasks]
    place = next((place for place, (_, task) in enumerate(every) if task.id == known.last), None)
    if place is None:
        return _sentence(_NOTHING_YET)
    for lesson, task in every[place + 1 :] + every[:place]:
        if not task.is_done(known):
            kind = "question" if task.text else "exercise"
            return _sentence(f"Next: notebook {lesson.name}, {kind}", Link(task.id, lesson.link(task.cell)))
    return _sentence(_ALL_DONE)


def _sentence(text: str, link: Link | None = None) -> Card:
    words = text if link is None else f"{text} {link}."
    shown = html.escape(text) if link is None else f"{html.escape(text)} {link.html}."
    return Card(words, framed(shown, "plain"))
