"""What `check` says of an answer, whatever the reader's code does."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers import lessons
from helpers.errors import CourseError
from helpers.study import check, checking, progress

Cell = Callable[[str], dict[str, Any]]


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook 99 whose checkers are in example_lessons/example/check.py, imported as those of the course are."""
    here = str(Path(__file__).parent / "example_lessons")
    monkeypatch.setattr(lessons, "__path__", [*lessons.__path__, here])
    monkeypatch.setattr(checking, "TOPICS", {"99": "example"})


@pytest.mark.parametrize(
    ("number", "answer", "status", "sentence"),
    [
        ("99.1", "import socket\ndef answer():\n    return socket.create_server(('127.0.0.1', 0))", "passed",
         "(A listener on loopback): right. The kernel completes handshakes for it now."),
        ("99.2", "answer = 42", "passed", "(A number): right."),
        ("99.1", "import socket\ndef answer():\n    return socket.socket()", "wrong",
         "(A listener on loopback): not yet. Your socket does not listen: call `listen()`."),
        ("99.1", "import json\ndef answer():\n    x = 1\n    json.loads('{')", "failed",
         ": your code raised JSONDecodeError: "),
        ("99.1", "def part():\n    return 1 / 0\ndef answer():\n    return part()", "failed",
         ", in line 2: `return 1 / 0`"),
        ("99.2", "answer = 'forty-two'", "failed",
         ": your answer is not of the kind that was asked for: checking it raised TypeError: "),
        ("99.3", "answer = 7", "unavailable",
         "(Only live) can only be checked where the lab runs live; on this machine: user namespaces are refused."),
        ("99.1", "def answer():\n    x = 1\n    ...", "failed", ""),
    ],
)  # fmt: skip
def test_an_answer_gets_its_sentence(cell: Cell, number: str, answer: str, status: str, sentence: str) -> None:
    card = check(number, cell(answer)["answer"])
    assert (card.status, sentence in card.text) == (status, True), card.text
    known = progress.state()
    assert number in {"passed": known.passed, "unavailable": {number}}.get(status, known.tried)


@pytest.mark.parametrize(
    "stub",
    [
        "answer = ...",
        "answer = (1, [...])",
        "answer = {'SYN': ...}",
        "def answer(host):\n    '''Say hello.'''\n    return ...",
        "async def answer():\n    # to do\n    pass",
        "if True:\n    def answer(): ...",
        "from functools import update_wrapper as w\nclass W: __call__ = 1\ndef f(): ...\nanswer = w(W(), f)",
    ],
)
def test_a_stub_is_not_tried_yet(cell: Cell, stub: str) -> None:
    card = check("99.1", cell(stub)["answer"])
    assert card.text.endswith(": not tried yet. Replace the ... and run this cell again.")
    assert (card.status, progress.state().tried) == ("untried", set())


def test_a_function_without_source_is_a_try(cell: Cell) -> None:
    answer = cell("def answer(): ...")["answer"]
    Path(answer.__code__.co_filename).unlink()
    assert check("99.1", answer).status == "failed"


def test_an_interrupt_goes_through(cell: Cell) -> None:
    with pytest.raises(KeyboardInterrupt):
        check("99.1", cell("def answer():\n    raise KeyboardInterrupt\n")["answer"])


@pytest.mark.parametrize("unknown", ["99.9", "98.1", "", "nonsense"])
def test_an_unknown_exercise_names_the_known(unknown: str) -> None:
    with pytest.raises(CourseError, match=rf"no exercise '{unknown}'. There are: .*99\.1, 99\.2, 99\.3"):
        check(unknown, 42)


def test_what_would_wait_for_ever_is_ended_and_its_line_named(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "LONGEST", 0.1)
    source = "import select\ndef answer():\n    try:\n        select.select([], [], [], 60)\n"
    for clause in ("except OSError", "except Exception", "except"):
        checked = check("99.1", cell(f"{source}    {clause}:\n        raise\n")["answer"])
        assert checked.status == "failed"
        assert "not finished after 0.1 s, and ended, in line 4: `select.select" in checked.text
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize("got", [43, 42.0, "42", None])
def test_expected_and_got_are_said(got: object) -> None:
    checking.expect(42, 42, "the sum")
    with pytest.raises(checking.Wrong) as wrong:
        checking.expect(got, 42, "the sum of 2 and 40", "Add them.")
    assert str(wrong.value) == f"The sum of 2 and 40: expected 42, got {got!r}. Add them."
