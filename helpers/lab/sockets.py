"""An ordinary socket that lives in a host, and notes its calls in the trace."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.lab.errors import LabError
from helpers.trace import Call

if TYPE_CHECKING:
    from helpers.lab.network import Host


class LabSocket(socket.socket):
    """`socket.socket` in every respect; each call is kept with its arguments, result or errno, begin and end."""

    def __init__(self, host: Host, descriptor: int) -> None:
        super().__init__(fileno=descriptor)
        self.host = host
        self.number = host.count_socket(self)
        """Which socket of this host it is, counted from 1."""

    def note_birth(self, begin: int, family: int, type: int, protocol: int) -> None:
        """Keep the socket() call that made it in the trace; `begin` is when it was asked for."""
        written, ids = as_written(family, type, protocol), (self.number, self.fileno())
        made = Call(begin, time.time_ns(), self.host.name, "socket", written, f"socket {self.number}", "", *ids, *ids)
        self.host.network.recorder.begin_call(made)

    def accept(self) -> tuple[LabSocket, Any]:
        """The next connection of this listener, as a new socket, and the peer's address (accept(2))."""

        def call() -> tuple[LabSocket, Any]:
            plain, address = socket.socket.accept(self)
            return LabSocket(self.host, plain.detach()), address

        made, address = self._noted("accept", call)
        return made, address

    def bind(self, address: Any) -> None:
        """bind(2)."""
        self._noted("bind", super().bind, address)

    def listen(self, backlog: int = 128) -> None:
        """listen(2)."""
        self._noted("listen", super().listen, backlog)

    def connect(self, address: Any) -> None:
        """connect(2)."""
        self._noted("connect", super().connect, address)

    def connect_ex(self, address: Any) -> int:
        """connect(2), with the errno as its result."""
        return int(self._noted("connect_ex", super().connect_ex, address))

    def send(self, data: Any, flags: int = 0) -> int:
        """send(2)."""
        return int(self._noted("send", super().send, data, *([flags] if flags else [])))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """send(2) until all is handed over."""
        self._noted("sendall", super().sendall, data, *([flags] if flags else []))

    def recv(self, size: int, flags: int = 0) -> bytes:
        """recv(2)."""
        return bytes(self._noted("recv", super().recv, size, *([flags] if flags else [])))

    def sendto(self, data: Any, *where: Any) -> int:
        """sendto(2): `sendto(data, address)` or `sendto(data, flags, address)`."""
        return int(self._noted("sendto", super().sendto, data, *where))

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, Any]:
        """recvfrom(2): the data and the sender's address."""
        data, address = self._noted("recvfrom", super().recvfrom, size, *([flags] if flags else []))
        return data, address

    def sendmsg(self, buffers: Any, *rest: Any) -> int:
        """sendmsg(2), as Python has it: buffers, ancillary data, flags, address."""
        return int(self._noted("sendmsg", super().sendmsg, buffers, *rest))

    def recvmsg(self, size: int, *rest: Any) -> tuple[bytes, list[Any], int, Any]:
        """recvmsg(2), as Python has it: data, ancillary data, flags, address."""
        data, ancillary, flags, address = self._noted("recvmsg", super().recvmsg, size, *rest)
        return data, ancillary, flags, address

    def shutdown(self, how: int) -> None:
        """shutdown(2)."""
        self._noted("shutdown", super().shutdown, how)

    def close(self) -> None:
        """close(2); a second one does nothing."""
        if self.fileno() != -1:
            self._noted("close", super().close)
            self.host.forget_socket(self.number)

    def _noted(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make the call; keep it in the trace from its begin on, and look at the host's table at its end."""
        if self.fileno() == -1 and self.host.network.closed:
            raise LabError(
                f"{name}() on a socket of {self.host.name}, whose network is closed: make a new one with Network()"
            )
        return noted(self, name, call, *arguments)


def noted(
    made: Any, name: str, call: Callable[..., Any], *arguments: Any, clock: Callable[[], int] = time.time_ns
) -> Any:
    """Make a call on a socket, a kernel's or a model's; keep it from its begin on, and look at the table at its end."""
    recorder = made.host.network.recorder
    written = arguments_written(name, arguments)
    begun = Call(clock(), None, made.host.name, name, written, "", "", made.number, made.fileno())
    number = recorder.begin_call(begun)
    try:
        result = call(*arguments)
    except BaseException as error:
        recorder.end_call(number, replace(begun, end=clock(), error=error_name(error)))
        made.host.look()
        raise
    ended = replace(begun, end=clock(), result=result_written(name, result))
    if name == "accept":
        ended = replace(ended, made_socket=result[0].number, made_descriptor=result[0].fileno())
    recorder.end_call(number, ended)
    made.host.look()
    return result


def refused(host: str, begin: int, error: OSError, family: int, type: int, protocol: int) -> Call:
    """A socket() call that a host's kernel refused: there is no socket, so its number is 0."""
    written = as_written(family, type, protocol)
    return Call(begin, time.time_ns(), host, "socket", written, "", error_name(error), 0, -1)


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
    return ", ".join(_short(argument) for argument in arguments)


def result_written(name: str, result: Any) -> str:
    """What a call has returned, as it stands in the trace."""
    if name == "connect_ex":
        return errno.errorcode.get(result, str(result))
    if name == "accept":
        return f"socket {result[0].number}, {result[1]!r}"
    if name == "recvmsg":
        data, ancillary, flags, address = result
        return f"({_short(data)}, {_short(ancillary)}, {_short(socket.MsgFlag(flags))}, {address!r})"
    if name == "recvfrom":
        return f"({_short(result[0])}, {result[1]!r})"
    if result is None:
        return "None" if name == "sendall" else "0"  # sendall() makes many calls of send(2): no one result is its own
    return _short(result)


def _short(value: object) -> str:
    """Long data are shown by their beginning and their number of bytes."""
    text = value.name or str(int(value)) if isinstance(value, socket.MsgFlag) else repr(value)
    return (
        text if len(text) <= 60 else f"{text[:40]}... ({len(value) if isinstance(value, bytes) else len(text)} bytes)"
    )
