"""Predict what socket() answers: the reader chooses three arguments and an answer, and then the kernel is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from helpers.draw.drawing import Drawing, Item, Line, Text
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Panel
from helpers.errors import CourseError
from helpers.lessons.sockets.socket_matrix import (
    CELL_WIDTH,
    HEAD,
    MARGIN,
    MEANINGS,
    NAMES_WIDTH,
    ROW,
    SOCKET,
    Question,
    agrees,
    column_heads,
    grid_width,
    matrix_row,
    told,
)

Ask = Callable[[str, str, str], str]
"""Gets a domain, a type and a protocol by name; returns "ok" or the errno's name."""

CHOICES = (SOCKET, "EAFNOSUPPORT", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "EPERM")
"""What can be predicted."""
INSTRUCTIONS = """What does the kernel say to socket(domain, type, protocol)? Predict it, then it is asked.
Sliders (Tab, arrow keys): domain, type, protocol. Buttons (Tab and Enter): your prediction
In code: .ask("AF_INET", "SOCK_STREAM", "TCP", "ok") .answers .predictions .text()"""

NEXT = "Move a slider to ask about another call."


class NoSuchQuestion(CourseError):
    """A domain, type, protocol or prediction that the quiz does not have."""


class MatrixQuiz(Panel):
    """The panel and its twin: `ask()` does what a button does."""

    def __init__(self, ask: Ask, domains: Sequence[str], types: Sequence[str], protocols: Sequence[str]) -> None:
        """Raises CourseError where one of the three is empty."""
        if not (domains and types and protocols):
            raise CourseError("matrix_quiz() needs domains, types and protocols to choose from")
        self._ask = ask
        self.domains, self.types, self.protocols = tuple(domains), tuple(types), tuple(protocols)
        self.answers: dict[Question, str] = {}
        """What the kernel has said so far."""
        self.predictions: dict[Question, str] = {}
        """What the reader had said before."""
        self._make_widgets()
        self._show()

    def ask(self, domain: str, type: str, protocol: str, prediction: str) -> str:
        """Predict, then ask the kernel; the verdict in a sentence. Asked again, the first prediction stays.

        Raises NoSuchQuestion for a name that is none of the quiz's.
        """
        asked = (domain, type, protocol)
        for given, known in zip((*asked, prediction), (self.domains, self.types, self.protocols, CHOICES), strict=True):
            if given not in known:
                raise NoSuchQuestion(f"the quiz does not have {given!r}: take one of {', '.join(known)}")
        self.predictions.setdefault(asked, prediction)
        self.answers[asked] = self._ask(domain, type, protocol)
        self._choose(asked)
        self._show()
        return told(asked, self.predictions[asked], self.answers[asked])

    def text(self) -> str:
        """What was predicted and what the kernel said, a line each, and the score."""
        lines = [told(asked, said, self.answers[asked]) for asked, said in self.predictions.items()]
        return "\n".join([*lines, self._score()])

    def picture(self) -> Drawing:
        """The chosen domain's block: what was asked is open, the rest has a question mark."""
        domain, _, _ = self._chosen
        items: list[Item] = [*column_heads(self.protocols, 8), Text(MARGIN, 8 + HEAD + 18, domain, 13.5, bold=True)]
        y = 8.0 + 2 * HEAD
        for kind in self.types:
            items += matrix_row(domain, kind, self.protocols, self.answers, self.predictions, y)
            items += [self._cursor(y)] if kind == self._type.value else []
            y += ROW
        return Drawing(grid_width(len(self.protocols)), round(y + MARGIN), tuple(items), f"{domain}. {self.text()}")

    def _cursor(self, y: float) -> Line:
        """A dashed frame around the chosen cell, whose row begins at y."""
        left = MARGIN + NAMES_WIDTH + CELL_WIDTH * self.protocols.index(self._protocol.value)
        right, bottom = left + CELL_WIDTH, y + ROW
        return Line(((left, y), (right, y), (right, bottom), (left, bottom), (left, y)), "ink", 2, (5, 3))

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS

    def _make_widgets(self) -> None:
        import ipywidgets

        def choice(name: str, options: Sequence[str]) -> Any:
            # Sliders, because JupyterLab takes the arrow keys (and letters) that a list needs.
            return ipywidgets.SelectionSlider(
                options=options, description=name, tooltip=f"{name}: the arrow keys go forward and back",
                style={"description_width": "60px"}, layout={"width": "340px"},
            )  # fmt: skip

        def button(prediction: str) -> Any:
            tooltip = f"I predict: {MEANINGS[prediction]}"
            made = ipywidgets.Button(description=prediction, tooltip=tooltip, layout={"width": "auto"})
            made.on_click(lambda _: self._clicked(prediction))
            return made

        self._domain, self._type = choice("domain", self.domains), choice("type", self.types)
        self._protocol = choice("protocol", self.protocols)
        for widget in (self._domain, self._type, self._protocol):
            widget.observe(lambda _: self._show(), names="value")
        self._buttons = [button(prediction) for prediction in CHOICES]
        self._status, self._picture = ipywidgets.HTML(), ipywidgets.HTML()
        arguments = ipywidgets.HBox([self._domain, self._type, self._protocol], layout={"flex_flow": "row wrap"})
        expected = ipywidgets.Label("I expect:", layout={"width": "70px"})
        predictions = ipywidgets.HBox([expected, *self._buttons], layout={"flex_flow": "row wrap"})
        self.widget = ipywidgets.VBox([arguments, predictions, self._status, self._picture])

    @property
    def _chosen(self) -> Question:
        """What the sliders say."""
        return self._domain.value, self._type.value, self._protocol.value

    def _clicked(self, prediction: str) -> None:
        before = self.predictions.get(self._chosen)
        self.ask(*self._chosen, prediction)
        if before:
            self._say(f"Your first prediction stays: {before}. {NEXT}")

    def _choose(self, asked: Question) -> None:
        for widget, name in zip((self._domain, self._type, self._protocol), asked, strict=True):
            widget.value = name

    def _score(self) -> str:
        right = sum(agrees(said, self.answers[asked]) for asked, said in self.predictions.items())
        return f"{right} of {len(self.predictions)} as you predicted."

    def _show(self) -> None:
        """Bring the sentence and the picture up to what is chosen."""
        sentence = f"socket({', '.join(self._chosen)}): what do you expect?"
        if self._chosen in self.answers:
            said = told(self._chosen, self.predictions[self._chosen], self.answers[self._chosen])
            sentence = f"{said}. {self._score()} {NEXT}"
        self._say(sentence)
        self._picture.value = self.picture().to_svg()

    def _say(self, sentence: str) -> None:
        style = f"color:{COLOURS['ink'].css};line-height:1.5"
        self._status.value = f'<div aria-live="polite" style="{style}">{escape(sentence)}</div>'


def matrix_quiz(ask: Ask, domains: Sequence[str], types: Sequence[str], protocols: Sequence[str]) -> MatrixQuiz:
    """A panel in which the reader predicts the answers of `ask(domain, type, protocol)`: "ok" or an errno's name.

    Raises CourseError where there is nothing to choose from.
    """
    return MatrixQuiz(ask, domains, types, protocols)
