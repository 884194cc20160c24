from __future__ import annotations

import errno
import socket
import struct

import pytest

from helpers.lab import LabError
from tests.lab.model.conftest import SERVER, Model

LINGER_ZERO = struct.pack("ii", 1, 0)


def error_of(call: object, *arguments: object) -> str:
    with pytest.raises(OSError) as caught:
        call(*arguments)  # type: ignore[operator]
    return errno.errorcode[caught.value.errno]


def test_a_conversation(model: Model) -> None:
    caller, answerer = model.connection()
    caller.sendall(b"question")
    assert answerer.recv(100) == b"question"
    answerer.sendall(b"answer")
    assert caller.recv(3) + caller.recv(100) == b"answer"
    caller.close()
    assert answerer.recv(100) == b"" and answerer.recv(100) == b""
    answerer.close()
    model.client.wait_for_state("TIME-WAIT")
    model.client.wait_for_state("CLOSED", timeout=300)


def test_half_closed(model: Model) -> None:
    caller, answerer = model.connection()
    caller.shutdown(socket.SHUT_WR)
    assert answerer.recv(1) == b""
    answerer.sendall(b"still")
    assert caller.recv(100) == b"still"
    assert error_of(caller.send, b"x") == "EPIPE"
    caller.shutdown(socket.SHUT_RD)
    assert caller.recv(1) == b""


def test_much_data_while_the_other_side_reads(model: Model) -> None:
    caller, answerer = model.connection()
    caller.setblocking(False)
    whole = bytes(range(256)) * 2000
    sent, got = 0, bytearray()
    while len(got) < len(whole):
        if sent < len(whole):
            try:
                sent += caller.send(whole[sent:])
            except BlockingIOError:
                pass
        got += answerer.recv(10_000)
    assert got == whole


def test_nobody_listens(model: Model) -> None:
    caller = model.client.socket()
    assert error_of(caller.connect, ("10.0.0.2", 81)) == "ECONNREFUSED"
    caller.connect(SERVER)  # and now somebody does


def test_nobody_answers(model: Model) -> None:
    model.wire.drop("SYN")
    caller = model.client.socket()
    assert error_of(caller.connect, SERVER) == "ETIMEDOUT"
    assert model.network.now > 299 * 10**9  # the user timeout


def test_no_such_host(model: Model) -> None:
    assert error_of(model.client.socket().connect, ("10.0.0.9", 80)) == "EHOSTUNREACH"


def test_not_waiting(model: Model) -> None:
    caller = model.client.socket()
    caller.setblocking(False)
    assert caller.gettimeout() == 0
    assert caller.connect_ex(SERVER) == errno.EINPROGRESS
    assert caller.connect_ex(SERVER) == errno.EALREADY
    assert error_of(caller.send, b"too early") == "EAGAIN"
    model.client.wait_for_state("ESTABLISHED")
    assert caller.connect_ex(SERVER) == errno.EISCONN
    with pytest.raises(BlockingIOError):
        caller.recv(1)


def test_not_waiting_long(model: Model) -> None:
    caller, _ = model.connection()
    caller.settimeout(2.5)
    before = model.network.now
    with pytest.raises(TimeoutError, match="timed out"):
        caller.recv(1)
    assert 2.5e9 <= model.network.now - before < 2.6e9


def test_taken_addresses(model: Model) -> None:
    other = model.server.socket()
    assert error_of(other.bind, ("10.0.0.1", 80)) == "EADDRNOTAVAIL"
    assert error_of(other.bind, SERVER) == "EADDRINUSE"
    other.bind(("", 0))
    assert error_of(other.bind, ("", 1)) == "EINVAL"
    assert other.getsockname()[0] == "0.0.0.0" and other.getsockname()[1] >= 49_152


def test_a_port_in_time_wait_can_be_had_by_who_asks_for_it(model: Model) -> None:
    _, answerer = model.connection()
    answerer.close()
    model.listener.close()
    again = model.server.socket()
    assert error_of(again.bind, SERVER) == "EADDRINUSE"
    again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    again.bind(SERVER)
    again.listen()


def test_without_connection(model: Model) -> None:
    alone = model.client.socket()
    assert error_of(alone.recv, 1) == "ENOTCONN" and error_of(alone.send, b"x") == "EPIPE"
    assert error_of(alone.getpeername) == error_of(alone.shutdown, socket.SHUT_WR) == "ENOTCONN"
    assert error_of(alone.accept) == "EINVAL"
    alone.close()
    alone.close()
    assert error_of(alone.recv, 1) == "EBADF" and alone.fileno() == -1


def test_aborted(model: Model) -> None:
    caller, answerer = model.connection()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    caller.close()
    assert error_of(answerer.recv, 1) == "ECONNRESET"
    assert answerer.recv(1) == b"" and error_of(answerer.send, b"x") == "EPIPE"  # the error is told once
    assert model.flags()[-1] == "c RST"


def test_time_wait_is_no_longer_the_socket_s(model: Model) -> None:
    caller, answerer = model.connection()
    caller.shutdown(socket.SHUT_WR)
    answerer.recv(1)
    answerer.close()
    model.client.wait_for_state("TIME-WAIT")
    assert error_of(caller.shutdown, socket.SHUT_WR) == "ENOTCONN"
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    caller.close()
    assert [row.state for row in model.client.sockets()] == ["TIME-WAIT"]


def test_a_listener_that_goes_resets_whom_nobody_accepted(model: Model) -> None:
    caller = model.client.socket()
    caller.connect(SERVER)
    model.wire.settle()
    assert model.server.sockets()[0].recv_queue == 1
    model.listener.close()
    assert error_of(caller.recv, 1) == "ECONNRESET" and model.server.sockets() == ()


def test_a_listener_that_goes_forgets_who_is_knocking(model: Model) -> None:
    caller = model.client.socket()
    with model.wire.hold("SYN ACK") as held:
        caller.setblocking(False)
        caller.connect_ex(SERVER)
        held.wait()
        model.listener.close()
        assert model.server.sockets() == ()


def test_what_it_has_not(model: Model) -> None:
    with pytest.raises(LabError, match="TCP over IPv4 only"):
        model.client.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(LabError, match="runs no programs, so not 'ss' either"):
        model.client.run(["ss", "-t"])
    made = model.client.socket()
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    assert error_of(made.setsockopt, socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) == "ENOPROTOOPT"


def test_calls_are_in_the_trace(model: Model) -> None:
    with model.client.socket() as caller:
        caller.connect(SERVER)
        answerer, address = model.listener.accept()
        assert answerer.getpeername() == address == caller.getsockname() and caller.getpeername() == SERVER
        caller.sendall(b"hello")
        answerer.recv(100)
    calls = [str(call) for call in model.network.trace().calls]
    assert calls[-5:] == [
        "client: connect(('10.0.0.2', 80)) = 0",
        f"server: accept() = socket 2, {address!r}",
        "client: sendall(b'hello') = None",
        "server: recv(100) = b'hello'",
        "client: close() = 0",
    ]
    accepted = model.network.trace().call("accept")
    assert (accepted.made_socket, accepted.made_descriptor) == (2, answerer.fileno())
