"""Pipe and FIFO: bytes through the kernel, written and read by raw files, without Python's own buffers."""

from __future__ import annotations

import contextlib
import fcntl
import os
from itertools import repeat
from typing import ClassVar

from helpers.bench.mechanisms.base import LARGEST, WORD, Mechanism, Names


class Pipe(Mechanism):
    """pipe(2): one for each direction."""

    name: ClassVar[str] = "pipe"

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.request, self.reply = self._open("request"), self._open("reply")
        for _, writing in (self.request, self.reply):
            with contextlib.suppress(OSError):  # a user's pipes together have a limit (pipe(7)): then they stay small
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, LARGEST)
        self.read_request, self.read_reply = (open(end[0], "rb", buffering=0) for end in (self.request, self.reply))
        self.write_request, self.write_reply = (open(end[1], "wb", buffering=0) for end in (self.request, self.reply))

    def _open(self, direction: str) -> tuple[int, int]:
        """Its reading and its writing end."""
        return os.pipe()

    def ask(self, message: bytes, times: int) -> memoryview:
        write, read_into = self.write_request.write, self.read_reply.readinto
        size, space = len(message), self.space[: len(message)]
        for _ in repeat(None, times):
            write(message)
            got = read_into(space)
            while got < size:  # a pipe keeps no boundaries: of a long message a part may come first
                got += read_into(space[got:])
        return space

    def answer(self, size: int, times: int) -> None:
        write, read_into = self.write_reply.write, self.read_request.readinto
        space = self.space[:size]
        for _ in repeat(None, times):
            got = read_into(space)
            while got < size:
                got += read_into(space[got:])
            write(space)

    def send(self, message: bytes, times: int) -> None:
        write = self.write_request.write
        for _ in repeat(None, times):
            write(message)
        self.read_reply.read(len(WORD))

    def receive(self, size: int, times: int) -> memoryview:
        read_into = self.read_request.readinto
        space = self.space[:size]
        for _ in repeat(None, times):
            got = read_into(space)
            while got < size:
                got += read_into(space[got:])
        self.write_reply.write(WORD)
        return space


class Fifo(Pipe):
    """mkfifo(3): a pipe that has a name."""

    name = "FIFO"

    def _open(self, direction: str) -> tuple[int, int]:
        path = os.path.join(self.names.folder, direction)
        os.mkfifo(path, 0o600)
        reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # it would wait for a writer
        writing = os.open(path, os.O_WRONLY)
        os.set_blocking(reading, True)
        os.unlink(path)
        return reading, writing
