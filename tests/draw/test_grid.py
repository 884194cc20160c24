"""Tables as text, as HTML and drawn; and a table that cells fill."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from helpers.draw import Answers
from helpers.draw.drawing import Line, Shape
from helpers.draw.grid import Block, Grid
from helpers.errors import CourseError
from tests.draw.geometry import faults

GRID = Grid(
    "Title <&>",
    (
        Block("one", ("a", "long name"), (("1", "<b>"), ("22", "")), "nothing", [(1, 0)], {"<b>": "lost"}),
        Block("two", ("a",), (), "nothing"),
    ),
    "[live on Linux 6.18.1, 2026-01-31]",
)


def dashed(item):
    return isinstance(item, Line) and item.dash


def test_text_is_in_columns():
    assert str(GRID).splitlines() == [
        "Title <&>",
        "one",
        "  a   long name",
        "  1   <b>",
        "  22",
        "two",
        "  nothing",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_html_has_the_same_content_and_nothing_of_it_is_markup_or_reaches_the_page():
    html = GRID._repr_mimebundle_()["text/html"]
    root = ET.fromstring(html)
    cells = [element.text or "" for element in root.iter("td")]
    assert cells == ["1", "<b>", "22", "", "nothing"]
    assert [element.text for element in root.iter("th")] == ["a", "long name"]
    assert [element.text for element in root.iter("caption")] == ["one", "two"]
    assert "<style" not in html


def test_dollars_are_no_formula():
    root = ET.fromstring(Grid("", (Block("", ("a",), (("$ echo $$",),), ""),), "").html())
    cell = next(root.iter("td"))
    assert "".join(cell.itertext()) == "$ echo $$"
    assert [element.text for element in cell] == ["$", "$", "$"]


def test_a_cell_may_hold_a_link():
    html = GRID.html(lambda text: f'<a href="x">{text}</a>' if text == "22" else "")
    assert '<a href="x">22</a>' in html


def test_a_frame_and_a_colour_are_in_the_html_of_their_cells_alone():
    styles = {cell.text: cell.get("style") or "" for cell in ET.fromstring(GRID.html()).iter("td")}
    assert [text for text, style in styles.items() if "outline" in style] == ["22"]
    assert [text for text, style in styles.items() if "box-shadow" in style] == ["<b>"]


def test_the_drawing_shows_the_same_with_frames_and_colours():
    drawing = GRID.drawing()
    assert faults(drawing) == []
    assert drawing.alt == str(GRID)
    assert {text.text for text in drawing.texts()} >= {"Title <&>", "one", "long name", "<b>", "22", "nothing"}
    assert not [item for item in Grid("", (Block("", ("a",), (("b",),), ""),), "").drawing().items if dashed(item)]
    (frame,) = (item for item in drawing.items if dashed(item))
    (cell,) = (text for text in drawing.texts() if text.text == "22")
    (left, top), _, (right, bottom), *_ = frame.points
    assert left < cell.extent[0] < cell.extent[2] < right
    assert top < cell.extent[1] < cell.extent[3] < bottom
    (swatch,) = (item for item in drawing.items if isinstance(item, Shape))
    (coloured,) = (text for text in drawing.texts() if text.text == "<b>")
    assert swatch.fill == "lost" and max(x for x, _ in swatch.points) < coloured.extent[0]


def test_long_texts_wrap_where_the_page_is_narrow():
    long = "as many words as no column of this page can hold in one line"
    drawing = Grid("", (Block("", ("short", "long"), (("a b", long),), ""),), "").drawing(300)
    assert faults(drawing) == []
    assert "a b" in {text.text for text in drawing.texts()}
    assert " ".join(text.text for text in drawing.texts() if text.text in long) == long


@pytest.fixture
def answers() -> Answers:
    table = Answers("Compared", full="full?", who="who can open it?")
    table.note("pipe", full="blocks; EAGAIN with O_NONBLOCK")
    table.note("FIFO", who="whoever may open the path", full=65536)
    return table


def test_answers_have_a_paragraph_a_row_in_the_text_and_a_column_a_question_on_the_page(answers):
    bundle = answers._repr_mimebundle_()
    assert bundle["text/plain"] == repr(answers)
    assert bundle["text/plain"].splitlines() == [
        "Compared",
        "pipe",
        "  full?             blocks; EAGAIN with O_NONBLOCK",
        "  who can open it?  -",
        "FIFO",
        "  full?             65536",
        "  who can open it?  whoever may open the path",
    ]
    heads = [element.text or "" for element in ET.fromstring(bundle["text/html"]).iter("th")]
    assert heads == ["", "full?", "who can open it?"]


def test_a_later_answer_replaces_the_earlier_one_and_no_other(answers):
    answers.note("pipe", full="EAGAIN")
    answers.note("pipe", who="its family")
    assert repr(answers).splitlines()[1:4] == ["pipe", "  full?             EAGAIN", "  who can open it?  its family"]


def test_a_question_that_is_not_asked_is_told_and_nothing_is_noted(answers):
    before = str(answers)
    with pytest.raises(CourseError, match="does not ask 'ful'; its questions are full, who"):
        answers.note("pipe", who="x", ful="y")
    assert str(answers) == before
    assert str(Answers(full="full?")) == "  nothing is answered yet"
