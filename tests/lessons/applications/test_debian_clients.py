"""Debian's own clients and our servers, between two hosts: whoever wrote them knows nothing of this course."""

from __future__ import annotations

import os
import select
import subprocess
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

    def run(self, program: str, *arguments: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return self.client.run([installed(program), *arguments], input=input)

    def trace(self) -> Trace:
        self.network.wire.settle()
        return self.network.trace()


@pytest.fixture
def hosts(needs_lab: None) -> Iterator[Hosts]:
    with Network() as network:
        yield Hosts(network)


def test_curl_over_http(hosts: Hosts) -> None:
    hosts.serve("http")
    ended = hosts.run("curl", "-sS", f"http://{SERVER}/hello.txt", f"http://{SERVER}/visits")
    assert (ended.returncode, ended.stdout) == (0, HELLO + b"request 2 of this connection\n")
    assert len(connected(hosts.trace())) == 1, "one connection for both"
    assert hosts.run("curl", "-sS", "-f", f"http://{SERVER}/nothing").returncode == 22, "an error of HTTP"


def test_curl_over_smtp(hosts: Hosts, tmp_path: Path) -> None:
    mail = hosts.serve("smtp")
    content = b"Subject: dots\r\n\r\n.\r\n..two\r\nend\r\n"
    (tmp_path / "mail").write_bytes(content)
    sent = hosts.run(
        "curl", "-sS", f"smtp://{SERVER}/client.example", "--mail-from", "ann@client.example",
        "--mail-rcpt", "bob@server.example", "--upload-file", str(tmp_path / "mail"),
    )  # fmt: skip
    assert (sent.returncode, sent.stderr) == (0, b"")
    told = mail.told("mail")
    assert (told["receivers"], told["content"].encode()) == (["bob@server.example"], content)


@pytest.mark.parametrize("options", [[], ["--disable-epsv"], ["-P", "-"], ["-P", "-", "--disable-eprt"]], ids=str)
def test_curl_over_ftp(hosts: Hosts, options: list[str]) -> None:
    hosts.serve("ftp")
    ended = hosts.run("curl", "-sS", *options, f"ftp://{NAME}:{PASSWORD}@{SERVER}/picture.bin")
    assert (ended.returncode, ended.stdout) == (0, PICTURE)
    control, data = str(callers(hosts.trace())).splitlines()[2:4]
    assert "client → server port 21" in control
    assert ("server port 20 → client port" if "-P" in options else "client → server port") in data


def test_ftp(hosts: Hosts) -> None:
    hosts.serve("ftp")
    commands = f"user {NAME} {PASSWORD}\nget hello.txt -\npassive off\nget hello.txt -\nquit\n"
    ended = hosts.run("ftp", "-n", SERVER, input=commands.encode())
    assert ended.returncode == 0 and ended.stdout.count(HELLO) == 2


@pytest.mark.parametrize("options", [[], ["+tcp"], ["+noedns"], ["+nocookie"]], ids=str)
def test_dig(hosts: Hosts, options: list[str]) -> None:
    hosts.serve("dns")

    def asked(name: str, kind: str) -> list[str]:
        ended = hosts.run("dig", f"@{SERVER}", *options, "+short", f"{name}.course.example", kind)
        assert ended.returncode == 0 and not ended.stderr
        return ended.stdout.decode().splitlines()

    assert asked("www", "A") == ["10.0.0.2"]
    assert len(asked("long", "TXT")) == 20


def test_dig_asks_again_over_tcp(hosts: Hosts) -> None:
    hosts.serve("dns")
    ended = hosts.run("dig", f"@{SERVER}", "+noedns", "long.course.example", "TXT")
    assert b"Truncated, retrying in TCP mode" in ended.stdout and b"status: NOERROR" in ended.stdout
    assert [each.server_port for each in connected(hosts.trace())] == [53]


@pytest.mark.parametrize(("name", "status"), [("no.course.example", b"NXDOMAIN"), ("elsewhere.example", b"REFUSED")])
def test_dig_is_told_what_is_not_there(hosts: Hosts, name: str, status: bytes) -> None:
    hosts.serve("dns")
    assert b"status: " + status in hosts.run("dig", f"@{SERVER}", name).stdout


def test_tftp(hosts: Hosts, tmp_path: Path) -> None:
    hosts.serve("tftp")
    got, new = tmp_path / "got", tmp_path / "new"
    new.write_bytes(bytes(1024))  # its last block is empty
    for command in (["put", str(new), "new"], ["get", "new", str(got)]):
        ended = hosts.run("tftp", "-m", "binary", SERVER, "-c", *command)
        assert (ended.returncode, ended.stderr) == (0, b"")
    assert got.read_bytes() == bytes(1024)
    assert b"there is no such file" in hosts.run("tftp", SERVER, "-c", "get", "nothing", str(got)).stdout


def test_curl_over_tftp_asks_for_options(hosts: Hosts) -> None:
    hosts.serve("tftp")
    assert hosts.run("curl", "-sS", f"tftp://{SERVER}/picture.bin").stdout == PICTURE


@pytest.mark.parametrize("version", ["1", "2c"])
def test_snmpget(hosts: Hosts, version: str) -> None:
    hosts.serve("snmp")
    options = ["-v", version, "-c", "public", "-On", SERVER]
    ended = hosts.run("snmpget", *options, "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0")
    assert ended.stdout.decode().splitlines() == [
        '.1.3.6.1.2.1.1.5.0 = STRING: "server.example"',
        '.1.3.6.1.2.1.1.6.0 = STRING: "in the lab"',
    ]
    silent = hosts.run("snmpget", "-v", version, "-c", "secret", "-r", "0", "-t", "0.2", SERVER, "1.3.6.1.2.1.1.5.0")
    assert silent.returncode != 0 and b"Timeout" in silent.stderr


def test_telnet(hosts: Hosts) -> None:
    hosts.serve("telnet")
    session = hosts.client.start([installed("telnet"), SERVER])
    for waits_for, typed in (("login: ", NAME), ("Password: ", PASSWORD), ("> ", "hello"), ("> ", "exit")):
        read_until(session, waits_for)
        session.stdin.write(typed.encode() + b"\n")
    assert "Goodbye." in read_until(session, "Goodbye.")
    assert session.wait() in (0, 1)
    said = connected(hosts.trace())[0]
    assert PASSWORD.encode() in said.sent(by_client=True), "everybody on the wire can read it"


def read_until(program: Program, end: str) -> str:
    """What a program says up to these words."""
    said, deadline = b"", time.monotonic() + PATIENCE
    while not said.decode(errors="replace").endswith(end):
        ready, _, _ = select.select([program.stdout], [], [], max(0.0, deadline - time.monotonic()))
        piece = os.read(program.stdout.fileno(), 1) if ready else b""
        assert piece, f"it did not say {end!r}, but {said!r}"
        said += piece
    return said.decode(errors="replace")
