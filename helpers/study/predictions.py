"""Predict first: a question before the kernel answers, and the answer shown beside what the kernel did."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import ipywidgets as widgets

from helpers.errors import CourseError
from helpers.study import progress
from helpers.study.cards import Card, framed, inline

_asked: dict[str, Question] = {}


class PredictionError(CourseError):
    """A question was asked, answered or revealed in a way that makes no sense."""


def predict(id: str, question: str, options: Sequence[str]) -> Question:
    """Ask the reader what will happen, before the cell that makes it happen. Show the result as the cell's last value.

    id: notebook and name, as "12.lost-syn"; options: two or more different texts of more than one letter.
    Asking again returns the same question with its kept answer.
    Raises PredictionError for an id that is malformed or belongs to another question in this kernel.
    """
    if not re.fullmatch(r"\d\d\.[a-z0-9]+(-[a-z0-9]+)*", id):
        raise PredictionError(f"The id {id!r} must be a notebook's number and a name, for example '12.lost-syn'.")
    if not 2 <= len(set(options)) == len(options) <= 26 or min(map(len, options)) < 2:
        raise PredictionError(f"Question {id} needs 2 to 26 different options of more than one letter each.")
    known = _asked.setdefault(id, Question(id, question, options))
    if (known.question, known.options) != (question, tuple(options)):
        raise PredictionError(f"Question {id} was already asked with other words: take another id, or restart the kernel.")
    return known


class Question:
    """A question with lettered options: answered with a button or `answer`, resolved by `reveal`."""

    def __init__(self, id: str, question: str, options: Sequence[str]) -> None:
        """The arguments of `predict`, already checked."""
        self.id = id
        self.question = question
        self.options = tuple(options)

    @property
    def prediction(self) -> str | None:
        """The text of the option the reader chose, also in an earlier run; None for none."""
        kept = progress.answer_to(self.id)
        return kept if kept in self.options else None

    def answer(self, choice: str | int) -> Card:
        """Predict: the letter of an option, its number counted from 1, or its text. It may be changed until revealed.

        Raises PredictionError for a choice that is no option, and after the result was revealed.
        """
        option = self._option(choice)
        if self._closed:
            raise PredictionError(f"The result of question {self.id} was already shown: your prediction stays as it is.")
        progress.keep_answer(self.id, option)
        self._refresh()
        return Card(self._status, framed(inline(self._status), "question"))

    def reveal(self, actual: str | int, because: str = "") -> Card:
        """Show what the kernel did beside the prediction, and close the question if there was one.

        actual: what happened, in one of the ways that `answer` takes; because: the reason in a sentence or two.
        Raises PredictionError where `actual` is no option.
        """
        happened = self._option(actual)
        predicted = self.prediction
        if predicted is None:
            nothing = "You made no prediction (to make one, choose above and run this cell again)."
            return _comparison(nothing, self._lettered(happened), because)
        progress.keep_outcome(self.id, predicted == happened)
        self._refresh()
        verdict = "Right: as you predicted." if predicted == happened else "Not as you predicted."
        return _comparison(self._lettered(predicted), self._lettered(happened), verdict, because)

    def __repr__(self) -> str:
        options = [f"  {self._lettered(option)}" for option in self.options]
        return "\n".join([f"Predict: {self.question}", *options, 'Choose with a button, or run: q.answer("b")'])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The live panel; beside it a fixed text, and HTML for a notebook that is not trusted yet."""
        self._refresh()
        live = self._panel._repr_mimebundle_()
        return {**live, "text/plain": repr(self), "text/html": framed(self._html, "question")}

    @property
    def _closed(self) -> bool:
        return self.prediction is not None and progress.is_revealed(self.id)

    @property
    def _status(self) -> str:
        if self.prediction is None:
            return "Your prediction: none yet."
        closing = "The result was shown." if self._closed else "You may change it until the result is shown."
        return f"Your prediction: {self._lettered(self.prediction)} · {closing}"

    @property
    def _html(self) -> str:
        options = "".join(f"<div>{inline(self._lettered(option))}</div>" for option in self.options)
        how = 'Choose with a button, or run: <code>q.answer("b")</code>'
        return f"<div><b>Predict:</b> {inline(self.question)}</div>{options}<div><small>{how}</small></div>"

    def _lettered(self, option: str) -> str:
        return f"{string.ascii_lowercase[self.options.index(option)]}) {option}"

    def _option(self, choice: str | int) -> str:
        """The text of the option that a letter, a number from 1, or the text itself names."""
        letters = string.ascii_lowercase[: len(self.options)]
        if choice in self.options:
            return str(choice)
        if isinstance(choice, str) and len(choice) == 1 and choice.lower() in letters:
            return self.options[letters.index(choice.lower())]
        if type(choice) is int and 1 <= choice <= len(self.options):
            return self.options[choice - 1]
        raise PredictionError(
            f"{choice!r} is no option of question {self.id}: take a letter from a to {letters[-1]}, "
            f"a number from 1 to {len(letters)}, or the text of an option."
        )

    @cached_property
    def _panel(self) -> widgets.VBox:
        """Question, one button for each letter, status.

        Buttons, because Tab and Space work on them: JupyterLab keeps the arrow keys that radio buttons need.
        """
        letters = list(string.ascii_lowercase[: len(self.options)])
        self._buttons = widgets.ToggleButtons(options=letters, index=None, tooltips=list(self.options))
        self._buttons.style.button_width = "3em"
        self._buttons.observe(self._clicked, "index")
        self._line = widgets.HTML()
        frame = widgets.Layout(
            border="1px solid #888888", border_left="6px solid #4a90d9", padding="8px 12px", max_width="720px"
        )
        return widgets.VBox([widgets.HTML(self._html), self._buttons, self._line], layout=frame)

    def _clicked(self, change: dict[str, Any]) -> None:
        if change["new"] is None:
            return
        if not self._closed:
            progress.keep_answer(self.id, self.options[change["new"]])
        self._refresh()

    def _refresh(self) -> None:
        """Bring the panel up to what is kept."""
        self._panel  # noqa: B018  the first use makes the widgets
        self._buttons.index = None if self.prediction is None else self.options.index(self.prediction)
        self._buttons.disabled = self._closed
        self._line.value = f'<span role="status">{inline(self._status)}</span>'


def _comparison(predicted: str, happened: str, *remarks: str) -> Card:
    """Prediction and result side by side, with the remarks that are not empty below."""
    said = [remark for remark in remarks if remark]
    text = "\n".join([f"Your prediction:      {predicted}", f"What the kernel did:  {happened}", *said])
    heads = "<tr><th>Your prediction</th><th>What the kernel did</th></tr>"
    cells = f"<tr><td>{inline(predicted)}</td><td>{inline(happened)}</td></tr>"
    below = "".join(f"<div>{inline(remark)}</div>" for remark in said)
    return Card(text, framed(f"<table>{heads}{cells}</table>{below}", "plain"))
