"""The kernels' socket tables and the calls."""

from __future__ import annotations

from dataclasses import replace

from helpers.draw import calls, sockets
from tests.traces import handshake


def test_both_kernels_at_a_mark_and_at_the_end(life):
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
    (client,) = sockets(life, columns=("state", "seconds left"), hosts=["client"]).parts
    assert client.rows == (("TIME-WAIT", "0.80"),)


def test_rows_stand_in_the_same_order_however_the_kernel_lists_them(script):
    script.states(client="", server="LISTEN + SYN-RECEIVED")
    trace = script.trace()
    turned = replace(trace.tables[1], rows=trace.tables[1].rows[::-1])
    assert str(sockets(replace(trace, tables=(trace.tables[0], turned)))) == str(sockets(trace))
    assert "client\n  no TCP socket\n" in str(sockets(trace))


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
