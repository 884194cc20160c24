"""One end of a TCP connection as a model: no sockets, no clock, only what RFC 9293 says (section 3.10).

    caller, server = Endpoint("10.0.0.1:40000"), Endpoint("10.0.0.2:80")
    server.open_passive()
    caller.open_active("10.0.0.2:80")
    [syn] = caller.segments_to_send()
    server.segment_arrives(syn)
    print(caller.state, server.state)  # SYN-SENT SYN-RECEIVED

The user's calls, arriving segments and passing time go in; segments to send (`segments_to_send`) and news for the user
(`new_events`) come out. Every change of state is an arrow of `tcp_states`. Left out: congestion control and fast
retransmit (RFC 5681), delayed acknowledgments and Nagle's algorithm (each segment is answered and sent at once), urgent
data, and every option but MSS.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from helpers.errors import CourseError
from helpers.fields.segment import SEQUENCE_SPACE, Segment
from helpers.fields.tcp_states import step
from helpers.lab.model import tcp_arrivals
from helpers.lab.model.retransmission_timer import SECOND
from helpers.lab.model.tcp_control_block import SENDING, SILENT, ControlBlock, Event, Settings
from helpers.lab.model.tcp_sequence import distance, plus

__all__ = ["CallRefused", "Endpoint", "Event", "Settings", "Status"]


class CallRefused(CourseError):
    """A call of the user that does not fit the state; the message has the RFC's words."""


@dataclass(frozen=True)
class Status:
    """What STATUS tells of a connection (section 3.10.6)."""

    state: str
    unread: int
    """Octets that wait for RECEIVE."""
    unacknowledged: int
    """Sequence numbers that wait to be sent or acknowledged: data, SYN, FIN."""
    timer: str
    """The timer that runs: "", "retransmit", "zero window probe" or "TIME-WAIT"."""
    seconds_left: float
    retransmissions: int
    """How often the oldest segment was sent again."""


class Endpoint:
    """An end with a local socket such as "10.0.0.1:40000". It may be opened again once it is CLOSED."""

    def __init__(self, local: str, initial: Iterable[int] = (), settings: Settings = Settings()) -> None:  # noqa: B008
        """`initial`: sequence numbers to begin with, one for each opening; then as section 3.4.1 has them."""
        self.local = local
        self._given = iter(initial)
        self._block = ControlBlock(local, "", settings, 0)

    @property
    def state(self) -> str:
        """One of `tcp_states.STATES`."""
        return self._block.state

    @property
    def remote(self) -> str:
        """The peer's socket; "" while there is none."""
        return self._block.remote

    @property
    def failure(self) -> str:
        """Why the connection was lost, in the RFC's words; "" if it was not."""
        return self._block.failure.value if self._block.failure else ""

    @property
    def peer_finished(self) -> bool:
        """Whether the peer's FIN has come: nothing new follows."""
        return self._block.received.finished

    @property
    def at_end(self) -> bool:
        """Whether everything that the peer will ever say was read."""
        return self.peer_finished and not self._block.received.available

    @property
    def room(self) -> int:
        """Octets that SEND would take now."""
        return max(0, self._block.settings.send_buffer - self._block.sending.pending)

    def status(self) -> Status:
        """STATUS: what stands in the control block now."""
        block, sending = self._block, self._block.sending
        waiting = distance(sending.acknowledged, sending.next) + len(sending.unsent)
        fin_waits = block.close_wanted and sending.fin is None
        timer, due = "", None
        if block.time_wait_end is not None:
            timer, due = "TIME-WAIT", block.time_wait_end
        elif block.timer.deadline is not None:
            closed = block.window == 0 and self.state in SENDING
            timer, due = "zero window probe" if closed else "retransmit", block.timer.deadline
        return Status(
            state=self.state,
            unread=block.received.available,
            unacknowledged=0 if self.state in SILENT else waiting + fin_waits,
            timer=timer,
            seconds_left=max(0, due - block.now) / SECOND if due is not None else 0.0,
            retransmissions=sending.queue[0].copies - 1 if sending.queue else 0,
        )

    def open_passive(self, remote: str = "") -> None:
        """OPEN: wait for a caller, or for that one only. Raises CallRefused if a connection exists."""
        if self.state != "CLOSED":
            raise CallRefused("connection already exists")
        self._new_block(remote)
        self._block.passive = True
        self._block.move("passive OPEN")

    def open_active(self, remote: str) -> None:
        """OPEN: call that peer. Raises CallRefused if a connection exists."""
        if self.state not in ("CLOSED", "LISTEN"):
            raise CallRefused("connection already exists")
        if self.state == "CLOSED":
            self._new_block(remote)
        self._call("active OPEN", remote)

    def send(self, data: bytes) -> int:
        """SEND: hand data over; returns how many octets there was room for.

        Raises CallRefused without a connection, after CLOSE, and in LISTEN without a named peer.
        """
        self._check_exists()
        block = self._block
        if block.close_wanted:
            raise CallRefused("connection closing")
        if self.state == "LISTEN":
            if not block.named_remote:
                raise CallRefused("remote socket unspecified")
            self._call("SEND", block.named_remote)
        taken = block.sending.put(data)
        block.finish()
        return taken

    def receive(self, limit: int = 65_536) -> bytes:
        """RECEIVE: up to `limit` octets of what has come; b"" if there is nothing now, or no more (`at_end`).

        Raises CallRefused, with the reason, after the connection was lost, and before there was one.
        """
        received = self._block.received
        if not received.available and not (received.finished and not self.failure):
            self._check_exists()
        data = received.read(limit)
        self._tell_window()
        return data

    def close(self, half_duplex: bool = False) -> None:
        """CLOSE: I have nothing more to send. The other direction stays open (section 3.6.1).

        `half_duplex`: I read nothing more either. What was not read, or comes later, is answered with a reset (SHLD-3).
        Raises CallRefused without a connection, and for a second CLOSE.
        """
        self._check_exists()
        block = self._block
        if block.close_wanted and not half_duplex:
            raise CallRefused("connection closing")
        block.deaf |= half_duplex
        if block.deaf and block.received.available and self.state in (*tcp_arrivals.RECEIVING, "CLOSE-WAIT"):
            self.abort()
            return
        waits_for_handshake = self.state == "SYN-RECEIVED" and block.sending.unsent
        if not block.close_wanted and not waits_for_handshake:
            block.move("CLOSE")  # section 3.10.4 in CLOSE-WAIT: only when the FIN is sent; the wire shows no difference
        block.close_wanted = True
        block.finish()

    def abort(self) -> None:
        """ABORT: forget the connection at once, and tell the peer by a reset. Raises CallRefused if there is none."""
        self._check_exists()
        if step(self.state, "ABORT").action:
            self._block.emit("RST", self._block.sending.next)
        self._block.fail(Event.RESET, "ABORT")

    def segment_arrives(self, segment: Segment) -> None:
        """A segment has come in."""
        tcp_arrivals.segment_arrives(self._block, segment, self._initial_number)

    def next_timeout(self) -> float | None:
        """Seconds until something happens by itself; None if nothing will."""
        due = self._due()
        return None if due is None else max(0, due - self._block.now) / SECOND

    def time_passes(self, seconds: float) -> None:
        """Let the clock go on; what is due on the way happens at its time."""
        block = self._block
        end = block.now + round(seconds * SECOND)
        while (due := self._due()) is not None and due <= end:
            block.now = max(block.now, due)
            self._time_out()
        block.now = end

    def segments_to_send(self) -> list[Segment]:
        """What was to be sent since the last call of this."""
        segments, self._block.segments = self._block.segments, []
        return segments

    def new_events(self) -> list[Event]:
        """What the user is told since the last call of this."""
        events, self._block.events = self._block.events, []
        return events

    def _new_block(self, remote: str) -> None:
        old = self._block
        self._block = ControlBlock(self.local, remote, old.settings, old.now)
        self._block.segments, self._block.events = old.segments, old.events

    def _call(self, event: str, remote: str) -> None:
        block = self._block
        block.remote, block.passive = remote, False
        block.begin(self._initial_number())
        block.move(event)
        block.transmit("SYN")

    def _check_exists(self) -> None:
        if self.state == "CLOSED":
            raise CallRefused(self.failure or "connection does not exist")

    def _tell_window(self) -> None:
        """Announce room that reading has made, once it is worth a segment (section 3.8.6.2.2)."""
        block = self._block
        edge = plus(block.received.expected, block.received.window)
        worth = min(block.settings.mss, block.settings.receive_buffer // 2)
        if self.state in tcp_arrivals.RECEIVING and distance(block.advertised, edge) >= worth:
            block.acknowledge()

    def _due(self) -> int | None:
        block = self._block
        times = (block.time_wait_end, block.give_up, block.timer.deadline)
        return min((time for time in times if time is not None), default=None)

    def _time_out(self) -> None:
        """What is due now (section 3.10.8)."""
        block = self._block
        if block.time_wait_end is not None:
            block.move("2 MSL timeout")
            block.events.append(Event.CLOSED)
        elif block.give_up is not None and block.give_up <= block.now:
            block.fail(Event.TIMED_OUT, "user timeout")
        else:
            block.time_out()

    def _initial_number(self) -> int:
        """ISN = M + F: a clock of 4 microseconds and a hash of both ends (section 3.4.1).

        F has no secret key: in a model nobody guesses, and the same run gives the same numbers.
        """
        block = self._block
        hashed = zlib.crc32(f"{block.local} {block.remote}".encode())
        return next(self._given, (block.now // 4_000 + hashed) % SEQUENCE_SPACE)
