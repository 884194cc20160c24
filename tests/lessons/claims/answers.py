"""Answers to the exercises of notebook 17."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from math import inf
from typing import Any

from tests.lessons.table import Tried, solutions

SOLVED = solutions("17")
REUSEPORT, REUSEADDR = ((socket.SOL_SOCKET, option, 1) for option in (socket.SO_REUSEPORT, socket.SO_REUSEADDR))


def by_a_message() -> Any:
    """SCM_RIGHTS gives the receiver another number for the same socket."""
    near, far = socket.socketpair()
    with near, far, socket.socket() as sent:
        socket.send_fds(near, [b"!"], [sent.fileno()])
        return sent.detach(), socket.recv_fds(far, 1, 1)[1][0]


def sent(pair: Any, *messages: bytes) -> Any:
    """The end at which these messages are to be read."""
    near, far = pair()
    for message in messages:
        near.send(message)
    return far


def ends(trace: Any, name: str = "connect", errors: bool = False) -> list[float]:
    return [call.end for call in trace.calls if call.name == name and call.end and (errors or not call.error)]


def begins(trace: Any) -> list[float]:
    return [call.begin for call in trace.calls if call.name == "accept"]


def by_the_first_moment(trace: Any) -> bool:
    moments = [(end, True) for end in ends(trace)] + [(begin, False) for begin in begins(trace)]
    return bool(moments) and min(moments)[1]


def asks_for_ever(sock: socket.socket) -> None:
    while sock.recv(100) == b"":
        pass


def owners(*options: Any, address: str = "127.0.0.1", kind: Any = socket.SOCK_STREAM, listen: bool = True) -> Any:
    where = (address, 0)
    with contextlib.ExitStack() as closed_after_an_error:
        made = [closed_after_an_error.enter_context(socket.socket(type=kind)) for _ in range(2)]
        for sock in made:
            for option in options:
                sock.setsockopt(*option)
            sock.bind(where)
            if listen:
                sock.listen()
            where = sock.getsockname()
        closed_after_an_error.pop_all()
    return made


def server(port: int = 0) -> Any:
    return socket.create_server(("127.0.0.1", port), reuse_port=True)


TRIED = [
    Tried("17.1", SOLVED["one_socket"], "passed", "Two numbers, one inode"),
    Tried("17.1", by_a_message, "passed", ""),
    Tried("17.1", lambda: [one := socket.socket(), one.dup()], "passed", ""),
    Tried("17.1", lambda: (socket.socket(), socket.socket()), "wrong", "two sockets, with two inodes"),
    Tried("17.1", lambda: [socket.socket().detach()] * 2, "wrong", "Make another"),
    Tried("17.1", lambda: (one := os.open(os.devnull, os.O_RDONLY), os.dup(one)), "wrong", "that is no socket"),
    Tried("17.1", lambda: (socket.socket().fileno(), socket.socket().fileno()), "wrong", "is closed"),
    Tried("17.1", lambda: 5, "wrong", "Return two descriptors; you returned 5"),
    Tried("17.1", lambda: ("3", "4"), "wrong", "A descriptor is a number, such as sock.fileno(); this is '3'"),
    Tried("17.2", (SOLVED["support"], SOLVED["counterexample"]), "passed", "Your probes look"),
    Tried("17.2", (lambda pair: sent(pair, b"a" * 50).recv(4096) == b"a" * 50, SOLVED["counterexample"]), "passed", ""),
    Tried("17.2", (SOLVED["support"], lambda pair: sent(pair, b"1", b"2", b"3").recv(9, socket.MSG_PEEK) != b"1"),
          "passed", ""),
    Tried("17.2", (lambda pair: True, lambda pair: True), "wrong",
          "On SOCK_SEQPACKET, your counterexample(): expected False"),
    Tried("17.2", (lambda pair: True, SOLVED["counterexample"]), "wrong",
          "On a pair in which an old message waits, your support(): expected False, got True"),
    Tried("17.2", (SOLVED["support"], lambda pair: pair()[0].type == socket.SOCK_STREAM), "wrong",
          "On a pair in which an old message waits, your counterexample(): expected True, got False"),
    Tried("17.2", (SOLVED["support"], lambda pair: (far := sent(pair, b"hello")).recv(2) + far.recv(9) != b"hello"),
          "wrong", "On a stream, your counterexample(): expected True"),
    Tried("17.2", (SOLVED["support"], lambda pair: [(far := sent(pair, b"1", b"2")).recv(9), far.recv(9)] == []),
          "wrong", "On a stream, a call of your counterexample() has waited, and timed out"),
    Tried("17.2", (lambda pair: 1, SOLVED["counterexample"]), "wrong", "expected True, got 1"),
    Tried("17.2", SOLVED["support"], "wrong", "Hand over both probes"),
    Tried("17.3", SOLVED["refutes"], "passed", "nine traces"),
    Tried("17.3", by_the_first_moment, "passed", ""),
    Tried("17.3", lambda trace: any(end < min(begins(trace), default=inf) for end in ends(trace)), "passed", ""),
    Tried("17.3", lambda trace: True, "wrong", "accept() began at 3, waited, and ended at 9"),
    Tried("17.3", lambda trace: all(begin > end for begin in begins(trace) for end in ends(trace, errors=True)[:1]),
          "wrong", "connect() was refused, and accept() began later: expected False"),
    Tried("17.3", lambda trace: max(ends(trace), default=99) < max(ends(trace, "accept"), default=99),
          "wrong", "expected False, got True"),
    Tried("17.3", lambda trace: [call.name for call in trace.calls if call.name != "listen"][:1] == ["connect"],
          "wrong", "expected False, got True"),
    Tried("17.3", lambda trace: any(all(end < b for b in begins(trace)) for end in ends(trace, errors=True)),
          "wrong", "connect() was refused, and accept() began later: expected False"),
    Tried("17.3", lambda trace: None, "wrong", "accept() began at 8: expected True, got None"),
    Tried("17.4", SOLVED["goodbye"], "passed", "The peer has read everything and the end"),
    Tried("17.4", lambda s: [s.shutdown(socket.SHUT_WR), *iter(lambda: s.recv(100), b""), s.close()], "passed", ""),
    Tried("17.4", lambda sock: [sock.shutdown(socket.SHUT_RDWR), os.close(sock.detach())], "passed", ""),
    Tried("17.4", lambda sock: sock.close(), "wrong", "Which call ends the connection itself?"),
    Tried("17.4", lambda sock: None, "wrong", "has heard no end"),
    Tried("17.4", lambda s: [s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)), s.close()],
          "wrong", "has heard no end"),
    Tried("17.4", lambda sock: [sock.sendall(b"bye"), sock.shutdown(socket.SHUT_WR), sock.close()], "wrong",
          "expected b'the last words', got b'the last wordsbye'"),
    Tried("17.4", lambda sock: sock.shutdown(socket.SHUT_WR), "wrong", "your descriptor is still open"),
    Tried("17.4", lambda sock: [sock.shutdown(socket.SHUT_WR), sock.detach()], "wrong", "descriptor is still open"),
    Tried("17.4", asks_for_ever, "failed", "not finished after 3 s", hangs=True),
    Tried("17.5", SOLVED["two_owners"], "passed", "One address, one port, two sockets that listen"),
    Tried("17.5", lambda: [sock for sock in owners(REUSEPORT, listen=False) if not sock.listen()], "passed", ""),
    Tried("17.5", lambda: (first := server(), server(first.getsockname()[1])), "passed", ""),
    Tried("17.5", owners, "wrong", "A call failed: Address already in use"),
    Tried("17.5", lambda: owners(REUSEADDR), "wrong", "SO_REUSEADDR does not allow"),
    Tried("17.5", lambda: owners(REUSEPORT, listen=False), "wrong", "this one does not"),
    Tried("17.5", lambda: owners(REUSEPORT, kind=socket.SOCK_DGRAM, listen=False), "wrong", "this one does not"),
    Tried("17.5", lambda: owners(REUSEPORT, address="0.0.0.0"), "wrong", "expected '127.0.0.1', got '0.0.0.0'"),
    Tried("17.5", lambda: (server(), server()), "wrong", "The second socket's address: expected ('127.0.0.1', "),
    Tried("17.5", lambda: (one := server(), one.dup()), "wrong", "one socket with two descriptors"),
    Tried("17.5", lambda: [sock for sock in owners(REUSEPORT) if not sock.close()], "wrong", "two sockets, both open"),
]  # fmt: skip
