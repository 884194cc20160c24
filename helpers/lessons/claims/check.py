"""Checkers of notebook 17: claims are refuted and corrected before the kernel."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.lessons.claims.claim import verdict
from helpers.lessons.claims.loopback import connection
from helpers.study.checking import Wrong, exercise
from helpers.trace import Call, HostInfo, Source, Trace

PATIENCE = 1.0
"""Seconds in which something must arrive after the reader's function has returned."""
Pair = Callable[[], tuple[socket.socket, socket.socket]]


@exercise("17.1", "a case against C24")
def two_descriptors(one_socket: Callable[[], Any]) -> str:
    """Two numbers that lead to one socket."""
    answer = one_socket()
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Wrong(f"Return two descriptors; you returned {answer!r}.")
    with _closed_in_the_end(answer):
        numbers = [each.fileno() if isinstance(each, socket.socket) else each for each in answer]
        inodes = [_inode_of_socket(number) for number in numbers]
        if numbers[0] == numbers[1]:
            raise Wrong(f"Both are descriptor {numbers[0]}: one number for one socket is what C24 says. Make another.")
        if inodes[0] != inodes[1]:
            raise Wrong("These are two sockets, with two inodes, and each has its own number: that agrees with C24.")
    return "Two numbers, one inode: a descriptor leads to a socket, and does not identify it."


@contextlib.contextmanager
def _closed_in_the_end(answer: Sequence[Any]) -> Iterator[None]:
    """What a reader's function has returned, sockets or descriptors."""
    try:
        yield
    finally:
        for each in answer:
            if isinstance(each, socket.socket):
                each.close()
            elif isinstance(each, int) and each > 2:
                with contextlib.suppress(OSError):
                    os.close(each)


def _inode_of_socket(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise Wrong(f"A descriptor is a number, such as sock.fileno(); this is {number!r}.")
    try:
        status = os.fstat(number)
    except OSError:
        raise Wrong(
            f"{number} is closed: Python closes a socket when nobody refers to it any more. Take the number out of "
            "the socket object with detach(), or return the sockets themselves."
        ) from None
    if not stat.S_ISSOCK(status.st_mode):
        raise Wrong(f"Descriptor {number} leads to something that is no socket.")
    return status.st_ino


@dataclass(frozen=True)
class _Kind:
    """Connected sockets on which a claim is tried: what an honest probe for it and one against it must find."""

    name: str
    pair: Pair
    support: bool
    counterexample: bool
    reason: str


def _seqpacket() -> tuple[socket.socket, socket.socket]:
    return _patient(*socket.socketpair(type=socket.SOCK_SEQPACKET))


def _stream() -> tuple[socket.socket, socket.socket]:
    return _patient(*socket.socketpair())


def _stale() -> tuple[socket.socket, socket.socket]:
    near, far = _patient(*socket.socketpair(type=socket.SOCK_SEQPACKET))
    near.send(b"an old message")
    return near, far


def _patient(near: socket.socket, far: socket.socket) -> tuple[socket.socket, socket.socket]:
    near.settimeout(PATIENCE)
    far.settimeout(PATIENCE)
    return near, far


KINDS = (
    _Kind("a stream", _stream, True, True, "bytes, no boundaries: what two send() calls sent, one recv() may return"),
    _Kind("SOCK_SEQPACKET", _seqpacket, True, False, "messages: each recv() returns one of them, whole"),
    _Kind("a pair in which an old message waits", _stale, False, True, "recv() returns the old one first"),
)


@exercise("17.2", "both probes of a new claim")
def both_probes(probes: tuple[Callable[[Pair], Any], Callable[[Pair], Any]]) -> str:
    """Probes that look are told apart from probes that know: they are run on sockets of three kinds."""
    if not isinstance(probes, tuple) or len(probes) != 2 or not all(map(callable, probes)):
        raise Wrong("Hand over both probes: check('17.2', (support, counterexample)).")
    for kind in KINDS:
        for name, probe, found in zip(
            ("support", "counterexample"), probes, (kind.support, kind.counterexample), strict=True
        ):
            try:
                said = _probed(probe, kind)
            except TimeoutError:
                raise Wrong(
                    f"On {kind.name} your {name}() waits for a message that does not come: nothing is left to receive."
                ) from None
            if not isinstance(said, bool):
                raise Wrong(f"A probe returns True or False; {name}() returned {said!r}.")
            if said != found:
                says = "finds a case" if said else "finds none"
                raise Wrong(f"On {kind.name} your {name}() {says}. There: {kind.reason}.")
    both = ", ".join(f"{kind.name}: {verdict(kind.support, kind.counterexample)}" for kind in KINDS[:2])
    return f"Your probes look. The verdict depends on the type of socket ({both})."


def _probed(probe: Callable[[Pair], Any], kind: _Kind) -> Any:
    with contextlib.ExitStack() as made:

        def pair() -> tuple[socket.socket, socket.socket]:
            near, far = kind.pair()
            made.enter_context(near)
            made.enter_context(far)
            return near, far

        return probe(pair)


def _trace(*calls: tuple[int, int | None, str, str, str]) -> Trace:
    """Calls as (begin, end, host, name, error)."""
    made = [
        Call(begin, end, host, name, "", "" if error or end is None else "0", error, number, 2 + number)
        for number, (begin, end, host, name, error) in enumerate(calls, 1)
    ]
    return Trace((HostInfo("client", ()), HostInfo("server", ())), Source(False, "", "", "a story"), calls=tuple(made))


@dataclass(frozen=True)
class _Case:
    """Two hosts' calls, and whether they refute C17."""

    story: str
    trace: Trace
    refutes: bool


_LISTEN = (1, 2, "server", "listen", "")
CASES = (
    _Case(
        "connect() ended at 6, and accept() began at 8",
        _trace(_LISTEN, (3, 6, "client", "connect", ""), (8, 9, "server", "accept", "")),
        True,
    ),
    _Case(
        "accept() began at 3, waited, and ended at 9; connect() ended at 8",
        _trace(_LISTEN, (3, 9, "server", "accept", ""), (5, 8, "client", "connect", "")),
        False,
    ),
    _Case(
        "connect() ended at 6, and nobody called accept()",
        _trace(_LISTEN, (3, 6, "client", "connect", "")),
        True,
    ),
    _Case(
        "connect() was refused, and accept() began later",
        _trace((3, 6, "client", "connect", "ECONNREFUSED"), (8, None, "server", "accept", "")),
        False,
    ),
    _Case(
        "connect() still waits (its end is None)",
        _trace(_LISTEN, (3, None, "client", "connect", "")),
        False,
    ),
    _Case(
        "connect() began at 3, accept() at 5, and connect() ended only at 7",
        _trace(_LISTEN, (3, 7, "client", "connect", ""), (5, 8, "server", "accept", "")),
        False,
    ),
)


@exercise("17.3", "what a trace refutes")
def refutes_c17(refutes: Callable[[Trace], Any]) -> str:
    """Traces of six stories."""
    for case in CASES:
        said = refutes(case.trace)
        if not isinstance(said, bool):
            raise Wrong(f"Return True or False; where {case.story} you returned {said!r}.")
        if said and not case.refutes:
            raise Wrong(f"In this trace {case.story}: that agrees with C17, or says nothing of it, and you said True.")
        if case.refutes and not said:
            raise Wrong(f"In this trace {case.story}: a handshake without accept(). That refutes C17; you said False.")
    return "A connection that was there before accept() began: that is the evidence, in any trace."


@exercise("17.4", "C39, corrected")
def heard_by_the_peer(goodbye: Callable[[socket.socket], Any]) -> str:
    """A second descriptor of the socket stays open, as in a child: close() alone sends nothing."""
    message = b"the last words"
    with connection() as (near, far), near.dup() as other:
        far.settimeout(PATIENCE)
        near.sendall(message)
        number = near.fileno()
        goodbye(near)
        is_kept = _leads_to(number, other)
        near.detach()  # the number is what counts: close() and os.close() give it back, detach() does not
        if is_kept:
            os.close(number)
        heard = _heard(far)
        if heard is None:
            raise Wrong(
                "The peer waits on: another descriptor still leads to this socket, so your call gave one back, and "
                "the kernel sent nothing. Which call ends the connection itself?"
            )
        if heard != message:
            raise Wrong(f"The peer got {heard!r} before the end, not {message!r}: nothing may be lost or added.")
        if other.fileno() == -1:
            raise Wrong("Leave the other descriptor alone.")
        if is_kept:
            raise Wrong("The peer heard the end, but your descriptor is still open: give it back as well.")
    return "shutdown() ends the conversation for all who have the socket; close() gives one descriptor back."


def _leads_to(number: int, sock: socket.socket) -> bool:
    try:
        return os.path.sameopenfile(number, sock.fileno())
    except OSError:
        return False


def _heard(sock: socket.socket) -> bytes | None:
    """All that comes before the end; None if no end comes."""
    heard = b""
    try:
        while piece := sock.recv(100):
            heard += piece
    except TimeoutError:
        return None
    except ConnectionResetError:
        return heard + b" (then a reset)"
    return heard


@exercise("17.5", "a case against C05")
def one_port_two_sockets(two_owners: Callable[[], Any]) -> str:
    """Two listeners of TCP at one address and port."""
    try:
        answer = two_owners()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Wrong(
            "The kernel refused the second: Address already in use. *Each* of the two sockets must allow before its "
            "bind() that the port is shared; SO_REUSEADDR does not allow two that listen."
        ) from None
    if not isinstance(answer, (tuple, list)) or [type(each) for each in answer] != [socket.socket] * 2:
        raise Wrong(f"Return two sockets; you returned {answer!r}.")
    with _closed_in_the_end(answer):
        one, two = answer
        if -1 in (one.fileno(), two.fileno()):
            raise Wrong("A socket that is closed owns no port: return both open.")
        if _inode_of_socket(one.fileno()) == _inode_of_socket(two.fileno()):
            raise Wrong("This is one socket with two descriptors. Here each process shall have a socket of its own.")
        for each in answer:
            if each.type != socket.SOCK_STREAM or not _listens(each):
                raise Wrong("Both must be TCP sockets that listen: bind() alone gets no caller.")
        if one.getsockname() != two.getsockname():
            raise Wrong(f"They listen at {one.getsockname()} and {two.getsockname()}: let the second have the first's.")
        if one.getsockname()[0] != "127.0.0.1":
            raise Wrong("Listen at 127.0.0.1 only: nobody else shall reach your exercise.")
    return "One address, one port, two sockets: the kernel chooses by a hash of the caller's address and port."


def _listens(sock: socket.socket) -> bool:
    return struct.unpack("i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN, 4)) == (1,)
