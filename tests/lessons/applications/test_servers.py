"""Whatever a client sends, the next one is served; and what TFTP loses is sent again, once."""

from __future__ import annotations

import contextlib
import ftplib
import http.client
import select
import smtplib
import socket
import struct
from collections.abc import Callable, Iterator

import dns.message
import dns.query
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.lessons.applications.service import FILES, NAME, PASSWORD, PORTS, Service, on_loopback

Address = tuple[str, int]
PATIENCE = 20.0
"""Seconds that a client waits at most."""
HELLO, PICTURE = FILES["hello.txt"], FILES["picture.bin"]
QUERY = dns.message.make_query("www.course.example", "A")
SYS_NAME = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010105000500")
"""A GetRequest for sysName.0."""


def http_is_well(address: Address) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", "/hello.txt")
        return connection.getresponse().read() == HELLO


def smtp_is_well(address: Address) -> bool:
    with smtplib.SMTP(*address, local_hostname="client.example", timeout=PATIENCE) as mail:
        return mail.noop()[0] == 250


def ftp_is_well(address: Address) -> bool:
    got = bytearray()
    with ftplib.FTP(timeout=PATIENCE) as session:
        session.connect(*address)
        session.login(NAME, PASSWORD)
        session.retrbinary("RETR hello.txt", got.extend)
    return got == HELLO


def telnet_is_well(address: Address) -> bool:
    with socket.create_connection(address, PATIENCE) as caller:
        caller.sendall(b"\xff\xfc\x18\xff\xfe\x03")
        return said_to_the_end(caller, b"login: ").endswith(b"login: ")


def dns_is_well(address: Address) -> bool:
    host, port = address
    over_udp, over_tcp = (ask(QUERY, host, PATIENCE, port) for ask in (dns.query.udp, dns.query.tcp))
    return str(over_udp.answer[0][0]) == str(over_tcp.answer[0][0]) == "10.0.0.2"


def tftp_is_well(address: Address) -> bool:
    with tftp_client(address, "hello.txt") as (caller, first):
        caller.send(b"\0\4\0\1")
        return first == b"\0\3\0\1" + HELLO


def snmp_is_well(address: Address) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(SYS_NAME, address)
        return b"server.example" in caller.recv(600)


WELL: dict[str, Callable[[Address], bool]] = {name: globals()[f"{name}_is_well"] for name in PORTS}


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


LOGIN = b"USER reader\r\nPASS secret\r\n"
NONSENSE = [
    b"", b"\r\n", b"\0", b"\xff", b"\xff\xfa\x18", b"a" * 20_000, b"\x80\x81\r\n" * 50, bytes(12), bytes(600),
    b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
    b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n" + b"." * 2000 + b"\r\n",
    LOGIN + b"PORT 1,2,3\r\nPASV\r\nPASV\r\nRETR ../../etc/passwd\r\nSTOR a/b\r\nCWD ..\r\nLIST\r\nQUIT\r\n",
    LOGIN + b"PORT 127,0,0,1,0,1\r\nRETR hello.txt\r\nABOR\r\nSIZE no\r\nDELE hello.txt\r\nQUIT\r\n",
    b"\xff\xfb\x18\xff\xfa\x18\x00" + b"x" * 3000 + b"\xff\xf0", b"\xff\xfd\x01\xff\xfb\x01" * 100,
    QUERY.to_wire()[:-1], struct.pack(">6H", 7, 0, 0xFFFF, 0, 0, 0), struct.pack(">7H", 12, 7, 0, 0, 0, 0, 0),
    dns.message.make_response(QUERY).to_wire(), b"\0\1hello.txt", b"\0\1..\0octet\0", b"\0\2", b"\0\3\0\1abc",
    b"\0\5\0\1enough\0", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80", SYS_NAME[:-3], b"\x30" * 500,
]  # fmt: skip


@given(data=st.sampled_from(NONSENSE) | st.binary(max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_no_client_should_send(service: Service, data: bytes) -> None:
    if service.name in ("tftp", "snmp", "dns"):
        with socket.socket(type=socket.SOCK_DGRAM) as caller:
            caller.sendto(data[:1400], service.address)
    if service.name not in ("tftp", "snmp"):
        with socket.create_connection(service.address, PATIENCE) as caller:
            with contextlib.suppress(ConnectionError):  # it had heard enough
                caller.sendall(data)
                caller.shutdown(socket.SHUT_WR)
                said_to_the_end(caller)
    assert WELL[service.name](service.address)


def test_clients_that_say_nothing_do_not_keep_it_from_others(service: Service) -> None:
    if service.name not in ("tftp", "snmp"):
        silent = [socket.create_connection(service.address, PATIENCE) for _ in range(4)]
        assert WELL[service.name](service.address)
        for caller in silent:
            caller.close()


def test_a_lost_block_comes_again_and_an_old_acknowledgement_brings_nothing() -> None:
    """The Sorcerer's Apprentice Syndrome (RFC 1123, section 4.2.3.1): else all would cross twice from then on."""
    with on_loopback("tftp", patience=300) as service, tftp_client(service.address, "picture.bin") as (caller, first):
        assert caller.recv(600) == first == b"\0\3\0\1" + PICTURE[:512], "no acknowledgement came"
        for _ in range(2):
            caller.send(b"\0\4\0\1")
        assert caller.recv(600) == b"\0\3\0\2" + PICTURE[512:1024]
        caller.send(b"\0\4\0\2")
        assert caller.recv(600) == b"\0\3\0\3" + PICTURE[1024:], "and not block 2 once more"


def test_a_transfer_hears_no_stranger_and_gives_up_in_the_end() -> None:
    with on_loopback("tftp", patience=20) as service, tftp_client(service.address, "picture.bin") as (caller, _):
        with socket.socket(type=socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"\0\4\0\1", caller.getpeername())
        for _ in range(4):
            assert caller.recv(600).startswith(b"\0\3\0\1"), "the stranger's acknowledgement counts for nothing"
        with pytest.raises(ConnectionRefusedError):  # its port is closed after five tries: ICMP says so
            while True:
                caller.send(b"\0\4\0\0")
                select.select([caller], [], [], 0.1)


@pytest.mark.parametrize(("mode", "kept"), [(b"octet", b"one\r\ntwo\r\n"), (b"NetASCII", b"one\ntwo\n")])
def test_a_file_is_written_and_read_back(mode: bytes, kept: bytes) -> None:
    with on_loopback("tftp") as service, socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(b"\0\2new\0" + mode + b"\0", service.address)
        packet, transfer = caller.recvfrom(600)
        assert packet == b"\0\4\0\0"
        caller.sendto(b"\0\3\0\1one\r\ntwo\r\n", transfer)
        assert caller.recv(600) == b"\0\4\0\1"
        with tftp_client(service.address, "new") as (_, first):
            assert first == b"\0\3\0\1" + kept
