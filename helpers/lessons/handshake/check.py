"""Checkers of notebook 12: what a function says of a handshake, and what an experiment made two kernels do.

Of an experiment only the trace counts: who sent what, what arrived, and the kernels' tables. What the wire has injected
is nobody's segment, so no copy of the wire's passes for a kernel's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from helpers.fields.segment import SEQUENCE_SPACE, flag_set
from helpers.lab import Experiment
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.live import live_trace
from helpers.trace import Frame, Trace, connection_states

LAST = SEQUENCE_SPACE - 1


@exercise("12.1", "the three segments, by their numbers")
def numbers_of_a_handshake(three_segments: Callable[[int, int], Iterable[Any]]) -> str:
    """Flags and both numbers of each segment; numbers wrap around at 32 bits (RFC 9293, section 3.4)."""
    for j, k in ((100, 300), (5000, 7), (LAST, 300), (100, LAST)):
        after_j, after_k = (j + 1) % SEQUENCE_SPACE, (k + 1) % SEQUENCE_SPACE
        wanted = [("SYN", j, None), ("SYN ACK", k, after_j), ("ACK", after_j, after_k)]
        given = [_with_spaces(segment) for segment in _listed(three_segments(j, k), len(wanted))]
        hint = "Numbers have 32 bits: after 2**32 - 1 comes 0." if LAST in (j, k) else ""
        expect(given, wanted, f"for j={j}, k={k}", hint)
    return "Each side acknowledges the other's SYN by the number after it, and after 2³² − 1 that is 0."


@exercise("12.2", "a SYN ACK that the server repeats")
def repeated_syn_ack(server_repeats: Experiment) -> str:
    """One SYN of the client, a SYN ACK that the server repeats though it arrived, a server that is ESTABLISHED."""
    trace = live_trace(server_repeats)
    syns, syn_acks = _sent(trace, "client", "SYN"), _sent(trace, "server", "SYN ACK")
    if len(syns) != 1:
        hint = " A kernel repeats a SYN whose answer does not come." if syns else ""
        raise Wrong(f"The client must send one SYN; here it sent {len(syns)}.{hint}")
    if len(syn_acks) < 2:
        raise Wrong(
            f"The server must send its SYN ACK twice; here it sent {len(syn_acks)}, and copies made by the wire do not "
            "count. A kernel repeats what is not answered: which segment does the server wait for?"
        )
    if not syn_acks[0].arrivals or syn_acks[0].arrivals[0] > syn_acks[1].sent:
        raise Wrong("The client must get the first SYN ACK; here it had not when the server sent the second.")
    states = connection_states(trace.table("server"))
    if states != {"ESTABLISHED"}:
        raise Wrong(f"In the end the server must be ESTABLISHED; it is in {_list(states)}. Wait for that state.")
    return f"The server sent its SYN ACK {len(syn_acks)} times, and the client had the first when the second was sent."


@exercise("12.3", "half of a handshake")
def half_of_a_handshake(half_open: Experiment) -> str:
    """At the mark "look" the server's kernel is in SYN-RECEIVED, and the client's has no connection."""
    trace = live_trace(half_open)
    if "look" not in [mark.label for mark in trace.marks]:
        raise Wrong('Set wire.mark("look") at the moment at which to look.')
    server, client = (connection_states(trace.table(host, "look")) for host in ("server", "client"))
    if "SYN-RECEIVED" not in server:
        raise Wrong(f'At "look" the server must be in SYN-RECEIVED; it is in {_list(server)}.')
    if client - {"CLOSED", "LISTEN"}:
        hint = " Which call makes a kernel forget that?" if client == {"SYN-SENT"} else ""
        raise Wrong(f'At "look" the client must have no connection; it has one in {_list(client)}.{hint}')
    return 'At "look" the server waits in SYN-RECEIVED for a client whose kernel knows nothing of it.'


@exercise("12.4", "when a SYN is repeated")
def times_of_the_copies(syn_times: Callable[[int, int], Iterable[float]]) -> str:
    """A wait of 1 s, doubled by each timeout after the first `linear` ones (RFC 6298, rule 5.5)."""
    for copies, linear in ((1, 0), (3, 0), (3, 4), (6, 4), (7, 2)):
        waits = [2 ** max(0, copy - linear) for copy in range(copies)]
        hint = f"The waits are {waits}: from the first SYN to the first copy, and from copy to copy."
        expect(
            _listed(syn_times(copies, linear), copies),
            [*itertools.accumulate(waits)],
            f"for {copies} copies, {linear=}",
            hint,
        )
    return "The first copy comes after 1 s by every rule; only the later ones tell the rules apart."


def _listed(answer: Iterable[Any], most: int) -> list[Any]:
    """What a reader's function returned as a list, of which one more than `most` would be too many."""
    try:
        return list(itertools.islice(answer, most + 1))
    except TypeError:
        raise Wrong(f"Return a list; you returned {answer!r}.") from None


def _with_spaces(segment: Any) -> Any:
    """A segment with its flags as this course writes them, "SYN ACK", however the reader joins them."""
    if not isinstance(segment, tuple | list) or len(segment) != 3:
        return segment
    words = re.findall("[A-Z]+", str(segment[0]).upper())
    flags = next((flags for flags in ("SYN", "SYN ACK", "ACK") if sorted(flags.split()) == sorted(words)), segment[0])
    return flags, *segment[1:]


def _sent(trace: Trace, host: str, flags: str) -> list[Frame]:
    """What a host's kernel has sent with exactly these flags."""
    wanted = flag_set(flags)
    return [frame for frame, segment in trace.segments() if frame.sender == host and segment.has == wanted]


def _list(states: set[str]) -> str:
    return " and ".join(sorted(states))
