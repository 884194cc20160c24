"""Whatever a client sends: it gets a reply or an end, and the next client is served."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.lessons.applications import snmp
from helpers.lessons.applications.service import SERVERS, Service, on_loopback
from helpers.lessons.applications.tftp import Ack, Data, Error, ErrorCode, Opcode, Request, decode, encode
from tests.lessons.applications.clients import (
    HELLO,
    PATIENCE,
    REFUSALS,
    WELL,
    Address,
    dns_query,
    exactly,
    exchange,
    tftp_read,
    until,
)

OVER_TCP = ("http", "smtp", "ftp", "telnet", "dns")
OVER_UDP = ("dns", "tftp", "snmp")

LOGIN = b"USER reader\r\nPASS secret\r\n"
LINES = [
    b"", b"\r\n", b"\n", b"\0", b"\xff", b"\xff\xfa\x18", b"a" * 2000 + b"\r\n", b"a" * 100_000, b"\x80\x81\r\n" * 50,
    b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@server.example>\r\nDATA\r\n" + b"." * 2000 + b"\r\n",
    b"EHLO\r\nMAIL\r\nRCPT\r\nDATA\r\nVRFY\r\nHELP\r\nAUTH x\r\nQUIT\r\n",
    LOGIN + b"PORT 1,2,3\r\nPASV\r\nPASV\r\nRETR ../../etc/passwd\r\nSTOR a/b\r\nCWD ..\r\nQUIT\r\n",
    LOGIN + b"PORT 127,0,0,1,0,1\r\nRETR hello.txt\r\nABOR\r\nSITE CHMOD 777 hello.txt\r\nQUIT\r\n",
    b"\xff\xfd\x01\xff\xfb\x01\xff\xfe\x01\xff\xfc\x01" * 100,
    b"\xff\xfb\x18\xff\xfa\x18\x00" + b"x" * 3000 + b"\xff\xf0",
    b"\xff\xfa\x27\x00\x00a\x01b\xff\xf0\xff\xfa\x1f\x00\xff\xf0\xff\xfa\x22\xff\xf0",
    b"\0\x05abc", b"\xff\xff" + bytes(100), b"\0\0", struct.pack(">H", 12) + bytes(12),
]  # fmt: skip
"""For those that listen for connections."""
SHORT = [line for line in LINES if len(line) < 500]

QUESTION = dns_query("www.course.example", 1)
DATAGRAMS = [
    b"", b"\0", b"\xff" * 600, bytes(12), bytes(600), QUESTION[:-1], QUESTION + b"x",
    QUESTION[:2] + b"\x81" + QUESTION[3:], QUESTION[:2] + b"\x29\x00" + QUESTION[4:],
    struct.pack(">6H", 7, 0, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF),
    struct.pack(">6H", 7, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1", dns_query(".".join(["a" * 63] * 4), 1),
    dns_query("a.elsewhere.example", 1), dns_query("www.course.example", 255), dns_query("www.course.example", 252),
    b"\0\1", b"\0\1hello.txt", b"\0\1hello.txt\0mail\0", b"\0\1\xff\xfe\0octet\0", b"\0\1..\0octet\0", b"\0\2\0octet\0",
    b"\0\1hello.txt\0octet\0blksize\0nonsense\0", b"\0\3\0\1abc", b"\0\4\0\1", b"\0\5\0\1enough\0", b"\0\6\0",
    snmp.get_request("secret", ["1.3.6.1.2.1.1.5.0"]), snmp.get_request("public", []),
    snmp.get_request("public", ["0.0"] * 50), b"\x30\x84\xff\xff\xff\xff", b"\x30\x80", b"\x30\x03\x02\x01\x03",
    snmp.get_request("public", ["1.3.6.1.2.1.1.5.0"])[:-3], b"\x30" * 500,
]  # fmt: skip
"""For those that take datagrams."""


@pytest.fixture(scope="module", params=SERVERS)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with on_loopback(request.param, **({"patience": 200} if request.param == "tftp" else {})) as running:
        yield running


def said_to(address: Address, data: bytes) -> bytes:
    """All that a server says to a client that sends this and then hangs up; it must come to an end."""
    with socket.create_connection(address, PATIENCE) as caller:
        got = b""
        try:
            caller.sendall(data)
            caller.shutdown(socket.SHUT_WR)
            while piece := caller.recv(1 << 16):
                got += piece
        except TimeoutError:
            raise  # it neither answers nor ends
        except OSError:
            pass  # it had heard enough
        return got


def sent_to(address: Address, data: bytes) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(data, address)


def try_it(service: Service, data: bytes) -> None:
    if service.name in OVER_TCP:
        said_to(service.address, data)
    if service.name in OVER_UDP:
        sent_to(service.address, data[:1400])
    assert WELL[service.name](service.address)


def test_it_is_well(service: Service) -> None:
    assert WELL[service.name](service.address)


@pytest.mark.parametrize("data", LINES + DATAGRAMS, ids=lambda data: repr(data[:24]))
def test_what_no_client_should_send(service: Service, data: bytes) -> None:
    try_it(service, data)


@given(data=st.binary(max_size=300))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(service: Service, data: bytes) -> None:
    try_it(service, data)


@given(parts=st.lists(st.sampled_from(SHORT) | st.binary(max_size=20), max_size=6))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mixture(service: Service, parts: list[bytes]) -> None:
    try_it(service, b"".join(parts))


@pytest.fixture
def running(request: pytest.FixtureRequest) -> Iterator[Service]:
    with on_loopback(request.param) as started:
        yield started


@pytest.mark.parametrize("running", OVER_TCP, indirect=True)
def test_clients_that_say_nothing_or_half_do_not_keep_it_from_others(running: Service) -> None:
    silent = [socket.create_connection(running.address, PATIENCE) for _ in range(10)]
    for number, caller in enumerate(silent):
        caller.sendall(b"\0G"[: number % 3])
    assert WELL[running.name](running.address)
    for caller in silent:
        caller.close()


# What they answer to nonsense.


@pytest.mark.parametrize(
    ("running", "sent", "answer"),
    [
        ("http", b"nonsense\r\n\r\n", b"400 "),
        ("http", b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 a request of HTTP/1.1 must have the field Host"),
        ("http", b"GET / HTTP/7.0\r\n\r\n", b"505 "),
        ("http", b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 501 "),
        ("http", b"GET /" + b"a" * 65_532, b"HTTP/1.1 414 "),
        ("smtp", b"nonsense\r\n", b"500 "),
        ("smtp", b"MAIL FROM:<a@b>\r\n", b"503 "),
        ("smtp", b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d.example>\r\n", b"550 mail for server.example only"),
        ("smtp", b"a" * 3000 + b"\r\n", b"500 "),
        ("ftp", b"nonsense\r\n", b"500 "),
        ("ftp", b"RETR hello.txt\r\n", b"530 "),
        ("ftp", b"USER reader\r\nPASS wrong\r\n", b"530 "),
        ("ftp", b"USER reader\r\nPASS secret\r\nRETR nothing\r\n", b"550 "),
        ("ftp", b"USER reader\r\nPASS secret\r\nSTOR a/b\r\n", b"550 there is only one directory"),
    ],
    indirect=["running"],
)  # fmt: skip
def test_nonsense_gets_the_protocols_own_answer(running: Service, sent: bytes, answer: bytes) -> None:
    assert answer in said_to(running.address, sent)


@pytest.mark.parametrize("running", ["telnet"], indirect=True)
def test_telnet_refuses_a_wrong_password_and_ends_after_three(running: Service) -> None:
    with socket.create_connection(running.address, PATIENCE) as caller:
        caller.sendall(REFUSALS)
        for _ in range(3):
            until(caller, b"login: ")
            caller.sendall(b"reader\r\n")
            until(caller, b"Password: ")
            caller.sendall(b"wrong\r\n")
            assert until(caller, b"incorrect\r\n").endswith(b"Login incorrect\r\n")
        assert until(caller, b"login: ") == b""


@pytest.mark.parametrize("running", ["dns"], indirect=True)
def test_dns_says_what_is_wrong(running: Service) -> None:
    (cut, elsewhere, unknown, nothing, status) = exchange(
        running.address,
        QUESTION[:-1],
        dns_query("a.elsewhere.example", 1),
        dns_query("nobody.course.example", 1),
        dns_query("www.course.example", 16),
        QUESTION[:2] + b"\x11\x00" + QUESTION[4:],
    )
    assert [answer[3] & 0x0F for answer in (cut, elsewhere, unknown, nothing, status)] == [1, 5, 3, 0, 4]
    assert {answer[:2] for answer in (cut, elsewhere, unknown, nothing, status)} == {QUESTION[:2]}


@pytest.mark.parametrize("running", ["dns"], indirect=True)
def test_dns_answers_no_answer(running: Service) -> None:
    """Else two servers could keep each other busy for ever."""
    response = QUESTION[:2] + b"\x81" + QUESTION[3:]
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.connect(running.address)
        caller.send(response)
        caller.send(b"\0\x08" + QUESTION[2:])
        assert caller.recv(600)[:2] == b"\0\x08"


@pytest.mark.parametrize("running", ["tftp"], indirect=True)
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"nonsense", ErrorCode.ILLEGAL_OPERATION),
        (encode(Ack(1)), ErrorCode.UNKNOWN_TRANSFER_ID),
        (encode(Data(1, b"")), ErrorCode.UNKNOWN_TRANSFER_ID),
        (encode(Request(Opcode.RRQ, "nothing", "octet")), ErrorCode.FILE_NOT_FOUND),
        (encode(Request(Opcode.RRQ, "hello.txt", "mail")), ErrorCode.ILLEGAL_OPERATION),
        (encode(Request(Opcode.WRQ, "", "octet")), ErrorCode.ACCESS_VIOLATION),
    ],
)
def test_tftp_says_what_is_wrong(running: Service, sent: bytes, code: ErrorCode) -> None:
    (answer,) = exchange(running.address, sent)
    error = decode(answer)
    assert isinstance(error, Error) and error.code == code


@pytest.mark.parametrize("running", ["tftp"], indirect=True)
def test_tftp_is_not_disturbed_by_a_stranger(running: Service) -> None:
    """RFC 1350, section 4: the stranger gets an error, and the transfer goes on."""
    with socket.socket(type=socket.SOCK_DGRAM) as caller, socket.socket(type=socket.SOCK_DGRAM) as stranger:
        for sock in (caller, stranger):
            sock.settimeout(PATIENCE)
        caller.sendto(encode(Request(Opcode.RRQ, "hello.txt", "octet")), running.address)
        first, transfer = caller.recvfrom(600)
        assert transfer != running.address, "it goes on at another port"
        stranger.sendto(encode(Ack(1)), transfer)
        refusal = decode(stranger.recv(600))
        assert isinstance(refusal, Error) and refusal.code == ErrorCode.UNKNOWN_TRANSFER_ID
        assert decode(first) == Data(1, HELLO)
        caller.sendto(encode(Ack(1)), transfer)
    assert running.told("sent") == {"event": "sent", "name": "hello.txt"}


@pytest.mark.parametrize("running", ["tftp"], indirect=True)
def test_tftp_has_an_end_of_room(running: Service) -> None:
    assert tftp_read(running.address, "hello.txt", "netascii") == HELLO.replace(b"\n", b"\r\n")
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(encode(Request(Opcode.WRQ, "big", "octet")), running.address)
        packet, transfer = caller.recvfrom(600)
        block = 0
        while decode(packet) == Ack(block):
            block += 1
            caller.sendto(encode(Data(block, bytes(512))), transfer)
            packet = caller.recv(600)
    refusal = decode(packet)
    assert isinstance(refusal, Error) and (refusal.code, block) == (ErrorCode.DISK_FULL, 2049)


@pytest.mark.parametrize("running", ["snmp"], indirect=True)
def test_snmp_is_silent_to_who_does_not_know_the_word(running: Service) -> None:
    wrong = snmp.get_request("secret", ["1.3.6.1.2.1.1.5.0"], request_id=1)
    right = snmp.get_request("public", ["1.3.6.1.2.1.1.5.0"], request_id=2)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.connect(running.address)
        caller.send(wrong)
        caller.send(right)
        assert snmp.decode(caller.recv(600)).request_id == 2


@pytest.mark.parametrize("running", ["dns"], indirect=True)
def test_dns_over_tcp_takes_several_queries_one_after_the_other(running: Service) -> None:
    with socket.create_connection(running.address, PATIENCE) as caller:
        for identifier in (1, 2, 3):
            query = dns_query("long.course.example", 16, identifier)
            caller.sendall(struct.pack(">H", len(query)) + query)
            (length,) = struct.unpack(">H", exactly(caller, 2))
            response = exactly(caller, length)
            assert response[:2] == struct.pack(">H", identifier) and length > 512
