"""The live part of a question: its text, one button for each letter, and a line that says what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from helpers.study.cards import inline


class QuestionPanel:
    """Widgets without an opinion: they report a choice and show what `update` says.

    Buttons, because Tab and Space work on them: JupyterLab takes the arrow keys that radio buttons need.
    """

    def __init__(
        self, body: str, labels: Sequence[str], chosen: Callable[[int], None]
    ) -> None:
        """body: HTML of the question; labels: of the buttons; chosen: gets the pressed button's index."""
        self._chosen = chosen
        self._buttons = widgets.ToggleButtons(options=list(labels), index=None)
        self._buttons.observe(self._clicked, "index")
        self._status = widgets.HTML()
        text = widgets.HTML(f'<div style="line-height: 1.5">{body}</div>')
        frame = widgets.Layout(
            border="1px solid #888888", border_left="6px solid #4a90d9", padding="8px 12px", max_width="720px"
        )
        self._box = widgets.VBox([text, self._buttons, self._status], layout=frame)

    def update(self, index: int | None, closed: bool, status: str) -> None:
        """Show which button is chosen, whether that can still change, and the line below."""
        self._buttons.index = index
        self._buttons.disabled = closed
        self._status.value = f'<span role="status">{inline(status)}</span>'

    def mimebundle(self) -> dict[str, Any]:
        """What a front end needs to draw the panel."""
        bundle: dict[str, Any] = self._box._repr_mimebundle_()
        return bundle

    def _clicked(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self._chosen(change["new"])
