"""Every question of the course can be asked away from its notebook."""

from __future__ import annotations

from helpers.study.contents import contents
from helpers.study.questions import course_questions

ALL = {question.id: question for each in contents() for question in each.questions}


def test_each_question_is_written_out_and_its_result_is_known() -> None:
    assert [question.id for question in ALL.values() if not question.text or not question.happened] == []


def test_all_can_be_asked() -> None:
    assert {question.id for question in course_questions({})} == set(ALL)
