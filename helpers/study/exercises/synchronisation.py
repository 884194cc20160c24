"""Checkers of notebook 03: each runs the reader's answer in real processes."""

from __future__ import annotations

import fcntl
import inspect
import mmap
import os
import select
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from helpers.ipc import Child, ChildEnded, Doing, Race, StillRunning
from helpers.ipc.schedule import IllegalMove
from helpers.study.checking import Wrong, exercise

PATIENCE = 5.0
"""Seconds after which an answer counts as one that never comes to its end."""

FILE_SIZE = 20
"""Bytes of the file of exercise 4."""

_ATTACH = """
from helpers.ipc.pthread import ConditionVariable, Mutex
from helpers.ipc.record_locks import ofd_lock
memory = mmap.mmap(page, mmap.PAGESIZE)
number = memoryview(memory).cast("q")
"""


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
    with _pipe() as (gate, opening), _processes("A", "B", pass_fds=[gate]) as (a, b):
        a.do("Mutex.init(memory, 64); Mutex.init(memory, 128); number[0] = number[1] = 100")
        for child, gates in ((a, [gate]), (b, [])):
            _give(child, transfer, StoppedLock, GuardedBalances)
            child.do("locks = [StoppedLock(Mutex(memory, place), gates) for place in (64, 128)]", gates=gates)
            child.do("balances = GuardedBalances(number, locks)")
        first = a.start(f"{transfer.__name__}(balances, locks, 0, 1, 10)")
        _settles(first)
        second = b.start(f"{transfer.__name__}(balances, locks, 1, 0, 3)")
        _settles(second)
        os.write(opening, b"x")
        try:
            _result(first)
            _result(second)
        except StillRunning:
            raise Wrong(
                "A moves from 0 to 1 and B from 1 to 0 at the same time, and they never come to their ends: one waits "
                "for a lock that the other does not give back. In which order are the two taken, and are both freed?"
            ) from None
        balances = b.do("list(number[:2])")
        if balances != [93, 107]:
            raise Wrong(
                "From 100 and 100, A moved 10 from 0 to 1 and B moved 3 back. That makes 93 and 107, "
                f"not {balances[0]} and {balances[1]}."
            )
        if not _free(b, "for lock in locks: lock.mutex.trylock()"):
            raise Wrong("The balances are right, but a lock is still held. Unlock both.")
    return "With one order for all there is no circle of waiting."


class ToldCondition:
    """A condition variable that says so each time before it is waited on."""

    def __init__(self, condition: Any, telling: int) -> None:
        self.condition, self.telling = condition, telling

    def wait(self, mutex: Any) -> None:
        os.write(self.telling, b"w")
        self.condition.wait(mutex)

    def timedwait(self, mutex: Any, seconds: float) -> None:
        os.write(self.telling, b"w")
        self.condition.timedwait(mutex, seconds)

    def signal(self) -> None:
        self.condition.signal()

    def broadcast(self) -> None:
        self.condition.broadcast()


@exercise("03.3", "look again when you wake")
def look_again(take_two: Callable[..., int]) -> str:
    """It must not wait for items that are there, must wait again when one was stolen, then take two."""
    with (
        _pipe() as (hearing, telling),
        _processes("consumer", "producer", "thief", pass_fds=[telling]) as (consumer, producer, thief),
    ):
        producer.do("Mutex.init(memory, 64); ConditionVariable.init(memory, 128); number[0] = 3")
        _give(consumer, take_two, ToldCondition)
        for child in (consumer, producer, thief):
            child.do("mutex, changed = Mutex(memory, 64), ConditionVariable(memory, 128)")
        consumer.do("told = ToldCondition(changed, telling)", telling=telling)
        call = f"{take_two.__name__}(number, mutex, told)"

        if _waits(taking := consumer.start(call), hearing):
            raise Wrong("Three items are there, and it waits for a signal that may have come already. Look first.")
        _must_leave(1, _result(taking), producer)
        if not _waits(taking := consumer.start(call), hearing):
            raise Wrong(f"It took two of one item: {_left(producer)} are left. Wait while there are too few.")
        producer.do("with mutex: number[0] = 2")
        thief.do("mutex.lock()")
        producer.do("changed.signal()")
        thief.do("number[0] = 1; mutex.unlock()")
        if not _waits(taking, hearing):
            raise Wrong(
                "It was woken for two items, and a thief took one before it had the mutex: it took two all the same, "
                f"and {_left(producer)} are left. Look again whenever wait() returns."
            )
        producer.do("with mutex: number[0] = 2\nchanged.signal()")
        _must_leave(0, _result(taking), producer)
    return "It slept, was woken for nothing, and slept again."


def looks(path: str) -> None:
    """What the reader's update() calls as look() and change(): opens, reads, closes, says so, waits."""
    descriptor = os.open(path, os.O_RDWR)
    os.read(descriptor, 1)
    os.close(descriptor)
    os.write(telling, b"x")  # type: ignore[name-defined]  # noqa: F821  in the child
    os.read(gate, 1)  # type: ignore[name-defined]  # noqa: F821


def lockable(path: str, kind: int, size: int) -> list[int]:
    """The bytes of a file on which this process gets a record lock of that kind; it gives them back."""
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
    """While look() and change() run, another process gets no record lock; afterwards it does."""
    with (
        _pipe() as (hearing, telling),
        _pipe() as (gate, opening),
        tempfile.NamedTemporaryFile() as file,
        _processes("updater", "other", pass_fds=[telling, gate]) as (updater, other),
    ):
        file.write(bytes(FILE_SIZE))
        file.flush()
        other.define(lockable)
        _give(updater, update)
        updater.define(looks)
        updater.do("None", telling=telling, gate=gate)
        updating = updater.start(f"{update.__name__}(path, looks, looks, ofd_lock)", path=file.name)
        for name in ("look", "change"):
            if not _comes(hearing, updating):
                raise Wrong(f"Your function has ended, and it has not called {name}(path).")
            _must_be_locked(other, file.name, name)
            os.write(opening, b"x")
        _result(updating)
        if len(_lockable(other, file.name, fcntl.LOCK_EX)) < FILE_SIZE:
            raise Wrong("Your function has ended, and the file is still locked. Unlock it, or close its descriptor.")
    return "An OFD lock belongs to the open file description, and other descriptors of the file do not matter to it."


def _must_be_locked(other: Child, path: str, name: str) -> None:
    """Raises Wrong if another process gets a record lock on any byte."""
    alone, shared = (_lockable(other, path, kind) for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH))
    if len(alone) == FILE_SIZE:
        raise Wrong(
            f"When {name}() had closed its descriptor, another process got the record lock. Either that close() lost "
            "yours, or yours is of a kind that record locks do not see."
        )
    if alone or len(shared) in range(1, FILE_SIZE):
        raise Wrong(f"During {name}(), some bytes can be locked by others: {alone or shared}. Lock the whole file.")
    if shared:
        raise Wrong(f"During {name}(), others get a shared lock. Take the exclusive one.")


def _lockable(other: Child, path: str, kind: int) -> list[int]:
    found: list[int] = other.do("lockable(path, kind, size)", path=path, kind=kind, size=FILE_SIZE)
    return found


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
        page = os.memfd_create("page")
        stack.callback(os.close, page)
        os.ftruncate(page, mmap.PAGESIZE)
        made = [stack.enter_context(Child(f"{name} of the exercise", [page, *pass_fds])) for name in names]
        for child in made:
            child.do(_ATTACH, page=page)
        yield made


def _give(child: Child, answer: Callable[..., Any], *classes: type) -> None:
    """Give a child the reader's function, and what its arguments are made of."""
    if not inspect.isfunction(answer) or answer.__name__ == "<lambda>":
        raise Wrong("Write the answer as a function, with def, as it stood there.")
    sources = map(inspect.getsource, classes)
    child.do("\n".join(["from __future__ import annotations", "from typing import Any", *sources]))
    child.define(answer)


def _settles(doing: Doing) -> None:
    """Wait until the answer sleeps or has ended, or seems to try again and again."""
    with suppress(StillRunning):
        doing.blocked(timeout=1)


def _result(doing: Doing) -> Any:
    """What the answer returned. Raises Wrong if it raised, StillRunning if it does not come to its end."""
    try:
        return doing.result(PATIENCE)
    except StillRunning:
        raise
    except ChildEnded as error:
        raise Wrong(f"{error}.") from None
    except Exception as error:  # noqa: BLE001  the code of a reader may raise anything
        place = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        raise Wrong(f"Your function raised {type(error).__name__}: {error}{place}.") from None


def _comes(hearing: int, doing: Doing) -> bool:
    """Wait for a byte: True; or for the end of the answer: False. Raises Wrong if neither comes."""
    for _ in range(round(PATIENCE / 0.01)):
        if select.select([hearing], [], [], 0.01)[0]:
            os.read(hearing, 1)
            return True
        if doing.done:
            _result(doing)
            return False
    raise Wrong("Your function does not come to its end, and does not do what it should wait with.")


def _waits(doing: Doing, hearing: int) -> bool:
    """Whether the answer waits on the condition variable; False at its end."""
    if not _comes(hearing, doing):
        return False
    if doing.blocked(PATIENCE):
        return True
    _result(doing)
    return False


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
