"""Checkers of notebook 03: each runs the reader's answer in real processes, under a scheduler that is against it.

Left to chance, a race shows itself in one run of a thousand. So `guards` stops the answer where it can go wrong, and
this module does there what another process might do. What is wrong is said as it was seen: which lock is held, how
often one was taken, which bytes another process could lock.
"""

from __future__ import annotations

import os
import select
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from helpers.errors import CourseError
from helpers.ipc import Child, Doing
from helpers.lessons.synchronisation.locks import children_with_a_page, locks_of
from helpers.lessons.synchronisation.scheduler import Race
from helpers.study import own_process
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.own_process import give, heard, over, result, settles

CONTENT = b"twenty bytes of data"
"""What is in the file of exercise 4."""

NO_END = "Your function does not come to its end."


@exercise("03.1", "lose an update")
def lose_an_update(choices: Sequence[str]) -> str:
    """Played by two processes, the choices must bring both to their end and leave the counter at 1."""
    if not isinstance(choices, str | list | tuple) or not set(choices) <= {"A", "B"}:
        raise Wrong(f'Give the order as text of the letters A and B, such as "AAABBB"; you gave {choices!r}.')
    with Race(title="exercise") as race:
        try:
            race.play(choices)
        except CourseError as error:
            raise Wrong(f"At letter {len(race.choices) + 1}, {error}: each process has three.") from None
        if not race.over:
            raise Wrong(f"Both must come to their end, with three lines each; you gave {len(choices)} letters.")
        expect(race.counter, 1, "the counter at the end", "Let both read before one of them writes.")
    return "Both read 0, and both wrote 1."


ACCOUNTS = """
from helpers.lessons.synchronisation.guards import *

def count():
    number[slot] += 1

def guarded(*accounts):
    return Guarded("balances", number, {f"locks[{n}]": locks[n] for n in accounts}, "another process may change it")

locks = account_locks(memory, gates, count, falling)
"""
HELD_ACCOUNTS = """
held = []
for n in (0, 1, 2):
    try:
        mutexes[n].trylock()
        mutexes[n].unlock()
    except OSError:
        held.append(f"locks[{n}]")
" and ".join(held) or "no lock", number[4], number[5]
"""


@exercise("03.2", "two locks and no deadlock")
def no_deadlock(transfer: Callable[..., None]) -> str:
    """Two opposite transfers, the first stopped when it has its first lock; then one between other accounts."""
    name = own_process.name_of(transfer)
    with _pipe() as (gate, opening), _processes("A", "B", "observer", pass_fds=[gate]) as (a, b, observer):
        observer.do(
            "mutexes = [Mutex.init(memory, 64 * n) for n in (1, 2, 3)]; number[0] = number[1] = number[2] = 100"
        )
        for child, gates, slot in ((a, [gate], 4), (b, [], 5)):
            child.do(ACCOUNTS, gates=gates, slot=slot, falling=child is b)
            give(child, transfer)
        first = a.start(f"{name}(guarded(0, 1), locks, 0, 1, 10); None")
        settles(first)
        second = b.start(f"{name}(guarded(0, 1), locks, 1, 0, 3); None")
        settles(second)
        os.write(opening, b"x")
        for doing in (first, second):
            result(doing, lambda: _stuck(observer, first))
        moved = "the balances, when A has moved 10 from 0 to 1 and B 3 from 1 to 0"
        expect(observer.do("list(number[:3])"), [93, 107, 100], moved)
        result(a.start(f"{name}(guarded(1, 2), locks, 2, 1, 5); None"), NO_END)
        expect(observer.do("list(number[:3])"), [93, 112, 95], "the balances, when A has moved 5 from 2 to 1 as well")
        expect(
            observer.do(HELD_ACCOUNTS)[0], "no lock", "what is held when all have come to their ends", "Unlock both."
        )
    return "One was stopped with its first lock in its hand, and both came to their ends."


def _stuck(observer: Child, first: Doing) -> str:
    """Why two transfers do not come to their ends: what can be seen of their locks."""
    held, of_a, of_b = observer.do(HELD_ACCOUNTS)
    if over(first):
        return f"A has come to its end and B has not, and {held} cannot be taken. Does each unlock both?"
    if min(of_a, of_b) > 2:
        return (
            f"A and B have taken a lock {of_a} and {of_b} times, and neither has come to its end. If each gives back, "
            "and both begin again at the same pace, that is a livelock; a random pause before the next try breaks it."
        )
    return (
        f"A moves from 0 to 1 and B from 1 to 0 at the same time, neither comes to its end, and {held} cannot be "
        "taken. In which order does each take them?"
    )


@exercise("03.3", "look again when you wake")
def look_again(take_two: Callable[..., int]) -> str:
    """It must not wait for items that are there, must wait again when one was stolen, then take two."""
    name = own_process.name_of(take_two)
    with (
        _pipe() as (hearing, telling),
        _processes("consumer", "producer", "thief", pass_fds=[telling]) as (consumer, producer, thief),
    ):
        producer.do("mutex, changed = Mutex.init(memory, 64), ConditionVariable.init(memory, 128); number[0] = 3")
        thief.do("mutex = Mutex(memory, 64)")
        consumer.do(TAKING, telling=telling)
        give(consumer, take_two)
        call = f"{name}(Guarded('number', number, {{'the mutex': held}}, WHY), held, told)"

        def waits(doing: Doing, otherwise: str) -> bool:
            """Whether it waits on the condition variable; False at its end."""
            if not heard(hearing, doing, otherwise):
                return False
            settles(doing)
            return not over(doing)

        if waits(taking := consumer.start(call), NO_WAIT):
            raise Wrong("Three items are there, and it waits for a signal that may have come already. Look first.")
        _must_leave(1, taking, producer)
        if not waits(taking := consumer.start(call), NO_WAIT):
            result(taking, NO_END)
            left = producer.do("number[0]")
            raise Wrong(f"It took two of one item: {left} are left. Wait while there are too few.")
        producer.do("with mutex: number[0] = 2")
        thief.do("mutex.lock()")
        producer.do("changed.signal()")
        thief.do("number[0] = 1; mutex.unlock()")
        if not waits(taking, NO_SECOND_WAIT):
            result(taking, NO_END)
            raise Wrong(
                "It was woken for two items, and a thief took one before it had the mutex: it took two all the same, "
                f"and {producer.do('number[0]')} are left. Look again whenever wait() returns."
            )
        producer.do("with mutex: number[0] = 2\nchanged.signal()")
        _must_leave(0, taking, producer, "Two items are there, and it still waits.")
    return "It slept, was woken for one item too few, and slept again."


TAKING = """
from helpers.lessons.synchronisation.guards import *
WHY = "an item and its signal can come between your look and your wait()"
held, told = NotedMutex(Mutex(memory, 64)), ToldCondition(ConditionVariable(memory, 128), telling)
"""
NO_WAIT = "It neither comes to its end nor calls changed.wait(mutex). Sleep there."
NO_SECOND_WAIT = (
    "It was woken for two items, and a thief took one before it had the mutex. Now it neither comes to its end nor "
    "calls changed.wait(mutex) again."
)


def _must_leave(expected: int, taking: Doing, producer: Child, waits: str = NO_END) -> None:
    """Raises Wrong unless so many items are left, the answer has said so, and the mutex is free."""
    returned = result(taking, waits)
    expect(producer.do("number[0]"), expected, "how many items are left when two were to be taken")
    expect(returned, expected, "what your function returns", "Return how many are left.")
    try:
        producer.do("mutex.trylock(); mutex.unlock()")
    except OSError:
        raise Wrong("It has taken its items, and still holds the mutex. Unlock it, or write: with mutex.") from None


VISITS = """
from helpers.lessons.synchronisation.guards import *
look, change = (visit(word, telling, gate) for word in (b'l', b'c'))
watched_lock = stopped(ofd_lock, telling, gate)
"""
CALLS = {b"l": "look", b"c": "change", b"": ""}
"""What the two visits say, and the end of the answer."""


@exercise("03.4", "a lock that close() does not lose")
def lock_that_stays(update: Callable[..., None]) -> str:
    """From look() to change() others get no lock, and one that waits sleeps on. Then the file is locked beforehand."""
    name = own_process.name_of(update)
    with (
        _pipe() as (hearing, telling),
        _pipe() as (gate, opening),
        tempfile.NamedTemporaryFile() as file,
        _processes("updater", "other", "waiter", pass_fds=[telling, gate]) as (updater, other, waiter),
    ):
        file.write(CONTENT)
        file.flush()
        for child in (other, waiter):
            child.do("fd = os.open(path, os.O_RDWR)", path=file.name)
        updater.do(VISITS, telling=telling, gate=gate, path=file.name)
        give(updater, update)

        def stuck() -> str:
            held = locks_of(file.name)
            if any(lock.waiting for lock in held) and any(lock.pid == updater.pid for lock in held):
                return "Your function waits for itself: a record lock and an OFD lock of one process refuse each other."
            return NO_END

        def must_call(expected: str, waiting: Doing | None = None) -> None:
            """The next call is this one, "" for the end. Whenever the answer's lock stops, `waiting` must sleep."""
            while (word := heard(hearing, updating, stuck)) not in CALLS:
                if waiting:
                    _must_sleep(waiting)
                os.write(opening, b"x")
            if (called := CALLS[word]) != expected:
                once = " Each is called once, first look, then change."
                came = f"{called}(path) is called" if called else "your function has ended"
                raise Wrong(f"{expected or 'its end'}{'(path)' if expected else ''} should come, and {came}.{once}")

        updating = updater.start(f"{name}(path, look, change, watched_lock); None")
        must_call("look")
        _must_be_locked(other, "look")
        waiting = waiter.start("fcntl.lockf(fd, fcntl.LOCK_EX)")
        _must_sleep(waiting)
        os.write(opening, b"x")
        must_call("change", waiting)
        _must_sleep(waiting)
        _must_be_locked(other, "change")
        os.write(opening, b"x")
        must_call("")
        if waiting.blocked():
            raise Wrong("Your function has ended, and the file is still locked. Unlock it, or close its descriptor.")
        hint = "Did you open it with the mode 'w'? That empties it, whoever has locked it."
        expect(os.pread(file.fileno(), 99, 0), CONTENT, "what is in the file afterwards", hint)

        updating = updater.start(f"{name}(path, look, change, ofd_lock); None")  # now the waiter has the lock
        latest = time.monotonic() + own_process.LONGEST
        while not any(lock.waiting for lock in locks_of(file.name)):
            if over(updating) or select.select([hearing], [], [], 0.01)[0]:
                raise Wrong("Another process had the file locked, and yours did not wait until it was free.")
            if time.monotonic() > latest:
                raise Wrong(
                    "Another process has the file locked, and the kernel knows of no request that waits for it."
                )
        expect(os.pread(file.fileno(), 99, 0), CONTENT, "what is in the file while another process has it locked", hint)
        waiter.do("fcntl.lockf(fd, fcntl.LOCK_UN)")
        os.write(opening, b"xx")
        result(updating, stuck)
    return "An OFD lock belongs to the open file description, and other descriptors of the file do not matter to it."


def _must_be_locked(other: Child, during: str) -> None:
    """Raises Wrong if another process would get a record lock, shared with others, on any byte."""
    free = other.do("[byte for byte in range(size) if who_holds(fd, 'F_RDLCK', byte, 1) is None]", size=len(CONTENT))
    if free:
        raise Wrong(
            f"When {during}() had closed its descriptor, another process could lock the bytes {free}. Is your lock "
            "taken before look()? Is it of a kind that this close() does not lose, and that record locks see? Is it "
            "exclusive, and on all bytes?"
        )


def _must_sleep(waiting: Doing) -> None:
    """Raises Wrong if the process that waits for the lock has got it."""
    if not waiting.blocked():
        raise Wrong(
            "Between look() and change() another process, which had waited for the lock, got it. Keep yours from "
            "before the one until after the other."
        )


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


@contextmanager
def _processes(*names: str, pass_fds: Sequence[int] = ()) -> Iterator[list[Child]]:
    """Children that share a page, with names that none of the notebook has."""
    with ExitStack() as stack:
        made = children_with_a_page([f"{name} of the exercise" for name in names], pass_fds)
        for child in made:
            stack.enter_context(child)
        yield made
