from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.lab import Host, Wire, experiment
from helpers.study import check
from tests.lab.conftest import SERVER
from tests.lessons.solved import solutions

SOLVED = solutions("12_three_way_handshake")


@pytest.mark.parametrize(
    ("number", "name"),
    [("12.1", "three_segments"), ("12.2", "server_repeats"), ("12.3", "half_open"), ("12.4", "syn_times")],
)
def test_the_solution_passes(needs_lab: None, number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            lambda j, k: [("SYN", j, None), ("SYN ACK", k, j), ("ACK", j, k)],
            "segment 2 has another acknowledgement number",
        ),
        (
            lambda j, k: [("SYN", j, None), ("SYN ACK", k, j + 1), ("ACK", j, k + 1)],
            "segment 3 has another sequence number",
        ),
        (
            lambda j, k: [("SYN", j, None), ("SYN ACK", k, j + 1), ("ACK", j + 1, k + 1)],
            "does not fit into 32 bits",
        ),
        (
            lambda j, k: [("SYN", j, None), ("ACK", k, j + 1), ("ACK", j + 1, k + 1)],
            "segment 2 has other flags",
        ),
        (
            lambda j, k: [("SYN", j, 0), ("SYN ACK", k, j + 1), ("ACK", j + 1, k + 1)],
            "segment 1 has another acknowledgement number",
        ),
        (lambda j, k: [("SYN", j), ("SYN ACK", k), ("ACK", j + 1)], "must be a tuple (flags, seq, ack)"),
        (lambda j, k: [("SYN", j, None), ("SYN ACK", k, j + 1)], "a list of three tuples"),
        (lambda j, k: print(), "you returned None"),
    ],
)
def test_wrong_numbers(answer: Callable[[int, int], Any], sentence: str) -> None:
    checked = check("12.1", answer)
    assert checked.status == "wrong" and sentence in checked.text


def test_flags_may_be_written_with_a_plus() -> None:
    def answer(j: int, k: int) -> list[tuple[str, int, int | None]]:
        return [(flags.replace(" ", "+"), seq, ack) for flags, seq, ack in SOLVED["three_segments"](j, k)]

    assert check("12.1", answer).status == "passed"


def listening(server: Host) -> Any:
    listener = server.socket()
    listener.bind(SERVER)
    listener.listen()
    return listener


def calling(client: Host) -> Any:
    caller = client.socket()
    caller.setblocking(False)
    caller.connect_ex(SERVER)
    return caller


@experiment
def loses_nothing(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    client.socket().connect(SERVER)
    server.wait_for_state("ESTABLISHED")


@experiment
def nobody_listens(client: Host, server: Host, wire: Wire) -> None:
    calling(client)
    wire.wait_for("RST ACK")


@experiment
def loses_the_syn(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.drop("SYN", nth=1):
        client.socket().connect(SERVER)
    server.wait_for_state("ESTABLISHED")


@experiment
def loses_the_syn_ack(client: Host, server: Host, wire: Wire) -> None:
    """The client closes before its own timer can ring, so that it sends one SYN only."""
    listening(server)
    with wire.drop("SYN ACK", nth=1) as lost:
        caller = calling(client)
        lost.wait()
        caller.close()


@experiment
def has_the_wire_copy(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.duplicate("SYN ACK", nth=1):
        client.socket().connect(SERVER)
    server.wait_for_state("ESTABLISHED")


@experiment
def loses_every_ack(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.drop("ACK", sender="client"):
        client.socket().connect(SERVER)
        wire.wait_for("ACK", sender="client", nth=2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (loses_nothing, "lose or hold that answer"),
        (nobody_listens, "The server sent no SYN ACK"),
        (loses_the_syn, "The client sent its SYN 2 times"),
        (loses_the_syn_ack, "The client should get the first SYN ACK"),
        (has_the_wire_copy, "The wire made that copy"),
        (loses_every_ack, "The server is not ESTABLISHED yet"),
        (lambda client, server, wire: None, "Keep the line @experiment"),
    ],
)
def test_syn_acks_not_repeated_by_the_server(needs_lab: None, answer: Any, sentence: str) -> None:
    checked = check("12.2", answer)
    assert checked.status == "wrong" and sentence in checked.text


@experiment
def looks_before_anybody_listens(client: Host, server: Host, wire: Wire) -> None:
    wire.mark("look")


@experiment
def holds_the_syn(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.hold("SYN", nth=1) as held:
        caller = calling(client)
        held.wait()
        caller.close()
        wire.mark("look")


@experiment
def leaves_the_client_waiting(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.hold("SYN ACK", nth=1) as held:
        calling(client)
        held.wait()
        wire.mark("look")


@experiment
def holds_the_third(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.hold("ACK", sender="client", nth=1) as held:
        calling(client)
        held.wait()
        wire.mark("look")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (loses_nothing, 'Set wire.mark("look")'),
        (looks_before_anybody_listens, "the server has no socket"),
        (holds_the_syn, "the server is in LISTEN, not in SYN-RECEIVED"),
        (leaves_the_client_waiting, "the client still waits in SYN-SENT"),
        (holds_the_third, "the client is in ESTABLISHED"),
    ],
)
def test_handshakes_that_are_not_half_open(needs_lab: None, answer: Any, sentence: str) -> None:
    checked = check("12.3", answer)
    assert checked.status == "wrong" and sentence in checked.text


def times(copies: int, linear: int) -> list[int]:
    return [int(time) for time in SOLVED["syn_times"](copies, linear)]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda copies, linear: [2**n for n in range(copies)], "are the waits from one to the next"),
        (lambda copies, linear: [0, *times(copies - 1, linear)], "The waits begin with 1 s"),
        (lambda copies, linear: [0, *times(copies, linear)], "The first SYN is no copy"),
        (lambda copies, linear: times(copies, 0), "then double"),
        (lambda copies, linear: times(copies, max(0, linear - 1)), "one timeout too early"),
        (lambda copies, linear: list(range(1, copies + 1)), "The waits begin with 1 s"),
        (lambda copies, linear: 7, "must return a list of seconds"),
    ],
)
def test_wrong_times(answer: Callable[[int, int], Any], sentence: str) -> None:
    checked = check("12.4", answer)
    assert checked.status == "wrong" and sentence in checked.text


def test_the_times_are_those_of_this_kernel(needs_lab: None) -> None:
    """What the exercise asks for is what a kernel does, by its own setting."""

    @experiment
    def three_lost(client: Host, server: Host, wire: Wire) -> None:
        client.run(["sh", "-c", "cat /proc/sys/net/ipv4/tcp_syn_linear_timeouts 2>/dev/null || echo 0"])
        listening(server)
        with wire.drop("SYN", nth=(1, 2, 3)):
            client.socket().connect(SERVER)

    trace = three_lost.run()
    sent = [frame.sent / 1e9 for frame, segment in trace.segments() if segment.flags == "SYN"]
    measured = [time - sent[0] for time in sent[1:]]
    assert measured == pytest.approx(times(3, int(trace.call("run").result)), abs=0.5)


def test_where_the_lab_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "helpers.study.live.why_unavailable"
    monkeypatch.setattr(name, lambda: "hosts are refused in this test")
    checked = check("12.2", loses_nothing)
    assert checked.status == "unavailable" and "hosts are refused in this test" in checked.text
