from __future__ import annotations

import socket
from pathlib import Path

from helpers.lab.socket_table import parse
from helpers.trace import SocketRow

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0200000A:0050 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 1001 1 0000 100 0 0 10 0
   1: 0200000A:0050 0100000A:9C40 03 00000000:00000000 01:00000064 00000001     0        0 0 1 0000
   2: 0200000A:0050 0100000A:9C41 06 00000000:00000000 03:00001766 00000000     0        0 0 3 0000
"""


def test_rows_of_a_written_table() -> None:
    listening, handshaking, waiting = parse(TABLE)
    assert listening == SocketRow("10.0.0.2:80", "0.0.0.0:0", "LISTEN", 2, 0, "", 0.0, 0, 1001)
    assert (handshaking.state, handshaking.timer, handshaking.timer_seconds, handshaking.retransmits) == (
        "SYN-RECEIVED", "retransmit", 1.0, 1)  # fmt: skip
    assert (waiting.state, waiting.timer, waiting.timer_seconds) == ("TIME-WAIT", "TIME-WAIT", 59.9)
    assert (waiting.remote, waiting.local_port) == ("10.0.0.1:40001", 80)


def test_no_rows() -> None:
    assert parse(TABLE.splitlines()[0]) == ()


def test_this_kernels_own_tables() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
    ):
        rows = [*parse(Path("/proc/net/tcp").read_text()), *parse(Path("/proc/net/tcp6").read_text())]
        expected = {f"127.0.0.1:{four.getsockname()[1]}", f"[::1]:{six.getsockname()[1]}"}
        assert expected <= {row.local for row in rows if row.state == "LISTEN"}
