"""Answers to the exercises of notebook 11."""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from typing import Any

from helpers.lab import Host, Wire, experiment
from tests.lessons.table import Tried, solutions

SOLVED = solutions("11")
LOOPBACK = "127.0.0.1"
connected = SOLVED["connect_to_80"]
RESET = struct.pack("ii", 1, 0)


@experiment
def never_connects(client: Host, server: Host, wire: Wire) -> None:
    client.socket()


@experiment
def stays_open(client: Host, server: Host, wire: Wire) -> None:
    connected(client, server)


@experiment
def client_closes_first(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    caller.close()
    server.wait_for_state("CLOSE-WAIT")
    connection.close()
    client.wait_for_state("TIME-WAIT")


@experiment
def both_close_at_once(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    with wire.hold("FIN ACK", sender="server") as first:
        connection.close()
        first.wait()
        caller.close()
        wire.wait_for("FIN ACK", sender="client")
    for host in (client, server):
        host.wait_for_state("TIME-WAIT")


@experiment
def only_the_server_closes(client: Host, server: Host, wire: Wire) -> None:
    _, connection = connected(client, server)
    connection.close()
    server.wait_for_state("FIN-WAIT-2")


@experiment
def two_connections_one_open(client: Host, server: Host, wire: Wire) -> None:
    SOLVED["server_remembers"].function(client, server, wire)
    listener = server.socket()
    listener.bind(("10.0.0.2", 81))
    listener.listen()
    client.socket().connect(("10.0.0.2", 81))


@experiment
def client_shuts_down_after_the_end(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    connection.shutdown(socket.SHUT_WR)
    caller.recv(1)
    caller.shutdown(socket.SHUT_WR)
    server.wait_for_state("TIME-WAIT")
    client.wait_for_state("CLOSED")


@experiment
def server_connects(client: Host, server: Host, wire: Wire) -> None:
    listener = client.socket()
    listener.bind(("10.0.0.1", 80))
    listener.listen()
    caller = server.socket()
    caller.connect(("10.0.0.1", 80))
    connection, _ = listener.accept()
    caller.close()
    client.wait_for_state("CLOSE-WAIT")
    connection.close()
    server.wait_for_state("TIME-WAIT")
    client.wait_for_state("LISTEN")


@experiment
def unread_data(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    caller.sendall(b"hello")
    wire.wait_for("ACK", sender="server", payload=False)
    connection.close()
    client.wait_for_state("CLOSED")


@experiment
def reset_by_the_server(client: Host, server: Host, wire: Wire) -> None:
    _, connection = connected(client, server)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
    client.wait_for_state("CLOSED")


@experiment
def resets_and_loses_the_rst(client: Host, server: Host, wire: Wire) -> None:
    caller, _ = connected(client, server)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    with wire.drop("RST ACK"):
        caller.close()
        wire.wait_for("RST ACK")


@experiment
def loses_the_fin(client: Host, server: Host, wire: Wire) -> None:
    caller, _ = connected(client, server)
    with wire.drop("FIN ACK", nth=1) as lost:
        caller.close()
        lost.wait()


def listener(port: int, address: str = LOOPBACK, option: int = socket.SO_REUSEADDR, value: Any = 1) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, option, value)
    try:
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    made.listen()
    return made


def too_late(port: int) -> socket.socket:
    made = listener(port, option=socket.SO_KEEPALIVE)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made


def does_not_listen(port: int) -> socket.socket:
    made = socket.socket()
    made.bind((LOOPBACK, port))
    return made


def closes(port: int) -> socket.socket:
    with listener(port) as made:
        return made


KEPT: list[socket.socket] = []


def keeps_a_copy(port: int) -> socket.socket:
    if not KEPT:
        KEPT.append(listener(port))
    return KEPT[0].dup()


def error_of(caller: socket.socket) -> int:
    return caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def waits_then(caller: socket.socket, otherwise: int) -> int:
    select.select([], [caller], [])
    return otherwise if error_of(caller) else 0


def waits_to_read(caller: socket.socket) -> int:
    select.select([caller], [], [])
    return error_of(caller)


def waits_half_a_second(caller: socket.socket) -> int:
    time.sleep(0.5)
    return error_of(caller)


def by_poll(caller: socket.socket) -> int:
    waiting = select.poll()
    waiting.register(caller, select.POLLOUT)
    waiting.poll()
    return error_of(caller)


def blocks_in_sending(caller: socket.socket) -> int:
    caller.setblocking(True)
    try:
        caller.send(b"x")
    except OSError as error:
        return error.errno or 0
    return 0


def asks_again_and_again(caller: socket.socket) -> int:
    while True:
        try:
            caller.getpeername()
            return 0
        except OSError:
            if error := error_of(caller):
                return error


def closes_it(caller: socket.socket) -> int:
    with caller:
        return waits_then(caller, errno.ECONNREFUSED)


TRIED = [
    Tried("11.1", SOLVED["server_remembers"], "passed", "the client's has no connection left"),
    Tried("11.1", client_shuts_down_after_the_end, "passed", "keeps TIME-WAIT"),
    Tried("11.1", server_connects, "passed", "keeps TIME-WAIT"),
    Tried("11.1", client_closes_first, "wrong", "its FIN was the first"),
    Tried("11.1", both_close_at_once, "wrong", "The two FINs crossed"),
    Tried("11.1", only_the_server_closes, "wrong", "in: FIN-WAIT-2"),
    Tried("11.1", stays_open, "wrong", "in: ESTABLISHED"),
    Tried("11.1", never_connects, "wrong", "in: none at all"),
    Tried("11.1", two_connections_one_open, "wrong", "the client still in ESTABLISHED"),
    Tried("11.1", lambda client, server, wire: None, "wrong", "Keep the line @experiment"),
    Tried("11.2", SOLVED["without_fin"], "passed", "An RST ended it"),
    Tried("11.2", unread_data, "passed", "An RST ended it"),
    Tried("11.2", reset_by_the_server, "passed", "not even in TIME-WAIT"),
    Tried("11.2", client_closes_first, "wrong", "A FIN was sent"),
    Tried("11.2", only_the_server_closes, "wrong", "A FIN was sent"),
    Tried("11.2", loses_the_fin, "wrong", "A FIN was sent"),
    Tried("11.2", resets_and_loses_the_rst, "wrong", "has not ended (server: ESTABLISHED)"),
    Tried("11.2", stays_open, "wrong", "has not ended (client: ESTABLISHED; server: ESTABLISHED)"),
    Tried("11.2", never_connects, "wrong", "No connection came to ESTABLISHED"),
    Tried("11.3", SOLVED["listener_on"], "passed", "You have a listener again"),
    Tried("11.3", lambda port: socket.create_server((LOOPBACK, port)), "passed", "listener again"),
    Tried("11.3", lambda port: listener(port, option=socket.SO_REUSEPORT), "passed", "listener again"),
    Tried("11.3", lambda port: listener(port, value=0), "wrong", "it failed: EADDRINUSE"),
    Tried("11.3", lambda port: listener(port, value=int(port > 0)), "wrong", "it failed: EADDRINUSE"),
    Tried("11.3", too_late, "wrong", "before bind(), each time"),
    Tried("11.3", lambda port: listener(0), "wrong", "Take the port that was asked for"),
    Tried("11.3", does_not_listen, "wrong", "call listen() before you return it"),
    Tried("11.3", closes, "wrong", "leave it open; you returned <socket.socket [closed]"),
    Tried("11.3", lambda port: listener(port, "127.0.0.2"), "wrong", "expected '127.0.0.1', got '127.0.0.2'"),
    Tried("11.3", lambda port: listener(port, option=socket.SO_LINGER, value=RESET), "wrong", "SO_LINGER on"),
    Tried("11.3", keeps_a_copy, "wrong", "something still listens"),
    Tried("11.3", lambda port: port, "wrong", "you returned 0"),
    Tried("11.4", SOLVED["finish_connect"], "passed", "tells each outcome apart"),
    Tried("11.4", by_poll, "passed", "tells each outcome apart"),
    Tried("11.4", blocks_in_sending, "passed", "tells each outcome apart"),
    Tried("11.4", lambda caller: waits_then(caller, 0), "wrong", "(ECONNREFUSED): expected 111, got 0"),
    Tried("11.4", error_of, "wrong", "before it was decided"),
    Tried("11.4", waits_half_a_second, "wrong", "before it was decided"),
    Tried("11.4", asks_again_and_again, "wrong", "it asks, and does not wait"),
    Tried("11.4", waits_to_read, "wrong", "Your function still waited after 5 s"),
    Tried("11.4", lambda caller: None, "wrong", "expected 0, got None"),
    Tried("11.4", lambda caller: waits_then(caller, 0) == 0, "wrong", "got True"),
    Tried("11.4", closes_it, "wrong", "Your function closed the socket"),
    Tried("11.4", lambda caller: waits_then(caller, errno.ECONNREFUSED), "wrong", "(ETIMEDOUT): expected 110, got 111"),
]
