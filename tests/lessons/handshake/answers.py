"""Answers to the exercises of notebook 12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scapy.layers.inet import IP, TCP

from helpers.lab import Host, Wire, experiment
from tests.lessons.table import Tried, solutions

SOLVED = solutions("12")
SERVER = ("10.0.0.2", 80)
solved = SOLVED["three_segments"]


def joined_by(joint: str) -> Any:
    return lambda j, k: [(flags.replace(" ", joint), seq, ack) for flags, seq, ack in solved(j, k)]


def one_by_one(j: int, k: int) -> Iterator[Any]:
    yield from map(list, solved(j, k))


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
def holds_the_syn_ack(client: Host, server: Host, wire: Wire) -> None:
    """The client's kernel gets no answer and repeats its SYN, too."""
    listening(server)
    with wire.hold("SYN ACK", nth=1):
        client.socket().connect(SERVER)
    server.wait_for_state("ESTABLISHED")


@experiment
def has_the_wire_copy(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.duplicate("SYN ACK", nth=1):
        client.socket().connect(SERVER)
    server.wait_for_state("ESTABLISHED")


@experiment
def injects_the_copy(client: Host, server: Host, wire: Wire) -> None:
    loses_nothing.function(client, server, wire)
    wire.inject(wire.wait_for("SYN ACK"))


@experiment
def loses_every_ack(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.drop("ACK", sender="client"):
        client.socket().connect(SERVER)
        wire.wait_for("ACK", sender="client", nth=2)


@experiment
def holds_the_third_segment(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.hold("ACK", sender="client", nth=1):
        calling(client)
        wire.wait_for("SYN ACK", nth=2)
    server.wait_for_state("ESTABLISHED")


@experiment
def injects_the_syn_again(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.hold("ACK", sender="client", nth=1):
        calling(client)
        wire.wait_for("SYN ACK")  # the client has it
        wire.inject(wire.wait_for("SYN"))
        wire.wait_for("SYN ACK", nth=2)
    server.wait_for_state("ESTABLISHED")


def looking(answer: str, close: bool = True) -> Any:
    """An experiment that holds a segment, and looks."""

    @experiment
    def holds(client: Host, server: Host, wire: Wire) -> None:
        listening(server)
        with wire.hold(answer, sender="client" if answer == "ACK" else None, nth=1) as held:
            caller = calling(client)
            held.wait()
            if close:
                caller.close()
            wire.mark("look")

    return holds


@experiment
def looks_before_anybody_listens(client: Host, server: Host, wire: Wire) -> None:
    wire.mark("look")


@experiment
def forges_the_syn(client: Host, server: Host, wire: Wire) -> None:
    """The answer of the client to the SYN ACK, a RST, is lost."""
    listening(server)
    with wire.drop("RST"):
        wire.inject(IP(src="10.0.0.1", dst=SERVER[0]) / TCP(sport=1000, dport=SERVER[1], flags="S"), to="server")
        wire.wait_for("SYN ACK")
        wire.mark("look")
        wire.wait_for("RST")


@experiment
def loses_its_memory(client: Host, server: Host, wire: Wire) -> None:
    listening(server)
    with wire.hold("SYN ACK", nth=1) as held:
        calling(client)
        held.wait()
        client.restart()
        wire.mark("look")


def times(copies: int, linear: int) -> list[int]:
    return list(SOLVED["syn_times"](copies, linear))


def in_one_line(copies: int, linear: int) -> list[float]:
    return [float(sum(2 ** max(0, n - linear) for n in range(copy))) for copy in range(1, copies + 1)]


def one_after_another(copies: int, linear: int) -> Iterator[int]:
    yield from times(copies, linear)


TRIED = [
    Tried("12.1", solved, "passed", "after 2³² − 1 that is 0"),
    Tried("12.1", joined_by("+"), "passed", ""),
    Tried("12.1", joined_by("-"), "passed", ""),
    Tried("12.1", joined_by("/"), "passed", ""),
    Tried("12.1", lambda j, k: [(set(flags.split()), *rest) for flags, *rest in solved(j, k)], "passed", ""),
    Tried("12.1", one_by_one, "passed", ""),
    Tried(
        "12.1", lambda j, k: [("SYN", j, None), ("SYN ACK", k, j), ("ACK", j, k)], "wrong",
        "For j=100, k=300: expected [('SYN', 100, None), ('SYN ACK', 300, 101), ('ACK', 101, 301)], got",
    ),
    Tried("12.1", lambda j, k: [("SYN", j, None), ("SYN ACK", k, j + 1), ("ACK", j, k + 1)], "wrong", "('ACK', 100,"),
    Tried(
        "12.1", lambda j, k: [("SYN", j, None), ("SYN ACK", k, j + 1), ("ACK", j + 1, k + 1)], "wrong",
        "Numbers have 32 bits",
    ),
    Tried("12.1", lambda j, k: [("SYN", j, None), ("ACK", k, j + 1), ("ACK", j + 1, k + 1)], "wrong", "('ACK', 300,"),
    Tried("12.1", lambda j, k: [("SYN", j, 0), *solved(j, k)[1:]], "wrong", "('SYN', 100, 0)"),
    Tried("12.1", lambda j, k: [("SYN", j), ("SYN ACK", k), ("ACK", j + 1)], "wrong", "got [('SYN', 100),"),
    Tried("12.1", lambda j, k: solved(j, k)[:2], "wrong", "expected [('SYN', 100, None)"),
    Tried("12.1", lambda j, k: [*solved(j, k), ("PSH ACK", j + 1, k + 1)], "wrong", "('PSH ACK', 101, 301)]"),
    Tried("12.1", lambda j, k: print(), "wrong", "you returned None"),
    Tried("12.2", SOLVED["server_repeats"], "passed", "The server sent its SYN ACK 2 times"),
    Tried("12.2", holds_the_third_segment, "passed", "the client had the first when the second was sent"),
    Tried("12.2", injects_the_syn_again, "passed", ""),
    Tried("12.2", loses_nothing, "wrong", "here it sent 1, and copies"),
    Tried("12.2", nobody_listens, "wrong", "here it sent 0"),
    Tried("12.2", loses_the_syn, "wrong", "The client must send one SYN; here it sent 2"),
    Tried("12.2", holds_the_syn_ack, "wrong", "The client must "),  # either kernel's timer may ring first
    Tried("12.2", has_the_wire_copy, "wrong", "copies made by the wire do not count"),
    Tried("12.2", injects_the_copy, "wrong", "copies made by the wire do not count"),
    Tried("12.2", loses_every_ack, "wrong", "must be ESTABLISHED; it is in SYN-RECEIVED"),
    Tried("12.2", lambda client, server, wire: None, "wrong", "Keep the line @experiment"),
    Tried("12.3", SOLVED["half_open"], "passed", "whose kernel knows nothing of it"),
    Tried("12.3", forges_the_syn, "passed", ""),
    Tried("12.3", loses_its_memory, "passed", ""),
    Tried("12.3", loses_nothing, "wrong", 'Set wire.mark("look")'),
    Tried("12.3", looks_before_anybody_listens, "wrong", "must be in SYN-RECEIVED; it is in CLOSED"),
    Tried("12.3", looking("SYN"), "wrong", "must be in SYN-RECEIVED; it is in LISTEN"),
    Tried("12.3", looking("SYN ACK", close=False), "wrong", "it has one in SYN-SENT. Which call"),
    Tried("12.3", looking("ACK", close=False), "wrong", "it has one in ESTABLISHED"),
    Tried("12.4", times, "passed", "only the later ones tell the rules apart"),
    Tried("12.4", in_one_line, "passed", ""),
    Tried("12.4", one_after_another, "passed", ""),
    Tried("12.4", lambda copies, linear: [2**n for n in range(copies)], "wrong", "expected [1, 3, 7], got [1, 2, 4]"),
    Tried("12.4", lambda copies, linear: [0, *times(copies - 1, linear)], "wrong", "expected [1], got [0"),
    Tried("12.4", lambda copies, linear: [0, *times(copies, linear)], "wrong", "expected [1], got [0, 1]"),
    Tried("12.4", lambda copies, linear: times(copies, 0), "wrong", "The waits are [1, 1, 1]: from"),
    Tried("12.4", lambda copies, linear: times(copies, max(0, linear - 1)), "wrong", "For 6 copies, linear=4: exp"),
    Tried("12.4", lambda copies, linear: times(copies, linear + 1), "wrong", "expected [1, 3, 7], got [1, 2, 4]"),
    Tried("12.4", lambda copies, linear: [*range(1, copies + 1)], "wrong", "expected [1, 3, 7], got [1, 2, 3]"),
    Tried("12.4", lambda copies, linear: 7, "wrong", "Return a list; you returned 7"),
]  # fmt: skip
