"""Collects what happens, from several threads, until a `Trace` is asked for.

Each entry wakes whoever waits: `until` asks its condition after each one, so nobody in the lab sleeps and looks again,
except for what a kernel announces to nobody. Rejected: a queue of events, which has one reader; here the carrying
thread, the reader's own and a panel look at the same record.
"""

from __future__ import annotations

import contextlib
import datetime
import platform
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from helpers.trace import Call, Frame, HostInfo, Mark, SocketRow, Source, Table, Trace, Transmission


class Recorder:
    """One network's record."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[], None]] = []
        """Called, without arguments and from any thread, after each new entry."""
        self._changed = threading.Condition()
        self._entries = 0
        self._frames: list[Frame] = []
        self._calls: list[Call] = []
        self._tables: list[Table] = []
        self._marks: list[Mark] = []
        self._transmissions: list[Transmission] = []
        self._last: dict[str, tuple[SocketRow, ...]] = {}

    def add_frame(self, frame: Frame) -> int:
        """Keep a frame; returns its number, counted from 0."""
        with self._entry():
            self._frames.append(frame)
            return len(self._frames) - 1

    def update_frame(self, number: int, fate: str, arrival: int | None = None) -> None:
        """Note what became of a frame: its fate, and when it arrived if it did (once more)."""
        with self._entry():
            frame = self._frames[number]
            arrivals = frame.arrivals if arrival is None else (*frame.arrivals, arrival)
            self._frames[number] = replace(frame, fate=fate, arrivals=arrivals)

    def add_call(self, call: Call) -> int:
        """Keep a call, which may not have ended; returns its number."""
        with self._entry():
            self._calls.append(call)
            return len(self._calls) - 1

    def update_call(self, number: int, call: Call) -> None:
        """Replace a call by what it has become."""
        with self._entry():
            self._calls[number] = call

    def add_table(self, table: Table) -> None:
        """Keep a socket table if anything but a running timer changed since the host's last one."""
        steady = tuple(replace(row, timer_seconds=0.0) for row in table.rows)
        if self._last.get(table.host, ()) != steady:
            self._last[table.host] = steady
            with self._entry():
                self._tables.append(table)

    def add_mark(self, mark: Mark, tables: tuple[Table, ...]) -> None:
        """Keep a named moment with the socket tables of that moment."""
        with self._entry():
            self._tables.extend(tables)
            self._marks.append(mark)

    def add_transmission(self, crossed: Transmission) -> None:
        """Keep what crossed a serial line."""
        with self._entry():
            self._transmissions.append(crossed)

    def frames(self) -> tuple[Frame, ...]:
        """All frames up to now."""
        with self._changed:
            return tuple(self._frames)

    def trace(self, hosts: tuple[HostInfo, ...], about: dict[str, str] | None = None) -> Trace:
        """Everything up to now as one value."""
        with self._changed:
            return Trace(
                hosts=hosts,
                source=this_run(),
                frames=tuple(self._frames),
                calls=tuple(self._calls),
                tables=tuple(self._tables),
                marks=tuple(self._marks),
                about=about or {},
                transmissions=tuple(self._transmissions),
            )

    def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until a condition holds, asked after each new entry; False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            seen = self._entries
            if condition():  # asked without the lock: it may look at hosts, which have locks of their own
                return True
            with self._changed:
                if not self._changed.wait_for(lambda: self._entries != seen, deadline - time.monotonic()):  # noqa: B023
                    return False

    def announce(self) -> None:
        """Have everybody who waits look again."""
        with self._changed:
            self._entries += 1
            self._changed.notify_all()
        for listener in list(self.listeners):
            listener()

    @contextlib.contextmanager
    def _entry(self) -> Iterator[None]:
        """Change the record; told when the lock is free again, since whoever hears of it looks at the record."""
        with self._changed:
            yield
        self.announce()


def this_run() -> Source:
    """Live, with this kernel's version and today's date."""
    version = re.match(r"[0-9]+(\.[0-9]+)*", platform.release())
    kernel = f"{platform.system()} {version.group() if version else platform.release()}"
    return Source(True, kernel, datetime.date.today().isoformat())
