"""The transmission control block: all that one end knows of its connection, and how it sends (RFC 9293, 3.3.1 and 3.8).

`tcp_endpoint` has the user's calls and the timeouts, `tcp_arrivals` what a segment does; both work on this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from helpers.fields.segment import Segment
from helpers.fields.tcp_states import step
from helpers.lab.model.receive_buffer import ReceiveBuffer
from helpers.lab.model.retransmission_timer import SECOND, RetransmissionTimer
from helpers.lab.model.send_buffer import SendBuffer, Sent
from helpers.lab.model.tcp_segment_bytes import MSS
from helpers.lab.model.tcp_sequence import distance, occupied, plus

SENDING = ("ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-1", "CLOSING", "LAST-ACK")
"""The states in which data or a FIN may still be on their way out."""
SILENT = ("CLOSED", "LISTEN", "TIME-WAIT")
"""The states in which nothing waits to be sent or acknowledged."""
CHALLENGE_PAUSE = SECOND // 2
"""Nanoseconds between two answers to segments that do not fit, so that two ends that disagree do not answer each other
for ever (RFC 5961, section 7, proposes ten in five seconds)."""


@dataclass(frozen=True)
class Settings:
    """What an implementation may choose."""

    mss: int = 1460
    """Octets: the largest segment to be received, for the MSS option (section 3.7.1)."""
    send_buffer: int = 65_536
    receive_buffer: int = 65_535
    """Octets; the window field has 16 bits, and the model does not scale it."""
    msl: float = 120.0
    """Seconds that a segment lives at most (section 3.4.2); TIME-WAIT lasts two of them."""
    user_timeout: float = 300.0
    """Seconds without an acknowledgment after which a connection is given up (section 3.9.1.1)."""


class Event(Enum):
    """What the user is told, in the RFC's words."""

    CONNECTED = "connection established"
    DATA = "data arrived"
    CLOSING = "connection closing"
    """The peer has sent its FIN."""
    REFUSED = "connection refused"
    RESET = "connection reset"
    TIMED_OUT = "connection aborted due to user timeout"
    CLOSED = "connection closed"


class ControlBlock:
    """One end of a connection. What is to be sent and to be told collects in `segments` and `events`."""

    def __init__(self, local: str, remote: str, settings: Settings, now: int) -> None:
        self.local = local
        self.remote = self.named_remote = remote
        """The peer's socket, and the one that the user asked for; "" while there is none."""
        self.settings = settings
        self.now = now
        """Nanoseconds."""
        self.state = "CLOSED"
        self.passive = False
        """Whether it came from LISTEN (section 3.5, MUST-11)."""
        self.failure: Event | None = None
        """Why the connection has ended, if not by an orderly close."""
        self.segments: list[Segment] = []
        self.events: list[Event] = []
        self.timer = RetransmissionTimer()
        self.give_up: int | None = None
        """When the user timeout runs out; None while nothing waits for an acknowledgment."""
        self.time_wait_end: int | None = None
        self.close_wanted = False
        self.deaf = False
        """Whether the user will read nothing more."""
        self.begin(0)

    def begin(self, initial: int) -> None:
        """Fresh variables for a connection with that ISS."""
        self.sending = SendBuffer(initial, self.settings.send_buffer)
        self.received = ReceiveBuffer(0, self.settings.receive_buffer)
        self.advertised = 0
        """The right edge of the window that the peer was last told."""
        self.window = self.largest_window = 0
        """SND.WND, and MAX.SND.WND of RFC 5961, section 5."""
        self._window_seq = self._window_ack = 0  # SND.WL1, SND.WL2
        self.peer_mss = 536  # what everybody can take, unless an option says more (section 3.7.1)
        self.ack_due = False
        self.timer = RetransmissionTimer()
        self.give_up = None
        self._last_challenge: int | None = None
        self._lost_until: int | None = None  # SND.NXT when the timer last ran out

    def move(self, event: str) -> None:
        """Go on to the next state: the only place where the state changes."""
        self.state = step(self.state, event).after
        if self.state in SILENT:
            self.sending.queue.clear()
            self.sending.unsent.clear()
            self.timer.stop()
            self.give_up = self.time_wait_end = None
        if self.state == "TIME-WAIT":
            self.restart_time_wait()

    def restart_time_wait(self) -> None:
        """Wait 2 MSL from now on."""
        self.time_wait_end = self.now + round(2 * self.settings.msl * SECOND)

    def fail(self, event: Event, transition: str) -> None:
        """The connection ends by force, and the user is told. What had come in order can still be read."""
        self.move(transition)
        self.failure = event
        self.events.append(event)

    def emit(self, flags: str, seq: int, payload: bytes = b"", options: tuple[tuple[str, str], ...] = ()) -> None:
        """Put a segment on the list of those to be sent. With ACK it says what was received up to now."""
        has_ack = "ACK" in flags.split()
        if has_ack:
            self.ack_due = False
            self.advertised = plus(self.received.expected, self.received.window)
        ack, window = (self.received.expected if has_ack else None), self.received.window
        self.segments.append(Segment(self.local, self.remote, flags, seq, ack, window, options, payload))

    def acknowledge(self) -> None:
        """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"""
        self.emit("ACK", self.sending.next)

    def challenge(self, answer_always: bool) -> None:
        """Answer a segment that does not fit, but not in quick succession (RFC 5961, section 7)."""
        recently = self._last_challenge is not None and self.now - self._last_challenge < CHALLENGE_PAUSE
        if recently and not answer_always:
            return
        self._last_challenge = self.now
        if self.state == "SYN-RECEIVED":
            self.send_again(self.sending.queue[0])  # our SYN,ACK is an acknowledgment too, and perhaps was lost
        else:
            self.acknowledge()

    def transmit(self, flags: str, payload: bytes = b"") -> None:
        """Send something that needs an acknowledgment: SYN, data, FIN."""
        self._copy(self.sending.sent(flags, payload, self.now))
        if self.timer.deadline is None:
            self.timer.start(self.now)
        if self.give_up is None:
            self.wait_patiently()

    def send_again(self, sent: Sent) -> None:
        """A retransmission, with today's acknowledgment."""
        sent.copies += 1
        self._copy(sent)

    def time_out(self) -> None:
        """The retransmission timer has run out (section 3.10.8): the oldest segment again, and wait longer."""
        front = self.sending.queue[0] if self.sending.queue else None
        if front is not None:
            self._lost_until = self.sending.next
            self.send_again(front)
        else:
            self._send_next(1)  # probes a closed window; refused, it is sent again as any other (section 3.8.6.1)
        self.timer.back_off(self.now, syn=front is not None and "SYN" in front.flags)

    def take_acknowledgment(self, number: int) -> None:
        """Off the queue with what the peer has; measure the round trip, set the timer (RFC 6298, section 5)."""
        progress = distance(self.sending.acknowledged, number) > 0
        done = self.sending.acknowledge(number)
        if done and done[-1].copies == 1:  # Karn's rule
            self.timer.measured((self.now - done[-1].when) / SECOND)
        if not self.sending.queue:
            self.timer.stop()
            self.give_up = None
            return
        if progress:
            self.timer.start(self.now)
            self.wait_patiently()
            if self._lost_until is not None and distance(number, self._lost_until) > 0:
                self.send_again(self.sending.queue[0])  # what was in flight when the timer ran out is taken for lost

    def wait_patiently(self) -> None:
        """The user timeout begins anew: at the first thing sent, and whenever some of it is acknowledged."""
        self.give_up = self.now + round(self.settings.user_timeout * SECOND)

    def push(self) -> None:
        """Send as much as the peer's window allows: data, then the FIN if the user has closed (section 3.8.6)."""
        if self.state not in SENDING:
            return
        while (room := self._room()) > 0 and self._something_to_send():
            self._send_next(room)
        if self._something_to_send() and self.timer.deadline is None:
            self.timer.start(self.now)  # the window is closed: see `time_out`
            self.wait_patiently()

    def heard_window(self, segment: Segment) -> None:
        """Take the send window from a segment, unless it is an older one (section 3.10.7.4, fifth)."""
        newer = distance(self._window_seq, segment.seq)
        if newer > 0 or (newer == 0 and distance(self._window_ack, segment.ack or 0) >= 0):
            self.set_window(segment)

    def set_window(self, segment: Segment) -> None:
        """SND.WND, SND.WL1 and SND.WL2 from this segment."""
        was_closed = self.window == 0
        self.window = segment.window
        self.largest_window = max(self.largest_window, segment.window)
        self._window_seq, self._window_ack = segment.seq, segment.ack or 0
        if not self.window and self.give_up is not None:
            self.wait_patiently()  # a peer that answers with a closed window is alive (section 3.8.6.1, MUST-37)
        if was_closed and self.window and self.sending.queue and self.state in SENDING:
            self.send_again(self.sending.queue[0])  # the probe: now it will be taken
            self.timer.start(self.now)

    def finish(self) -> None:
        """The end of an event: send what can go; an acknowledgment that rode on none of it goes alone."""
        self.push()
        if self.ack_due:
            self.acknowledge()

    def _copy(self, sent: Sent) -> None:
        options = ((MSS, str(self.settings.mss)),) if "SYN" in sent.flags.split() else ()
        self.emit(sent.flags, sent.seq, sent.payload, options)

    def _room(self) -> int:
        """Octets of the peer's window that are still free: SND.UNA + SND.WND - SND.NXT."""
        return distance(self.sending.next, plus(self.sending.acknowledged, self.window))

    def _something_to_send(self) -> bool:
        return bool(self.sending.unsent) or (self.close_wanted and self.sending.fin is None)

    def _send_next(self, room: int) -> None:
        unsent = self.sending.unsent
        payload = bytes(unsent[: min(room, self.peer_mss)])
        del unsent[: len(payload)]
        last = not unsent
        fin = self.close_wanted and last and len(payload) < room
        pushed = bool(payload) and last  # section 3.9.1.2: the last of what is there (MUST-61)
        self.transmit(" ".join(["FIN"] * fin + ["PSH"] * pushed + ["ACK"]), payload)


def reset_for(segment: Segment) -> Segment | None:
    """The answer of an end that has no connection (section 3.10.7.1): a reset the sender will believe.

    None for a reset, which is never answered.
    """
    if "RST" in segment.has:
        return None
    back = replace(segment, source=segment.destination, destination=segment.source, options=(), payload=b"", window=0)
    if segment.ack is not None:
        return replace(back, flags="RST", seq=segment.ack, ack=None)
    return replace(back, flags="RST ACK", seq=0, ack=plus(segment.seq, occupied(segment)))
