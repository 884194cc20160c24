"""An emulation of Solaris doors over AF_UNIX SOCK_SEQPACKET: Linux has no doors, so this is not the real thing.

A door is a function of one process that others call by a name in the file system. The names here are those of
door_create(3C), door_call(3C), door_cred(3C), door_info(3C) and door_revoke(3C), and so are the errors.

Kept: the caller sleeps until the function has returned; the kernel says who calls; descriptors go both ways; calls that
come together are answered together, each in a thread; a revoked door gives EBADF, a server that dies in a call EINTR.

Lost: Solaris hands the caller's place on the processor to the server's thread and back (the shuttle), here the
scheduler finds both; there a door is a descriptor that can itself be passed on, here it is a path; there the server
thread's stack must hold the argument (E2BIG) and a large result comes in a new buffer, here MAX_DATA limits both. There
the function is cancelled when its caller goes away, and a signal ends the call with EINTR; here the function runs to
its end, and Python goes on with the call. DOOR_UNREF, DOOR_PRIVATE, DOOR_REFUSE_DESC and door_setparam(3C) are missing.
door_return(3C) is the function's `return`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Self

from helpers.elsewhere import require_linux
from helpers.errors import CourseError
from helpers.interrupts import uninterrupted

MAX_DATA = 64 * 1024
"""Bytes of an argument or a result: one message, which fits into a socket's buffer whatever the machine's settings."""

MAX_DESCRIPTORS = 16
"""Descriptors of one message."""

PATIENCE = 5.0
"""Seconds that who has connected may take to send the argument."""

RETRY = 0.05
"""Seconds until the next attempt to take a call when no descriptor was free for it."""

# The first byte of a message. After REFUSED comes an errno, after FAILED a sentence.
_CALL, _RESULT, _REFUSED, _FAILED = b"C", b"R", b"N", b"F"
_ERRNO = struct.Struct("=i")
_UCRED = struct.Struct("=iII")  # struct ucred of unix(7): pid, uid, gid

DoorPath = str | os.PathLike[str]


class DoorError(CourseError):
    """The door's function failed, or returned what a door cannot carry."""


@dataclass(frozen=True)
class Credentials:
    """Who calls, as the kernel says (door_cred(3C)): nothing that the caller sends has a part in it.

    From SO_PEERCRED, which names who called connect(); each call has its own connection. SCM_CREDENTIALS would name who
    sent a message, which matters where several processes use one connection, and a privileged sender may write in it.
    """

    pid: int
    """dc_pid; 0 for a process of another PID namespace."""
    euid: int
    """dc_euid."""
    egid: int
    """dc_egid."""


@dataclass(frozen=True)
class Reply:
    """What a door's function returned."""

    data: bytes
    descriptors: list[int]
    """The caller's own from now on, to close."""


@dataclass(frozen=True)
class DoorInfo:
    """What door_info(3C) says of a door."""

    target: int
    """di_target: the server's process id; -1 if it has ended or revoked the door."""
    local: bool
    """DOOR_LOCAL: this process is the server."""


Function = Callable[[bytes, list[int], Credentials], bytes | tuple[bytes, Sequence[int]]]


class Door:
    """A door of this process, from `door_create` to `close`; a context manager."""

    def __init__(self, function: Function, path: DoorPath) -> None:
        self.path = os.fspath(path)
        self._function = function
        self._creator = os.getpid()
        self._revoked = Event()
        with uninterrupted():
            self._listener = _listener(self.path)
            self._taking = Thread(target=self._take_calls, name=f"door {self.path}", daemon=True)
            self._taking.start()

    def revoke(self) -> None:
        """See `door_revoke`."""
        if self._revoked.is_set():
            raise OSError(errno.EBADF, "the door has been revoked already", self.path)
        if os.getpid() != self._creator:
            raise OSError(errno.EPERM, "only the process that created the door can revoke it", self.path)
        with uninterrupted():
            self._revoked.set()
            self._listener.shutdown(socket.SHUT_RDWR)  # ends accept(), which close() would leave waiting
            self._taking.join()
            self._listener.close()

    def close(self) -> None:
        """Revoke the door and remove its name, as fdetach(3C) does; a second time does nothing."""
        if not self._revoked.is_set():
            self.revoke()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<emulation of a Solaris door over AF_UNIX, at {self.path}>"

    def _take_calls(self) -> None:
        """A thread for every call. A silent or slow caller keeps nobody else waiting."""
        while not self._revoked.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # revoked; or no descriptor is free (EMFILE) until a call ends
                self._revoked.wait(RETRY)
                continue
            try:
                Thread(target=self._answer, args=[connection], name="door call", daemon=True).start()
            except RuntimeError:  # no thread is free: this one answers
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        """Answer one call. Its descriptors are closed before its connection, for whose end the caller waits."""
        owned: set[int] = set()
        with connection, contextlib.ExitStack() as at_end:
            at_end.callback(_close, owned)
            given: list[int] = []
            try:
                connection.settimeout(PATIENCE)
                request, received = _receive(connection)
                owned.update(received)
                if not request:
                    return  # who connected has left, or wanted nothing but door_info
                if request[:1] != _CALL:
                    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
                data, given = self._run(request[1:], received, _peer(connection))
                owned.update(given)
                self._check_open(owned)
                message = _RESULT + data
            except DoorError as error:
                message, given = _FAILED + str(error).encode(errors="replace")[:MAX_DATA], []
            except OSError as error:  # without a number it is the socket's TimeoutError
                message = _REFUSED + _ERRNO.pack(error.errno or errno.ETIMEDOUT)
            with contextlib.suppress(OSError):  # if the caller has left, the results are dropped (door_return(3C))
                _send(connection, message, given)

    def _run(self, argument: bytes, received: list[int], caller: Credentials) -> tuple[bytes, list[int]]:
        """The function's data and descriptors. Raises DoorError if it fails or they cannot be sent."""
        function = f"the function of the door {self.path}"
        try:
            result = self._function(argument, received, caller)
        except Exception as error:
            raise DoorError(f"{function} raised {type(error).__name__}: {error}") from None
        match result:
            case bytes() as data:
                given: list[int] = []
            case (bytes() as data, [*given]) if all(isinstance(each, int) for each in given):
                pass
            case _:
                raise DoorError(f"{function} returned {result!r:.60}; return bytes, or bytes and a list of descriptors")
        if len(data) > MAX_DATA or len(given) > MAX_DESCRIPTORS:
            raise DoorError(
                f"{function} returned {len(data)} bytes and {len(given)} descriptors;"
                f" a reply takes at most {MAX_DATA} and {MAX_DESCRIPTORS}"
            )
        return data, given

    def _check_open(self, descriptors: set[int]) -> None:
        """Raise DoorError where the function has closed one itself: its number may be another file's by now."""
        for descriptor in descriptors:
            try:
                os.fstat(descriptor)
            except (OSError, OverflowError):
                raise DoorError(
                    f"the function of the door {self.path} got or returned descriptor {descriptor}, which is closed"
                    " now; the door closes all of these itself: close none, and keep one with os.dup()"
                ) from None


def door_create(function: Function, path: DoorPath) -> Door:
    """Make `function` callable by other processes at a path where nothing is yet (door_create(3C) and fattach(3C)).

    It is called as function(argument, descriptors, caller), each call in a thread of its own, and returns bytes or
    (bytes, descriptors). When it has returned, the door closes the descriptors that it got and those that it returned
    (DOOR_RELEASE): keep one with os.dup(). Who may call: who may write to the path. Raises OSError, such as EADDRINUSE.
    """
    return Door(function, path)


def door_call(path: DoorPath, data: bytes = b"", descriptors: Sequence[int] = ()) -> Reply:
    """Call the function behind the door with at most MAX_DATA bytes and MAX_DESCRIPTORS copies; wait for its reply.

    Raises OSError as door_call(3C): EBADF (the door is revoked or its server has ended, or a descriptor is closed),
    EINTR (the server ended during the call), ENOBUFS (too much data), ENFILE (too many descriptors), EMFILE (no
    descriptor is free, here or there); ENOENT and EACCES as open(2). Raises DoorError for an error in the function.
    """
    if len(data) > MAX_DATA:
        raise OSError(errno.ENOBUFS, f"a call takes at most {MAX_DATA} bytes, not {len(data)}", os.fspath(path))
    if (number := len(descriptors)) > MAX_DESCRIPTORS:
        text = f"a call takes at most {MAX_DESCRIPTORS} descriptors, not {number}"
        raise OSError(errno.ENFILE, text, os.fspath(path))
    with _connected(path) as channel:
        _send(channel, _CALL + data, descriptors)
        answer, given = _receive(channel)
        try:
            channel.recv(1)  # the connection's end: the server holds none of the call's descriptors any more
        except BaseException:
            _close(given)
            raise
    kind, content = answer[:1], answer[1:]
    if kind == _RESULT:
        return Reply(content, given)
    if kind == _FAILED:
        raise DoorError(content.decode(errors="replace"))
    if kind == _REFUSED:
        (number,) = _ERRNO.unpack(content)
        raise OSError(number, os.strerror(number), os.fspath(path))
    raise OSError(errno.EINTR, "the server ended during the call", os.fspath(path))


def door_info(path: DoorPath) -> DoorInfo:
    """Whose door it is, without a call (door_info(3C)). Raises OSError EBADF where the path leads to no socket."""
    try:
        with _connected(path) as channel:
            server = _peer(channel).pid
    except OSError as error:
        if error.errno != errno.EBADF or not stat.S_ISSOCK(os.stat(path).st_mode):
            raise
        return DoorInfo(-1, False)
    return DoorInfo(server, server == os.getpid())


def door_revoke(door: Door) -> None:
    """Take no more calls; those in progress come to their end (door_revoke(3C)). Its path stays until `Door.close`.

    Raises OSError EBADF if it is revoked already, PermissionError (EPERM) in another process than the door's creator.
    """
    door.revoke()


def _socket() -> socket.socket:
    require_linux("the doors")
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _listener(path: str) -> socket.socket:
    made = _socket()
    try:
        made.bind(path)
        made.listen()
    except OSError as error:
        made.close()
        raise _at(path, error) from None
    return made


@contextmanager
def _connected(path: DoorPath) -> Iterator[socket.socket]:
    """A connection to the door's server, for one call. A server that does not take it gives EBADF."""
    with _socket() as channel:
        try:
            channel.connect(os.fspath(path))
            yield channel
        except OSError as error:
            # Refused: nobody listens. Wrong type: a socket, but no door. Reset, broken: the call was never read.
            if error.errno in (errno.ECONNREFUSED, errno.EPROTOTYPE, errno.ECONNRESET, errno.EPIPE):
                error = OSError(errno.EBADF, "the door is revoked, or its server has ended")
            raise _at(os.fspath(path), error) from None


def _at(path: str, error: OSError) -> OSError:
    """The same error with the path. The socket module gives no number to one alone: a path of over 107 bytes."""
    return OSError(error.errno or errno.ENAMETOOLONG, error.strerror or str(error), path)


def _peer(connection: socket.socket) -> Credentials:
    """Who connected, or, seen from there, who listens (SO_PEERCRED, unix(7))."""
    return Credentials(*_UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)))


def _send(channel: socket.socket, message: bytes, descriptors: Sequence[int]) -> None:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))] if descriptors else []
    channel.sendmsg([message], rights)


def _receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """The next message and its descriptors; b"" at the end of the connection.

    Raises OSError ENOBUFS or ENFILE for too long a message, EMFILE if this process has no more descriptors; it keeps
    none of the message's then.
    """
    # Not socket.recv_fds(): it leaves a moment in which another thread's child would inherit them.
    space = socket.CMSG_LEN(MAX_DESCRIPTORS * array("i").itemsize)
    message, ancillary, flags, _ = channel.recvmsg(1 + MAX_DATA, space, socket.MSG_CMSG_CLOEXEC)
    descriptors = array("i", b"".join(content for _, kind, content in ancillary if kind == socket.SCM_RIGHTS))
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        _close(descriptors)
        too_many = errno.ENFILE if len(descriptors) == MAX_DESCRIPTORS else errno.EMFILE
        number = errno.ENOBUFS if flags & socket.MSG_TRUNC else too_many
        raise OSError(number, os.strerror(number))
    return message, list(descriptors)


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        with contextlib.suppress(OSError, OverflowError):  # a function may have returned any number
            os.close(descriptor)
