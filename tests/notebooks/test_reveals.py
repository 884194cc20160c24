"""Each reveal reports what a run has seen: driven to each of its options, and to none of them, by what it reads."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from typing import Any

import pytest

from helpers.study import predictions
from tools.cell_code import assigned_calls, called_on
from tools.contents import NOTEBOOKS, Contents, cells_of, contents

COURSE = {each.file[:2]: each for each in contents()}
QUESTIONS = {question.id: question for each in COURSE.values() for question in each.questions}
LETTERS = "abcdefgh"
MOST, FEWEST_FIRST = 0.42, 0.20
"""Of all right options, how many may stand at one place, and how many must stand at the first."""
TELLING = 5
"""A word of as many letters tells something."""


def cases_of(number: str) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The CASES of a notebook: question, option, values."""
    return dict(importlib.import_module(f"tests.notebooks.reveals.cases_{number}").CASES)


def every_case() -> list[tuple[str, str, dict[str, Any]]]:
    """(question, expected, values) of all notebooks."""
    listed = []
    for number in COURSE:
        for question, outcomes in cases_of(number).items():
            for expected, values in outcomes.items():
                listed += [(question, expected, one) for one in values]
    return listed


def cells_of_question(each: Contents, name: str) -> tuple[str, str, str]:
    """The variable of a question, the source of its cell, and the source of the cell that reveals it."""
    sources = [c["source"] for c in cells_of(NOTEBOOKS / each.link()) if c["cell_type"] == "code"]
    for place, asks in enumerate(sources):
        for variable, question in assigned_calls(asks, "predict").items():
            if question == name:
                return variable, asks, next(s for s in sources[place:] if variable in called_on(s, "reveal"))
    raise AssertionError(f"no cell asks {name}")


@pytest.fixture(autouse=True)
def asked_anew(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPC_COURSE_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.jsonl"))
    monkeypatch.setattr(predictions, "_asked", {})


def revealed(question: str, values: dict[str, Any]) -> str:
    """What the reveal of a question says when its run has seen these values."""
    variable, asks, reveals = cells_of_question(COURSE[question[:2]], question)
    names = {"predict": predictions.predict, "within": predictions.within, **values}
    exec(asks, names)
    *before, last = ast.parse(reveals).body
    assert isinstance(last, ast.Expr), "a reveal is the last value of its cell"
    exec(compile(ast.Module(before, []), question, "exec"), names)
    return repr(eval(compile(ast.Expression(last.value), question, "eval"), names))


@pytest.mark.parametrize(
    ("question", "expected", "values"), every_case(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_reveal_reports_what_was_seen(question: str, expected: str, values: dict[str, Any]) -> None:
    said = revealed(question, values)
    happened = re.search(r"^What happened: +(.*)$", said, re.MULTILINE)
    assert happened, said
    if expected == "none":
        assert re.match(r"none of these: .*\w+ \w+ \w+", happened[1]), f"no sentence: {said}"
    else:
        assert happened[1].startswith(f"{expected}) "), said


@pytest.mark.parametrize("number", COURSE)
def test_each_option_has_its_case(number: str) -> None:
    wanted = {q.id: {*LETTERS[: len(q.options)], "none"} for q in COURSE[number].questions}
    assert {question: set(outcomes) for question, outcomes in cases_of(number).items()} == wanted


def test_no_place_is_the_usual_one() -> None:
    places = Counter(LETTERS[question.options.index(question.happened)] for question in QUESTIONS.values())
    total = places.total()
    assert max(places.values()) <= MOST * total, places
    assert places["a"] >= FEWEST_FIRST * total, places


@pytest.mark.parametrize("question", QUESTIONS)
def test_neither_id_nor_variable_tells_the_answer(question: str) -> None:
    variable, _, _ = cells_of_question(COURSE[question[:2]], question)
    asked = QUESTIONS[question]
    wrong = " ".join(option for option in asked.options if option != asked.happened)
    telling = {word for word in words(asked.happened) - words(wrong) if len(word) >= TELLING}
    assert not telling & words(f"{question} {variable}")


def words(text: str) -> set[str]:
    """In small letters; an underscore or a hyphen divides."""
    return set(re.findall(r"[a-z]+", text.lower()))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_stands_alone(question: str) -> None:
    """It is asked again, away from its notebook."""
    leaning = [text for text in (QUESTIONS[question].text, *QUESTIONS[question].options) if POINTS_BACK.search(text)]
    assert not leaning


POINTS_BACK = re.compile(
    r"^(Then|Now|Again|And|So)\b|\b(this|that|these|those) (server|client|table|program|port mapper|file|pipe|lock)\b"
    r"|\b(our (server|port mapper)|ours|again, but|the same conversation|as before)\b|\bthe file then\b|\bgoes on\b"
)
"""Words that lean on what a notebook has just said."""


def test_words_that_lean_are_found() -> None:
    assert POINTS_BACK.search("Is it in this table?")
    assert not POINTS_BACK.search("Two hosts, and a wire. What comes?")
