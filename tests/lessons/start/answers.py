"""Answers to the exercises of notebook 00."""

from __future__ import annotations

import os
import socket
from typing import Any

from helpers.lab import Host, Wire, experiment
from tests.lessons.table import Tried, solutions

SOLVED = solutions("00")
SERVER = ("10.0.0.2", 80)


def by_the_kernels_table(listener: socket.socket) -> int:
    inode = str(os.fstat(listener.fileno()).st_ino)
    with open("/proc/net/tcp") as table:
        return next(int(fields[1].split(":")[1], 16) for fields in map(str.split, table) if fields[9] == inode)


def listening_port() -> int:
    SOLVED["listener"] = socket.create_server(("127.0.0.1", 0))  # open as long as the test runs
    return int(SOLVED["listener"].getsockname()[1])


def bound_and_silent() -> int:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        return int(silent.getsockname()[1])


def tries_ports() -> int:
    return next(port for port in range(1, 65536) if socket.socket().connect_ex(("127.0.0.1", port)))


def connected(client: Host, server: Host) -> tuple[Any, Any]:
    """The client's socket, and the server's."""
    listener = server.socket()
    listener.bind(SERVER)
    listener.listen()
    caller = client.socket()
    caller.connect(SERVER)
    return caller, listener.accept()[0]


@experiment
def sends_nothing(client: Host, server: Host, wire: Wire) -> None:
    connected(client, server)


@experiment
def loses_the_syn(client: Host, server: Host, wire: Wire) -> None:
    with wire.drop("SYN", nth=1):
        caller, connection = connected(client, server)
    caller.sendall(b"hello")
    connection.recv(100)


@experiment
def never_reads(client: Host, server: Host, wire: Wire) -> None:
    caller, _ = connected(client, server)
    with wire.drop(payload=True, nth=1):
        caller.sendall(b"hello")


@experiment
def loses_the_reply(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    with wire.drop(payload=True, nth=1):
        connection.sendall(b"reply")
    caller.recv(100)


@experiment(limit=0.5)
def waits_for_ever(client: Host, server: Host, wire: Wire) -> None:
    connected(client, server)[0].recv(100)


@experiment
def held_and_dropped(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    with wire.hold(sender="client", payload=True) as held:
        caller.sendall(b"hello")
        held.wait()
        held.drop()
    connection.recv(100)


@experiment
def read_byte_by_byte(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    with wire.drop(where=lambda frame: bool(frame.segment and frame.segment.payload), nth=1):
        caller.send(b"hello")
    for _ in range(5):
        connection.recv(1)


TRIED = [
    Tried("00.1", SOLVED["port_of"], "passed", "the kernel, which knows what it chose"),
    Tried("00.1", by_the_kernels_table, "passed", ""),
    Tried("00.1", lambda listener: listener.dup().getsockname()[1], "passed", ""),
    Tried("00.1", lambda listener: 80, "wrong", "got 80. Each listener has its own"),
    Tried("00.1", lambda listener: 0, "wrong", "got 0"),
    Tried("00.1", lambda listener: listener.getsockname(), "wrong", "got ('127.0.0.1'"),
    Tried("00.1", lambda listener: str(listener.getsockname()[1]), "wrong", "got '"),
    Tried("00.1", lambda listener: print(), "wrong", "got None"),
    Tried("00.1", lambda listener: [listener.getsockname()[1], listener.close()][0], "wrong", "closed the listener"),
    Tried("00.1", lambda listener: listener.accept()[0].getsockname()[1], "failed", "not finished after 3 s, and ended",
          hangs=True),
    Tried("00.2", SOLVED["find_closed_port"], "passed", "The kernel answered with a RST"),
    Tried("00.2", bound_and_silent, "passed", "nobody listens"),
    Tried("00.2", tries_ports, "passed", "nobody listens"),
    Tried("00.2", listening_port, "wrong", "somebody listens there"),
    Tried("00.2", lambda: 70_000, "wrong", "you returned 70000"),
    Tried("00.2", lambda: 0, "wrong", "from 1 to 65535"),
    Tried("00.2", lambda: "81", "wrong", "you returned '81'"),
    Tried("00.2", lambda: True, "wrong", "you returned True"),
    Tried("00.3", SOLVED["lose_the_message"], "passed", "b'hello' was lost, and the server has read it"),
    Tried("00.3", held_and_dropped, "passed", "sent it again"),
    Tried("00.3", read_byte_by_byte, "passed", "sent it again"),
    Tried("00.3", sends_nothing, "wrong", "No data crossed the wire"),
    Tried("00.3", loses_the_syn, "wrong", "(PSH ACK seq=1 ack=1 len=5) was not lost"),
    Tried("00.3", never_reads, "wrong", "the server has received b''"),
    Tried("00.3", loses_the_reply, "wrong", "b'reply' was lost, and the server has received b''"),
    Tried("00.3", waits_for_ever, "failed", "the experiment was ended after 0.5 s: client: recv(100) still waits"),
    Tried("00.3", lambda client, server, wire: None, "wrong", "Keep the line @experiment"),
]  # fmt: skip
