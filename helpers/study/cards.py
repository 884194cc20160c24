"""What the study tools show: a framed card that reads the same in a terminal, unrun, and in both themes."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

# JupyterLab removes declarations with var(...) from the HTML of a notebook that is not trusted yet: no theme
# variables here. Half-transparent grey and the inherited text colour suit the light and the dark theme.
_FRAME = (
    "border: 1px solid #888888; border-left: 6px {edge}; border-radius: 4px; padding: 8px 12px; "
    "max-width: 720px; background-color: rgba(128,128,128,0.1)"
)
#: The left edge by what a card says: a shape as well as a colour, for readers and printers without colour.
EDGES = {
    "question": "solid #4a90d9",
    "plain": "solid #888888",
    "untried": "dotted #888888",
    "right": "double #3a9a5b",
    "wrong": "dashed #d9822b",
}


def inline(text: str) -> str:
    """One line of plain text as HTML: escaped, and `code` between backticks set as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def framed(body: str, edge: str) -> str:
    """HTML `body` inside the frame of a card; `edge` is a key of EDGES."""
    return f'<div style="{_FRAME.format(edge=EDGES[edge])}">{body}</div>'


@dataclass(frozen=True)
class Card:
    """Something to show as the last value of a cell: as text, and as HTML where that can be drawn."""

    text: str
    html: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The MIME bundle that IPython asks for."""
        return {"text/plain": self.text, "text/html": self.html}
