"""The live part of a question: its text, a button for each choice, and a line that says what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from helpers.study.cards import inline
from helpers.widgets import Choices, live


class QuestionPanel:
    """Widgets without an opinion: they report a choice and show what `update` says."""

    def __init__(self, body: str, labels: Sequence[str], chosen: Callable[[int], None]) -> None:
        """body: HTML of the question; labels: of the buttons; chosen: gets the pressed button's index."""
        self._labels = labels
        self._choices = Choices(chosen)
        self._choices.show(labels)
        self._status = widgets.HTML()
        question = widgets.HTML(f'<div style="line-height: 1.5">{body}</div>')
        self._box = question_box(question, self._choices, self._status)

    def update(self, index: int | None, closed: bool, status: str) -> None:
        """Show which button is chosen, whether that can still change, and the line below."""
        self._choices.show(self._labels, index, closed)
        said = f"{status} The buttons are closed." if closed else status
        self._status.value = f'<span role="status">{inline(said)}</span>'

    def mimebundle(self) -> dict[str, Any]:
        """What a front end needs to draw the panel."""
        return live(self._box)


def question_box(question: Any, choices: Choices, below: Any) -> Any:
    """The frame of a question: its text, its choices, and a widget below."""
    frame = widgets.Layout(
        border="1px solid #888888", border_left="6px solid #4a90d9", padding="8px 12px", max_width="720px"
    )
    return widgets.VBox([question, choices.widget, below], layout=frame)
