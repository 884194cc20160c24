from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable
from typing import Any

import pytest

from helpers.lab import Host, Wire, experiment
from helpers.study import check
from tests.lab.conftest import SERVER
from tests.lessons.solved import solutions

SOLVED = solutions("11_socket_lifecycle")
LOOPBACK = "127.0.0.1"


@pytest.mark.parametrize(("number", "name"), [("11.1", "server_remembers"), ("11.2", "without_fin")])
def test_the_solution_in_the_lab_passes(needs_lab: None, number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


@pytest.mark.parametrize(("number", "name"), [("11.3", "listener_on"), ("11.4", "finish_connect")])
def test_the_solution_on_loopback_passes(number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


def connected(client: Host, server: Host) -> tuple[Any, Any]:
    listener = server.socket()
    listener.bind(SERVER)
    listener.listen()
    caller = client.socket()
    caller.connect(SERVER)
    connection, _ = listener.accept()
    return caller, connection


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


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (client_closes_first, "it closed first"),
        (both_close_at_once, "the two FINs crossed"),
        (only_the_server_closes, "in: FIN-WAIT-2"),
        (stays_open, "in: ESTABLISHED"),
        (never_connects, "in: none at all"),
        (two_connections_one_open, "the client still in ESTABLISHED"),
        (lambda client, server, wire: None, "Keep the line @experiment"),
    ],
)
def test_the_server_does_not_remember(needs_lab: None, answer: Any, sentence: str) -> None:
    checked = check("11.1", answer)
    assert checked.status == "wrong" and sentence in checked.text


@experiment
def unread_data(client: Host, server: Host, wire: Wire) -> None:
    caller, connection = connected(client, server)
    caller.sendall(b"hello")
    wire.wait_for("ACK", sender="server", payload=False)
    connection.close()
    client.wait_for_state("CLOSED")


def test_unread_data_are_another_right_answer(needs_lab: None) -> None:
    assert check("11.2", unread_data).status == "passed"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (client_closes_first, "A FIN was sent"),
        (only_the_server_closes, "A FIN was sent"),
        (stays_open, "the connection has not ended (client: ESTABLISHED; server: ESTABLISHED)"),
        (never_connects, "No connection came to ESTABLISHED"),
        (lambda client, server, wire: None, "Keep the line @experiment"),
    ],
)
def test_ends_that_are_none_or_with_fin(needs_lab: None, answer: Any, sentence: str) -> None:
    checked = check("11.2", answer)
    assert checked.status == "wrong" and sentence in checked.text


@pytest.mark.parametrize("number", ["11.1", "11.2"])
def test_where_the_lab_does_not_run(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.study.live.why_unavailable", lambda: "hosts are refused in this test")
    checked = check(number, stays_open)
    assert checked.status == "unavailable" and "hosts are refused in this test" in checked.text


def listener(port: int, address: str = LOOPBACK, reuse: int = 1) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    try:
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    made.listen()
    return made


def only_the_second_time(port: int) -> socket.socket:
    return listener(port, reuse=1 if port else 0)


def does_not_listen(port: int) -> socket.socket:
    made = socket.socket()
    made.bind((LOOPBACK, port))
    return made


def closes(port: int) -> socket.socket:
    with listener(port) as made:
        return made


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda port: listener(port, reuse=0), "bind() failed: EADDRINUSE"),
        (only_the_second_time, "bind() failed: EADDRINUSE"),
        (lambda port: listener(0), "You were asked for port"),
        (does_not_listen, "call listen() before you return it"),
        (closes, "closed the socket before it returned it"),
        (lambda port: listener(port, "127.0.0.2"), "bound to 127.0.0.2"),
        (lambda port: port, "Return the listening socket itself; you returned 0"),
    ],
)
def test_listeners_that_cannot_start_again(answer: Callable[[int], Any], sentence: str) -> None:
    checked = check("11.3", answer)
    assert checked.status == "wrong" and sentence in checked.text


def waits_only(caller: socket.socket) -> int:
    select.select([], [caller], [])
    return 0


def waits_then(caller: socket.socket, otherwise: int) -> int:
    select.select([], [caller], [])
    return otherwise if caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) else 0


def waits_to_read(caller: socket.socket) -> int:
    select.select([caller], [], [])
    return 0


def closes_it(caller: socket.socket) -> int:
    with caller:
        return waits_only(caller)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (waits_only, "Writable means decided, not connected"),
        (lambda caller: caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "You answered before it was decided"),
        (waits_to_read, "Your function still waits after 0.5 s"),
        (lambda caller: None, "the answer is 0; you returned None"),
        (closes_it, "Your function closed the socket"),
        (lambda caller: waits_then(caller, errno.EALREADY), "still in progress"),
        (lambda caller: waits_then(caller, errno.ETIMEDOUT), "the answer is errno.ECONNREFUSED"),
    ],
)
def test_connects_not_finished(
    answer: Callable[[socket.socket], Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer is waits_to_read:
        monkeypatch.setattr("helpers.lessons.lifecycle.check.PATIENCE", 0.5)
    checked = check("11.4", answer)
    assert checked.status == "wrong" and sentence in checked.text
