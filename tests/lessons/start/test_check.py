from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from helpers.lab import Host, Wire, experiment
from helpers.study import check
from tests.lab.conftest import SERVER
from tests.lessons.solved import solutions

SOLVED = solutions("00_start_here")


@pytest.mark.parametrize(
    ("number", "name"), [("00.1", "port_of"), ("00.2", "find_closed_port"), ("00.3", "lose_the_message")]
)
def test_the_solution_passes(needs_lab: None, number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


def closes(listener: socket.socket) -> int:
    port = listener.getsockname()[1]
    listener.close()
    return int(port)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda listener: 80, "Each listener has its own"),
        (lambda listener: 0, "Ask the socket what the kernel chose"),
        (lambda listener: listener.getsockname(), "the port is one part of it"),
        (lambda listener: str(listener.getsockname()[1]), "A port is a whole number"),
        (lambda listener: print(), "you returned None"),
        (closes, "closed the listener"),
    ],
)
def test_wrong_ports(answer: Callable[[socket.socket], Any], sentence: str) -> None:
    checked = check("00.1", answer)
    assert checked.status == "wrong" and sentence in checked.text


def test_a_port_that_somebody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        checked = check("00.2", lambda: listener.getsockname()[1])
    assert checked.status == "wrong" and "somebody listens there" in checked.text


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda: 70_000, "Ports go from 1 to 65535"),
        (lambda: 0, "Ports go from 1"),
        (lambda: "81", "A port is a whole number"),
    ],
)
def test_what_is_no_port(answer: Callable[[], Any], sentence: str) -> None:
    checked = check("00.2", answer)
    assert checked.status == "wrong" and sentence in checked.text


def connected(client: Host, server: Host) -> tuple[Any, Any]:
    listener = server.socket()
    listener.bind(SERVER)
    listener.listen()
    caller = client.socket()
    caller.connect(SERVER)
    return caller, listener


@experiment
def sends_nothing(client: Host, server: Host, wire: Wire) -> None:
    connected(client, server)


@experiment
def loses_nothing(client: Host, server: Host, wire: Wire) -> None:
    caller, listener = connected(client, server)
    caller.sendall(b"hello")
    listener.accept()[0].recv(100)


@experiment
def loses_the_syn(client: Host, server: Host, wire: Wire) -> None:
    with wire.drop("SYN", nth=1):
        caller, listener = connected(client, server)
    caller.sendall(b"hello")
    listener.accept()[0].recv(100)


@experiment
def never_reads(client: Host, server: Host, wire: Wire) -> None:
    caller, _ = connected(client, server)
    with wire.drop(payload=True, nth=1):
        caller.sendall(b"hello")


@experiment(limit=0.3)
def waits_for_ever(client: Host, server: Host, wire: Wire) -> None:
    connected(client, server)[0].recv(100)


def test_a_message_that_is_waited_for_in_vain(needs_lab: None) -> None:
    checked = check("00.3", waits_for_ever)
    assert checked.status == "failed"
    assert checked.text.endswith("not yet. the experiment was ended after 0.3 s: client: recv(100) still waits.")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (sends_nothing, "No data crossed the wire"),
        (loses_nothing, "Nothing with data was lost"),
        (loses_the_syn, "You lost SYN, which carries no data"),
        (never_reads, "The server has not received the message"),
        (lambda client, server, wire: None, "Keep the line @experiment"),
    ],
)
def test_messages_not_lost_or_not_received(needs_lab: None, answer: Any, sentence: str) -> None:
    checked = check("00.3", answer)
    assert checked.status == "wrong" and sentence in checked.text


def test_where_the_lab_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "helpers.study.live.why_unavailable", lambda: "hosts are refused in this test"
    )
    checked = check("00.3", loses_nothing)
    assert checked.status == "unavailable" and "hosts are refused in this test" in checked.text
