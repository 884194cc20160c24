"""Who wanted, held and freed what, and when: one value, collected from several processes.

A child (helpers.ipc.child) notes what it does with `wants`, `holds`, `frees` and `happens`, or has `watched` note it.
All processes of a machine read one clock, CLOCK_MONOTONIC, so that their notes can be put into one order. Tracing the
locks from outside (uprobes, ltrace) would need root; a note in the process itself costs a microsecond.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

Kind = Literal["wants", "holds", "frees", "happens", "ends"]

SHARING = {"rdlock"}
TAKING = SHARING | {"lock", "trylock", "timedlock", "wrlock", "trywrlock", "acquire", "__enter__"}
WAITING = {"wait", "timedwait", "trywait"}
"""A semaphore is held afterwards; a condition variable (it can be signalled) is nobody's."""
FREEING = {"unlock", "release", "post", "__exit__"}
SIGNALLING = {"signal", "broadcast"}


@dataclass(frozen=True)
class Event:
    """One note of one process."""

    time: int
    """Nanoseconds of CLOCK_MONOTONIC."""
    process: str
    kind: Kind
    what: str
    """The lock's name; for "happens" the words; for "ends" nothing."""
    shared: bool = False
    """The lock is held, or wanted, together with others: a reader's."""


@dataclass(frozen=True)
class Span:
    """A process waited for something, or held it, for a while."""

    process: str
    what: str
    kind: Literal["waits", "holds"]
    shared: bool
    begin: int
    """The number of the event with which it begins."""
    end: int | None = None
    """The number of the event with which it ends; None if it never came to an end."""


@dataclass(frozen=True)
class History:
    """The notes of all processes in the order of time."""

    events: tuple[Event, ...]

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes, in the order of their first notes."""
        return tuple(dict.fromkeys(event.process for event in self.events))

    def waits(self) -> list[Span]:
        """When a process wanted a lock and did not hold it yet, in the order of the beginnings."""
        return self._spans("waits", "wants", {"holds", "frees"})

    def holds(self) -> list[Span]:
        """When a process held a lock; a process that ended holds nothing any more."""
        return self._spans("holds", "holds", {"frees"})

    def _spans(self, kind: Literal["waits", "holds"], opening: Kind, closing: set[Kind]) -> list[Span]:
        found: list[Span] = []
        opened: dict[tuple[str, str], Span] = {}
        for number, event in enumerate(self.events):
            place = (event.process, event.what)
            over = [key for key in opened if event.kind == "ends" and key[0] == event.process]
            over += [place] if event.kind in closing and place in opened else []
            found += [replace(opened.pop(key), end=number) for key in over]
            if event.kind == opening:
                opened.setdefault(place, Span(event.process, event.what, kind, event.shared, number))
        return sorted([*found, *opened.values()], key=lambda span: span.begin)


class Notes:
    """What one process has noted and not handed over yet."""

    def __init__(self, process: str, hand_over: Callable[[list[Event]], None]) -> None:
        """`hand_over` is called whenever the process is about to wait, for it may wait for ever."""
        self.process = process
        self._hand_over = hand_over
        self._events: list[Event] = []

    def add(self, kind: Kind, what: str, shared: bool = False) -> None:
        """Note it, with the time."""
        self._events.append(Event(time.monotonic_ns(), self.process, kind, what, shared))

    def wants(self, what: str, shared: bool = False) -> None:
        """This process is about to ask for a lock of that name."""
        self.add("wants", what, shared)
        self._hand_over(self.take())

    def holds(self, what: str, shared: bool = False) -> None:
        """This process has got it."""
        self.add("holds", what, shared)

    def frees(self, what: str) -> None:
        """This process is about to give it back, or gave up asking for it."""
        self.add("frees", what)

    def happens(self, what: str) -> None:
        """Something else worth a tick on the timeline."""
        self.add("happens", what)

    def watched(self, lock: Any, name: str) -> Watched:
        """The same lock, whose every use is noted under that name."""
        return Watched(lock, name, self)

    def take(self) -> list[Event]:
        """Hand over what was noted since the last time."""
        taken, self._events = self._events, []
        return taken


class Watched:
    """A lock, semaphore or condition variable that is used as it is, while each use is noted."""

    def __init__(self, lock: Any, name: str, notes: Notes) -> None:
        self._lock, self._name, self._notes = lock, name, notes

    def __getattr__(self, attribute: str) -> Any:
        method = getattr(self._lock, attribute)
        if attribute in WAITING and hasattr(self._lock, "signal"):
            return partial(self._wait, method)
        if attribute in TAKING | WAITING:
            return partial(self._take, method, attribute in SHARING)
        if attribute in SIGNALLING:
            return partial(self._note_and_call, method, "happens", f"{attribute} {self._name}")
        # Noted before it is freed: afterwards another process may have it already.
        return partial(self._note_and_call, method, "frees", self._name) if attribute in FREEING else method

    def __enter__(self) -> Any:
        return self.__getattr__("__enter__")()

    def __exit__(self, *error: object) -> Any:
        return self.__getattr__("__exit__")(*error)

    def _take(self, method: Callable[..., Any], shared: bool, *arguments: Any, **options: Any) -> Any:
        self._notes.wants(self._name, shared)
        held = False
        try:
            got = method(*arguments, **options)
            held = True
        except OSError as error:
            held = error.errno == errno.EOWNERDEAD  # a robust mutex, which this process holds now
            raise
        finally:
            self._notes.add("holds" if held else "frees", self._name, held and shared)
        return got

    def _wait(self, method: Callable[..., Any], mutex: Watched, *arguments: Any) -> None:
        """A condition variable's wait: it gives the mutex back, and takes it again before it returns."""
        self._notes.frees(mutex._name)
        self._notes.wants(self._name)
        held = True
        try:
            method(mutex, *arguments)
        except PermissionError:  # EPERM: it was not this process's mutex
            held = False
            raise
        finally:
            self._notes.frees(self._name)
            if held:
                self._notes.holds(mutex._name)

    def _note_and_call(self, method: Callable[..., Any], kind: Kind, what: str, *arguments: Any) -> Any:
        self._notes.add(kind, what)
        return method(*arguments)


def merged(notes: Iterable[Iterable[Event]]) -> History:
    """The notes of several processes in one order."""
    return History(tuple(sorted((event for each in notes for event in each), key=lambda event: event.time)))
