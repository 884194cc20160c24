"""The live part of the mixed questions: the question, a button for each choice, and the verdict on the last answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from helpers.study.question_panel import question_box
from helpers.widgets import Choices, live


class MixedPanel:
    """Widgets without an opinion: they report a press and show what `update` says."""

    def __init__(self, pressed: Callable[[int], None]) -> None:
        """pressed: gets the index of the button."""
        self._choices = Choices(pressed)
        self._question = widgets.HTML()
        self._verdict = widgets.Output()
        self._box = question_box(self._question, self._choices, self._verdict)

    def update(self, question: str, labels: Sequence[str], verdict: dict[str, Any] | None) -> None:
        """Show the question's HTML, a button a label, and an output with the verdict."""
        self._question.value = f'<div style="line-height: 1.5" aria-live="polite">{question}</div>'
        self._choices.show(labels)
        self._verdict.outputs = (verdict,) if verdict else ()

    def mimebundle(self) -> dict[str, Any]:
        """What a front end needs to draw the panel."""
        return live(self._box)
