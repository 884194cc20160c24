"""What an arriving segment does, state by state and in the RFC's order (RFC 9293, section 3.10.7).

Left out: security compartments, urgent data, and data in a SYN, which the peer will send again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from helpers.fields.segment import Segment
from helpers.lab.model.tcp_control_block import ControlBlock, Event, reset_for
from helpers.lab.model.tcp_segment_bytes import largest_segment
from helpers.lab.model.tcp_sequence import acceptable, distance, occupied, plus

RECEIVING = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2")
"""The states in which the peer may still say something new."""


def segment_arrives(block: ControlBlock, segment: Segment, initial: Callable[[], int]) -> None:
    """Process one segment; `initial` gives the ISS if it opens the connection."""
    if block.state == "CLOSED" or (block.remote and segment.source != block.remote):
        _reset(block, segment)
    elif block.state == "LISTEN":
        _in_listen(block, segment, initial)
    elif block.state == "SYN-SENT":
        _in_syn_sent(block, segment)
    else:
        _in_other_states(block, segment)
    block.finish()


def _in_listen(block: ControlBlock, segment: Segment, initial: Callable[[], int]) -> None:
    """Section 3.10.7.2."""
    if "RST" in segment.has:
        return
    if segment.ack is not None:
        _reset(block, segment)
    elif "SYN" in segment.has:
        block.remote = segment.source
        block.begin(initial())
        _hear_syn(block, segment)
        block.move("rcv SYN")
        block.transmit("SYN ACK")


def _in_syn_sent(block: ControlBlock, segment: Segment) -> None:
    """Section 3.10.7.3."""
    sending = block.sending
    if segment.ack is not None and not _acknowledges_new(block, segment.ack):
        _reset(block, segment)
        return
    if "RST" in segment.has:
        if segment.ack is not None:
            block.fail(Event.REFUSED, "rcv RST")
        return
    if "SYN" not in segment.has:
        return
    _hear_syn(block, segment)
    if segment.ack is None:  # both have opened at the same time (figure 7)
        block.move("rcv SYN")
        sending.queue[0].flags = "SYN ACK"
        block.send_again(sending.queue[0])
        return
    block.take_acknowledgment(segment.ack)
    _established(block, segment, "rcv SYN,ACK")
    block.ack_due = True
    _take_text(block, replace(segment, seq=plus(segment.seq, 1), flags=_without(segment.flags, "SYN")))
    _hear_fins(block)


def _in_other_states(block: ControlBlock, segment: Segment) -> None:
    """Section 3.10.7.4."""
    segment = _without_known_syn(block, segment)
    received = block.received
    if not acceptable(segment, received.expected, received.window):
        _refuse(block, segment)
        if received.window or segment.seq != received.expected:
            return
        segment = replace(segment, payload=b"", flags=_without(segment.flags, "FIN"))  # closed to data only
    if "RST" in segment.has:
        _take_reset(block, segment)
    elif "SYN" in segment.has:
        _take_syn(block)
    elif segment.ack is not None and _check_acknowledgment(block, segment, segment.ack):
        _take_text(block, segment)
        _hear_fins(block)


def _without_known_syn(block: ControlBlock, segment: Segment) -> Segment:
    """A SYN,ACK that repeats the SYN we know has its old part cut off: figure 7, line 6, needs its acknowledgment.

    By table 6 alone it would be refused; "only the new parts are processed" (first step) saves it.
    """
    known = plus(block.received.expected, -1)
    crossed = block.state == "SYN-RECEIVED" and not block.passive and {"SYN", "ACK"} <= segment.has
    if crossed and segment.seq == known and "RST" not in segment.has:
        return replace(segment, seq=block.received.expected, flags=_without(segment.flags, "SYN"))
    return segment


def _refuse(block: ControlBlock, segment: Segment) -> None:
    """First: a segment that is not acceptable is answered, unless it is a reset."""
    if "RST" in segment.has:
        return
    if block.state == "TIME-WAIT" and "FIN" in segment.has:
        block.restart_time_wait()  # the peer has not got our last acknowledgment
    block.challenge(answer_always=bool(segment.payload) and "SYN" not in segment.has)


def _take_reset(block: ControlBlock, segment: Segment) -> None:
    """Second: only a reset with exactly the expected number counts (RFC 5961, section 3.2)."""
    if segment.seq != block.received.expected:
        block.challenge(answer_always=False)
    elif block.state != "SYN-RECEIVED":
        if block.state in ("CLOSING", "LAST-ACK", "TIME-WAIT"):
            block.move("rcv RST")  # the user has closed already
        else:
            block.fail(Event.RESET, "rcv RST")
    elif block.passive:
        _listen_again(block, "rcv RST")
    else:
        block.fail(Event.REFUSED, "rcv RST after active OPEN")


def _take_syn(block: ControlBlock) -> None:
    """Fourth: a SYN in an open connection is a mistake or an attack (RFC 5961, section 4.2)."""
    if block.state == "SYN-RECEIVED" and block.passive:
        _listen_again(block, "rcv SYN in window")
    else:
        block.challenge(answer_always=False)


def _check_acknowledgment(block: ControlBlock, segment: Segment, ack: int) -> bool:
    """Fifth; says whether the segment is processed further."""
    if block.state == "SYN-RECEIVED":
        if not _acknowledges_new(block, ack):
            _reset(block, segment)
            return False
        block.take_acknowledgment(ack)
        _established(block, segment, "rcv ACK of SYN")
        return True
    beyond = distance(block.sending.next, ack) > 0
    too_old = distance(block.sending.acknowledged, ack) < -block.largest_window  # RFC 5961, section 5.2
    if beyond or too_old:
        block.challenge(answer_always=False)
        return False
    if distance(block.sending.acknowledged, ack) >= 0:
        block.take_acknowledgment(ack)
        block.heard_window(segment)
    return True


def _take_text(block: ControlBlock, segment: Segment) -> None:
    """Seventh and eighth: data and the peer's FIN. In the later states there is nothing that could still come."""
    if block.state not in RECEIVING or not occupied(segment):
        return
    if block.deaf and segment.payload:
        _reset(block, segment)  # data for a user who has gone are lost, and the peer must know it (section 3.6.1)
        block.fail(Event.RESET, "ABORT")
        return
    had = block.received.available
    block.received.take(segment)
    block.ack_due = True
    if block.received.available > had:
        block.events.append(Event.DATA)
    if block.received.finished:
        block.events.append(Event.CLOSING)


def _hear_fins(block: ControlBlock) -> None:
    """The states after a FIN: is the peer's here, and is ours acknowledged (fifth and eighth step)?"""
    ours, theirs = block.sending.fin_acknowledged, block.received.finished
    if block.state == "FIN-WAIT-1" and ours:
        block.move("rcv FIN, ACK of FIN" if theirs else "rcv ACK of FIN")
    elif block.state in RECEIVING and theirs:
        block.move("rcv FIN")
    elif block.state in ("CLOSING", "LAST-ACK") and ours:
        block.move("rcv ACK of FIN")
        if block.state == "CLOSED":
            block.events.append(Event.CLOSED)


def _listen_again(block: ControlBlock, event: str) -> None:
    """A passive end whose caller was none goes back and forgets it (section 3.10.7.4, second)."""
    block.move(event)
    block.remote = block.named_remote
    block.begin(0)
    if block.close_wanted:
        block.move("CLOSE")


def _established(block: ControlBlock, segment: Segment, event: str) -> None:
    block.move(event)
    block.timer.established()
    block.set_window(segment)
    block.events.append(Event.CONNECTED)
    if block.close_wanted:  # a CLOSE that came too early, with data before it (section 3.10.4)
        block.move("CLOSE")


def _hear_syn(block: ControlBlock, segment: Segment) -> None:
    """RCV.NXT, the send window and the largest segment, from the peer's SYN."""
    block.received.expected = plus(segment.seq, 1)
    block.set_window(segment)
    offered = largest_segment(segment)
    if offered:
        block.peer_mss = min(offered, block.settings.mss)


def _acknowledges_new(block: ControlBlock, ack: int) -> bool:
    """SND.UNA < SEG.ACK =< SND.NXT."""
    sending = block.sending
    return 0 < distance(sending.acknowledged, ack) <= distance(sending.acknowledged, sending.next)


def _reset(block: ControlBlock, segment: Segment) -> None:
    answer = reset_for(segment)
    if answer is not None:
        block.segments.append(answer)


def _without(flags: str, name: str) -> str:
    return " ".join(flag for flag in flags.split() if flag != name)
