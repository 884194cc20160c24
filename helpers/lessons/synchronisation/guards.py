"""What the checkers of notebook 03 hand to a reader's function, in the process where it runs.

Each is used like the real thing and stops the function at the one place where a wrong answer goes wrong, so that it
goes wrong on every run and not by chance; or says what was touched while its lock was not held.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from helpers.ipc.pthread import Mutex


class NotedMutex(Mutex):
    """A mutex that knows whether its process holds it. `taken` is called whenever it has been taken."""

    held = False
    taken: Callable[[], object] = int

    def lock(self) -> None:
        """Take it."""
        self._note(super().lock)

    def trylock(self) -> None:
        """Take it, or raise OSError at once."""
        self._note(super().trylock)

    def timedlock(self, seconds: float) -> None:
        """Take it, or raise TimeoutError."""
        self._note(super().timedlock, seconds)

    def _note(self, take: Callable[..., None], *seconds: float) -> None:
        take(*seconds)
        self.held = True
        self.taken()

    def unlock(self) -> None:
        """Free it."""
        super().unlock()
        self.held = False


def account_locks(memory: Any, gates: list[int], falling: bool) -> list[NotedMutex]:
    """The locks of exercise 2: the first that is taken waits at the gate, if there is one.

    Their places in this process's memory rise from one to the next, or fall: two processes have no order in common but
    that of their numbers.
    """

    def taken() -> None:
        if gates:
            os.read(gates.pop(), 1)

    made = sorted((NotedMutex(memory) for _ in range(3)), key=id, reverse=falling)
    for place, lock in enumerate(made, 1):
        NotedMutex.__init__(lock, memory, 64 * place)
        lock.taken = taken
    return made


class Guarded:
    """Numbers that may be touched only while this process holds all of these locks; `why` says what could happen."""

    def __init__(self, name: str, number: Any, locks: dict[str, NotedMutex], why: str) -> None:
        self.name, self.number, self.locks, self.why, self.changed = name, number, locks, why, False

    def __getitem__(self, index: int) -> int:
        why = "others may have changed it since you did" if self.changed else self.why
        self._check(f"{self.name}[{index}] was read", why)
        return int(self.number[index])

    def __setitem__(self, index: int, value: int) -> None:
        self._check(f"{self.name}[{index}] was changed", "another process may change it at the same time")
        self.number[index] = value
        self.changed = True

    def _check(self, what: str, why: str) -> None:
        free = " and ".join(name for name, lock in self.locks.items() if not lock.held)
        if free:
            raise RuntimeError(f"{what} without {free}: {why}")


def visit(word: bytes, telling: int, gate: int) -> Callable[[str], None]:
    """look() or change() of exercise 4: opens the file, reads, closes it, says so, and waits at the gate."""

    def visited(path: str) -> None:
        with open(path, "r+b") as file:
            file.read(1)
        os.write(telling, word)
        os.read(gate, 1)

    return visited


def stopped(ofd_lock: Callable[..., None], telling: int, gate: int) -> Callable[..., None]:
    """ofd_lock() that says so and waits before it does anything: what is free then, another process may lock."""

    def lock(*arguments: Any, **options: Any) -> None:
        os.write(telling, b"s")
        os.read(gate, 1)
        ofd_lock(*arguments, **options)

    return lock
