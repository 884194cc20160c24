from __future__ import annotations

import errno

import pytest

from helpers.ipc.history import Event, History, Notes, Span, merged


def history(*notes: tuple[str, str, str] | tuple[str, str, str, bool]) -> History:
    """Events at the times 1, 2, 3, ..."""
    return History(tuple(Event(time, *note) for time, note in enumerate(notes, 1)))  # type: ignore[arg-type]


def test_a_wait_ends_where_the_hold_begins() -> None:
    seen = history(("a", "wants", "m"), ("a", "holds", "m"), ("a", "frees", "m"))
    assert seen.waits("m") == (Span("a", "m", "waits", False, 1, 2),)
    assert seen.holds("m") == (Span("a", "m", "holds", False, 2, 3),)


def test_who_gives_up_waits_no_more() -> None:
    assert history(("a", "wants", "m"), ("a", "frees", "m")).waits() == (Span("a", "m", "waits", False, 1, 2),)


def test_a_wait_without_end_has_none() -> None:
    assert history(("a", "wants", "m")).waits() == (Span("a", "m", "waits", False, 1, None),)


def test_the_end_of_a_process_ends_its_holds_and_no_others() -> None:
    seen = history(("a", "holds", "m"), ("b", "holds", "n"), ("a", "ends", ""))
    assert [(span.process, span.end) for span in seen.holds()] == [("a", 3), ("b", None)]


def test_one_lock_among_others() -> None:
    seen = history(("a", "holds", "m"), ("a", "holds", "n"), ("a", "frees", "m"))
    assert [span.end for span in seen.holds("m")] == [3] and [span.end for span in seen.holds("n")] == [None]


@pytest.mark.parametrize(
    ("notes", "overlap"),
    [
        ([("a", "holds", "m"), ("b", "holds", "m")], True),
        ([("a", "holds", "m"), ("a", "frees", "m"), ("b", "holds", "m")], False),
        ([("a", "holds", "m", True), ("b", "holds", "m", True)], False),
        ([("a", "holds", "m", True), ("b", "holds", "m")], True),
        ([("a", "holds", "m"), ("b", "holds", "n")], False),
        ([("a", "holds", "m"), ("b", "holds", "m"), ("a", "frees", "m"), ("b", "frees", "m")], True),
    ],
)
def test_overlap(notes: list, overlap: bool) -> None:
    assert history(*notes).overlap("m") is overlap


class Lock:
    def __init__(self, answer: object = None) -> None:
        self.answer = answer

    def rdlock(self) -> object:
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer

    acquire = rdlock

    def release(self) -> None:
        pass

    def value(self) -> int:
        return 7


def kept(process: str) -> Notes:
    """Notes that are handed over to itself, so that `take` has all of them."""
    notes = Notes(process, lambda events: notes._events.extend(events))
    return notes


def kinds(notes: Notes) -> list[tuple[str, bool]]:
    return [(event.kind, event.shared) for event in notes.take()]


def test_a_watched_lock_notes_its_uses() -> None:
    notes = kept("a")
    lock = notes.watched(Lock(), "m")
    lock.acquire()
    lock.release()
    assert kinds(notes) == [("wants", False), ("holds", False), ("frees", False)]
    lock.rdlock()
    assert kinds(notes) == [("wants", True), ("holds", True)]
    assert lock.value() == 7 and not kinds(notes)


class Condition:
    def __init__(self, error: int = 0) -> None:
        self.error = error

    def wait(self, mutex: object) -> None:
        if self.error:
            raise OSError(self.error, "no")

    def signal(self) -> None:
        pass


def test_a_condition_variable_is_waited_for_and_nobodys() -> None:
    notes = kept("a")
    condition = notes.watched(Condition(), "c")
    condition.wait(Lock())
    condition.signal()
    assert [(event.kind, event.what) for event in notes.take()] == [
        ("wants", "c"), ("frees", "c"), ("happens", "signal c"),
    ]  # fmt: skip


def test_a_wait_gives_the_mutex_back_and_takes_it_again() -> None:
    notes = kept("a")
    mutex, condition = notes.watched(Lock(), "m"), notes.watched(Condition(), "c")
    condition.wait(mutex)
    assert [(event.kind, event.what) for event in notes.take()] == [
        ("frees", "m"), ("wants", "c"), ("frees", "c"), ("holds", "m"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "last"), [(errno.ETIMEDOUT, ("holds", "m")), (errno.EPERM, ("frees", "c"))], ids=["in vain", "not its"]
)
def test_a_failed_wait(error: int, last: tuple[str, str]) -> None:
    notes = kept("a")
    with pytest.raises(OSError, match="no"):
        notes.watched(Condition(error), "c").wait(notes.watched(Lock(), "m"))
    ended = notes.take()[-1]
    assert (ended.kind, ended.what) == last


def test_what_is_wanted_is_known_before_the_wait() -> None:
    handed: list[Event] = []
    Notes("a", handed.extend).wants("m")
    assert [(event.kind, event.what) for event in handed] == [("wants", "m")]


@pytest.mark.parametrize("answer", [False, OSError("no")])
def test_a_refused_lock_is_not_held(answer: object) -> None:
    notes = kept("a")
    lock = notes.watched(Lock(answer), "m")
    if answer is False:
        assert lock.acquire() is False
    else:
        with pytest.raises(OSError, match="no"):
            lock.acquire()
    assert kinds(notes) == [("wants", False), ("frees", False)]


def test_a_dead_owners_mutex_is_held_although_lock_raises() -> None:
    notes = kept("a")
    with pytest.raises(OSError, match="died"):
        notes.watched(Lock(OSError(errno.EOWNERDEAD, "died")), "m").acquire()
    assert kinds(notes) == [("wants", False), ("holds", False)]


def test_notes_of_several_processes_come_into_one_order() -> None:
    a, b = kept("a"), kept("b")
    a.happens("first")
    b.wants("m")
    a.happens("third")
    seen = merged([a.take(), b.take()])
    assert [event.process for event in seen.events] == ["a", "b", "a"] and seen.processes == ("a", "b")
    assert not a.take()
