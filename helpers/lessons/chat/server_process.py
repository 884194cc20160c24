"""A reader's server as a process of its own, and what the kernel says of it: does it sleep, does it read what came?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from helpers.errors import CourseError
from helpers.ipc import Child, ChildEnded
from helpers.lab.own_sockets import sockets_of

IMPORTS = "import asyncio, contextlib, itertools, selectors, threading"
"""What a server finds imported besides what every child has."""
MOST_DESCRIPTORS = 4096
"""That it may have open, where the hard limit allows it (getrlimit(2)); the usual soft limit is 1024."""
ALLOW = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
"""
LISTEN = "listener = socket.create_server(('127.0.0.1', 0), backlog=1000); listener.getsockname()"
LOOKS = 3
"""A process is taken to be asleep if it is so at each of so many looks."""
BETWEEN_LOOKS = 0.01
"""Seconds."""
REST = 2.0
"""Seconds after which a server that has neither slept nor read anything is taken to do neither any more."""


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
        self._child.do(IMPORTS)
        self._child.do(ALLOW, most=MOST_DESCRIPTORS)
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
        """Whether all its threads sleep in system calls, at several looks in a row: state S (proc_pid_stat(5)).

        Then it waits for something from outside, and nothing that has come by now, or is on its way, will make it go
        on: a busy kernel may take some time to bring bytes over, on loopback, too.
        """
        if self._bytes_on_their_way():  # what comes while we look would wake it
            return False
        for number in range(LOOKS):
            if number:
                time.sleep(BETWEEN_LOOKS)  # the kernel announces no change of a process's state
            if any(_state(task) != "S" for task in Path(f"/proc/{self.pid}/task").iterdir()):
                return False
        return not self._bytes_on_their_way()  # what it had said before it slept

    def settle(self) -> None:
        """Wait until it has done with what has come: it waits for more, is stuck, or has come to an end."""
        queued, deadline = -1, 0.0
        while not self.ending() and not self.asleep():
            if (now := self._queued()) != queued:  # it reads on, however slowly
                queued, deadline = now, time.monotonic() + REST
            elif time.monotonic() > deadline:
                return

    def unread(self, port: int) -> int:
        """How many bytes from the client with that port its kernel keeps, because the server has not read them."""
        ends = tuple(f"{self.address[0]}:{number}" for number in (self.address[1], port))
        return sum(row.recv_queue for row in sockets_of(port) if (row.local, row.remote) == ends)

    def _queued(self) -> int:
        """How many bytes the kernel keeps for it and for its clients."""
        return sum(row.recv_queue + row.send_queue for row in sockets_of(self.address[1]))

    def _bytes_on_their_way(self) -> bool:
        """Whether one end of a connection has bytes that are not acknowledged, and the other none that wait there."""
        rows = sockets_of(self.address[1])
        waiting = {(row.local, row.remote): row.recv_queue for row in rows}
        return any(row.send_queue and waiting.get((row.remote, row.local)) == 0 for row in rows)

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


class Unserved(CourseError):
    """A client did not get what it asked for; the message says what became of it."""


def _state(task: Path) -> str:
    """A thread's state; "S" for one that has ended meanwhile."""
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "S"
