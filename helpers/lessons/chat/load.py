"""The load of many clients: each says a line, waits for its answer, and says the next one.

They live in a process of their own, which takes the answers in turn: the server sees all of them at once, and the
clients cost as little as they can. Waiting for any of them, with epoll, took twice the code.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from collections.abc import Callable, Iterator

from helpers.errors import CourseError
from helpers.ipc import Child
from helpers.lessons.chat.server_process import ServerProcess, allow_descriptors

LINE = b"hello, everybody\n"
SPARE = 100
"""Descriptors that a process needs besides those of its clients."""
PATIENCE = 60.0
"""Seconds that a round may take."""


@contextlib.contextmanager
def crowd(server: ServerProcess, clients: int, answer_size: int) -> Iterator[Callable[[int], float]]:
    """So many clients of that server, of which each has had an answer. `answer_size`: of an answer, in bytes.

    Gives a function: have them exchange so many lines (at least one each), and return the answers per second.
    """
    with Child(f"crowd of {server.name}") as child:
        most = allow_descriptors(child.pid, clients + SPARE) - SPARE
        if most < clients:
            raise CourseError(f"a process may not open so many files here (ulimit -Hn): take at most {most} clients")

        def rate(lines: int) -> float:
            lines = max(lines, clients)
            seconds: float = child.start("exchange(clients, lines, size)", lines=lines).result(PATIENCE)
            return lines / seconds

        child.do("from helpers.lessons.chat.load import exchange")
        connecting = "clients = [socket.create_connection(address) for _ in range(number)]"
        child.start(connecting, address=server.address, number=clients, size=answer_size).result(PATIENCE)
        rate(0)
        yield rate


def exchange(clients: list[socket.socket], lines: int, answer_size: int) -> float:
    """Have so many lines answered; each client has one on its way. Returns the seconds from the first to the last."""
    begin = time.perf_counter()
    for sock in clients:
        sock.sendall(LINE)
    for number, sock in zip(range(lines), itertools.cycle(clients), strict=False):
        if len(sock.recv(answer_size, socket.MSG_WAITALL)) < answer_size:
            raise ConnectionResetError("the server hung up")
        if number + len(clients) < lines:
            sock.sendall(LINE)
    return time.perf_counter() - begin
