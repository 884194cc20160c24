"""A table that cells fill."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from helpers.draw import Answers
from helpers.errors import CourseError


@pytest.fixture
def answers() -> Answers:
    table = Answers("Compared", full="full?", who="who can open it?")
    table.note("pipe", full="blocks; EAGAIN with O_NONBLOCK")
    table.note("FIFO", who="whoever may open the path", full=65536)
    return table


def cells(table: Answers) -> list[str]:
    root = ET.fromstring(table._repr_mimebundle_()["text/html"])
    return [element.text or "" for element in root.iter("td")]


def test_the_text_has_a_paragraph_for_each_row(answers):
    assert str(answers.show()).splitlines() == [
        "Compared",
        "pipe",
        "  full?             blocks; EAGAIN with O_NONBLOCK",
        "  who can open it?  -",
        "FIFO",
        "  full?             65536",
        "  who can open it?  whoever may open the path",
    ]


def test_the_page_has_a_column_for_each_question(answers):
    root = ET.fromstring(answers._repr_mimebundle_()["text/html"])
    assert [element.text or "" for element in root.iter("th")] == ["", "full?", "who can open it?"]
    assert cells(answers) == [
        "pipe", "blocks; EAGAIN with O_NONBLOCK", "-", "FIFO", "65536", "whoever may open the path",
    ]  # fmt: skip


def test_it_is_the_value_of_a_cell_in_both_forms(answers):
    bundle = answers._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == repr(answers) == str(answers) == str(answers.show())
    assert bundle == answers.show()._repr_mimebundle_()


def test_a_later_answer_replaces_the_earlier_one_and_no_other(answers):
    answers.note("pipe", full="EAGAIN")
    answers.note("pipe", who="its family")
    assert cells(answers)[:3] == ["pipe", "EAGAIN", "its family"]
    assert cells(answers)[3:] == ["FIFO", "65536", "whoever may open the path"]


def test_what_was_shown_stays_as_it_was(answers):
    shown = answers.show()
    answers.note("pipe", full="changed")
    assert "changed" not in str(shown)


def test_a_row_may_wait_for_all_its_answers(answers):
    answers.note("queue")
    assert cells(answers)[-3:] == ["queue", "-", "-"]


def test_an_empty_table_says_so():
    table = Answers(full="full?")
    assert str(table) == "  nothing is answered yet"
    assert cells(table) == ["nothing is answered yet"]


def test_answers_are_no_markup(answers):
    answers.note("pipe", full="<b>&")
    assert "<b>&" in cells(answers)


def test_a_question_that_is_not_asked_is_told_and_nothing_is_noted(answers):
    before = str(answers)
    with pytest.raises(CourseError, match="does not ask 'ful'; its questions are full, who"):
        answers.note("pipe", who="x", ful="y")
    assert str(answers) == before
    with pytest.raises(CourseError, match="does not ask"):
        answers.note("new", ful="y")
    assert str(answers) == before


def test_a_table_without_questions_is_refused():
    with pytest.raises(CourseError, match="needs questions"):
        Answers("Compared")
