"""The reader as the scheduler: two real processes add 1 to one counter, and go on only when told to."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.ipc.child import Child, Doing
from helpers.ipc.pthread import Mutex

PROCESSES = ("A", "B")
CRITICAL_SECTION = ("register = counter[0]", "register = register + 1", "counter[0] = register")
WITH_LOCK = ("mutex.lock()", *CRITICAL_SECTION, "mutex.unlock()")
EXPECTED = len(PROCESSES)
"""What the counter must be when each process has added 1."""

_COUNTER = slice(Mutex.SIZE, Mutex.SIZE + 8)
_PREPARE = """
memory = mmap.mmap(fd, mmap.PAGESIZE)
counter = memoryview(memory)[place].cast('q')
if lock:
    from helpers.ipc.pthread import Mutex
    mutex = Mutex(memory)
"""


class IllegalMove(CourseError):
    """The process that was chosen cannot go on."""


@dataclass(frozen=True)
class Move:
    """One line of code that a process has run, or waits in."""

    process: str
    code: str
    register: int | None
    """The process's own variable afterwards; None while it has none."""
    counter: int
    """The shared counter afterwards."""
    waits: bool = False
    """The process sleeps in the kernel, in this line."""
    chosen: bool = True
    """False: it had waited in this line, and another process's move let it go on."""


class Race:
    """Two processes before a counter of 0, each with its lines of code still to run."""

    def __init__(self, lock: bool = False, title: str = "game") -> None:
        """Start both; with `lock`, each takes a mutex around its three lines. An older race of this title is ended."""
        self.lock = lock
        self.lines = WITH_LOCK if lock else CRITICAL_SECTION
        fd = os.memfd_create("counter")
        os.ftruncate(fd, mmap.PAGESIZE)
        self._memory = mmap.mmap(fd, mmap.PAGESIZE)
        self._counter = memoryview(self._memory)[_COUNTER].cast("q")
        Mutex.init(self._memory)
        kind = "with" if lock else "without"
        self._children = {name: Child(f"{name} of the {title} {kind} lock", [fd]) for name in PROCESSES}
        os.close(fd)
        for child in self._children.values():
            child.do(_PREPARE, fd=fd, place=_COUNTER, lock=lock)
        self._begin()

    def _begin(self) -> None:
        self.choices: list[str] = []
        """Whom the scheduler has let go on, one line each."""
        self.moves: list[Move] = []
        self._done = dict.fromkeys(PROCESSES, 0)
        self._waiting: dict[str, Doing] = {}
        self._registers: dict[str, int | None] = dict.fromkeys(PROCESSES)
        self._counter[0] = 0

    @property
    def counter(self) -> int:
        """The shared counter, read from the shared memory."""
        return int(self._counter[0])

    @property
    def over(self) -> bool:
        """Whether both have run all their lines."""
        return all(done == len(self.lines) for done in self._done.values())

    @property
    def lost_update(self) -> bool:
        """Whether an addition was lost: both have ended, and the counter says less than 2."""
        return self.over and self.counter < EXPECTED

    def next_line(self, process: str) -> int:
        """The index of the line that it runs next, or waits in; len(lines) at its end."""
        return self._done[process]

    def waits(self, process: str) -> bool:
        """Whether it sleeps in mutex.lock()."""
        return process in self._waiting

    def register(self, process: str) -> int | None:
        """Its own variable, None before the first line."""
        return self._registers[process]

    def why_not(self, process: str) -> str:
        """Why this process cannot go on, in a sentence; "" if it can."""
        if process not in PROCESSES:
            return f"there is no process {process!r}: choose 'A' or 'B'"
        if self._done[process] == len(self.lines):
            return f"{process} has run all its lines"
        if self.waits(process):
            return f"{process} sleeps in mutex.lock(): the kernel wakes it when the other process unlocks"
        return ""

    def step(self, process: str) -> Move:
        """Let a process run its next line. Raises IllegalMove if it cannot go on."""
        if reason := self.why_not(process):
            raise IllegalMove(reason)
        self.choices.append(process)
        line = self.lines[self._done[process]]
        doing = self._children[process].start(line)
        if line == "mutex.lock()" and doing.blocked():
            self._waiting[process] = doing
            self.moves.append(Move(process, line, self._registers[process], self.counter, waits=True))
        else:
            self._finish(process, doing, chosen=True)
            if line == "mutex.unlock()":
                self._wake()
        return self.moves[-1]

    def _finish(self, process: str, doing: Doing, chosen: bool) -> None:
        doing.result()
        line = self.lines[self._done[process]]
        self._done[process] += 1
        if line in CRITICAL_SECTION:
            self._registers[process] = self._children[process].do("register")
        self.moves.append(Move(process, line, self._registers[process], self.counter, chosen=chosen))

    def _wake(self) -> None:
        """The mutex is free: who waited for it gets it, without being chosen."""
        for process, doing in list(self._waiting.items()):
            del self._waiting[process]
            self._finish(process, doing, chosen=False)

    def play(self, choices: Iterable[str]) -> None:
        """Start again and let the processes go on in this order. Raises IllegalMove."""
        self.restart()
        for process in choices:
            self.step(process)

    def restart(self) -> None:
        """Both before their first lines again, and the counter 0."""
        while not self.over:  # a process in the middle may hold the mutex, or sleep for it
            self.step(next(process for process in PROCESSES if not self.why_not(process)))
        self._begin()

    def close(self) -> None:
        """End both processes."""
        for child in self._children.values():
            child.close()

    def __enter__(self) -> Race:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def every_schedule(lock: bool = False) -> dict[str, int]:
    """All orders in which the two can run, each played by the real processes: choices and the counter at the end."""
    with Race(lock, "list of schedules") as race:
        return dict(_schedules(race, ""))


def _schedules(race: Race, choices: str) -> Iterator[tuple[str, int]]:
    race.play(choices)
    if race.over:
        yield choices, race.counter
        return
    for process in [process for process in PROCESSES if not race.why_not(process)]:
        yield from _schedules(race, choices + process)
