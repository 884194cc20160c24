"""Exercises: what a reader has to make happen, and the checkers that look whether it did.

A checker looks at effects (bytes, kernel state, exit status), never at the source: there are more right ways than its
author knows. It says what was expected and what came; it names a cause only if it has looked for that cause. Whatever
a reader's code does, the notebook goes on: an error becomes a sentence, and a time limit ends what would wait for ever.
A class of test cases would do the first half of this; its reports are for programmers of the tests, not for beginners.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import linecache
import signal
import textwrap
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import EllipsisType
from typing import Any, Literal

from helpers.elsewhere import NotOnThisSystem
from helpers.errors import CourseError
from helpers.study import progress
from helpers.study.cards import Card, framed, inline

Checker = Callable[[Any], str | None]
Status = Literal["untried", "wrong", "failed", "unavailable", "passed"]

_ROOMS = (
    "start processes message_passing synchronisation shared_memory remote_calls names layers applications links "
    "sockets lifecycle handshake states moving_bytes chat which_one claims"
)
TOPICS = {f"{number:02}": room for number, room in enumerate(_ROOMS.split())}
"""The module in helpers.lessons for each notebook, by the first part of an exercise's id."""

LONGEST = 25.0
"""Seconds after which a check is ended: later than an experiment, which then says which call still waits."""

class Wrong(Exception):
    """Raised by a checker: the answer is wrong, and the message helps the reader on."""


class _TooLong(BaseException):
    """A check has taken `LONGEST` seconds. Not an Exception: the reader's code may catch those."""


class Unavailable(Exception):
    """Raised by a checker that cannot look here; the message says what this machine lacks."""

    sentence = "cannot be checked on this machine: {}"


class NeedsLiveLab(Unavailable):
    """The same; the message says why this machine has no live lab."""

    sentence = "can only be checked where the lab runs live; on this machine: {}"


@dataclass(frozen=True, repr=False)
class Checked(Card):
    """The card that `check` shows, with its verdict as a value."""

    status: Status


_exercises: dict[str, tuple[str, Checker]] = {}
"""Of each its title, and the function that checks an answer."""


def exercise(exercise_id: str, title: str) -> Callable[[Checker], Checker]:
    """Register a function as the checker of an exercise, for example of "12.1".

    The checker gets the reader's answer; it raises `Wrong`, `NeedsLiveLab` or `Unavailable`, or returns praise or None.
    """

    def register(checker: Checker) -> Checker:
        _exercises[exercise_id] = title, checker
        return checker

    return register


def expect(got: object, wanted: object, case: str, hint: str = "") -> None:
    """Raise Wrong unless the reader's answer is equal to the one expected, and of its type: True is not 1.

    case: for what the answer is wrong, as in "for the port 80"; hint: a sentence that helps on.
    """
    if got != wanted or type(got) is not type(wanted):
        raise Wrong(f"{case[:1].upper()}{case[1:]}: expected {wanted!r}, got {got!r}. {hint}".rstrip())


def check(exercise_id: str, answer: object) -> Checked:
    """Check an answer (a value or a function) and say what is wrong; show the result as the last value.

    Raises CourseError for an unknown id; never for a wrong answer, nor for an error inside the reader's function.
    """
    title, checker = _find(exercise_id)
    status, sentence = _verdict(checker, answer)
    if status in ("wrong", "failed", "passed"):
        progress.keep("exercise", exercise_id, value="passed" if status == "passed" else "tried")
    edge = {"passed": "right", "untried": "untried", "unavailable": "plain"}.get(status, "wrong")
    name, joint = f"Exercise {exercise_id} ({title})", " " if status == "unavailable" else ": "
    html = framed(f"<b>{inline(name)}</b>{joint}{inline(sentence)}", edge)
    return Checked(f"{name}{joint}{sentence}", html, status)


def _verdict(checker: Checker, answer: object) -> tuple[Status, str]:
    if _is_untried(answer):
        return "untried", "not tried yet. Replace the ... and run this cell again."
    try:
        with _ended_after(LONGEST):
            praise = checker(answer)
    except Wrong as wrong:
        return "wrong", f"not yet. {wrong}"
    except (Unavailable, NotOnThisSystem) as reason:
        return "unavailable", getattr(reason, "sentence", Unavailable.sentence).format(reason)
    except _TooLong as late:
        return "failed", f"not finished after {LONGEST:g} s, and ended{_place_of(late)}"
    except Exception as error:  # noqa: BLE001  the code of a reader may raise anything
        return "failed", _what_failed(error)
    return "passed", f"right. {praise or ''}".rstrip()


@contextlib.contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """Raise _TooLong in the block when it has taken so long; again each second, for a bare `except:` may catch it.

    By a signal, since only a signal wakes a call that waits in the kernel; a thread could not be ended. Where there is
    no SIGALRM, or this is no main thread, there is no limit.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _find(exercise_id: str) -> tuple[str, Checker]:
    """The title and the checker; imports its notebook's module of checkers the first time."""
    topic = TOPICS.get(exercise_id.partition(".")[0])
    for room in [topic] if topic else TOPICS.values():
        importlib.import_module(f"helpers.lessons.{room}.check")
    if exercise_id not in _exercises:
        known = ", ".join(sorted(_exercises))
        raise CourseError(f"There is no exercise {exercise_id!r}. There are: {known}.")
    return _exercises[exercise_id]


def _is_untried(answer: object) -> bool:
    """Whether a `...` is still there: as the value, as a part of it, or as the whole body of a function."""
    if isinstance(answer, (list, tuple, dict)):
        return any(map(_is_untried, answer.values() if isinstance(answer, dict) else answer))
    # An experiment wraps the reader's function.
    function = inspect.unwrap(answer) if callable(answer) else answer
    return answer is ... or (inspect.isfunction(function) and _has_empty_body(function))


def _has_empty_body(function: Callable[..., Any]) -> bool:
    """Whether a function consists of a docstring and `...`, `pass` or `return ...` only."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):  # typed at a prompt, or a lambda in the middle of an expression
        return False
    match tree.body:
        case [ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body)]:
            return all(map(_says_nothing, body))
    return False


def _says_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=ast.Constant(value=EllipsisType())):
            return True
    return False


def _what_failed(error: Exception) -> str:
    """One sentence: the exception, and the line of the reader's code in which it began."""
    raised = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if place := _place_of(error):
        return f"your code raised {raised}{place}"
    if isinstance(error, CourseError):
        return f"not yet. {error}."
    return f"your answer is not of the kind that was asked for: checking it raised {raised}."


def _place_of(error: BaseException) -> str:
    """The line of the reader's code that was being executed, in words; "" for none."""
    # What a reader writes in a notebook runs in the module __main__; the checkers and all libraries do not.
    calls = traceback.walk_tb(error.__traceback__)
    own = [(frame.f_code.co_filename, line) for frame, line in calls if frame.f_globals["__name__"] == "__main__"]
    return f", in line {own[-1][1]}: `{linecache.getline(*own[-1]).strip()}`" if own else ""
