"""The live part of the mixed questions: the question, a button for each letter, and the verdict on the last answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

MOST_OPTIONS = 6


class MixedPanel:
    """Widgets without an opinion: they report a press and show what `update` says.

    The buttons stay the same ones from question to question, so that the keyboard stays where it is.
    """

    def __init__(self, pressed: Callable[[int], None]) -> None:
        """pressed: gets the index of the button."""
        self._buttons = [_button(index, pressed) for index in range(MOST_OPTIONS)]
        self._question = widgets.HTML()
        self._verdict = widgets.Output()
        frame = widgets.Layout(
            border="1px solid #888888", border_left="6px solid #4a90d9", padding="8px 12px", max_width="720px"
        )
        self._box = widgets.VBox([self._question, widgets.HBox(self._buttons), self._verdict], layout=frame)

    def update(self, question: str, letters: str, verdict: dict[str, Any] | None) -> None:
        """Show the question's HTML, a button a letter, and an output with the verdict."""
        self._question.value = f'<div style="line-height: 1.5" aria-live="polite">{question}</div>'
        for index, button in enumerate(self._buttons):
            button.layout.display = "" if index < len(letters) else "none"
        self._verdict.outputs = (verdict,) if verdict else ()

    def mimebundle(self) -> dict[str, Any]:
        """What a front end needs to draw the panel."""
        bundle: dict[str, Any] = self._box._repr_mimebundle_()
        return bundle


def _button(index: int, pressed: Callable[[int], None]) -> Any:
    letter = "abcdef"[index]
    button = widgets.Button(description=letter, tooltip=f"answer {letter}", layout={"width": "3em"})
    button.on_click(lambda _: pressed(index))
    return button
