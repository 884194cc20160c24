"""What each kind of lock answers, on this kernel."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from helpers.lessons.synchronisation.lock_kinds import (
    LOCK_KINDS,
    LockKind,
    can_another_free_it,
    can_another_take_it_from_the_dead,
)
from helpers.lessons.synchronisation.shared_page import sharing_a_page

ANSWERS = {
    "mutex": ("no: EPERM", "no: EBUSY"),
    "robust mutex": ("no: EPERM", "yes, with EOWNERDEAD"),
    "read-write lock": ("not defined by POSIX", "no: EBUSY"),
    "semaphore": ("yes", "no: EAGAIN"),
    "record lock": ("no: EAGAIN", "yes"),
    "flock": ("no: EAGAIN", "yes"),
    "OFD lock": ("no: EAGAIN", "yes"),
}


@pytest.mark.parametrize("name", LOCK_KINDS)
def test_the_two_questions(name: str, tmp_path: Path) -> None:
    processes = functools.partial(sharing_a_page, str(tmp_path / "file"))
    kind = LOCK_KINDS[name]
    answers = can_another_free_it(kind, processes), can_another_take_it_from_the_dead(kind, processes)
    assert answers == ANSWERS[name]


def test_an_error_that_is_none_of_a_lock_is_raised(tmp_path: Path) -> None:
    processes = functools.partial(sharing_a_page, str(tmp_path / "file"))
    with pytest.raises(NameError):
        can_another_take_it_from_the_dead(LockKind("", "None", "y.lock()", ""), processes)
