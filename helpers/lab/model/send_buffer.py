"""What the user has handed over: octets to be sent, and the segments not yet acknowledged (RFC 9293, 3.8)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from helpers.lab.model.tcp_sequence import distance, plus


@dataclass
class Sent:
    """A segment on the retransmission queue."""

    seq: int
    flags: str
    payload: bytes
    when: int
    """Nanoseconds: when it was sent for the first time."""
    copies: int = 1

    @property
    def end(self) -> int:
        """The number after its last one."""
        flags = self.flags.split()
        return plus(self.seq, len(self.payload) + ("SYN" in flags) + ("FIN" in flags))


class SendBuffer:
    """The send sequence space of one connection (section 3.3.1, figure 3)."""

    def __init__(self, initial: int, size: int) -> None:
        self.initial = initial
        """ISS: the number of the SYN."""
        self.acknowledged = initial
        """SND.UNA: the oldest number that is not acknowledged."""
        self.next = initial
        """SND.NXT: the number of what is sent next."""
        self.size = size
        self.unsent = bytearray()
        self.queue: deque[Sent] = deque()
        """The retransmission queue, oldest first."""
        self.fin: int | None = None
        """The number of the FIN, once it was sent."""

    @property
    def pending(self) -> int:
        """Octets of data handed over and not acknowledged."""
        return len(self.unsent) + sum(len(sent.payload) for sent in self.queue)

    @property
    def fin_acknowledged(self) -> bool:
        """Whether the peer has our FIN."""
        return self.fin is not None and self.acknowledged == plus(self.fin, 1)

    @property
    def syn_acknowledged(self) -> bool:
        """Whether the peer has our SYN."""
        return distance(self.initial, self.acknowledged) > 0

    def put(self, data: bytes) -> int:
        """Take as much of the user's data as there is room for; returns how much."""
        taken = data[: max(0, self.size - self.pending)]
        self.unsent += taken
        return len(taken)

    def sent(self, flags: str, payload: bytes, now: int) -> Sent:
        """Note that this was sent at SND.NXT."""
        sent = Sent(self.next, flags, payload, now)
        self.queue.append(sent)
        if "FIN" in flags.split():
            self.fin = plus(sent.end, -1)
        self.next = sent.end
        return sent

    def acknowledge(self, number: int) -> list[Sent]:
        """The peer has everything before `number`: take it off the queue. Returns the segments that are done."""
        done = []
        self.acknowledged = number
        while self.queue and distance(self.queue[0].end, number) >= 0:
            done.append(self.queue.popleft())
        if self.queue and (known := distance(self.queue[0].seq, number)) > 0:
            front = self.queue[0]
            front.seq, front.payload = number, front.payload[known:]
        return done
