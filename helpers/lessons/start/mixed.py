"""Mixed questions from all notebooks: first those that the reader got wrong, then those that were missed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from helpers.errors import CourseError
from helpers.lessons.start import course
from helpers.study import progress
from helpers.study.cards import Card, Link, framed, inline
from helpers.study.predictions import QuestionPanel, asking, chosen
from helpers.study.progress import State

_HOW = 'Run this cell, then choose with a button, or call .answer("b"); each answer is followed by the next question.'
Asked = tuple[course.Lesson, course.Task]
"""A question with its options in a new order, and where it comes from. What happened is the right one."""


def mixed_questions(seed: int = 1, count: int = 10) -> MixedQuestions:
    """Up to `count` questions; show the result as the last value.

    The same seed and the same progress give the same questions.
    """
    return MixedQuestions(draw(seed, count), seed)


def draw(seed: int, count: int) -> list[Asked]:
    """Those last answered wrong, then those revealed without an answer, those answered right, those not seen yet."""
    known = progress.state()
    every = [(lesson, _shuffled(task, known, seed)) for lesson in course.LESSONS for task in lesson.tasks]
    every = [(lesson, task) for lesson, task in every if task.happened]
    random.Random(seed).shuffle(every)
    every.sort(key=lambda asked: _turn(asked[1].id, known))  # the order within a turn stays that of the shuffle
    return every[:count]


def _shuffled(task: course.Task, known: State, seed: int) -> course.Task:
    """What the kernel did at this reader's counts more than what it did when the notebook was saved."""
    options = random.Random(f"{seed} {task.id}").sample(task.options, len(task.options))
    here = known.happened.get(task.id, "")
    return replace(task, options=tuple(options), happened=here if here in options else task.happened)


def _turn(question: str, known: State) -> int:
    if question in known.latest:
        return 2 if known.latest[question] else 0
    return 1 if course.is_missed(question, known) else 3


class MixedQuestions:
    """One question after the other, by button or by `answer`; at the end the score, which is kept."""

    def __init__(self, questions: list[Asked], seed: int) -> None:
        """What `draw` returned, and its seed."""
        import ipywidgets

        self.questions = questions
        self.answers: list[str] = []
        """The options that the reader chose."""
        self._seed = seed
        # Below the buttons no HTML, for JupyterLab follows links to cells in outputs only.
        self._panel = QuestionPanel(self._pressed, ipywidgets.Output())
        self._show()

    def answer(self, choice: str) -> Card:
        """Answer the current question: a letter, or the text of an option. What was right, and the next question.

        Raises CourseError for a choice that is no option, and after the last question.
        """
        if not self._left:
            raise CourseError(f"All questions are answered: {self._score} right. mixed_questions(seed=...) asks others")
        self._take(chosen(choice, self._options, self._left[0][1].id))
        verdict, following = self._verdict, self._asking()
        return Card(f"{verdict.text}\n\n{following.text}", verdict.html + following.html)

    def _pressed(self, index: int) -> None:
        if self._left:  # a window that did not know yet may still have buttons
            self._take(self._options[index])

    def _take(self, option: str) -> None:
        _, task = self._left[0]
        self.answers.append(option)
        progress.keep("mixed", task.id, value=option == task.happened)
        if not self._left:
            progress.keep("round", str(self._seed), right=self._right, asked=len(self.answers))
        self._show()

    @property
    def _left(self) -> list[Asked]:
        return self.questions[len(self.answers) :]

    @property
    def _options(self) -> Sequence[str]:
        """Of the current question; none at the end."""
        return self._left[0][1].options if self._left else ()

    @property
    def _right(self) -> int:
        return sum(task.happened == said for (_, task), said in zip(self.questions, self.answers, strict=False))

    @property
    def _score(self) -> str:
        return f"{self._right} of {len(self.answers)}"

    @property
    def _verdict(self) -> Card:
        """On the last answer."""
        (lesson, task), said = self.questions[len(self.answers) - 1], self.answers[-1]
        right = said == task.happened
        text = f"{'Right' if right else 'Not right'}: {task.happened} ({task.id}). Look again in"
        link = Link(lesson.name, lesson.link(task.cell))
        shown = f"<div>You said: {inline(said)}</div><div>{inline(text)} {link.html}.</div>"
        return Card(f"You said: {said}\n{text} {link}.", framed(shown, "right" if right else "wrong"))

    @property
    def _lines(self) -> list[str]:
        """Where the question comes from, and the question; or that this is the end."""
        if not self._left:
            return [f"The end: {self._score} right. It is kept in your progress."]
        lesson, task = self._left[0]
        return [f"Question {len(self.answers) + 1} of {len(self.questions)}, from {lesson.name}", task.text]

    @property
    def _body(self) -> str:
        """The question's HTML, without its choices."""
        number, *text = map(inline, self._lines)
        return "".join([f"<div><small>{number}</small></div>", *(f"<div><b>{line}</b></div>" for line in text)])

    def _asking(self, how: str = "") -> Card:
        return asking("\n".join(self._lines), self._body, self._options, how)

    def _show(self) -> None:
        self._panel.show(self._body, self._options)
        self._panel.below.outputs = (self._verdict.as_output(),) if self.answers else ()

    def __repr__(self) -> str:
        return self._asking(_HOW).text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it text and HTML for a notebook that is not run yet."""
        return self._panel.mimebundle(self._asking(_HOW))
