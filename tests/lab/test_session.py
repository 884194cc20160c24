"""A conversation by hand: of two kernels, and of the two models that take their place."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from helpers.lab import Host, LabError, Network, Session, Wire, experiment, why_unavailable
from tests.needs import need


@experiment
def call_and_hang_up(client: Host, server: Host, wire: Wire) -> None:
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    caller.close()


@pytest.fixture(params=["hosts", "models"])
def session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    if request.param == "hosts":
        need("hosts", why_unavailable())
    else:
        monkeypatch.setattr("helpers.lab.session.why_unavailable", lambda: "hosts are refused in this test")
    made = call_and_hang_up.by_hand()
    yield made
    made.stop()
    assert "model" not in [thread.name for thread in threading.enumerate()]


def wait_for(session: Session, number: int = 1) -> None:
    """Until so many frames wait for a decision."""
    assert session.network.wire.until(lambda: len(session.waiting) >= number, 10.0)


def test_the_first_segment_waits_and_both_ends_wait_with_it(session: Session) -> None:
    assert session.waiting == () and not session.running and not session.finished
    with pytest.raises(LabError, match="nothing has run yet"):
        session.trace()
    session.start()
    wait_for(session)
    assert [waiting.frame.segment and waiting.frame.segment.flags for waiting in session.waiting] == ["SYN"]
    trace = session.trace()
    assert (trace.state("client"), trace.state("server")) == ("SYN-SENT", "LISTEN")
    (row,) = trace.table("client").rows
    assert row.timer == "retransmit" and 0 < row.timer_seconds < 1.2
    assert str(trace.source).startswith("[model of RFC 9293" if session.stand_in else "[live on Linux")
    assert session.running and not session.finished


def test_a_dropped_syn_comes_again_and_is_lost_with_its_copies(session: Session) -> None:
    session.start()
    wait_for(session)
    session.drop(session.waiting[0].number)
    wait_for(session, 2)
    session.drop(session.waiting[0].number)
    assert session.waiting == ()
    first, second, third = (frame for frame, _ in session.trace().segments())
    assert {frame.fate for frame in (first, second, third)} == {"dropped"}
    assert 0.9 < (second.sent - first.sent) / 1e9 < 1.5


@pytest.mark.parametrize("decision", ["deliver", "duplicate"])
def test_delivering_everything_comes_to_the_end(session: Session, decision: str) -> None:
    changes: list[None] = []
    session.watch(lambda: changes.append(None))
    session.start()

    def done() -> bool:
        return session.finished and session.trace().state("client") == "FIN-WAIT-2"

    while not done():
        assert session.network.wire.until(lambda: bool(session.waiting) or done(), 3.0)
        for waiting in session.waiting:
            getattr(session, decision)(waiting.number)
        session.network.wire.settle()
    assert session.error == "" and changes
    assert {"SYN", "SYN ACK", "ACK", "FIN ACK"} <= {segment.flags for _, segment in session.trace().segments()}


def test_stopping_in_the_middle_keeps_the_trace_and_starting_again_begins_anew(session: Session) -> None:
    session.start()
    wait_for(session)
    with pytest.raises(LabError, match="frame 999 does not wait"):
        session.deliver(999)
    session.delay(session.waiting[0].number, 0.05)
    wait_for(session)  # the SYN ACK
    session.stop()
    assert session.finished and not session.running and session.waiting == () and session.error == ""
    assert [frame.fate for frame, _ in session.trace().segments()] == ["delayed", "held"]
    with pytest.raises(LabError, match="start.. first"):
        session.drop(0)
    session.stop()
    session.start()
    wait_for(session)
    assert len(session.trace().segments()) == 1


def test_another_network_ends_it(needs_lab: None) -> None:
    made = call_and_hang_up.by_hand()
    made.start()
    with Network():
        assert not made.running
    made.stop()


def test_stopping_while_the_conversation_uses_the_wire(session: Session) -> None:
    @experiment
    def waits_for_the_end(client: Host, server: Host, wire: Wire) -> None:
        while True:
            wire.wait_for("RST", sender="server", timeout=60)

    made = waits_for_the_end.by_hand()
    made.start()
    begun = time.monotonic()
    made.stop()
    assert made.error == "" and time.monotonic() - begun < 5


def test_what_the_conversation_raises_is_told(session: Session) -> None:
    @experiment
    def asks_too_much(client: Host, server: Host, wire: Wire) -> None:
        server.run(["true"])
        raise RuntimeError("enough")

    made = asks_too_much.by_hand()
    made.start()
    assert made._thread is not None
    made._thread.join(5)
    assert "a model" in made.error if made.stand_in else made.error == "RuntimeError: enough", made.error
    made.stop()


def test_where_the_model_has_no_such_hosts_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    @experiment(hosts={"client": ("fd00::1",)})
    def modern(client: Host, wire: Wire) -> None:
        pass

    monkeypatch.setattr("helpers.lab.session.why_unavailable", lambda: "hosts are refused in this test")
    made = modern.by_hand()
    with pytest.raises(LabError, match="one IPv4 address"):
        made.start()
    assert not made.running
