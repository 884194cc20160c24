"""The live part of a question: its text, a button for each choice, and a widget below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from helpers.widgets import Choices, live


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
