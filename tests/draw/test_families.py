"""The map of the four families. Its text is compared in notebooks 01 to 05."""

from __future__ import annotations

import pytest

from helpers.draw import family_map
from helpers.draw.drawing import Box, Line
from helpers.draw.families import BESIDE, FAMILIES, HERE
from tests.draw.geometry import faults

PLACES = ["", *(family.name for family in FAMILIES), BESIDE.name]


@pytest.mark.parametrize("here", PLACES)
def test_the_map_can_be_read_and_no_word_leaves_its_card(here):
    drawing = family_map(here).drawing
    assert faults(drawing) == []
    cards = [item.points for item in drawing.items if isinstance(item, Line) and len(item.points) == 5]
    assert len(cards) == 5
    for text in drawing.texts()[1:]:
        left, _, right, bottom = text.extent
        assert any(a[0] < left and right < b[0] - 4 and a[1] - 10 < bottom < b[1] for a, _, b, *_ in cards), text
    symbols = [item for item in drawing.items if isinstance(item, Box) and item.width == item.height == 26]
    for box in symbols:
        names = [text for text in drawing.texts() if box.x < text.x < box.x + 26 and box.y < text.y < box.y + 26]
        assert [text.text for text in names] in (["A"], ["B"])


@pytest.mark.parametrize("here", PLACES)
def test_where_the_reader_is_has_a_thick_edge_and_a_word(here):
    picture = family_map(here)
    marked = [line.startswith(here) for line in picture.text.splitlines() if HERE in line]
    assert marked == ([True] if here else [])
    thick = [item.points for item in picture.drawing.items if isinstance(item, Line) and item.width > 3]
    badges = [text for text in picture.drawing.texts() if text.text == HERE]
    assert len(thick) == len(badges) == bool(here)
    for ((left, top), _, (right, _), *_), badge in zip(thick, badges, strict=True):
        assert left < badge.x < right and abs(badge.y - top) < 10
