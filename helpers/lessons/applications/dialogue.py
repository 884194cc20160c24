"""What two programs said to each other over TCP: the bytes of a connection, each once and in order, and their lines.

What the lines of HTTP, SMTP, FTP and Telnet mean is in `text_protocols`; here is what all of them share.
scapy's sessions could put streams together, but deliver whole messages of protocols that they know; a retransmission
must add nothing here, and who spoke when must stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from helpers.fields.segment import SEQUENCE_SPACE, Segment

LONGEST_SHOWN = 72
"""Characters of a line that are shown."""


class Turn(NamedTuple):
    """What one side, the one that has opened the connection or the other, says until the other begins to speak."""

    by_client: bool
    data: bytes


class TextLine(NamedTuple):
    """One line, or what stands for one, and what it means."""

    by_client: bool
    text: str
    """Without the line's end; bytes that are no printable ASCII as Python writes them."""
    meaning: str = ""
    source: str = ""
    """Where that is laid down, as in "RFC 5321 section 4.1.1.1"."""


def lines(said: Iterable[Turn]) -> list[Turn]:
    """Who said which line, ends of lines included, in the order in which they were complete.

    A last line without an end comes at the end.
    """
    found: list[Turn] = []
    unfinished = {True: b"", False: b""}
    for by_client, data in said:
        *complete, rest = re.split(rb"(?<=\n)", unfinished[by_client] + data)
        found += [Turn(by_client, line) for line in complete]
        unfinished[by_client] = rest
    return found + [Turn(by_client, rest) for by_client, rest in unfinished.items() if rest]


def shown(line: bytes) -> str:
    """A line without its end, as a text of one line. A long one is cut, and says how long it is."""
    content = line.removesuffix(b"\n").removesuffix(b"\r")
    text = "".join(chr(byte) if 32 <= byte < 127 else repr(bytes([byte]))[2:-1] for byte in content)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 20]}... ({len(content)} bytes)"


@dataclass
class Connection:
    """One connection, put together from its segments. Its ends are address and port, as in "10.0.0.2:80"."""

    client: str
    server: str
    first: int
    """The number of the client's SYN."""
    said: list[Turn] = field(default_factory=list)
    _next: dict[bool, int] = field(default_factory=dict)
    """The number of each side's next new byte."""

    @property
    def server_port(self) -> int:
        return int(self.server.rpartition(":")[2])

    def sent(self, by_client: bool) -> bytes:
        """All that one side has said."""
        return b"".join(turn.data for turn in self.said if turn.by_client is by_client)

    def take(self, segment: Segment, by_client: bool) -> None:
        """Keep what is new in a segment."""
        number = segment.seq + ("SYN" in segment.has)
        awaited = self._next.setdefault(by_client, number)
        new = segment.payload[(awaited - number) % SEQUENCE_SPACE :]
        self._next[by_client] = awaited + len(new)
        if new and self.said and self.said[-1].by_client is by_client:
            new = self.said.pop().data + new
        self.said += [Turn(by_client, new)] if new else []


def connections(segments: Iterable[Segment]) -> list[Connection]:
    """The connections whose first SYN is among the segments, in that order.

    A segment that comes again adds nothing; bytes count from when they were first sent, whether they arrived or not.
    """
    found: list[Connection] = []
    latest: dict[tuple[str, str], Connection] = {}  # by client and server, should two have had the same ports
    for segment in segments:
        ends = segment.source, segment.destination
        if segment.flags == "SYN" and (ends not in latest or latest[ends].first != segment.seq):
            latest[ends] = Connection(*ends, segment.seq)
            found.append(latest[ends])
        if ends in latest:
            latest[ends].take(segment, by_client=True)
        elif ends[::-1] in latest:
            latest[ends[::-1]].take(segment, by_client=False)
    return found
