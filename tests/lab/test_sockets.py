from __future__ import annotations

import socket
import threading

import pytest

from tests.lab.conftest import SERVER, Lab


def test_calls_of_datagram_sockets_are_in_the_trace(lab: Lab) -> None:
    service, caller = (host.socket(type=socket.SOCK_DGRAM) for host in (lab.server, lab.client))
    service.bind(("10.0.0.2", 53))
    caller.bind(("10.0.0.1", 1000))
    caller.sendto(b"one", ("10.0.0.2", 53))
    data, address = service.recvfrom(100)
    service.sendto(data, socket.MSG_DONTWAIT, address)
    caller.recvmsg(2)
    caller.sendmsg([b"t", b"wo"], [], 0, ("10.0.0.2", 53))
    with pytest.raises(BlockingIOError):
        caller.recvfrom(1, socket.MSG_DONTWAIT)
    assert [str(call) for call in lab.network.trace().calls if call.name[:4] in ("send", "recv")] == [
        "client: sendto(b'one', ('10.0.0.2', 53)) = 3",
        "server: recvfrom(100) = (b'one', ('10.0.0.1', 1000))",
        "server: sendto(b'one', MSG_DONTWAIT, ('10.0.0.1', 1000)) = 3",
        "client: recvmsg(2) = (b'on', [], MSG_TRUNC, ('10.0.0.2', 53))",
        "client: sendmsg([b't', b'wo'], [], 0, ('10.0.0.2', 53)) = 3",
        "client: recvfrom(1, MSG_DONTWAIT) = EAGAIN",
    ]


def test_an_error_is_in_the_trace_by_its_name(lab: Lab) -> None:
    with pytest.raises(ConnectionRefusedError):
        lab.client.socket().connect(("10.0.0.2", 81))
    lab.caller()
    with pytest.raises(OSError), lab.client.socket() as other:  # noqa: PT011
        other.bind(("10.9.9.9", 1))
    trace = lab.network.trace()
    assert [(c.name, c.error or c.result) for c in trace.calls if c.host == "client" and c.name != "socket"] == [
        ("connect", "ECONNREFUSED"), ("connect_ex", "EINPROGRESS"), ("bind", "EADDRNOTAVAIL"), ("close", "0"),
    ]  # fmt: skip


def test_a_closed_socket_is_closed_at_once(lab: Lab) -> None:
    """No copy of its descriptor is left in the process that made it."""
    with lab.wire.drop("SYN"):
        for _ in range(30):
            lab.caller().close()
            assert lab.client.sockets() == ()


def test_a_connection_given_up_is_gone_from_the_table(lab: Lab) -> None:
    caller = lab.client.socket()
    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 200)  # milliseconds, tcp(7)
    with lab.wire.drop("SYN"), pytest.raises(TimeoutError):
        caller.connect(SERVER)
    trace = lab.network.trace()
    assert trace.call("connect").error == "ETIMEDOUT"
    assert [state for _, state in trace.state_changes("client")] == ["SYN-SENT", "CLOSED"]


def test_closing_the_network_ends_a_blocked_call_which_has_begun_and_not_ended(lab: Lab) -> None:
    errors: list[BaseException] = []

    def accept() -> None:
        try:
            lab.listener.accept()
        except OSError as error:
            errors.append(error)

    accepting = threading.Thread(target=accept)
    accepting.start()
    lab.wire.until(lambda: any(call.name == "accept" for call in lab.network.trace().calls), 2)
    assert lab.network.trace().call("accept").end is None
    lab.network.close()
    accepting.join(2)
    assert not accepting.is_alive() and len(errors) == 1
    assert lab.network.trace().call("accept").error == "EINVAL"


def test_a_socket_without_a_variable_stays_open(lab: Lab) -> None:
    lab.connection()
    lab.wire.mark("no variable")
    trace = lab.network.trace()
    assert (trace.state("client", "no variable"), trace.state("server", "no variable")) == ("ESTABLISHED",) * 2


def test_a_socket_that_the_kernel_refuses_is_in_the_trace(lab: Lab) -> None:
    with pytest.raises(OSError, match="Protocol not supported"):
        lab.client.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP)
    made = lab.client.socket()
    refused, call = (call for call in lab.network.trace().calls if call.host == "client")
    assert str(refused) == "client: socket(AF_INET, SOCK_STREAM, 17) = EPROTONOSUPPORT"
    assert (refused.socket, refused.made_socket, refused.result) == (0, None, "")
    assert call.made_socket == made.number == 1
