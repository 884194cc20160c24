"""What a cell shows: a PNG and words, and for a panel the live widget too.

A PNG, because GitHub and a page that is not trusted show no SVG; the size and the alternative text go along as
metadata. The words are the same on every machine: they are what a run is compared by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.draw.drawing import Drawing
from helpers.widgets import live

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""What IPython takes from `_repr_mimebundle_`: data by MIME type, and metadata likewise."""


def bundle(drawing: Drawing, words: str) -> Bundle:
    """A drawing as PNG, and words."""
    size = {"width": round(drawing.width), "height": round(drawing.height), "alt": drawing.alt}
    return {"image/png": drawing.to_png(), "text/plain": words}, {"image/png": size}


@dataclass(frozen=True)
class Picture:
    """A picture as the value of a cell, and the same in words: `text`. `print(picture)` shows the text."""

    drawing: Drawing
    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return bundle(self.drawing, self.text)


class Panel:
    """A widget as the value of a cell. JupyterLab shows the widget, or the picture until the notebook is run."""

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

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        data, sizes = bundle(self.picture(), self.instructions())
        return live(self.widget) | data, sizes
