"""The whole course, as notebook 00 shows it: ways through it, a search, how far the reader is, and what is next.

What is told of the notebooks stands in course.json, which `make contents` writes: no reader's kernel looks through
eighteen notebooks to tell some minutes. Only the search reads them, for their whole text would make no small file.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import CourseError
from helpers.study import progress
from helpers.study.cards import Card, CardPanel, Link, TableCell, sentence, table
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
    options: Sequence[str] = ()
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
    tasks: Sequence[Task]

    @property
    def name(self) -> str:
        """Number and title: "00 Start here"."""
        return f"{self.file[:2]} {self.title}"

    def link(self, cell: str = "") -> str:
        """Where a link in another notebook leads; JupyterLab scrolls to the cell of that id."""
        return f"{self.file}.ipynb" + (f"#cell-id={cell}" if cell else "")


_built = json.loads(BUILT.read_text("utf-8"))
LESSONS = tuple(Lesson(**{**each, "tasks": [Task(**task) for task in each["tasks"]]}) for each in _built["lessons"])
WAYS: dict[str, list[tuple[str, str, int, str]]] = _built["ways"]
"""For readers with little time: of each section the name, where it is, the minutes, and why it is on the way."""
WHOLE = "whole course"
NAMES = (*WAYS, WHOLE)
_HOW = "In a later notebook, choose the menu Run, Run All Above Selected Cell, before you begin in its middle."


class Ways(CardPanel):
    """Buttons, one a way, and the chosen way's table."""

    def __init__(self) -> None:
        first, *_ = NAMES
        how = f"Which way through the course? Buttons (Tab and Space): {', '.join(NAMES)}. "
        how += f"In code: course.Ways().choose({first!r})"
        below = f"<div><small>{html.escape(how)}</small></div>"
        super().__init__(dict(zip(NAMES, NAMES, strict=True)), _way, first, f"{how}\n{_way(first)}", below)


def _way(name: str) -> Card:
    if name not in NAMES:
        raise CourseError(f"There is no way {name!r}. There are: {', '.join(NAMES)}.")
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
    wanted = word.strip()
    hits = [hit for hit in _prose() if wanted and wanted.casefold() in hit[-1].casefold()]
    hits.sort(key=lambda hit: not _defines(hit[-1], wanted))
    found: dict[tuple[str, str], list[Link]] = {}
    for lesson, section, cell, _ in hits:
        link = Link(section, lesson.link(cell))
        found.setdefault((lesson.file, section), [Link(lesson.name, lesson.link()), link])
    rest = f"and {len(found) - MOST} more sections" if len(found) > MOST else ""
    rows = list(found.values())[:MOST]
    return table(("notebook", "section"), rows, after=rest) if rows else sentence(f"No notebook says «{word}».")


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
    counted.append([sum(column) for column in zip(*counted, strict=True)])
    names: list[TableCell] = [*(Link(lesson.file, lesson.link()) for lesson in LESSONS), "all"]
    rows = [
        (name, f"{made} of {questions}", str(right), f"{passed} of {exercises}")
        for name, (questions, made, right, exercises, passed) in zip(names, counted, strict=True)
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
    wrong = {question for question, right in known.latest.items() if not right}
    unasked = {question for question in known.happened if is_missed(question, known)}
    rows: list[list[TableCell]] = []
    for lesson in LESSONS:
        columns = [
            [Link(task.id, lesson.link(task.cell)) for task in lesson.tasks if task.id in names]
            for names in (wrong, unasked, known.tried)
        ]
        if any(columns):
            rows.append([Link(lesson.name, lesson.link()), *columns])
    if rows:
        return table(("Notebook", "predicted wrong", "seen without a prediction", "tried, not passed"), rows)
    return sentence("Nothing was missed so far." if known.last or known.latest else _NOTHING_YET)


def is_missed(question: str, known: State) -> bool:
    """Whether a question was revealed, and never answered."""
    return question in known.happened and question not in known.latest


def next_step() -> Card:
    """Where to go on: the first question or exercise not yet done after the last one that was."""
    known = progress.state()
    every = [(lesson, task) for lesson in LESSONS for task in lesson.tasks]
    place = next((place for place, (_, task) in enumerate(every) if task.id == known.last), None)
    if place is None:
        return sentence(_NOTHING_YET)
    for lesson, task in every[place + 1 :] + every[:place]:
        if not task.is_done(known):
            kind = "question" if task.text else "exercise"
            return sentence(f"Next: notebook {lesson.name}, {kind}", Link(task.id, lesson.link(task.cell)))
    return sentence(_ALL_DONE)
