"""Figures 6 to 13 of RFC 9293 as data: what two ends of TCP, A and B, send each other, and their states after it.

They stand here as text, much as the RFC prints them, so that a reader can hold them against it; a line of a run is
written in the same way. "..." at one side: the segment is still in the network, or comes out of it late. Lines without
a segment are left out, and so are the remarks (Close), (REBOOT) and (2 MSL).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ARROWS, NETWORK = {"A": "-->", "B": "<--"}, "..."

_TEXT = """
6 Basic three-way handshake for connection synchronization (section 3.5): A 100, B 300
SYN-SENT      --> SYN seq=100                    --> SYN-RECEIVED
ESTABLISHED   <-- SYN ACK seq=300 ack=101        <-- SYN-RECEIVED
ESTABLISHED   --> ACK seq=101 ack=301            --> ESTABLISHED
ESTABLISHED   --> ACK seq=101 ack=301 + data     --> ESTABLISHED

7 Simultaneous connection synchronization (section 3.5): A 100, B 300
SYN-SENT      --> SYN seq=100                    ...
SYN-RECEIVED  <-- SYN seq=300                    <-- SYN-SENT
              ... SYN seq=100                    --> SYN-RECEIVED
SYN-RECEIVED  --> SYN ACK seq=100 ack=301        ...
ESTABLISHED   <-- SYN ACK seq=300 ack=101        <-- SYN-RECEIVED
              ... SYN ACK seq=100 ack=301        --> ESTABLISHED

8 Recovery from old duplicate SYN (section 3.5): A 100, wire 90, B 300, B 400
SYN-SENT      --> SYN seq=100                    ...
(duplicate)   ... SYN seq=90                     --> SYN-RECEIVED
SYN-SENT      <-- SYN ACK seq=300 ack=91         <-- SYN-RECEIVED
SYN-SENT      --> RST seq=91                     --> LISTEN
              ... SYN seq=100                    --> SYN-RECEIVED
ESTABLISHED   <-- SYN ACK seq=400 ack=101        <-- SYN-RECEIVED
ESTABLISHED   --> ACK seq=101 ack=401            --> ESTABLISHED

9 Half-open connection discovery (section 3.5.1): A 99, B 299, A 400
SYN-SENT      --> SYN seq=400                    --> (??)
(!!)          <-- ACK seq=300 ack=100            <-- ESTABLISHED
SYN-SENT      --> RST seq=100                    --> (Abort!!)
SYN-SENT      --> SYN seq=400                    -->

10 Active side causes half-open connection discovery (section 3.5.1): A 99, B 299
(??)          <-- ACK seq=300 ack=100 + data     <-- ESTABLISHED
              --> RST seq=100                    --> (ABORT!!)

11 Old duplicate SYN initiates a reset on two passive sockets (section 3.5.1): wire Z, B X
              ... SYN seq=Z                      --> SYN-RECEIVED
(??)          <-- SYN ACK seq=X ack=Z+1          <-- SYN-RECEIVED
              --> RST seq=Z+1                    --> (return to LISTEN!)

12 Normal close sequence (section 3.6): A 99, B 299
FIN-WAIT-1    --> FIN ACK seq=100 ack=300        --> CLOSE-WAIT
FIN-WAIT-2    <-- ACK seq=300 ack=101            <-- CLOSE-WAIT
TIME-WAIT     <-- FIN ACK seq=300 ack=101        <-- LAST-ACK
TIME-WAIT     --> ACK seq=101 ack=301            --> CLOSED

13 Simultaneous close sequence (section 3.6): A 99, B 299
FIN-WAIT-1    --> FIN ACK seq=100 ack=300        ... FIN-WAIT-1
              <-- FIN ACK seq=300 ack=100        <--
              ... FIN ACK seq=100 ack=300        -->
CLOSING       --> ACK seq=101 ack=301            ... CLOSING
              <-- ACK seq=301 ack=101            <--
              ... ACK seq=101 ack=301            -->
"""


@dataclass(frozen=True)
class FigureLine:
    """A segment on its way, and the state of each end after it: "" where the RFC says nothing."""

    a: str
    left: str
    """What is at A's side of the segment: an arrow, or "..."."""
    segment: str
    right: str
    b: str

    @property
    def sender(self) -> str:
        """ "A" or "B"."""
        return "A" if ARROWS["A"] in (self.left, self.right) else "B"

    @property
    def departs(self) -> bool:
        """Whether the segment sets off in this line."""
        return (self.left if self.sender == "A" else self.right) != NETWORK

    @property
    def arrives(self) -> bool:
        """Whether it arrives in this line."""
        return (self.right if self.sender == "A" else self.left) != NETWORK

    @property
    def key(self) -> tuple[str, str, bool]:
        """What two lines have in common that show the same."""
        return self.sender, self.segment, self.arrives

    def __str__(self) -> str:
        return f"{self.a:13} {self.left} {self.segment:30} {self.right} {self.b}"


@dataclass(frozen=True)
class Figure:
    """One figure."""

    title: str
    """With its section."""
    initial: tuple[tuple[str, str], ...]
    """Who sends SYNs, in the order in which they are made, with the number of each: "A", "B", or "wire" for an old one.

    In figures that begin with a connection, the SYNs of its handshake are first.
    """
    lines: tuple[FigureLine, ...]


def _figure(block: str) -> tuple[int, Figure]:
    heading, *lines = block.split("\n")
    number, title, initial = re.fullmatch(r"(\d+) (.*): (.*)", heading).groups()  # type: ignore[union-attr]
    parts = [re.fullmatch(r"(.{13}) (\S{3}) (.{30}) (\S{3}) ?(.*)", line) for line in lines]
    found = tuple(FigureLine(*(part.strip() for part in match.groups())) for match in parts if match)
    senders = tuple((who, first) for who, first in (each.split(" ") for each in initial.split(", ")))
    return int(number), Figure(title, senders, found)


FIGURES = dict(map(_figure, _TEXT.strip().split("\n\n")))
"""By their numbers. Figure 10 has 10 bytes of data. Figure 11 writes X and Z for two sequence numbers."""
