"""The drawing value, its two painters, texts made to fit, and a picture as the value of a cell."""

from __future__ import annotations

import io
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpers.draw import png
from helpers.draw.drawing import Box, Drawing, Line, Shape, Text, fitted, text_width, wrapped
from helpers.draw.palette import COLOURS
from helpers.draw.picture import Picture

SAMPLE = Drawing(
    200,
    100,
    (
        Box(10, 10, 50, 20, edge="lost"),
        Line(((10, 50), (190, 50)), "new", 2, (4, 4), arrow=True),
        Shape(((100, 60), (110, 60), (105, 70)), "held"),
        Text(100, 90, "a < b & $x$ 中", 13, "middle", bold=True, backing=True),
    ),
    'the "alt" text',
)


def test_svg_is_well_formed_follows_the_theme_and_says_what_it_shows():
    svg = SAMPLE.to_svg()
    root = ET.fromstring(svg)
    assert root.get("aria-label") == 'the "alt" text'
    assert [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")] == ["a < b & $x$ 中"]
    assert "var(--jp-layout-color0, #ffffff)" in svg
    assert svg.count('stroke-dasharray="4 4"') == 1


def on_page(drawing: Drawing, page: str) -> Image.Image:
    """A drawing's PNG on a page of that colour."""
    whole = Image.open(io.BytesIO(drawing.to_png())).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, page), whole).convert("L")


def test_png_is_a_white_card_on_a_white_page_and_does_not_glare_on_a_dark_one():
    light, dark = on_page(SAMPLE, "#ffffff"), on_page(SAMPLE, COLOURS["card"].dark)
    assert light.size == dark.size == (300, 150)
    assert light.getpixel((20, 110)) > 245
    assert 170 < dark.getpixel((20, 110)) < 200
    for page in (light, dark):
        assert page.crop((110, 115, 190, 138)).getextrema()[0] < 60  # the text


def dark_part(item: Line | Shape | Box | Text) -> tuple[float, float, float, float]:
    """Where a drawing of this one thing is dark: left, top, right, bottom, in pixels of the page."""
    inside = on_page(Drawing(200, 100, (item,), ""), "#ffffff").crop((3, 3, 297, 147))
    box = inside.point(lambda value: 255 * (value < 140)).getbbox()
    assert box is not None
    return tuple((edge + 3) / png.SHARPNESS for edge in box)


@pytest.mark.parametrize(
    ("item", "extent"),
    [
        (Line(((20, 50), (180, 50)), width=4), (18, 48, 182, 52)),
        (Line(((20, 20), (180, 80)), width=2), (20, 20, 180, 80)),
        (Line(((20, 50), (180, 50)), width=2, dash=(100, 100)), (20, 49, 120, 51)),
        (Line(((20, 50), (180, 50)), arrow=True), (20, 45.5, 180, 54.5)),
        (Shape(((50, 20), (80, 20), (65, 70)), "ink"), (50, 20, 80, 70)),
        (Box(30, 20, 100, 50), (30, 20, 130, 70)),
    ],
)
def test_png_shows_things_where_they_belong(item, extent):
    assert dark_part(item) == pytest.approx(extent, abs=2)


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
@pytest.mark.parametrize("bold", [True, False])
def test_letters_take_the_width_that_is_measured(anchor, bold):
    text = Text(100, 50, "HSYN ACKH", 13, anchor, bold)
    left, top, right, bottom = dark_part(text)
    assert (left, right) == pytest.approx((text.extent[0], text.extent[2]), abs=2.5)
    assert top == pytest.approx(50 - 9.5, abs=1.5)
    assert bottom == pytest.approx(50, abs=1.5)


def test_pictures_need_no_matplotlib_and_the_package_loads_no_painter():
    code = (
        "import helpers.draw as d, sys\n"
        "assert not {'matplotlib', 'ipywidgets', 'PIL'} & set(sys.modules)\n"
        "d.family_map()._repr_mimebundle_()\n"
        "assert not {'matplotlib', 'numpy', 'ipywidgets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("end", [(30.2, 50.0), (20.0, 60.2)])
def test_a_last_stroke_may_be_shorter_than_a_pixel(end):
    line = Line(((20, 50), end), dash=(6, 4))
    assert Drawing(100, 100, (line,), "").to_png().startswith(b"\x89PNG")


WORDS = st.lists(st.text("abcWij", min_size=1, max_size=12), max_size=12).map(" ".join)


@given(WORDS, st.integers(0, 300))
def test_wrapped_loses_no_word_and_breaks_no_line_without_need_and_fitted_fits(text, width):
    lines = wrapped(text, width, 13)
    assert " ".join(lines) == text
    assert all(text_width(line, 13) <= width or " " not in line for line in lines)
    for line, following in zip(lines, lines[1:], strict=False):
        assert text_width(f"{line} {following.split()[0]}", 13) > width
    short = fitted(text, width, 13)
    assert text_width(short, 13) <= width and text.startswith(short.removesuffix("..."))
    assert short == text or text_width(text, 13) > width


def test_a_picture_as_the_value_of_a_cell():
    picture = Picture(Drawing(120, 40, (Text(5, 20, "hello"),), "what it shows"), "hello in words")
    data, metadata = picture._repr_mimebundle_(include=None, exclude=None)
    assert data["text/plain"] == str(picture) == repr(picture) == "hello in words"
    assert Image.open(io.BytesIO(data["image/png"])).size == (180, 60)
    assert metadata == {"image/png": {"width": 120, "height": 40, "alt": "what it shows"}}
