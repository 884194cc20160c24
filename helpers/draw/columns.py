"""Columns of cards, and arrows between the cards: who holds what, and what leads where.

Five pictures of the course are this one: page tables, descriptors, sockets, layers, the map of a network. A lesson says
what its cards and arrows are, and gives the same in words; places are found here. Columns are as wide as the lesson
says: a layout that measures its texts first would jump from run to run with the length of a number. A lesson that draws
more (a packet's way over the links) asks `boxes` where the cards are, and lays its items over the picture.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Point, Text, fitted, wrapped
from helpers.draw.picture import Picture

MARGIN, HEADS, TITLE = 14.0, 52.0, 28.0
"""Around the picture; above the cards for the columns' heads, and for a title."""
LINE, PADDING, GAP = 17.0, 9.0, 10.0
"""Of a line in a card, of what is above and below the lines; between two cards at the least."""
SPREAD, LABEL_AT = 19.0, 30.0
"""Between two arrows where they leave a card; how far from there an arrow has its label."""


@dataclass(frozen=True)
class Card:
    """A box with text."""

    name: Hashable
    """What arrows call it."""
    head: str = ""
    """In bold, above the lines."""
    lines: tuple[str, ...] = ()
    row: float | None = None
    """Its row; cards of one row share the column's width. None: cards are spread over the column's height."""
    rows: int = 0
    """How many rows it fills: then arrows come to it at their own height. 0: as high as its text needs."""
    fill: str = "card"
    """The role of its colour; "" for text without a box."""


@dataclass(frozen=True)
class Column:
    """Cards one below the other, under a head."""

    head: str
    cards: Sequence[Card]
    width: float
    below: str = ""
    """A few words under the head."""
    before: float = 76.0
    """Room for arrows between it and the column on its left."""


@dataclass(frozen=True)
class Arrow:
    """From one card to another in a different column, to the right or to the left."""

    start: Hashable
    end: Hashable
    label: str = ""
    role: str = "ink"
    dash: tuple[float, ...] = ()
    pointed: bool = True


class Columns:
    """The places of all cards, and the picture made of them."""

    def __init__(self, columns: Sequence[Column], arrows: Sequence[Arrow], title: str = "", pitch: float = 56) -> None:
        """`pitch` is the height of a row."""
        self.columns, self.arrows, self.title, self.pitch = columns, arrows, title, pitch
        self.cards = {card.name: card for column in columns for card in column.cards}
        self.boxes: dict[Hashable, Box] = {}
        self.top = HEADS + (TITLE if title else 0)
        self.height = max(self._needed(column) for column in columns)
        self.left = [MARGIN]
        for column, after in zip(columns, [*columns[1:], None], strict=True):
            self._place(column, self.left[-1])
            self.left.append(self.left[-1] + column.width + (after.before if after else MARGIN))

    def picture(self, words: Sequence[str], about: str, over: Sequence[Item] = ()) -> Picture:
        """The picture and the same in `words`; `about` says in a few words what it is a picture of."""
        items = (*self._heads(), *self._arrows(), *self._contents(), *over)
        alt = f"{about}. {' '.join(f'{line.strip()}.' for line in words)}"
        drawing = Drawing(round(self.left[-1]), round(self.top + self.height + MARGIN), items, alt)
        return Picture(drawing, "\n".join([self.title, *words] if self.title else words))

    def _texts(self, card: Card, width: float) -> list[tuple[str, int, bool]]:
        """Each line with its size, and whether it is bold."""
        lines = [line for text in card.lines for line in wrapped(text, width - 12, 12)]
        head = [(fitted(card.head, width - 12, 13, True), 13, True)] if card.head else []
        return [*head, *((fitted(line, width - 12, 12), 12, False) for line in lines)]

    def _height(self, card: Card, width: float) -> float:
        if card.rows:
            return self.pitch * card.rows - GAP
        leaving = sum(arrow.start == card.name for arrow in self.arrows)
        return max(2 * PADDING + LINE * len(self._texts(card, width)), SPREAD * (leaving + 0.5))

    def _needed(self, column: Column) -> float:
        heights = [(card.row, self._height(card, column.width)) for card in column.cards]
        spread = sum(height + GAP for row, height in heights if row is None)
        return max([spread, *(self.pitch * row + height for row, height in heights if row is not None)])

    def _place(self, column: Column, x: float) -> None:
        heights = [self._height(card, column.width) for card in column.cards if card.row is None]
        gap = (self.height - sum(heights)) / max(len(heights), 1)
        y = self.top + gap / 2
        for card in column.cards:
            if card.row is None:
                self._put(card, x, y, column.width)
                y += self.boxes[card.name].height + gap
            else:
                beside = [other for other in column.cards if other.row == card.row]
                width = (column.width - 2 * GAP * (len(beside) - 1)) / len(beside)
                self._put(card, x + beside.index(card) * (width + 2 * GAP), self.top + self.pitch * card.row, width)

    def _put(self, card: Card, x: float, y: float, width: float) -> None:
        self.boxes[card.name] = Box(x, y, width, self._height(card, width), card.fill or "card")

    def _heads(self) -> Iterator[Item]:
        yield Text(MARGIN, 26, self.title, 15, bold=True)
        for x, column in zip(self.left, self.columns, strict=False):
            middle = x + column.width / 2
            yield Text(middle, self.top - 27, column.head, 14, "middle", bold=True)
            yield Text(middle, self.top - 11, column.below, 12, "middle", role="muted")

    def _arrows(self) -> Iterator[Item]:
        for arrow in self.arrows:
            begin, end = self._ends(arrow)
            yield Line((begin, end), arrow.role, 1.8, arrow.dash, arrow.pointed)
            part = LABEL_AT / abs(end[0] - begin[0])
            x, y = (there * part + here * (1 - part) for here, there in zip(begin, end, strict=True))
            if arrow.label:
                yield Text(x, y + 4.5, arrow.label, 12.5, "middle", bold=True, backing=True)

    def _ends(self, arrow: Arrow) -> tuple[Point, Point]:
        """On the edges of its two cards that face each other."""
        start, end = self.boxes[arrow.start], self.boxes[arrow.end]
        beside = [other for other in self.arrows if other.start == arrow.start]
        y = start.y + start.height / 2 + SPREAD * (beside.index(arrow) - (len(beside) - 1) / 2)
        level = self.cards[arrow.end].rows > 1
        to = y if level else end.y + end.height / 2
        return ((start.x + start.width, y), (end.x, to)) if start.x < end.x else ((start.x, y), (end.x + end.width, to))

    def _contents(self) -> Iterator[Item]:
        for name, box in self.boxes.items():
            filled = bool(self.cards[name].fill)
            if filled:
                yield box
            texts = self._texts(self.cards[name], box.width)
            first = box.y + (box.height - LINE * len(texts)) / 2 + 13
            for number, (text, size, bold) in enumerate(texts):
                y = first + LINE * number
                yield Text(box.x + box.width / 2, y, text, size, "middle", bold, backing=not filled)
