"""What two programs said to each other over TCP: the bytes of a connection's segments, each once and in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from helpers.fields.conversation import Said
from helpers.fields.segment import SEQUENCE_SPACE, Segment


@dataclass(frozen=True)
class Connection:
    """One connection. Its ends are address and port, as in "10.0.0.2:80"."""

    client: str
    server: str
    said: tuple[Said, ...]

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
    said: list[Said] = field(default_factory=list)
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
            self.said.append(Said(by_client, segment.payload[old:]))
            self._next[by_client] = (segment.seq + len(segment.payload)) % SEQUENCE_SPACE
        return True


def _merged(said: Iterable[Said]) -> list[Said]:
    merged: list[Said] = []
    for each in said:
        if merged and merged[-1].by_client is each.by_client:
            merged[-1] = Said(each.by_client, merged[-1].data + each.data)
        else:
            merged.append(each)
    return merged
