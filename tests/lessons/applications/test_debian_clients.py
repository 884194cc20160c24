"""Debian's own clients and our servers, between two hosts: whoever wrote them knows nothing of this course."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.lab import Network
from helpers.lab.programs import Program
from helpers.lessons.applications.conversation import callers, connected
from helpers.lessons.applications.service import FILES, NAME, PASSWORD, Service, start_in
from helpers.trace import Trace
from tests.needs import installed

HELLO, PICTURE = FILES["hello.txt"], FILES["picture.bin"]
SERVER = "10.0.0.2"
PATIENCE = 10.0


class Hosts:
    """A client and a server, and what is started there."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.client, self.server = network.host("client"), network.host("server")

    def serve(self, name: str) -> Service:
        return start_in(self.server, name)

    def run(self, program: str, *arguments: str, input: bytes = b"", status: int = 0) -> bytes:
        """What it says; it must end with that status, and complain only if it is another than 0."""
        ended = self.client.run([installed(program), *arguments], input=input)
        assert (ended.returncode, bool(ended.stderr)) == (status, status > 0), ended
        return bytes(ended.stdout)

    def trace(self) -> Trace:
        self.network.wire.settle()
        return self.network.trace()


@pytest.fixture
def hosts(needs_lab: None) -> Iterator[Hosts]:
    with Network() as network:
        yield Hosts(network)


def test_curl_over_http(hosts: Hosts) -> None:
    hosts.serve("http")
    both = hosts.run("curl", "-sS", f"http://{SERVER}/hello.txt", f"http://{SERVER}/visits")
    assert both == HELLO + b"request 2 of this connection\n"
    assert len(connected(hosts.trace())) == 1, "one connection for both"
    hosts.run("curl", "-sS", "-f", f"http://{SERVER}/nothing", status=22)  # an error of HTTP


def test_curl_over_smtp(hosts: Hosts) -> None:
    mail, content = hosts.serve("smtp"), b"Subject: dots\r\n\r\n.\r\n..two\r\nend\r\n"
    envelope = "--mail-from", "ann@client.example", "--mail-rcpt", "bob@server.example"
    hosts.run("curl", "-sS", f"smtp://{SERVER}/client.example", *envelope, "--upload-file", "-", input=content)
    told = mail.told("mail")
    assert (told["receivers"], told["content"].encode()) == (["bob@server.example"], content)


@pytest.mark.parametrize("options", [[], ["--disable-epsv"], ["-P", "-"], ["-P", "-", "--disable-eprt"]], ids=str)
def test_curl_over_ftp(hosts: Hosts, options: list[str]) -> None:
    hosts.serve("ftp")
    assert hosts.run("curl", "-sS", *options, f"ftp://{NAME}:{PASSWORD}@{SERVER}/picture.bin") == PICTURE
    control, data = str(callers(hosts.trace())).splitlines()[2:4]
    assert "client → server port 21" in control
    assert ("server port 20 → client port" if "-P" in options else "client → server port") in data


def test_ftp(hosts: Hosts) -> None:
    hosts.serve("ftp")
    commands = f"user {NAME} {PASSWORD}\nget hello.txt -\npassive off\nget hello.txt -\nquit\n"
    assert hosts.run("ftp", "-n", SERVER, input=commands.encode()).count(HELLO) == 2


@pytest.mark.parametrize("options", [[], ["+tcp"], ["+noedns"], ["+nocookie"]], ids=str)
def test_dig(hosts: Hosts, options: list[str]) -> None:
    hosts.serve("dns")

    def asked(*question: str) -> bytes:
        return hosts.run("dig", f"@{SERVER}", *options, *question)

    assert asked("+short", "www.course.example", "A") == b"10.0.0.2\n"
    long = asked("long.course.example", "TXT")
    assert long.count(b"This is text") == 20 and (b"retrying in TCP" in long) is (options == ["+noedns"])
    assert b"status: NXDOMAIN" in asked("no.course.example") and b"status: REFUSED" in asked("elsewhere.example")


def test_tftp(hosts: Hosts, tmp_path: Path) -> None:
    hosts.serve("tftp")
    got, new = tmp_path / "got", tmp_path / "new"
    new.write_bytes(bytes(1024))  # its last block is empty
    for command in (["put", str(new), "new"], ["get", "new", str(got)]):
        hosts.run("tftp", "-m", "binary", SERVER, "-c", *command)
    assert got.read_bytes() == bytes(1024)
    assert hosts.run("curl", "-sS", f"tftp://{SERVER}/picture.bin") == PICTURE, "curl asks for options"
    assert b"there is no such file" in hosts.run("tftp", SERVER, "-c", "get", "nothing", str(got))


@pytest.mark.parametrize("version", ["1", "2c"])
def test_snmpget(hosts: Hosts, version: str) -> None:
    hosts.serve("snmp")
    options = ["-v", version, "-r", "0", "-On", SERVER, "1.3.6.1.2.1.1.5.0"]
    assert hosts.run("snmpget", "-c", "public", *options) == b'.1.3.6.1.2.1.1.5.0 = STRING: "server.example"\n'
    hosts.run("snmpget", "-c", "secret", "-t", "0.2", *options, status=1)  # it has waited in vain


def test_telnet(hosts: Hosts) -> None:
    hosts.serve("telnet")
    session = hosts.client.start([installed("telnet"), SERVER])
    for waits_for, typed in (("login: ", NAME), ("Password: ", PASSWORD), ("> ", "hello"), ("> ", "exit")):
        read_until(session, waits_for)
        session.stdin.write(typed.encode() + b"\n")
    read_until(session, "Goodbye.")
    assert session.wait() in (0, 1)
    said = connected(hosts.trace())[0]
    assert PASSWORD.encode() in said.sent(by_client=True), "everybody on the wire can read it"


def read_until(program: Program, end: str) -> None:
    """Wait until a program says these words."""
    said, deadline = b"", time.monotonic() + PATIENCE
    while not said.endswith(end.encode()):
        ready, _, _ = select.select([program.stdout], [], [], max(0.0, deadline - time.monotonic()))
        piece = os.read(program.stdout.fileno(), 1) if ready else b""
        assert piece, f"it did not say {end!r}, but {said!r}"
        said += piece
