"""What the study tools show: a framed card that reads the same in a terminal, unrun, and in both themes.

A card is text and HTML and no widget, so that a notebook shows it wherever it is looked at; only a panel that lets the
reader choose one of several cards is live.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.widgets import live

# No theme variables: JupyterLab removes what has var(...) from the HTML of a notebook that is not trusted yet.
# Half-transparent grey and the inherited text colour suit the light and the dark theme.
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

    def as_output(self) -> dict[str, Any]:
        """What a widget that shows outputs takes. In it JupyterLab follows links to cells; in a text it does not."""
        return {"output_type": "display_data", "data": self._repr_mimebundle_(), "metadata": {}}


@dataclass(frozen=True)
class Link:
    """A text that leads to a notebook, or to a cell of one: "12_x.ipynb#cell-id=y"."""

    text: str
    target: str

    def __str__(self) -> str:
        return self.text

    @property
    def html(self) -> str:
        """The link as HTML."""
        return f'<a href="{html.escape(self.target)}">{inline(self.text)}</a>'


def sentence(text: str, link: Link | None = None, edge: str = "plain") -> Card:
    """One line in a frame; with a link at its end, and a full stop behind that."""
    end = f" {link.html}." if link else ""
    return Card(f"{text} {link}." if link else text, framed(inline(text) + end, edge))


TableCell = str | Link | Sequence[Link]
"""What stands in a table: a text, of several lines perhaps, a link, or several links."""


def table(head: Sequence[str], rows: Sequence[Sequence[TableCell]], before: str = "", after: str = "") -> Card:
    """A table as text and as HTML, with a line of plain text before and after it."""
    texts = [tuple(head), *(tuple(map(_as_text, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in texts]
    header = "".join(f'<th style="text-align: left">{inline(title)}</th>' for title in head)
    body = "".join(f"<tr>{''.join(map(_as_html, row))}</tr>" for row in rows)
    first, last = (f"<div>{inline(line)}</div>" if line else "" for line in (before, after))
    drawn = f"{first}<table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>{last}"
    return Card("\n".join(filter(None, (before, *lines, after))), framed(drawn, "plain"))


def _as_text(cell: TableCell) -> str:
    if isinstance(cell, str):
        return cell.replace("\n", " | ")
    return ", ".join(map(str, cell)) if isinstance(cell, Sequence) else str(cell)


def _as_html(cell: TableCell) -> str:
    if isinstance(cell, str):
        shown = "<br>".join(map(inline, cell.split("\n")))
    else:
        shown = cell.html if isinstance(cell, Link) else ", ".join(link.html for link in cell)
    return f'<td style="text-align: left">{shown}</td>'


class CardPanel:
    """Buttons, and the card that the chosen one stands for; `choose` does what a button does.

    The card is an output and no text, for JupyterLab follows its links to cells there.
    """

    def __init__(
        self, options: Mapping[str, str], card: Callable[[str], Card], chosen: str, text: str, below: str = ""
    ) -> None:
        """options: the choice of each label; card: what a choice shows, it raises CourseError for none.

        chosen: the first choice; text: what the panel is as text; below: HTML under the card where it is not run yet.
        """
        import ipywidgets

        self._card, self._text, self._below = card, text, below
        self._first = card(chosen).html
        self._buttons = ipywidgets.ToggleButtons(options=list(options.items()), value=chosen, tooltips=list(options))
        self._buttons.observe(lambda _: self._refresh(), "value")
        self._shown = ipywidgets.Output()
        self.widget = ipywidgets.VBox([self._buttons, self._shown])
        self._refresh()

    def choose(self, choice: str) -> Card:
        """Press that button; the card that it shows. Raises CourseError where there is none."""
        card = self._card(choice)
        self._buttons.value = choice
        return card

    def _refresh(self) -> None:
        self._shown.outputs = (self._card(self._buttons.value).as_output(),)

    def __repr__(self) -> str:
        return self._text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it the first card, for a notebook that is not run yet."""
        how = "<div><small>Run this cell to get the buttons.</small></div>"
        return live(self.widget) | {"text/plain": self._text, "text/html": self._first + self._below + how}
