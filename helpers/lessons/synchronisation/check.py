"""Checkers of notebook 03: each runs the reader's answer in real processes."""

from __future__ import annotations

import inspect
import os
import select
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from helpers.ipc import Child, ChildEnded, Doing, StillRunning
from helpers.lessons.synchronisation.schedule import IllegalMove, Race
from helpers.lessons.synchronisation.shared_page import children_with_a_page
from helpers.study import own_process
from helpers.study.checking import Wrong, exercise

FILE_SIZE = 20
"""Bytes of the file of exercise 4."""

_NO_END = "Your function does not come to its end."
_CIRCLE = (
    "A moves from 0 to 1 and B from 1 to 0 at the same time, and they never come to their ends. Either one waits for a "
    "lock that the other does not give back, or both give back, and begin again at the same pace (a livelock). In "
    "which order are the two taken, and are both freed?"
)
_NO_WAIT = "It never calls changed.wait(mutex). Sleep there."
_NO_SECOND_WAIT = (
    "It was woken for two items, and a thief took one before it had the mutex. Now it neither comes to its end nor "
    "calls changed.wait(mutex) again."
)
_STILL_WAITS = "Two items are there, and it still waits."


@exercise("03.1", "lose an update")
def lose_an_update(choices: Sequence[str]) -> str:
    """Played by two processes, the choices must bring both to their end and leave the counter at 1."""
    if not isinstance(choices, str | list | tuple) or not set(choices) <= {"A", "B"}:
        raise Wrong(f'Give the order as text of the letters A and B, such as "AAABBB"; you gave {choices!r}.')
    with Race(title="exercise") as race:
        try:
            race.play(choices)
        except IllegalMove as error:
            raise Wrong(f"At letter {len(race.choices) + 1}, {error}: each process has three.") from None
        if not race.over:
            raise Wrong(f"Both must come to their end, with three lines each; you gave {len(choices)} letters.")
        if not race.lost_update:
            raise Wrong("The counter is 2: nothing is lost. Let both read before one of them writes.")
    return "Both read 0, and both wrote 1."


class StoppedLock:
    """A mutex that knows whether its process holds it; the first one that a process takes stops it at a gate."""

    def __init__(self, mutex: Any, gate: list[int]) -> None:
        self.mutex, self.gate, self.held = mutex, gate, False

    def lock(self) -> None:
        self._taken(self.mutex.lock())

    def trylock(self) -> None:
        self._taken(self.mutex.trylock())

    def timedlock(self, seconds: float) -> None:
        self._taken(self.mutex.timedlock(seconds))

    def unlock(self) -> None:
        self.mutex.unlock()
        self.held = False

    def __enter__(self) -> None:
        self.lock()

    def __exit__(self, *_: object) -> None:
        self.unlock()

    def _taken(self, _: None) -> None:
        self.held = True
        if self.gate:
            os.read(self.gate.pop(), 1)


class GuardedBalances:
    """Two numbers that may be touched only under both locks."""

    def __init__(self, number: Any, locks: list[StoppedLock]) -> None:
        self.number, self.locks = number, locks

    def __getitem__(self, index: int) -> int:
        self._check(index)
        return int(self.number[index])

    def __setitem__(self, index: int, value: int) -> None:
        self._check(index)
        self.number[index] = value

    def _check(self, index: int) -> None:
        free = [f"locks[{place}]" for place, lock in enumerate(self.locks) if not lock.held]
        if free:
            raise RuntimeError(f"balances[{index}] was touched without {' and '.join(free)}")


@exercise("03.2", "two locks and no deadlock")
def no_deadlock(transfer: Callable[..., None]) -> str:
    """Two opposite transfers, the first stopped when it has its first lock: both must end, under both locks."""
    name = own_process.name_of(transfer)
    with _pipe() as (gate, opening), _processes("A", "B", pass_fds=[gate]) as (a, b):
        a.do("Mutex.init(memory, 64); Mutex.init(memory, 128); number[0] = number[1] = 100")
        for child, gates in ((a, [gate]), (b, [])):
            _give(child, transfer, StoppedLock, GuardedBalances)
            child.do("locks = [StoppedLock(Mutex(memory, place), gates) for place in (64, 128)]", gates=gates)
            child.do("balances = GuardedBalances(number, locks)")
        first = a.start(f"{name}(balances, locks, 0, 1, 10)")
        _settles(first)
        second = b.start(f"{name}(balances, locks, 1, 0, 3)")
        _settles(second)
        os.write(opening, b"x")
        own_process.result(first, _CIRCLE)
        own_process.result(second, _CIRCLE)
        balances = b.do("list(number[:2])")
        if balances != [93, 107]:
            raise Wrong(
                "From 100 and 100, A moved 10 from 0 to 1 and B moved 3 back. That makes 93 and 107, "
                f"not {balances[0]} and {balances[1]}."
            )
        if not _free(b, "for lock in locks: lock.mutex.trylock()"):
            raise Wrong("The balances are right, but a lock is still held. Unlock both.")
    return "Nobody waits in a circle."


class GuardedNumber:
    """A number that may be looked at and changed only under the mutex."""

    def __init__(self, number: Any, mutex: StoppedLock) -> None:
        self.number, self.mutex, self.changed = number, mutex, False

    def __getitem__(self, index: int) -> int:
        if self.changed:
            self._check(f"number[{index}] was read", "others may have changed it since you did")
        else:
            self._check(
                f"number[{index}] was read", "an item and its signal can come between your look and your wait()"
            )
        return int(self.number[index])

    def __setitem__(self, index: int, value: int) -> None:
        self._check(f"number[{index}] was changed", "another process may change it at the same time")
        self.number[index] = value
        self.changed = True

    def _check(self, what: str, why: str) -> None:
        if not self.mutex.held:
            raise RuntimeError(f"{what} without the mutex: {why}")


class ToldCondition:
    """A condition variable that says so each time before it is waited on."""

    def __init__(self, condition: Any, telling: int) -> None:
        self.condition, self.telling = condition, telling

    def wait(self, mutex: StoppedLock) -> None:
        os.write(self.telling, b"w")
        self.condition.wait(mutex.mutex)

    def timedwait(self, mutex: StoppedLock, seconds: float) -> None:
        os.write(self.telling, b"w")
        self.condition.timedwait(mutex.mutex, seconds)

    def signal(self) -> None:
        self.condition.signal()

    def broadcast(self) -> None:
        self.condition.broadcast()


@exercise("03.3", "look again when you wake")
def look_again(take_two: Callable[..., int]) -> str:
    """It must not wait for items that are there, must wait again when one was stolen, then take two."""
    name = own_process.name_of(take_two)
    with (
        _pipe() as (hearing, telling),
        _processes("consumer", "producer", "thief", pass_fds=[telling]) as (consumer, producer, thief),
    ):
        producer.do("Mutex.init(memory, 64); ConditionVariable.init(memory, 128); number[0] = 3")
        for child in (consumer, producer, thief):
            child.do("mutex, changed = Mutex(memory, 64), ConditionVariable(memory, 128)")
        _give(consumer, take_two, StoppedLock, GuardedNumber, ToldCondition)
        consumer.do("held, told = StoppedLock(mutex, []), ToldCondition(changed, telling)", telling=telling)
        call = f"{name}(GuardedNumber(number, held), held, told)"

        if _waits(taking := consumer.start(call), hearing, _NO_WAIT):
            raise Wrong("Three items are there, and it waits for a signal that may have come already. Look first.")
        _must_leave(1, own_process.result(taking, _NO_END), producer)
        if not _waits(taking := consumer.start(call), hearing, _NO_WAIT):
            raise Wrong(f"It took two of one item: {_left(producer)} are left. Wait while there are too few.")
        producer.do("with mutex: number[0] = 2")
        thief.do("mutex.lock()")
        producer.do("changed.signal()")
        thief.do("number[0] = 1; mutex.unlock()")
        if not _waits(taking, hearing, _NO_SECOND_WAIT):
            raise Wrong(
                "It was woken for two items, and a thief took one before it had the mutex: it took two all the same, "
                f"and {_left(producer)} are left. Look again whenever wait() returns."
            )
        producer.do("with mutex: number[0] = 2\nchanged.signal()")
        _must_leave(0, own_process.result(taking, _STILL_WAITS), producer)
    return "It slept, was woken for nothing, and slept again."


class Visit:
    """What the reader's update() calls as look() or change(): opens the file, reads, closes it, says so, waits."""

    def __init__(self, word: bytes, telling: int, gate: int) -> None:
        self.word, self.telling, self.gate = word, telling, gate

    def __call__(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDWR)
        os.read(descriptor, 1)
        os.close(descriptor)
        os.write(self.telling, self.word)
        os.read(self.gate, 1)


class StoppedOfdLock:
    """ofd_lock() that says so and waits whenever it has freed and before it takes: there another may get the lock."""

    def __init__(self, ofd_lock: Callable[..., None], telling: int, gate: int) -> None:
        self.ofd_lock, self.telling, self.gate = ofd_lock, telling, gate

    def __call__(self, fd: int, kind: str, *place: int, **options: Any) -> None:
        frees = kind == "F_UNLCK"
        if frees:
            self.ofd_lock(fd, kind, *place, **options)
        os.write(self.telling, b"s")
        os.read(self.gate, 1)
        if not frees:
            self.ofd_lock(fd, kind, *place, **options)


CALLS = {b"l": "look", b"c": "change", b"": ""}
"""What the two visits say, and the end of the answer."""


def lockable(path: str, kind: int, size: int) -> list[int]:
    """The bytes of a file on which this process gets a record lock of that kind; it gives them back."""
    import fcntl  # not in Windows

    found = []
    descriptor = os.open(path, os.O_RDWR)
    for byte in range(size):
        try:
            fcntl.lockf(descriptor, kind | fcntl.LOCK_NB, 1, byte)
        except BlockingIOError:
            continue
        found.append(byte)
    os.close(descriptor)
    return found


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
        file.write(bytes(FILE_SIZE))
        file.flush()
        other.define(lockable)
        waiter.do("fd = os.open(path, os.O_RDWR)", path=file.name)
        _give(updater, update, Visit, StoppedOfdLock)
        updater.do("look, change = (Visit(word, telling, gate) for word in (b'l', b'c'))", telling=telling, gate=gate)
        updater.do("stopped = StoppedOfdLock(ofd_lock, telling, gate)", path=file.name)

        updating = updater.start(f"{name}(path, look, change, stopped)")
        _must_call("look", _next_call(updating, hearing, opening))
        _must_be_locked(other, file.name, "look")
        waiting = waiter.start("fcntl.lockf(fd, fcntl.LOCK_EX)")
        _must_sleep(waiting)
        os.write(opening, b"x")
        _must_call("change", _next_call(updating, hearing, opening, waiting))
        _must_sleep(waiting)
        _must_be_locked(other, file.name, "change")
        os.write(opening, b"x")
        _must_call("", _next_call(updating, hearing, opening))
        if waiting.blocked():
            raise Wrong("Your function has ended, and the file is still locked. Unlock it, or close its descriptor.")

        updating = updater.start(f"{name}(path, look, change, ofd_lock)")  # now the waiter has the lock
        _settles(updating)
        if _over(updating) or _says(hearing, 0):
            raise Wrong("Another process had the file locked, and yours did not wait until it was free.")
        waiter.do("fcntl.lockf(fd, fcntl.LOCK_UN)")
        os.write(opening, b"xx")
        own_process.result(updating, _NO_END)
    return "An OFD lock belongs to the open file description, and other descriptors of the file do not matter to it."


def _must_call(expected: str, called: str) -> None:
    """Raises Wrong unless the answer has called look() or change() when it was to; "" is its end."""
    if called == expected:
        return
    if not called:
        raise Wrong(f"Your function has ended, and it has not called {expected}(path).")
    if not expected:
        raise Wrong(f"Your function calls {called}(path) once more, after change(path). Each is called once.")
    raise Wrong(f"Your function calls {called}(path) where {expected}(path) should come: first look, then change.")


def _must_be_locked(other: Child, path: str, name: str) -> None:
    """Raises Wrong if another process gets a record lock on any byte."""
    import fcntl  # not in Windows

    alone, shared = (_lockable(other, path, kind) for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH))
    if len(alone) == FILE_SIZE:
        raise Wrong(
            f"When {name}() had closed its descriptor, another process got the record lock. Either that close() lost "
            "yours, or yours is of a kind that record locks do not see, or it was not taken yet."
        )
    if alone or len(shared) in range(1, FILE_SIZE):
        raise Wrong(f"During {name}(), some bytes can be locked by others: {alone or shared}. Lock the whole file.")
    if shared:
        raise Wrong(f"During {name}(), others get a shared lock. Take the exclusive one.")


def _must_sleep(waiting: Doing) -> None:
    """Raises Wrong if the process that waits for the lock has got it."""
    if not waiting.blocked():
        raise Wrong(
            "Between look() and change() another process, which had waited for the lock, got it. Keep yours from "
            "before the one until after the other."
        )


def _lockable(other: Child, path: str, kind: int) -> list[int]:
    found: list[int] = other.do("lockable(path, kind, size)", path=path, kind=kind, size=FILE_SIZE)
    return found


def _next_call(updating: Doing, hearing: int, opening: int, waiting: Doing | None = None) -> str:
    """What the answer calls next, "look" or "change"; "" at its end. Whenever its lock stops, `waiting` must sleep."""
    while (word := _heard(hearing, updating, _NO_END)) not in CALLS:
        if waiting:
            _must_sleep(waiting)
        os.write(opening, b"x")
    return CALLS[word]


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
    with children_with_a_page([f"{name} of the exercise" for name in names], pass_fds) as made:
        yield made


def _give(child: Child, answer: Callable[..., Any], *classes: type) -> None:
    """Give a child the reader's function, and what its arguments are made of."""
    ours = "\n".join(["from __future__ import annotations", "from typing import Any", *map(inspect.getsource, classes)])
    # Compiled under a name of its own: what they raise is told with the reader's line, not with one of theirs.
    child.do("exec(compile(ours, 'the exercise', 'exec'), globals())", ours=ours)
    child.do(f"import {', '.join(own_process.ALSO)}")
    own_process.result(child.start(textwrap.dedent(inspect.getsource(answer))), _NO_END)


def _settles(doing: Doing) -> None:
    """Wait until the answer sleeps or has ended, or seems to try again and again."""
    with suppress(StillRunning, ChildEnded):
        doing.blocked(timeout=1)


def _over(doing: Doing) -> bool:
    """Whether the answer has come to its end, or its process has."""
    try:
        return doing.done
    except ChildEnded:
        return True


def _says(hearing: int, seconds: float) -> bool:
    """Whether a byte comes within that time."""
    return bool(select.select([hearing], [], [], seconds)[0])


def _heard(hearing: int, doing: Doing, otherwise: str) -> bytes:
    """Wait for a byte; b"" at the end of the answer. Raises Wrong with `otherwise` if neither comes."""
    for _ in range(round(own_process.LONGEST / 0.01)):
        if _says(hearing, 0.01):
            return os.read(hearing, 1)
        if _over(doing):
            own_process.result(doing, _NO_END)
            return b""
    raise Wrong(otherwise)


def _waits(doing: Doing, hearing: int, otherwise: str) -> bool:
    """Whether the answer waits on the condition variable; False at its end; if neither, raises Wrong: `otherwise`."""
    if not _heard(hearing, doing, otherwise):
        return False
    _settles(doing)
    if _over(doing):
        own_process.result(doing, _NO_END)
        return False
    return True


def _left(child: Child) -> int:
    left: int = child.do("number[0]")
    return left


def _must_leave(expected: int, returned: object, child: Child) -> None:
    """Raises Wrong unless so many items are left, the answer has said so, and the mutex is free."""
    if _left(child) != expected:
        raise Wrong(f"Two were to be taken, and {expected} left; {_left(child)} are there.")
    if returned != expected:
        raise Wrong(f"Return how many are left, here {expected}; you returned {returned!r}.")
    if not _free(child, "mutex.trylock()"):
        raise Wrong("It has taken its items, and still holds the mutex. Unlock it, or write: with mutex.")
    child.do("mutex.unlock()")


def _free(child: Child, trying: str) -> bool:
    """Whether a child gets a lock at once."""
    try:
        child.do(trying)
    except OSError:
        return False
    return True
