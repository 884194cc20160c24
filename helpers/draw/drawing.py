"""A picture as a value: lines, shapes and texts by role, painted as SVG (live) or as PNG (in the notebook).

Lengths are CSS pixels, the origin is the upper left corner, a text's y is its baseline.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from helpers.draw.palette import COLOURS, on_paper
from helpers.interrupts import uninterrupted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.ft2font import FT2Font

Point = tuple[float, float]

ASCENT, DESCENT = 0.80, 0.24
"""How far letters reach above and below the baseline, in parts of the font size."""

SMALLEST_TEXT = 12
"""No text is smaller than this, in pixels."""

PIXELS_PER_INCH = 100
SHARPNESS = 1.5
"""Pixels of the PNG for each pixel of the page: sharp on screens of high resolution."""

FONTS = "'DejaVu Sans', Verdana, Arial, sans-serif"
"""Texts are measured in the first of these; the others are as wide or narrower."""


@dataclass(frozen=True)
class Line:
    """A line through points, with an arrow's head at its end if asked."""

    points: tuple[Point, ...]
    role: str = "ink"
    width: float = 1.5
    dash: tuple[float, ...] = ()
    """Lengths of strokes and gaps; () for a full line."""
    arrow: bool = False


@dataclass(frozen=True)
class Shape:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True)
class Box:
    """A rectangle with an edge."""

    x: float
    y: float
    width: float
    height: float
    fill: str = "card"
    edge: str = "ink"
    edge_width: float = 1.5


@dataclass(frozen=True)
class Text:
    """One line of text."""

    x: float
    y: float
    text: str
    size: float = 13
    anchor: str = "start"
    """"start", "middle" or "end": which part of the text is at x."""
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


Item = Line | Shape | Box | Text


@dataclass(frozen=True)
class Drawing:
    """A finished picture: its size, what is on it from back to front, and its words for who cannot see it."""

    width: float
    height: float
    items: tuple[Item, ...]
    alt: str

    def texts(self) -> list[Text]:
        """The texts on it."""
        return [item for item in self.items if isinstance(item, Text)]

    def to_svg(self, top: float = 0) -> str:
        """As an SVG element that follows JupyterLab's theme; without what is above `top`."""
        content = "".join(_svg(item) for item in self.items)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:g} {self.width:g} {self.height - top:g}" '
            f'width="{self.width:g}" style="max-width:100%;height:auto;background:{COLOURS["card"].css}" '
            f'font-family="{FONTS}" role="img" aria-label="{escape(self.alt)}">{content}</svg>'
        )

    def to_png(self) -> bytes:
        """As a PNG: a card with an edge, legible in either theme."""
        with uninterrupted():  # numpy, loaded by half, refuses to be loaded again
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure

        inches = (self.width / PIXELS_PER_INCH, self.height / PIXELS_PER_INCH)
        figure = Figure(inches, dpi=PIXELS_PER_INCH * SHARPNESS, facecolor="white")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, self.width), ylim=(self.height, 0))
        axes.set_axis_off()
        edge = Box(0.5, 0.5, self.width - 1, self.height - 1, edge="frame", edge_width=1)
        for level, item in enumerate((edge, *self.items)):
            _paint(axes, item, level)
        return png(canvas)


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is, in pixels."""
    return sum(_advance(character, bold) for character in text) * size


@lru_cache(maxsize=1000)
def _advance(character: str, bold: bool) -> float:
    """The width of a character in parts of the font size; a missing one (Chinese, say) is a square."""
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        return 1.0
    return font.load_char(ord(character)).linearHoriAdvance / 65536 / 100


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    with uninterrupted():
        import matplotlib
        from matplotlib.ft2font import FT2Font

    font = FT2Font(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf")
    font.set_size(100, 72)  # 100 pixels, of which _advance takes the hundredth part
    return font


def arrow_head(before: Point, tip: Point, length: float = 10, half_width: float = 4.5) -> tuple[Point, ...]:
    """The triangle at the end of a line that comes from `before`."""
    along_x, along_y = tip[0] - before[0], tip[1] - before[1]
    distance = (along_x**2 + along_y**2) ** 0.5 or 1.0
    x, y = along_x / distance, along_y / distance
    foot = (tip[0] - length * x, tip[1] - length * y)
    return (
        tip,
        (foot[0] - half_width * y, foot[1] + half_width * x),
        (foot[0] + half_width * y, foot[1] - half_width * x),
    )


def _svg(item: Item) -> str:
    if isinstance(item, Line):
        return _svg_line(item)
    if isinstance(item, Shape):
        return f'<polygon points="{_svg_points(item.points)}" fill="{COLOURS[item.fill].css}"/>'
    if isinstance(item, Box):
        return (
            f'<rect x="{item.x:.1f}" y="{item.y:.1f}" width="{item.width:.1f}" height="{item.height:.1f}" '
            f'fill="{COLOURS[item.fill].css}" stroke="{COLOURS[item.edge].css}" '
            f'stroke-width="{item.edge_width:g}"/>'
        )
    weight = ' font-weight="bold"' if item.bold else ""
    text = (
        f'<text x="{item.x:.1f}" y="{item.y:.1f}" font-size="{item.size:g}" '
        f'text-anchor="{item.anchor}"{weight} '
        f'fill="{COLOURS[item.role].css}">{escape(item.text)}</text>'
    )
    return _svg(_patch(item)) + text if item.backing else text


def _svg_line(line: Line) -> str:
    dash = f' stroke-dasharray="{" ".join(f"{length:g}" for length in line.dash)}"' if line.dash else ""
    drawn = (
        f'<polyline points="{_svg_points(line.points)}" fill="none" stroke="{COLOURS[line.role].css}" '
        f'stroke-width="{line.width:g}"{dash}/>'
    )
    return (
        drawn + _svg(Shape(arrow_head(line.points[-2], line.points[-1]), line.role)) if line.arrow else drawn
    )


def _svg_points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _patch(text: Text) -> Shape:
    left, top, right, bottom = text.extent
    return Shape(((left - 3, top), (right + 3, top), (right + 3, bottom), (left - 3, bottom)), "card")


def _paint(axes: Axes, item: Item, level: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon, Rectangle

    points = 72 / PIXELS_PER_INCH  # matplotlib measures lines and letters in points
    if isinstance(item, Line):
        xs, ys = zip(*item.points, strict=True)
        dashes = (0, [length / item.width for length in item.dash]) if item.dash else "-"
        axes.add_line(
            Line2D(xs, ys, color=COLOURS[item.role].paper, lw=item.width * points, ls=dashes, zorder=level)
        )
        if item.arrow:
            _paint(axes, Shape(arrow_head(item.points[-2], item.points[-1]), item.role), level)
    elif isinstance(item, Shape):
        axes.add_patch(Polygon(item.points, closed=True, color=COLOURS[item.fill].paper, lw=0, zorder=level))
    elif isinstance(item, Box):
        face, edge = COLOURS[item.fill].paper, COLOURS[item.edge].paper
        corner = (item.x, item.y)
        axes.add_patch(
            Rectangle(
                corner, item.width, item.height, fc=face, ec=edge, lw=item.edge_width * points, zorder=level
            )
        )
    else:
        _paint_text(axes, item, level, points)


def _paint_text(axes: Axes, item: Text, level: int, points: float) -> None:
    if item.backing:
        _paint(axes, _patch(item), level)
    axes.text(
        item.x, item.y, item.text, fontsize=item.size * points, family="DejaVu Sans",
        ha={"start": "left", "middle": "center", "end": "right"}[item.anchor], va="baseline",
        weight="bold" if item.bold else "normal", color=COLOURS[item.role].paper, zorder=level,
        parse_math=False,
    )  # fmt: skip


def png(canvas: FigureCanvasAgg) -> bytes:
    """What was drawn on white, as a PNG on the palette's paper.

    It has few colours: a third of the size, and nobody sees the difference.
    """
    with uninterrupted():
        from PIL import Image

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a square; the picture's text has the letter
        with uninterrupted():  # matplotlib's C++ code takes an interrupt for a number that it cannot convert
            canvas.draw()  # type: ignore[no-untyped-call]
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))  # type: ignore[no-untyped-call]
    image = pixels.convert("RGB").quantize(64, Image.Quantize.FASTOCTREE)
    parts = iter(image.getpalette() or ())
    colours = [on_paper(*colour) for colour in zip(parts, parts, parts, strict=True)]
    image.putpalette(bytes(part for colour in colours for part in colour[:3]))
    content = io.BytesIO()
    image.save(content, format="png", transparency=bytes(colour[3] for colour in colours))
    return content.getvalue()
