"""Roles for the ports that a kernel chose."""

from __future__ import annotations

from dataclasses import replace

from helpers.trace import SocketRow, Table
from helpers.view.names import Names
from tests.view.conftest import SAMPLES, handshake


def row(local: str, remote: str, state: str) -> SocketRow:
    return SocketRow(local, remote, state, 0, 0, "", 0.0, 0, 1)


def test_the_clients_port_is_a_role_and_the_servers_is_its_number(script):
    handshake(script)
    names = Names(script.trace())
    assert names.endpoint("10.0.0.1:40123") == "10.0.0.1:client-port"
    assert names.endpoint("10.0.0.2:80") == "10.0.0.2:80"
    assert names.endpoint("0.0.0.0:0") == "0.0.0.0:*"


def test_written_addresses_carry_the_role(script):
    handshake(script)
    names = Names(script.trace())
    assert names.written("socket 2, ('10.0.0.1', 40123)") == "socket 2, ('10.0.0.1', client-port)"
    assert names.written("('10.0.0.2', 80)") == "('10.0.0.2', 80)"


def test_a_second_port_of_a_host_is_numbered():
    trace = SAMPLES["three"]
    other = Table(trace.frames[-1].sent + 10, "client", (row("10.0.0.1:50000", "10.0.0.2:80", "SYN-SENT"),))
    names = Names(replace(trace, tables=(*trace.tables, other)))
    assert names.port(40123) == "client-port"
    assert names.port(41999) == "third-port"
    assert names.port(50000) == "client-port-2"


def test_a_port_that_a_program_asked_for_first_keeps_its_number(script):
    script.call("client", "bind", "('10.0.0.1', 40123)")
    script.segment("client", "S", 0)
    assert Names(script.trace()).port(40123) == "40123"


def test_a_port_that_the_kernel_chose_first_stays_a_role(script):
    script.segment("client", "S", 0)
    script.call("client", "bind", "('10.0.0.1', 40123)", error="EADDRINUSE")
    assert Names(script.trace()).written("('10.0.0.1', 40123)") == "('10.0.0.1', client-port)"


def test_a_listener_on_port_0_has_a_role_also_where_it_is_called(script):
    script.call("server", "bind", "('10.0.0.2', 0)")
    script.call("server", "listen", "5")
    script.tables.append(Table(script.now, "server", (row("10.0.0.2:45678", "0.0.0.0:0", "LISTEN"),)))
    script.wait(0.1)
    script.call("client", "connect", "('10.0.0.2', 45678)")
    assert Names(script.trace()).written("('10.0.0.2', 45678)") == "('10.0.0.2', server-port)"


def test_another_programs_listener_keeps_its_number(script):
    script.tables.append(Table(script.now, "server", (row("0.0.0.0:8000", "0.0.0.0:0", "LISTEN"),)))
    assert Names(script.trace()).port(8000) == "8000"


def test_the_target_of_a_syn_keeps_its_number(monkeypatch, script):
    from tests.view import conftest

    monkeypatch.setitem(conftest.PORT, "server", 8080)
    script.segment("client", "S", 0)
    script.segment("server", "RA", 0, 1)
    names = Names(script.trace())
    assert (names.port(8080), names.port(40123)) == ("8080", "client-port")


def test_ipv6_endpoints_keep_their_brackets(script):
    assert Names(script.trace()).endpoint("[fd00::1]:80") == "[fd00::1]:80"
