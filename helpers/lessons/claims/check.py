"""Checkers of notebook 17: claims are refuted and corrected before the kernel."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from helpers.lessons.claims.loopback import connection
from helpers.study.checking import Wrong, exercise, expect
from helpers.trace import Call, HostInfo, Source, Trace

PATIENCE = 1.0
"""Seconds in which something must arrive."""
Ends = tuple[socket.socket, socket.socket]
Probe = Callable[[Callable[[], Ends]], Any]


@exercise("17.1", "a case against C24")
def two_descriptors(one_socket: Callable[[], Any]) -> str:
    """Two numbers that lead to one socket."""
    with _two_from(one_socket, "two descriptors") as answer:
        numbers = [each.fileno() if isinstance(each, socket.socket) else each for each in answer]
        inodes = {_inode_of_socket(number) for number in numbers}
        if len(inodes) == 2:
            raise Wrong("These are two sockets, with two inodes, and each has its own number: that agrees with C24.")
        if numbers[0] == numbers[1]:
            raise Wrong(f"Both are descriptor {numbers[0]}: one number for one socket is what C24 says. Make another.")
    return "Two numbers, one inode: a descriptor leads to a socket, and does not identify it."


@contextlib.contextmanager
def _two_from(make: Callable[[], Any], what: str) -> Iterator[list[Any]]:
    """Both parts of what the reader's function returns; those that it has opened are closed in the end."""
    before = set(os.listdir("/dev/fd") if os.path.exists("/dev/fd") else ())  # Jupyter's own, and what cells opened
    answer = make()
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Wrong(f"Return {what}; you returned {answer!r}.")
    try:
        yield list(answer)
    finally:
        for each in answer:
            if isinstance(each, socket.socket):
                each.close()
            elif type(each) is int and str(each) not in before:
                with contextlib.suppress(OSError):
                    os.close(each)


def _inode_of_socket(number: Any) -> int:
    if type(number) is not int:
        raise Wrong(f"A descriptor is a number, such as sock.fileno(); this is {number!r}.")
    try:
        status = os.fstat(number)
    except OSError:
        raise Wrong(
            f"{number} is closed. (Python closes a socket when nobody refers to it any more: take the number out of "
            "the socket object with detach(), or return the sockets themselves.)"
        ) from None
    if not stat.S_ISSOCK(status.st_mode):
        raise Wrong(f"Descriptor {number} leads to something that is no socket.")
    return status.st_ino


KINDS = (
    ("a stream", socket.SOCK_STREAM, b"", (True, True), "one recv() may return what two send() calls sent"),
    ("SOCK_SEQPACKET", socket.SOCK_SEQPACKET, b"", (True, False),
     "each recv() that has room for it returns one message, whole"),
    ("a pair in which an old message waits", socket.SOCK_SEQPACKET, b"an old message", (False, True),
     "recv() returns the old message first, and not what your send() has sent"),
)  # fmt: skip
"""Connected sockets, what waits there, what an honest probe for the sentence and one against it find, and why."""


@exercise("17.2", "both probes of a new claim")
def both_probes(probes: tuple[Probe, Probe]) -> str:
    """Probes that look are told apart from probes that know: they are run on sockets of three kinds."""
    if not isinstance(probes, tuple) or len(probes) != 2 or not all(map(callable, probes)):
        raise Wrong("Hand over both probes: check('17.2', (support, counterexample)).")
    for name, kind, waiting, wanted, reason in KINDS:
        for title, probe, found in zip(("support", "counterexample"), probes, wanted, strict=True):
            try:
                answer = _probed(probe, kind, waiting)
            except TimeoutError:
                raise Wrong(f"On {name}, a call of your {title}() has waited, and timed out.") from None
            expect(answer, found, f"on {name}, your {title}()", f"There {reason}.")
    return "Your probes look: on a stream they have found both cases, with SOCK_SEQPACKET only the case for it."


def _probed(probe: Probe, kind: socket.SocketKind, waiting: bytes) -> Any:
    """What the probe returns; the sockets that it was given are closed then."""
    with contextlib.ExitStack() as made:

        def pair() -> Ends:
            near, far = map(made.enter_context, socket.socketpair(type=kind))
            near.settimeout(PATIENCE)
            far.settimeout(PATIENCE)
            if waiting:
                near.send(waiting)
            return near, far

        return probe(pair)


REFUSED = "ECONNREFUSED"
CASES = (
    ("connect() ended at 6, and accept() began at 8", True, ("connect", 3, 6), ("accept", 8, 9)),
    ("accept() began at 3, waited, and ended at 9; connect() ended at 8", False, ("accept", 3, 9), ("connect", 5, 8)),
    ("connect() ended at 6, and nobody called accept()", True, ("connect", 3, 6)),
    ("connect() was refused, and accept() began later", False, ("connect", 3, 6, REFUSED), ("accept", 8, None)),
    ("connect() still waits (its end is None)", False, ("connect", 3, None)),
    ("connect() began at 3, accept() at 5, and connect() ended only at 7", False,
     ("connect", 3, 7), ("accept", 5, 8)),
    ("a first connect() was refused at 4; accept() began at 6, and a second connect() succeeded at 9", False,
     ("connect", 3, 4, REFUSED), ("accept", 6, 10), ("connect", 7, 9)),
    ("a first connect() was refused at 4, a second one succeeded at 6, and accept() began at 8", True,
     ("connect", 3, 4, REFUSED), ("connect", 5, 6), ("accept", 8, 9)),
    ("an accept() began at 3, and waited; connect() ended at 6, and a second accept() began at 8", False,
     ("accept", 3, 6), ("connect", 5, 6), ("accept", 8, None)),
)  # fmt: skip
"""What happened, whether it refutes C17, and the calls: name, begin, end, and error."""


@exercise("17.3", "what a trace refutes")
def refutes_c17(refutes: Callable[[Trace], Any]) -> str:
    """Traces of nine stories."""
    for story, wanted, *calls in CASES:
        expect(refutes(_trace(calls)), wanted, f"for a trace in which {story}")
    return "In nine traces you told a connection that was there before any accept() had begun from all else."


def _trace(calls: list[tuple[Any, ...]]) -> Trace:
    hosts = {"connect": "client", "accept": "server", "listen": "server"}
    made = [
        Call(begin, end, hosts[name], name, "", "" if error or end is None else "0", "".join(error), number, 2 + number)
        for number, (name, begin, end, *error) in enumerate([("listen", 1, 2), *calls], 1)
    ]
    return Trace((HostInfo("client", ()), HostInfo("server", ())), Source(False, "", "", "a story"), calls=tuple(made))


@exercise("17.4", "C39, corrected")
def heard_by_the_peer(goodbye: Callable[[socket.socket], Any]) -> str:
    """A second descriptor of the socket stays open, as in a child: close() alone sends nothing."""
    message = b"the last words"
    with connection() as (near, far), near.dup() as other, ThreadPoolExecutor(1) as peer:
        far.settimeout(PATIENCE)
        near.sendall(message)
        number = near.fileno()
        hearing = peer.submit(_heard, far)  # beside, for a goodbye may wait until the peer has closed
        try:
            goodbye(near)
            is_kept = _leads_to(number, other)
        finally:
            near.detach()  # the number is what counts: close() and os.close() give it back, detach() does not
            if _leads_to(number, other):
                os.close(number)
        if hearing.result() is None:
            raise Wrong(
                "The peer has heard no end: another descriptor still leads to this socket. "
                "Which call ends the connection itself?"
            )
        expect(hearing.result(), message, "what the peer has read up to the end")
        if is_kept:
            raise Wrong("The peer has heard the end, but your descriptor is still open: give it back as well.")
    return "The peer has read everything and the end, though another descriptor of the socket is open."


def _leads_to(number: int, sock: socket.socket) -> bool:
    try:
        return os.path.sameopenfile(number, sock.fileno())
    except OSError:
        return False


def _heard(sock: socket.socket) -> bytes | str | None:
    """All that comes before the end, after which this side closes, too; None if no end comes."""
    heard = b""
    try:
        while piece := sock.recv(100):
            heard += piece
    except TimeoutError:
        return None
    except ConnectionResetError:
        return f"{heard!r}, then a reset"
    finally:
        sock.close()
    return heard


@exercise("17.5", "a case against C05")
def one_port_two_sockets(two_owners: Callable[[], Any]) -> str:
    """Two listeners of TCP at one address and port."""
    with _two_from(lambda: _allowed(two_owners), "two sockets") as answer:
        for each in answer:
            if not isinstance(each, socket.socket) or each.fileno() == -1:
                raise Wrong(f"Return two sockets, both open; one is {each!r}.")
            if each.type != socket.SOCK_STREAM or not each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                raise Wrong(f"Both must be TCP sockets that listen; this one does not: {each!r}.")
            expect(each.getsockname()[0], "127.0.0.1", "the address at which each listens")
        if len({_inode_of_socket(each.fileno()) for each in answer}) == 1:
            raise Wrong("This is one socket with two descriptors. Here each process shall have a socket of its own.")
        expect(answer[1].getsockname(), answer[0].getsockname(), "the second socket's address")
    return "One address, one port, two sockets that listen."


def _allowed(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Wrong(
            "A call failed: Address already in use. *Each* of the two sockets must allow before its bind() that the "
            "port is shared (SO_REUSEPORT); SO_REUSEADDR does not allow two that listen."
        ) from None
