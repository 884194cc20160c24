"""Names for what outlives its maker, and its removal when the notebook's kernel ends, however that ends.

FIFOs, named semaphores, queues and segments stay after the process that made them. Each name here is told to the
janitor, a process of its own, before anything can be made under it.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import zlib

from helpers.elsewhere import require_linux
from helpers.interrupts import starting_apart, uninterrupted
from helpers.ipc.janitor import Thing, remove


class Scratch:
    """The names that one process has asked for."""

    def __init__(self) -> None:
        self._owner = 0
        self._janitor: subprocess.Popen[bytes] | None = None
        self._telling = -1
        self._folder = ""
        self._known: list[Thing] = []

    def path(self, label: str) -> str:
        """A path under which nothing is yet, in a folder that only this user may enter: for a FIFO or a file, say."""
        self._begin()
        return self._ask("path", os.path.join(self._folder, label))

    def name(self, label: str) -> str:
        """A name such as "/ipc-course-4711-jobs" for a POSIX queue, semaphore or shared memory object."""
        self._begin()
        return self._ask("name", f"/ipc-course-{self._owner}-{label}")

    def key(self, label: str) -> int:
        """A key for a System V queue, semaphore set or segment: never 0, which is IPC_PRIVATE."""
        self._begin()
        return int(self._ask("key", str(1 + zlib.crc32(f"{self._owner} {label}".encode()) % 0x7FFFFFFF)))

    def clear(self) -> None:
        """Remove all that was made under these names."""
        for thing in self._known:
            remove(thing)

    def close(self) -> None:
        """Have the janitor remove everything, and wait for its end."""
        if self._janitor is not None and self._owner == os.getpid():
            os.close(self._telling)
            self._janitor.wait()
        self._owner, self._janitor = 0, None

    def _ask(self, kind: str, name: str) -> str:
        """Tell the janitor of it, and remove what an earlier run of the same cell has left under it."""
        thing = Thing(kind, name)
        if thing not in self._known:
            self._tell(thing)
            self._known.append(thing)
        remove(thing)
        return name

    def _begin(self) -> None:
        """A process that was forked from this one needs names and a janitor of its own."""
        if self._owner == os.getpid():
            return
        require_linux("names of things that outlive their maker")
        with uninterrupted():
            self._known = []
            listening, self._telling = os.pipe()
            with starting_apart():
                self._janitor = subprocess.Popen(
                    [sys.executable, "-m", "helpers.ipc.janitor"],
                    stdin=listening, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    start_new_session=True,  # it must live when the kernel's process group is interrupted or killed
                )  # fmt: skip
            os.close(listening)
            self._owner = os.getpid()
            # Told first, made after: a folder that nobody knows would stay.
            self._folder = os.path.join(tempfile.gettempdir(), f"ipc-course-{self._owner}-{os.urandom(4).hex()}")
            self._tell(Thing("folder", self._folder))
            os.mkdir(self._folder, 0o700)

    def _tell(self, thing: Thing) -> None:
        os.write(self._telling, json.dumps(thing).encode() + b"\n")  # at most PIPE_BUF bytes: whole, or not at all


scratch = Scratch()
"""This process's names."""

atexit.register(scratch.close)
