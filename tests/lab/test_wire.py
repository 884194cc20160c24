from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP

from helpers.lab import LabError, RuleUnused, WireTimeout
from tests.lab.conftest import SERVER, Lab


def test_every_frame_is_seen_in_order(lab: Lab) -> None:
    lab.connection()
    assert lab.flags() == ["c SYN", "s SYN ACK", "c ACK"]
    times = [frame.sent for frame in lab.wire.frames]
    assert times == sorted(times)
    assert all(frame.arrivals and frame.arrivals[0] >= frame.sent for frame in lab.wire.frames)


def test_a_dropped_syn_is_sent_again_after_one_second(lab: Lab) -> None:
    with lab.wire.drop("SYN", nth=1):
        lab.connection()
    (first, _), (second, _) = lab.network.trace().segments()[:2]
    assert first.lost and first.comment == "lost on the wire"
    assert 0.9 < (second.sent - first.sent) / 1e9 < 1.5  # RFC 6298, section 2: 1 s


def test_nth_may_be_several(lab: Lab) -> None:
    with lab.wire.drop("SYN", nth=range(1, 3)) as rule:
        lab.connection()
    assert lab.flags()[:4] == ["c SYN", "c SYN", "c SYN", "s SYN ACK"]
    assert len(rule.caught) == 2


def test_held_frames_keep_both_kernels_waiting(lab: Lab) -> None:
    caller = lab.client.socket()
    caller.setblocking(False)
    with lab.wire.hold("SYN ACK") as held:
        caller.connect_ex(SERVER)
        held.wait()
        assert {row.state for row in lab.client.sockets()} == {"SYN-SENT"}
        assert {row.state for row in lab.server.sockets()} == {"LISTEN", "SYN-RECEIVED"}
        assert [waiting.frame.fate for waiting in held.waiting] == ["held"]
        assert [frame.fate for frame in lab.wire.frames if frame.segment][-1] == "held"
    lab.server.wait_for_state("ESTABLISHED")
    assert held.waiting == ()
    released = lab.network.trace().segments()[1][0]
    assert released.fate == "released" and "after" in released.comment


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
    fates = [frame.fate for frame, segment in lab.network.trace().segments() if segment.payload]
    assert fates[:3] == ["dropped", "duplicated", "delayed"]


def test_after_a_release_nothing_is_held(lab: Lab) -> None:
    caller, answerer = lab.connection()
    held = lab.wire.hold(payload=True)
    caller.send(b"one")
    held.wait()
    held.release()
    caller.send(b"two")
    assert lab.wire.wait_for(payload=b"two").fate == "delivered"
    answerer.settimeout(2)
    assert answerer.recv(100) in (b"one", b"onetwo")


def test_no_answer_overtakes_frames_that_are_released_together(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    syns = 8
    with lab.wire.hold("SYN") as held:
        for _ in range(syns):
            caller = lab.client.socket()
            caller.setblocking(False)
            caller.connect_ex(SERVER)
        assert lab.wire.until(lambda: len(held.waiting) == syns, 5)
        carry = lab.wire.carry

        def carry_and_let_others_run(*arguments: Any) -> None:
            carry(*arguments)
            time.sleep(0.01)

        monkeypatch.setattr(lab.wire, "carry", carry_and_let_others_run)
    lab.wire.wait_for("SYN ACK", nth=syns)
    seen = [(frame.segment.flags, frame.arrivals[0]) for frame in lab.wire.frames if frame.segment]
    assert max(at for flags, at in seen if flags == "SYN") < min(at for flags, at in seen if flags == "SYN ACK")


def test_deciding_on_a_frame_that_does_not_wait(lab: Lab) -> None:
    held = lab.wire.hold("RST")
    with pytest.raises(LabError, match="no frame waits on the wire; waiting: none"):
        held.deliver()
    with pytest.raises(LabError, match="frame 99 does not wait on the wire"):
        held.drop(99)
    held.remove()


def test_a_duplicate_arrives_twice(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.duplicate(payload=b"twice"):
        caller.send(b"twice")
        assert answerer.recv(100) == b"twice"
    frame = lab.wire.wait_for(payload=b"twice")
    assert len(frame.arrivals) == 2 and frame.comment == "delivered 2 times"


def test_a_delayed_frame_arrives_later(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.delay(payload=b"later", seconds=0.15):
        caller.send(b"later")
        assert answerer.recv(100) == b"later"
    frame = lab.wire.wait_for(payload=b"later")
    assert 0.15 <= (frame.arrivals[0] - frame.sent) / 1e9 < 0.5
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


def test_an_old_frame_can_be_injected_again(lab: Lab) -> None:
    lab.connection()
    lab.wire.inject(lab.wire.wait_for("SYN"))
    challenge = lab.wire.wait_for("ACK", sender="server")  # RFC 5961, section 4.2
    assert challenge.segment is not None and not challenge.segment.payload
    assert [frame.fate for frame in lab.wire.frames if frame.sender == "wire"] == ["injected"]


def test_a_built_packet_can_be_injected(lab: Lab) -> None:
    lab.wire.inject(IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=999, dport=81, flags="S"), to="server")
    answer = lab.wire.wait_for("RST ACK", sender="server")
    assert answer.segment is not None and answer.segment.source == "10.0.0.2:81"
    with pytest.raises(ValueError, match="say which host the frame is for"):
        lab.wire.inject(b"\0" * 60)


def test_a_predicate_may_be_any_function(lab: Lab) -> None:
    with lab.wire.drop(where=lambda frame: frame.data[12:14] == b"\x08\x06", nth=1) as rule:  # ARP, RFC 826
        lab.connection()
    assert rule.caught[0].segment is None and rule.caught[0].receiver == "server"


def test_a_rule_that_matches_nothing_says_so(lab: Lab) -> None:
    lab.connection()
    rule = lab.wire.drop("FIN ACK", nth=7)
    with pytest.raises(
        RuleUnused, match="«drop FIN ACK number 7» matched nothing within 0.05 s. .*SYN ACK seq"
    ):
        rule.wait(timeout=0.05)
    rule.remove()


def test_a_block_does_not_end_before_its_rule_has_matched(lab: Lab) -> None:
    caller, answerer = lab.connection()
    with lab.wire.drop("FIN ACK", sender="client", nth=1) as rule:
        caller.close()  # returns at once; the wire sees the FIN a moment later
    assert len(rule.caught) == 1
    assert answerer.recv(1) == b""


def test_an_unused_rule_ends_the_network_with_an_error(lab: Lab) -> None:
    lab.wire.drop("URG")
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
def test_a_predicate_that_cannot_match_is_refused_at_once(
    lab: Lab, arguments: dict[str, object], sentence: str
) -> None:
    for verb in (lab.wire.drop, lab.wire.hold, lab.wire.duplicate, lab.wire.reorder, lab.wire.wait_for):
        with pytest.raises(ValueError, match=sentence):
            verb(**arguments)  # type: ignore[operator]


def test_waiting_for_a_frame_that_does_not_come(lab: Lab) -> None:
    with pytest.raises(
        WireTimeout, match="«RST number 1» did not cross the wire within 0.05 s. What did: no frame at all"
    ):
        lab.wire.wait_for("RST", timeout=0.05)


def test_with_three_hosts_a_frame_goes_to_the_one_it_is_addressed_to(lab: Lab) -> None:
    lab.network.host("third")
    lab.connection()
    receivers = [frame.receiver for frame in lab.wire.frames]
    assert receivers[0] == "all"  # the ARP request, a broadcast
    assert receivers[1:] == ["client", "server", "client", "server"]
    assert [len(frame.arrivals) for frame in lab.wire.frames] == [2, 1, 1, 1, 1]


def test_a_condition_may_look_at_the_hosts(lab: Lab) -> None:
    thread = threading.Thread(target=lab.connection)
    thread.start()
    assert lab.wire.until(lambda: any(row.state == "ESTABLISHED" for row in lab.server.sockets()), 3)
    thread.join()


def test_settled_means_that_every_frame_sent_has_been_seen(lab: Lab) -> None:
    for number in range(1, 31):
        caller = lab.client.socket()
        caller.setblocking(False)
        caller.connect_ex(SERVER)
        lab.wire.settle()
        assert [flags for flags in lab.flags() if flags == "c ACK"] == ["c ACK"] * number


def test_quiet_means_that_nothing_came_for_so_long(lab: Lab) -> None:
    caller = lab.client.socket()
    caller.setblocking(False)
    with lab.wire.drop("SYN", nth=1):
        caller.connect_ex(SERVER)
    lab.wire.quiet(1.8)  # the copy comes after 1 s (RFC 6298, section 2)
    assert lab.flags() == ["c SYN", "c SYN", "s SYN ACK", "c ACK"]


def test_the_first_matching_rule_decides(lab: Lab) -> None:
    with lab.wire.hold("SYN", nth=1) as held, lab.wire.drop("SYN"):
        caller = lab.client.socket()
        caller.setblocking(False)
        caller.connect_ex(SERVER)
        held.wait()
        lab.wire.wait_for("SYN", nth=2)
    assert [frame.fate for frame, s in lab.network.trace().segments() if s.flags == "SYN"] == [
        "released",
        "dropped",
    ]


def test_a_mark_keeps_both_tables(lab: Lab) -> None:
    lab.connection()
    lab.wire.mark("now")
    trace = lab.network.trace()
    assert (trace.state("client", "now"), trace.state("server", "now")) == ("ESTABLISHED", "ESTABLISHED")
