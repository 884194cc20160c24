"""Tables of a trace: what both kernels say of their sockets, and which calls were made with which result."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from helpers.draw.grid import Grid, Part
from helpers.draw.names import Names
from helpers.errors import CourseError
from helpers.trace import Call, SocketRow, Table, Trace


class UnknownColumn(CourseError):
    """A column that no socket table has."""


_COLUMNS: dict[str, Callable[[SocketRow, Names], str]] = {
    "local": lambda row, names: names.endpoint(row.local),
    "remote": lambda row, names: names.endpoint(row.remote),
    "state": lambda row, names: row.state,
    "recv-q": lambda row, names: str(row.recv_queue),
    "send-q": lambda row, names: str(row.send_queue),
    "timer": lambda row, names: row.timer or "-",
    "seconds left": lambda row, names: f"{row.timer_seconds:.2f}" if row.timer else "-",
    "retransmits": lambda row, names: str(row.retransmits),
    "inode": lambda row, names: str(row.inode),
}
"""What can be shown of a socket. Seconds and inodes differ from run to run: shown only if asked for."""

USUAL_COLUMNS = ("local", "remote", "state", "recv-q", "send-q", "timer", "retransmits")


def sockets(
    trace: Trace,
    at: str | None = None,
    columns: Sequence[str] = USUAL_COLUMNS,
    hosts: Sequence[str] | None = None,
) -> Grid:
    """Each host's TCP sockets as its kernel listed them at a mark, or at the end.

    Columns: local, remote, state, recv-q and send-q (bytes; a listener's recv-q counts connections that wait
    for accept()), timer, "seconds left" of that timer, retransmits, inode. Raises UnknownColumn, or
    TraceError for an unknown mark or host.
    """
    for column in columns:
        if column not in _COLUMNS:
            raise UnknownColumn(
                f"a socket table has no column {column!r}; its columns are {', '.join(_COLUMNS)}"
            )
    names = Names(trace)
    chosen = hosts if hosts is not None else [info.name for info in trace.hosts]
    parts = tuple(socket_part(trace.table(host, at), names, columns) for host in chosen)
    moment = f"at «{at}»" if at else "at the end"
    return Grid(f"TCP sockets {moment}", parts, str(trace.source))


def socket_part(table: Table, names: Names, columns: Sequence[str]) -> Part:
    """One host's table."""
    rows = sorted(tuple(_COLUMNS[column](row, names) for column in columns) for row in table.rows)
    return Part(table.host, tuple(columns), tuple(rows), "no TCP socket")


def calls(trace: Trace, host: str | None = None) -> Grid:
    """The socket calls of all hosts, or of one, in the order in which they began, with result or errno.

    Sockets are numbered for each host in the order in which they were made; ports that the kernel chose have
    roles. Raises TraceError for an unknown host.
    """
    if host is not None:
        trace.table(host)  # for its error
    names = Names(trace)
    chosen = sorted((call for call in trace.calls if host in (None, call.host)), key=lambda call: call.begin)
    rows = tuple(
        (call.host, on_socket(call), call_text(call, names), outcome(call, names)) for call in chosen
    )
    part = Part("Calls", ("host", "on", "call", "result"), rows, "no call was made")
    return Grid("", (part,), str(trace.source))


def on_socket(call: Call) -> str:
    """Which socket a call was made on; "-" where there was none yet."""
    return "-" if call.name in ("socket", "run") else f"socket {call.socket}"


def call_text(call: Call, names: Names) -> str:
    """The call as written, with roles for ports."""
    if call.name == "run":
        return f"$ {call.arguments}"
    return f"{call.name}({names.written(call.arguments)})"


def outcome(call: Call, names: Names) -> str:
    """A call's result, errno, or that it still waits."""
    if call.end is None:
        return "still waits"
    if call.error:
        return call.error
    if call.name == "run":
        lines = len(call.result.splitlines())
        return f"{lines} lines" if lines > 1 else names.written(call.result)
    return names.written(call.result)
