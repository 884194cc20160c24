"""What a process notes of its locks, and what can be read from the notes of several."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from helpers.ipc.history import Event, History, Notes, Span


def history(*lines: str) -> History:
    """Events from lines such as "a wants m"."""
    words = [line.split() for line in lines]
    return History(tuple(Event(n, who, kind, what) for n, (who, kind, what) in enumerate(words)))  # type: ignore[arg-type]


def test_a_wait_ends_where_the_hold_begins_or_the_process_gives_up() -> None:
    seen = history("a wants m", "a holds m", "b wants m", "b frees m", "c wants m", "a frees m")
    assert seen.waits() == [
        Span("a", "m", "waits", False, 0, 1), Span("b", "m", "waits", False, 2, 3), Span("c", "m", "waits", False, 4),
    ]  # fmt: skip
    assert seen.holds() == [Span("a", "m", "holds", False, 1, 5)]


def test_the_end_of_a_process_ends_its_holds_and_no_others() -> None:
    seen = history("a holds m", "b holds n", "a holds n", "a ends -")
    assert [(span.process, span.end) for span in seen.holds()] == [("a", 3), ("b", None), ("a", 3)]


class Lock:
    """One that gives this answer, and a condition variable as well if it can be signalled."""

    def __init__(self, error: int = 0) -> None:
        self.error = error

    def lock(self, *_: object) -> None:
        if self.error:
            raise OSError(self.error, "no")

    wait = rdlock = lock
    value = 7

    def unlock(self) -> None: ...


class Condition(Lock):
    def signal(self) -> None: ...


def kept(process: str = "a") -> tuple[Notes, list[Event]]:
    """Notes, and where they are handed over."""
    handed: list[Event] = []
    return Notes(process, handed.extend), handed


def noted(notes: Notes, handed: list[Event]) -> list[str]:
    events = [*handed, *notes.take()]
    handed.clear()
    return [f"{event.kind} {event.what}{' shared' if event.shared else ''}" for event in events]


def test_a_watched_lock_is_used_as_it_is_and_notes_its_uses() -> None:
    notes, handed = kept()
    lock: Any = notes.watched(Lock(), "m")
    lock.lock()
    assert [event.kind for event in handed] == ["wants"], "the wish is known before the wait, which may have no end"
    lock.rdlock()
    lock.wait()  # no condition: a semaphore is held afterwards
    assert lock.value == 7
    assert noted(notes, handed) == ["wants m", "holds m", "wants m shared", "holds m shared", "wants m", "holds m"]


@pytest.mark.parametrize(("error", "last"), [(errno.EBUSY, "frees m"), (errno.EOWNERDEAD, "holds m")])
def test_a_lock_that_fails_is_not_held_unless_its_owner_died(error: int, last: str) -> None:
    notes, handed = kept()
    with pytest.raises(OSError, match="no"):
        notes.watched(Lock(error), "m").lock()
    assert noted(notes, handed) == ["wants m", last]


@pytest.mark.parametrize(("error", "last"), [(0, ["holds m"]), (errno.ETIMEDOUT, ["holds m"]), (errno.EPERM, [])])
def test_a_condition_gives_the_mutex_back_while_it_waits(error: int, last: list[str]) -> None:
    notes, handed = kept()
    condition = notes.watched(Condition(error), "c")
    try:
        condition.wait(notes.watched(Lock(), "m"))
    except OSError as failed:
        assert failed.errno == error
    condition.signal()
    assert noted(notes, handed) == ["frees m", "wants c", "frees c", *last, "happens signal c"]
