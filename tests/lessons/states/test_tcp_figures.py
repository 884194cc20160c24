"""RFC 9293, figures 6 to 13, line by line as they are printed: two models, and a network that may keep segments.

Each line: the state of A after it, the arrow at A, the segment, the arrow at B, the state of B after it. "..." instead
of an arrow: the segment is still in the network, or comes out of it. Words in brackets are the RFC's comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from helpers.fields.segment import Segment
from helpers.fields.tcp_states import STATES
from helpers.lab.model.tcp_endpoint import Endpoint, Event, Settings

A, B = "10.0.0.1:1000", "10.0.0.2:2000"
LINE = re.compile(r"(\S*)\s*(-->|<--|\.\.\.)\s+(<\S+>)\s+(-->|<--|\.\.\.)\s*(\S*)")


def written(segment: Segment) -> str:
    """As the RFC writes it: flags without PSH, which the figures leave out."""
    flags = [flag for flag in ("SYN", "FIN", "RST", "ACK") if flag in segment.has]
    ack = "" if segment.ack is None else f"<ACK={segment.ack}>"
    data = f"<DATA={segment.length}>" if segment.payload else ""
    return f"<SEQ={segment.seq}>{ack}{data}<CTL={','.join(flags)}>"


def parsed(text: str, source: str, destination: str) -> Segment:
    """A segment that nobody sends now: an old duplicate."""
    seq = re.search(r"SEQ=(\d+)", text)
    control = re.search(r"CTL=([A-Z,]+)", text)
    assert seq and control
    return Segment(source, destination, control[1].replace(",", " "), int(seq[1]), None, 1000, (), b"")


class Stage:
    """Both ends, and what is on its way."""

    def __init__(self, a: Endpoint, b: Endpoint) -> None:
        self.a, self.b = a, b
        self.on_the_way: list[Segment] = []

    def line(self, text: str) -> None:
        """Play one line, and compare it."""
        match = LINE.fullmatch(text.strip())
        assert match, text
        left, near_a, segment, near_b, right = match.groups()
        rightwards = "-->" in (near_a, near_b)
        sender, receiver = (self.a, self.b) if rightwards else (self.b, self.a)
        departs, arrives = (near_a, near_b) if rightwards else (near_b, near_a)
        if departs != "...":
            self.on_the_way += sender.segments_to_send()
            assert segment in map(written, self.on_the_way), (segment, [*map(written, self.on_the_way)])
        if arrives != "...":
            receiver.segment_arrives(self.taken(segment, sender.local, receiver.local))
        for end, state in ((self.a, left), (self.b, right)):
            if state in STATES:
                assert end.state == state, (text, self.a.state, self.b.state)

    def taken(self, text: str, source: str, destination: str) -> Segment:
        for segment in self.on_the_way:
            if written(segment) == text and segment.source == source:
                self.on_the_way.remove(segment)
                return segment
        return parsed(text, source, destination)


def played(a: Endpoint, b: Endpoint, *steps: str | Callable[[], object]) -> list[str]:
    """Play lines and calls of the users in turn; returns the segments that were sent and are in no line."""
    stage = Stage(a, b)
    for step in steps:
        if isinstance(step, str):
            stage.line(step)
        else:
            step()
    return [*map(written, [*stage.on_the_way, *a.segments_to_send(), *b.segments_to_send()])]


def listening(local: str, *initial: int) -> Endpoint:
    end = Endpoint(local, initial)
    end.open_passive()
    return end


def connected(next_of_a: int, next_of_b: int) -> tuple[Endpoint, Endpoint]:
    """An open connection: A will send the first number next, B the second."""
    a, b = Endpoint(A, [next_of_a - 1]), listening(B, next_of_b - 1)
    a.open_active(B)
    for _ in range(3):
        for sender, receiver in ((a, b), (b, a)):
            for segment in sender.segments_to_send():
                receiver.segment_arrives(segment)
    assert (a.state, b.state) == ("ESTABLISHED", "ESTABLISHED")
    return a, b


def test_figure_6_basic_three_way_handshake() -> None:
    a, b = Endpoint(A, [100]), listening(B, 300)
    left = played(
        a, b, lambda: a.open_active(B),
        "SYN-SENT    --> <SEQ=100><CTL=SYN>               --> SYN-RECEIVED",
        "ESTABLISHED <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED",
        "ESTABLISHED --> <SEQ=101><ACK=301><CTL=ACK>      --> ESTABLISHED",
        lambda: a.send(b"data"),
        "ESTABLISHED --> <SEQ=101><ACK=301><DATA=4><CTL=ACK> --> ESTABLISHED",
        "ESTABLISHED <-- <SEQ=301><ACK=105><CTL=ACK>      <-- ESTABLISHED",  # beyond the figure: B acknowledges
    )  # fmt: skip
    assert left == []
    assert b.receive() == b"data"


def test_figure_7_simultaneous_open() -> None:
    a, b = Endpoint(A, [100]), Endpoint(B, [300])
    left = played(
        a, b, lambda: a.open_active(B),
        "SYN-SENT     --> <SEQ=100><CTL=SYN>              ...",
        lambda: b.open_active(A),
        "SYN-RECEIVED <-- <SEQ=300><CTL=SYN>              <-- SYN-SENT",
        "             ... <SEQ=100><CTL=SYN>              --> SYN-RECEIVED",
        "SYN-RECEIVED --> <SEQ=100><ACK=301><CTL=SYN,ACK> ...",
        "ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK> <-- SYN-RECEIVED",
        "             ... <SEQ=100><ACK=301><CTL=SYN,ACK> --> ESTABLISHED",
    )  # fmt: skip
    assert left == []


def test_figure_8_old_duplicate_syn() -> None:
    a, b = Endpoint(A, [100]), listening(B, 300, 400)
    left = played(
        a, b, lambda: a.open_active(B),
        "SYN-SENT    --> <SEQ=100><CTL=SYN>               ...",
        "(duplicate) ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED",
        "SYN-SENT    <-- <SEQ=300><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED",
        "SYN-SENT    --> <SEQ=91><CTL=RST>                --> LISTEN",
        "            ... <SEQ=100><CTL=SYN>               --> SYN-RECEIVED",
        "ESTABLISHED <-- <SEQ=400><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED",
        "ESTABLISHED --> <SEQ=101><ACK=401><CTL=ACK>      --> ESTABLISHED",
    )  # fmt: skip
    assert left == []


def test_figure_9_half_open_discovered_by_a_new_syn() -> None:
    _, b = connected(100, 300)
    a = Endpoint(A, [400])  # the reboot
    left = played(
        a, b, lambda: a.open_active(B),
        "SYN-SENT --> <SEQ=400><CTL=SYN>              --> (??)",
        "(!!)     <-- <SEQ=300><ACK=100><CTL=ACK>     <-- ESTABLISHED",
        "SYN-SENT --> <SEQ=100><CTL=RST>              --> CLOSED",
        lambda: a.time_passes(1),
        b.open_passive,  # so that line 7 has someone to come to
        "SYN-SENT --> <SEQ=400><CTL=SYN>              --> SYN-RECEIVED",
    )  # fmt: skip
    assert len(left) == 1 and left[0].endswith("<ACK=401><CTL=SYN,ACK>")
    assert b.new_events()[-1] is Event.RESET


def test_figure_10_half_open_discovered_by_data() -> None:
    _, b = connected(100, 300)
    a = Endpoint(A)  # the reboot
    left = played(
        a, b, lambda: b.send(bytes(10)),
        "(??)    <-- <SEQ=300><ACK=100><DATA=10><CTL=ACK> <-- ESTABLISHED",
        "CLOSED  --> <SEQ=100><CTL=RST>                   --> CLOSED",
    )  # fmt: skip
    assert left == []
    assert b.failure == "connection reset"


def test_figure_11_old_duplicate_syn_at_two_listeners() -> None:
    a, b = listening(A), listening(B, 700)
    left = played(
        a, b,
        "LISTEN ... <SEQ=90><CTL=SYN>                --> SYN-RECEIVED",
        "LISTEN <-- <SEQ=700><ACK=91><CTL=SYN,ACK>   <-- SYN-RECEIVED",
        "LISTEN --> <SEQ=91><CTL=RST>                --> LISTEN",
    )  # fmt: skip
    assert left == []
    assert b.new_events() == []


def test_figure_12_normal_close() -> None:
    a, b = connected(100, 300)
    left = played(
        a, b, a.close,
        "FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSE-WAIT",
        "FIN-WAIT-2  <-- <SEQ=300><ACK=101><CTL=ACK>      <-- CLOSE-WAIT",
        b.close,
        "TIME-WAIT   <-- <SEQ=300><ACK=101><CTL=FIN,ACK>  <-- LAST-ACK",
        "TIME-WAIT   --> <SEQ=101><ACK=301><CTL=ACK>      --> CLOSED",
    )  # fmt: skip
    assert left == []
    a.time_passes(2 * Settings().msl)
    assert a.state == "CLOSED"


def test_figure_13_simultaneous_close() -> None:
    a, b = connected(100, 300)
    left = played(
        a, b, a.close, b.close,
        "FIN-WAIT-1  --> <SEQ=100><ACK=300><CTL=FIN,ACK>  ... FIN-WAIT-1",
        "CLOSING     <-- <SEQ=300><ACK=100><CTL=FIN,ACK>  <-- FIN-WAIT-1",
        "            ... <SEQ=100><ACK=300><CTL=FIN,ACK>  --> CLOSING",
        "CLOSING     --> <SEQ=101><ACK=301><CTL=ACK>      ... CLOSING",
        "TIME-WAIT   <-- <SEQ=301><ACK=101><CTL=ACK>      <-- CLOSING",
        "            ... <SEQ=101><ACK=301><CTL=ACK>      --> TIME-WAIT",
    )  # fmt: skip
    assert left == []
    for end in (a, b):
        end.time_passes(2 * Settings().msl)
        assert end.state == "CLOSED"
