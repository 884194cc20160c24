from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.fields.onc_rpc import Client, ProcedureUnavailable, ProgramUnavailable, Server
from helpers.fields.record_marking import RecordReader, framed
from helpers.fields.xdr import Packer, Unpacker
from helpers.ipc.rpc_service import NoReply, call, serving

PROGRAM, VERSION = 0x20000099, 1
ADD, LARGE = 1, 2
ARGUMENTS = Packer().pack_int(2).pack_int(40).data
SUM = Packer().pack_int(42).data


def add(arguments: bytes) -> bytes:
    unpacker = Unpacker(arguments)
    return Packer().pack_int(unpacker.unpack_int() + unpacker.unpack_int()).data


def large(_: bytes) -> bytes:
    return bytes(1 << 20)


@dataclass
class Service:
    """A server that serves a UDP and a TCP socket at 127.0.0.1."""

    server: Server
    udp: socket.socket
    tcp: socket.socket

    @contextlib.contextmanager
    def caller(self, kind: str) -> Iterator[socket.socket]:
        """A socket connected to it."""
        family = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
        with socket.socket(type=family) as sock:
            sock.settimeout(5)
            sock.connect((self.udp if kind == "udp" else self.tcp).getsockname())
            yield sock

    def adds(self, kind: str) -> bool:
        """Whether it serves a caller of that kind."""
        with self.caller(kind) as sock:
            return call(Client(PROGRAM, VERSION), sock, ADD, ARGUMENTS) == SUM


@contextlib.contextmanager
def bound(kind: socket.SocketKind) -> Iterator[socket.socket]:
    with socket.socket(type=kind) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


@pytest.fixture
def service() -> Iterator[Service]:
    server = Server()
    server.register(PROGRAM, VERSION, {ADD: add, LARGE: large})
    with bound(socket.SOCK_DGRAM) as udp, bound(socket.SOCK_STREAM) as tcp:
        tcp.listen()
        with serving(server, udp, tcp):
            yield Service(server, udp, tcp)


KINDS = pytest.mark.parametrize("kind", ["udp", "tcp"])


@KINDS
def test_a_procedure_is_called(service: Service, kind: str) -> None:
    with service.caller(kind) as sock:
        client = Client(PROGRAM, VERSION)
        for _ in range(3):
            assert call(client, sock, ADD, ARGUMENTS) == SUM
        with pytest.raises(ProcedureUnavailable):
            call(client, sock, 99)
        assert call(client, sock, ADD, ARGUMENTS) == SUM


def test_several_callers_at_one_time(service: Service) -> None:
    with contextlib.ExitStack() as stack:
        for sock in [stack.enter_context(service.caller(kind)) for kind in ("tcp", "udp", "tcp", "udp", "tcp")]:
            assert call(Client(PROGRAM, VERSION), sock, ADD, ARGUMENTS) == SUM


def test_a_record_may_come_byte_by_byte(service: Service) -> None:
    with service.caller("tcp") as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client, reader = Client(PROGRAM, VERSION), RecordReader()
        for byte in framed(client.call(ADD, ARGUMENTS), 10):
            sock.send(bytes([byte]))
        records: list[bytes] = []
        while not records:
            records = reader.feed(sock.recv(1))
        assert client.results(records[0]) == SUM


def test_several_calls_in_one_piece_are_all_answered(service: Service) -> None:
    with service.caller("tcp") as sock:
        clients = [Client(PROGRAM, VERSION, first_xid=xid) for xid in (1, 2, 3)]
        sock.sendall(b"".join(framed(client.call(ADD, ARGUMENTS)) for client in clients))
        records: list[bytes] = []
        reader = RecordReader()
        while len(records) < 3:
            records += reader.feed(sock.recv(1000))
        assert [client.results(record) for client, record in zip(clients, records, strict=True)] == [SUM] * 3


@pytest.mark.parametrize("noise", [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", struct.pack(">3I", 5, 0, 3), b"\xff" * 2000])
def test_noise_of_one_does_not_end_the_service_of_others(service: Service, noise: bytes) -> None:
    with service.caller("udp") as sock, service.caller("tcp") as stream:
        sock.send(noise)
        stream.sendall(noise)
        assert service.adds("udp") and service.adds("tcp")


@given(noise=st.binary(max_size=300))
@settings(deadline=None, max_examples=30)
def test_no_bytes_whatever_end_the_service(noise: bytes) -> None:
    server = Server()
    server.register(PROGRAM, VERSION, {ADD: add})
    with bound(socket.SOCK_DGRAM) as udp, bound(socket.SOCK_STREAM) as tcp:
        tcp.listen()
        with serving(server, udp, tcp):
            service = Service(server, udp, tcp)
            with service.caller("udp") as sock, service.caller("tcp") as stream:
                sock.send(noise)
                stream.sendall(noise)
                stream.shutdown(socket.SHUT_WR)
                while stream.recv(1000):
                    pass
            assert service.adds("udp") and service.adds("tcp")


def test_a_stream_that_is_no_records_is_closed(service: Service) -> None:
    with service.caller("tcp") as sock:
        sock.sendall(b"\xff\xff\xff\xff")
        assert sock.recv(1) == b""


def test_a_caller_who_leaves_in_the_middle(service: Service) -> None:
    with service.caller("tcp") as sock:
        sock.sendall(framed(b"abcdefgh")[:6])
    with service.caller("tcp") as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() sends RST
        sock.sendall(b"\x80")
    assert service.adds("tcp")


def test_a_caller_who_reads_no_replies_holds_nobody_up(service: Service) -> None:
    """Each call wants a reply of a megabyte, and more calls are sent than the sockets' buffers hold replies."""
    with service.caller("tcp") as greedy:
        client = Client(PROGRAM, VERSION)
        calls = [client.call(LARGE) for _ in range(20)]
        greedy.sendall(b"".join(map(framed, calls)))
        assert service.adds("tcp") and service.adds("udp")
        reader, replies = RecordReader(limit=2 << 20), 0
        while replies < len(calls):
            replies += len(reader.feed(greedy.recv(1 << 16)))


def test_a_reply_that_no_datagram_can_hold(service: Service) -> None:
    with service.caller("udp") as sock, pytest.raises(NoReply):
        call(Client(PROGRAM, VERSION), sock, LARGE, timeout=0.05)
    assert service.adds("udp") and service.adds("tcp")


def test_the_end_of_the_block_ends_everything() -> None:
    server = Server()
    with bound(socket.SOCK_DGRAM) as udp, bound(socket.SOCK_STREAM) as tcp:
        tcp.listen()
        udp.settimeout(7)
        with serving(server, udp, tcp):
            during = threading.active_count()
            left_open = socket.create_connection(tcp.getsockname(), timeout=5)
            with pytest.raises(ProgramUnavailable):
                call(Client(PROGRAM, VERSION), left_open, ADD)
        assert threading.active_count() == during - 1
        with left_open:
            assert left_open.recv(1) == b"", "a connection outlived its service"
        assert (udp.gettimeout(), tcp.gettimeout()) == (7, None)
        assert udp.fileno() != -1 and tcp.fileno() != -1


def test_the_sockets_can_be_served_again() -> None:
    server = Server()
    server.register(PROGRAM, VERSION, {ADD: add})
    with bound(socket.SOCK_DGRAM) as udp, bound(socket.SOCK_STREAM) as tcp:
        tcp.listen()
        for _ in range(2):
            with serving(server, udp, tcp):
                service = Service(server, udp, tcp)
                assert service.adds("udp") and service.adds("tcp")


def test_an_error_in_the_block_ends_the_service_too() -> None:
    before = threading.active_count()
    with bound(socket.SOCK_DGRAM) as udp, pytest.raises(ZeroDivisionError), serving(Server(), udp):
        raise ZeroDivisionError
    assert threading.active_count() == before


def test_a_socket_that_is_closed_already_is_refused() -> None:
    before = threading.active_count()
    with bound(socket.SOCK_DGRAM) as udp:
        pass
    with pytest.raises(OSError, match="Bad file descriptor"), serving(Server(), udp):
        pass
    assert threading.active_count() == before


# The caller's side.


def test_without_a_reply_the_same_bytes_are_sent_again() -> None:
    with bound(socket.SOCK_DGRAM) as silent, socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(silent.getsockname())
        with pytest.raises(NoReply, match="no reply came within 0.02 s"):
            call(Client(PROGRAM, VERSION), sock, ADD, ARGUMENTS, timeout=0.02, tries=3)
        silent.setblocking(False)
        received = [silent.recv(1000) for _ in range(3)]
        assert len(set(received)) == 1
        with pytest.raises(BlockingIOError):
            silent.recv(1000)
        assert sock.gettimeout() is None


def test_tcp_sends_a_call_once() -> None:
    with bound(socket.SOCK_STREAM) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()) as sock, listener.accept()[0] as peer:
            with pytest.raises(NoReply):
                call(Client(PROGRAM, VERSION), sock, ADD, ARGUMENTS, timeout=0.02, tries=3)
            sock.shutdown(socket.SHUT_WR)
            reader, records = RecordReader(), []
            while data := peer.recv(1000):
                records += reader.feed(data)
            assert len(records) == 1


def test_foreign_replies_do_not_prolong_the_wait() -> None:
    """Each comes before the time is up, and never the right one."""
    with bound(socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(server.getsockname())
        stop = threading.Event()

        def talk() -> None:
            _, address = server.recvfrom(1000)
            while not stop.wait(0.01):
                server.sendto(b"\0" * 24, address)

        talker = threading.Thread(target=talk)
        talker.start()
        try:
            with pytest.raises(NoReply):
                call(Client(PROGRAM, VERSION, first_xid=5), sock, ADD, ARGUMENTS, timeout=0.1)
        finally:
            stop.set()
            talker.join()


def test_a_server_that_hangs_up() -> None:
    with bound(socket.SOCK_STREAM) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()) as sock:
            listener.accept()[0].close()
            with pytest.raises((NoReply, ConnectionResetError, BrokenPipeError)) as raised:
                call(Client(PROGRAM, VERSION), sock, ADD, ARGUMENTS)
            assert raised.type is not NoReply or "ended the connection" in str(raised.value)
