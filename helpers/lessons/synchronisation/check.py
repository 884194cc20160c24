"""Checkers of notebook 03: each runs the reader's answer in real processes, under a scheduler that is against it.

Left to chance, a race shows itself in one run of a thousand. So `guards` stops the answer where it can go wrong, and
this module does there what another process might do: it takes what is free, steals what was signalled, asks for the
lock. A model of the locks in one process would be shorter, and blind to whatever else an answer calls.
"""

from __future__ import annotations

import os
import select
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from helpers.errors import CourseError
from helpers.ipc import Child, ChildEnded, Doing, StillRunning
from helpers.lessons.synchronisation.locks import children_with_a_page, locks_of
from helpers.lessons.synchronisation.scheduler import Race
from helpers.study import own_process
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.own_process import give, heard, name_of, over, polls, result, settles

NO_END = "Your function does not come to its end."
GUARDS = "from helpers.lessons.synchronisation.guards import *"


@exercise("03.1", "lose an update")
def lose_an_update(choices: Sequence[str]) -> str:
    """Played by two processes, the choices must bring both to their end and leave the counter at 1."""
    if not set(choices) <= {"A", "B"}:
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


ACCOUNTS = f"""
{GUARDS}
def guarded(*accounts):
    return Guarded("balances", number, {{f"locks[{{n}}]": locks[n] for n in accounts}}, "another process may change it")
locks = account_locks(memory, gates, falling)
"""
HELD_ACCOUNTS = """
held = []
for n in (0, 1, 2):
    try:
        mutexes[n].trylock()
        mutexes[n].unlock()
    except OSError:
        held.append(f"locks[{n}]")
" and ".join(held) or "no lock"
"""


@exercise("03.2", "two locks and no deadlock")
def no_deadlock(transfer: Callable[..., None]) -> str:
    """Two opposite transfers, the first stopped when it has its first lock; then one between other accounts."""
    name = name_of(transfer)
    with _pipe() as (gate, opening), _processes("A", "B", "observer", pass_fds=[gate]) as (a, b, observer):
        observer.do(
            "mutexes = [Mutex.init(memory, 64 * n) for n in (1, 2, 3)]; number[0] = number[1] = number[2] = 100"
        )
        for child, gates in ((a, [gate]), (b, [])):
            child.do(ACCOUNTS, gates=gates, falling=child is b)
            give(child, transfer)
        both = [a.start(f"{name}(guarded(0, 1), locks, 0, 1, 10); None")]
        settles(both[0])
        both.append(b.start(f"{name}(guarded(0, 1), locks, 1, 0, 3); None"))
        settles(both[1])
        os.write(opening, b"x")
        for doing in both:
            result(doing, partial(_stuck, observer, both))
        moved = "the balances, when A has moved 10 from 0 to 1 and B 3 from 1 to 0"
        expect(observer.do("list(number[:3])"), [93, 107, 100], moved)
        result(a.start(f"{name}(guarded(1, 2), locks, 2, 1, 5); None"), NO_END)
        expect(observer.do("list(number[:3])"), [93, 112, 95], "the balances, when A has moved 5 from 2 to 1 as well")
        expect(observer.do(HELD_ACCOUNTS), "no lock", "what is held when all have come to their ends", "Unlock both.")
    return "One was stopped with its first lock in its hand, and both came to their ends."


def _stuck(observer: Child, both: Sequence[Doing]) -> str:
    """Which of two opposite transfers does not come to its end, and what is held meanwhile."""
    waits = [name for name, doing in zip("AB", both, strict=True) if not over(doing)]
    return (
        f"A moves from 0 to 1 while B moves from 1 to 0. Not at the end: {' and '.join(waits)}; held meanwhile: "
        f"{observer.do(HELD_ACCOUNTS)}. In which order does each process take the two locks, and does it unlock both? "
        "(If each gives back its lock and both begin again at one pace, that is a livelock: a random pause ends it.)"
    )


TAKING = f"""
{GUARDS}
from helpers.ipc.pthread import ConditionVariable
WHY = "an item and its signal can come between your look and your wait()"
mutex, changed = NotedMutex(memory, 64), ConditionVariable(memory, 128)
guarded = Guarded("number", number, {{"the mutex": mutex}}, WHY)
"""


@exercise("03.3", "look again when you wake")
def look_again(take_two: Callable[..., int]) -> str:
    """It must not wait for items that are there, must wait again when one was stolen, then take two."""
    with _processes("consumer", "producer", "thief") as (consumer, producer, thief):
        producer.do("mutex, changed = Mutex.init(memory, 64), ConditionVariable.init(memory, 128); number[0] = 3")
        thief.do("mutex = Mutex(memory, 64)")
        consumer.do(TAKING)
        call = f"{give(consumer, take_two)}(guarded, mutex, changed)"
        if _sleeps(taking := consumer.start(call), consumer):
            raise Wrong("Three items are there, and it waits for a signal that may have come already. Look first.")
        _must_leave(1, taking, producer)
        _must_sleep(taking := consumer.start(call), consumer, "There is one item")
        producer.do("with mutex: number[0] = 2")
        thief.do("mutex.lock()")
        producer.do("changed.signal()")
        thief.do("number[0] = 1; mutex.unlock()")
        _must_sleep(taking, consumer, "It was woken for two items, and a thief took one before it had the mutex")
        producer.do("with mutex: number[0] = 2\nchanged.signal()")
        _must_leave(0, taking, producer)
    return "It slept, was woken for one item too few, and slept again."


def _sleeps(taking: Doing, consumer: Child) -> bool:
    """Whether it sleeps until something happens; False at its end. Raises Wrong where it looks again and again."""
    try:
        again = taking.blocked(own_process.LONGEST) and polls(consumer)
    except (StillRunning, ChildEnded):
        again = not over(taking)
    if again:
        raise Wrong("It looks again and again. Sleep in changed.wait(mutex) while there are fewer than two items.")
    return not over(taking)


def _must_sleep(taking: Doing, consumer: Child, why: str) -> None:
    if not _sleeps(taking, consumer):
        result(taking, NO_END)
        left = consumer.do("number[0]")
        raise Wrong(f"{why}. Yet it came to its end, and {left} are left. Wait while there are too few.")


def _must_leave(expected: int, taking: Doing, producer: Child) -> None:
    """Raises Wrong unless so many items are left, the answer has said so, and the mutex is free."""
    returned = result(taking, "Two items or more are there, and it still waits.")
    expect(producer.do("number[0]"), expected, "how many items are left when two were to be taken")
    expect(returned, expected, "what your function returns", "Return how many are left.")
    try:
        producer.do("mutex.trylock(); mutex.unlock()")
    except OSError:
        raise Wrong("It has taken its items, and still holds the mutex. Unlock it, or write: with mutex.") from None


CONTENT = b"twenty bytes of data"
VISITS = f"""
{GUARDS}
look, change = (visit(word, telling, gate) for word in (b"l", b"c"))
watched_lock = stopped(ofd_lock, telling, gate)
"""


@exercise("03.4", "a lock that close() does not lose")
def lock_that_stays(update: Callable[..., None]) -> str:
    """From look() to change() another process gets no lock. Then that one has the file locked beforehand."""
    with (
        _pipe() as (hearing, telling), _pipe() as (gate, opening), tempfile.NamedTemporaryFile() as file,
        _processes("updater", "other", pass_fds=[telling, gate]) as (updater, other),
    ):  # fmt: skip
        file.write(CONTENT)
        file.flush()
        other.do("fd = os.open(path, os.O_RDWR)", path=file.name)
        updater.do(VISITS, telling=telling, gate=gate, path=file.name)
        call = f"{give(updater, update)}(path, look, change, {{}}); None"
        _must_stay_locked(updater.start(call.format("watched_lock")), hearing, opening, other, file.name)
        other.do("fcntl.lockf(fd, fcntl.LOCK_EX)")
        updating = updater.start(call.format("ofd_lock"))
        _must_wait_for_the_lock(updating, hearing, file.name)
        other.do("fcntl.lockf(fd, fcntl.LOCK_UN)")
        os.write(opening, b"xx")
        result(updating, NO_END)
    return "An OFD lock belongs to the open file description, and other descriptors of the file do not matter to it."


def _must_stay_locked(updating: Doing, hearing: int, opening: int, other: Child, path: str) -> None:
    """Raises Wrong if a byte can be locked by another process before the answer has changed the file, or afterwards."""

    def stuck() -> str:
        itself = " It waits for itself: a record lock and an OFD lock of one process refuse each other."
        return NO_END + (itself if any(lock.waiting for lock in locks_of(path)) else "")

    called: list[str] = []
    while word := heard(hearing, updating, stuck):
        called += {b"l": ["look"], b"c": ["change"]}.get(word, [])
        if word == b"c" or called == ["look"]:
            _must_be_locked(other, called[-1])
        os.write(opening, b"x")
    expect(called, ["look", "change"], "what your function calls, each with the path")
    _must_be_unchanged(path)
    if locks_of(path):
        raise Wrong("Your function has ended, and the file is still locked. Unlock it, or close its descriptor.")


def _must_be_locked(other: Child, latest: str) -> None:
    """Raises Wrong if another process would get a record lock, shared with others, on any byte."""
    free = other.do("[byte for byte in range(size) if who_holds(fd, 'F_RDLCK', byte, 1) is None]", size=len(CONTENT))
    if free:
        raise Wrong(
            f"When {latest}() had closed its descriptor, another process could lock the bytes {free}. An exclusive "
            "lock on all bytes must stay from before look() until after change(), of a kind that this close() does not "
            "lose and that record locks see."
        )


def _must_wait_for_the_lock(updating: Doing, hearing: int, path: str) -> None:
    """Raises Wrong unless the answer sleeps in the kernel's queue for the lock, and leaves the file alone."""
    settles(updating)
    _must_be_unchanged(path)
    if over(updating) or select.select([hearing], [], [], 0)[0]:
        result(updating, "Another process had the file locked, and yours did not wait until it was free.")
        raise Wrong("Another process had the file locked, and yours did not wait until it was free.")
    if not any(lock.waiting for lock in locks_of(path)):
        raise Wrong("Another process has the file locked, and the kernel knows of no request that waits for it.")


def _must_be_unchanged(path: str) -> None:
    with open(path, "rb") as file:
        hint = "Did you open it with the mode 'w'? That empties it, whoever has locked it."
        expect(file.read(), CONTENT, "what is in the file", hint)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    with open(reading, "rb", 0), open(writing, "wb", 0):
        yield reading, writing


@contextmanager
def _processes(*names: str, pass_fds: Sequence[int] = ()) -> Iterator[list[Child]]:
    """Children that share a page, with names that none of the notebook has."""
    with ExitStack() as stack:
        made = children_with_a_page([f"{name} of the exercise" for name in names], pass_fds)
        for child in made:
            stack.enter_context(child)
        yield made
