"""This machine's own TCP sockets as its kernel lists them: for connections on 127.0.0.1, which need no lab."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from helpers.fields.tcp_states import LINUX_NAMES
from helpers.lab.errors import LabError
from helpers.lab.socket_table import parse
from helpers.trace import SocketRow

PATIENCE = 5.0
"""Seconds that waiting for a state takes at most."""
LOOK_EVERY = 0.002
"""Seconds between two looks at the table, whose changes the kernel announces to nobody."""


class StateNotReached(LabError):
    """No socket of a port came to a state."""


def sockets_of(port: int) -> tuple[SocketRow, ...]:
    """The IPv4 sockets of /proc/net/tcp with that port at their own end or at the other one (proc_pid_net(5))."""
    table = parse(Path("/proc/net/tcp").read_text())
    return tuple(row for row in table if port in _ports(row))


def _ports(row: SocketRow) -> tuple[int, int]:
    """Of its own end and of the other one."""
    return row.local_port, int(row.remote.rpartition(":")[2])


def wait_for_state(port: int, state: str, timeout: float = PATIENCE, peer: int | None = None) -> SocketRow:
    """The first socket of that port that is in that state, waiting for it. Raises StateNotReached after `timeout` s.

    peer: the port of the other end, where only the end at `port` of their connection counts: older connections in
    TIME-WAIT may have had one of the two ports.
    """
    deadline = time.monotonic() + timeout
    while True:
        rows = [row for row in sockets_of(port) if peer is None or _ports(row) == (port, peer)]
        for row in rows:
            if row.state == state:
                return row
        if time.monotonic() > deadline:
            seen = ", ".join(sorted({row.state for row in rows})) or "no state at all"
            raise StateNotReached(f"no socket of port {port} came to {state} within {timeout:g} s; they are in {seen}")
        time.sleep(LOOK_EVERY)


def state_of(connection: socket.socket) -> str:
    """The state that the kernel tells the owner of a socket: the first byte of TCP_INFO (tcp(7))."""
    return LINUX_NAMES[connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]]
