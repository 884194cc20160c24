"""Tables of what programs said to each other over TCP: each line with its meaning, and who has called whom."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.draw.grid import Block, Grid
from helpers.draw.names import Names
from helpers.lessons.applications import telnet, text_protocols
from helpers.lessons.applications.dialogue import Connection, connections, plain
from helpers.trace import WIRE, Trace, TraceError

KNOWN = {
    21: ("FTP: ", text_protocols.ftp), 23: ("Telnet: ", telnet.explained),
    25: ("SMTP: ", text_protocols.smtp), 80: ("HTTP: ", text_protocols.http),
}  # fmt: skip
"""What is spoken at a server's port; of other ports the lines are shown without a meaning."""
COLUMNS = ("who", "says", "which means", "laid down in")


def conversation(trace: Trace, port: int | None = None) -> Grid:
    """What was said in each TCP connection of a trace, or in those with a server's `port` only: one line a row, with
    an arrow to the right for who has opened the connection. Raises TraceError where there is no such connection."""
    ends = _Ends(trace)
    blocks = tuple(ends.said(each) for each in connected(trace) if port in (None, each.server_port))
    if not blocks:
        raise TraceError(f"no TCP connection{f' to port {port}' if port else ''} is in this trace")
    return Grid("", blocks, str(trace.source))


def callers(trace: Trace) -> Grid:
    """Who has opened which TCP connection, and how many bytes of data were sent in each direction."""
    ends = _Ends(trace)
    rows = tuple(
        (str(number), ends.both(each), str(len(each.sent(by_client=True))), str(len(each.sent(by_client=False))))
        for number, each in enumerate(connected(trace), 1)
    )
    block = Block("Connections", ("", "who calls → whom", "bytes →", "← bytes"), rows, "no connection was opened")
    return Grid("", (block,), str(trace.source))


def connected(trace: Trace) -> list[Connection]:
    """The TCP connections of a trace, in the order in which they were opened; what the wire injected aside."""
    return connections(segment for frame, segment in trace.segments(absolute=True) if frame.sender != WIRE)


class _Ends:
    """The ends of a trace's connections in words."""

    def __init__(self, trace: Trace) -> None:
        self._names = Names(trace)
        self._owners = {address: host.name for host in trace.hosts for address in host.addresses}

    def both(self, connection: Connection) -> str:
        """As in "client → server port 80": of a port that the kernel chose, the host alone."""
        return " → ".join(f"{host} {port}".rstrip() for host, port in self._hosts(connection))

    def said(self, connection: Connection) -> Block:
        """What was said in it."""
        name, explain = KNOWN.get(connection.server_port, ("", plain))
        (client, _), (server, _) = self._hosts(connection)
        who = {True: f"{client} →", False: f"← {server}"}
        rows = [(who[line.by_client], line.text, line.meaning, line.source) for line in explain(connection.said)]
        width = len(COLUMNS) if name else 2
        rows_shown = tuple(row[:width] for row in rows)
        return Block(f"{name}{self.both(connection)}", COLUMNS[:width], rows_shown, "nothing was said")

    def _hosts(self, connection: Connection) -> Iterator[tuple[str, str]]:
        """Host and port of the client, then of the server."""
        for address, _, number in (end.rpartition(":") for end in (connection.client, connection.server)):
            port = self._names.port(int(number))
            yield self._owners.get(address.strip("[]"), address), f"port {port}" if port.isdecimal() else ""
