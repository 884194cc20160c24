"""A kernel's TCP sockets as it lists them in /proc/net/tcp and tcp6 (proc_pid_net(5)): a host's, this machine's own.

The file and not `ss`: a look at every frame and call costs a read, not a process. And not sock_diag(7), which a host's
namespace answers only to a process in it, while an open file of it can be handed over and read again and again.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
from pathlib import Path

from helpers.errors import LabError
from helpers.fields.tcp_states import LINUX_NAMES
from helpers.trace import SocketRow

CLOCK_TICKS = 100
"""Timers are shown in units of 1/100 s (USER_HZ) on every architecture that Python runs on."""
TIMERS = {0: "", 1: "retransmit", 2: "keepalive", 3: "TIME-WAIT", 4: "zero window probe"}
PATIENCE = 5.0
"""Seconds that waiting takes at most, unless told otherwise."""
LOOK_EVERY = 0.002
"""Seconds between two looks at the table, whose changes the kernel announces to nobody."""


class StateNotReached(LabError):
    """No socket of a port came to a state."""


def parse(table: str) -> tuple[SocketRow, ...]:
    """The rows of such a file's text, its heading line included."""
    return tuple(_row(line.split()) for line in table.splitlines()[1:])


def sockets_of(port: int) -> tuple[SocketRow, ...]:
    """This machine's IPv4 sockets with that port at their own end or at the other one."""
    table = parse(Path("/proc/net/tcp").read_text())
    return tuple(row for row in table if port in _ports(row))


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


def _ports(row: SocketRow) -> tuple[int, int]:
    """Of its own end and of the other one."""
    return row.local_port, int(row.remote.rpartition(":")[2])


def _row(fields: list[str]) -> SocketRow:
    send_queue, recv_queue = (int(part, 16) for part in fields[4].split(":"))
    timer, ticks = (int(part, 16) for part in fields[5].split(":"))
    return SocketRow(
        local=_endpoint(fields[1]),
        remote=_endpoint(fields[2]),
        state=LINUX_NAMES[int(fields[3], 16)],
        recv_queue=recv_queue,
        send_queue=send_queue,
        timer=TIMERS[timer],
        timer_seconds=ticks / CLOCK_TICKS if timer else 0.0,
        retransmits=int(fields[6], 16),
        inode=int(fields[9]),
    )


def _endpoint(text: str) -> str:
    """ "0100007F:0050" -> "127.0.0.1:80": 32-bit words as this machine stores them, the port as a number."""
    address, port = text.split(":")
    words = struct.unpack(f">{len(address) // 8}I", bytes.fromhex(address))
    name = ipaddress.ip_address(struct.pack(f"={len(words)}I", *words))
    return f"[{name}]:{int(port, 16)}" if name.version == 6 else f"{name}:{int(port, 16)}"
