"""A drawing painted as a PNG, by Pillow.

matplotlib did the same in four times the time, and loading it costs half a second: now only notebooks that plot pay for
it. Pillow draws hard edges, so what is slanted is painted on a mask that is FINER times larger, and made smaller; what
runs along the page's edges is put on whole pixels, and stays sharp. Letters are painted one by one where their widths
say, because Pillow rounds each letter's width to whole pixels: long texts would end elsewhere than in the SVG.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
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
COLOURS_KEPT = 64
"""A third of the size, and nobody sees the difference."""
PHASES = 4
"""A letter may begin at each quarter of a pixel."""


def to_png(drawing: Drawing) -> bytes:
    """A card with an edge, legible in either theme."""
    with uninterrupted():  # a library that is loaded by half may refuse to be loaded again
        from PIL import Image, ImageDraw, ImageFont  # noqa: F401

    size = round(drawing.width * SHARPNESS), round(drawing.height * SHARPNESS)
    painter = _Painter(Image.new("RGB", size, "white"))
    painter.paint(Box(0.5, 0.5, drawing.width - 1, drawing.height - 1, edge="frame", edge_width=1))
    for item in drawing.items:
        painter.paint(item)
    return on_thin_paper(painter.image)


def on_thin_paper(image: Image) -> bytes:
    """What was drawn on white, as a PNG on the palette's paper."""
    image = image.quantize(COLOURS_KEPT, 2)  # 2: the octree
    parts = iter(image.getpalette() or ())
    colours = [on_paper(*colour) for colour in zip(parts, parts, parts, strict=True)]
    image.putpalette(bytes(part for colour in colours for part in colour[:3]))
    content = io.BytesIO()
    image.save(content, format="png", transparency=bytes(colour[3] for colour in colours))
    return content.getvalue()


class _Painter:
    """Paints items on an image, in the image's pixels."""

    def __init__(self, image: Image) -> None:
        from PIL import ImageDraw

        self.image, self._pen = image, ImageDraw.Draw(image)

    def paint(self, item: Item) -> None:
        """Any item."""
        if isinstance(item, Line):
            self._line(item)
        elif isinstance(item, Shape):
            self._polygon(_scaled(item.points), COLOURS[item.fill].paper)
        elif isinstance(item, Box):
            self._box(item)
        else:
            self._text(item)

    def _line(self, line: Line) -> None:
        colour, width = COLOURS[line.role].paper, line.width * SHARPNESS
        for begin, end in _strokes(_scaled(line.points), [SHARPNESS * length for length in line.dash]):
            if begin[0] == end[0] or begin[1] == end[1]:
                self._straight(begin, end, width, 0 if line.dash else width / 2, colour)
            else:
                self._polygon(_bar(begin, end, width / 2), colour)
        if line.arrow:
            self._polygon(_scaled(arrow_head(line.points[-2], line.points[-1])), colour)

    def _straight(self, begin: Point, end: Point, width: float, longer: float, colour: str) -> None:
        """Along an edge of the page; `longer` at both ends, so that corners are closed."""
        thick = max(1, round(width))
        (left, right), (top, bottom) = (sorted(ends) for ends in zip(begin, end, strict=True))
        if left == right:
            x, y = round(left - thick / 2), round(top - longer)
            # The last stroke of a dashed line may be shorter than a pixel.
            self._pen.rectangle((x, y, x + thick - 1, max(y, round(bottom + longer) - 1)), colour)
        else:
            x, y = round(left - longer), round(top - thick / 2)
            self._pen.rectangle((x, y, max(x, round(right + longer) - 1), y + thick - 1), colour)

    def _box(self, box: Box) -> None:
        half = box.edge_width / 2
        left, top = (round(SHARPNESS * (place - half)) for place in (box.x, box.y))
        right, bottom = (
            round(SHARPNESS * (place + half)) - 1 for place in (box.x + box.width, box.y + box.height)
        )
        thick = max(1, round(box.edge_width * SHARPNESS))
        self._pen.rectangle((left, top, right, bottom), COLOURS[box.fill].paper, COLOURS[box.edge].paper, thick)

    def _polygon(self, points: Sequence[Point], colour: str) -> None:
        """Any polygon, with soft edges."""
        from PIL import Image, ImageDraw

        xs, ys = zip(*points, strict=True)
        left, top = int(min(xs)) - 1, int(min(ys)) - 1
        size = int(max(xs)) + 2 - left, int(max(ys)) + 2 - top
        mask = Image.new("L", (FINER * size[0], FINER * size[1]))
        fine = [(FINER * (x - left) - 0.5, FINER * (y - top) - 0.5) for x, y in points]
        ImageDraw.Draw(mask).polygon(fine, 255)
        self.image.paste(colour, (left, top), mask.reduce(FINER))

    def _text(self, text: Text) -> None:
        left, top, right, bottom = (SHARPNESS * edge for edge in text.extent)
        if text.backing:
            edges = left - 3 * SHARPNESS, top, right + 3 * SHARPNESS, bottom
            self._pen.rectangle([round(edge) for edge in edges], COLOURS["card"].paper)
        colour, size = COLOURS[text.role].paper, text.size * SHARPNESS
        baseline = round(text.y * SHARPNESS)
        places = accumulate((advance(letter, text.bold) * size for letter in text.text), initial=left)
        for letter, x in zip(text.text, places, strict=False):
            if letter != " ":
                quarters = round(x * PHASES)
                mask, (dx, dy) = _letter(letter, size, text.bold, quarters % PHASES)
                self.image.paste(colour, (quarters // PHASES + dx, baseline + dy), mask)


@lru_cache(maxsize=4000)
def _letter(letter: str, size: float, bold: bool, phase: int) -> tuple[Image, tuple[int, int]]:
    """A letter's mask, and where its corner lies from where it begins on the baseline."""
    from PIL import Image, ImageDraw

    shown = font(size, bold)
    x = phase / PHASES
    left, top, right, bottom = (int(edge) for edge in shown.getbbox(letter, anchor="ls"))
    left, top, right, bottom = left - 1, top - 1, right + 2, bottom + 1
    mask = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(mask).text((x - left, -top), letter, 255, shown, anchor="ls")
    return mask, (left, top)


@lru_cache(maxsize=40)
def font(size: float, bold: bool) -> FreeTypeFont:
    """DejaVu Sans, which matplotlib brings along; where it does not, the one that Pillow has."""
    from PIL import ImageFont

    name = f"mpl-data/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf"
    found = find_spec("matplotlib")  # looked for, not imported
    for folder in (found and found.submodule_search_locations) or ():
        if (file := Path(folder, name)).exists():
            return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
    default = ImageFont.load_default(size)
    assert isinstance(default, ImageFont.FreeTypeFont)
    return default


def _scaled(points: Sequence[Point]) -> list[Point]:
    return [(x * SHARPNESS, y * SHARPNESS) for x, y in points]


def _strokes(points: Sequence[Point], dash: Sequence[float]) -> list[tuple[Point, Point]]:
    """The parts of a line that are painted."""
    if not dash:
        return list(pairwise(points))
    strokes = []
    passed, period = 0.0, sum(dash)
    for begin, end in pairwise(points):
        length = dist(begin, end)
        start = -(passed % period)
        while start < length:
            one, other = max(0.0, start), min(length, start + dash[0])
            if one < other:
                strokes.append((_between(begin, end, one / length), _between(begin, end, other / length)))
            start += period
        passed += length
    return strokes


def _between(begin: Point, end: Point, part: float) -> Point:
    return begin[0] + part * (end[0] - begin[0]), begin[1] + part * (end[1] - begin[1])


def _bar(begin: Point, end: Point, half: float) -> list[Point]:
    """The four corners of a line that is `2 * half` thick."""
    length = dist(begin, end)
    x, y = half * (begin[1] - end[1]) / length, half * (end[0] - begin[0]) / length
    return [
        (begin[0] + x, begin[1] + y),
        (end[0] + x, end[1] + y),
        (end[0] - x, end[1] - y),
        (begin[0] - x, begin[1] - y),
    ]
