"""A reader's server as a process of its own, and what its kernel says of it: does it sleep, does it read what came?

A clock cannot tell a server that will never answer from one that is slow on a busy machine. The kernel can: a process
that has not run between two looks, while no byte was on its way to it, sleeps whatever the machine's speed is. Looks at
the letter of its state alone are no proof: between two of them it may run, and bytes may come after the last.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.ipc import Child, ChildEnded
from helpers.lab.socket_table import sockets_of

IMPORTS = "import asyncio, contextlib, itertools, selectors, threading"
"""What a server finds imported besides what every child has."""
MOST_DESCRIPTORS = 4096
"""For a thousand clients and more; the usual soft limit is 1024 (getrlimit(2))."""
LISTEN = "listener = socket.create_server(('127.0.0.1', 0), backlog=1000); listener.getsockname()"
LOOK_EVERY = 0.01
"""Seconds between two looks at a process, whose kernel announces no change of its state."""


def allow_descriptors(pid: int, wanted: int) -> int:
    """Let a process open so many files, or as many as its hard limit allows (getrlimit(2)); how many that is."""
    import resource  # not in Windows

    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return most


def _in_a_moment() -> bool:
    time.sleep(LOOK_EVERY)
    return False


class ServerProcess(Child):
    """`serve(listener)` runs in a process of its own, on a port of 127.0.0.1 that the kernel chose."""

    def __init__(self, serve: Callable[[Any], object], *parts: Any) -> None:
        """`parts`: the notebook's other functions and classes that it uses; their source is sent to the process.

        Raises what the code of these raises when it is read there.
        """
        super().__init__(serve.__name__)
        allow_descriptors(self.pid, MOST_DESCRIPTORS)
        self.do(IMPORTS)
        self.define(*parts, serve)
        self.address: tuple[str, int] = tuple(self.do(LISTEN))
        self._serving = self.start(f"{self.name}(listener)")

    def ending(self) -> str:
        """What ended it: an exception's name, "return", or "exit"; "" while it serves."""
        try:
            if not self._serving.done:
                return ""
            self._serving.result()
        except ChildEnded:
            return "exit"
        except Exception as error:  # noqa: BLE001  whatever the server has raised
            return type(error).__name__
        return "return"

    def asleep(self) -> bool:
        """Whether all its threads sleep in system calls, and what has come so far will not wake them."""
        before = self._threads()
        return self._nothing_on_its_way() and self._slept_since(before)

    def settle(self) -> None:
        """Wait until it has done with what has come: it waits for more, is stuck, or has come to an end."""
        self.until(_in_a_moment, most=0.3)

    def until(self, done: Callable[[], bool], most: float = 1.0) -> bool:
        """Wait until `done()`, which waits for its own event, or until the server will do nothing more; was it done?

        A server that looks again and again never sleeps for good: it is given up if it moves no byte by `most` effort.
        """
        moved, effort = [(-1, -1)], 0.0
        while True:
            before, ended, silent = self._threads(), self.ending(), self._nothing_on_its_way()
            if done():
                return True
            # Nothing may be on its way to us before done() looks, nor to the server after it.
            if silent and self._nothing_on_its_way() and (ended or self._slept_since(before)):
                return False
            now = [(row.recv_queue, row.send_queue) for row in sockets_of(self.address[1])]
            if now != moved:  # it reads on, however slowly
                moved, effort = now, self._effort()
            elif self._effort() > effort + most:
                return False

    def unread(self, port: int) -> int:
        """How many bytes from the client with that port its kernel keeps, because the server has not read them."""
        return sum(row.recv_queue for row in sockets_of(port) if row.local_port == self.address[1])

    def number(self, field: str) -> int:
        """A number of /proc/PID/status: "Threads", or "VmRSS", the memory in use in KiB (proc_pid_status(5))."""
        return int(self.status(field).split()[0])

    def _threads(self) -> list[tuple[str, int]]:
        """The state of each thread, and how often it has gone to sleep: once more for one that has run since."""
        found = []
        for path in Path(f"/proc/{self.pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):  # it has just ended
                fields = dict(line.split(":\t", 1) for line in path.read_text().splitlines())
                found.append((fields["State"][0], int(fields["voluntary_ctxt_switches"])))
        return found

    def _slept_since(self, before: list[tuple[str, int]]) -> bool:
        return before == self._threads() and all(state == "S" for state, _ in before)

    def _effort(self) -> float:
        """What it has done: 1 for half a second of computing, or for a hundred times that it went to sleep."""
        with contextlib.suppress(OSError):  # the process has ended
            computed = time.clock_gettime(~self.pid << 3 | 2)  # that process's clock: clock_getcpuclockid(3)
            return computed / 0.5 + sum(sleeps for _, sleeps in self._threads()) / 100
        return 0.0

    def _nothing_on_its_way(self) -> bool:
        """Whether no end of a connection has bytes that are not acknowledged, while none wait at the other end."""
        rows = sockets_of(self.address[1])
        waiting = {(row.local, row.remote): row.recv_queue for row in rows}
        return not any(row.send_queue and waiting.get((row.remote, row.local)) == 0 for row in rows)
