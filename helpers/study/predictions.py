"""Predict first: a question before the kernel answers, and the answer shown beside what the kernel did.

A question holds no answer itself: that is in the reader's progress. So a kernel that is started again, or another
window, shows the same; and nothing that a notebook saves depends on what its reader chose.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from helpers.errors import CourseError
from helpers.study import progress
from helpers.study.cards import Card, framed, inline, sentence
from helpers.widgets import Choices, live

_HOW = 'Run this cell, then choose with a button, or call `.answer("b")` on this question.'
_NONE_MADE = "none. You can still choose above and run this cell again; it does not count."
_asked: dict[str, Question] = {}


def predict(question_id: str, question: str, options: Sequence[str]) -> Question:
    """Ask what will happen, in a cell before the one that makes it happen; show the result as the last value.

    question_id: notebook and name, as "12.lost-syn"; options: different texts of two or more characters.
    Asking again returns the same question with its kept answer.
    Raises CourseError for an id that is malformed or belongs to another question in this kernel.
    """
    if not re.fullmatch(r"\d\d\.[a-z0-9]+(-[a-z0-9]+)*", question_id):
        raise CourseError(f"{question_id!r} is no id of a question: it must look like '12.lost-syn'.")
    if not 2 <= len(set(options)) == len(options) <= 26 or min(map(len, options)) < 2:
        raise CourseError(f"Question {question_id} needs 2 to 26 different options of 2 letters or more.")
    known = _asked.setdefault(question_id, Question(question_id, question, options))
    if (known.question, known.options) != (question, tuple(options)):
        raise CourseError(f"Question {question_id} was asked with other words: use another id, or restart the kernel.")
    return known


def within(number: float, ranges: Mapping[str, tuple[float, float]], unit: str) -> str:
    """For `Question.reveal`: the option in whose range a measured number lies, both ends included.

    ranges: least and greatest number for each option; unit: the words behind the number in the sentence that is
    returned where it lies in none of them.
    """
    found = (option for option, (least, greatest) in ranges.items() if least <= number <= greatest)
    return next(found, f"{number:.3g} {unit}")


def lettered(options: Sequence[str]) -> list[str]:
    """Each with its letter, as a reader sees it."""
    return [f"{letter}) {option}" for letter, option in zip(string.ascii_lowercase, options, strict=False)]


def named(choice: str, options: Sequence[str]) -> str | None:
    """The text of the option that a letter or the text itself names; None for none."""
    letters = dict(zip(string.ascii_lowercase, options, strict=False))
    return choice if choice in options else letters.get(str(choice).lower())


def chosen(choice: str, options: Sequence[str], question_id: str) -> str:
    """The same. Raises CourseError for none."""
    option = named(choice, options)
    if option is None:
        last = string.ascii_lowercase[len(options) - 1]
        wanted = f"take a letter from a to {last}, or the text of an option."
        raise CourseError(f"{choice!r} is no option of question {question_id}: {wanted}")
    return option


def asking(text: str, html: str, options: Sequence[str], how: str = "") -> Card:
    """A question with its options; and, where its buttons are not there yet, how one answers."""
    labels = lettered(options)
    lines = "".join(f"<div>{inline(label)}</div>" for label in labels)
    hint = f"<div><small>{inline(how)}</small></div>" if how else ""
    texts = (text, *(f"  {label}" for label in labels), how.replace("`", ""))
    return Card("\n".join(filter(None, texts)), framed(html + lines + hint, "question"))


class Question:
    """A question with lettered options: answered with a button or `answer`, resolved by `reveal`."""

    def __init__(self, question_id: str, question: str, options: Sequence[str]) -> None:
        """The arguments of `predict`, already checked."""
        self.id, self.question, self.options = question_id, question, tuple(options)
        self._body = f"<div><b>Predict:</b> {inline(question)}</div>"
        self._unrun = asking(f"Predict: {question}", self._body, self.options, _HOW)

    @property
    def prediction(self) -> str | None:
        """The text of the option the reader chose, also in an earlier run; None for none."""
        kept = progress.state().answers.get(self.id)
        return kept if kept in self.options else None

    def answer(self, choice: str) -> Card:
        """Predict: an option's letter or its text. It may be changed until the result is shown.

        A first prediction after that is kept, and not counted.
        Raises CourseError for a choice that is no option, and for another choice once the result was shown.
        """
        option = chosen(choice, self.options, self.id)
        if self._closed:
            raise CourseError(f"The result of question {self.id} was shown: the prediction stays.")
        progress.keep("answer", self.id, value=option)
        self._refresh()
        return sentence(self._status, edge="question")

    def reveal(self, happened: str, because: Mapping[str, str] | None = None) -> Card:
        """Show what the kernel did beside the prediction.

        happened: an option's letter or text; any other text says in a sentence what happened instead of all of them.
        because: the reason for what happened, for each letter or text of an option that has one.
        Raises CourseError for a reason that belongs to no option.
        """
        reasons = {chosen(choice, self.options, self.id): reason for choice, reason in (because or {}).items()}
        option = named(happened, self.options)
        progress.keep("happened", self.id, value=option or happened)
        self._refresh()
        predicted = self._lettered(self.prediction) if self.prediction else _NONE_MADE
        told = self._lettered(option) if option else f"none of these: {happened}"
        return _comparison(predicted, told, self._verdict(option), reasons.get(option or "", ""))

    def _verdict(self, happened: str | None) -> str:
        """How the prediction compares with the option that happened, None for none; kept where it counts."""
        if self.prediction is None:
            return ""
        if happened is None:
            return "No choice was right on this machine: it does not count."
        right = self.prediction == happened
        words = "Right: as you predicted." if right else "Not as you predicted."
        if self._late:
            return f"{words} You chose after the result was shown: it does not count."
        progress.keep("outcome", self.id, value=right)
        return words

    @property
    def _closed(self) -> bool:
        return self.prediction is not None and self.id in progress.state().happened

    @property
    def _late(self) -> bool:
        return self.id in progress.state().late

    @property
    def _status(self) -> str:
        if self.prediction is None:
            return "Your prediction: none yet."
        rest = "The result was shown." if self._closed else "You may change it until the result is shown."
        if self._late:
            rest = "It was made after the result was shown and does not count."
        return f"Your prediction: {self._lettered(self.prediction)} · {rest}"

    def _lettered(self, option: str) -> str:
        return lettered(self.options)[self.options.index(option)]

    def _pressed(self, index: int) -> None:
        """A button was; where the result was shown meanwhile, the panel goes back to what is kept."""
        if not self._closed:
            progress.keep("answer", self.id, value=self.options[index])
        self._refresh()

    @cached_property
    def _panel(self) -> QuestionPanel:
        import ipywidgets

        return QuestionPanel(self._pressed, ipywidgets.HTML())

    def _refresh(self) -> None:
        """Bring the panel up to what is kept."""
        status = f"{self._status} The buttons are closed." if self._closed else self._status
        self._panel.show(self._body, self.options, self.prediction, self._closed)
        self._panel.below.value = f'<span role="status">{inline(status)}</span>'

    def __repr__(self) -> str:
        return self._unrun.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it a fixed text, and HTML for a notebook that is not trusted yet."""
        self._refresh()
        return self._panel.mimebundle(self._unrun)


class QuestionPanel:
    """Widgets without an opinion: they report a press, and show what they are given."""

    def __init__(self, pressed: Callable[[int], None], below: Any) -> None:
        """pressed: gets the index of a button; below: the widget under the buttons; its owner fills it."""
        import ipywidgets as widgets

        self.below = below
        self._choices = Choices(pressed)
        self._question = widgets.HTML()
        frame = widgets.Layout(
            border="1px solid #888888", border_left="6px solid #4a90d9", padding="8px 12px", max_width="720px"
        )
        self._box = widgets.VBox([self._question, self._choices.widget, below], layout=frame)

    def show(self, question: str, options: Sequence[str], choice: str | None = None, closed: bool = False) -> None:
        """Show a question, in HTML; which of its options is chosen, and whether that can still change."""
        self._question.value = f'<div style="line-height: 1.5" aria-live="polite">{question}</div>'
        self._choices.show(lettered(options), None if choice is None else options.index(choice), closed)

    def mimebundle(self, unrun: Card) -> dict[str, Any]:
        """What a front end needs to draw the panel; beside it the card for a notebook that is not run yet."""
        return live(self._box) | unrun._repr_mimebundle_()


def _comparison(predicted: str, happened: str, *remarks: str) -> Card:
    """Prediction and result side by side, with the remarks that are not empty below."""
    lines = [remark for remark in remarks if remark]
    text = "\n".join([f"Your prediction:      {predicted}", f"What happened:        {happened}", *lines])
    row = '<tr><{tag} style="text-align: left">{}</{tag}><{tag} style="text-align: left">{}</{tag}></tr>'
    heads = row.format("Your prediction", "What happened", tag="th")
    cells = row.format(inline(predicted), inline(happened), tag="td")
    below = "".join(f"<div>{inline(line)}</div>" for line in lines)
    return Card(text, framed(f"<table>{heads}{cells}</table>{below}", "plain"))
