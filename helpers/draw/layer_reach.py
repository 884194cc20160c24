"""One frame, and how much of it sockets of different types are given: which layers each lets a program touch.

A picture of its own, because its bars lie under columns that are equally wide whatever their number of bytes: `bars`
would make the payload of five bytes a sliver.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, fitted
from helpers.draw.picture import Picture

MARGIN, NAMES_WIDTH, LAYER_WIDTH = 14, 236, 140
HEAD, ROW, BAR = 76, 40, 24


class Layer(NamedTuple):
    """A part of the frame: the layer ("transport"), what stands there ("UDP header"), and its bytes."""

    name: str
    content: str
    length: int


class Reach(NamedTuple):
    """What one socket was given of the frame: the bytes from `first` on, `length` of them, at least one."""

    socket: str
    first: int
    length: int


def layer_reach(
    layers: Sequence[tuple[str, str, int]], reaches: Sequence[tuple[str, int, int]], title: str = ""
) -> Picture:
    """The frame's layers side by side (name, content, bytes), and below them a bar for each socket over its bytes.

    `reaches` say of each socket its name, the first byte that it was given, and how many.
    """
    parts, bars = [Layer(*layer) for layer in layers], [Reach(*reach) for reach in reaches]
    width = max(len(bar.socket) for bar in bars)
    frame = " | ".join(f"{part.name}: {part.content}, {part.length}" for part in parts)
    lines = [f"bytes of the frame = {frame}"]
    for bar in bars:
        touched = ", ".join(part.name for part in _touched(parts, bar))
        lines.append(f"{bar.socket:{width}}  {_counted(bar.length)} from byte {bar.first}: {touched}")
    alt = f"How far sockets reach into a frame. {' '.join(f'{line}.' for line in lines)}"
    return Picture(_drawing(parts, bars, title, alt), "\n".join([title, *lines] if title else lines))


def _touched(layers: Sequence[Layer], reach: Reach) -> list[Layer]:
    """The layers of which the socket was given at least one byte."""
    ends = accumulate(layer.length for layer in layers)
    return [
        layer
        for layer, end in zip(layers, ends, strict=True)
        if reach.first < end and reach.first + reach.length > end - layer.length
    ]


def _counted(length: int) -> str:
    return f"{length} byte{'s' if length != 1 else ''}"


def _drawing(layers: Sequence[Layer], reaches: Sequence[Reach], title: str, alt: str) -> Drawing:
    top, left = 50.0 if title else 16.0, float(MARGIN + NAMES_WIDTH)
    bottom = top + HEAD + ROW * len(reaches) + 8
    items: list[Item] = [
        Text(MARGIN, 28, title, 15, bold=True),
        Text(MARGIN, top + 37, "the frame on the wire", 13, bold=True),
    ]
    for place, layer in enumerate(layers):
        x, middle = left + LAYER_WIDTH * place, left + LAYER_WIDTH * (place + 0.5)
        items += [
            Box(x, top, LAYER_WIDTH, HEAD - 12, "shade", "ink", 1.5),
            Text(middle, top + 19, fitted(layer.name, LAYER_WIDTH - 8, 13, True), 13, "middle", bold=True),
            Text(middle, top + 37, fitted(layer.content, LAYER_WIDTH - 8, 12), 12, "middle"),
            Text(middle, top + 55, _counted(layer.length), 12, "middle"),
            Line(((x, top + HEAD - 12), (x, bottom)), "frame", 1, (3, 3)),
        ]
    for place, reach in enumerate(reaches):
        items += _row(layers, reach, left, top + HEAD + ROW * place)
    return Drawing(left + LAYER_WIDTH * len(layers) + MARGIN, round(bottom + MARGIN), tuple(items), alt)


def _row(layers: Sequence[Layer], reach: Reach, left: float, y: float) -> list[Item]:
    """The socket's name, and a bar over what it was given."""
    begin, end = (left + _place(layers, at) for at in (reach.first, reach.first + reach.length))
    return [
        Text(MARGIN, y + 20, fitted(reach.socket, NAMES_WIDTH - 10, 13, True), 13, bold=True),
        Box(begin + 2, y + 3, end - begin - 4, BAR, "card", "new", 2.5),
        Text((begin + end) / 2, y + 20, _counted(reach.length), 12.5, "middle"),
    ]


def _place(layers: Sequence[Layer], position: int) -> float:
    """Where a byte begins, in pixels from the left: each layer is equally wide, whatever its length."""
    x = 0.0
    for layer in layers:
        x += LAYER_WIDTH * min(1.0, max(0, position) / layer.length)
        position -= layer.length
    return x
