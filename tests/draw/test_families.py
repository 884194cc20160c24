"""The map of the four families."""

from __future__ import annotations

import pytest

from helpers.draw import family_map
from helpers.draw.drawing import Box, Line, Text
from helpers.draw.families import BESIDE, BESIDE_NAME, FAMILIES, HERE
from helpers.errors import CourseError
from tests.draw.geometry import faults

PLACES = ["", *(family.name for family in FAMILIES), BESIDE_NAME]
CURRICULUM = (
    "管道", "命名管道", "消息队列", "互斥量", "条件变量", "读写锁", "文件和写记录锁", "信号量",
    "匿名共享内存", "具名共享内存",
)  # fmt: skip
"""The article's words for T01 to T10."""


@pytest.mark.parametrize("here", PLACES)
def test_the_map_can_be_read(here):
    drawing = family_map(here).drawing
    assert faults(drawing) == []
    assert drawing.width <= 900


@pytest.mark.parametrize("here", PLACES)
def test_no_word_leaves_its_card(here):
    drawing = family_map(here).drawing
    cards = [
        (item.points[0], item.points[2]) for item in drawing.items if isinstance(item, Line) and len(item.points) == 5
    ]
    assert len(cards) == 5
    title, *texts = drawing.texts()
    for text in texts:
        left, _, right, bottom = text.extent
        assert any(a[0] < left and right < b[0] - 4 and a[1] - 10 < bottom < b[1] for a, b in cards), text


def test_every_member_is_on_the_picture_and_in_the_text():
    picture = family_map()
    drawn = [text.text for text in picture.drawing.texts()]
    members = [member for family in FAMILIES for member in family.members] + list(BESIDE)
    assert len(members) == 21
    for member in members:
        assert {member.name, member.kernel_object, member.named_by} <= set(drawn)
        assert [
            member.chinese in line for line in picture.text.splitlines() if line.startswith(f"  {member.name} ")
        ] == [True]


def test_the_text_has_the_articles_words_and_the_picture_only_letters_of_its_font():
    picture = family_map()
    for word in CURRICULUM:
        assert f"  {word}\n" in f"{picture.text}\n"
    assert all(text.text.isascii() for text in picture.drawing.texts())


@pytest.mark.parametrize("here", PLACES[1:])
def test_where_the_reader_is_has_a_thick_edge_and_a_word(here):
    picture = family_map(here)
    assert [line for line in picture.text.splitlines() if HERE in line] == [
        next(line for line in picture.text.splitlines() if line.startswith(here))
    ]
    (card,) = [item for item in picture.drawing.items if isinstance(item, Line) and item.width > 3]
    (badge,) = [text for text in picture.drawing.texts() if text.text == HERE]
    (heading,) = [
        text for text in picture.drawing.texts() if text.bold and text.size == 14 and text.text.startswith(here)
    ]
    (left, top), (right, bottom) = card.points[0], card.points[2]
    assert left < heading.x < right and top < heading.y < bottom
    assert left < badge.x < right and abs(badge.y - top) < 10
    assert f"You are here: {here}." in picture.drawing.alt


def test_nobody_is_anywhere_without_a_name():
    picture = family_map()
    assert HERE not in picture.text
    assert not [item for item in picture.drawing.items if isinstance(item, Line) and item.width > 3]


def test_each_family_has_a_symbol_of_two_processes():
    drawing = family_map().drawing
    assert [text.text for text in drawing.texts() if text.text in ("A", "B")] == ["A", "B"] * 4
    boxes = [item for item in drawing.items if isinstance(item, Box) and item.width == item.height == 26]
    assert len(boxes) == 8
    texts = [item for item in drawing.items if isinstance(item, Text) and item.text not in ("A", "B")]
    for box in boxes:
        assert not any(
            text.extent[0] < box.x + 26
            and box.x < text.extent[2]
            and text.extent[1] < box.y + 26
            and box.y < text.extent[3]
            for text in texts
        )


def test_a_family_that_is_not_on_the_map_is_told():
    with pytest.raises(CourseError, match="no family 'pipes'; it has message passing, synchronisation, "):
        family_map("pipes")
