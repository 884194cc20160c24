"""What two programs said to each other over TCP: the bytes of a connection, each once and in order, and their lines.

What the lines of HTTP, SMTP, FTP and Telnet mean is in `text_protocols` and `telnet`; here is what all of them share.
scapy's sessions could put streams together, but deliver whole messages of protocols that they know; a retransmission
must add nothing here, and who spoke when must stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from helpers.fields.segment import SEQUENCE_SPACE, Segment

LONGEST_SHOWN = 72
"""Characters of a line that are shown."""


@dataclass(frozen=True)
class Turn:
    """What one side says until the other begins to speak."""

    by_client: bool
    """True for the side that has opened the connection."""
    data: bytes


@dataclass(frozen=True)
class TextLine:
    """One line, or what stands for one, and what it means."""

    by_client: bool
    text: str
    """Without the line's end; bytes that are no printable ASCII as Python writes them."""
    meaning: str = ""
    source: str = ""
    """Where that is laid down, as in "RFC 5321 section 4.1.1.1"."""


Meaning = tuple[str, str]
"""What a command or a reply code means, and where that is laid down."""


def lines(said: Iterable[Turn]) -> list[tuple[bool, bytes]]:
    """Who said which line, ends of lines included, in the order in which they were complete.

    A last line without an end comes at the end.
    """
    found: list[tuple[bool, bytes]] = []
    unfinished = {True: b"", False: b""}
    for each in said:
        *complete, rest = re.split(rb"(?<=\n)", unfinished[each.by_client] + each.data)
        found += [(each.by_client, line) for line in complete]
        unfinished[each.by_client] = rest
    return found + [(by_client, rest) for by_client, rest in unfinished.items() if rest]


def shown(line: bytes) -> str:
    """A line without its end, as a text of one line. A long one is cut, and says how long it is."""
    content = line.removesuffix(b"\n").removesuffix(b"\r")
    text = "".join(chr(byte) if 32 <= byte < 127 else repr(bytes([byte]))[2:-1] for byte in content)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 20]}... ({len(content)} bytes)"


def plain(said: Iterable[Turn]) -> list[TextLine]:
    """The lines without any meaning."""
    return [TextLine(by_client, shown(line)) for by_client, line in lines(said)]


def reply(line: bytes, known: Mapping[str, Meaning]) -> Meaning:
    """What a reply means that begins with a code of three digits, as those of SMTP and FTP do: by the code, or by its
    first digit. A line that only continues a reply says so."""
    code = line[:3].decode("latin-1")
    meaning, source = known.get(code) or known.get(code[:1]) or ("", "")
    return (f"{meaning}; more lines follow" if line[3:4] == b"-" and meaning else meaning), source


def command(line: bytes, known: Mapping[str, Meaning]) -> Meaning:
    """What a command means, by its first word in any letters."""
    word = line.strip().partition(b" ")[0]
    return known.get(word.decode("latin-1").upper(), ("", ""))


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

    def takes(self, segment: Segment) -> bool:
        """Whether it is a segment of this connection; its new bytes are kept."""
        by_client = (segment.source, segment.destination) == (self.client, self.server)
        if not by_client and (segment.destination, segment.source) != (self.client, self.server):
            return False
        number = segment.seq + ("SYN" in segment.has)
        awaited = self._next.setdefault(by_client, number)
        new = segment.payload[(awaited - number) % SEQUENCE_SPACE :]
        self._next[by_client] = awaited + len(new)
        if new and self.said and self.said[-1].by_client is by_client:
            new = self.said.pop().data + new
        self.said += [Turn(by_client, new)] if new else []
        return True


def connections(segments: Iterable[Segment]) -> list[Connection]:
    """The connections whose first SYN is among the segments, in that order.

    A segment that comes again adds nothing; bytes count from when they were first sent, whether they arrived or not.
    """
    found: list[Connection] = []
    for segment in segments:
        known = [(each.client, each.server, each.first) for each in found]
        if segment.flags == "SYN" and (segment.source, segment.destination, segment.seq) not in known:
            found.append(Connection(segment.source, segment.destination, segment.seq))
        for connection in reversed(found):  # the latest one, should two have had the same ports
            if connection.takes(segment):
                break
    return found
