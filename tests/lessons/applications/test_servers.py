"""What each server does for a client that knows its protocol: one of the standard library, or of another library."""

from __future__ import annotations

import asyncio
import ftplib
import http.client
import io
import select
import smtplib
import socket
from collections.abc import Iterator

import dns.message
import dns.query
import pytest
from telnetlib3 import open_connection

from helpers.lessons.applications import snmp
from helpers.lessons.applications.ber import OCTET_STRING
from helpers.lessons.applications.program import FILES, NAME, PASSWORD
from helpers.lessons.applications.service import Service, on_loopback
from helpers.lessons.applications.tftp import Ack, Data, Opcode, Request, decode, encode
from tests.lessons.applications.clients import PATIENCE, REFUSALS, exchange, text_of, tftp_read, until


@pytest.fixture
def running(request: pytest.FixtureRequest) -> Iterator[Service]:
    with on_loopback(request.param) as started:
        yield started


def a(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("running", [name], indirect=True)


# HTTP


@pytest.fixture
def web() -> Iterator[http.client.HTTPConnection]:
    with on_loopback("http") as service:
        connection = http.client.HTTPConnection(*service.address, timeout=PATIENCE)
        yield connection
        connection.close()


def page(web: http.client.HTTPConnection, method: str, path: str) -> tuple[int, bytes]:
    web.request(method, path)
    answer = web.getresponse()
    return answer.status, answer.read()


def test_pages(web: http.client.HTTPConnection) -> None:
    assert page(web, "GET", "/hello.txt") == (200, FILES["hello.txt"])
    assert page(web, "GET", "/picture.bin?x=1") == (200, FILES["picture.bin"])
    assert page(web, "GET", "/") == (200, b"/hello.txt\n/picture.bin\n/visits\n")
    assert page(web, "GET", "/visits") == (200, b"request 4 of this connection\n")
    assert page(web, "GET", "/../etc/passwd")[0] == 404


def test_head_has_the_fields_without_the_content(web: http.client.HTTPConnection) -> None:
    web.request("HEAD", "/hello.txt")
    answer = web.getresponse()
    assert (answer.getheader("Content-Length"), answer.read()) == ("48", b"")
    assert page(web, "GET", "/visits") == (200, b"request 2 of this connection\n")


@a("http")
def test_an_answer_to_version_1_0_ends_the_connection(running: Service) -> None:
    with socket.create_connection(running.address, PATIENCE) as caller:
        caller.sendall(b"GET /visits HTTP/1.0\r\n\r\n")
        assert until(caller, b"never").endswith(b"Connection: close\r\n\r\nrequest 1 of this connection\n")


# SMTP


@a("smtp")
def test_a_mail_arrives_as_it_was(running: Service) -> None:
    content = "Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n"
    with smtplib.SMTP(*running.address, local_hostname="client.example", timeout=PATIENCE) as mail:
        mail.sendmail("ann@client.example", ["bob@server.example", "Eve@Server.Example"], content)
    assert running.told("mail") == {
        "event": "mail", "sender": "ann@client.example", "receivers": ["bob@server.example", "Eve@Server.Example"],
        "content": content,
    }  # fmt: skip


@a("smtp")
def test_mail_for_others_is_refused(running: Service) -> None:
    with smtplib.SMTP(*running.address, local_hostname="client.example", timeout=PATIENCE) as mail:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            mail.sendmail("ann@client.example", ["bob@elsewhere.example"], "no\r\n")


# FTP


@pytest.fixture
def ftp() -> Iterator[ftplib.FTP]:
    with on_loopback("ftp") as service:
        session = ftplib.FTP(timeout=PATIENCE)
        session.connect(*service.address)
        session.login(NAME, PASSWORD)
        yield session
        session.close()


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_files_there_and_back(ftp: ftplib.FTP, passive: bool) -> None:
    ftp.set_pasv(passive)
    content = bytes(range(256)) * 300
    ftp.storbinary("STOR new.bin", io.BytesIO(content))
    got = bytearray()
    ftp.retrbinary("RETR new.bin", got.extend)
    assert got == content
    assert ftp.nlst() == ["hello.txt", "new.bin", "picture.bin"]
    lines: list[str] = []
    ftp.retrlines("RETR hello.txt", lines.append)
    assert lines == FILES["hello.txt"].decode().splitlines()


def test_files_are_looked_at_and_changed(ftp: ftplib.FTP) -> None:
    ftp.sendcmd("TYPE I")
    assert ftp.size("picture.bin") == 1280
    listed: list[str] = []
    ftp.retrlines("LIST", listed.append)
    assert [(line.split()[0], line.split()[-1]) for line in listed] == [
        ("-rw-r--r--", "hello.txt"), ("-rw-r--r--", "picture.bin"),
    ]  # fmt: skip
    assert {name: facts["size"] for name, facts in ftp.mlsd() if facts["type"] == "file"} == {
        "hello.txt": "48", "picture.bin": "1280",
    }  # fmt: skip
    ftp.rename("hello.txt", "bye.txt")
    ftp.delete("picture.bin")
    assert ftp.nlst() == ["bye.txt"]
    ftp.cwd("/")
    assert ftp.pwd() == "/"


@pytest.mark.parametrize("command", ["CWD sub", "DELE nothing", "RNFR nothing", "SIZE nothing", "MKD sub", "RMD /"])
def test_what_cannot_be_done_is_refused(ftp: ftplib.FTP, command: str) -> None:
    with pytest.raises(ftplib.error_perm):
        ftp.sendcmd("TYPE I")
        ftp.sendcmd(command)


def test_there_is_an_end_of_room(ftp: ftplib.FTP) -> None:
    with pytest.raises((ftplib.Error, OSError)):
        ftp.storbinary("STOR big.bin", io.BytesIO(bytes(1 << 21)))


def test_what_was_stored_is_gone_with_the_server() -> None:
    for _ in range(2):
        with on_loopback("ftp") as service, ftplib.FTP(timeout=PATIENCE) as session:
            session.connect(*service.address)
            session.login(NAME, PASSWORD)
            assert "new.txt" not in session.nlst()
            session.storlines("STOR new.txt", io.BytesIO(b"new\n"))
            assert service.told("stored")["name"] == "new.txt"


# Telnet


@a("telnet")
def test_a_session_by_hand(running: Service) -> None:
    with socket.create_connection(running.address, PATIENCE) as caller:
        asked = until(caller, b"\xff\xfb\x03")
        assert asked == b"\xff\xfd\x18\xff\xfb\x03", "DO TERMINAL-TYPE, WILL SUPPRESS-GO-AHEAD"
        caller.sendall(REFUSALS)
        until(caller, b"login: ")
        caller.sendall(NAME.encode() + b"\r\n")
        assert until(caller, b"Password: ").startswith(b"\xff\xfb\x01"), "WILL ECHO: do not show what is typed now"
        caller.sendall(PASSWORD.encode() + b"\r\n")
        assert until(caller, b"\r\n") == b"\xff\xfc\x01\r\n"
        until(caller, b"> ")
        caller.sendall(b"hello\r\nfoo\r\n\r\nexit\r\n")
        assert text_of(until(caller, b"never")) == (
            b"Hello from the server.\r\n> I know only: help, hello, exit\r\n> > Goodbye.\r\n"
        )
    assert running.told("login") == {"event": "login", "name": "reader"}


@a("telnet")
def test_a_library_tells_its_terminal(running: Service) -> None:
    async def log_in() -> str:
        reader, writer = await open_connection(*running.address, term="vt100", connect_minwait=0.0)
        said = await asyncio.wait_for(reader.readuntil(b"login: "), PATIENCE)
        writer.close()
        return said.decode()

    assert asyncio.run(log_in()).endswith("login: ")
    assert running.told("terminal")["kind"].lower() == "vt100"


# DNS


@a("dns")
def test_a_library_asks_over_udp_and_again_over_tcp(running: Service) -> None:
    host, port = running.address
    query = dns.message.make_query("long.course.example", "TXT")
    cut = dns.query.udp(query, host, PATIENCE, port)
    assert cut.flags & dns.flags.TC and not cut.answer
    answer, over_tcp = dns.query.udp_with_fallback(query, host, PATIENCE, port)
    assert over_tcp and len(answer.answer[0]) == 20
    wide = dns.message.make_query("long.course.example", "TXT", use_edns=0, payload=4096)
    assert len(dns.query.udp(wide, host, PATIENCE, port).answer[0]) == 20, "who takes more than 512 bytes gets more"


@a("dns")
def test_aliases_are_followed(running: Service) -> None:
    host, port = running.address
    answer = dns.query.udp(dns.message.make_query("FTP.course.example", "A"), host, PATIENCE, port)
    assert [(str(found.name), found.rdtype.name) for found in answer.answer] == [
        ("FTP.course.example.", "CNAME"), ("www.course.example.", "A"),
    ]  # fmt: skip


# TFTP


@a("tftp")
def test_files_of_any_length_and_netascii(running: Service) -> None:
    assert tftp_read(running.address, "picture.bin") == FILES["picture.bin"]
    assert tftp_read(running.address, "hello.txt", "NetASCII") == FILES["hello.txt"].replace(b"\n", b"\r\n")


def test_what_is_lost_is_sent_again() -> None:
    content = FILES["picture.bin"]
    with on_loopback("tftp", patience=50) as service, socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(encode(Request(Opcode.RRQ, "picture.bin", "octet")), service.address)
        first, transfer = caller.recvfrom(600)
        assert caller.recv(600) == first, "no acknowledgement came"
        for block in (1, 2, 3):
            caller.sendto(encode(Ack(block)), transfer)
            while block < 3 and decode(caller.recv(600)) != Data(block + 1, content[512 * block : 512 * (block + 1)]):
                pass  # one more copy of the block before
        assert service.told("sent")["name"] == "picture.bin"


def test_after_some_tries_it_gives_up() -> None:
    with on_loopback("tftp", patience=20) as service, socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(encode(Request(Opcode.RRQ, "hello.txt", "octet")), service.address)
        copies, transfer = [caller.recvfrom(600)], None
        copies += [caller.recvfrom(600) for _ in range(4)]
        assert {packet for packet, _ in copies} == {encode(Data(1, FILES["hello.txt"]))}
        (transfer,) = {address for _, address in copies}
        caller.connect(transfer)
        with pytest.raises(ConnectionRefusedError):  # the port is closed now: ICMP says so
            while True:
                caller.send(encode(Ack(2)))
                select.select([caller], [], [], 0.01)


@pytest.mark.parametrize("mode", ["octet", "netascii"])
def test_a_file_is_written(mode: str) -> None:
    with on_loopback("tftp", patience=50) as service, socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(encode(Request(Opcode.WRQ, "new.txt", mode)), service.address)
        packet, transfer = caller.recvfrom(600)
        assert decode(packet) == Ack(0)
        caller.sendto(encode(Data(1, b"one\r\ntwo\r\n")), transfer)
        assert decode(caller.recv(600)) == Ack(1)
        assert service.told("stored") == {"event": "stored", "name": "new.txt"}
        assert tftp_read(service.address, "new.txt", mode) == b"one\r\ntwo\r\n"
        other = {"octet": "netascii", "netascii": "octet"}[mode]
        assert tftp_read(service.address, "new.txt", other) != b"one\r\ntwo\r\n"


# SNMP


@a("snmp")
@pytest.mark.parametrize("version", [0, 1])
def test_an_object_and_one_that_is_not_there(running: Service, version: int) -> None:
    here, nowhere = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.77.0"
    found, missing = exchange(
        running.address,
        snmp.get_request("public", [here], 5, version),
        snmp.get_request("public", [here, nowhere], 6, version),
    )
    answer = snmp.decode(found)
    assert (answer.request_id, answer.version, answer.error_status) == (5, version, 0)
    assert answer.bindings == (snmp.Binding(here, OCTET_STRING, b"server.example"),)
    refusal = snmp.decode(missing)
    if version == 0:
        assert (refusal.error_status, refusal.error_index) == (2, 2), "noSuchName, the second"
    else:
        assert (refusal.error_status, refusal.bindings[1].kind) == (0, snmp.NO_SUCH_OBJECT)


@a("snmp")
def test_only_the_group_system_is_shown(running: Service) -> None:
    (answer,) = exchange(running.address, snmp.get_request("public", ["1.3.6.1.2.1.11.1.0"]))
    assert snmp.ERRORS[snmp.decode(answer).error_status] == "noAccess"
