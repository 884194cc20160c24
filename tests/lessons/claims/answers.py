"""Answers to the exercises of notebook 17."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
from typing import Any

from tests.lessons.table import Tried, solutions

SOLVED = solutions("17")
REUSEPORT = (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def by_a_message() -> Any:
    """SCM_RIGHTS gives the receiver another number for the same socket."""
    near, far = socket.socketpair()
    with near, far, socket.socket() as sent:
        near.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [sent.fileno()]))])
        data = far.recvmsg(1, socket.CMSG_SPACE(4))[1][0][2]
        return sent.detach(), struct.unpack("i", data)[0]


def as_sockets() -> Any:
    one = socket.socket()
    return [one, one.dup()]


def closed_meanwhile() -> Any:
    sock = socket.socket()
    numbers = sock.fileno(), os.dup(sock.fileno())
    sock.close()
    return numbers


def the_same_twice() -> Any:
    number = socket.socket().detach()
    return number, number


def two_copies_of_a_file() -> Any:
    number = os.open("/dev/null", os.O_RDONLY)
    return number, os.dup(number)


def support_by_pieces(pair: Any) -> bool:
    near, far = pair()
    near.sendall(b"a" * 50)
    return bool(far.recv(4096) == b"a" * 50)


def counterexample_of_many(pair: Any) -> bool:
    near, far = pair()
    sent = [b"one", b"two", b"three"]
    for message in sent:
        near.send(message)
    return any(far.recv(100) != message for message in sent if waits(far))


def waits(far: Any) -> bool:
    try:
        return bool(far.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


def in_two_pieces(pair: Any) -> bool:
    near, far = pair()
    near.send(b"hello")
    return bool(far.recv(2) + far.recv(100) != b"hello")


def waits_for_a_second(pair: Any) -> bool:
    near, far = pair()
    near.send(b"hello")
    near.send(b"world")
    return bool((far.recv(100), far.recv(100)) != (b"hello", b"world"))


def begun_later(trace: Any) -> bool:
    """Every accept() began after the first connect() had ended."""
    connects = [call.end for call in trace.calls if call.name == "connect"]
    accepts = [call.begin for call in trace.calls if call.name == "accept"]
    return all(connects[0] < begin for begin in accepts)


def accept_ended_later(trace: Any) -> bool:
    ended = {call.name: call.end or 99 for call in trace.calls if not call.error}
    return bool(ended.get("connect", 99) < ended.get("accept", 99))


def order_of_calls(trace: Any) -> bool:
    names = [call.name for call in trace.calls]
    return "connect" in names and ("accept" not in names or names.index("connect") < names.index("accept"))


def errors_forgotten(trace: Any) -> bool:
    ended = [call.end for call in trace.calls if call.name == "connect" and call.end]
    begun = [call.begin for call in trace.calls if call.name == "accept"]
    return any(all(end < begin for begin in begun) for end in ended)


def by_a_walk(trace: Any) -> bool:
    """Through all moments in their order."""
    moments = [(call.begin, "begin", call) for call in trace.calls] + [
        (call.end, "end", call) for call in trace.calls if call.end is not None
    ]
    for _, what, call in sorted(moments, key=lambda moment: moment[0]):
        if (call.name, what) == ("accept", "begin"):
            return False
        if (call.name, what, call.error) == ("connect", "end", ""):
            return True
    return False


def by_the_earliest(trace: Any) -> bool:
    first = min((call.begin for call in trace.calls if call.name == "accept"), default=float("inf"))
    return any(call.end is not None and call.end < first for call in trace.calls
               if call.name == "connect" and not call.error)  # fmt: skip


def waits_for_the_peer(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    while sock.recv(100):
        pass
    sock.close()


def both_ways(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_RDWR)
    os.close(sock.detach())


def resets(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def says_goodbye(sock: socket.socket) -> None:
    sock.sendall(b"bye")
    sock.shutdown(socket.SHUT_WR)
    sock.close()


def shuts_down_only(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)


def detaches(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    sock.detach()


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


def set_before_listen() -> Any:
    """Both are bound before one of them listens."""
    return [sock for sock in owners(REUSEPORT, listen=False) if not sock.listen()]


def by_create_server() -> Any:
    first = socket.create_server(("127.0.0.1", 0), reuse_port=True)
    return first, socket.create_server(first.getsockname(), reuse_port=True)


def two_ports() -> Any:
    return socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))


def listener_and_copy() -> Any:
    one = socket.create_server(("127.0.0.1", 0))
    return one, one.dup()


TRIED = [
    Tried("17.1", SOLVED["one_socket"], "passed", "Two numbers, one inode"),
    Tried("17.1", by_a_message, "passed", ""),
    Tried("17.1", as_sockets, "passed", ""),
    Tried("17.1", lambda: (socket.socket(), socket.socket()), "wrong", "two sockets, with two inodes"),
    Tried("17.1", the_same_twice, "wrong", "Make another"),
    Tried("17.1", two_copies_of_a_file, "wrong", "leads to something that is no socket"),
    Tried("17.1", closed_meanwhile, "wrong", "is closed"),
    Tried("17.1", lambda: 5, "wrong", "Return two descriptors; you returned 5"),
    Tried("17.1", lambda: ("3", "4"), "wrong", "A descriptor is a number, such as sock.fileno(); this is '3'"),
    Tried("17.2", (SOLVED["support"], SOLVED["counterexample"]), "passed", "Your probes look"),
    Tried("17.2", (support_by_pieces, SOLVED["counterexample"]), "passed", ""),
    Tried("17.2", (SOLVED["support"], counterexample_of_many), "passed", ""),
    Tried("17.2", (lambda pair: True, lambda pair: True), "wrong",
          "On SOCK_SEQPACKET, your counterexample(): expected False"),
    Tried("17.2", (lambda pair: True, SOLVED["counterexample"]), "wrong",
          "On a pair in which an old message waits, your support(): expected False, got True"),
    Tried("17.2", (SOLVED["support"], lambda pair: pair()[0].type == socket.SOCK_STREAM), "wrong",
          "On a pair in which an old message waits, your counterexample(): expected True, got False"),
    Tried("17.2", (SOLVED["support"], in_two_pieces), "wrong", "On a stream, your counterexample(): expected True"),
    Tried("17.2", (SOLVED["support"], waits_for_a_second), "wrong",
          "On a stream, a call of your counterexample() has waited, and timed out"),
    Tried("17.2", (lambda pair: 1, SOLVED["counterexample"]), "wrong", "expected True, got 1"),
    Tried("17.2", SOLVED["support"], "wrong", "Hand over both probes"),
    Tried("17.3", SOLVED["refutes"], "passed", "nine traces"),
    Tried("17.3", by_a_walk, "passed", ""),
    Tried("17.3", by_the_earliest, "passed", ""),
    Tried("17.3", lambda trace: True, "wrong", "accept() began at 3, waited, and ended at 9"),
    Tried("17.3", begun_later, "wrong", "connect() was refused, and accept() began later: expected False"),
    Tried("17.3", accept_ended_later, "wrong", "expected False, got True"),
    Tried("17.3", order_of_calls, "wrong", "expected False, got True"),
    Tried("17.3", errors_forgotten, "wrong", "connect() was refused, and accept() began later: expected False"),
    Tried("17.3", lambda trace: None, "wrong", "accept() began at 8: expected True, got None"),
    Tried("17.4", SOLVED["goodbye"], "passed", "The peer has read everything and the end"),
    Tried("17.4", waits_for_the_peer, "passed", ""),
    Tried("17.4", both_ways, "passed", ""),
    Tried("17.4", lambda sock: sock.close(), "wrong", "Which call ends the connection itself?"),
    Tried("17.4", lambda sock: None, "wrong", "has heard no end"),
    Tried("17.4", resets, "wrong", "has heard no end"),
    Tried("17.4", says_goodbye, "wrong", "expected b'the last words', got b'the last wordsbye'"),
    Tried("17.4", shuts_down_only, "wrong", "your descriptor is still open"),
    Tried("17.4", detaches, "wrong", "your descriptor is still open"),
    Tried("17.4", asks_for_ever, "failed", "not finished after 3 s", hangs=True),
    Tried("17.5", SOLVED["two_owners"], "passed", "One address, one port, two sockets that listen"),
    Tried("17.5", set_before_listen, "passed", ""),
    Tried("17.5", by_create_server, "passed", ""),
    Tried("17.5", owners, "wrong", "A call failed: Address already in use"),
    Tried("17.5", lambda: owners((socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)), "wrong", "SO_REUSEADDR does not allow"),
    Tried("17.5", lambda: owners(REUSEPORT, listen=False), "wrong", "this one does not"),
    Tried("17.5", lambda: owners(REUSEPORT, kind=socket.SOCK_DGRAM, listen=False), "wrong", "this one does not"),
    Tried("17.5", lambda: owners(REUSEPORT, address="0.0.0.0"), "wrong", "expected '127.0.0.1', got '0.0.0.0'"),
    Tried("17.5", two_ports, "wrong", "The second socket's address: expected ('127.0.0.1', "),
    Tried("17.5", listener_and_copy, "wrong", "one socket with two descriptors"),
    Tried("17.5", lambda: [sock for sock in owners(REUSEPORT) if not sock.close()], "wrong", "two sockets, both open"),
]  # fmt: skip
