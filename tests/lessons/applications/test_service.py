"""Servers start where they are told to, say when clients may come, and end with whoever has started them."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import textwrap

import pytest

from helpers.lab import Network
from helpers.lessons.applications.dns_message import PORT as DNS_PORT
from helpers.lessons.applications.service import SERVERS, ServerError, Service, on_loopback, start_in

OVER_UDP = ("dns", "tftp", "snmp")
OVER_TCP = ("http", "smtp", "ftp", "telnet", "dns")
GONE = 20.0
"""Seconds within which a process must have ended."""


@pytest.mark.parametrize("name", SERVERS)
def test_it_listens_on_loopback_at_a_free_port_and_goes_with_the_block(name: str) -> None:
    kind = socket.SOCK_DGRAM if name in OVER_UDP else socket.SOCK_STREAM
    with on_loopback(name) as service:
        host, port = service.address
        assert host == "127.0.0.1" and port > 1023
        with socket.socket(type=kind) as other, pytest.raises(OSError, match="Address already in use"):
            other.bind(service.address)
    with socket.socket(type=kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((host, port))


def test_two_at_once() -> None:
    with on_loopback("http") as one, on_loopback("http") as other:
        assert one.address != other.address


@pytest.mark.parametrize("name", SERVERS)
def test_in_a_host_it_is_at_its_own_port(needs_lab: None, name: str) -> None:
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        service = start_in(server, name)
        assert service.address == ("10.0.0.2", SERVERS[name][1])
        if name in OVER_TCP:
            client.socket().connect(service.address)


def test_all_seven_in_one_host(needs_lab: None) -> None:
    with Network() as network:
        server = network.host("server")
        ports = [start_in(server, name).address[1] for name in SERVERS]
        assert sorted(ports) == [21, 23, 25, DNS_PORT, 69, 80, 161]


def test_an_unknown_server_is_told() -> None:
    with pytest.raises(ValueError, match="there is no server 'gopher'; there are http, smtp, ftp"):
        with on_loopback("gopher"):
            pass


def test_a_server_that_cannot_start_says_why(needs_lab: None) -> None:
    with Network() as network:
        server = network.host("server")
        start_in(server, "http")
        with pytest.raises(ServerError, match="the http server has ended: OSError.*Address already in use"):
            start_in(server, "http")


class Talker:
    """A process that says these lines, and then nothing."""

    def __init__(self, *lines: str, ends: bool = False) -> None:
        said = "".join(f"{line}\n" for line in lines)
        code = f"print({said!r}, end='', flush=True)" + ("" if ends else "; import sys; sys.stdin.read()")
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self.process

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()


LISTENING = '{"event": "listening", "host": "127.0.0.1", "port": 5}'


def test_what_it_tells_is_heard_in_order() -> None:
    with Talker(LISTENING, '{"event": "a", "n": 1}', '{"event": "b"}', '{"event": "a", "n": 2}') as process:
        service = Service("talker", process)
        assert [service.told("a")["n"], service.told("a")["n"]] == [1, 2]
        with pytest.raises(ServerError, match="told nothing of the kind «b» in time"):
            service.told("b", timeout=0.05)


def test_a_server_that_ends_is_told() -> None:
    with Talker(LISTENING, ends=True) as process:
        service = Service("talker", process)
        with pytest.raises(ServerError, match="the talker server has ended: it said nothing"):
            service.told("mail")


STARTER = textwrap.dedent("""
    import sys
    from helpers.lessons.applications.service import on_loopback
    with on_loopback(sys.argv[1]) as service:
        print(service._process.pid, flush=True)
        sys.stdin.read()
""")


@pytest.mark.parametrize("name", SERVERS)
def test_it_ends_with_a_starter_that_is_killed(name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        process = os.pidfd_open(int(starter.stdout.readline()))
        starter.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([process], [], [], GONE)
        os.close(process)
    assert ended


@pytest.mark.parametrize("name", SERVERS)
def test_an_interrupt_of_the_notebook_is_not_for_the_server(name: str) -> None:
    with on_loopback(name) as service:
        assert os.getpgid(service._process.pid) != os.getpgid(0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SERVERS)
def test_it_loads_nothing_that_takes_long(name: str) -> None:
    """A lesson starts several servers: what the notebook has to load they need not."""
    module, _ = SERVERS[name]
    program = f"helpers.lessons.applications.{module}"
    code = f"import sys, {program}; print([m for m in ('scapy', 'matplotlib') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
