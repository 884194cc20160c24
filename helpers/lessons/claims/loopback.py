"""Connections on this machine for the probes: what they are about is what a probe does with them."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""Seconds."""


@contextmanager
def listening(backlog: int = 5) -> Iterator[socket.socket]:
    """A TCP listener at a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener:
        yield listener


@contextmanager
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection on 127.0.0.1: the client's and the server's."""
    with listening() as listener, socket.create_connection(listener.getsockname()) as near:
        far, _ = listener.accept()
        with far:
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
