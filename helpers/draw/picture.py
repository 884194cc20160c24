"""A picture as the value of a cell: a PNG to look at and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.draw.drawing import Drawing


@dataclass(frozen=True)
class Picture:
    """What a cell shows: `drawing` as PNG, and `text`, the same on every run, for who reads or compares text.

    `print(picture)` shows the text.
    """

    drawing: Drawing
    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        size = {
            "width": round(self.drawing.width),
            "height": round(self.drawing.height),
            "alt": self.drawing.alt,
        }
        return {"image/png": self.drawing.to_png(), "text/plain": self.text}, {"image/png": size}
