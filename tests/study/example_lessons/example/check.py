"""Checkers as a room in helpers/lessons has them."""

import socket

from helpers.study.checking import NeedsLiveLab, Wrong, exercise


@exercise("99.1", title="A listener on loopback")
def listener(make) -> str:
    with make() as server:
        if not server.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise Wrong("Your socket does not listen: call `listen()`.")
        return "The kernel completes handshakes for it now."


@exercise("99.2", title="A number")
def number(value) -> None:
    if value + 1 != 43:
        raise Wrong("It is another number.")


@exercise("99.3", title="Only live")
def live(value) -> None:
    raise NeedsLiveLab("user namespaces are refused.")
