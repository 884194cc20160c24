"""Connections on this machine for the probes: what they are about is what a probe does with them."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""Seconds."""


def listening(backlog: int = 5) -> socket.socket:
    """A TCP listener at a free port of 127.0.0.1."""
    return socket.create_server(("127.0.0.1", 0), backlog=backlog)


@contextmanager
def calling(backlog: int = 5) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A listener, and a client whose connect() has returned; nobody has called accept()."""
    with listening(backlog) as listener, socket.create_connection(listener.getsockname()) as near:
        yield listener, near


@contextmanager
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection on 127.0.0.1: the client's and the server's."""
    with calling() as (listener, near), listener.accept()[0] as far:
        yield near, far


def refusal(call: Callable[..., object], *arguments: object) -> str:
    """The name of the error with which the kernel refuses a call; "" if it does not."""
    try:
        made = call(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    if isinstance(made, socket.socket):
        made.close()
    return ""
