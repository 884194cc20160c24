"""One frame, and how much of it sockets of different types are given: which layers each lets a program touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.picture import Picture
from helpers.draw.wrapping import fitted
from helpers.errors import CourseError

MARGIN = 14
NAMES_WIDTH, LAYER_WIDTH = 236, 140
HEAD, ROW = 76, 40
BAR = 24


@dataclass(frozen=True)
class Layer:
    """A part of the frame."""

    name: str
    """The layer, as in "transport"."""
    content: str
    """What stands there, as in "UDP header"."""
    length: int
    """Its bytes."""


@dataclass(frozen=True)
class Reach:
    """What one socket was given of the frame: the bytes from `first` on, `length` of them."""

    socket: str
    first: int
    length: int


def layer_reach(layers: Sequence[Layer], reaches: Sequence[Reach], title: str = "") -> Picture:
    """The frame's layers side by side, and below them a bar for each socket over the bytes that it was given.

    Raises CourseError for a layer without bytes, and where a socket was given nothing or bytes that the frame has not.
    """
    size = sum(layer.length for layer in layers)
    if not layers or any(layer.length < 1 for layer in layers):
        raise CourseError("layer_reach() needs layers of one byte or more: [Layer('link', 'Ethernet header', 14), ...]")
    for reach in reaches:
        if reach.first < 0 or reach.length < 1 or reach.first + reach.length > size:
            raise CourseError(f"{reach.socket} cannot have got bytes of a frame of {size}: {_bytes(reach)}")
    lines = _text(layers, reaches)
    alt = f"How far sockets reach into a frame. {' '.join(f'{line}.' for line in lines)}"
    return Picture(_drawing(layers, reaches, title, alt), "\n".join([*([title] if title else []), *lines]))


def touched(layers: Sequence[Layer], reach: Reach) -> list[Layer]:
    """The layers of which the socket was given at least one byte."""
    ends = accumulate(layer.length for layer in layers)
    return [
        layer
        for layer, end in zip(layers, ends, strict=True)
        if reach.first < end and reach.first + reach.length > end - layer.length
    ]


def _text(layers: Sequence[Layer], reaches: Sequence[Reach]) -> list[str]:
    frame = " | ".join(f"{layer.name}: {layer.content}, {layer.length}" for layer in layers)
    width = max((len(reach.socket) for reach in reaches), default=0)
    return [
        f"bytes of the frame = {frame}",
        *(
            f"{reach.socket:{width}}  {_bytes(reach)}: {', '.join(layer.name for layer in touched(layers, reach))}"
            for reach in reaches
        ),
    ]


def _bytes(reach: Reach) -> str:
    return f"{_counted(reach.length)} from byte {reach.first}"


def _counted(length: int) -> str:
    return f"{length} byte{'s' if length != 1 else ''}"


def _drawing(layers: Sequence[Layer], reaches: Sequence[Reach], title: str, alt: str) -> Drawing:
    top = 50.0 if title else 16.0
    left = float(MARGIN + NAMES_WIDTH)
    width = left + LAYER_WIDTH * len(layers) + MARGIN
    bottom = top + HEAD + ROW * len(reaches) + 8
    items: list[Item] = [Text(MARGIN, 28, title, 15, bold=True)] if title else []
    items.append(Text(MARGIN, top + 37, "the frame on the wire", 13, bold=True))
    for place, layer in enumerate(layers):
        x = left + LAYER_WIDTH * place
        items += [
            Box(x, top, LAYER_WIDTH, HEAD - 12, "shade", "ink", 1.5),
            Text(x + LAYER_WIDTH / 2, top + 19, fitted(layer.name, LAYER_WIDTH - 8, 13, True), 13, "middle", bold=True),
            Text(x + LAYER_WIDTH / 2, top + 37, fitted(layer.content, LAYER_WIDTH - 8, 12), 12, "middle"),
            Text(x + LAYER_WIDTH / 2, top + 55, _counted(layer.length), 12, "middle"),
            Line(((x, top + HEAD - 12), (x, bottom)), "frame", 1, (3, 3)),
        ]
    for place, reach in enumerate(reaches):
        items += _row(layers, reach, left, top + HEAD + ROW * place)
    return Drawing(width, round(bottom + MARGIN), tuple(items), alt)


def _row(layers: Sequence[Layer], reach: Reach, left: float, y: float) -> list[Item]:
    """The socket's name, and a bar over what it was given."""
    begin = left + _place(layers, reach.first)
    end = left + _place(layers, reach.first + reach.length)
    return [
        Text(MARGIN, y + 20, fitted(reach.socket, NAMES_WIDTH - 10, 13, True), 13, bold=True),
        Box(begin + 2, y + 3, end - begin - 4, BAR, "card", "new", 2.5),
        Text((begin + end) / 2, y + 20, _counted(reach.length), 12.5, "middle"),
    ]


def _place(layers: Sequence[Layer], position: int) -> float:
    """Where a byte begins, in pixels from the left: each layer is equally wide, whatever its length."""
    x = 0.0
    for layer in layers:
        if position < layer.length:
            return x + LAYER_WIDTH * position / layer.length
        position -= layer.length
        x += LAYER_WIDTH
    return x
