"""Tables of a trace: what both kernels say of their sockets, and which calls were made with which result.

What differs from run to run (seconds) is a column that must be asked for; ports that the kernel chose have
roles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from helpers.draw.grid import Block, Grid
from helpers.draw.names import Names
from helpers.errors import CourseError
from helpers.trace import Call, SocketRow, Table, Trace

COLUMNS: dict[str, Callable[[SocketRow, Names], str]] = {
    "local": lambda row, names: names.endpoint(row.local),
    "remote": lambda row, names: names.endpoint(row.remote),
    "state": lambda row, names: row.state,
    "recv-q": lambda row, names: str(row.recv_queue),
    "send-q": lambda row, names: str(row.send_queue),
    "timer": lambda row, names: row.timer or "-",
    "seconds left": lambda row, names: f"{row.timer_seconds:.2f}" if row.timer else "-",
    "retransmits": lambda row, names: str(row.retransmits),
}
"""What can be shown of a socket."""
USUAL_COLUMNS = ("local", "remote", "state", "recv-q", "send-q", "timer", "retransmits")


def sockets(
    trace: Trace,
    at: str | None = None,
    columns: Sequence[str] = USUAL_COLUMNS,
    hosts: Sequence[str] | None = None,
) -> Grid:
    """Each host's TCP sockets as its kernel listed them at a mark, or at the end.

    Columns: local, remote, state, recv-q and send-q (bytes; a listener's recv-q counts connections that wait
    for accept()), timer, "seconds left" of that timer, retransmits. Raises CourseError for another one, and for
    an unknown mark or host.
    """
    for column in columns:
        if column not in COLUMNS:
            raise CourseError(f"a socket table has no column {column!r}; its columns are {', '.join(COLUMNS)}")
    names = Names(trace)
    chosen = hosts if hosts is not None else [info.name for info in trace.hosts]
    parts = tuple(socket_part(trace.table(host, at), names, columns) for host in chosen)
    return Grid(f"TCP sockets {f'at «{at}»' if at else 'at the end'}", parts, str(trace.source))


def socket_part(table: Table, names: Names, columns: Sequence[str]) -> Block:
    """One host's table."""
    rows = sorted(tuple(COLUMNS[column](row, names) for column in columns) for row in table.rows)
    return Block(table.host, tuple(columns), tuple(rows), "no TCP socket")


def calls(trace: Trace) -> Grid:
    """The socket calls of all hosts in the order in which they began, with result or errno.

    Sockets are numbered for each host in the order in which they were made.
    """
    names = Names(trace)
    chosen = sorted(trace.calls, key=lambda call: call.begin)
    rows = tuple((call.host, _socket(call), call_text(call, names), outcome(call, names)) for call in chosen)
    block = Block("Calls", ("host", "on", "call", "result"), rows, "no call was made")
    return Grid("", (block,), str(trace.source))


def call_text(call: Call, names: Names) -> str:
    """The call as written, with roles for ports."""
    return f"$ {call.arguments}" if call.name == "run" else f"{call.name}({names.written(call.arguments)})"


def outcome(call: Call, names: Names) -> str:
    """A call's result, errno, or that it still waits."""
    if call.end is None:
        return "still waits"
    lines = len(call.result.splitlines()) if call.name == "run" else 1
    return call.error or (f"{lines} lines" if lines > 1 else names.written(call.result))


def _socket(call: Call) -> str:
    """On which socket a call was made; "-" where there was none yet."""
    return "-" if call.name in ("socket", "run") else f"socket {call.socket}"
