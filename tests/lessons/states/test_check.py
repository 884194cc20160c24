from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from helpers.lab import session as session_module
from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("13_eleven_states")
ANSWERS = {"13.1": "state_in", "13.2": "in_close_wait", "13.3": "in_last_ack"}


@pytest.mark.parametrize("number", ANSWERS)
def test_the_solution_passes(number: str) -> None:
    card = check(number, SOLVED[ANSWERS[number]])
    assert card.status == "passed", card


def test_the_solution_in_the_lab_passes(needs_lab: None) -> None:
    card = check("13.4", SOLVED["moves"])
    assert card.status == "passed" and "models" not in card.text, card


def test_where_hosts_are_refused_models_play_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "why_unavailable", lambda: "not here")
    card = check("13.4", SOLVED["moves"])
    assert card.status == "passed" and "Played by two models of TCP" in card.text


@pytest.mark.parametrize("number", [*ANSWERS, "13.4"])
def test_the_stub_is_untried(number: str) -> None:
    def stub(*_: Any) -> Any: ...

    assert check(number, [...] if number == "13.4" else stub).status == "untried"


def refused(number: str, answer: Any) -> str:
    card = check(number, answer)
    assert card.status in ("wrong", "failed"), card
    return card.text


def from_zero(line: str) -> str:
    return SOLVED["STATES"][int(line.split()[3], 16) % 11]


def decimal(line: str) -> str:
    return SOLVED["STATES"][int(line.split()[3]) - 1]


def kernels_name(line: str) -> str:
    name = SOLVED["state_in"](line)
    return {"SYN-RECEIVED": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT1"}.get(name, name)


def kernels_close(line: str) -> str:
    return SOLVED["state_in"](line).removesuffix("D") if line.split()[3] == "07" else SOLVED["state_in"](line)


def underscores(line: str) -> str:
    return SOLVED["state_in"](line).replace("-", "_")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (from_zero, "The state 01 is ESTABLISHED"),
        (decimal, "your code raised ValueError"),
        (kernels_name, "'SYN_RECV' is the kernel's way to write it; RFC 9293 calls it SYN-RECEIVED"),
        (underscores, "'SYN_SENT' is the kernel's way to write it"),
        (lambda line: int(line.split()[3], 16), "Return the state's name"),
        (lambda line: "LISTEN", "The state 01 is ESTABLISHED; you returned 'LISTEN'"),
        (lambda line: "FIN_WAIT1", "The state 01 is ESTABLISHED; you returned 'FIN_WAIT1'"),
        (lambda line: SOLVED["state_in"](line).lower(), "The state 01 is ESTABLISHED; you returned 'established'"),
        (kernels_close, "'CLOSE' is the kernel's way to write it; RFC 9293 calls it CLOSED"),
    ],
)
def test_other_readings_of_a_line_are_refused(answer: Any, sentence: str) -> None:
    if answer is decimal:  # a test's function is not the reader's: its error has no line of theirs
        sentence = "ValueError"
    assert sentence in refused("13.1", answer)


def established() -> list[socket.socket]:
    return list(SOLVED["pair"]())


def closes_itself() -> list[socket.socket]:
    ours, theirs = SOLVED["pair"]()
    ours.shutdown(socket.SHUT_WR)
    return [ours, theirs]


def is_closed() -> socket.socket:
    ours, theirs = SOLVED["pair"]()
    theirs.close()
    ours.close()
    return ours


def shut_both_ways() -> list[socket.socket]:
    ours, theirs = SOLVED["pair"]()
    theirs.shutdown(socket.SHUT_WR)
    SOLVED["wait_for"](ours, "CLOSE-WAIT")
    ours.shutdown(socket.SHUT_WR)
    SOLVED["wait_for"](ours, "CLOSED")
    return [ours, theirs]


def a_datagram_socket() -> socket.socket:
    made = socket.socket(type=socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def listening() -> list[socket.socket]:
    return [socket.create_server(("127.0.0.1", 0))]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.states.check.PATIENCE", 0.3)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (established, "Your socket is ESTABLISHED: nobody has closed the other end"),
        (closes_itself, "it has closed itself. Who must close?"),
        (is_closed, "The first socket is closed"),
        (listening, "Your socket is in LISTEN: it is the listener"),
        (a_datagram_socket, "is no TCP socket"),
        (lambda: list(socket.socketpair()), "is no TCP socket"),
        (socket.socket, "Your socket is in CLOSED. Connect it"),
        (lambda: None, "Return the socket"),
        (list, "Return the socket"),
    ],
)
def test_other_states_than_close_wait_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("13.2", answer)


def fin_behind_data() -> list[socket.socket]:
    """It closes first."""
    ours, theirs = SOLVED["pair"]()
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            ours.send(bytes(65536))
    ours.shutdown(socket.SHUT_WR)
    return [ours, theirs]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (SOLVED["in_close_wait"], "Your socket is in CLOSE-WAIT: it has not closed its own direction"),
        (shut_both_ways, "Your socket is CLOSED: its FIN was acknowledged at once"),
        (fin_behind_data, "Your socket is in FIN-WAIT-1: it closed first"),
        (established, "Your socket is in ESTABLISHED. The other side must close first"),
    ],
)
def test_other_states_than_last_ack_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("13.3", answer)


CONNECTED = ["B listen", "A connect", "deliver", "deliver", "deliver"]


@pytest.mark.parametrize(
    ("moves", "sentence"),
    [
        (["B listen", "A connect"], "There was no connection yet (A is in SYN-SENT, B is in LISTEN)"),
        (CONNECTED, "Nobody has closed"),
        ([*CONNECTED, "A close", "deliver", "B close"], "Both must close before either's FIN is delivered"),
        ([*CONNECTED, "A close", "B close"], "then deliver one of them"),
        ([], "The list is empty"),
        (["A jump"], "A move could not be made: there is no move 'A jump'"),
        ("B listen", "Write a list of moves"),
        ([1, 2], "Write a list of moves"),
    ],
)
def test_other_games_are_refused(needs_lab: None, moves: Sequence[Any], sentence: str) -> None:
    assert sentence in refused("13.4", moves)
