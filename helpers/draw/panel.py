"""What a widget shows where no kernel runs: a picture and a text, in one MIME bundle with the widget."""

from __future__ import annotations

from typing import Any

from helpers.draw.drawing import Drawing
from helpers.widgets import live


class Panel:
    """A widget as the value of a cell. JupyterLab shows the widget, or the picture until the notebook is run.

    The bundle's text is the same on every machine.
    """

    widget: Any
    """The ipywidgets widget (that package has no types)."""

    def picture(self) -> Drawing:
        """What is seen before the notebook is run."""
        raise NotImplementedError

    def instructions(self) -> str:
        """What it is, and how to use it without a mouse and without a screen."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.instructions()

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        drawing = self.picture()
        size = {"width": round(drawing.width), "height": round(drawing.height), "alt": drawing.alt}
        fixed = {"image/png": drawing.to_png(), "text/plain": self.instructions()}
        return live(self.widget) | fixed, {"image/png": size}
