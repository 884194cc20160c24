from __future__ import annotations

import pytest

from helpers.lab.model import ModelNetwork
from helpers.lab.model.tcp_endpoint import Settings
from tests.lab.model.conftest import SERVER, Model
from tests.lab.model.test_sockets import error_of


def test_the_table_has_listeners_and_connections(model: Model) -> None:
    caller, answerer = model.connection()
    caller.send(b"12345")
    model.wire.settle()
    rows = {row.state: row for row in model.server.sockets()}
    assert (rows["LISTEN"].local, rows["LISTEN"].remote) == ("10.0.0.2:80", "0.0.0.0:0")
    assert rows["ESTABLISHED"].recv_queue == 5 and rows["ESTABLISHED"].timer == ""
    assert (rows["ESTABLISHED"].local, rows["ESTABLISHED"].local_port) == ("10.0.0.2:80", 80)
    with model.wire.drop(payload=True, sender="server"):
        answerer.send(b"678")
        row = [row for row in model.server.sockets() if row.state == "ESTABLISHED"][0]
        assert (row.send_queue, row.timer) == (3, "retransmit") and 0.9 < row.timer_seconds <= 1


def test_handshakes_side_by_side(model: Model) -> None:
    callers = [model.client.socket() for _ in range(3)]
    with model.wire.hold("SYN ACK") as held:
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(SERVER)
        model.wire.until(lambda: len(held.waiting) == 3, 5)
        assert [row.state for row in model.server.sockets()] == ["LISTEN"] + ["SYN-RECEIVED"] * 3
    accepted = [model.listener.accept()[1] for _ in callers]
    assert sorted(accepted) == sorted(caller.getsockname() for caller in callers)


def test_without_memory(model: Model) -> None:
    caller, answerer = model.connection()
    model.client.restart()
    assert model.client.sockets() == () and error_of(caller.send, b"x") == "EBADF"
    answerer.send(b"anybody?")
    assert error_of(answerer.recv, 1) == "ECONNRESET"
    assert model.flags()[-2:] == ["s PSH ACK", "c RST"]


def test_settings_are_the_network_s() -> None:
    with ModelNetwork(Settings(msl=1.0)) as network:
        client, server = network.host("client"), network.host("server")
        listener = server.socket()
        listener.bind(SERVER)
        listener.listen()
        caller = client.socket()
        caller.connect(SERVER)
        answerer, _ = listener.accept()
        caller.close()
        answerer.recv(1)
        answerer.close()
        client.wait_for_state("TIME-WAIT")
        client.wait_for_state("CLOSED", timeout=2.1)


@pytest.mark.parametrize("address", ["10.0.0.3", "224.0.0.1"])
def test_a_segment_for_somebody_else_is_left_alone(model: Model, address: str) -> None:
    from scapy.layers.inet import IP, TCP

    model.wire.inject(IP(src="10.0.0.1", dst=address) / TCP(sport=1, dport=80, flags="S"), to="server")
    model.wire.settle()
    assert len(model.wire.frames) == 1
