"""A reader's server as a process of its own, and what its kernel says of it: does it sleep, does it read what came?

A clock cannot tell a server that will never answer from one that is slow on a busy machine. The kernel can: a process
that has not run between two looks, while no byte was under way to it, sleeps whatever the machine's speed is. Looks at
the state letter alone are no proof: between two of them a process may run, and bytes may come after the last.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from helpers.ipc import Child, ChildEnded
from helpers.lab.socket_table import sockets_of

IMPORTS = "import asyncio, contextlib, itertools, selectors, threading"
"""What a server finds imported besides what every child has."""
MOST_DESCRIPTORS = 4096
"""For a thousand clients and more; the usual soft limit is 1024 (getrlimit(2))."""
LISTEN = "listener = socket.create_server(('127.0.0.1', 0), backlog=1000); listener.getsockname()"
QUIET = 0.25
"""Seconds for which a server that sleeps is watched: one that looks again and again must not be taken for stuck."""
SEEN = 0.002
"""The same where it need only have seen what came."""
Sockets = tuple[list[socket.socket], list[socket.socket]]
"""Those that wait to be readable, and to be writable."""
NONE: Sockets = ([], [])


def allow_descriptors(pid: int, wanted: int) -> int:
    """Let a process open so many files, or as many as its hard limit allows (getrlimit(2)); how many that is."""
    import resource  # not in Windows

    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return most


class ServerProcess:
    """`serve(listener)` runs in a process of its own, on a port of 127.0.0.1 that the kernel chose.

    It ends with its `with` block, when another server of its name is made, and with the notebook's kernel.
    """

    def __init__(self, serve: Callable[[Any], object], *parts: Any) -> None:
        """`parts`: the notebook's other functions and classes that it uses; their source is sent to the process.

        Raises what the code of these raises when it is read there.
        """
        self.name: str = serve.__name__
        self._child = Child(self.name)
        allow_descriptors(self._child.pid, MOST_DESCRIPTORS)
        self._child.do(IMPORTS)
        self._child.define(*parts, serve)
        self.address: tuple[str, int] = tuple(self._child.do(LISTEN))
        self._serving = self._child.start(f"{self.name}(listener)")
        self.pid = self._child.pid

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
        return self._rests(SEEN)

    def settle(self) -> None:
        """Wait until it has done with what has come: it waits for more, is stuck, or has come to an end."""
        self.until(lambda: False, quiet=SEEN)

    def until(self, done: Callable[[], bool], sockets: Sockets = NONE, quiet: float = QUIET) -> bool:
        """Wait until `done()`, asked when a socket is ready, or until the server will do nothing more; was it done?"""
        moved, effort = [(-1, -1)], 0.0
        while not done():
            if self.ending() or self._rests(quiet, sockets):
                return done()  # it may have come while we looked
            now = [(row.recv_queue, row.send_queue) for row in sockets_of(self.address[1])]
            if now != moved:  # it reads on, however slowly
                moved, effort = now, self._effort()
            elif self._effort() > effort + 1:
                return done()
        return True

    def unread(self, port: int) -> int:
        """How many bytes from the client with that port its kernel keeps, because the server has not read them."""
        ends = tuple(f"{self.address[0]}:{number}" for number in (self.address[1], port))
        return sum(row.recv_queue for row in sockets_of(port) if (row.local, row.remote) == ends)

    def status(self, field: str) -> int:
        """A number of /proc/PID/status: "Threads", or "VmRSS", the memory in use in KiB (proc_pid_status(5))."""
        return int(self._child.status(field).split()[0])

    def close(self) -> None:
        """End it."""
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rests(self, quiet: float, sockets: Sockets = NONE) -> bool:
        """Whether it sleeps so long without running once, nothing is on its way, and none of the sockets is ready."""
        before = self._threads()
        if any(select.select(*sockets, [], quiet)) or self._bytes_on_their_way():
            return False
        return before == self._threads() and all(state == "S" for state, _ in before)

    def _threads(self) -> list[tuple[str, int]]:
        """The state of each thread, and how often it has gone to sleep: once more for one that has run since."""
        found = []
        for path in Path(f"/proc/{self.pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):  # it has just ended
                fields = dict(line.split(":\t", 1) for line in path.read_text().splitlines())
                found.append((fields["State"][0], int(fields["voluntary_ctxt_switches"])))
        return found

    def _effort(self) -> float:
        """What it has done: 1 for half a second of computing, or for a hundred times that it went to sleep."""
        with contextlib.suppress(OSError):  # the process has ended
            computed = time.clock_gettime(~self.pid << 3 | 2)  # that process's clock: clock_getcpuclockid(3)
            return computed / 0.5 + sum(sleeps for _, sleeps in self._threads()) / 100
        return 0.0

    def _bytes_on_their_way(self) -> bool:
        """Whether one end of a connection has bytes that are not acknowledged, and the other none that wait there."""
        rows = sockets_of(self.address[1])
        waiting = {(row.local, row.remote): row.recv_queue for row in rows}
        return any(row.send_queue and waiting.get((row.remote, row.local)) == 0 for row in rows)
