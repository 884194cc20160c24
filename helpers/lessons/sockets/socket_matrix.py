"""What a kernel answers to socket(domain, type, protocol): a quiz about single calls, and a heat map of all of them.

Both are tables with an errno in each cell, so both are a Grid; a cell's colour repeats its word: a socket, or which of
the three arguments was refused. The heat map is shown as a picture and never as HTML, for its answers differ from
kernel to kernel, and what is compared after a run must not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from helpers.draw.drawing import Drawing
from helpers.draw.grid import Block, Grid
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Bundle, Panel, bundle
from helpers.errors import CourseError

Question = tuple[str, str, str]
"""A domain, a type and a protocol by name, as in ("AF_INET", "SOCK_STREAM", "UDP")."""
Replies = Mapping[Question, str]
"""To each question "ok" for a socket, or the errno's name: from the kernel, or predicted by the reader."""
Parts = Sequence[Sequence[str]]
"""The names of domains, of types and of protocols."""
Ask = Callable[[str, str, str], str]
"""Gets a domain, a type and a protocol by name; returns "ok" or the errno's name."""

MEANINGS = {
    "ok": ("a socket", "injected"),
    "EAFNOSUPPORT": ("this kernel has no such domain", "lost"),
    "ESOCKTNOSUPPORT": ("the domain has no such type", "muted"),
    "EPROTONOSUPPORT": ("the type has no such protocol", "new"),
    "EPERM": ("not allowed to you", "held"),
    "EACCES": ("not allowed to you", "held"),
}
"""With the role of each answer's colour."""
CHOICES = ("ok", "EAFNOSUPPORT", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "EPERM")
"""What can be predicted."""
WIDTH = 950.0
"""Pixels of a table: a column of types, and five of errnos."""
INSTRUCTIONS = """What does the kernel say to socket(domain, type, protocol)? Predict it, then it is asked.
Sliders (Tab, arrow keys): domain, type, protocol. Buttons (Tab and Enter): your prediction
In code: .ask("AF_INET", "SOCK_STREAM", "TCP", "ok") .answers .predictions .text()"""
NEXT = "Move a slider to ask about another call."


class HeatMap:
    """All answers as the value of a cell. Calls that were predicted have a frame, and a line below the answers."""

    def __init__(self, answers: Replies, predictions: Replies, title: str) -> None:
        parts = [list(dict.fromkeys(names)) for names in zip(*answers, strict=True)]
        self.title, self.size = title, " x ".join(str(len(names)) for names in parts)
        table = _table(title, parts, answers, predictions)
        self.grid = Grid("", (table, _meanings(answers.values()), *_predicted(answers, predictions)), "")

    def text(self) -> str:
        """All answers, what they mean, and what was predicted."""
        return str(self.grid)

    def __repr__(self) -> str:
        # The same on every machine.
        return f"{self.title}: this kernel's answers to {self.size} calls are in the picture; .text() tells them."

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return bundle(self.grid.drawing(WIDTH), repr(self))


class MatrixQuiz(Panel):
    """Predict what socket() answers: the reader chooses three arguments and an answer, and then the kernel is asked.

    `ask()` does what a button does.
    """

    def __init__(self, ask: Ask, domains: Iterable[str], types: Iterable[str], protocols: Iterable[str]) -> None:
        import ipywidgets

        self._ask = ask
        self.answers: dict[Question, str] = {}
        """What the kernel has said so far."""
        self.predictions: dict[Question, str] = {}
        """What the reader had said before."""
        self._names = {"domain": tuple(domains), "type": tuple(types), "protocol": tuple(protocols)}
        # Sliders, because JupyterLab takes the arrow keys (and letters) that a list needs.
        self._sliders = [
            ipywidgets.SelectionSlider(
                options=names, description=what, tooltip=f"{what}: the arrow keys go forward and back",
                style={"description_width": "60px"}, layout={"width": "340px"},
            )
            for what, names in self._names.items()
        ]  # fmt: skip
        for slider in self._sliders:
            slider.observe(lambda _: self._show(), names="value")
        self._buttons = [self._button(choice) for choice in CHOICES]
        self._status, self._table = ipywidgets.HTML(), ipywidgets.HTML()
        expected = ipywidgets.Label("I expect:", layout={"width": "70px"})
        controls = (self._sliders, [expected, *self._buttons])
        rows = [ipywidgets.HBox(row, layout={"flex_flow": "row wrap"}) for row in controls]
        self.widget = ipywidgets.VBox([*rows, self._status, self._table])
        self._show()

    def ask(self, domain: str, type: str, protocol: str, prediction: str) -> str:
        """Predict, then ask the kernel; the verdict in a sentence. Asked again, the first prediction stays.

        Raises CourseError for a name that is none of the quiz's.
        """
        question = (domain, type, protocol)
        for name, known in zip((*question, prediction), (*self._names.values(), CHOICES), strict=True):
            if name not in known:
                raise CourseError(f"the quiz does not have {name!r}: take one of {', '.join(known)}")
        self.predictions.setdefault(question, prediction)
        self.answers[question] = self._ask(*question)
        for slider, name in zip(self._sliders, question, strict=True):
            slider.value = name
        self._show()
        return self._verdict(question)

    def text(self) -> str:
        """The chosen domain's answers so far, what was predicted, and the score."""
        return str(self._grid())

    def picture(self) -> Drawing:
        """The same, drawn, with a frame around the chosen call."""
        return self._grid().drawing(WIDTH)

    def instructions(self) -> str:
        """What it is and how it is used; the same on every machine."""
        return INSTRUCTIONS

    @property
    def _chosen(self) -> Question:
        domain, kind, protocol = (slider.value for slider in self._sliders)
        return domain, kind, protocol

    def _grid(self) -> Grid:
        parts = [self._chosen[:1], self._names["type"], self._names["protocol"]]
        table = _table("What the kernel says", parts, self.answers, [self._chosen])
        return Grid("", (table, *_predicted(self.answers, self.predictions)), self._score())

    def _score(self) -> str:
        right = sum(agree(said, self.answers[question]) for question, said in self.predictions.items())
        return f"{right} of {len(self.predictions)} as you predicted."

    def _verdict(self, question: Question) -> str:
        said, answer = self.predictions[question], self.answers[question]
        return f"{_call(question)}: {answer}, {'as you said' if agree(said, answer) else f'you said {said}'}"

    def _button(self, choice: str) -> Any:
        import ipywidgets

        tooltip = f"I predict: {MEANINGS[choice][0]}"
        button = ipywidgets.Button(description=choice, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: self._clicked(choice))
        return button

    def _clicked(self, prediction: str) -> None:
        before = self.predictions.get(self._chosen)
        self.ask(*self._chosen, prediction)
        if before:
            self._show(f"Your first prediction stays: {before}. {NEXT}")

    def _show(self, sentence: str = "") -> None:
        """Bring the table up to what is chosen, and the sentence if none is given."""
        known = self._chosen in self.answers
        verdict = f"{self._verdict(self._chosen)}. {self._score()} {NEXT}" if known else ""
        words = escape(sentence or verdict or f"{_call(self._chosen)}: what do you expect?")
        self._status.value = f'<div aria-live="polite" style="color:{COLOURS["ink"].css};line-height:1.5">{words}</div>'
        self._table.value = self._grid().html()


def agree(prediction: str, answer: str) -> bool:
    """Whether a prediction came true: EPERM and EACCES both say «not allowed»."""
    return prediction == answer or {prediction, answer} == {"EPERM", "EACCES"}


def _table(heading: str, parts: Parts, answers: Replies, framed: Collection[Question]) -> Block:
    """A row for each domain and below it one for each type, "?" for what was not asked.

    Where a domain has the same answer for each type, that stands in its own row, unless one of its calls is framed.
    """
    domains, types, protocols = parts
    rows, frames, heads = list[tuple[str, ...]](), list[tuple[int, int]](), list[str]()
    for domain in domains:
        calls = [[(domain, kind, name) for name in protocols] for kind in types]
        replies = {answers.get(call, "?") for row in calls for call in row}
        alike = len(replies) == 1 and domain not in [of for of, _, _ in framed]
        heads.append(f"{domain}, any type" if alike else domain)
        rows.append((heads[-1], *[replies.pop() if alike else ""] * len(protocols)))
        for kind, row in zip(types, () if alike else calls, strict=False):
            frames += [(len(rows), column) for column, call in enumerate(row, 1) if call in framed]
            rows.append((kind, *(answers.get(call, "?") for call in row)))
    return Block(heading, ("protocol", *protocols), tuple(rows), "", frames, _colours() | dict.fromkeys(heads, "ink"))


def _meanings(answers: Collection[str]) -> Block:
    rows = tuple((answer, MEANINGS.get(answer, ("another reason", ""))[0]) for answer in dict.fromkeys(answers))
    return Block("What they mean", ("answer", "meaning"), rows, "", colours=_colours())


def _predicted(answers: Replies, predictions: Replies) -> list[Block]:
    rows = tuple((_call(question), said, answers.get(question, "?")) for question, said in predictions.items())
    return [Block("Your predictions", ("call", "you", "the kernel"), rows, "", colours=_colours())] if rows else []


def _colours() -> dict[str, str]:
    return {answer: role for answer, (_, role) in MEANINGS.items()}


def _call(question: Question) -> str:
    return f"socket({', '.join(question)})"
