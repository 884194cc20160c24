import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers import lessons
from helpers.study import check, checking, exercise, progress
from helpers.study.checking import UnknownExercise

Cell = Callable[[str], dict[str, Any]]
RIGHT = "import socket\ndef answer():\n    return socket.create_server(('127.0.0.1', 0))\n"
WRONG = "import socket\ndef answer():\n    return socket.socket()\n"


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook 99 whose checkers are in example_lessons/example/check.py, imported as those of the course are."""
    here = str(Path(__file__).parent / "example_lessons")
    monkeypatch.setattr(lessons, "__path__", [*lessons.__path__, here])
    monkeypatch.setattr(checking, "TOPICS", {"99": "example"})


def test_right_is_praised_and_kept(cell: Cell) -> None:
    card = check("99.1", cell(RIGHT)["answer"])
    assert card.status == "passed"
    assert repr(card) == (
        "Exercise 99.1 (A listener on loopback): right. The kernel completes handshakes for it now."
    )
    assert progress.state().passed == {"99.1"}


def test_praise_may_be_left_out() -> None:
    assert repr(check("99.2", 42)) == "Exercise 99.2 (A number): right."


def test_wrong_is_one_sentence_and_kept_as_tried(cell: Cell) -> None:
    card = check("99.1", cell(WRONG)["answer"])
    assert card.status == "wrong"
    assert repr(card) == (
        "Exercise 99.1 (A listener on loopback): not yet. Your socket does not listen: call `listen()`."
    )
    assert "<code>listen()</code>" in card.html
    assert (progress.state().passed, progress.state().tried) == (set(), {"99.1"})


def test_a_later_wrong_try_takes_nothing_back() -> None:
    for value in (42, 7):
        check("99.2", value)
    assert progress.state().passed == {"99.2"}


@pytest.mark.parametrize(
    "stub",
    [
        "answer = ...",
        "answer = [1, ...]",
        "answer = (..., 'b')",
        "answer = {'SYN': ...}",
        "def answer(): ...",
        "def answer(host):\n    '''Say hello.'''\n    ...",
        "def answer():\n    return ...",
        "def answer():\n    # to do\n    pass",
        "async def answer(): ...",
        "if True:\n    def answer(): ...",
        "from functools import update_wrapper as w\nclass W: __call__ = 1\ndef f(): ...\nanswer = w(W(), f)",
    ],
)
def test_a_stub_is_not_tried_yet(cell: Cell, stub: str) -> None:
    card = check("99.1", cell(stub)["answer"])
    assert card.status == "untried"
    assert repr(card) == (
        "Exercise 99.1 (A listener on loopback): not tried yet. Replace the ... and run this cell again."
    )


@pytest.mark.parametrize(
    "tried", ["def answer():\n    return 7", "def answer():\n    x = 1\n    ...", "answer = 0"]
)
def test_anything_else_is_a_try(cell: Cell, tried: str) -> None:
    assert check("99.1", cell(tried)["answer"]).status == "failed"


def test_a_function_without_source_is_a_try(cell: Cell) -> None:
    answer = cell("def answer(): ...")["answer"]
    Path(answer.__code__.co_filename).unlink()
    assert check("99.1", answer).status == "failed"


def test_an_error_in_the_readers_code_is_one_sentence_with_their_line(cell: Cell) -> None:
    card = check("99.1", cell("import json\ndef answer():\n    x = 1\n    json.loads('{')\n")["answer"])
    assert card.status == "failed"
    try:
        json.loads("{")
    except ValueError as error:
        message = str(error)
    assert repr(card) == (
        f"Exercise 99.1 (A listener on loopback): your code raised JSONDecodeError: {message}, "
        "in line 4: `json.loads('{')`"
    )


def test_the_line_is_where_the_readers_own_code_failed(cell: Cell) -> None:
    source = "def part():\n    return 1 / 0\ndef answer():\n    return part()\n"
    assert "in line 2: `return 1 / 0`" in repr(check("99.1", cell(source)["answer"]))


def test_an_answer_of_another_kind_is_one_sentence() -> None:
    assert repr(check("99.2", "forty-two")) == (
        "Exercise 99.2 (A number): your answer is not of the kind that was asked for: "
        'checking it raised TypeError: can only concatenate str (not "int") to str.'
    )


def test_an_interrupt_goes_through(cell: Cell) -> None:
    answer = cell("def answer():\n    raise KeyboardInterrupt\n")["answer"]
    with pytest.raises(KeyboardInterrupt):
        check("99.1", answer)


def test_where_there_is_no_live_lab() -> None:
    card = check("99.3", 7)
    assert card.status == "unavailable"
    assert repr(card) == (
        "Exercise 99.3 (Only live) can only be checked where the lab runs live; "
        "on this machine: user namespaces are refused."
    )
    assert progress.state().passed == set()


def test_an_error_in_the_answer_is_kept_as_a_try_and_a_stub_is_not(cell: Cell) -> None:
    check("99.1", cell("def answer(): ...")["answer"])
    assert progress.state().tried == set()
    assert check("99.1", cell("def answer(): 1/0")["answer"]).status == "failed"
    assert progress.state().tried == {"99.1"}


@pytest.mark.parametrize("unknown", ["99.9", "98.1", "", "nonsense"])
def test_an_unknown_exercise_names_the_known(unknown: str) -> None:
    with pytest.raises(UnknownExercise, match=rf"no exercise '{unknown}'. There are: .*99\.1, 99\.2, 99\.3"):
        check(unknown, 42)


def test_one_id_has_one_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_exercises", {})

    def one(answer: object) -> None: ...

    def two(answer: object) -> None: ...

    exercise("99.7", title="One")(one)
    exercise("99.7", title="One, its module loaded again")(one)
    with pytest.raises(ValueError, match=r"99\.7 has two checkers: .*one, .*two"):
        exercise("99.7", title="Two")(two)


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
