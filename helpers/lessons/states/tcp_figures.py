"""Figures 6 to 13 of RFC 9293 as data: what two ends of TCP, A and B, send each other, and their states after it.

Sequence numbers and states stand where the RFC prints them. A segment is written as everywhere in this course:
"SYN ACK seq=300 ack=101". Lines without a segment, which say how the ends begin and end, are left out, and so are
the figures' remarks (Close), (REBOOT) and (2 MSL).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

End = Literal["A", "B"]

HERE, LATER, OLD = "goes through", "still in the network", "comes out of the network"
"""What becomes of a segment in a line: it arrives at once; it leaves and does not arrive yet; it arrives late."""


@dataclass(frozen=True)
class Line:
    """One line of a figure: a segment, and the state of each end after it."""

    number: str
    """As the RFC counts it; "" where a line continues the one before."""
    a: str
    """The state of A, a remark of the RFC in brackets, or "" where it says nothing."""
    sender: End
    segment: str
    b: str
    way: str = HERE

    @property
    def departs(self) -> bool:
        """Whether the segment sets off in this line."""
        return self.way != OLD

    @property
    def arrives(self) -> bool:
        """Whether it arrives in this line."""
        return self.way != LATER


@dataclass(frozen=True)
class Figure:
    """One figure."""

    number: int
    title: str
    section: str
    """Of RFC 9293."""
    lines: tuple[Line, ...]
    initial: tuple[tuple[str, int | str], ...]
    """Who sends SYNs, in the order in which they are made, with the sequence number of each: "A", "B", or "wire" for an
    old one that comes out of the network. In figures that begin with a connection, those of its handshake are first.
    Where the RFC writes a letter, it is the letter.
    """


FIGURES = {
    figure.number: figure
    for figure in (
        Figure(
            6, "Basic three-way handshake for connection synchronization", "3.5",
            (
                Line("2", "SYN-SENT", "A", "SYN seq=100", "SYN-RECEIVED"),
                Line("3", "ESTABLISHED", "B", "SYN ACK seq=300 ack=101", "SYN-RECEIVED"),
                Line("4", "ESTABLISHED", "A", "ACK seq=101 ack=301", "ESTABLISHED"),
                Line("5", "ESTABLISHED", "A", "ACK seq=101 ack=301 + data", "ESTABLISHED"),
            ),
            (("A", 100), ("B", 300)),
        ),
        Figure(
            7, "Simultaneous connection synchronization", "3.5",
            (
                Line("2", "SYN-SENT", "A", "SYN seq=100", "", LATER),
                Line("3", "SYN-RECEIVED", "B", "SYN seq=300", "SYN-SENT"),
                Line("4", "", "A", "SYN seq=100", "SYN-RECEIVED", OLD),
                Line("5", "SYN-RECEIVED", "A", "SYN ACK seq=100 ack=301", "", LATER),
                Line("6", "ESTABLISHED", "B", "SYN ACK seq=300 ack=101", "SYN-RECEIVED"),
                Line("7", "", "A", "SYN ACK seq=100 ack=301", "ESTABLISHED", OLD),
            ),
            (("A", 100), ("B", 300)),
        ),
        Figure(
            8, "Recovery from old duplicate SYN", "3.5",
            (
                Line("2", "SYN-SENT", "A", "SYN seq=100", "", LATER),
                Line("3", "(duplicate)", "A", "SYN seq=90", "SYN-RECEIVED", OLD),
                Line("4", "SYN-SENT", "B", "SYN ACK seq=300 ack=91", "SYN-RECEIVED"),
                Line("5", "SYN-SENT", "A", "RST seq=91", "LISTEN"),
                Line("6", "", "A", "SYN seq=100", "SYN-RECEIVED", OLD),
                Line("7", "ESTABLISHED", "B", "SYN ACK seq=400 ack=101", "SYN-RECEIVED"),
                Line("8", "ESTABLISHED", "A", "ACK seq=101 ack=401", "ESTABLISHED"),
            ),
            (("A", 100), ("wire", 90), ("B", 300), ("B", 400)),
        ),
        Figure(
            9, "Half-open connection discovery", "3.5.1",
            (
                Line("3", "SYN-SENT", "A", "SYN seq=400", "(??)"),
                Line("4", "(!!)", "B", "ACK seq=300 ack=100", "ESTABLISHED"),
                Line("5", "SYN-SENT", "A", "RST seq=100", "(Abort!!)"),
                Line("7", "SYN-SENT", "A", "SYN seq=400", ""),
            ),
            (("A", 99), ("B", 299), ("A", 400)),
        ),
        Figure(
            10, "Active side causes half-open connection discovery", "3.5.1",
            (
                Line("2", "(??)", "B", "ACK seq=300 ack=100 + data", "ESTABLISHED"),
                Line("3", "", "A", "RST seq=100", "(ABORT!!)"),
            ),
            (("A", 99), ("B", 299)),
        ),
        Figure(
            11, "Old duplicate SYN initiates a reset on two passive sockets", "3.5.1",
            (
                Line("2", "", "A", "SYN seq=Z", "SYN-RECEIVED", OLD),
                Line("3", "(??)", "B", "SYN ACK seq=X ack=Z+1", "SYN-RECEIVED"),
                Line("4", "", "A", "RST seq=Z+1", "(return to LISTEN!)"),
            ),
            (("wire", "Z"), ("B", "X")),
        ),
        Figure(
            12, "Normal close sequence", "3.6",
            (
                Line("2", "FIN-WAIT-1", "A", "FIN ACK seq=100 ack=300", "CLOSE-WAIT"),
                Line("3", "FIN-WAIT-2", "B", "ACK seq=300 ack=101", "CLOSE-WAIT"),
                Line("4", "TIME-WAIT", "B", "FIN ACK seq=300 ack=101", "LAST-ACK"),
                Line("5", "TIME-WAIT", "A", "ACK seq=101 ack=301", "CLOSED"),
            ),
            (("A", 99), ("B", 299)),
        ),
        Figure(
            13, "Simultaneous close sequence", "3.6",
            (
                Line("2", "FIN-WAIT-1", "A", "FIN ACK seq=100 ack=300", "FIN-WAIT-1", LATER),
                Line("", "", "B", "FIN ACK seq=300 ack=100", ""),
                Line("", "", "A", "FIN ACK seq=100 ack=300", "", OLD),
                Line("3", "CLOSING", "A", "ACK seq=101 ack=301", "CLOSING", LATER),
                Line("", "", "B", "ACK seq=301 ack=101", ""),
                Line("", "", "A", "ACK seq=101 ack=301", "", OLD),
            ),
            (("A", 99), ("B", 299)),
        ),
    )
}  # fmt: skip
"""By their numbers. Figure 11 writes X and Z for two sequence numbers. Figure 10 has 10 bytes of data. The titles are
the RFC's, in small letters.
"""
