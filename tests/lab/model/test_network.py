from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from helpers.draw import ladder, sockets
from helpers.draw.diagram import state_diagram
from helpers.lab import LabError, RuleUnused, WireTimeout
from helpers.lab.model import ModelNetwork, on_model
from helpers.trace import Trace, load
from tests.lab.model.conftest import SERVER, Model

LABEL = "[model of RFC 9293, no kernel]"


def lost_syns(client: Any, server: Any, wire: Any, times: int) -> None:
    listener = server.socket()
    listener.bind(SERVER)
    listener.listen()
    with wire.drop("SYN", nth=range(1, times + 1)):
        client.socket().connect(SERVER)
    server.wait_for_state("ESTABLISHED")
    wire.mark("connected")


@pytest.fixture
def trace() -> Trace:
    return on_model(lost_syns, times=3)


def test_waiting_costs_no_time_and_the_model_s_time_is_exact() -> None:
    begun = time.monotonic()
    trace = on_model(lost_syns, times=5)
    assert time.monotonic() - begun < 2
    sent = [frame.sent for frame, segment in trace.segments() if segment.flags == "SYN"]
    assert [round((later - sent[0]) / 1e9, 3) for later in sent] == [0, 1, 3, 7, 15, 31]


def test_the_same_run_gives_the_same_trace(trace: Trace) -> None:
    assert on_model(lost_syns, times=3) == trace


def test_every_picture_says_that_it_is_a_model(trace: Trace) -> None:
    assert LABEL in ladder(trace).text
    assert LABEL in repr(sockets(trace, at="connected"))
    assert LABEL in state_diagram(trace, "client").text
    assert trace.state("client", at="connected") == "ESTABLISHED"


def test_a_model_that_was_saved_is_still_a_model(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "kept")
    assert load(tmp_path / "kept") == trace
    assert str(load(tmp_path / "kept").source) == LABEL


def test_cause_comes_before_effect(trace: Trace) -> None:
    times = [frame.sent for frame in trace.frames] + [at for frame in trace.frames for at in frame.arrivals]
    times += [call.begin for call in trace.calls] + [call.end for call in trace.calls if call.end is not None]
    assert len(set(times)) == len(times)
    assert all(frame.arrivals[0] > frame.sent for frame in trace.frames if frame.arrivals)


def test_what_waits_for_ever_is_told(model: Model) -> None:
    with pytest.raises(LabError, match="waits for ever: nothing in the model will end its wait"):
        model.listener.accept()


def test_a_sender_nobody_listens_to_waits_for_ever_too(model: Model) -> None:
    caller, _ = model.connection()
    with pytest.raises(LabError, match="waits for ever"):
        caller.sendall(bytes(1_000_000))  # the peer lives and answers each probe


def test_waiting_with_a_limit(model: Model) -> None:
    with pytest.raises(WireTimeout, match="did not cross the wire within 5 s"):
        model.wire.wait_for("RST")
    with pytest.raises(WireTimeout, match="client did not come to TIME-WAIT within 2 s; it is in CLOSED"):
        model.client.wait_for_state("TIME-WAIT", timeout=2)
    assert model.network.now >= 7 * 10**9


def test_after_its_end_nothing_goes_on(model: Model) -> None:
    model.network.close()
    model.network.close()
    with pytest.raises(LabError, match="is closed"):
        model.wire.drop("SYN")
    with pytest.raises(LabError, match="was closed"):
        model.wire.until(lambda: True, 1)


def test_a_rule_that_matched_nothing_is_told() -> None:
    with pytest.raises(RuleUnused, match="drop RST"), ModelNetwork() as network:
        network.wire.drop("RST")


def test_names_and_addresses() -> None:
    with ModelNetwork() as network:
        assert network.host("a").addresses == ("10.0.0.1",) and network.host("b").addresses == ("10.0.0.2",)
        for name, addresses in (("a", ()), ("wire", ()), ("c", ("10.0.0.1",))):
            with pytest.raises(ValueError, match="taken"):
                network.host(name, *addresses)
        for addresses in (("fd00::1",), ("10.0.0.8", "10.0.0.9")):
            with pytest.raises(LabError, match="one IPv4 address"):
                network.host("c", *addresses)


def test_in_real_time_a_second_is_a_second_and_the_thread_ends() -> None:
    with ModelNetwork(real_time=True) as network:
        client, server = network.host("client"), network.host("server")
        begun = time.monotonic()
        lost_syns(client, server, network.wire, times=1)
        assert 0.99 < time.monotonic() - begun < 3
        assert "model" in [thread.name for thread in threading.enumerate()]
    assert "model" not in [thread.name for thread in threading.enumerate()]


def test_closing_it_wakes_who_waits() -> None:
    with ModelNetwork(real_time=True) as network:
        listener = network.host("server").socket()
        listener.bind(("", 80))
        listener.listen()
        raised: list[Exception] = []

        def wait() -> None:
            try:
                listener.accept()
            except LabError as error:
                raised.append(error)

        waiter = threading.Thread(target=wait)
        waiter.start()
        assert network.wire.until(lambda: any(call.name == "accept" for call in network.trace().calls), 2)
        network.close()
        waiter.join(2)
        assert not waiter.is_alive() and "was closed" in str(raised[0])
