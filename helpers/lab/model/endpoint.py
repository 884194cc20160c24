"""One end of a TCP connection as a model: no sockets, no clock, only RFC 9293 (its sections stand in brackets).

The user's calls, segments and the time come in; segments to be sent come out in `out`. Every change of state is an
arrow of `tcp_states`: that table is the state machine. It serves two panels in which a reader decides on every
segment, so it has what such a reader meets: opening, closing and resets in any order, copies, losses and delays of a
few bytes. Rejected: a recorded tree of choices (a reader's third choice already leaves it), and a whole TCP. Left out
are windows that close, congestion control, options but MSS, measured round trips and giving up.
"""

from __future__ import annotations

import errno
import zlib
from dataclasses import replace

from helpers.fields.segment import SEQUENCE_SPACE, Segment
from helpers.fields.tcp_states import step
from helpers.trace import SocketRow

SECOND = 10**9
MSS, WINDOW = 1460, 65_535
"""Octets of data in a segment at most, in Ethernet (3.7.1); and those that it says it has room for: always as many."""
FIRST_TIMEOUT, LONGEST_TIMEOUT = 1.0, 60.0
"""Seconds until something is sent again, doubled each time up to the longest (RFC 6298, rules 2.1, 5.5 and 2.5)."""
TIME_WAIT = 2 * 120.0
"""Seconds: two maximum segment lifetimes (3.4.2)."""
RECEIVING = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2")
"""The states in which the peer may still say something new."""


class Endpoint:
    """An end between two sockets such as "10.0.0.1:40000" and "10.0.0.2:80". Set `now` before anything else happens."""

    def __init__(self, local: str, remote: str, now: int = 0) -> None:
        self.local, self.remote = local, remote
        self.now = now
        """Nanoseconds."""
        self.state = "CLOSED"
        self.error = 0
        """The errno with which the connection was lost."""
        self.out: list[Segment] = []
        self.received = bytearray()
        """What waits for the user (RECEIVE, 3.10.3)."""
        self.finished = False
        """Whether the peer's FIN was reached: nothing new follows."""
        self.due: int | None = None
        """When its timer rings."""
        # ISN = M + F: a clock of 4 microseconds and a hash of both ends (3.4.1), without a key: nobody guesses here.
        self._next = (now // 4_000 + zlib.crc32(f"{local} {remote}".encode())) % SEQUENCE_SPACE  # SND.NXT
        self._acknowledged = self._next  # SND.UNA
        self._expected = 0  # RCV.NXT
        self._passive = self._closing = self._deaf = False
        self._unacknowledged: list[Segment] = []  # the retransmission queue, oldest first (3.8.1)
        self._early: list[Segment] = []
        self._timeout, self._copies = FIRST_TIMEOUT, 0

    def row(self, now: int) -> SocketRow:
        """What stands in a kernel's table of sockets (STATUS, 3.10.6)."""
        timer = "" if self.due is None else "TIME-WAIT" if self.state == "TIME-WAIT" else "retransmit"
        seconds = max(0, (self.due or 0) - now) / SECOND
        waiting = distance(self._acknowledged, self._next)
        return SocketRow(
            self.local, self.remote, self.state, len(self.received), waiting, timer, seconds, self._copies, 0
        )

    def listen(self) -> None:
        """OPEN, passive (3.10.1)."""
        self._passive = True
        self._go("passive OPEN")

    def connect(self) -> None:
        """OPEN, active (3.10.1)."""
        self._go("active OPEN")
        self._send("SYN")

    def send(self, data: bytes) -> None:
        """SEND (3.10.2): as there is always a window, all goes at once."""
        for place in range(0, len(data), MSS):
            last = place + MSS >= len(data)
            self._send("PSH ACK" if last else "ACK", data[place : place + MSS])

    def close(self) -> None:
        """CLOSE (3.10.4): I send nothing more. A second one does nothing."""
        if self._closing:
            return
        self._closing = True
        if self._go("CLOSE") == "snd FIN":
            self._send("FIN ACK")

    def leave(self) -> None:
        """CLOSE by a user who reads nothing more either: what was not read, or comes later, is reset (3.6.1)."""
        self._deaf = True
        if self.received:
            self.abort()
        else:
            self.close()

    def abort(self) -> None:
        """ABORT (3.10.5): forget the connection, and tell the peer by a reset."""
        number = self._next
        if self._go("ABORT"):
            self._emit("RST", number)
        self.error = errno.ECONNRESET

    def ring(self) -> None:
        """The timer has run out (3.10.8): the oldest segment again, and wait twice as long."""
        if self.state == "TIME-WAIT":
            self._go("2 MSL timeout")
            return
        self._timeout = min(2 * self._timeout, LONGEST_TIMEOUT)
        self._send_again()
        self._start(self._timeout)

    def arrive(self, segment: Segment) -> None:
        """A segment has come (3.10.7)."""
        if self.state == "CLOSED":
            self._reset(segment)
        elif self.state == "LISTEN":
            self._in_listen(segment)
        elif self.state == "SYN-SENT":
            self._in_syn_sent(segment)
        else:
            self._in_other_states(segment)

    def _in_listen(self, segment: Segment) -> None:
        """3.10.7.2"""
        if segment.ack is not None:
            self._reset(segment)
        elif "SYN" in segment.has:
            self._expected = plus(segment.seq, 1)
            self._go("rcv SYN")
            self._send("SYN ACK")

    def _in_syn_sent(self, segment: Segment) -> None:
        """3.10.7.3; only our SYN can be acknowledged."""
        if segment.ack not in (None, self._next):
            self._reset(segment)
        elif "RST" in segment.has:
            if segment.ack is not None:
                self._lose(errno.ECONNREFUSED, "rcv RST")
        elif "SYN" in segment.has:
            self._expected = plus(segment.seq, 1)
            if segment.ack is None:  # both have opened at once (figure 7)
                self._go("rcv SYN")
                self._unacknowledged[0] = replace(self._unacknowledged[0], flags="SYN ACK")
                self._send_again()
            else:
                self._take_acknowledgment(segment.ack)
                self._go("rcv SYN,ACK")
                self._acknowledge()

    def _in_other_states(self, segment: Segment) -> None:
        """3.10.7.4, in its order: is it acceptable, RST, SYN, ACK, data, FIN."""
        if self.state == "SYN-RECEIVED" and "SYN" in segment.has and segment.ack == self._next:
            segment = replace(segment, seq=plus(segment.seq, 1), flags="ACK")  # figure 7: the known SYN is cut off
        if "RST" in segment.has:
            if segment.seq == self._expected:  # no other is believed (RFC 5961, 3.2)
                self._take_reset()
        elif "SYN" in segment.has or not self._acceptable(segment):
            self._say_again("FIN" in segment.has)
        elif segment.ack is not None and self._check_acknowledgment(segment, segment.ack):
            self._take_text(segment)
            self._hear_fins()

    def _acceptable(self, segment: Segment) -> bool:
        """Table 6: does any of the segment lie in the window?"""
        begin = distance(self._expected, segment.seq)
        return 0 <= begin < WINDOW or (begin < 0 < begin + occupied(segment) <= WINDOW)

    def _say_again(self, of_fin: bool) -> None:
        """Where this end stands, for a peer that seems not to know."""
        if self.state == "SYN-RECEIVED":
            self._send_again()  # our SYN,ACK says it as well, and perhaps was lost
            return
        if self.state == "TIME-WAIT" and of_fin:
            self._start(TIME_WAIT)  # the peer has not got our last acknowledgment
        self._acknowledge()

    def _take_reset(self) -> None:
        if self.state != "SYN-RECEIVED":
            self._lose(errno.ECONNRESET, "rcv RST")
        elif self._passive:
            self._go("rcv RST")
        else:
            self._lose(errno.ECONNREFUSED, "rcv RST after active OPEN")

    def _check_acknowledgment(self, segment: Segment, ack: int) -> bool:
        """Says whether the segment is processed further."""
        beyond = distance(self._next, ack) > 0
        if self.state == "SYN-RECEIVED":
            if beyond or distance(self._acknowledged, ack) <= 0:
                self._reset(segment)
                return False
            self._go("rcv ACK of SYN")
        elif beyond:
            self._acknowledge()
            return False
        self._take_acknowledgment(ack)
        return True

    def _take_acknowledgment(self, ack: int) -> None:
        """Off the queue with what the peer has; the timer begins anew, or stops (RFC 6298, rules 5.2 and 5.3)."""
        if distance(self._acknowledged, ack) <= 0:
            return
        self._acknowledged = ack
        self._unacknowledged = [sent for sent in self._unacknowledged if distance(ack, end_of(sent)) > 0]
        self._timeout, self._copies, self.due = FIRST_TIMEOUT, 0, None
        if self._unacknowledged:
            self._start(self._timeout)

    def _take_text(self, segment: Segment) -> None:
        """Data and FIN, in order; what came too early is kept until then (SHLD-31)."""
        if self.state not in RECEIVING or not occupied(segment):
            return
        if self._deaf and segment.payload:  # the peer must know that its data are lost (3.6.1)
            self._reset(segment)
            self._lose(errno.ECONNRESET, "ABORT")
            return
        self._early = sorted([*self._early, segment], key=lambda early: distance(self._expected, early.seq))
        for early in self._early:
            known = distance(early.seq, self._expected)
            if 0 <= known < occupied(early):
                self.received += early.payload[known:]
                self._expected = end_of(early)
                self.finished = "FIN" in early.has
        self._early = [early for early in self._early if distance(self._expected, early.seq) > 0]
        self._acknowledge()

    def _hear_fins(self) -> None:
        """Is the peer's FIN here, and is ours acknowledged?"""
        ours = self._closing and not self._unacknowledged
        if self.state == "FIN-WAIT-1" and ours:
            self._go("rcv FIN, ACK of FIN" if self.finished else "rcv ACK of FIN")
        elif self.state in RECEIVING and self.finished:
            self._go("rcv FIN")
        elif self.state in ("CLOSING", "LAST-ACK") and ours:
            self._go("rcv ACK of FIN")

    def _go(self, event: str) -> str:
        """Take an arrow: the only place where the state changes. Returns what is to be sent because of it."""
        arrow = step(self.state, event)
        self.state = arrow.after
        if self.state in ("CLOSED", "LISTEN", "TIME-WAIT"):
            self._unacknowledged, self._acknowledged, self.due = [], self._next, None
        if self.state == "TIME-WAIT":
            self._start(TIME_WAIT)
        return arrow.action

    def _lose(self, error: int, event: str) -> None:
        self._go(event)
        self.error = error

    def _start(self, seconds: float) -> None:
        self.due = self.now + round(seconds * SECOND)

    def _send(self, flags: str, payload: bytes = b"") -> None:
        """Send what takes numbers, and so must be acknowledged."""
        segment = Segment(self.local, self.remote, flags, self._next, None, WINDOW, (), payload)
        self._unacknowledged.append(segment)
        self._next = end_of(segment)
        self._emit(flags, segment.seq, payload)
        if self.due is None:
            self._start(self._timeout)

    def _send_again(self) -> None:
        """The oldest segment, with the acknowledgment of now."""
        oldest = self._unacknowledged[0]
        self._copies += 1
        self._emit(oldest.flags, oldest.seq, oldest.payload)

    def _acknowledge(self) -> None:
        self._emit("ACK", self._next)

    def _emit(self, flags: str, seq: int, payload: bytes = b"") -> None:
        ack = self._expected if "ACK" in flags.split() else None
        options = (("MSS", str(MSS)),) if "SYN" in flags.split() else ()
        self.out.append(Segment(self.local, self.remote, flags, seq, ack, WINDOW, options, payload))

    def _reset(self, segment: Segment) -> None:
        """Answer a segment for no connection by a reset that its sender will believe (3.10.7.1); a reset by nothing."""
        if "RST" in segment.has:
            return
        flags, seq, ack = ("RST ACK", 0, end_of(segment)) if segment.ack is None else ("RST", segment.ack, None)
        self.out.append(Segment(self.local, self.remote, flags, seq, ack, 0, (), b""))


def plus(number: int, count: int) -> int:
    """The sequence number `count` later: they have 32 bits and wrap around (3.4)."""
    return (number + count) % SEQUENCE_SPACE


def distance(start: int, end: int) -> int:
    """How far `end` lies after `start`, by the shorter way: negative if it lies before it."""
    return (end - start + SEQUENCE_SPACE // 2) % SEQUENCE_SPACE - SEQUENCE_SPACE // 2


def occupied(segment: Segment) -> int:
    """SEG.LEN: the numbers it takes, one for each octet of data, one for SYN, one for FIN."""
    return segment.length + len(segment.has & {"SYN", "FIN"})


def end_of(segment: Segment) -> int:
    """The number after its last one."""
    return plus(segment.seq, occupied(segment))
