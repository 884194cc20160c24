"""The socket calls of the model: what socket(7) and tcp(7) say of them, upon an endpoint."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Self

from helpers.lab.errors import LabError
from helpers.lab.model.tcp_endpoint import CallRefused, Endpoint, Event
from helpers.lab.model.tcp_segment_bytes import join, split
from helpers.lab.sockets import arguments_written, as_written, error_name, result_written
from helpers.trace import Call

if TYPE_CHECKING:
    from helpers.lab.model.host import ModelHost

ANY = "0.0.0.0"
_ERRNOS = {
    Event.REFUSED.value: errno.ECONNREFUSED,
    Event.RESET.value: errno.ECONNRESET,
    Event.TIMED_OUT.value: errno.ETIMEDOUT,
}
GONE = ("CLOSED", "TIME-WAIT")
"""The states whose connection is no longer the socket's: TIME-WAIT is kept by the kernel alone."""
_IN_HANDSHAKE = ("SYN-SENT", "SYN-RECEIVED")


class ModelSocket:
    """As much of `socket.socket` as the course's TCP experiments use; each call is kept in the trace."""

    def __init__(self, host: ModelHost, end: Endpoint | None = None) -> None:
        self.host = host
        self.number = host.count_socket(self)
        self.bound_address = ANY
        self.bound_port: int | None = None
        self.reuse = False
        self.queue: deque[Endpoint] = deque()
        """Of a listener: the connections that wait for accept()."""
        self._end = end
        self._listens = False
        self._closed = False
        self._timeout: float | None = None
        self._reading = True
        self._linger_zero = False
        self._told = False
        """Whether the user has heard of the connection's failure: an error is told once (SO_ERROR, socket(7))."""

    def note_birth(self, protocol: int) -> None:
        """Keep the socket() call in the trace."""
        begin, end = self.host.network.stamp(), self.host.network.stamp()
        written = as_written(socket.AF_INET, socket.SOCK_STREAM, protocol)
        made = Call(
            begin, end, self.host.name, "socket", written, f"socket {self.number}", "",
            self.number, self.fileno(), self.number, self.fileno(),
        )  # fmt: skip
        self.host.network.recorder.end_call(self.host.network.recorder.begin_call(made), made)

    def fileno(self) -> int:
        """The descriptor it would have in a fresh process, where 0, 1 and 2 are taken; -1 when it is closed."""
        return -1 if self._closed else self.number + 2

    def bind(self, address: tuple[str, int]) -> None:
        """bind(2)."""
        self._noted("bind", self._bind, address)

    def listen(self, backlog: int = 128) -> None:
        """listen(2); the model's queue is never full."""
        self._noted("listen", self._listen, backlog)

    def accept(self) -> tuple[ModelSocket, tuple[str, int]]:
        """accept(2)."""
        made, address = self._noted("accept", self._accept)
        return made, address

    def connect(self, address: tuple[str, int]) -> None:
        """connect(2)."""
        self._noted("connect", self._connect, address)

    def connect_ex(self, address: tuple[str, int]) -> int:
        """connect(2), with the errno as its result."""

        def call(address: tuple[str, int]) -> int:
            try:
                self._connect(address)
            except OSError as error:
                return error.errno or errno.EAGAIN
            return 0

        return int(self._noted("connect_ex", call, address))

    def send(self, data: bytes) -> int:
        """send(2)."""
        return int(self._noted("send", self._send, data))

    def sendall(self, data: bytes) -> None:
        """send(2) until all is handed over."""

        def call(data: bytes) -> None:
            rest = memoryview(bytes(data))
            while rest:
                rest = rest[self._send(bytes(rest)) :]

        self._noted("sendall", call, data)

    def recv(self, size: int) -> bytes:
        """recv(2)."""
        return bytes(self._noted("recv", self._recv, size))

    def shutdown(self, how: int) -> None:
        """shutdown(2)."""
        self._noted("shutdown", self._shutdown, how)

    def close(self) -> None:
        """close(2); a second one does nothing."""
        if not self._closed:
            self._noted("close", self._close)

    def setblocking(self, blocking: bool) -> None:
        """Whether calls wait."""
        self._timeout = None if blocking else 0.0

    def settimeout(self, seconds: float | None) -> None:
        """How long calls wait, in seconds of the model."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """How long calls wait."""
        return self._timeout

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        """SO_REUSEADDR and SO_LINGER; TCP_NODELAY is always on here. Raises OSError for all others."""
        if (level, option) == (socket.SOL_SOCKET, socket.SO_REUSEADDR):
            self.reuse = bool(value)
        elif (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self._linger_zero = struct.unpack("ii", value) == (1, 0)
        elif (level, option) != (socket.IPPROTO_TCP, socket.TCP_NODELAY):
            _raise(errno.ENOPROTOOPT)

    def getsockname(self) -> tuple[str, int]:
        """getsockname(2)."""
        return split(self._end.local) if self._end else (self.bound_address, self.bound_port or 0)

    def getpeername(self) -> tuple[str, int]:
        """getpeername(2)."""
        return split(self._connected().remote)

    def power_off(self) -> None:
        """Its host has lost its power."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _bind(self, address: tuple[str, int]) -> None:
        name, port = address
        if self.bound_port is not None:
            _raise(errno.EINVAL)
        if name not in ("", ANY, self.host.address):
            _raise(errno.EADDRNOTAVAIL)
        if port and self.host.port_taken(port, self.reuse):
            _raise(errno.EADDRINUSE)
        self.bound_address, self.bound_port = name or ANY, port or self.host.free_port()

    def _listen(self, backlog: int) -> None:
        if self._end is not None:
            _raise(errno.EINVAL)
        if self.bound_port is None:
            self._bind((ANY, 0))
        assert self.bound_port is not None
        self.host.listen(self, self.bound_port)
        self._listens = True

    def _accept(self) -> tuple[ModelSocket, tuple[str, int]]:
        if not self._listens:
            _raise(errno.EINVAL)
        self._wait(lambda: bool(self.queue))
        made = ModelSocket(self.host, self.queue.popleft())
        return made, made.getpeername()

    def _connect(self, address: tuple[str, int]) -> None:
        if self._end is not None and self._end.state in _IN_HANDSHAKE:
            _raise(errno.EALREADY)
        if self._end is not None:
            _raise(errno.EISCONN)
        if self.host.network.host_of(address[0]) in (None, self.host):
            _raise(errno.EHOSTUNREACH)
        if self.bound_port is None:
            self.bound_port = self.host.free_port()
        end = self._end = self.host.connect(self.bound_port, join(*address))
        if self._timeout == 0:
            _raise(errno.EINPROGRESS)
        self._wait(lambda: end.state not in _IN_HANDSHAKE)
        if end.failure:
            self._end = None  # as if nothing had been tried
            _raise(_ERRNOS[end.failure])

    def _send(self, data: bytes) -> int:
        end = self._connected(errno.EPIPE)
        self._wait(lambda: (end.room > 0 and end.state not in _IN_HANDSHAKE) or end.state == "CLOSED")
        self._raise_failure(end)
        try:
            return self.host.use(end, lambda: end.send(bytes(data)))
        except CallRefused:
            _raise(errno.EPIPE)

    def _recv(self, size: int) -> bytes:
        end = self._connected()
        if not self._reading:
            return b""
        self._wait(lambda: end.status().unread > 0 or end.at_end or end.state == "CLOSED")
        if end.status().unread:
            return self.host.use(end, lambda: end.receive(size))
        if not end.at_end:
            self._raise_failure(end)
        return b""

    def _shutdown(self, how: int) -> None:
        end = self._connected()
        if end.state in GONE:
            _raise(errno.ENOTCONN)
        if how != socket.SHUT_RD and end.state in ("ESTABLISHED", "SYN-RECEIVED", "CLOSE-WAIT", "SYN-SENT"):
            self.host.use(end, end.close)
        if how != socket.SHUT_WR:
            self._reading = False

    def _close(self) -> None:
        if self._listens:
            self.host.end_listening(self)
        end = self._end
        if end is not None and end.state not in GONE:
            self.host.use(end, end.abort if self._linger_zero else lambda: end.close(half_duplex=True))
        self._closed = True
        self.bound_port = None

    def _connected(self, without: int = errno.ENOTCONN) -> Endpoint:
        if self._end is None:
            _raise(without)
        return self._end

    def _raise_failure(self, end: Endpoint) -> None:
        if end.failure and not self._told:
            self._told = True
            broken = end.peer_finished and end.failure == Event.RESET.value  # Linux: a reset after the peer's FIN
            _raise(errno.EPIPE if broken else _ERRNOS[end.failure])

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Raises BlockingIOError or TimeoutError as a real socket does that must not wait, or no longer."""
        network = self.host.network
        if network.wait(lambda: self._closed or condition(), self._timeout):
            if self._closed:
                raise LabError(f"the socket {self.number} of {self.host.name} is gone")
            return
        if self._timeout == 0:
            _raise(errno.EAGAIN)
        raise TimeoutError("timed out")

    def _noted(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make the call, and keep it in the trace."""
        network, recorder = self.host.network, self.host.network.recorder
        if self._closed:
            _raise(errno.EBADF)
        with network.lock:
            network.catch_up()
            written = arguments_written(name, arguments)
            begun = Call(network.stamp(), None, self.host.name, name, written, "", "", self.number, self.fileno())
            number = recorder.begin_call(begun)
            try:
                result = call(*arguments)
            except BaseException as error:
                recorder.end_call(number, replace(begun, end=network.stamp(), error=error_name(error)))
                raise
            ended = replace(begun, end=network.stamp(), result=result_written(name, result))
            if name == "accept":
                ended = replace(ended, made_socket=result[0].number, made_descriptor=result[0].fileno())
            recorder.end_call(number, ended)
            self.host.look()
            return result


def _raise(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))
