"""Answers to the exercises of notebook 03."""

from __future__ import annotations

import fcntl
import os

from tests.lessons.table import Tried, solutions

SOLVED = solutions("03")


def source_first(balances, locks, source, target, amount):
    with locks[source], locks[target]:
        balances[source] -= amount
        balances[target] += amount


def by_address(balances, locks, source, target, amount):
    first, second = sorted((locks[source], locks[target]), key=id)
    with first, second:
        balances[source] -= amount
        balances[target] += amount


def always_the_first_two(balances, locks, source, target, amount):
    with locks[0], locks[1]:
        balances[source] -= amount
        balances[target] += amount


def one_lock(balances, locks, source, target, amount):
    with locks[min(source, target)]:
        balances[source] -= amount
        balances[target] += amount


def keeps_them(balances, locks, source, target, amount):
    for number in sorted((source, target)):
        locks[number].lock()
    balances[source] -= amount
    balances[target] += amount


def gives_back_for_ever(balances, locks, source, target, amount):
    while True:
        with locks[source]:
            time.sleep(0.001)  # noqa: F821  what a child has imported


def always_forward(balances, locks, source, target, amount):
    with locks[min(source, target)], locks[max(source, target)]:
        balances[0] -= amount
        balances[1] += amount


def ends_its_process(balances, locks, source, target, amount):
    os._exit(1)


def random_pause(balances, locks, source, target, amount):
    import random

    while True:
        locks[source].lock()
        try:
            locks[target].trylock()
            break
        except OSError:
            locks[source].unlock()
            time.sleep(random.random() / 100)  # noqa: F821
    balances[source] -= amount
    balances[target] += amount
    locks[source].unlock()
    locks[target].unlock()


def waits_a_while(balances, locks, source, target, amount):
    while True:
        with locks[source]:
            try:
                locks[target].timedlock(0.05 + source / 10)
            except TimeoutError:
                continue
            balances[source] -= amount
            balances[target] += amount
            locks[target].unlock()
            return


def greater_number_first(balances, locks, source, target, amount):
    for number in (max(source, target), min(source, target)):
        locks[number].lock()
    balances[source], balances[target] = balances[source] - amount, balances[target] + amount
    for number in (source, target):
        locks[number].unlock()


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


def polls(number, mutex, changed):
    while True:
        with mutex:
            if number[0] >= 2:
                number[0] -= 2
                return number[0]
        time.sleep(0.01)  # noqa: F821


def spins(number, mutex, changed):
    while True:
        with mutex:
            if number[0] >= 2:
                number[0] -= 2
                return number[0]


def tells_afterwards(number, mutex, changed):
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2
    return number[0]


def keeps_the_mutex(number, mutex, changed):
    mutex.lock()
    while number[0] < 2:
        changed.wait(mutex)
    number[0] -= 2
    return number[0]


def takes_one(number, mutex, changed):
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 1
        return number[0]


def by_hand_with_a_time_limit(number, mutex, changed):
    mutex.lock()
    while number[0] < 2:
        try:
            changed.timedwait(mutex, 60)
        except TimeoutError:
            pass
    number[0] = left = number[0] - 2
    mutex.unlock()
    changed.signal()
    return left


def keeps_what_is_left(number, mutex, changed):
    with mutex:
        while not all(number[0] >= wanted for wanted in (1, 2)):
            changed.wait(mutex)
        left = number[0] - 2
        number[0] = left
    return left


def record_lock(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        look(path)
        change(path)


def whole_file_lock(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        look(path)
        change(path)


def two_kinds(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        change(path)


def empties_it(path, look, change, ofd_lock):
    with open(path, "wb") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        change(path)


def between_two_locks(path, look, change, ofd_lock):
    for visit in (look, change):
        with open(path, "r+b") as file:
            ofd_lock(file.fileno(), "F_WRLCK")
            visit(path)


def does_not_wait(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        try:
            ofd_lock(file.fileno(), "F_WRLCK", wait=False)
        except BlockingIOError:
            pass
        look(path)
        change(path)


def asks_again_and_again(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        while True:
            try:
                ofd_lock(file.fileno(), "F_WRLCK", wait=False)
                break
            except BlockingIOError:
                time.sleep(0.001)  # noqa: F821
        look(path)
        change(path)


def looks_twice(path, look, change, ofd_lock):
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        look(path)
        change(path)


def never_unlocks(path, look, change, ofd_lock):
    ofd_lock(os.open(path, os.O_RDWR), "F_WRLCK")
    look(path)
    change(path)


def unlocks_by_hand(path, look, change, ofd_lock):
    fd = os.open(path, os.O_RDWR)
    ofd_lock(fd, "F_WRLCK", 0, 1000)
    look(path)
    ofd_lock(fd, "F_WRLCK")  # what it has already, and more
    change(path)
    ofd_lock(fd, "F_UNLCK", 0, 0)
    os.close(fd)


def packs_the_structure(path, look, change, ofd_lock):
    with open(path, "a") as file:
        fcntl.fcntl(file, fcntl.F_OFD_SETLKW, struct.pack("hhqqi0q", fcntl.F_WRLCK, 0, 0, 0, 0))  # noqa: F821
        look(path)
        change(path)


TRIED = [
    Tried("03.1", SOLVED["choices"], "passed", "Both read 0, and both wrote 1"),
    Tried("03.1", list("BABABA"), "passed", ""),
    Tried("03.1", tuple("AABBAB"), "passed", ""),
    Tried("03.1", "AAABBB", "wrong", "expected 1, got 2. Let both read"),
    Tried("03.1", "ABAB", "wrong", "you gave 4 letters"),
    Tried("03.1", "AAAABB", "wrong", "At letter 4, A has run all its lines"),
    Tried("03.1", "abab", "wrong", "the letters A and B"),
    Tried("03.1", 3, "failed", "not of the kind that was asked for"),
    Tried("03.2", SOLVED["transfer"], "passed", "both came to their ends"),
    Tried("03.2", random_pause, "passed", ""),
    Tried("03.2", waits_a_while, "passed", ""),
    Tried("03.2", greater_number_first, "passed", ""),
    Tried("03.2", source_first, "wrong", "Not at the end: A and B; held meanwhile: locks[0] and locks[1].", hangs=True),
    Tried("03.2", by_address, "wrong", "In which order does each process take the two", hangs=True),
    Tried("03.2", keeps_them, "wrong", "Not at the end: B; held meanwhile: locks[0] and locks[1].", hangs=True),
    Tried("03.2", gives_back_for_ever, "wrong", "that is a livelock: a random pause", hangs=True),
    Tried("03.2", always_the_first_two, "wrong", "balances[2] was read without locks[2]"),
    Tried("03.2", one_lock, "wrong", "without locks[1]: another process may change it"),
    Tried("03.2", always_forward, "wrong", "expected [93, 107, 100], got [87, 113, 100]"),
    Tried("03.2", ends_its_process, "wrong", "ended the process that it ran in"),
    Tried("03.3", SOLVED["take_two"], "passed", "slept again"),
    Tried("03.3", by_hand_with_a_time_limit, "passed", ""),
    Tried("03.3", keeps_what_is_left, "passed", ""),
    Tried("03.3", with_if, "wrong", "a thief took one before it had the mutex. Yet it came to its end, and -1"),
    Tried("03.3", waits_for_one, "wrong", "There is one item. Yet it came to its end, and -1 are left. Wait while"),
    Tried("03.3", waits_first, "wrong", "Look first"),
    Tried("03.3", polls, "wrong", "It looks again and again. Sleep in changed.wait(mutex)"),
    Tried("03.3", spins, "wrong", "It looks again and again"),
    Tried("03.3", tells_afterwards, "wrong", "without the mutex: others may have changed it"),
    Tried("03.3", keeps_the_mutex, "wrong", "still holds the mutex"),
    Tried("03.3", takes_one, "wrong", "expected 1, got 2"),
    Tried("03.4", SOLVED["update"], "passed", "belongs to the open file description"),
    Tried("03.4", unlocks_by_hand, "passed", ""),
    Tried("03.4", packs_the_structure, "passed", ""),
    Tried("03.4", record_lock, "wrong", "When look() had closed its descriptor"),
    Tried("03.4", whole_file_lock, "wrong", "another process could lock the bytes [0, 1, 2,"),
    Tried("03.4", two_kinds, "wrong", "waits for itself", hangs=True),
    Tried("03.4", empties_it, "wrong", "got b''. Did you open it with the mode 'w'?"),
    Tried("03.4", between_two_locks, "wrong", "When look() had closed its descriptor, another process could lock"),
    Tried("03.4", does_not_wait, "wrong", "did not wait until it was free"),
    Tried("03.4", asks_again_and_again, "wrong", "no request that waits for it"),
    Tried("03.4", looks_twice, "wrong", "expected ['look', 'change'], got ['look', 'look', 'change']"),
    Tried("03.4", never_unlocks, "wrong", "the file is still locked"),
]
