"""Buttons, and the card that the chosen one stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from helpers.study.cards import Card
from helpers.widgets import live

_HOW = "<div><small>Run this cell to get the buttons.</small></div>"


class CardPanel:
    """The live part of a panel; `choose` does what a button does.

    The card is an output and no text, for JupyterLab follows its links to cells there.
    """

    def __init__(
        self, options: Sequence[str] | Sequence[tuple[str, str]], card: Callable[[str], Card], chosen: str
    ) -> None:
        """options: the choices, or a label for each with it; card: what a choice shows; chosen: the first choice."""
        import ipywidgets

        self._card = card
        labels = [option if isinstance(option, str) else option[0] for option in options]
        self._buttons = ipywidgets.ToggleButtons(options=options, value=chosen, tooltips=labels)
        self._buttons.observe(lambda _: self._refresh(), "value")
        self._shown = ipywidgets.Output()
        self.widget = ipywidgets.VBox([self._buttons, self._shown])
        self._refresh()

    def choose(self, choice: str) -> Card:
        """Press that button; the card that it shows."""
        self._buttons.value = choice
        return self._card(choice)

    def bundle(self, text: str, html: str) -> dict[str, Any]:
        """What a cell shows: the live panel; and these, for a notebook that is not run yet."""
        return live(self.widget) | {"text/plain": text, "text/html": html + _HOW}

    def _refresh(self) -> None:
        self._shown.outputs = (self._card(self._buttons.value).as_output(),)
