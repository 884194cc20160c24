from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from helpers.lab import LabError, RuleUnused, WireTimeout
from helpers.trace import Frame
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
        held.delay(0.1, next(each.number for each in held.waiting if b"two" in each.frame.data))  # "one" may wait again
        assert answerer.recv(10) == b"two" and time.monotonic() - begun >= 0.1
    one, two = ([frame for frame in lab.wire.frames if data in frame.data] for data in (b"one", b"two"))
    fates = [(frame.fate, len(frame.arrivals)) for frame in (*one[:2], two[0])]
    assert fates == [("dropped", 0), ("duplicated", 2), ("delayed", 1)]


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


def test_what_cannot_match_is_refused_at_once_and_what_does_not_come_is_an_error(lab: Lab) -> None:
    for verb in (lab.wire.drop, lab.wire.hold, lab.wire.duplicate, lab.wire.reorder, lab.wire.wait_for):
        with pytest.raises(ValueError, match="TCP has no flag 'SNY'; its flags are SYN"):
            verb("SNY")
        with pytest.raises(ValueError, match="no host 'sever' on this wire; its hosts are client, server"):
            verb(sender="sever")
        with pytest.raises(ValueError, match="nth=0 matches no frame: the first one is nth=1"):
            verb(nth=0)
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


@pytest.mark.parametrize("order", [("client", "server"), ("server", "client")])
def test_frames_are_carried_in_the_order_in_which_they_were_sent(lab: Lab, order: tuple[str, str]) -> None:
    """Also where several wait: here for a rule that is in no hurry."""
    lab.connection()  # no ARP any more
    ends = {name: host.socket(type=socket.SOCK_DGRAM) for name, host in lab.network.hosts.items()}
    other = {"client": ("10.0.0.2", 9), "server": ("10.0.0.1", 9)}
    asked, both_sent = threading.Event(), threading.Event()

    def slowly(frame: Frame) -> bool:
        if b"begin" not in frame.data:
            return False
        asked.set()
        return both_sent.wait(5)

    with lab.wire.drop(where=slowly):
        ends["client"].sendto(b"begin", other["client"])
        assert asked.wait(5)
        for name in order:
            ends[name].sendto(b"from " + name.encode(), other[name])
        both_sent.set()
        lab.wire.settle()
    sent = [frame for frame in lab.wire.frames if b"from " in frame.data and not frame.data.endswith(b"begin")]
    assert tuple(frame.sender for frame in sent if frame.data[23] == socket.IPPROTO_UDP) == order  # not ICMP's copies
