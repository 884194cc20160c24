"""Our ONC RPC and the programs that others wrote, between two hosts: Debian's rpcinfo and rpcbind (libtirpc)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scapy.layers.inet import UDP as UDPHeader
from scapy.layers.l2 import Ether

from helpers.fields.onc_rpc import (
    AuthSysParameters,
    Client,
    GarbageArguments,
    ProcedureUnavailable,
    ProgramMismatch,
    ProgramUnavailable,
    Server,
)
from helpers.fields.xdr import Packer, Unpacker
from helpers.ipc.rpc_service import NoReply, call, serving
from helpers.lab.sockets import LabSocket
from helpers.lessons.remote_calls.port_mapper import (
    PORT,
    PROGRAM,
    TCP,
    UDP,
    Binding,
    Mapping,
    PortMapper,
    PortMapperProcedure,
    RpcbindProcedure,
    unpack_address,
    unpack_bindings,
    unpack_mappings,
    unpack_port,
    unpack_success,
)
from helpers.trace import Frame
from tests.lab.conftest import Lab
from tests.needs import installed, need
from tests.users import USER, command, why_impossible

TOP = Path(__file__).parents[2]
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
CALCULATOR, CALCULATOR_PORT = 0x20000099, 2049
ADD = 1
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}
PROTOCOLS = {"udp": UDP, "tcp": TCP}
ARGUMENTS, SUM = Packer().pack_int(2).pack_int(40).data, Packer().pack_int(42).data

transports = pytest.mark.parametrize("transport", ["udp", "tcp"])


def bound(lab: Lab, transport: str, port: int) -> LabSocket:
    sock = lab.server.socket(type=KINDS[transport])
    sock.bind((SERVER, port))
    if transport == "tcp":
        sock.listen()
    return sock


def connected(lab: Lab, transport: str, port: int) -> LabSocket:
    sock = lab.client.socket(type=KINDS[transport])
    sock.connect((SERVER, port))
    return sock


class Calculator(Server):
    """add(int, int), in versions 1 and 3."""

    def __init__(self, cached_replies: int = 0) -> None:
        super().__init__(cached_replies)
        for version in (1, 3):
            self.register(CALCULATOR, version, {ADD: self._add})

    def _add(self, arguments: bytes) -> bytes:
        unpacker = Unpacker(arguments)
        first, second = unpacker.unpack_int(), unpacker.unpack_int()
        unpacker.done()
        return Packer().pack_int(first + second).data


@dataclass
class Ours:
    """Our port mapper and our calculator, both at work in the host server."""

    lab: Lab
    mapper: PortMapper
    calculator: Calculator

    def rpcinfo(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return self.lab.client.run([installed("rpcinfo"), *arguments])


@pytest.fixture
def ours(lab: Lab) -> Iterator[Ours]:
    registry, calculator = Server(), Calculator()
    mapper = PortMapper(registry, SERVER)
    for version in (1, 3):
        for protocol in (UDP, TCP):
            assert mapper.set(Mapping(CALCULATOR, version, protocol, CALCULATOR_PORT))
    with (
        serving(registry, bound(lab, "udp", PORT), bound(lab, "tcp", PORT)),
        serving(calculator, bound(lab, "udp", CALCULATOR_PORT), bound(lab, "tcp", CALCULATOR_PORT)),
    ):
        yield Ours(lab, mapper, calculator)


def lines(told: subprocess.CompletedProcess[bytes]) -> list[list[str]]:
    """The words of what rpcinfo printed, without the heading of its tables."""
    words = [line.split() for line in told.stdout.decode().splitlines()]
    return [line for line in words if line[0] != "program" or line[1].isdigit()]


# Their client, our server.


def test_rpcinfo_lists_what_version_2_knows(ours: Ours) -> None:
    told = ours.rpcinfo("-p", SERVER)
    assert told.returncode == 0
    assert {tuple(line[:4]) for line in lines(told)} == {
        (str(each.program), str(each.version), each.netid, "111" if each.program == PROGRAM else str(CALCULATOR_PORT))
        for each in ours.mapper.bindings
    }


def test_rpcinfo_lists_what_rpcbind_knows(ours: Ours) -> None:
    told = ours.rpcinfo(SERVER)
    assert told.returncode == 0
    assert {(*line[:4], line[-1]) for line in lines(told)} == {
        (str(each.program), str(each.version), each.netid, each.address, each.owner) for each in ours.mapper.bindings
    }


def test_rpcinfo_lists_the_addresses_of_a_program(ours: Ours) -> None:
    told = ours.rpcinfo("-l", SERVER, str(CALCULATOR), "1")
    assert [line[2:4] for line in lines(told)] == [
        ["inet/udp/clts", "10.0.0.2.8.1"],
        ["inet/tcp/cots_ord", "10.0.0.2.8.1"],
    ]


@pytest.mark.parametrize("options", [["-T", "udp"], ["-T", "tcp"], ["-u"], ["-t"]], ids=" ".join)
def test_rpcinfo_finds_and_calls_a_program(ours: Ours, options: list[str]) -> None:
    told = ours.rpcinfo(*options, SERVER, str(CALCULATOR), "3")
    assert (told.returncode, told.stdout.decode().strip()) == (0, f"program {CALCULATOR} version 3 ready and waiting")
    assert ours.calculator.executed == 1


@transports
def test_rpcinfo_calls_an_address_that_it_is_told(ours: Ours, transport: str) -> None:
    told = ours.rpcinfo("-a", "10.0.0.2.8.1", "-T", transport, str(CALCULATOR), "1")
    assert (told.returncode, ours.calculator.executed) == (0, 1)


@transports
def test_rpcinfo_learns_the_versions(ours: Ours, transport: str) -> None:
    """It calls version 0 and reads PROG_MISMATCH."""
    told = ours.rpcinfo("-T", transport, SERVER, str(CALCULATOR))
    assert [(line[3], line[4:]) for line in lines(told)] == [
        ("1", ["ready", "and", "waiting"]),
        ("2", ["is", "not", "available"]),
        ("3", ["ready", "and", "waiting"]),
    ]
    assert b"low version = 1, high version = 3" in told.stderr


@transports
def test_rpcinfo_is_told_what_is_not_there(ours: Ours, transport: str) -> None:
    told = ours.rpcinfo("-T", transport, SERVER, "99", "1")
    assert (told.returncode, told.stderr.strip()) == (1, b"rpcinfo: RPC: Program not registered")
    told = ours.rpcinfo("-a", "10.0.0.2.8.1", "-T", transport, "99", "1")
    assert told.returncode == 1 and b"RPC: Program unavailable" in told.stderr


def test_noise_first_rpcinfo_after(ours: Ours) -> None:
    for port in (PORT, CALCULATOR_PORT):
        connected(ours.lab, "udp", port).send(b"\xff" * 30)
        connected(ours.lab, "tcp", port).send(b"\xff" * 30)
    assert ours.rpcinfo("-p", SERVER).returncode == 0
    assert ours.rpcinfo("-T", "tcp", SERVER, str(CALCULATOR), "1").returncode == 0


# Our client, our server, and the wire between them.


@transports
def test_a_lookup_and_a_call(ours: Ours, transport: str) -> None:
    mapper = connected(ours.lab, transport, PORT)
    question = Mapping(CALCULATOR, 1, PROTOCOLS[transport])
    port = unpack_port(call(Client(PROGRAM, 2), mapper, PortMapperProcedure.GETPORT, question.packed()))
    assert call(Client(CALCULATOR, 1), connected(ours.lab, transport, port), ADD, ARGUMENTS) == SUM


def is_reply(frame: Frame) -> bool:
    return frame.sender == "server" and UDPHeader in Ether(frame.data)


@pytest.mark.parametrize(("cached_replies", "executed"), [(0, 2), (8, 1)], ids=["at-least-once", "at-most-once"])
def test_a_lost_reply(lab: Lab, cached_replies: int, executed: int) -> None:
    calculator = Calculator(cached_replies)
    with serving(calculator, bound(lab, "udp", CALCULATOR_PORT)), lab.wire.drop(where=is_reply, nth=1):
        sock = connected(lab, "udp", CALCULATOR_PORT)
        assert call(Client(CALCULATOR, 1), sock, ADD, ARGUMENTS, timeout=0.2, tries=5) == SUM
    assert calculator.executed == executed
    assert calculator.executed + calculator.repeated == 2


def test_a_reply_that_never_comes(lab: Lab) -> None:
    calculator = Calculator()
    with serving(calculator, bound(lab, "udp", CALCULATOR_PORT)), lab.wire.drop(where=is_reply):
        sock = connected(lab, "udp", CALCULATOR_PORT)
        with pytest.raises(NoReply, match="no reply came within 0.1 s"):
            call(Client(CALCULATOR, 1), sock, ADD, ARGUMENTS, timeout=0.1, tries=2)
    assert calculator.executed == 2, "the caller does not know it"


def test_a_closed_network_ends_the_service_quietly(lab: Lab) -> None:
    with serving(Calculator(), bound(lab, "udp", CALCULATOR_PORT), bound(lab, "tcp", CALCULATOR_PORT)):
        assert call(Client(CALCULATOR, 1), connected(lab, "tcp", CALCULATOR_PORT), ADD, ARGUMENTS) == SUM
        lab.network.close()


# Our client, their server.

LOCAL = "127.0.0.1"
RESERVED_PORT = 700
"""rpcbind lets programs of its own host register, from a port that only root may have."""


@pytest.fixture
def rpcbind(lab: Lab) -> None:
    """Debian's port mapper, at work in the host server."""
    program = installed("rpcbind")
    lab.listener.close()  # what listens then is rpcbind
    lab.server.start([sys.executable, str(Path(__file__).with_name("start_rpcbind.py")), program])
    lab.server.wait_for_state("LISTEN")


Asking = Callable[..., bytes]


@pytest.fixture
def ask(lab: Lab, rpcbind: None) -> Callable[[str], Asking]:
    """Ask rpcbind, from its own host, over that transport."""

    def over(transport: str) -> Asking:
        sock = lab.server.socket(type=KINDS[transport])
        sock.bind((LOCAL, RESERVED_PORT))
        sock.connect((LOCAL, PORT))

        def ask(version: int, procedure: int, arguments: bytes = b"", program: int = PROGRAM) -> bytes:
            credentials = AuthSysParameters(0, "server", 0, 0).packed()
            return call(Client(program, version, credentials), sock, procedure, arguments)

        return ask

    return over


@transports
def test_rpcbind_knows_our_version_2(ask: Callable[[str], Asking], transport: str) -> None:
    asked = ask(transport)
    mapping = Mapping(CALCULATOR, 1, UDP, CALCULATOR_PORT)
    elsewhere = Mapping(CALCULATOR, 1, UDP, CALCULATOR_PORT + 1)
    assert unpack_success(asked(2, PortMapperProcedure.SET, mapping.packed()))
    assert not unpack_success(asked(2, PortMapperProcedure.SET, elsewhere.packed()))
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, mapping.packed())) == CALCULATOR_PORT
    listed = unpack_mappings(asked(2, PortMapperProcedure.DUMP))
    assert mapping in listed and Mapping(PROGRAM, 2, TCP, PORT) in listed
    assert unpack_success(asked(2, PortMapperProcedure.UNSET, mapping.packed()))
    assert unpack_port(asked(2, PortMapperProcedure.GETPORT, mapping.packed())) == 0
    assert mapping not in unpack_mappings(asked(2, PortMapperProcedure.DUMP))


@transports
@pytest.mark.parametrize("version", [3, 4])
def test_rpcbind_knows_our_versions_3_and_4(ask: Callable[[str], Asking], transport: str, version: int) -> None:
    asked = ask(transport)
    binding = Binding(CALCULATOR, 1, transport, "10.0.0.2.8.1", "root")
    assert unpack_success(asked(version, RpcbindProcedure.SET, binding.packed()))
    assert unpack_address(asked(version, RpcbindProcedure.GETADDR, binding.packed())) == binding.address
    listed = unpack_bindings(asked(version, RpcbindProcedure.DUMP))
    ours = [(each.netid, each.address) for each in listed if each.program == CALCULATOR]
    assert ours == [(transport, binding.address)]
    assert unpack_success(asked(version, RpcbindProcedure.UNSET, binding.packed()))
    assert unpack_address(asked(version, RpcbindProcedure.GETADDR, binding.packed())) == ""


@transports
def test_rpcbinds_refusals_are_our_errors(ask: Callable[[str], Asking], transport: str) -> None:
    asked = ask(transport)
    with pytest.raises(ProgramUnavailable):
        asked(1, 0, program=99)
    with pytest.raises(ProgramMismatch) as raised:
        asked(9, 0)
    assert (raised.value.low, raised.value.high) == (2, 4)
    with pytest.raises(ProcedureUnavailable):
        asked(4, 99)
    assert asked(4, 0) == b""


def test_rpcbind_names_garbage(ask: Callable[[str], Asking]) -> None:
    """Over TCP: over UDP it reads on in what an earlier datagram left behind."""
    with pytest.raises(GarbageArguments):
        ask("tcp")(4, RpcbindProcedure.GETADDR, b"\0\0\0\7")


@transports
def test_their_client_finds_our_server_through_their_rpcbind(
    lab: Lab, ask: Callable[[str], Asking], transport: str
) -> None:
    mapping = Mapping(CALCULATOR, 1, PROTOCOLS[transport], CALCULATOR_PORT)
    assert unpack_success(ask(transport)(2, PortMapperProcedure.SET, mapping.packed()))
    calculator = Calculator()
    with serving(calculator, bound(lab, "udp", CALCULATOR_PORT), bound(lab, "tcp", CALCULATOR_PORT)):
        told = lab.client.run([installed("rpcinfo"), "-T", transport, SERVER, str(CALCULATOR), "1"])
    assert (told.returncode, told.stdout.decode().strip()) == (0, f"program {CALCULATOR} version 1 ready and waiting")
    assert calculator.executed == 1


def test_an_ordinary_user_can_do_all_this() -> None:
    need("user namespaces for its users", why_impossible(USER))
    installed("rpcinfo"), installed("rpcbind")
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "not ordinary"]
    told = subprocess.run(
        command(USER, tests), cwd=TOP, capture_output=True, text=True,
        env={**os.environ, "TESTS_REACHABLE": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert told.returncode == 0 and "skipped" not in told.stdout, told.stdout + told.stderr
