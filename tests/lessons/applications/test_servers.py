"""Servers listen where they are told to, serve the next client whatever one sends, and end with their starter."""

from __future__ import annotations

import contextlib
import ftplib
import http.client
import os
import select
import signal
import smtplib
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.query
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.errors import CourseError
from helpers.lab import Network
from helpers.lessons.applications.service import FILES, NAME, PASSWORD, PORTS, Service, on_loopback, start_in

Address = tuple[str, int]
PATIENCE = 20.0
"""Seconds that a client waits at most, and within which a process must have ended."""
HELLO, PICTURE = FILES["hello.txt"], FILES["picture.bin"]
QUERY = dns.message.make_query("www.course.example", "A")
SYS_NAME = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010105000500")
"""A GetRequest for sysName.0."""


def well(name: str, address: Address) -> bool:
    """Whether a client of that protocol is served."""
    host, port = address
    match name:
        case "http":
            with contextlib.closing(http.client.HTTPConnection(host, port, timeout=PATIENCE)) as connection:
                connection.request("GET", "/hello.txt")
                return connection.getresponse().read() == HELLO
        case "smtp":
            with smtplib.SMTP(host, port, local_hostname="client.example", timeout=PATIENCE) as mail:
                return mail.noop()[0] == 250
        case "ftp":
            got = bytearray()
            with ftplib.FTP(timeout=PATIENCE) as session:
                session.connect(host, port)
                session.login(NAME, PASSWORD)
                session.retrbinary("RETR hello.txt", got.extend)
            return got == HELLO
        case "telnet":
            with socket.create_connection(address, PATIENCE) as caller:
                caller.sendall(b"\xff\xfc\x18\xff\xfe\x03")
                return said_to_the_end(caller, b"login: ").endswith(b"login: ")
        case "dns":
            answers = [ask(QUERY, host, PATIENCE, port).answer[0][0] for ask in (dns.query.udp, dns.query.tcp)]
            return [*map(str, answers)] == ["10.0.0.2"] * 2
        case "tftp":
            with tftp_client(address, "hello.txt") as (caller, first):
                caller.send(b"\0\4\0\1")
                return first == b"\0\3\0\1" + HELLO
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(SYS_NAME, address)
        return b"server.example" in caller.recv(600)


def said_to_the_end(caller: socket.socket, end: bytes = b"never") -> bytes:
    """What comes up to these bytes, or up to the end."""
    got = b""
    while not got.endswith(end) and (byte := caller.recv(1)):
        got += byte
    return got


@contextlib.contextmanager
def tftp_client(address: Address, name: str) -> Iterator[tuple[socket.socket, bytes]]:
    """A socket that talks with the transfer of a file, and the first packet of that."""
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(b"\0\1" + name.encode() + b"\0octet\0", address)
        first, transfer = caller.recvfrom(600)
        assert transfer != address, "it goes on at another port"
        caller.connect(transfer)
        yield caller, first


@pytest.fixture(scope="module", params=PORTS)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with on_loopback(request.param, **({"patience": 200} if request.param == "tftp" else {})) as running:
        yield running


NONSENSE = [
    b"", b"\r\n", b"\xff", b"\xff\xfa\x18", b"a" * 20_000, bytes(12), b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n" + b"." * 2000 + b"\r\n",
    b"USER reader\r\nPASS secret\r\nPORT 1,2,3\r\nPASV\r\nPASV\r\nRETR ../../etc/passwd\r\nSTOR a/b\r\nQUIT\r\n",
    b"USER reader\r\nPASS secret\r\nPORT 127,0,0,1,0,1\r\nRETR hello.txt\r\nABOR\r\nDELE hello.txt\r\nQUIT\r\n",
    b"\xff\xfb\x18\xff\xfa\x18\x00" + b"x" * 3000 + b"\xff\xf0", b"\xff\xfd\x01\xff\xfb\x01" * 100,
    QUERY.to_wire()[:-1], b"\0\x0c\0\7" + bytes(10), dns.message.make_response(QUERY).to_wire(),
    b"\0\1hello.txt", b"\0\2", b"\0\3\0\1abc", b"\0\5\0\1enough\0", b"\x30\x84\xff\xff\xff\xff", SYS_NAME[:-3],
]  # fmt: skip


@given(data=st.sampled_from(NONSENSE) | st.binary(max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_no_client_should_send(service: Service, data: bytes) -> None:
    if service.name in ("tftp", "snmp", "dns"):
        with socket.socket(type=socket.SOCK_DGRAM) as caller:
            caller.sendto(data[:1400], service.address)
    if service.name not in ("tftp", "snmp"):
        with socket.create_connection(service.address, PATIENCE) as caller, contextlib.suppress(ConnectionError):
            caller.sendall(data)  # ConnectionError: it had heard enough
            caller.shutdown(socket.SHUT_WR)
            said_to_the_end(caller)
    assert well(service.name, service.address)


def test_clients_that_say_nothing_do_not_keep_it_from_others(service: Service) -> None:
    if service.name not in ("tftp", "snmp"):
        with contextlib.ExitStack() as silent:
            for _ in range(4):
                silent.enter_context(socket.create_connection(service.address, PATIENCE))
            assert well(service.name, service.address)


def test_a_lost_block_comes_again_and_an_old_acknowledgement_brings_nothing() -> None:
    """The Sorcerer's Apprentice Syndrome (RFC 1123, section 4.2.3.1): else all would cross twice from then on."""
    with on_loopback("tftp", patience=300) as service, tftp_client(service.address, "picture.bin") as (caller, first):
        with socket.socket(type=socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"\0\4\0\1", caller.getpeername())
        assert caller.recv(600) == first == b"\0\3\0\1" + PICTURE[:512], "no acknowledgement came but a stranger's"
        for _ in range(2):
            caller.send(b"\0\4\0\1")
        assert caller.recv(600) == b"\0\3\0\2" + PICTURE[512:1024]
        caller.send(b"\0\4\0\2")
        assert caller.recv(600) == b"\0\3\0\3" + PICTURE[1024:], "and not block 2 once more"


def test_all_seven_in_one_host_at_their_own_ports(needs_lab: None) -> None:
    with Network() as network:
        _, server = network.host("client"), network.host("server")
        found = {name: start_in(server, name).address for name in PORTS}
        assert found == {name: ("10.0.0.2", port) for name, port in PORTS.items()}
        with pytest.raises(CourseError, match="the http server has ended: OSError.*Address already in use"):
            start_in(server, "http")


STARTER = textwrap.dedent("""
    import os, sys
    from helpers.lessons.applications.service import on_loopback
    with on_loopback(sys.argv[1]) as service:
        print(service.process.pid, os.getpgid(service.process.pid), *service.address, flush=True)
        sys.stdin.read()
""")


@pytest.mark.parametrize("name", PORTS)
def test_a_starter_that_is_killed_leaves_nothing(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, name]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    shared = set(os.listdir("/dev/shm"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as starter:
        assert starter.stdout is not None
        number, group, host, port = starter.stdout.readline().decode().split()
        assert group == number and host == "127.0.0.1" and int(port) > 1023  # an interrupt of the starter misses it
        process = os.pidfd_open(int(number))
        names = [name for name in set(os.listdir("/dev/shm")) - shared if number in name]
        starter.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([process], [], [], PATIENCE)
        os.close(process)
    assert ended and not names and not os.listdir(tmp_path)


@pytest.mark.parametrize("name", PORTS)
def test_it_loads_nothing_that_takes_long(name: str) -> None:
    """A lesson starts several servers: what the notebook has to load they need not."""
    program = f"helpers.lessons.applications.{name}_server"
    code = f"import sys, {program}; print([m for m in ('scapy', 'matplotlib', 'helpers.lab') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
