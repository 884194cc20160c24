"""Every question of the course makes sense away from its notebook, or is left out."""

from __future__ import annotations

import re

import pytest

from helpers.study.contents import Asked, contents
from helpers.study.mixed_panel import MOST_OPTIONS
from helpers.study.questions import CONTEXT, LEFT_OUT, course_questions

ALL = {question.id: question for each in contents() for question in each.questions}
POINTS_BACK = re.compile(
    r"^(Then|Now|Again|And|So)\b|\b(this|that|these|those) (server|client|table|program|port mapper|file|pipe|lock)\b"
    r"|\b(our (server|port mapper)|ours|again, but|the same conversation|as before)\b|\bthe file then\b"
    r"|\bTAKE_IF\b|\bLOCK\b|\bLOOK\b|^(DATA|north)\b|\bgoes on\b|\bPASV\b",
)
"""Words that lean on what a notebook has just said."""


def leans(question: Asked) -> bool:
    return any(POINTS_BACK.search(text) for text in (question.text, *question.options))


def test_each_question_is_written_out_and_its_result_is_known() -> None:
    assert [question.id for question in ALL.values() if not question.text or not question.happened] == []
    assert max(len(question.options) for question in ALL.values()) <= MOST_OPTIONS


@pytest.mark.parametrize("name", [name for name, question in ALL.items() if leans(question)])
def test_what_leans_on_its_notebook_has_a_context_or_is_left_out(name: str) -> None:
    assert name in CONTEXT or name in LEFT_OUT


def test_contexts_are_of_questions_that_there_are() -> None:
    assert set(CONTEXT) | set(LEFT_OUT) <= set(ALL)
    assert not set(CONTEXT) & set(LEFT_OUT)
    assert [name for name, text in CONTEXT.items() if not text.endswith(".") or len(text) > 200] == []


def test_the_rule_finds_some() -> None:
    assert leans(Asked("x", "Is it in this table?", (), ""))
    assert not leans(Asked("x", "Two hosts, and a wire. What comes?", ("nothing",), ""))


def test_all_others_can_be_asked() -> None:
    assert {question.id for question in course_questions({})} == set(ALL) - set(LEFT_OUT)
