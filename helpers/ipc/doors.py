"""An emulation of Solaris doors over AF_UNIX SOCK_SEQPACKET: Linux has no doors, so this is not the real thing.

A door is a function of one process that others call by a name in the file system (door_create(3C), door_call(3C)).
Kept: the caller sleeps until the function has returned; the kernel says who calls; descriptors go both ways; each call
has a thread; a server that has ended gives EBADF, one that ends in the call EINTR. What is lost says notebook 05.

Each call has a connection of its own: so SO_PEERCRED names the caller, and the end of the connection is the end of the
server. One for all calls would be faster, and would have to find out both. Solaris' other errors become a sentence.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import NamedTuple

from helpers.elsewhere import require_linux
from helpers.errors import CourseError

MAX_DATA, MAX_DESCRIPTORS = 64 * 1024, 16
"""Bytes and descriptors of one message, which fits into a socket's buffer whatever the machine's settings."""

# The first byte of a message: without it an empty argument would look like the end of the connection.
_CALL, _RESULT, _FAILED = b"C", b"R", b"F"


class Credentials(NamedTuple):
    """Who calls, as the kernel says (SO_PEERCRED, unix(7)); pid is 0 for a process of another PID namespace."""

    pid: int
    euid: int
    egid: int


class Result(NamedTuple):
    """What a door's function returned; the caller has to close the descriptors."""

    data: bytes
    descriptors: list[int]


Function = Callable[[bytes, list[int], Credentials], bytes | tuple[bytes, Sequence[int]]]


class Door:
    """A function of this process that others call, at a path where nothing is yet (door_create(3C) and fattach(3C)).

    It is called as function(argument, descriptors, caller) and returns bytes, or bytes and descriptors. Then the door
    closes all these descriptors (DOOR_RELEASE): keep one with os.dup(). Who may call: who may write to the path.
    """

    def __init__(self, function: Function, path: str) -> None:
        require_linux("the doors")
        self.path, self._function = path, function
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._listener.bind(path)
        except OSError:
            self._listener.close()
            raise
        self._listener.listen()
        self._taking = Thread(target=self._take_calls, name=f"door {path}", daemon=True)
        self._taking.start()

    def close(self) -> None:
        """Take no more calls, and remove the name; calls in progress come to their end."""
        self._listener.shutdown(socket.SHUT_RDWR)  # ends accept(), which close() would leave waiting
        self._taking.join()
        self._listener.close()
        os.unlink(self.path)

    def __repr__(self) -> str:
        return f"<emulation of a Solaris door over AF_UNIX, at {self.path}>"

    def _take_calls(self) -> None:
        with suppress(OSError):  # the listener is shut down
            while True:
                Thread(target=self._answer, args=self._listener.accept()[:1], name="door call", daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the caller has left: its results are dropped (door_return(3C))
            message, received = _receive(connection)
            owned = {*received}
            try:
                result = self._function(message[1:], received, _peer(connection)) if message else b""
                data, given = result if isinstance(result, tuple) else (result, [])
                owned.update(given)
                _send(connection, _RESULT, data, given)
            except Exception as error:  # whatever the function raises, its caller is told
                sentence = f"the function of the door {self.path} raised {type(error).__name__}: {error}"
                _send(connection, _FAILED, sentence[:1000].encode(errors="replace"), [])
            finally:  # before the connection, for whose end the caller waits
                for descriptor in owned:
                    os.close(descriptor)


door_create = Door
"""Its name in Solaris."""


def door_call(path: str, data: bytes = b"", descriptors: Sequence[int] = ()) -> Result:
    """Call the function behind the door with bytes and copies of descriptors, and wait for its result.

    Raises OSError: EBADF where no server has the door any more, EINTR where it has ended during the call, ENOENT and
    EACCES as open(2). Raises CourseError for an error in the function, and for more than a message holds.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        try:
            channel.connect(path)
            _send(channel, _CALL, data, descriptors)
            answer, given = _receive(channel)
        except ConnectionError:  # refused: nobody listens; reset, broken: the call was never read
            raise OSError(errno.EBADF, "no server has the door any more", path) from None
        channel.recv(1)  # the connection's end: the server holds none of the call's descriptors any more
    if not answer:
        raise InterruptedError(errno.EINTR, "the server ended during the call", path)
    if answer[:1] == _FAILED:
        raise CourseError(answer[1:].decode(errors="replace"))
    return Result(answer[1:], given)


def _peer(connection: socket.socket) -> Credentials:
    """struct ucred of unix(7)."""
    return Credentials(*struct.unpack("=iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)))


def _send(channel: socket.socket, kind: bytes, data: bytes, descriptors: Sequence[int]) -> None:
    if len(data) > MAX_DATA or len(descriptors) > MAX_DESCRIPTORS:
        size = f"{len(data)} bytes and {len(descriptors)} descriptors"
        raise CourseError(f"a door takes at most {MAX_DATA} bytes and {MAX_DESCRIPTORS} descriptors, not {size}")
    socket.send_fds(channel, [kind + data], descriptors)


def _receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """The next message and its descriptors; b"" at the end of the connection."""
    message, given, _, _ = socket.recv_fds(channel, 1 + MAX_DATA, MAX_DESCRIPTORS)
    for descriptor in given:  # recv_fds() of Python 3.11 does not hand on MSG_CMSG_CLOEXEC
        os.set_inheritable(descriptor, False)
    return message, given
