"""An ordinary socket that lives in a host, and notes its calls in the trace.

It is a `socket.socket`, so that everything that takes a socket takes it; the calls that a reader makes are noted on
their way to the kernel, and all others are inherited. Rejected: strace(1), which needs the right to look into
processes and slows each call; a wrapper around a socket, which select() and isinstance() refuse.
"""

from __future__ import annotations

import errno
import functools
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.errors import LabError
from helpers.trace import Call

if TYPE_CHECKING:
    from helpers.lab.host import Host

NOTED = ("bind", "connect", "connect_ex", "send", "sendall", "sendto", "sendmsg", "recv", "recvfrom", "recvmsg")
"""The calls that stand in the trace as they are; `LabSocket` says what the others do besides."""

WITH_FLAGS = ("send", "sendall", "recv", "recvfrom")
"""Those whose second argument are flags."""


class LabSocket(socket.socket):
    """`socket.socket` in every respect; each call is kept with its arguments, result or errno, begin and end."""

    def __init__(self, host: Host, descriptor: int) -> None:
        super().__init__(fileno=descriptor)
        self.host = host
        self.number = host.count_socket(self)
        """Which socket of this host it is, counted from 1."""

    def accept(self) -> tuple[LabSocket, Any]:
        """The next connection of this listener, as a new socket, and the peer's address (accept(2))."""

        def call() -> tuple[LabSocket, Any]:
            plain, address = socket.socket.accept(self)
            return LabSocket(self.host, plain.detach()), address

        made, address = self._noted("accept", call)
        return made, address

    def listen(self, backlog: int = 128) -> None:
        """listen(2)."""
        self._noted("listen", super().listen, backlog)

    def shutdown(self, how: int) -> None:
        """shutdown(2)."""
        self._noted("shutdown", super().shutdown, how)

    def close(self) -> None:
        """close(2); a second one does nothing."""
        if self.fileno() != -1:
            self._noted("close", super().close)
            self.host.forget_socket(self.number)

    def _noted(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        if self.fileno() == -1 and self.host.network.closed:
            raise LabError(
                f"{name}() on a socket of {self.host.name}, whose network is closed: make a new one with Network()"
            )
        return noted(self, name, call, *arguments)


def _noting(name: str) -> Callable[..., Any]:
    plain = getattr(socket.socket, name)

    @functools.wraps(plain)
    def call(self: LabSocket, *arguments: Any) -> Any:
        return self._noted(name, functools.partial(plain, self), *arguments)

    return call


for _name in NOTED:
    setattr(LabSocket, _name, _noting(_name))


def noted(
    made: Any, name: str, call: Callable[..., Any], *arguments: Any, clock: Callable[[], int] = time.time_ns
) -> Any:
    """Make a call on a socket, a kernel's or a model's; keep it from its begin on, and look at the table at its end."""
    recorder = made.host.network.recorder
    written = arguments_written(name, arguments)
    begun = Call(clock(), None, made.host.name, name, written, "", "", made.number, made.fileno())
    number = recorder.add_call(begun)
    try:
        result = call(*arguments)
    except BaseException as error:
        recorder.update_call(number, replace(begun, end=clock(), error=error_name(error)))
        made.host.look()
        raise
    ended = replace(begun, end=clock(), result=result_written(name, result))
    if name == "accept":
        ended = replace(ended, made_socket=result[0].number, made_descriptor=result[0].fileno())
    recorder.update_call(number, ended)
    made.host.look()
    return result


def as_written(family: int, type: int, protocol: int) -> str:
    """The arguments of socket(), as in "AF_INET, SOCK_STREAM"; what Python has no name for is a number."""
    names = [
        kind(number).name if number in kind.__members__.values() else str(int(number))
        for kind, number in ((socket.AddressFamily, family), (socket.SocketKind, type))
    ]
    return ", ".join([*names, *([str(int(protocol))] if protocol else [])])


def error_name(error: BaseException) -> str:
    """The errno's name, as in "ECONNREFUSED"; the exception's where it has none (a Python timeout, an interrupt)."""
    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number, type(error).__name__) if number else type(error).__name__


def arguments_written(name: str, arguments: tuple[Any, ...]) -> str:
    """As they stand in the trace."""
    if name == "shutdown":
        return ("SHUT_RD", "SHUT_WR", "SHUT_RDWR")[int(arguments[0])]
    if name in WITH_FLAGS and arguments[1:] == (0,):  # no flag, which is also what leaving them out means
        arguments = arguments[:1]
    return ", ".join(_short(argument) for argument in arguments)


def result_written(name: str, result: Any) -> str:
    """What a call has returned, as it stands in the trace."""
    match name, result:
        case "connect_ex", _:
            return errno.errorcode.get(result, str(result))
        case "accept", (made, address):
            return f"socket {made.number}, {address!r}"
        case "recvfrom", (data, address):
            return f"({_short(data)}, {address!r})"
        case "recvmsg", (data, ancillary, flags, address):
            return f"({_short(data)}, {_short(ancillary)}, {_short(socket.MsgFlag(flags))}, {address!r})"
        case "sendall", _:
            return "None"  # it makes many calls of send(2): no one result is its own
    return "0" if result is None else _short(result)


def _short(value: object) -> str:
    """Long data are shown by their beginning and their number of bytes."""
    text = value.name or str(int(value)) if isinstance(value, socket.MsgFlag) else repr(value)
    size = len(value) if isinstance(value, bytes) else len(text)
    return text if len(text) <= 60 else f"{text[:40]}... ({size} bytes)"
