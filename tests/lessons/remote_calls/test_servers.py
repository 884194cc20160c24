"""The port mapper in bytes, and the thread that serves a socket. Other people's programs meet both in tests/lab."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.onc_rpc import AcceptStatus, Call, Caller, Client, Reply, Server, decode, encode
from helpers.fields.xdr import Unpacker
from helpers.lessons.remote_calls import servers
from helpers.lessons.remote_calls.servers import PROGRAM, TCP, UDP, Mapping

HOST, CALCULATOR = "10.0.0.2", 0x20000099
LOCAL, REMOTE = Caller("udp", "127.0.0.1", 700), Caller("udp", "10.0.0.1", 700)
MAPPING = Mapping(CALCULATOR, 1, UDP, 2049)


def number(results: bytes) -> int:
    """What servers.GETPORT and servers.SET return."""
    return Unpacker(results).unpack_unsigned_int()


class Asked:
    """A port mapper that is asked in bytes."""

    def __init__(self) -> None:
        self.server = Server()
        self.mapper = servers.PortMapper(self.server, HOST)

    def __call__(self, procedure: int, arguments: bytes = b"", caller: Caller = REMOTE, version: int = 2) -> bytes:
        reply = self.server.handle(encode(Call(5, PROGRAM, version, procedure, arguments)), caller)
        answer = decode(reply or b"")
        assert isinstance(answer, Reply) and answer.status is AcceptStatus.SUCCESS
        return answer.results


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_program_is_registered_once(asked: Asked) -> None:
    assert number(asked(servers.SET, MAPPING.packed(), LOCAL))
    assert not number(asked(servers.SET, MAPPING._replace(port=2050).packed(), LOCAL))
    assert number(asked(servers.GETPORT, MAPPING._replace(protocol=TCP).packed())) == 0
    assert servers.unpack_mappings(asked(servers.DUMP))[-1] == MAPPING


def test_only_programs_of_this_host_register(asked: Asked) -> None:
    """RFC 1833, section 2.2.2."""
    assert not number(asked(servers.SET, MAPPING.packed(), REMOTE))
    assert number(asked(servers.SET, MAPPING.packed(), REMOTE._replace(host=HOST)))


@given(st.sampled_from([2, 3, 4]), st.integers(0, 5), st.binary(max_size=40))
@settings(deadline=None)
def test_no_arguments_whatever_make_it_fail(version: int, procedure: int, arguments: bytes) -> None:
    asked = Asked()
    reply = decode(asked.server.handle(encode(Call(5, PROGRAM, version, procedure, arguments)), REMOTE) or b"")
    assert isinstance(reply, Reply) and reply.status is not AcceptStatus.SYSTEM_ERR
    asked(servers.DUMP)


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


def finds_itself(udp: socket.socket) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(5)
        caller.connect(udp.getsockname())
        client = Client(PROGRAM, 2)
        caller.send(client.call(servers.GETPORT, Mapping(PROGRAM, 2, UDP).packed()))
        return number(client.results(caller.recv(1000)) or b"") == 111


def test_noise_does_not_end_the_service(udp: socket.socket) -> None:
    with servers.serving(Asked().server, udp), socket.socket(type=socket.SOCK_DGRAM) as caller:
        for noise in (b"", b"\0", struct.pack(">3I", 5, 0, 3), b"\xff" * 2000):
            caller.sendto(noise, udp.getsockname())
        assert finds_itself(udp)


def test_the_end_of_the_block_ends_the_service_and_leaves_the_socket(udp: socket.socket) -> None:
    before = threading.active_count()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), servers.serving(Asked().server, udp):
            assert finds_itself(udp)
            raise ZeroDivisionError
    assert (threading.active_count(), udp.gettimeout()) == (before, None)
