"""Every answer in the rooms' tables gets the verdict, and the words, that stand there."""

from __future__ import annotations

import runpy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.errors import CourseError
from helpers.ipc import scratch
from helpers.lab import why_unavailable
from helpers.study import check, checking, own_process
from helpers.study.checking import TOPICS
from tests.lessons.table import Tried
from tests.needs import need

TABLES = sorted(Path(__file__).parent.glob("*/answers.py"))
# Run as a notebook's cells are, so that a sentence can name the line.
TRIED: list[Tried] = [row for path in TABLES for row in runpy.run_path(str(path), run_name="__main__")["TRIED"]]
WRONG = ("wrong", "failed")


def rows() -> list[object]:
    """Each as a parameter. `make test` tries one right and one wrong answer of each exercise, a release all."""
    found, seen = [], set()
    for number, row in enumerate(TRIED):
        kind = row.exercise, row.status in WRONG
        marks = [pytest.mark.release] if kind in seen else []
        seen.add(kind)
        name = getattr(row.answer, "__name__", type(row.answer).__name__)
        found.append(pytest.param(row, marks=marks, id=f"{row.exercise}-{name}-{number}"))
    return found


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """What a checker makes goes with the kernel; the kernel of the tests is this process, which runs for long."""
    yield
    scratch.clear()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("row", rows())
def test_an_answer_gets_its_verdict(row: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    # Wrong answers leave sockets and files to the garbage collector, which warns.
    monkeypatch.setattr(own_process, "LONGEST", 1.0 if row.hangs else 20.0)
    monkeypatch.setattr(checking, "LONGEST", 3.0 if row.hangs else 60.0)
    checked = check(row.exercise, row.answer)
    if checked.status == "unavailable":
        need("what the exercise needs", why_unavailable() or checked.text)
    assert checked.status == row.status, checked.text
    assert row.words in checked.text


def test_each_exercise_is_attacked() -> None:
    """At least five wrong answers, and two unusual right ones beside the solution."""
    wrong = Counter(row.exercise for row in TRIED if row.status in WRONG)
    right = Counter(row.exercise for row in TRIED if row.status == "passed")
    for number in TOPICS:
        with pytest.raises(CourseError):
            check(f"{number}.0", 0)  # imports the checkers
    known = sorted(name for name in checking._exercises if name[:2] in TOPICS)
    assert {name: (wrong[name], right[name]) for name in known if wrong[name] < 5 or right[name] < 3} == {}
    assert sorted(wrong.keys() | right.keys()) == known
