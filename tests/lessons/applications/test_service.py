"""Servers start where they are told to, say when clients may come, and end with whoever has started them."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from helpers.errors import CourseError
from helpers.lab import Network
from helpers.lessons.applications.service import PORTS, on_loopback, start_in

OVER_UDP = ("dns", "tftp", "snmp")
GONE = 20.0
"""Seconds within which a process must have ended."""


@pytest.mark.parametrize("name", PORTS)
def test_it_listens_on_loopback_at_a_free_port_and_goes_with_the_block(name: str) -> None:
    kind = socket.SOCK_DGRAM if name in OVER_UDP else socket.SOCK_STREAM
    with on_loopback(name) as service:
        host, port = service.address
        assert host == "127.0.0.1" and port > 1023
        assert os.getpgid(service.process.pid) != os.getpgid(0), "an interrupt of the notebook is not for it"
        with socket.socket(type=kind) as other, pytest.raises(OSError, match="Address already in use"):
            other.bind(service.address)
    with socket.socket(type=kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((host, port))


def test_all_seven_in_one_host_at_their_own_ports(needs_lab: None) -> None:
    with Network() as network:
        _, server = network.host("client"), network.host("server")
        found = {name: start_in(server, name).address for name in PORTS}
        assert found == {name: ("10.0.0.2", port) for name, port in PORTS.items()}
        with pytest.raises(CourseError, match="the http server has ended: OSError.*Address already in use"):
            start_in(server, "http")


STARTER = textwrap.dedent("""
    import sys
    from helpers.lessons.applications.service import on_loopback
    with on_loopback(sys.argv[1]) as service:
        print(service.process.pid, flush=True)
        sys.stdin.read()
""")


@pytest.mark.parametrize("name", PORTS)
def test_a_starter_that_is_killed_leaves_nothing(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, name]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    shared = set(os.listdir("/dev/shm"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as starter:
        assert starter.stdout is not None
        number = int(starter.stdout.readline())
        process = os.pidfd_open(number)
        names = [name for name in set(os.listdir("/dev/shm")) - shared if str(number) in name]
        starter.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([process], [], [], GONE)
        os.close(process)
    assert ended and not names and not os.listdir(tmp_path)


@pytest.mark.parametrize("name", PORTS)
def test_it_loads_nothing_that_takes_long(name: str) -> None:
    """A lesson starts several servers: what the notebook has to load they need not."""
    program = f"helpers.lessons.applications.{name}_server"
    code = f"import sys, {program}; print([m for m in ('scapy', 'matplotlib', 'helpers.lab') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
