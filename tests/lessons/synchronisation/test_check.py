from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from typing import Any

import pytest

from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("03_synchronisation")


@pytest.mark.parametrize(
    ("number", "name"), [("03.1", "choices"), ("03.2", "transfer"), ("03.3", "take_two"), ("03.4", "update")]
)
def test_the_solution_passes(monkeypatch: pytest.MonkeyPatch, number: str, name: str) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 10.0)
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


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


sauce = 0


def unknown_default(balances, locks, source, target, amount=sauce):
    balances[source] -= amount


def ends_its_process(balances, locks, source, target, amount):
    os._exit(1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (source_first, "they never come to their ends"),
        (keeps_the_locks, "are both freed?"),
        (one_lock_only, "balances[0] was touched without locks[1]"),
        (no_lock, "touched without locks[0] and locks[1]"),
        (keeps_the_second_time, "a lock is still held"),
        (always_forward, "not 87 and 113"),
        (one_lock_only, "in process A of the exercise: balances[source] -= amount"),
        (unknown_name, "'sauce' is not defined, in process A of the exercise: with locks[sauce]"),
        (unknown_default, "'sauce' is not defined"),
        (ends_its_process, "ended the process that it ran in"),
        (lambda *_: None, "with def"),
        (3, "without parentheses"),
    ],
)
def test_transfers_that_are_not_safe(answer: Callable[..., Any], sentence: str) -> None:
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


def test_backing_off_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 10.0)
    checked = check("03.2", backs_off)
    assert checked.status == "passed", checked.text
    assert "order" not in checked.text, "it took them in no order"


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


def polls(number, mutex, changed):
    while True:
        with mutex:
            if number[0] >= 2:
                number[0] -= 2
                return number[0]


def looks_outside(number, mutex, changed):
    while number[0] < 2:
        with mutex:
            changed.wait(mutex)
    with mutex:
        number[0] -= 2
        return number[0]


def tells_afterwards(number, mutex, changed):
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2
    return number[0]


def changes_outside(number, mutex, changed):
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        left = number[0] - 2
    number[0] = left
    return left


def waits_outside(number, mutex, changed):
    mutex.lock()
    while number[0] < 2:
        mutex.unlock()
        changed.wait(mutex)
        mutex.lock()
    number[0] -= 2
    mutex.unlock()
    return 1


def waits_once(number, mutex, changed):
    with mutex:
        if number[0] < 2:
            changed.wait(mutex)
    while True:
        with mutex:
            if number[0] >= 2:
                number[0] -= 2
                return number[0]


def waits_for_three(number, mutex, changed):
    with mutex:
        while number[0] <= 2:
            changed.wait(mutex)
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
        (without_the_mutex, "number[0] was read without the mutex: an item and its signal can come between"),
        (looks_outside, "number[0] was read without the mutex: an item and its signal can come between"),
        (looks_outside, "in process consumer of the exercise: while number[0] < 2"),
        (tells_afterwards, "number[0] was read without the mutex: others may have changed it"),
        (changes_outside, "number[0] was changed without the mutex"),
        (waits_outside, "raised PermissionError"),
        (computes, "number[0] was read without the mutex"),
        (polls, "It never calls changed.wait(mutex). Sleep there."),
        (waits_once, "neither comes to its end nor calls changed.wait(mutex) again"),
        (waits_for_three, "Two items are there, and it still waits."),
        (keeps_the_mutex, "still holds the mutex"),
        (says_nothing, "you returned None"),
        (takes_one, "1 left; 2 are there"),
    ],
)
def test_waits_that_are_not_safe(answer: Callable[..., Any], sentence: str) -> None:
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


def between_two_locks(path, look, change, ofd_lock):
    for visit in (look, change):
        with open(path, "r+b") as file:
            ofd_lock(file.fileno(), "F_WRLCK")
            visit(path)


def closed_too_early(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
    change(path)


def shared_for_the_change(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        ofd_lock(file.fileno(), "F_RDLCK")
        change(path)


def locks_after_the_look(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        look(path)
        ofd_lock(file.fileno(), "F_WRLCK")
        change(path)


def does_not_wait(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK", wait=False)
        look(path)
        change(path)


def goes_on_without(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        try:
            ofd_lock(file.fileno(), "F_WRLCK", wait=False)
        except BlockingIOError:
            pass
        look(path)
        change(path)


def changes_first(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        change(path)
        look(path)


def looks_twice(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        look(path)
        change(path)


def looks_again(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        change(path)
        look(path)


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
        (locked_again, "Between look() and change() another process"),
        (between_two_locks, "Between look() and change() another process"),
        (closed_too_early, "Between look() and change() another process"),
        (locks_after_the_look, "or it was not taken yet"),
        (does_not_wait, "did not wait until it was free"),
        (goes_on_without, "did not wait until it was free"),
        (changes_first, "calls change(path) where look(path) should come"),
        (looks_twice, "calls look(path) where change(path) should come"),
        (looks_again, "calls look(path) once more"),
        (shared_for_the_change, "During change(), others get a shared lock"),
        (ten_bytes, "[10, 11, 12, 13, 14, 15, 16, 17, 18, 19]. Lock the whole file"),
        (shared, "others get a shared lock"),
        (for_reading, "raised OSError: [Errno 9]"),
        (looks_only, "has not called change(path)"),
        (never_unlocks, "the file is still locked"),
    ],
)
def test_locks_that_do_not_stay(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in refused("03.4", answer)


def unlocks_by_hand(path, look, change, ofd_lock):
    fd = os.open(path, os.O_RDWR)
    ofd_lock(fd, "F_WRLCK")
    look(path)
    ofd_lock(fd, "F_WRLCK")  # what it has already
    change(path)
    ofd_lock(fd, "F_UNLCK", 0, 0)
    os.close(fd)


def asks_again_and_again(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        while True:
            try:
                ofd_lock(file.fileno(), "F_WRLCK", wait=False)
                break
            except BlockingIOError:
                pass
        look(path)
        change(path)


@pytest.mark.parametrize("answer", [unlocks_by_hand, asks_again_and_again])
def test_other_ways_to_hold_it(monkeypatch: pytest.MonkeyPatch, answer: Callable[..., Any]) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 10.0)
    checked = check("03.4", answer)
    assert checked.status == "passed", checked.text
