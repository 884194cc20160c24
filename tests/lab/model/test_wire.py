from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP

from helpers.lab import LabError, RuleUnused
from tests.lab.model.conftest import SERVER, Model


def test_frames_arrive_later_than_they_were_sent(model: Model) -> None:
    model.connection()
    frames = model.wire.frames
    assert [frame.fate for frame in frames] == ["delivered"] * 3
    assert all(90_000 < frame.arrivals[0] - frame.sent < 200_000 for frame in frames)


def test_dropped(model: Model) -> None:
    with model.wire.drop("SYN ACK", nth=1) as rule:
        model.connection()
    assert rule.caught[0].sender == "server"
    assert [frame.fate for frame in model.wire.frames].count("dropped") == 1


def test_held_and_released(model: Model) -> None:
    with model.wire.hold("SYN ACK") as held:
        caller = model.client.socket()
        caller.setblocking(False)
        caller.connect_ex(SERVER)
        held.wait()
        assert [waiting.frame.sender for waiting in held.waiting] == ["server"]
        assert model.client.sockets()[0].state == "SYN-SENT"
    model.client.wait_for_state("ESTABLISHED")
    assert "released" in [frame.fate for frame in model.wire.frames]


def test_held_and_then_each_decided_alone(model: Model) -> None:
    caller, _ = model.connection()
    held = model.wire.hold(payload=True)
    for data in (b"one", b"two", b"three"):
        caller.send(data)
    first, second, third = (waiting.number for waiting in held.waiting)
    held.drop(first)
    held.duplicate(second)
    held.delay(2.0, third)
    with pytest.raises(LabError, match=f"frame {first} does not wait"):
        held.deliver(first)
    held.release()
    model.wire.settle()
    assert [model.wire.frames[number].fate for number in (first, second, third)] == ["dropped", "duplicated", "held"]
    model.wire.until(lambda: bool(model.wire.frames[third].arrivals), 5)
    frame = model.wire.frames[third]
    assert frame.fate == "delayed" and 1.99 < (frame.arrivals[0] - frame.sent) / 1e9 < 2.01


def test_delayed(model: Model) -> None:
    caller, answerer = model.connection()
    with model.wire.delay(payload=b"later", seconds=0.25):
        caller.send(b"later")
    assert answerer.recv(10) == b"later"
    frame = model.wire.wait_for(payload=b"later")
    assert frame.fate == "delayed" and 0.25 <= (frame.arrivals[0] - frame.sent) / 1e9 < 0.251


def test_duplicated(model: Model) -> None:
    caller, answerer = model.connection()
    with model.wire.duplicate(payload=b"twice"):
        caller.send(b"twice")
    frame = model.wire.wait_for(payload=b"twice")
    assert frame.fate == "duplicated" and len(frame.arrivals) == 2
    assert answerer.recv(100) == b"twice"


def test_reordered(model: Model) -> None:
    caller, answerer = model.connection()
    with model.wire.reorder(payload=b"first"):
        caller.send(b"first")
        caller.send(b"second")
    first, second = model.wire.wait_for(payload=b"first"), model.wire.wait_for(payload=b"second")
    assert first.fate == "reordered" and first.arrivals > second.arrivals
    assert answerer.recv(100) == b"firstsecond"


def test_injected(model: Model) -> None:
    model.connection()
    model.wire.inject(model.wire.wait_for("SYN"))
    assert model.wire.wait_for("ACK", sender="server").arrivals  # the challenge (RFC 5961, section 4.2)
    model.wire.inject(IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=999, dport=81, flags="S"), to="server")
    assert model.wire.wait_for("RST ACK", sender="server").arrivals
    model.wire.inject(b"\xff" * 60, to="server")
    model.wire.settle()
    assert [frame.fate for frame in model.wire.frames if frame.sender == "wire"] == ["injected"] * 3
    with pytest.raises(ValueError, match="say which host"):
        model.wire.inject(b"\0" * 60)
    with pytest.raises(ValueError, match="no host 'nobody'"):
        model.wire.inject(b"\0" * 60, to="nobody")


def test_marked(model: Model) -> None:
    model.wire.mark("before")
    model.connection()
    model.wire.mark("after")
    trace = model.network.trace()
    assert [trace.state("server", at=label) for label in ("before", "after")] == ["LISTEN", "ESTABLISHED"]


def test_a_rule_that_never_matched(model: Model) -> None:
    with pytest.raises(RuleUnused, match="matched nothing within 5 s"), model.wire.drop("URG"):
        model.connection()
    with pytest.raises(ValueError, match="no host 'sever'"):
        model.wire.drop("SYN", sender="sever")
