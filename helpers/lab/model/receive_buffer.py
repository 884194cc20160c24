"""What has come from the peer: data in order for the user, early octets for later, and the window (RFC 9293, 3.8.6)."""

from __future__ import annotations

from helpers.fields.segment import Segment
from helpers.lab.model.tcp_sequence import distance, plus


class ReceiveBuffer:
    """The receive sequence space of one connection (section 3.3.1, figure 4)."""

    def __init__(self, expected: int, size: int) -> None:
        self.expected = expected
        """RCV.NXT: the number of the next octet that is wanted."""
        self.size = size
        self.finished = False
        """Whether the peer's FIN was reached: nothing more will come."""
        self._ready = bytearray()
        self._early: dict[int, int] = {}
        """Octets that came before their turn, each under its sequence number."""
        self._fin: int | None = None

    @property
    def window(self) -> int:
        """RCV.WND: how many octets from `expected` on there is room for. Its right edge never moves back."""
        return self.size - len(self._ready)

    @property
    def available(self) -> int:
        """Octets that the user can read now."""
        return len(self._ready)

    def take(self, segment: Segment) -> bool:
        """Keep what lies in the window; says whether `expected` has moved.

        Of octets that come twice the first copy counts.
        """
        before = self.expected
        for place, octet in enumerate(segment.payload):
            number = plus(segment.seq, place)
            if 0 <= distance(self.expected, number) < self.window:
                self._early.setdefault(number, octet)
        if "FIN" in segment.has and self._fin is None:
            self._fin = plus(segment.seq, segment.length)
        self._advance()
        return self.expected != before

    def read(self, limit: int) -> bytes:
        """Take up to `limit` octets out."""
        taken = bytes(self._ready[:limit])
        del self._ready[:limit]
        return taken

    def _advance(self) -> None:
        while self.expected in self._early and not self.finished:
            self._ready.append(self._early.pop(self.expected))
            self.expected = plus(self.expected, 1)
        if self.expected == self._fin and not self.finished:
            self.expected = plus(self.expected, 1)
            self.finished = True
