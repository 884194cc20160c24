"""Tables of what programs said to each other over TCP: each line with its meaning, and who has called whom."""

from __future__ import annotations

from helpers.draw.grid import Grid, Part
from helpers.draw.names import Names
from helpers.fields.conversation import Explain, plain
from helpers.fields.tcp_stream import Connection, connections
from helpers.lessons.applications import ftp, http_messages, smtp, telnet
from helpers.trace import WIRE, Trace, TraceError

KNOWN: dict[int, tuple[str, Explain]] = {
    ftp.PORT: ("FTP", ftp.explained),
    telnet.PORT: ("Telnet", telnet.explained),
    smtp.PORT: ("SMTP", smtp.explained),
    http_messages.PORT: ("HTTP", http_messages.explained),
}
"""What is spoken at a server's port."""


def conversation(trace: Trace, port: int | None = None) -> Grid:
    """What was said in each TCP connection of a trace, or in those with a server's `port` only: one line a row, with
    an arrow to the right for who has opened the connection.

    The protocol is known by that port; of others the lines are shown without a meaning. Raises TraceError where there
    is no such connection.
    """
    names = Names(trace)
    parts = tuple(
        _part(each, names, _owners(trace)) for each in connected(trace) if port in (None, each.server_port)
    )
    if not parts:
        raise TraceError(f"no TCP connection{f' to port {port}' if port else ''} is in this trace")
    return Grid("", parts, str(trace.source))


def callers(trace: Trace) -> Grid:
    """Who has opened which TCP connection, and how many bytes of data were sent in each direction."""
    names, owners = Names(trace), _owners(trace)
    rows = tuple(
        (
            str(number),
            f"{_end(each.client, names, owners)} → {_end(each.server, names, owners)}",
            str(len(each.sent(by_client=True))),
            str(len(each.sent(by_client=False))),
        )
        for number, each in enumerate(connected(trace), 1)
    )
    part = Part("Connections", ("", "who calls → whom", "bytes →", "← bytes"), rows, "no connection was opened")
    return Grid("", (part,), str(trace.source))


def connected(trace: Trace) -> list[Connection]:
    """The TCP connections of a trace, in the order in which they were opened; what the wire injected aside."""
    return connections(segment for frame, segment in trace.segments(absolute=True) if frame.sender != WIRE)


def _part(connection: Connection, names: Names, owners: dict[str, str]) -> Part:
    name, explain = KNOWN.get(connection.server_port, ("", plain))
    client, server = (_end(end, names, owners) for end in (connection.client, connection.server))
    who = {True: f"{_host(connection.client, owners)} →", False: f"← {_host(connection.server, owners)}"}
    rows = [(who[line.by_client], line.text, line.meaning, line.source) for line in explain(connection.said)]
    columns = ("who", "says", "which means", "laid down in")
    heading = f"{f'{name}: ' if name else ''}{client} → {server}"
    told = len(columns) if name else 2
    return Part(heading, columns[:told], tuple(row[:told] for row in rows), "nothing was said")


def _end(endpoint: str, names: Names, owners: dict[str, str]) -> str:
    """An end by its host's name and its port, or the port's role: "server port 80", "client"."""
    port = names.port(int(endpoint.rpartition(":")[2]))
    host = _host(endpoint, owners)
    return f"{host} port {port}" if port.isdecimal() else host


def _host(endpoint: str, owners: dict[str, str]) -> str:
    address = endpoint.rpartition(":")[0].strip("[]")
    return owners.get(address, address)


def _owners(trace: Trace) -> dict[str, str]:
    return {address: host.name for host in trace.hosts for address in host.addresses}
