"""The drawing value and its two painters."""

from __future__ import annotations

import io
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from helpers.draw.drawing import Box, Drawing, Line, Shape, Text, arrow_head, text_width
from helpers.draw.palette import COLOURS
from tests.draw.geometry import faults, overlap

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


def test_svg_is_well_formed_and_says_what_it_shows():
    root = ET.fromstring(SAMPLE.to_svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'the "alt" text'
    assert [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")] == ["a < b & $x$ 中"]


def test_svg_follows_the_theme():
    svg = SAMPLE.to_svg()
    assert "var(--jp-content-font-color1, #212121)" in svg
    assert "var(--jp-layout-color0, #ffffff)" in svg


def test_svg_draws_dashes_only_where_asked():
    assert 'stroke-dasharray="4 4"' in SAMPLE.to_svg()
    assert "stroke-dasharray" not in Drawing(10, 10, (Line(((0, 0), (9, 9))),), "").to_svg()


def on_page(page: str) -> Image.Image:
    """The sample's PNG on a page of that colour."""
    whole = Image.open(io.BytesIO(SAMPLE.to_png())).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, page), whole).convert("L")


def test_png_is_a_white_card_on_a_white_page_and_does_not_glare_on_a_dark_one():
    light, dark = on_page("#ffffff"), on_page(COLOURS["card"].dark)
    assert light.size == dark.size == (300, 150)
    assert light.getpixel((20, 110)) > 245
    assert 170 < dark.getpixel((20, 110)) < 200
    for page in (light, dark):
        assert page.crop((110, 115, 190, 138)).getextrema()[0] < 60  # the text


def test_png_shows_lines_and_letters_where_they_belong():
    image = on_page("#ffffff")
    assert image.crop((15, 70, 285, 80)).getextrema()[0] < 160  # the line
    assert image.crop((110, 115, 190, 138)).getextrema()[0] < 100  # the text
    assert image.crop((245, 90, 285, 138)).getextrema()[0] > 245  # nothing


def test_painting_keeps_no_figure_and_imports_no_pyplot():
    code = (
        "import helpers.draw.drawing as d, sys\n"
        "assert 'matplotlib' not in sys.modules\n"
        "d.Drawing(10, 10, (d.Text(1, 9, 'x'),), '').to_png()\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_importing_the_views_imports_neither_matplotlib_nor_ipywidgets():
    code = "import helpers.draw, sys; assert not {'matplotlib', 'ipywidgets', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_text_width_is_that_of_the_font():
    assert text_width("WWWW", 13) > 2.5 * text_width("iiii", 13)
    assert text_width("SYN", 26) == pytest.approx(2 * text_width("SYN", 13))
    assert text_width("SYN", 13, bold=True) > text_width("SYN", 13)
    assert text_width("中", 13) == 13


@pytest.mark.parametrize(("anchor", "left"), [("start", 100), ("middle", None), ("end", None)])
def test_extent_depends_on_the_anchor(anchor, left):
    text = Text(100, 50, "abc", 13, anchor)
    box = text.extent
    width = text_width("abc", 13)
    assert box[2] - box[0] == pytest.approx(width)
    assert box[0] == pytest.approx({"start": 100, "middle": 100 - width / 2, "end": 100 - width}[anchor])


def test_arrow_head_points_along_the_line():
    tip, one, other = arrow_head((0, 0), (100, 0), length=10, half_width=4)
    assert tip == (100, 0)
    assert {one, other} == {(90, 4), (90, -4)}


def test_geometry_finds_what_cannot_be_read():
    bad = Drawing(
        60,
        40,
        (Text(5, 20, "one"), Text(15, 22, "two"), Text(40, 20, "cut off"), Text(5, 38, "tiny", 8)),
        "",
    )
    assert overlap(bad.texts()[0], bad.texts()[1])
    assert len(faults(bad)) == 3
