"""Mixed questions from all notebooks: first those that the reader got wrong, then those that were missed."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.study import progress
from helpers.study.cards import Card, framed, inline
from helpers.study.contents import NOTEBOOKS
from helpers.study.mixed_panel import MixedPanel
from helpers.study.overview import is_missed
from helpers.study.progress import State
from helpers.study.questions import CourseQuestion, course_questions

_HOW = 'Run this cell, then choose with a button, or call .answer("b"); each answer is followed by the next question.'


class MixedError(CourseError):
    """An answer that no question waits for."""


def mixed_questions(seed: int = 1, count: int = 10, notebooks: Path = NOTEBOOKS) -> MixedQuestions:
    """Up to `count` questions, their options in a new order; show the result as the last value.

    The same seed and the same progress give the same questions. Raises MixedError where there is none to ask.
    """
    return MixedQuestions(draw(seed, count, notebooks), seed)


def draw(seed: int, count: int, notebooks: Path = NOTEBOOKS) -> tuple[CourseQuestion, ...]:
    """Those last answered wrong, then those revealed without an answer, those answered right, those not seen yet."""
    known = progress.state()
    every = course_questions(known.happened, notebooks)
    random.Random(seed).shuffle(every)
    every.sort(key=lambda question: _turn(question.id, known))  # the order within a turn stays that of the shuffle
    return tuple(_shuffled(question, seed) for question in every[:count])


def _turn(question: str, known: State) -> int:
    if question in known.latest:
        return 2 if known.latest[question] else 0
    return 1 if is_missed(question, known) else 3


def _shuffled(question: CourseQuestion, seed: int) -> CourseQuestion:
    order = random.Random(f"{seed} {question.id}")
    return replace(question, options=tuple(order.sample(question.options, len(question.options))))


@dataclass(frozen=True)
class Answered:
    """A question and the option that the reader chose."""

    question: CourseQuestion
    chosen: str

    @property
    def right(self) -> bool:
        """Whether it is what the kernel did."""
        return self.chosen == self.question.happened


class MixedQuestions:
    """One question after the other, by button or by `answer`; at the end the score, which is kept."""

    def __init__(self, questions: tuple[CourseQuestion, ...], seed: int) -> None:
        """What `draw` returned, and its seed. Raises MixedError for no questions."""
        if not questions:
            raise MixedError("No notebook here has a question whose answer is known: run one of them first")
        self.questions = questions
        self.answers: list[Answered] = []
        self._seed = seed
        self._panel = MixedPanel(lambda index: self._take(self.current.options[index] if self.current else ""))
        self._show()

    @property
    def current(self) -> CourseQuestion | None:
        """The question that waits for an answer; None at the end."""
        return self.questions[len(self.answers)] if len(self.answers) < len(self.questions) else None

    @property
    def score(self) -> str:
        """How many answers were right so far: "3 of 4"."""
        return f"{sum(answered.right for answered in self.answers)} of {len(self.answers)}"

    def answer(self, choice: str) -> Card:
        """Answer the current question: a letter, or the text of an option. What was right, and the next question.

        Raises MixedError for a choice that is no option, and after the last question.
        """
        asked = self.current
        if asked is None:
            raise MixedError(f"All questions are answered: {self.score} right. mixed_questions(seed=...) asks others")
        letters = string.ascii_lowercase[: len(asked.options)]
        if choice not in asked.options and (choice not in letters or len(choice) != 1):
            raise MixedError(f"{choice!r} is no option: take a letter from a to {letters[-1]}, or an option's text")
        self._take(choice if choice in asked.options else asked.options[letters.index(choice)])
        return Card(f"{self._verdict.text}\n\n{self._text}", self._verdict.html + framed(self._html, "question"))

    def _take(self, option: str) -> None:
        if self.current is None:  # a button of a window that did not know yet
            return
        answered = Answered(self.current, option)
        self.answers.append(answered)
        progress.keep_mixed(answered.question.id, answered.right)
        if self.current is None:
            progress.keep_round(self._seed, sum(each.right for each in self.answers), len(self.answers))
        self._show()

    @property
    def _verdict(self) -> Card:
        """Of the last answer."""
        answered = self.answers[-1]
        asked = answered.question
        words = "Right" if answered.right else "Not right"
        text = f"{words}: {asked.happened} ({asked.id}). Look again in"
        link = f'<a href="{asked.link}">{inline(asked.notebook)}</a>'
        shown = f"<div>You said: {inline(answered.chosen)}</div><div>{inline(text)} {link}.</div>"
        lines = f"You said: {answered.chosen}\n{text} {asked.notebook}."
        return Card(lines, framed(shown, "right" if answered.right else "wrong"))

    def _lines(self) -> list[str]:
        asked = self.current
        if asked is None:
            return [f"The end: {self.score} right. It is kept in your progress."]
        number = f"Question {len(self.answers) + 1} of {len(self.questions)}, from {asked.notebook}"
        options = [f"  {string.ascii_lowercase[place]}) {option}" for place, option in enumerate(asked.options)]
        return [number, asked.text, *options]

    @property
    def _text(self) -> str:
        return "\n".join(self._lines())

    @property
    def _body(self) -> str:
        """The question's HTML, without its choices."""
        number, *asked = map(inline, self._lines()[:2])
        return "".join([f"<div><small>{number}</small></div>", *(f"<div><b>{text}</b></div>" for text in asked)])

    @property
    def _labels(self) -> list[str]:
        return [line.strip() for line in self._lines()[2:]]

    @property
    def _html(self) -> str:
        return self._body + "".join(f"<div>{inline(label)}</div>" for label in self._labels)

    def _show(self) -> None:
        self._panel.update(self._body, self._labels, self._verdict.as_output() if self.answers else None)

    def __repr__(self) -> str:
        return f"{self._text}\n{_HOW}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it text and HTML for a notebook that is not run yet."""
        shown = framed(f"{self._html}<div><small>{inline(_HOW)}</small></div>", "question")
        return self._panel.mimebundle() | {"text/plain": repr(self), "text/html": shown}
