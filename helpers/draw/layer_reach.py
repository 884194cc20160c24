"""One frame, and how much of it sockets of different types are given: which layers each lets a program touch.

A picture of its own, because its bars lie under columns that are equally wide whatever their number of bytes: `bars`
would make the payload of five bytes a sliver.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, fitted
from helpers.draw.picture import Picture

MARGIN, NAMES_WIDTH, LAYER_WIDTH = 14, 236, 140
TOP, HEAD, ROW, BAR = 50.0, 76, 40, 24

Layer = tuple[str, str, int]
"""A part of the frame: the layer ("transport"), what stands there ("UDP header"), and its bytes."""
Reach = tuple[str, int, int]
"""What one socket was given of the frame: its name, the first byte, and how many, at least one."""


def layer_reach(layers: Sequence[Layer], reaches: Sequence[Reach], title: str) -> Picture:
    """The frame's layers side by side (name, content, bytes), and below them a bar for each socket over its bytes.

    `reaches` say of each socket its name, the first byte that it was given, and how many.
    """
    width = max(len(socket) for socket, _, _ in reaches)
    lines = [f"bytes of the frame = {' | '.join(f'{name}: {content}, {length}' for name, content, length in layers)}"]
    for socket, first, length in reaches:
        begins = accumulate((layer[2] for layer in layers), initial=0)
        parts = zip(layers, begins, strict=False)
        touched = [name for (name, _, size), at in parts if at < first + length and first < at + size]
        lines.append(f"{socket:{width}}  {_counted(length)} from byte {first}: {', '.join(touched)}")
    alt = f"How far sockets reach into a frame. {' '.join(f'{line}.' for line in lines)}"
    return Picture(_drawing(layers, reaches, title, alt), "\n".join([title, *lines]))


def _counted(length: int) -> str:
    return f"{length} byte{'s' if length != 1 else ''}"


def _drawing(layers: Sequence[Layer], reaches: Sequence[Reach], title: str, alt: str) -> Drawing:
    left = float(MARGIN + NAMES_WIDTH)
    bottom = TOP + HEAD + ROW * len(reaches) + 8
    items: list[Item] = [
        Text(MARGIN, 28, title, 15, bold=True),
        Text(MARGIN, TOP + 37, "the frame on the wire", 13, bold=True),
    ]
    for place, (name, content, length) in enumerate(layers):
        x, middle = left + LAYER_WIDTH * place, left + LAYER_WIDTH * (place + 0.5)
        items += [
            Box(x, TOP, LAYER_WIDTH, HEAD - 12, "shade"),
            Text(middle, TOP + 19, fitted(name, LAYER_WIDTH - 8, 13, True), 13, "middle", bold=True),
            Text(middle, TOP + 37, fitted(content, LAYER_WIDTH - 8, 12), 12, "middle"),
            Text(middle, TOP + 55, _counted(length), 12, "middle"),
            Line(((x, TOP + HEAD - 12), (x, bottom)), "frame", 1, (3, 3)),
        ]
    for place, (socket, first, length) in enumerate(reaches):
        y = TOP + HEAD + ROW * place
        begin, end = (left + _place(layers, at) for at in (first, first + length))
        items += [
            Text(MARGIN, y + 20, fitted(socket, NAMES_WIDTH - 10, 13, True), 13, bold=True),
            Box(begin + 2, y + 3, end - begin - 4, BAR, "card", "new", 2.5),
            Text((begin + end) / 2, y + 20, _counted(length), 12.5, "middle"),
        ]
    return Drawing(left + LAYER_WIDTH * len(layers) + MARGIN, round(bottom + MARGIN), tuple(items), alt)


def _place(layers: Sequence[Layer], position: int) -> float:
    """Where a byte begins, in pixels from the left: each layer is equally wide, whatever its length."""
    x = 0.0
    for _, _, length in layers:
        x += LAYER_WIDTH * min(1.0, max(0, position) / length)
        position -= length
    return x
