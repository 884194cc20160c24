"""When to send a segment again: the retransmission timer of RFC 6298, with Karn's rule. Times are nanoseconds."""

from __future__ import annotations

SECOND = 10**9
INITIAL = 1.0
"""Seconds: the timeout as long as no round trip was measured (section 2, rule 2.1)."""
LEAST, LARGEST = 1.0, 60.0
"""Seconds: its bounds (rules 2.4 and 2.5)."""
AFTER_LOST_SYN = 3.0
"""Seconds: the timeout for data if the SYN had to be sent again (section 5, rule 5.7)."""
GRANULARITY = 0.001
"""Seconds: G, the clock's step."""
_ALPHA, _BETA, _K = 1 / 8, 1 / 4, 4


class RetransmissionTimer:
    """One connection's timer: it runs while something sent is not acknowledged."""

    def __init__(self) -> None:
        self.timeout = INITIAL
        """RTO in seconds, doubled each time it has run out in vain."""
        self.deadline: int | None = None
        """When it runs out; None while it does not run."""
        self._smoothed: float | None = None
        self._variation = 0.0
        self._lost_syn = False

    def start(self, now: int) -> None:
        """Let it run from now on, also if it ran already (rules 5.1 and 5.3)."""
        self.deadline = now + round(self.timeout * SECOND)

    def stop(self) -> None:
        """Everything is acknowledged (rule 5.2)."""
        self.deadline = None

    def back_off(self, now: int, syn: bool = False) -> None:
        """It has run out, and the segment was sent again: wait twice as long (rules 5.5 and 5.6).

        `syn`: that segment is the SYN.
        """
        self.timeout = min(2 * self.timeout, LARGEST)
        self._lost_syn |= syn
        self.start(now)

    def measured(self, round_trip: float) -> None:
        """An acknowledgment came after so many seconds (rules 2.2 to 2.5).

        Karn's rule (section 3): not for a segment that was sent twice, because nobody knows which copy was answered.
        """
        if self._smoothed is None:
            self._smoothed, self._variation = round_trip, round_trip / 2
        else:
            self._variation += _BETA * (abs(self._smoothed - round_trip) - self._variation)
            self._smoothed += _ALPHA * (round_trip - self._smoothed)
        self.timeout = min(max(self._smoothed + max(GRANULARITY, _K * self._variation), LEAST), LARGEST)

    def established(self) -> None:
        """The handshake is over: if its SYN was lost, data get a careful first timeout (rule 5.7)."""
        if self._lost_syn:
            self.timeout = AFTER_LOST_SYN
