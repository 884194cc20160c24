"""A kernel's socket table as /proc/net/tcp and tcp6 show it (proc_pid_net(5))."""

from __future__ import annotations

import ipaddress
import struct

from helpers.fields.tcp_states import LINUX_NAMES
from helpers.trace import SocketRow

CLOCK_TICKS = 100
"""Timers are shown in units of 1/100 s (USER_HZ) on every architecture that Python runs on."""

TIMERS = {0: "", 1: "retransmit", 2: "keepalive", 3: "TIME-WAIT", 4: "zero window probe"}


def parse(table: str) -> tuple[SocketRow, ...]:
    """The rows of such a file's text, its heading line included."""
    return tuple(_row(line.split()) for line in table.splitlines()[1:])


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
    packed = struct.pack(f"={len(words)}I", *words)
    name = ipaddress.ip_address(packed)
    return f"[{name}]:{int(port, 16)}" if name.version == 6 else f"{name}:{int(port, 16)}"
