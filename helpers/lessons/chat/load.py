"""The load of many clients: each says a line, waits for its answer, and says the next one."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.ipc import Child
from helpers.lessons.chat.server_process import ServerProcess

LINE = b"hello, everybody\n"
SPARE = 100
"""Descriptors that a process needs besides those of its clients."""
PATIENCE = 60.0
"""Seconds that a round may take."""


class TooManyClients(CourseError):
    """This machine does not let a process have so many open descriptors."""


@dataclass(frozen=True)
class Load:
    """What a round of a load has shown."""

    clients: int
    answers: int
    """How many came back, each of the right length."""
    seconds: float
    """From the first line to the last answer."""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def allow_descriptors(clients: int) -> None:
    """Let this process open so many sockets (getrlimit(2)). Raises TooManyClients where the hard limit is lower."""
    import resource  # not in Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + SPARE
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise TooManyClients(
            f"{clients} clients need {wanted} descriptors, and a process has at most {hard} here (ulimit -Hn): "
            f"take at most {hard - SPARE} clients"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


class Clients:
    """Connected clients, in one process, with select.epoll."""

    def __init__(self, address: tuple[str, int], number: int, answer_size: int) -> None:
        """Connect them, one after the other; `answer_size`: bytes of the answer to one line. Raises TooManyClients."""
        allow_descriptors(number)
        self._answer_size = answer_size
        self._poll = select.epoll()
        self._waiting_for: dict[int, int] = {}
        self._sockets: dict[int, socket.socket] = {}
        for _ in range(number):
            sock = self._connected(address, number)
            sock.setblocking(False)
            self._sockets[sock.fileno()] = sock
            self._poll.register(sock, select.EPOLLIN)

    def _connected(self, address: tuple[str, int], number: int) -> socket.socket:
        try:
            return socket.create_connection(address, timeout=PATIENCE)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            least = f"take at most {len(self._sockets)} clients (ip_local_port_range, ip(7))"
            raise TooManyClients(f"{number} clients need a port each, and there are no more here: {least}") from None

    def round(self, answers: int) -> Load:
        """Exchange so many lines, at least one for each client, which has one on its way at a time.

        Raises TimeoutError if the answers do not come.
        """
        asked = got = 0
        begin = time.perf_counter()
        for sock in self._sockets.values():
            sock.send(LINE)
            asked += 1
        while got < asked:
            for descriptor, _ in self._ready():
                if self._answered(descriptor):
                    got += 1
                    if asked < answers:
                        self._sockets[descriptor].send(LINE)
                        asked += 1
        return Load(len(self._sockets), got, time.perf_counter() - begin)

    def close(self) -> None:
        """Hang up."""
        self._poll.close()
        for sock in self._sockets.values():
            sock.close()

    def _ready(self) -> list[tuple[int, int]]:
        ready = self._poll.poll(PATIENCE)
        if not ready:
            raise TimeoutError(f"no answer came within {PATIENCE:g} s")
        return ready

    def _answered(self, descriptor: int) -> bool:
        """Take what has come; True if that is the whole answer."""
        data = self._sockets[descriptor].recv(65536)
        if not data:
            raise ConnectionResetError("the server hung up")
        left = self._waiting_for.get(descriptor, 0) or self._answer_size
        self._waiting_for[descriptor] = left - len(data)
        return left == len(data)


@contextlib.contextmanager
def crowd(server: ServerProcess, clients: int, answer_size: int) -> Iterator[Child]:
    """A process with so many clients of that server, of which each has had an answer; `rounds` asks it for more."""
    with Child(f"crowd of {server.name}") as child:
        child.do("from helpers.lessons.chat.load import Clients")
        child.do("clients = Clients(address, number, size)", address=server.address, number=clients, size=answer_size)
        child.start("clients.round(0)").result(PATIENCE)
        yield child


def measure(child: Child, answers: int) -> Load:
    """One round of a crowd."""
    load: Load = child.start("clients.round(answers)", answers=answers).result(PATIENCE)
    return load
