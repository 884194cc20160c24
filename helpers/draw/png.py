"""A drawing painted as a PNG, by Pillow.

matplotlib did the same in four times the time, and loading it costs half a second: now only notebooks that plot pay for
it. Pillow draws hard edges, so each line and polygon is painted on a mask that is FINER times larger, and made smaller;
what runs along the page's edges is put on whole pixels first, and stays sharp. Letters are painted one by one where
their widths say: Pillow rounds each letter's width to whole pixels, and long texts would end elsewhere than in the SVG.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import accumulate, pairwise
from math import dist
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.draw.drawing import Box, Drawing, Item, Line, Point, Shape, Text, advance, arrow_head
from helpers.draw.palette import COLOURS, on_paper
from helpers.interrupts import uninterrupted

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

SHARPNESS = 1.5
"""Pixels of the PNG for each pixel of the page: sharp on screens of high resolution."""
FINER = 4
"""How many times finer a mask is; and a letter may begin at each such part of a pixel."""
COLOURS_KEPT = 64
"""A third of the size, and nobody sees the difference."""


def to_png(drawing: Drawing) -> bytes:
    """A card with an edge, legible in either theme."""
    with uninterrupted():  # a library that is loaded by half may refuse to be loaded again
        from PIL import Image, ImageDraw, ImageFont  # noqa: F401

    image = Image.new("RGB", (round(drawing.width * SHARPNESS), round(drawing.height * SHARPNESS)), "white")
    _paint(image, Box(0.5, 0.5, drawing.width - 1, drawing.height - 1, edge="frame", edge_width=1))
    for item in drawing.items:
        _paint(image, item)
    return on_thin_paper(image)


def on_thin_paper(image: Image) -> bytes:
    """What was drawn on white, as a PNG on the palette's paper."""
    image = image.quantize(COLOURS_KEPT, 2)  # 2: the octree
    parts = iter(image.getpalette() or ())
    colours = [on_paper(*colour) for colour in zip(parts, parts, parts, strict=True)]
    image.putpalette(bytes(part for colour in colours for part in colour[:3]))
    content = io.BytesIO()
    image.save(content, format="png", transparency=bytes(colour[3] for colour in colours))
    return content.getvalue()


def _paint(image: Image, item: Item) -> None:
    if isinstance(item, Line):
        for begin, end in _strokes(item):
            _polygon(image, _bar(begin, end, item), item.role)
        if item.arrow:
            _paint(image, arrow_head(item))
    elif isinstance(item, Shape):
        _polygon(image, [(x * SHARPNESS, y * SHARPNESS) for x, y in item.points], item.fill)
    elif isinstance(item, Box):
        _paint(image, Shape(item.corners, item.fill))
        _paint(image, Line((*item.corners, item.corners[0]), item.edge, item.edge_width))
    else:
        if item.backing:
            _paint(image, item.patch)
        _text(image, item)


def _polygon(image: Image, points: Sequence[Point], role: str) -> None:
    """Any polygon, in pixels of the image, with soft edges."""
    from PIL import Image, ImageDraw

    xs, ys = zip(*points, strict=True)
    left, top = int(min(xs)) - 1, int(min(ys)) - 1
    mask = Image.new("L", (FINER * (int(max(xs)) + 2 - left), FINER * (int(max(ys)) + 2 - top)))
    ImageDraw.Draw(mask).polygon([(FINER * (x - left) - 0.5, FINER * (y - top) - 0.5) for x, y in points], 255)
    image.paste(COLOURS[role].paper, (left, top), mask.reduce(FINER))


def _text(image: Image, text: Text) -> None:
    colour, size = COLOURS[text.role].paper, text.size * SHARPNESS
    widths = (advance(letter, text.bold) * size for letter in text.text)
    for letter, x in zip(text.text, accumulate(widths, initial=text.extent[0] * SHARPNESS), strict=False):
        place, part = divmod(round(x * FINER), FINER)
        mask, left, top = _letter(letter, size, text.bold, part)
        image.paste(colour, (place + left, round(text.y * SHARPNESS) + top), mask)


@lru_cache(maxsize=4000)
def _letter(letter: str, size: float, bold: bool, part: int) -> tuple[Image, int, int]:
    """A letter's mask, and where its corner lies from where the letter begins on the baseline."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = (int(edge) for edge in font(size, bold).getbbox(letter, anchor="ls"))
    mask = Image.new("L", (right - left + 3, bottom - top + 2))
    place = part / FINER - left + 1, 1 - top
    ImageDraw.Draw(mask).text(place, letter, 255, font(size, bold), anchor="ls")
    return mask, left - 1, top - 1


@lru_cache(maxsize=40)
def font(size: float, bold: bool) -> FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along."""
    from PIL import ImageFont

    found = find_spec("matplotlib")  # looked for, not imported
    assert found is not None and found.origin is not None
    file = Path(found.origin).parent / f"mpl-data/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf"
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)


def _strokes(line: Line) -> Iterator[tuple[Point, Point]]:
    """The parts of a line that are painted."""
    passed = 0.0
    for begin, end in pairwise(line.points):
        length = dist(begin, end)
        if not line.dash:
            yield begin, end
            continue
        start = -(passed % sum(line.dash))
        while start < length:
            if (parts := (max(0.0, start) / length, min(length, start + line.dash[0]) / length))[0] < parts[1]:
                one, other = ((begin[0] + p * (end[0] - begin[0]), begin[1] + p * (end[1] - begin[1])) for p in parts)
                yield one, other
            start += sum(line.dash)
        passed += length


def _bar(begin: Point, end: Point, line: Line) -> list[Point]:
    """The corners of a stroke in pixels. One along an edge of the page lies on whole ones, and closes its corners."""
    (x1, y1), (x2, y2) = ((x * SHARPNESS, y * SHARPNESS) for x, y in (begin, end))
    half = line.width * SHARPNESS / 2
    if y1 == y2:
        thick = max(1, round(2 * half))
        longer = 0 if line.dash else thick
        left, right = (round(x - longer / 2) for x in sorted((x1, x2)))
        top = round(y1 - thick / 2)
        return [(left, top), (right + longer, top), (right + longer, top + thick), (left, top + thick)]
    if x1 == x2:
        return [(x, y) for y, x in _bar((begin[1], begin[0]), (end[1], end[0]), line)]
    length = dist((x1, y1), (x2, y2))
    x, y = half * (y1 - y2) / length, half * (x2 - x1) / length
    return [(x1 + x, y1 + y), (x2 + x, y2 + y), (x2 - x, y2 - y), (x1 - x, y1 - y)]
