from __future__ import annotations

import time
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP

from helpers.lab import LabError, RuleUnused, WireTimeout
from tests.lab.conftest import Lab


def test_held_frames_keep_both_kernels_waiting(lab: Lab) -> None:
    with lab.wire.hold("SYN ACK") as held:
        lab.caller()
        held.wait()
        assert {row.state for row in lab.client.sockets()} == {"SYN-SENT"}
        assert {row.state for row in lab.server.sockets()} == {"LISTEN", "SYN-RECEIVED"}
        assert [waiting.frame.fate for waiting in held.waiting] == ["held"]
        with pytest.raises(LabError, match="frame 99 does not wait on the wire"):
            held.drop(99)
    lab.server.wait_for_state("ESTABLISHED")
    assert held.waiting == () and lab.network.trace().segments()[1][0].fate == "released"


def test_a_held_frame_can_be_dropped_duplicated_or_delayed(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.hold(sender="client", payload=True) as held:
        caller.send(b"one")
        held.wait()
        held.drop()
        lab.wire.wait_for(payload=b"one", nth=2)  # retransmitted
        held.duplicate()
        assert answerer.recv(10) == b"one"
        caller.send(b"two")
        lab.wire.wait_for(payload=b"two")
        begun = time.monotonic()
        held.delay(0.1)
        assert answerer.recv(10) == b"two" and time.monotonic() - begun >= 0.1
    fates = [(frame.fate, len(frame.arrivals)) for frame, segment in lab.network.trace().segments() if segment.payload]
    assert fates[:3] == [("dropped", 0), ("duplicated", 2), ("delayed", 1)]


def test_no_answer_overtakes_frames_that_are_released_together(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    syns = 8
    with lab.wire.hold("SYN") as held:
        callers = [lab.caller() for _ in range(syns)]
        assert lab.wire.until(lambda: len(held.waiting) == syns, 5)
        carry = lab.wire.carry

        def carry_and_let_others_run(*arguments: Any) -> None:
            carry(*arguments)
            time.sleep(0.01)

        monkeypatch.setattr(lab.wire, "carry", carry_and_let_others_run)
    lab.wire.wait_for("SYN ACK", nth=len(callers))
    seen = [(frame.segment.flags, frame.arrivals[0]) for frame in lab.wire.frames if frame.segment]
    assert max(at for flags, at in seen if flags == "SYN") < min(at for flags, at in seen if flags == "SYN ACK")


def test_a_delayed_frame_arrives_later(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.delay(payload=b"later", seconds=0.15):
        caller.send(b"later")
        assert answerer.recv(100) == b"later"
    frame = lab.wire.wait_for(payload=b"later")
    assert (frame.arrivals[0] - frame.sent) / 1e9 >= 0.15
    with pytest.raises(ValueError, match="before it was sent"):
        lab.wire.delay("SYN", seconds=-1)


def test_a_reordered_frame_is_overtaken(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.reorder(payload=b"first"):
        caller.send(b"first")
        caller.send(b"second")
        data = b""
        while len(data) < 11:
            data += answerer.recv(100)
    assert data == b"firstsecond"  # TCP puts them in order again
    first, second = lab.wire.wait_for(payload=b"first"), lab.wire.wait_for(payload=b"second")
    assert second.arrivals[0] < first.arrivals[0] and first.fate == "reordered"


def test_an_old_frame_or_a_built_packet_can_be_injected(lab: Lab) -> None:
    lab.connection()
    lab.wire.inject(lab.wire.wait_for("SYN"))
    challenge = lab.wire.wait_for("ACK", sender="server")  # RFC 5961, section 4.2
    assert challenge.segment is not None and not challenge.segment.payload
    lab.wire.inject(IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=999, dport=81, flags="S"), to="server")
    answer = lab.wire.wait_for("RST ACK", sender="server")
    assert answer.segment is not None and answer.segment.source == "10.0.0.2:81"
    assert [frame.fate for frame in lab.wire.frames if frame.sender == "wire"] == ["injected"] * 2
    with pytest.raises(ValueError, match="say which host the frame is for"):
        lab.wire.inject(b"\0" * 60)


def test_a_block_does_not_end_before_its_rule_has_matched(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.drop("FIN ACK", sender="client", nth=1) as rule:
        caller.close()  # returns at once; the wire sees the FIN a moment later
    assert len(rule.caught) == 1
    assert answerer.recv(1) == b""


def test_an_unused_rule_ends_the_network_with_an_error(lab: Lab) -> None:
    rule = lab.wire.drop("URG")
    with pytest.raises(RuleUnused, match="«drop URG» matched nothing within 0.05 s. What crossed the wire: no frame"):
        rule.wait(timeout=0.05)
    with pytest.raises(RuleUnused, match="«drop URG» matched none of the 0 frames"):
        lab.network.__exit__(None)
    assert lab.network.closed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"flags": "SNY"}, "TCP has no flag 'SNY'; its flags are SYN"),
        ({"sender": "sever"}, "no host 'sever' on this wire; its hosts are client, server"),
        ({"nth": 0}, "nth=0 matches no frame: the first one is nth=1"),
        ({"nth": ()}, "matches no frame"),
    ],
)
def test_a_predicate_that_cannot_match_is_refused_at_once(lab: Lab, arguments: dict[str, Any], sentence: str) -> None:
    for verb in (lab.wire.drop, lab.wire.hold, lab.wire.duplicate, lab.wire.reorder, lab.wire.wait_for):
        with pytest.raises(ValueError, match=sentence):
            verb(**arguments)


def test_waiting_for_a_frame_that_does_not_come(lab: Lab) -> None:
    with pytest.raises(WireTimeout, match="«RST number 1» did not cross the wire within 0.05 s. What did: no frame"):
        lab.wire.wait_for("RST", timeout=0.05)


def test_with_three_hosts_a_frame_goes_to_the_one_it_is_addressed_to(lab: Lab) -> None:
    lab.network.host("third")
    lab.connection()
    receivers = [(frame.receiver, len(frame.arrivals)) for frame in lab.wire.frames]
    assert receivers[:2] == [("all", 2), ("client", 1)]  # an ARP request, which is a broadcast, and its reply
    assert receivers[2:] == [("server", 1), ("client", 1), ("server", 1)]


def test_settled_means_that_every_frame_sent_has_been_seen(lab: Lab) -> None:
    for number in range(1, 31):
        lab.caller()
        lab.wire.settle()
        assert [flags for flags in lab.flags() if flags == "c ACK"] == ["c ACK"] * number


def test_quiet_means_that_nothing_came_for_so_long(lab: Lab) -> None:
    with lab.wire.drop("SYN", nth=1):
        lab.caller()
    lab.wire.quiet(1.8)  # the copy comes after 1 s (RFC 6298, section 2)
    assert lab.flags() == ["c SYN", "c SYN", "s SYN ACK", "c ACK"]
