"""Checkers of notebook 12."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from helpers.fields.segment import SEQUENCE_SPACE, flag_set
from helpers.lab import Experiment
from helpers.study.checking import Wrong, exercise
from helpers.study.live import live_trace
from helpers.trace import Frame, Trace, connection_states

Three = Sequence[tuple[str, int, int | None]]


@exercise("12.1", "the three segments, by their numbers")
def numbers_of_a_handshake(three_segments: Callable[[int, int], Three]) -> str:
    """Flags and both numbers of each segment; numbers wrap around at 32 bits (RFC 9293, section 3.4)."""
    for j, k in ((100, 300), (5000, 7), (SEQUENCE_SPACE - 1, 300), (100, SEQUENCE_SPACE - 1)):
        answer = three_segments(j, k)
        expected = (
            (flag_set("SYN"), j, None),
            (flag_set("SYN ACK"), k, _after(j)),
            (flag_set("ACK"), _after(j), _after(k)),
        )
        if not isinstance(answer, Sequence) or len(answer) != len(expected):
            raise Wrong(f"Return a list of three tuples (flags, seq, ack); you returned {answer!r}.")
        for number, (given, wanted) in enumerate(zip(answer, expected, strict=True), 1):
            _compare_segment(f"j={j}, k={k}: segment {number}", given, wanted)
    return "Each side acknowledges the other's SYN by the number after it, and after 2³² − 1 that is 0."


@exercise("12.2", "a SYN ACK that the server repeats")
def repeated_syn_ack(server_repeats: Experiment) -> str:
    """One SYN, two SYN ACKs of the server that both arrive, and a server that is ESTABLISHED in the end."""
    trace = live_trace(server_repeats)
    syns, syn_acks = _carrying(trace, "SYN"), _carrying(trace, "SYN ACK")
    if not syn_acks:
        raise Wrong("The server sent no SYN ACK: have it listen, and connect() to it.")
    if len(syns) > 1:
        raise Wrong(
            f"The client sent its SYN {len(syns)} times, so it missed an answer. Leave SYN and SYN ACK "
            "alone: which segment does the server wait for?"
        )
    if syn_acks[0].lost:
        raise Wrong("The client should get the first SYN ACK. Which segment does the server wait for?")
    if len(syn_acks) == 1 and len(syn_acks[0].arrivals) > 1:
        raise Wrong(
            "The wire made that copy; the server sent one SYN ACK. Lose the answer that it waits for."
        )
    if len(syn_acks) == 1:
        raise Wrong(
            "The server sent its SYN ACK once. It repeats it after about 1 s without an answer: lose or hold "
            'that answer, and wait with server.wait_for_state("ESTABLISHED").'
        )
    if connection_states(trace.table("server")) != {"ESTABLISHED"}:
        raise Wrong('The server is not ESTABLISHED yet: wait, server.wait_for_state("ESTABLISHED").')
    return "The server missed the third segment, and the client did not know."


@exercise("12.3", "half of a handshake")
def half_of_a_handshake(half_open: Experiment) -> str:
    """At the mark "look" the server's kernel is in SYN-RECEIVED, and the client's has no connection."""
    trace = live_trace(half_open)
    if "look" not in [mark.label for mark in trace.marks]:
        raise Wrong('Set wire.mark("look") at the moment at which to look.')
    server, client = (connection_states(trace.table(host, "look")) for host in ("server", "client"))
    if server == {"CLOSED"}:
        raise Wrong('At "look" the server has no socket: have it listen first.')
    if "SYN-RECEIVED" not in server:
        raise Wrong(
            f'At "look" the server is in {_list(server)}, not in SYN-RECEIVED: a SYN must have arrived (wait '
            "for the SYN ACK), and nothing after it."
        )
    if client == {"SYN-SENT"}:
        raise Wrong('At "look" the client still waits in SYN-SENT. Which call makes a kernel forget that?')
    if client != {"CLOSED"}:
        raise Wrong(
            f'At "look" the client is in {_list(client)}: it got the SYN ACK. Hold that on the wire, and '
            "have the client forget the connection meanwhile."
        )
    return "The server keeps a request socket and repeats its SYN ACK, for a caller that is gone."


@exercise("12.4", "when a SYN is repeated")
def times_of_the_copies(syn_times: Callable[[int, int], Sequence[float]]) -> str:
    """A wait of 1 s, doubled by each timeout after the first `linear` ones (RFC 6298, rule 5.5)."""
    for copies, linear in ((1, 0), (3, 0), (3, 4), (6, 4), (7, 2)):
        answer = syn_times(copies, linear)
        expected = _syn_times(copies, linear)
        asked = f"syn_times({copies}, {linear})"
        if not isinstance(answer, Sequence):
            raise Wrong(f"{asked} must return a list of seconds; you returned {answer!r}.")
        given = list(answer)
        if given == expected:
            continue
        if len(given) != copies:
            raise Wrong(f"{asked} must return {copies} times, not {given}. The first SYN is no copy.")
        if given == [after - before for before, after in pairwise([0, *expected])]:
            raise Wrong(f"{asked}: {given} are the waits from one to the next. Add them up.")
        if linear and given == _syn_times(copies, linear - 1):
            raise Wrong(
                f"{asked}: you returned {given}, which doubles one timeout too early. The first wait is 1 s, "
                f"and then {linear} timeouts leave it so."
            )
        raise Wrong(
            f"{asked}: you returned {given}. The waits begin with 1 s, stay so for {linear} timeouts, "
            "then double."
        )
    return "The first copy comes after 1 s by every rule; only the later ones tell the rules apart."


def _compare_segment(where: str, given: Any, wanted: tuple[frozenset[str], int, int | None]) -> None:
    """Raises Wrong, naming the first field of a segment that differs."""
    if not isinstance(given, tuple | list) or len(given) != len(wanted):
        raise Wrong(f"{where} must be a tuple (flags, seq, ack); yours is {given!r}.")
    flags, seq, ack = wanted
    words = given[0].upper().replace("+", " ").replace(",", " ") if isinstance(given[0], str) else ""
    if frozenset(words.split()) != flags:
        raise Wrong(f"{where} has other flags than {given[0]!r}.")
    for name, mine, right in (("sequence", given[1], seq), ("acknowledgement", given[2], ack)):
        if mine == right:
            continue
        if isinstance(mine, int) and mine % SEQUENCE_SPACE == right:
            raise Wrong(
                f"{where}: the {name} number {mine} does not fit into 32 bits. What follows 2**32 - 1?"
            )
        raise Wrong(f"{where} has another {name} number than {mine!r}.")


def _after(number: int) -> int:
    return (number + 1) % SEQUENCE_SPACE


def _syn_times(copies: int, linear: int) -> list[int]:
    times, wait = [1], 1
    for timeout in range(1, copies):
        wait *= 1 if timeout <= linear else 2
        times.append(times[-1] + wait)
    return times


def _carrying(trace: Trace, flags: str) -> list[Frame]:
    """The frames whose segment has exactly these flags."""
    return [frame for frame, segment in trace.segments() if segment.has == flag_set(flags)]


def _list(states: set[str]) -> str:
    return " and ".join(sorted(states))
