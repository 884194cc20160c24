"""Tables of what programs said to each other over TCP: each line with its meaning, and who has called whom.

A `Grid` of the lessons is enough: a picture of arrows would not hold the lines. The names of hosts and ports are the
trace's own.
"""

from __future__ import annotations

from helpers.draw.grid import Block, Grid
from helpers.draw.names import Names
from helpers.lessons.applications import text_protocols
from helpers.lessons.applications.dialogue import Connection, connections
from helpers.trace import WIRE, Trace, TraceError

KNOWN = {
    21: ("FTP: ", text_protocols.ftp), 23: ("Telnet: ", text_protocols.telnet),
    25: ("SMTP: ", text_protocols.smtp), 80: ("HTTP: ", text_protocols.http),
}  # fmt: skip
"""What is spoken at a server's port; of other ports the lines are shown without a meaning."""
COLUMNS = ("who", "says", "which means", "laid down in")


def conversation(trace: Trace, port: int | None = None) -> Grid:
    """What was said in each TCP connection of a trace, or in those with a server's `port` only: one line a row, with
    an arrow to the right for who has opened the connection. Raises TraceError where there is no such connection."""
    blocks = tuple(_said(each, trace) for each in connected(trace) if port in (None, each.server_port))
    if not blocks:
        raise TraceError(f"no TCP connection{f' to port {port}' if port else ''} is in this trace")
    return Grid("", blocks, str(trace.source))


def callers(trace: Trace) -> Grid:
    """Who has opened which TCP connection, and how many bytes of data were sent in each direction."""
    rows = tuple(
        (str(number), _both(each, trace), *(str(len(each.sent(by_client))) for by_client in (True, False)))
        for number, each in enumerate(connected(trace), 1)
    )
    block = Block("Connections", ("", "who calls → whom", "bytes →", "← bytes"), rows, "no connection was opened")
    return Grid("", (block,), str(trace.source))


def connected(trace: Trace) -> list[Connection]:
    """The TCP connections of a trace, in the order in which they were opened; what the wire injected aside."""
    return connections(segment for frame, segment in trace.segments(absolute=True) if frame.sender != WIRE)


def _said(connection: Connection, trace: Trace) -> Block:
    """What was said in a connection."""
    name, explain = KNOWN.get(connection.server_port, ("", text_protocols.plain))
    who = {True: f"{_owner(connection.client, trace)} →", False: f"← {_owner(connection.server, trace)}"}
    width = len(COLUMNS) if name else 2
    rows = tuple((who[by_client], *line)[:width] for by_client, *line in explain(connection.said))
    return Block(f"{name}{_both(connection, trace)}", COLUMNS[:width], rows, "nothing was said")


def _both(connection: Connection, trace: Trace) -> str:
    """Its ends, as in "client → server port 80": of a port that the kernel chose, the host alone."""
    ends = []
    for end in (connection.client, connection.server):
        port = Names(trace).port(int(end.rpartition(":")[2]))
        ends.append(f"{_owner(end, trace)} port {port}" if port.isdecimal() else _owner(end, trace))
    return " → ".join(ends)


def _owner(end: str, trace: Trace) -> str:
    """The host that has the address."""
    address = end.rpartition(":")[0].strip("[]")
    return next((host.name for host in trace.hosts if address in host.addresses), address)
