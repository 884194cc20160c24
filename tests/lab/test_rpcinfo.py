"""Our ONC RPC and the programs that others wrote, between two hosts: Debian's rpcinfo and rpcbind (libtirpc)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.fields.onc_rpc import Client, RecordReader, RPCError, Server, auth_sys, framed
from helpers.fields.xdr import Unpacker
from helpers.lab.sockets import LabSocket
from helpers.lessons.remote_calls import servers
from helpers.lessons.remote_calls.servers import PORT, PROGRAM, TCP, UDP, Mapping
from tests.lab.conftest import Lab
from tests.needs import installed, need
from tests.users import USER, command, why_impossible

TOP = Path(__file__).parents[2]
LOCAL, SERVER = "127.0.0.1", "10.0.0.2"
CALCULATOR, CALCULATOR_PORT = 0x20000099, 2049
UNSET = 2
RESERVED_PORT = 700
"""rpcbind lets programs of its own host register, from a port that only root may have."""
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
READY = f"program {CALCULATOR} version 3 ready and waiting"


def bound(lab: Lab, port: int) -> LabSocket:
    sock = lab.server.socket(type=socket.SOCK_DGRAM)
    sock.bind((SERVER, port))
    return sock


def calculator() -> Server:
    server = Server()
    server.register(CALCULATOR, 1, {}), server.register(CALCULATOR, 3, {})
    return server


def number(results: bytes) -> int:
    return Unpacker(results).unpack_unsigned_int()


def rpcinfo(lab: Lab, *arguments: str) -> tuple[int, str, str]:
    told = lab.client.run([installed("rpcinfo"), *arguments])
    return told.returncode, told.stdout.decode().strip(), told.stderr.decode().strip()


# Their client, our server.


@pytest.fixture
def ours(lab: Lab) -> Iterator[Lab]:
    """Our port mapper and our calculator are at work in the host server."""
    names = Server()
    mapper = servers.PortMapper(names, SERVER)
    for version in (1, 3):
        assert mapper.set(Mapping(CALCULATOR, version, UDP, CALCULATOR_PORT))
    with servers.serving(names, bound(lab, PORT)), servers.serving(calculator(), bound(lab, CALCULATOR_PORT)):
        yield lab


def test_rpcinfo_finds_and_calls_a_program_and_learns_its_versions(ours: Lab) -> None:
    """The address is that of port 8 * 256 + 1. Without a version it calls 0, and reads PROG_MISMATCH."""
    ours.client.socket(type=socket.SOCK_DGRAM).sendto(b"\xff" * 30, (SERVER, PORT))  # noise first
    for where in (["-T", "udp", SERVER], ["-u", SERVER], ["-a", f"{SERVER}.8.1", "-T", "udp"]):
        assert rpcinfo(ours, *where, str(CALCULATOR), "3") == (0, READY, "")
    _, told, complaint = rpcinfo(ours, "-T", "udp", SERVER, str(CALCULATOR))
    assert told.splitlines() == [READY.replace("3 r", "1 r"), f"program {CALCULATOR} version 2 is not available", READY]
    assert "low version = 1, high version = 3" in complaint


def test_rpcinfo_is_told_what_is_not_there(ours: Lab) -> None:
    assert rpcinfo(ours, "-T", "udp", SERVER, "99", "1") == (1, "", "rpcinfo: RPC: Program not registered")
    assert "RPC: Program unavailable" in rpcinfo(ours, "-a", f"{SERVER}.8.1", "-T", "udp", "99", "1")[2]
    ours.network.close()  # under the service, which ends without a sound


# Our client, their server.

Asking = Callable[..., bytes]


@pytest.fixture(params=KINDS)
def ask(lab: Lab, request: pytest.FixtureRequest) -> Asking:
    """Ask Debian's port mapper, at work in the host server, from its own host: over UDP and over TCP."""
    program = installed("rpcbind")
    lab.listener.close()  # what listens then is rpcbind
    lab.server.start([sys.executable, str(Path(__file__).with_name("start_rpcbind.py")), program])
    lab.server.wait_for_state("LISTEN")
    sock = lab.server.socket(type=KINDS[request.param])
    sock.bind((LOCAL, RESERVED_PORT))
    sock.connect((LOCAL, PORT))
    sock.settimeout(10)

    def ask(procedure: int, arguments: bytes = b"", program: int = PROGRAM, version: int = 2) -> bytes:
        client = Client(program, version, auth_sys("server", 0, 0))
        message = client.call(procedure, arguments)
        if request.param == "udp":
            sock.send(message)
            return client.results(sock.recv(9000)) or b""
        sock.sendall(framed(message))  # libtirpc resets a connection whose record has two fragments
        records, reader = [], RecordReader()
        while not records:
            records = reader.feed(sock.recv(10))
        return client.results(records[0]) or b""

    return ask


def test_rpcbind_understands_our_client(ask: Asking) -> None:
    mapping = Mapping(CALCULATOR, 1, UDP, CALCULATOR_PORT)
    assert number(ask(servers.SET, mapping.packed()))
    assert not number(ask(servers.SET, mapping._replace(port=1).packed()))
    assert number(ask(servers.GETPORT, mapping.packed())) == CALCULATOR_PORT
    listed = servers.unpack_mappings(ask(servers.DUMP))
    assert mapping in listed and Mapping(PROGRAM, 2, TCP, PORT) in listed
    assert number(ask(UNSET, mapping.packed()))
    assert number(ask(servers.GETPORT, mapping.packed())) == 0


def test_rpcbinds_refusals_are_our_errors(ask: Asking) -> None:
    for called, sentence in (
        ({"program": 99}, "PROG_UNAVAIL"), ({"version": 9}, "there are 2 to 4"), ({"procedure": 99}, "PROC_UNAVAIL"),
    ):  # fmt: skip
        with pytest.raises(RPCError, match=sentence):
            ask(**{"procedure": 1, **called})


def test_their_client_finds_our_server_through_their_rpcbind(lab: Lab, ask: Asking) -> None:
    assert number(ask(servers.SET, Mapping(CALCULATOR, 3, UDP, CALCULATOR_PORT).packed()))
    with servers.serving(calculator(), bound(lab, CALCULATOR_PORT)):
        assert rpcinfo(lab, "-T", "udp", SERVER, str(CALCULATOR), "3") == (0, READY, "")


def test_an_ordinary_user_can_do_all_this() -> None:
    need("user namespaces for its users", why_impossible(USER))
    installed("rpcinfo"), installed("rpcbind")
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "not ordinary"]
    told = subprocess.run(
        command(USER, tests), cwd=TOP, capture_output=True, text=True,
        env={**os.environ, "TESTS_REACHABLE": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert told.returncode == 0 and "skipped" not in told.stdout, told.stdout + told.stderr
