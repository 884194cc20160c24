"""What a kernel answers to socket(domain, type, protocol): a heat map of all combinations, an errno in each cell.

A cell's colour repeats what its words say: a socket, or which of the three arguments was refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.draw.drawing import Box, Drawing, Item, Shape, Text, fitted
from helpers.errors import CourseError

Question = tuple[str, str, str]
"""A domain, a type and a protocol by name, as in ("AF_INET", "SOCK_STREAM", "UDP")."""

SOCKET = "ok"
"""The answer if there is a socket; any other answer is the errno's name."""
UNKNOWN = "?"
MEANINGS = {
    SOCKET: "a socket",
    "EAFNOSUPPORT": "this kernel has no such domain",
    "ESOCKTNOSUPPORT": "the domain has no such type",
    "EPROTONOSUPPORT": "the type has no such protocol",
    "EPERM": "not allowed to you",
    "EACCES": "not allowed to you",
}
REFUSED_BY_RIGHT = ("EPERM", "EACCES")

_SWATCHES = {
    SOCKET: "injected", "EAFNOSUPPORT": "lost", "ESOCKTNOSUPPORT": "muted", "EPROTONOSUPPORT": "new",
    "EPERM": "held", "EACCES": "held",
}  # fmt: skip
MARGIN = 14
NAMES_WIDTH, CELL_WIDTH = 136, 146
HEAD, ROW = 26, 25
LEGEND_WIDTH = 860
SWATCH = 8


def agrees(prediction: str, answer: str) -> bool:
    """Whether a prediction came true; of the two errnos for «not allowed» one is as good as the other."""
    return prediction == answer or {prediction, answer} <= set(REFUSED_BY_RIGHT)


@dataclass(frozen=True)
class HeatMap:
    """The value of a cell: answers as PNG. Its text/plain is the same on every machine; `text()` tells the answers."""

    answers: Mapping[Question, str]
    predictions: Mapping[Question, str] = field(default_factory=dict)
    title: str = ""

    @property
    def domains(self) -> list[str]:
        """In the order in which they were asked."""
        return list(dict.fromkeys(domain for domain, _, _ in self.answers))

    @property
    def types(self) -> list[str]:
        """Likewise."""
        return list(dict.fromkeys(kind for _, kind, _ in self.answers))

    @property
    def protocols(self) -> list[str]:
        """Likewise."""
        return list(dict.fromkeys(protocol for _, _, protocol in self.answers))

    def text(self) -> str:
        """All answers in words, and what was predicted."""
        lines = [self.title] if self.title else []
        for domain in self.domains:
            uniform = self._uniform(domain)
            if uniform:
                lines.append(f"{domain}: {uniform} for each type and protocol")
                continue
            for kind in self.types:
                told = ", ".join(f"{name} {self.answers.get((domain, kind, name), UNKNOWN)}" for name in self.protocols)
                lines.append(f"{domain} {kind}: {told}")
        return "\n".join([*lines, *self._told()])

    def drawing(self) -> Drawing:
        """The picture: a block for each domain, in it a row for each type and a column for each protocol."""
        columns = CELL_WIDTH * len(self.protocols)
        items: list[Item] = [Text(MARGIN, 28, self.title, 15, bold=True)] if self.title else []
        y = 44.0 if self.title else 12.0
        items += column_heads(self.protocols, y)
        y += HEAD
        for domain in self.domains:
            items.append(Text(MARGIN, y + 18, domain, 13.5, bold=True))
            uniform = self._uniform(domain)
            if uniform:
                words = f"{uniform} for every type and protocol"
                items += cell(uniform, MARGIN + NAMES_WIDTH, y, columns, words=words)
                y += ROW + 8
                continue
            y += HEAD
            for kind in self.types:
                items += matrix_row(domain, kind, self.protocols, self.answers, self.predictions, y)
                y += ROW
            y += 8
        items += self._legend(y)
        bottom = y + ROW * ((len(self._seen()) + 1) // 2 + len(self.predictions)) + MARGIN
        width = max(grid_width(len(self.protocols)), LEGEND_WIDTH)
        return Drawing(width, round(bottom), tuple(items), self.text())

    def __str__(self) -> str:
        size = f"{len(self.domains)} x {len(self.types)} x {len(self.protocols)}" if self.answers else "no"
        return (
            f"{self.title or 'socket()'}: this kernel's answers to {size} calls are in the picture; .text() tells them."
        )

    def __repr__(self) -> str:
        return str(self)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        drawing = self.drawing()
        size = {"width": round(drawing.width), "height": round(drawing.height), "alt": drawing.alt}
        return {"image/png": drawing.to_png(), "text/plain": repr(self)}, {"image/png": size}

    def _uniform(self, domain: str) -> str:
        """The one answer to all questions about a domain; "" if there are several, or if one of them was predicted."""
        found = {answer for (asked, _, _), answer in self.answers.items() if asked == domain}
        predicted = any(asked == domain for asked, _, _ in self.predictions)
        return found.pop() if len(found) == 1 and not predicted else ""

    def _seen(self) -> list[str]:
        """The answers that occur, those with a meaning first."""
        found = set(self.answers.values())
        return [answer for answer in MEANINGS if answer in found] + sorted(found - set(MEANINGS))

    def _legend(self, y: float) -> list[Item]:
        """What each answer means, in two columns, and below it what was predicted."""
        items: list[Item] = []
        for place, answer in enumerate(self._seen()):
            x, top = MARGIN + 420 * (place % 2), y + ROW * (place // 2)
            meaning = MEANINGS.get(answer, "another reason")
            items += [*cell(answer, x, top, CELL_WIDTH), Text(x + CELL_WIDTH + 12, top + 17, meaning, 12.5)]
        y += ROW * ((len(self._seen()) + 1) // 2)
        for place, line in enumerate(self._told()):
            items.append(Text(MARGIN, y + ROW * place + 18, line, 12.5))
        return items

    def _told(self) -> list[str]:
        return [told(asked, said, self.answers.get(asked, UNKNOWN)) for asked, said in self.predictions.items()]


def heat_map(
    answers: Mapping[Question, str], predictions: Mapping[Question, str] | None = None, title: str = ""
) -> HeatMap:
    """All answers in one picture: "ok" or an errno's name for each domain, type and protocol.

    `predictions` are marked by a thick edge, and told below. Raises CourseError where there is no answer.
    """
    if not answers:
        raise CourseError('heat_map() needs answers: heat_map({("AF_INET", "SOCK_STREAM", "TCP"): "ok", ...})')
    return HeatMap(dict(answers), dict(predictions or {}), title)


def told(asked: Question, said: str, answer: str) -> str:
    """A prediction and what came of it, in one line."""
    verdict = "as you said" if agrees(said, answer) else f"you said {said}"
    return f"socket({', '.join(asked)}): {answer}, {verdict}"


def grid_width(columns: int) -> float:
    """Of a picture with so many protocols."""
    return 2 * MARGIN + NAMES_WIDTH + CELL_WIDTH * columns


def column_heads(protocols: Sequence[str], y: float) -> list[Item]:
    """The protocols' names above their columns."""
    items: list[Item] = [Text(MARGIN, y + 18, "protocol", 12, role="muted")]
    for place, protocol in enumerate(protocols):
        middle = MARGIN + NAMES_WIDTH + CELL_WIDTH * (place + 0.5)
        items.append(Text(middle, y + 18, fitted(protocol, CELL_WIDTH - 6, 13, True), 13, "middle", bold=True))
    return items


def matrix_row(
    domain: str,
    kind: str,
    protocols: Sequence[str],
    answers: Mapping[Question, str],
    predictions: Mapping[Question, str],
    y: float,
) -> list[Item]:
    """A type's name and its answers; one wide box where they are all the same and none was predicted."""
    asked = [(domain, kind, protocol) for protocol in protocols]
    said = [answers.get(question, UNKNOWN) for question in asked]
    items: list[Item] = [Text(MARGIN, y + 17, fitted(kind, NAMES_WIDTH - 6, 12), 12)]
    if len(set(said)) == 1 and said[0] != UNKNOWN and not set(asked) & set(predictions):
        words = f"{said[0]} for every protocol" if len(said) > 1 else said[0]
        return [*items, *cell(said[0], MARGIN + NAMES_WIDTH, y, CELL_WIDTH * len(said), words=words)]
    for place, (question, answer) in enumerate(zip(asked, said, strict=True)):
        x = MARGIN + NAMES_WIDTH + CELL_WIDTH * place
        items += cell(answer, x, y, CELL_WIDTH, chosen=question in predictions)
    return items


def cell(answer: str, x: float, y: float, width: float, chosen: bool = False, words: str = "") -> list[Item]:
    """One answer in its box: a grey one for a socket, a white one for a refusal, a thick edge if it was predicted."""
    ok = answer == SOCKET
    edge, thick = ("new", 3.0) if chosen else ("frame", 1.0)
    items: list[Item] = [Box(x + 1, y + 1, width - 2, ROW - 2, "shade" if ok else "card", edge, thick)]
    if answer in _SWATCHES:
        left, top, right, bottom = x + 4, y + 4, x + 4 + SWATCH, y + ROW - 4
        items.append(Shape(((left, top), (right, top), (right, bottom), (left, bottom)), _SWATCHES[answer]))
    shown = fitted(words or answer, width - SWATCH - 11, 12, ok)
    return [*items, Text(x + SWATCH + 8, y + ROW / 2 + 4.5, shown, 12, bold=ok)]
