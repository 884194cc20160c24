"""Who wanted, held and freed what, and when: one value, collected from several processes.

A child (helpers.ipc.child) notes what it does with `wants`, `holds`, `frees` and `happens`, or has `watched` note it.
All processes of a machine read one clock, CLOCK_MONOTONIC, so that their notes can be put into one order.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["wants", "holds", "frees", "happens", "ends"]

SHARING = {"rdlock", "tryrdlock"}
TAKING = SHARING | {"lock", "trylock", "timedlock", "wrlock", "trywrlock", "timedwrlock", "acquire"}
WAITING = {"wait", "timedwait", "trywait"}
"""A semaphore is held afterwards; a condition variable (it can be signalled) is nobody's."""
FREEING = {"unlock", "release", "post"}
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
    end: int | None
    """None if it never came to an end."""


@dataclass(frozen=True)
class History:
    """The notes of all processes in the order of time."""

    events: tuple[Event, ...]

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes, in the order of their first notes."""
        return tuple(dict.fromkeys(event.process for event in self.events))

    def holds(self, what: str | None = None) -> tuple[Span, ...]:
        """The times in which a process held that lock, or any; a process that ended holds nothing any more."""
        return tuple(span for span in self._spans("holds", {"frees"}) if what in (None, span.what))

    def waits(self, what: str | None = None) -> tuple[Span, ...]:
        """The times in which a process wanted that lock, or any, and did not hold it yet."""
        return tuple(span for span in self._spans("wants", {"holds", "frees"}) if what in (None, span.what))

    def overlap(self, what: str) -> bool:
        """Whether two processes held it at one time, not both of them as readers."""
        spans = self.holds(what)
        return any(
            first.process != second.process
            and not (first.shared and second.shared)
            and first.begin < (second.end or self._end)
            and second.begin < (first.end or self._end)
            for number, first in enumerate(spans)
            for second in spans[number + 1 :]
        )

    @property
    def _end(self) -> int:
        return self.events[-1].time + 1

    def _spans(self, opening: Kind, closing: set[Kind]) -> list[Span]:
        found: list[Span] = []
        opened: dict[tuple[str, str], int] = {}
        for event in self.events:
            place = (event.process, event.what)
            ended = [key for key in opened if key == place or (event.kind == "ends" and key[0] == event.process)]
            if event.kind in closing or event.kind == "ends":
                for key in ended:
                    number = opened.pop(key)
                    found[number] = replace(found[number], end=event.time)
            elif event.kind == opening:
                opened.setdefault(place, len(found))
                if opened[place] == len(found):
                    kind: Literal["waits", "holds"] = "waits" if opening == "wants" else "holds"
                    found.append(Span(event.process, event.what, kind, event.shared, event.time, None))
        return found


class Notes:
    """What one process has noted and not handed over yet."""

    def __init__(self, process: str, hand_over: Callable[[list[Event]], None]) -> None:
        """`hand_over` is called whenever the process is about to wait, for it may wait for ever."""
        self.process = process
        self._hand_over = hand_over
        self._events: list[Event] = []

    def add(self, kind: Kind, what: str, shared: bool = False) -> None:
        """Note it, with the time. Raises TypeError where `what` is no text."""
        if not isinstance(what, str):
            raise TypeError(f"what is noted must be text, such as a lock's name, not {what!r}")
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
            return self._waiting(method)
        if attribute in TAKING | WAITING:
            return self._taking(method, attribute in SHARING)
        if attribute in SIGNALLING:
            return self._signalling(method, attribute)
        if attribute in FREEING:
            return self._freeing(method)
        return method

    def __enter__(self) -> Any:
        return self._taking(self._lock.__enter__)()

    def __exit__(self, *error: object) -> Any:
        return self._freeing(self._lock.__exit__)(*error)

    def _taking(self, method: Callable[..., Any], shared: bool = False) -> Callable[..., Any]:
        def take(*arguments: Any, **options: Any) -> Any:
            self._notes.wants(self._name, shared)
            try:
                got = method(*arguments, **options)
            except BaseException as error:
                inherited = isinstance(error, OSError) and error.errno == errno.EOWNERDEAD  # a robust mutex, and held
                self._took(inherited, shared)
                raise
            self._took(got is not False, shared)
            return got

        return take

    def _took(self, held: bool, shared: bool) -> None:
        if held:
            self._notes.holds(self._name, shared)
        else:
            self._notes.frees(self._name)

    def _waiting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A condition variable's wait: it gives the mutex back, and takes it again before it returns."""

        def wait(mutex: Any, *arguments: Any, **options: Any) -> Any:
            given_back = mutex._name if isinstance(mutex, Watched) else ""
            if given_back:
                self._notes.frees(given_back)
            self._notes.wants(self._name)
            try:
                return method(mutex, *arguments, **options)
            except OSError as error:
                if error.errno == errno.EPERM:  # it was not this process's mutex
                    given_back = ""
                raise
            finally:
                self._notes.frees(self._name)
                if given_back:
                    self._notes.holds(given_back)

        return wait

    def _signalling(self, method: Callable[..., Any], word: str) -> Callable[..., Any]:
        def signal() -> None:
            self._notes.happens(f"{word} {self._name}")
            method()

        return signal

    def _freeing(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def free(*arguments: Any, **options: Any) -> Any:
            self._notes.frees(self._name)  # before: afterwards another process may have it already
            return method(*arguments, **options)

        return free


def merged(notes: Iterable[Iterable[Event]]) -> History:
    """The notes of several processes in one order."""
    return History(tuple(sorted((event for each in notes for event in each), key=lambda event: event.time)))
