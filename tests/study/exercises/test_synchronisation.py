from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from typing import Any

import pytest

from helpers.study import check
from tests.study.exercises.solved import solutions

SOLVED = solutions("03_synchronisation")


@pytest.mark.parametrize(
    ("number", "name"), [("03.1", "choices"), ("03.2", "transfer"), ("03.3", "take_two"), ("03.4", "update")]
)
def test_the_solution_passes(number: str, name: str) -> None:
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some wrong answers never come to their end; these seconds are waited for each."""
    monkeypatch.setattr("helpers.study.exercises.synchronisation.PATIENCE", 2.0)


def refused(number: str, answer: object) -> str:
    checked = check(number, answer)
    assert checked.status == "wrong", checked.text
    return checked.text


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ("AAABBB", "nothing is lost"),
        ("ABAB", "you gave 4 letters"),
        ("AAAABB", "At letter 4, A has run all its lines"),
        ("abab", "the letters A and B"),
        (3, "the letters A and B"),
    ],
)
def test_choices_that_lose_nothing(choices: object, sentence: str) -> None:
    assert sentence in refused("03.1", choices)


def test_choices_may_be_a_list() -> None:
    assert check("03.1", list("BABABA")).status == "passed"


def source_first(balances, locks, source, target, amount):
    with locks[source], locks[target]:
        balances[source] -= amount
        balances[target] += amount


def one_lock_only(balances, locks, source, target, amount):
    with locks[0]:
        balances[source] -= amount
        balances[target] += amount


def no_lock(balances, locks, source, target, amount):
    balances[source] -= amount
    balances[target] += amount


def keeps_the_locks(balances, locks, source, target, amount):
    for number in (0, 1):
        locks[number].lock()
    balances[source] -= amount
    balances[target] += amount


def keeps_the_second_time(balances, locks, source, target, amount):
    for number in (0, 1):
        locks[number].lock()
    balances[source] -= amount
    balances[target] += amount
    if source == 0:
        for lock in locks:
            lock.unlock()


def always_forward(balances, locks, source, target, amount):
    with locks[0], locks[1]:
        balances[0] -= amount
        balances[1] += amount


def unknown_name(balances, locks, source, target, amount):
    with locks[sauce]:  # noqa: F821
        pass


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (source_first, "they never come to their ends"),
        (keeps_the_locks, "are both freed?"),
        (one_lock_only, "balances[0] was touched without locks[1]"),
        (no_lock, "touched without locks[0] and locks[1]"),
        (keeps_the_second_time, "a lock is still held"),
        (always_forward, "not 87 and 113"),
        (unknown_name, "'sauce' is not defined (in process A of the exercise: with locks[sauce]"),
        (lambda *_: None, "with def"),
    ],
)
def test_transfers_that_are_not_safe(impatient: None, answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in refused("03.2", answer)


def backs_off(balances, locks, source, target, amount):
    while True:
        locks[source].lock()
        try:
            locks[target].trylock()
            break
        except OSError:
            locks[source].unlock()
    balances[source] -= amount
    balances[target] += amount
    locks[source].unlock()
    locks[target].unlock()


def test_backing_off_is_an_answer_too() -> None:
    checked = check("03.2", backs_off)
    assert checked.status == "passed", checked.text


def with_if(number, mutex, changed):
    with mutex:
        if number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2
        return number[0]


def waits_for_one(number, mutex, changed):
    with mutex:
        while number[0] == 0:
            changed.wait(mutex)
        number[0] -= 2
        return number[0]


def waits_first(number, mutex, changed):
    with mutex:
        changed.wait(mutex)
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2
        return number[0]


def without_the_mutex(number, mutex, changed):
    while number[0] < 2:
        changed.wait(mutex)
    number[0] -= 2
    return number[0]


def computes(number, mutex, changed):
    while number[0] < 2:
        pass
    number[0] -= 2
    return number[0]


def keeps_the_mutex(number, mutex, changed):
    mutex.lock()
    while number[0] < 2:
        changed.wait(mutex)
    number[0] -= 2
    return number[0]


def says_nothing(number, mutex, changed):
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2


def takes_one(number, mutex, changed):
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 1
        return number[0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (with_if, "Look again whenever wait() returns"),
        (waits_for_one, "Wait while there are too few"),
        (waits_first, "Look first"),
        (without_the_mutex, "raised PermissionError"),
        (computes, "does not come to its end"),
        (keeps_the_mutex, "still holds the mutex"),
        (says_nothing, "you returned None"),
        (takes_one, "1 left; 2 are there"),
    ],
)
def test_waits_that_are_not_safe(impatient: None, answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in refused("03.3", answer)


def with_a_record_lock(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        look(path)
        change(path)


def with_flock(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        look(path)
        change(path)


def locked_again(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        ofd_lock(file.fileno(), "F_UNLCK")
        fcntl.lockf(file, fcntl.LOCK_EX)
        change(path)


def ten_bytes(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK", 0, 10)
        look(path)
        change(path)


def shared(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_RDLCK")
        look(path)
        change(path)


def for_reading(path, look, change, ofd_lock):
    with open(path, "rb") as file:
        ofd_lock(file.fileno(), "F_WRLCK")


def looks_only(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)


def never_unlocks(path, look, change, ofd_lock):
    ofd_lock(os.open(path, os.O_RDWR), "F_WRLCK")
    look(path)
    change(path)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (with_a_record_lock, "When look() had closed its descriptor"),
        (with_flock, "of a kind that record locks do not see"),
        (locked_again, "When change() had closed its descriptor"),
        (ten_bytes, "[10, 11, 12, 13, 14, 15, 16, 17, 18, 19]. Lock the whole file"),
        (shared, "others get a shared lock"),
        (for_reading, "raised OSError: [Errno 9]"),
        (looks_only, "has not called change(path)"),
        (never_unlocks, "the file is still locked"),
    ],
)
def test_locks_that_do_not_stay(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in refused("03.4", answer)
