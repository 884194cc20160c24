"""A picture as a value: lines, shapes and texts by role, painted as SVG (live) or as PNG (in the notebook).

Lengths are CSS pixels, the origin is the upper left corner, a text's y is its baseline. Pictures are laid out by
numbers and not by the page: then the PNG shows the same, and a test can ask whether a text lies on another.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from helpers.draw.palette import COLOURS
from helpers.interrupts import uninterrupted

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

Point = tuple[float, float]

ASCENT, DESCENT = 0.80, 0.24
"""How far letters reach above and below the baseline, in parts of the font size."""
SMALLEST_TEXT = 12
"""No text is smaller than this, in pixels."""
UNITS = 2048
"""The font's widths are whole numbers of this part of its size."""
FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
"""Texts are measured in the first of these; the others are as wide or narrower."""


@dataclass(frozen=True)
class Line:
    """A line through points, with an arrow's head at its end if asked; `dash`: lengths of strokes and gaps."""

    points: tuple[Point, ...]
    role: str = "ink"
    width: float = 1.5
    dash: tuple[float, ...] = ()
    arrow: bool = False


@dataclass(frozen=True)
class Shape:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True)
class Box:
    """A rectangle with an edge; `title` shows under the mouse."""

    x: float
    y: float
    width: float
    height: float
    fill: str = "card"
    edge: str = "ink"
    edge_width: float = 1.5
    title: str = ""

    @property
    def corners(self) -> tuple[Point, ...]:
        """From the upper left one on, clockwise."""
        right, bottom = self.x + self.width, self.y + self.height
        return (self.x, self.y), (right, self.y), (right, bottom), (self.x, bottom)


@dataclass(frozen=True)
class Text:
    """One line of text. `anchor` says which part of it is at x: its "start", "middle" or "end"."""

    x: float
    y: float
    text: str
    size: float = 13
    anchor: str = "start"
    bold: bool = False
    role: str = "ink"
    backing: bool = False
    """Lay a patch of the card's colour under it, where lines may cross."""

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the letters."""
        width = text_width(self.text, self.size, self.bold)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - ASCENT * self.size, left + width, self.y + DESCENT * self.size

    @property
    def patch(self) -> Shape:
        """What lies under it."""
        left, top, right, bottom = self.extent
        return Shape(Box(left - 3, top, right - left + 6, bottom - top).corners, "card")


Item = Line | Shape | Box | Text


@dataclass(frozen=True)
class Drawing:
    """A finished picture: its size, what is on it from back to front, and its words for readers who cannot see it."""

    width: float
    height: float
    items: tuple[Item, ...]
    alt: str

    def texts(self) -> list[Text]:
        """The texts on it."""
        return [item for item in self.items if isinstance(item, Text) and item.text]

    def to_svg(self, top: float = 0) -> str:
        """As an SVG element that follows JupyterLab's theme; without what is above `top`."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:g} {self.width:g} {self.height - top:g}" '
            f'width="{self.width:g}" style="max-width:100%;height:auto;background:{COLOURS["card"].css}" '
            f'font-family="{FONTS}" role="img" aria-label="{escape(self.alt)}">{"".join(map(_svg, self.items))}</svg>'
        )

    def to_png(self) -> bytes:
        """As a PNG: a card with an edge, legible in either theme."""
        from helpers.draw.png import to_png

        return to_png(self)


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is, in pixels."""
    return sum(advance(character, bold) for character in text) * size


@lru_cache(maxsize=1000)
def advance(character: str, bold: bool) -> float:
    """The width of a character in parts of the font size; the font has no Chinese ones, and those are squares."""
    from helpers.draw.png import font

    return 1.0 if east_asian_width(character) in "WF" else font(UNITS, bold).getlength(character) / UNITS


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """The text in lines of at most `width` pixels, cut at spaces; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `width` pixels with dots after it; "" if nothing does."""
    if text_width(text, size, bold) <= width:
        return text
    for end in range(len(text) - 1, 0, -1):
        shorter = f"{text[:end].rstrip()}..."
        if text_width(shorter, size, bold) <= width:
            return shorter
    return ""


def arrow_head(line: Line) -> Shape:
    """The triangle at the end of a line."""
    (x, y), (tip_x, tip_y) = line.points[-2:]
    length = ((tip_x - x) ** 2 + (tip_y - y) ** 2) ** 0.5 or 1.0
    along_x, along_y = (tip_x - x) / length, (tip_y - y) / length
    foot_x, foot_y = tip_x - 10 * along_x, tip_y - 10 * along_y
    sides = [(foot_x - side * along_y, foot_y + side * along_x) for side in (4.5, -4.5)]
    return Shape(((tip_x, tip_y), *sides), line.role)


def _svg(item: Item) -> str:
    if isinstance(item, Line):
        return _svg_line(item)
    if isinstance(item, Shape):
        return f'<polygon points="{_svg_points(item.points)}" fill="{COLOURS[item.fill].css}"/>'
    if isinstance(item, Box):
        return (
            f'<rect x="{item.x:.1f}" y="{item.y:.1f}" width="{item.width:.1f}" height="{item.height:.1f}" '
            f'fill="{COLOURS[item.fill].css}" stroke="{COLOURS[item.edge].css}" stroke-width="{item.edge_width:g}">'
            f"{f'<title>{escape(item.title)}</title>' if item.title else ''}</rect>"
        )
    weight = ' font-weight="bold"' if item.bold else ""
    return (_svg(item.patch) if item.backing else "") + (
        f'<text x="{item.x:.1f}" y="{item.y:.1f}" font-size="{item.size:g}" text-anchor="{item.anchor}" '
        f'pointer-events="none"{weight} fill="{COLOURS[item.role].css}">{escape(item.text)}</text>'
    )


def _svg_line(line: Line) -> str:
    dash = f' stroke-dasharray="{" ".join(f"{length:g}" for length in line.dash)}"' if line.dash else ""
    return (
        f'<polyline points="{_svg_points(line.points)}" fill="none" stroke="{COLOURS[line.role].css}" '
        f'stroke-width="{line.width:g}"{dash}/>{_svg(arrow_head(line)) if line.arrow else ""}'
    )


def _svg_points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def png(canvas: FigureCanvasAgg) -> bytes:
    """What matplotlib drew on white, as a PNG on the palette's paper."""
    from PIL import Image

    from helpers.draw.png import on_thin_paper

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a square; the picture's text has the letter
        with uninterrupted():  # matplotlib's C++ code takes an interrupt for a number that it cannot convert
            canvas.draw()  # type: ignore[no-untyped-call]
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]
    return on_thin_paper(pixels.convert("RGB"))
