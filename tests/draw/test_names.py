"""Roles for the ports that a kernel chose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.draw.names import Names
from helpers.trace import SocketRow, Table
from tests.traces import SAMPLES, handshake


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
    from tests import traces as conftest

    monkeypatch.setitem(conftest.PORT, "server", 8080)
    script.segment("client", "S", 0)
    script.segment("server", "RA", 0, 1)
    names = Names(script.trace())
    assert (names.port(8080), names.port(40123)) == ("8080", "client-port")


def test_ipv6_endpoints_keep_their_brackets(script):
    assert Names(script.trace()).endpoint("[fd00::1]:80") == "[fd00::1]:80"


def test_a_datagrams_source_is_a_role_and_a_bound_port_its_number(script):
    script.udp_socket("server", 1, "10.0.0.2", 40002)
    script.udp_socket("client", 1)
    script.datagram("client", 51234, 40002)
    script.datagram("server", 40002, 51234)
    names = Names(script.trace())
    assert (names.port(51234), names.port(40002)) == ("client-port", "40002")


def test_a_port_to_which_a_program_sends_keeps_its_number(script):
    script.udp_socket("client", 1)
    script.datagram("client", 51234, 40002)
    script.datagram("server", 40002, 51234)  # of a program whose calls the trace does not know
    names = Names(script.trace())
    assert (names.port(51234), names.port(40002)) == ("client-port", "40002")


@pytest.mark.parametrize("address", [(), ("10.0.0.2", 0), ("0.0.0.0", 0)])
def test_the_port_of_a_udp_socket_bound_to_none_is_a_role_of_its_host(script, address):
    script.udp_socket("server", 1, *address)
    script.udp_socket("client", 1)
    script.call("client", "connect", "('10.0.0.2', 45678)")
    script.datagram("client", 51234, 45678)
    names = Names(script.trace())
    assert (names.port(51234), names.port(45678)) == ("client-port", "server-port")
    assert names.written("('10.0.0.2', 45678)") == "('10.0.0.2', server-port)"


def test_such_a_port_is_known_from_the_datagram_alone(script):
    script.udp_socket("server", 1, "10.0.0.2", 0)
    script.datagram("client", 51234, 45678)
    assert Names(script.trace()).port(45678) == "server-port"


def test_a_closed_port_beside_a_bound_one_keeps_its_number(script):
    script.udp_socket("server", 1, "10.0.0.2", 40002)
    script.datagram("client", 51234, 45678)
    assert Names(script.trace()).port(45678) == "45678"


def test_a_port_is_not_chosen_before_there_is_a_socket(script):
    script.udp_socket("client", 1)
    script.call("client", "connect", "('10.0.0.2', 45678)")
    script.datagram("client", 51234, 45679)
    script.udp_socket("server", 1, "10.0.0.2", 0)
    script.datagram("client", 51234, 45680)
    names = Names(script.trace())
    assert [names.port(port) for port in (45678, 45679, 45680)] == ["45678", "45679", "server-port"]


def test_a_failed_bind_names_no_port(script):
    script.udp_socket("server", 1, "10.0.0.2", 40002, error="EADDRINUSE")
    script.datagram("client", 51234, 45678)
    assert Names(script.trace()).port(45678) == "server-port"


@pytest.mark.parametrize(("port", "name"), [(9999, "9999"), (32767, "32767"), (32768, "server-port"), (61000, "61000")])
def test_a_port_outside_the_kernels_range_was_chosen_by_a_program(script, port, name):
    script.udp_socket("server", 1, "10.0.0.2", 0)
    script.udp_socket("client", 1)
    script.call("client", "connect", f"('10.0.0.2', {port})")
    script.datagram("client", 51234, port)
    assert Names(script.trace()).port(port) == name


def test_a_udp_socket_of_one_host_says_nothing_of_the_others_ports(script):
    script.udp_socket("client", 1)
    script.call("client", "connect", "('10.0.0.2', 45678)")
    script.datagram("client", 51234, 45678)
    assert Names(script.trace()).port(45678) == "45678"


@pytest.mark.parametrize("made", ["AF_INET, SOCK_STREAM", "AF_INET, SOCK_DGRAM, 1"])
def test_sockets_that_are_not_udp_leave_their_host_no_such_port(script, made):
    script.call("server", "socket", made, "socket 1", made=1)
    script.udp_socket("client", 1)
    script.call("client", "connect", "('10.0.0.2', 45678)")
    script.datagram("client", 51234, 45678)
    assert Names(script.trace()).port(45678) == "45678"


def test_a_tcp_socket_connects_to_a_number_also_where_there_are_udp_sockets(script):
    script.udp_socket("server", 1, "10.0.0.2", 0)
    script.call("client", "socket", "AF_INET, SOCK_STREAM", "socket 1", made=1)
    script.call("client", "connect", "('10.0.0.2', 45678)")
    script.segment("client", "S", 0)
    assert Names(script.trace()).port(45678) == "45678"


def test_the_port_of_an_injected_datagram_is_no_role(script):
    script.datagram("client", 51234, 40002, fate="injected")
    assert Names(script.trace()).port(51234) == "51234"


def test_a_forwarded_datagrams_port_is_its_owners(script):
    frame = script.datagram("client", 51234, 40002)
    script.frames[:] = [replace(frame, sender="third")]
    assert Names(script.trace("client", "server", "third")).port(51234) == "client-port"


def test_a_damaged_datagram_has_no_port(script):
    frame = script.datagram("client", 51234, 40002)
    script.frames[:] = [replace(frame, data=frame.data[:length]) for length in range(len(frame.data))]
    assert Names(script.trace()).port(51234) == "51234"
