"""Streams of bytes: pipe, FIFO, Unix stream, TCP. Opened in four ways, then they are descriptors that read(2) and
write(2) serve; open() with buffering=0 gives them to Python without its own buffers, and without the work that
socket.send() and recv_into() do for timeouts."""

from __future__ import annotations

import contextlib
import io
import os
import socket
from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import Any, ClassVar

from helpers.lessons.which_one.mechanisms.base import LARGEST, WORD, Mechanism, Names

SHORT = 65536
"""Bytes up to which a message on a stream socket comes in one piece nearly always."""

ReadInto = Callable[[memoryview], Any]


class Pipe(Mechanism):
    """pipe(2): one for each direction."""

    name: ClassVar[str] = "pipe"

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._open()

    def _open(self) -> None:
        self._use(*self._pipe("request"), *self._pipe("reply"))

    def _pipe(self, direction: str) -> tuple[int, int]:
        """Its reading and its writing end."""
        return large(os.pipe())

    def _use(self, read_request: int, write_request: int, read_reply: int, write_reply: int) -> None:
        """The server reads requests and writes replies, the client the other way round."""
        self.read_request, self.write_request = raw(read_request), raw(write_request)
        self.read_reply, self.write_reply = raw(read_reply), raw(write_reply)

    def reader(self, file: io.FileIO, size: int) -> ReadInto:
        """The call that reads a message of that size, or the first part of it, into a memoryview."""
        return file.readinto

    def ask(self, message: bytes, times: int) -> memoryview:
        size, space = len(message), self.space[: len(message)]
        write, read_into = self.write_request.write, self.reader(self.read_reply, size)
        for _ in repeat(None, times):
            write(message)
            got = read_into(space)
            while got < size:  # a stream keeps no boundaries: of a long message a part may come first
                got += read_into(space[got:])
        return space

    def answer(self, size: int, times: int) -> None:
        write, read_into = self.write_reply.write, self.reader(self.read_request, size)
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
        read_into = self.reader(self.read_request, size)
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

    def _pipe(self, direction: str) -> tuple[int, int]:
        path = os.path.join(self.names.folder, direction)
        os.mkfifo(path, 0o600)
        reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # without it, open() waits for a writer
        writing = os.open(path, os.O_WRONLY)
        os.set_blocking(reading, True)
        os.unlink(path)
        return large((reading, writing))


class UnixStream(Pipe):
    """socketpair(2): both directions on one descriptor for each side."""

    name = "Unix stream"

    def _open(self) -> None:
        self.sockets = self._sockets()
        client, server = (end.fileno() for end in self.sockets)
        self._use(server, client, client, server)

    def reader(self, file: io.FileIO, size: int) -> ReadInto:
        """A long message is asked for with MSG_WAITALL: the kernel wakes the reader once, when all of it is there."""
        if size <= SHORT:
            return file.readinto
        end = next(end for end in self.sockets if end.fileno() == file.fileno())
        return partial(end.recv_into, flags=socket.MSG_WAITALL)

    def _sockets(self) -> tuple[socket.socket, socket.socket]:
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


class Tcp(UnixStream):
    """TCP over 127.0.0.1, without Nagle's algorithm, which would keep small messages back (RFC 896)."""

    name = "TCP"

    def _sockets(self) -> tuple[socket.socket, socket.socket]:
        return without_delay(tcp_pair())


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection over 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        return near, listener.accept()[0]


def without_delay(pair: tuple[socket.socket, socket.socket]) -> tuple[socket.socket, socket.socket]:
    """The same pair, which sends small messages at once: TCP_NODELAY (tcp(7))."""
    for end in pair:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return pair


def large(pipe: tuple[int, int]) -> tuple[int, int]:
    """The same pipe, with room for the longest message instead of the usual 64 KiB."""
    import fcntl  # not in Windows

    with contextlib.suppress(OSError):  # all pipes of a user together have a limit (pipe(7)): then it stays as it is
        fcntl.fcntl(pipe[1], fcntl.F_SETPIPE_SZ, LARGEST)
    return pipe


def raw(descriptor: int) -> io.FileIO:
    """A file whose read and write are one system call each."""
    return io.FileIO(descriptor, "r+", closefd=False)
