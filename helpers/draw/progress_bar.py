"""How far a measurement has come, while a cell waits for it."""

from __future__ import annotations

from ipywidgets import HTML, HBox, IntProgress

STEPS = 100


class ProgressBar(HBox):  # type: ignore[misc]
    """A bar that fills, with the same in words beside it; called with the part that is done, from 0 to 1."""

    def __init__(self, what: str = "measuring") -> None:
        self.what = what
        self._bar = IntProgress(0, 0, STEPS, description=what)
        self._words = HTML("not begun")
        super().__init__([self._bar, self._words])

    def __call__(self, part: float) -> None:
        """Show that so much is done."""
        self._bar.value = round(part * STEPS)
        self._words.value = self.text()

    def text(self) -> str:
        """As words."""
        return "done" if self._bar.value == STEPS else f"{self._bar.value} of {STEPS}"

    def __repr__(self) -> str:
        return f"[a bar that fills: {self.what}]"
