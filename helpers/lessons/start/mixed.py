"""Mixed questions from all notebooks: first those that the reader got wrong, then those that were missed."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from typing import Any

from helpers.errors import CourseError
from helpers.lessons.start import course
from helpers.study import progress
from helpers.study.cards import Card, framed, inline
from helpers.study.progress import State
from helpers.study.question_panel import QuestionPanel

_HOW = 'Run this cell, then choose with a button, or call .answer("b"); each answer is followed by the next question.'


@dataclass(frozen=True)
class MixedQuestion:
    """A question away from its notebook, its options in a new order. `happened` is the right one."""

    id: str
    text: str
    options: tuple[str, ...]
    happened: str
    notebook: str
    link: str


def mixed_questions(seed: int = 1, count: int = 10) -> MixedQuestions:
    """Up to `count` questions; show the result as the last value.

    The same seed and the same progress give the same questions.
    """
    return MixedQuestions(draw(seed, count), seed)


def draw(seed: int, count: int) -> list[MixedQuestion]:
    """Those last answered wrong, then those revealed without an answer, those answered right, those not seen yet."""
    known = progress.state()
    every = [
        _mixed(lesson, task, known, seed)
        for lesson in course.LESSONS
        for task in lesson.tasks
        if task.happened or known.happened.get(task.id) in task.options
    ]
    random.Random(seed).shuffle(every)
    every.sort(key=lambda question: _turn(question.id, known))  # the order within a turn stays that of the shuffle
    return every[:count]


def _mixed(lesson: course.Lesson, task: course.Task, known: State, seed: int) -> MixedQuestion:
    """What the kernel did at this reader's counts more than what it did when the notebook was saved."""
    options = random.Random(f"{seed} {task.id}").sample(task.options, len(task.options))
    here = known.happened.get(task.id, "")
    happened = here if here in options else task.happened
    return MixedQuestion(task.id, task.text, tuple(options), happened, lesson.name, lesson.link(task.cell))


def _turn(question: str, known: State) -> int:
    if question in known.latest:
        return 2 if known.latest[question] else 0
    return 1 if course.is_missed(question, known) else 3


class MixedQuestions:
    """One question after the other, by button or by `answer`; at the end the score, which is kept."""

    def __init__(self, questions: list[MixedQuestion], seed: int) -> None:
        """What `draw` returned, and its seed."""
        import ipywidgets

        self.questions = questions
        self.answers: list[str] = []
        """The options that the reader chose."""
        self._seed = seed
        self._below = ipywidgets.Output()  # no HTML, for JupyterLab follows links to cells in outputs only
        self._panel = QuestionPanel(self._pressed, self._below)
        self._show()

    @property
    def current(self) -> MixedQuestion | None:
        """The question that waits for an answer; None at the end."""
        return self.questions[len(self.answers)] if len(self.answers) < len(self.questions) else None

    @property
    def score(self) -> str:
        """How many answers were right so far: "3 of 4"."""
        return f"{self._right} of {len(self.answers)}"

    @property
    def _right(self) -> int:
        return sum(asked.happened == said for asked, said in zip(self.questions, self.answers, strict=False))

    def answer(self, choice: str) -> Card:
        """Answer the current question: a letter, or the text of an option. What was right, and the next question.

        Raises CourseError for a choice that is no option, and after the last question.
        """
        asked = self.current
        if asked is None:
            raise CourseError(f"All questions are answered: {self.score} right. mixed_questions(seed=...) asks others")
        letters = dict(zip(string.ascii_lowercase, asked.options, strict=False))
        option = letters.get(choice, choice)
        if option not in asked.options:
            raise CourseError(f"{choice!r} is no option: take a letter from a to {max(letters)}, or an option's text")
        self._take(asked, option)
        return Card(f"{self._verdict.text}\n\n{self._text}", self._verdict.html + framed(self._html, "question"))

    def _pressed(self, index: int) -> None:
        if self.current is not None:  # a window that did not know yet may still have buttons
            self._take(self.current, self.current.options[index])

    def _take(self, asked: MixedQuestion, option: str) -> None:
        self.answers.append(option)
        progress.keep_mixed(asked.id, option == asked.happened)
        if self.current is None:
            progress.keep_round(self._seed, self._right, len(self.answers))
        self._show()

    @property
    def _verdict(self) -> Card:
        """On the last answer."""
        asked, said = self.questions[len(self.answers) - 1], self.answers[-1]
        right = said == asked.happened
        text = f"{'Right' if right else 'Not right'}: {asked.happened} ({asked.id}). Look again in"
        link = f'<a href="{asked.link}">{inline(asked.notebook)}</a>'
        shown = f"<div>You said: {inline(said)}</div><div>{inline(text)} {link}.</div>"
        return Card(f"You said: {said}\n{text} {asked.notebook}.", framed(shown, "right" if right else "wrong"))

    @property
    def _lines(self) -> list[str]:
        """Where the question comes from, and the question; or that this is the end."""
        asked = self.current
        if asked is None:
            return [f"The end: {self.score} right. It is kept in your progress."]
        return [f"Question {len(self.answers) + 1} of {len(self.questions)}, from {asked.notebook}", asked.text]

    @property
    def _labels(self) -> list[str]:
        options = self.current.options if self.current else ()
        return [f"{letter}) {option}" for letter, option in zip(string.ascii_lowercase, options, strict=False)]

    @property
    def _text(self) -> str:
        return "\n".join([*self._lines, *(f"  {label}" for label in self._labels)])

    @property
    def _body(self) -> str:
        """The question's HTML, without its choices."""
        number, *text = map(inline, self._lines)
        return "".join([f"<div><small>{number}</small></div>", *(f"<div><b>{line}</b></div>" for line in text)])

    @property
    def _html(self) -> str:
        return self._body + "".join(f"<div>{inline(label)}</div>" for label in self._labels)

    def _show(self) -> None:
        self._panel.show(self._body, self._labels)
        self._below.outputs = (self._verdict.as_output(),) if self.answers else ()

    def __repr__(self) -> str:
        return f"{self._text}\n{_HOW}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it text and HTML for a notebook that is not run yet."""
        shown = framed(f"{self._html}<div><small>{inline(_HOW)}</small></div>", "question")
        return self._panel.mimebundle() | {"text/plain": repr(self), "text/html": shown}
