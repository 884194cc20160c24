from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from helpers.lab import Host, LabError, Network, Session, Wire, experiment


@experiment
def call_and_hang_up(client: Host, server: Host, wire: Wire) -> None:
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    caller.close()


@pytest.fixture
def session(needs_lab: None) -> Iterator[Session]:
    made = call_and_hang_up.by_hand()
    made.start()
    yield made
    made.stop()


def wait_for(session: Session, number: int = 1) -> None:
    """Until so many frames wait for a decision."""
    assert session._network is not None
    assert session._network.wire.until(lambda: len(session.waiting) >= number, 3.0)


def test_the_first_segment_waits_and_both_kernels_wait_with_it(session: Session) -> None:
    wait_for(session)
    assert [str(waiting.frame.segment and waiting.frame.segment.flags) for waiting in session.waiting] == [
        "SYN"
    ]
    trace = session.trace()
    assert (trace.state("client"), trace.state("server")) == ("SYN-SENT", "LISTEN")
    assert trace.table("client").rows[0].timer == "retransmit"
    assert not session.stand_in and session.running and not session.finished


def test_a_dropped_syn_comes_again(session: Session) -> None:
    wait_for(session)
    session.drop(session.waiting[0].number)
    wait_for(session)
    first, second = (frame for frame, _ in session.trace().segments())
    assert (first.fate, second.fate) == ("dropped", "held")
    assert 0.9 < (second.sent - first.sent) / 1e9 < 1.5


def test_delivering_everything_comes_to_the_end(session: Session) -> None:
    changes: list[None] = []
    session.watch(lambda: changes.append(None))

    def done() -> bool:
        return session.finished and session.trace().state("client") == "FIN-WAIT-2"

    while not done():
        assert session._network is not None
        assert session._network.wire.until(lambda: bool(session.waiting) or done(), 3.0)
        for waiting in session.waiting:
            session.deliver(waiting.number)
    assert session.error == "" and changes
    assert {"SYN", "SYN ACK", "ACK", "FIN ACK"} <= {
        segment.flags for _, segment in session.trace().segments()
    }


def test_a_frame_that_does_not_wait(session: Session) -> None:
    with pytest.raises(LabError, match="frame 999 does not wait"):
        session.deliver(999)


def test_stopping_in_the_middle_keeps_the_trace(session: Session) -> None:
    wait_for(session)
    session.stop()
    assert session.finished and not session.running and session.waiting == () and session.error == ""
    assert [segment.flags for _, segment in session.trace().segments()] == ["SYN"]
    with pytest.raises(LabError, match="start.. first"):
        session.drop(0)
    session.stop()


def test_stopping_while_the_conversation_uses_the_wire(needs_lab: None) -> None:
    @experiment
    def waits_for_the_end(client: Host, server: Host, wire: Wire) -> None:
        while True:
            wire.wait_for("RST", sender="server", timeout=60)

    made = waits_for_the_end.by_hand()
    made.start()
    begun = time.monotonic()
    made.stop()
    assert made.error == "" and time.monotonic() - begun < 5


def test_starting_again_begins_anew(session: Session) -> None:
    wait_for(session)
    session.start()
    wait_for(session)
    assert len(session.trace().segments()) == 1


def test_another_network_ends_it(session: Session) -> None:
    with Network():
        assert not session.running


def test_before_any_start(needs_lab: None) -> None:
    fresh = call_and_hang_up.by_hand()
    assert fresh.waiting == () and not fresh.running and not fresh.finished
    with pytest.raises(LabError, match="nothing has run yet"):
        fresh.trace()


def test_what_the_conversation_raises_is_told(needs_lab: None) -> None:
    @experiment
    def refused(client: Host, server: Host, wire: Wire) -> None:
        client.socket().connect(("10.0.0.1", 80))

    made = refused.by_hand()
    made.start()
    assert made._thread is not None
    made._thread.join(3)
    assert made.error.startswith("ConnectionRefusedError")
    made.stop()


@pytest.fixture
def modelled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """The same conversation where no hosts can be made."""
    monkeypatch.setattr("helpers.lab.session.why_unavailable", lambda: "hosts are refused in this test")
    made = call_and_hang_up.by_hand()
    made.start()
    yield made
    made.stop()


def test_where_no_hosts_can_be_made_models_talk_and_say_so(modelled: Session) -> None:
    assert modelled.stand_in == "hosts are refused in this test" and modelled.running and not modelled.finished
    wait_for(modelled)
    assert [waiting.frame.segment and waiting.frame.segment.flags for waiting in modelled.waiting] == ["SYN"]
    trace = modelled.trace()
    assert str(trace.source) == "[model of RFC 9293, no kernel]"
    assert (trace.state("client"), trace.state("server")) == ("SYN-SENT", "LISTEN")
    assert 0 < trace.table("client").rows[0].timer_seconds < 1


def test_a_model_too_sends_a_dropped_syn_again(modelled: Session) -> None:
    wait_for(modelled)
    modelled.drop(modelled.waiting[0].number)
    wait_for(modelled)
    first, second = (frame for frame, _ in modelled.trace().segments())
    assert (first.fate, second.fate) == ("dropped", "held")
    assert 0.99 < (second.sent - first.sent) / 1e9 < 1.2


def test_a_model_comes_to_the_end_if_everything_is_delivered(modelled: Session) -> None:
    def done() -> bool:
        return modelled.finished and not modelled.waiting

    assert modelled._network is not None
    while not done():
        assert modelled._network.wire.until(lambda: bool(modelled.waiting) or done(), 3.0)
        for waiting in modelled.waiting:
            modelled.duplicate(waiting.number)
        modelled._network.wire.settle()
    assert modelled.error == "" and modelled.trace().state("client") == "FIN-WAIT-2"


def test_stopping_a_model_in_the_middle_keeps_its_trace(modelled: Session) -> None:
    wait_for(modelled)
    modelled.delay(modelled.waiting[0].number, 0.05)
    wait_for(modelled)  # the SYN ACK
    modelled.stop()
    assert modelled.finished and not modelled.running and modelled.waiting == () and modelled.error == ""
    assert [frame.fate for frame in modelled.trace().frames] == ["delayed", "held"]
    assert "model" not in [thread.name for thread in threading.enumerate()]


def test_what_the_model_has_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    @experiment(hosts={"client": ("fd00::1",)})
    def modern(client: Host, wire: Wire) -> None:
        pass

    monkeypatch.setattr("helpers.lab.session.why_unavailable", lambda: "hosts are refused in this test")
    made = modern.by_hand()
    with pytest.raises(LabError, match="one IPv4 address"):
        made.start()
    assert not made.running
