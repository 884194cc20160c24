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
from helpers.study.cards import Card, framed, inline
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


class Question:
    """A question with lettered options: answered with a button or `answer`, resolved by `reveal`."""

    def __init__(self, question_id: str, question: str, options: Sequence[str]) -> None:
        """The arguments of `predict`, already checked."""
        self.id = question_id
        self.question = question
        self.options = tuple(options)

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
        option = self._option(choice)
        if self._closed:
            raise CourseError(f"The result of question {self.id} was shown: the prediction stays.")
        progress.keep_answer(self.id, option)
        self._refresh()
        return Card(self._status, framed(inline(self._status), "question"))

    def reveal(self, happened: str, because: Mapping[str, str] | None = None) -> Card:
        """Show what the kernel did beside the prediction.

        happened: an option's letter or text; any other text says in a sentence what happened instead of all of them.
        because: the reason for what happened, for each letter or text of an option that has one.
        Raises CourseError for a reason that belongs to no option.
        """
        reasons = {self._option(choice): reason for choice, reason in (because or {}).items()}
        option = self._found(happened)
        progress.keep_happened(self.id, option or happened)
        self._refresh()
        predicted = _NONE_MADE if self.prediction is None else self._lettered(self.prediction)
        told = f"none of these: {happened}" if option is None else self._lettered(option)
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
        progress.keep_outcome(self.id, right)
        return words

    def __repr__(self) -> str:
        options = [f"  {label}" for label in self._labels]
        return "\n".join([f"Predict: {self.question}", *options, _HOW.replace("`", "")])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it a fixed text, and HTML for a notebook that is not trusted yet."""
        self._refresh()
        options = "".join(f"<div>{inline(label)}</div>" for label in self._labels)
        html = framed(f"{self._body}{options}<div><small>{inline(_HOW)}</small></div>", "question")
        return self._panel.mimebundle() | {"text/plain": repr(self), "text/html": html}

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

    @property
    def _body(self) -> str:
        return f"<div><b>Predict:</b> {inline(self.question)}</div>"

    @property
    def _labels(self) -> list[str]:
        return [self._lettered(option) for option in self.options]

    def _lettered(self, option: str) -> str:
        return f"{string.ascii_lowercase[self.options.index(option)]}) {option}"

    def _option(self, choice: str) -> str:
        """The text of the option that a letter or the text itself names. Raises CourseError for none."""
        option = self._found(choice)
        if option is None:
            last = string.ascii_lowercase[len(self.options) - 1]
            raise CourseError(
                f"{choice!r} is no option of question {self.id}: "
                f"take a letter from a to {last}, or the text of an option."
            )
        return option

    def _found(self, text: str) -> str | None:
        letters = dict(zip(string.ascii_lowercase, self.options, strict=False))
        return text if text in self.options else letters.get(str(text).lower())

    def _chosen(self, index: int) -> None:
        """A button was pressed; where the result was shown meanwhile, the panel goes back to what is kept."""
        if not self._closed:
            progress.keep_answer(self.id, self.options[index])
        self._refresh()

    @cached_property
    def _below(self) -> Any:
        """The line under the buttons."""
        import ipywidgets

        return ipywidgets.HTML()

    @cached_property
    def _panel(self) -> QuestionPanel:
        return QuestionPanel(self._chosen, self._below)

    def _refresh(self) -> None:
        """Bring the panel up to what is kept."""
        index = None if self.prediction is None else self.options.index(self.prediction)
        self._panel.show(self._body, self._labels, index, self._closed)
        status = f"{self._status} The buttons are closed." if self._closed else self._status
        self._below.value = f'<span role="status">{inline(status)}</span>'


class QuestionPanel:
    """Widgets without an opinion: they report a press, and show what they are given."""

    def __init__(self, pressed: Callable[[int], None], below: Any) -> None:
        """pressed: gets the index of a button; below: the widget under the buttons; its owner fills it."""
        import ipywidgets as widgets

        self._choices = Choices(pressed)
        self._question = widgets.HTML()
        frame = widgets.Layout(
            border="1px solid #888888", border_left="6px solid #4a90d9", padding="8px 12px", max_width="720px"
        )
        self._box = widgets.VBox([self._question, self._choices.widget, below], layout=frame)

    def show(self, question: str, labels: Sequence[str], chosen: int | None = None, closed: bool = False) -> None:
        """Show a question, in HTML; which of its choices is chosen, and whether that can still change."""
        self._question.value = f'<div style="line-height: 1.5" aria-live="polite">{question}</div>'
        self._choices.show(labels, chosen, closed)

    def mimebundle(self) -> dict[str, Any]:
        """What a front end needs to draw the panel."""
        return live(self._box)


def _comparison(predicted: str, happened: str, *remarks: str) -> Card:
    """Prediction and result side by side, with the remarks that are not empty below."""
    lines = [remark for remark in remarks if remark]
    text = "\n".join([f"Your prediction:      {predicted}", f"What happened:        {happened}", *lines])
    row = '<tr><{tag} style="text-align: left">{}</{tag}><{tag} style="text-align: left">{}</{tag}></tr>'
    heads = row.format("Your prediction", "What happened", tag="th")
    cells = row.format(inline(predicted), inline(happened), tag="td")
    below = "".join(f"<div>{inline(line)}</div>" for line in lines)
    return Card(text, framed(f"<table>{heads}{cells}</table>{below}", "plain"))
