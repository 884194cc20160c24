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


def reply(line: bytes, known: Mapping[str, Meaning], general: Mapping[str, Meaning]) -> Meaning:
    """What a reply means that begins with a code of three digits, as those of SMTP and FTP do: by the code, or by its
    first digit. A line that only continues a reply says so."""
    code, goes_on = line[:3].decode("latin-1"), line[3:4] == b"-"
    meaning, source = known.get(code) or general.get(code[:1]) or ("", "")
    return (f"{meaning}; more lines follow" if goes_on and meaning else meaning), source


def command(line: bytes, known: Mapping[str, Meaning]) -> Meaning:
    """What a command means, by its first word in any letters."""
    word = line.split(maxsplit=1)[0].decode("latin-1").upper() if line.strip() else ""
    return known.get(word, ("", ""))


@dataclass(frozen=True)
class Connection:
    """One connection. Its ends are address and port, as in "10.0.0.2:80"."""

    client: str
    server: str
    said: tuple[Turn, ...]

    @property
    def server_port(self) -> int:
        return int(self.server.rpartition(":")[2])

    def sent(self, by_client: bool) -> bytes:
        """All that one side has said."""
        return b"".join(said.data for said in self.said if said.by_client is by_client)


def connections(segments: Iterable[Segment]) -> list[Connection]:
    """The connections whose first SYN is among the segments, in that order.

    A segment that comes again adds nothing; bytes count from when they were first sent, whether they arrived or not.
    """
    found: list[_Assembly] = []
    for segment in segments:
        if segment.flags == "SYN" and not any(assembly.began_with(segment) for assembly in found):
            found.append(_Assembly(segment.source, segment.destination, segment.seq))
        for assembly in reversed(found):  # the latest one, should two have had the same ports
            if assembly.takes(segment):
                break
    return [Connection(each.client, each.server, tuple(_merged(each.said))) for each in found]


@dataclass
class _Assembly:
    client: str
    server: str
    first: int
    """The number of the client's SYN."""
    said: list[Turn] = field(default_factory=list)
    _next: dict[bool, int] = field(default_factory=dict)
    """The number of each side's next new byte."""

    def began_with(self, syn: Segment) -> bool:
        """Whether it is this connection's first segment, sent again."""
        return (syn.source, syn.destination, syn.seq) == (self.client, self.server, self.first)

    def takes(self, segment: Segment) -> bool:
        """Whether it is a segment of this connection; its new bytes are kept."""
        ends = segment.source, segment.destination
        if ends not in ((self.client, self.server), (self.server, self.client)):
            return False
        by_client = ends[0] == self.client
        if "SYN" in segment.has:
            self._next.setdefault(by_client, (segment.seq + 1) % SEQUENCE_SPACE)
        old = (self._next.get(by_client, segment.seq) - segment.seq) % SEQUENCE_SPACE
        if old < len(segment.payload) and "SYN" not in segment.has:
            self.said.append(Turn(by_client, segment.payload[old:]))
            self._next[by_client] = (segment.seq + len(segment.payload)) % SEQUENCE_SPACE
        return True


def _merged(said: Iterable[Turn]) -> list[Turn]:
    merged: list[Turn] = []
    for each in said:
        if merged and merged[-1].by_client is each.by_client:
            merged[-1] = Turn(each.by_client, merged[-1].data + each.data)
        else:
            merged.append(each)
    return merged
