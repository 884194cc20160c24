"""The kernels' socket tables and the calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.draw import calls, sockets
from helpers.errors import CourseError
from helpers.trace import TraceError
from tests.traces import SAMPLES, handshake


def test_both_kernels_at_a_mark(life):
    assert str(sockets(life, "client is ESTABLISHED, server is not")).splitlines() == [
        "TCP sockets at «client is ESTABLISHED, server is not»",
        "client",
        "  local                 remote       state        recv-q  send-q  timer  retransmits",
        "  10.0.0.1:client-port  10.0.0.2:80  ESTABLISHED  0       0       -      0",
        "server",
        "  local        remote                state         recv-q  send-q  timer       retransmits",
        "  0.0.0.0:80   0.0.0.0:*             LISTEN        0       0       -           0",
        "  10.0.0.2:80  10.0.0.1:client-port  SYN-RECEIVED  0       0       retransmit  0",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_without_a_mark_it_is_the_end(life):
    text = str(sockets(life, columns=("state",)))
    assert text.splitlines()[:7] == [
        "TCP sockets at the end", "client", "  state", "  TIME-WAIT", "server", "  state", "  LISTEN",
    ]  # fmt: skip


def test_columns_that_vary_are_shown_only_on_request(life):
    assert "seconds left" not in str(sockets(life))
    assert "0.80" in str(sockets(life, columns=("state", "seconds left")))
    assert "4711" in str(sockets(life, columns=("inode",)))


def test_rows_stand_in_the_same_order_however_the_kernel_lists_them(script):
    script.states(server="LISTEN + SYN-RECEIVED")
    trace = script.trace()
    turned = replace(trace.tables[0], rows=trace.tables[0].rows[::-1])
    assert str(sockets(replace(trace, tables=(turned,)))) == str(sockets(trace))


def test_a_host_without_sockets_says_so(script):
    script.states(client="", server="LISTEN")
    assert "client\n  no TCP socket\n" in str(sockets(script.trace()))


def test_hosts_can_be_chosen(life):
    assert "client\n" not in str(sockets(life, hosts=["server"]))


def test_what_is_not_there_is_told(life):
    with pytest.raises(CourseError, match="no column 'rtt'; its columns are local, remote, state, "):
        sockets(life, columns=("rtt",))
    with pytest.raises(TraceError, match="no mark 'nowhere'"):
        sockets(life, "nowhere")
    with pytest.raises(TraceError, match="no host 'nobody'"):
        sockets(life, hosts=["nobody"])


def test_calls_in_order_with_results_and_errors(script):
    handshake(script)
    script.call("client", "bind", "('10.0.0.1', 40123)", error="EADDRINUSE", socket=2)
    script.call("client", "run", "ss -tn", "one\ntwo", socket=0)
    script.call("server", "recv", "100", blocked=True, socket=2)
    assert str(calls(script.trace())).splitlines() == [
        "Calls",
        "  host    on        call                             result",
        "  server  -         socket(AF_INET, SOCK_STREAM)     socket 1",
        "  server  socket 1  bind(('10.0.0.2', 80))           0",
        "  server  socket 1  listen(5)                        0",
        "  client  -         socket(AF_INET, SOCK_STREAM)     socket 1",
        "  client  socket 1  connect(('10.0.0.2', 80))        0",
        "  server  socket 1  accept()                         socket 2, ('10.0.0.1', client-port)",
        "  client  socket 2  bind(('10.0.0.1', client-port))  EADDRINUSE",
        "  client  -         $ ss -tn                         2 lines",
        "  server  socket 2  recv(100)                        still waits",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_calls_of_one_host(life):
    rows = calls(life, "client").parts[0].rows
    assert {row[0] for row in rows} == {"client"}
    with pytest.raises(TraceError, match="no host 'nobody'"):
        calls(life, "nobody")


def test_no_call_says_so():
    assert "no call was made" in str(calls(SAMPLES["empty"]))


def test_a_recording_says_so():
    assert str(calls(SAMPLES["recorded"])).endswith("[recorded on Linux 5.15.0, 2025-12-01]")
    assert str(sockets(SAMPLES["recorded"])).endswith("[recorded on Linux 5.15.0, 2025-12-01]")
