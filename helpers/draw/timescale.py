"""Time on the side of a picture: spans in words, ticks at round times."""

from __future__ import annotations

from collections.abc import Sequence

SECOND = 1_000_000_000
MOST_TICKS = 12


def span(nanoseconds: int) -> str:
    """A span of time as in "0.3 ms", "1.0213 s" or, from 100 s on, "120.5 s"."""
    tenths = round(nanoseconds / 1e5)
    if tenths < 10_000:
        return f"{tenths / 10:.1f} ms"
    return f"{tenths / 1e4:.4f} s" if tenths < 1_000_000 else f"{tenths / 1e4:.1f} s"


def tick_label(nanoseconds: int) -> str:
    """A round time, as in "0.5 s"."""
    return f"{nanoseconds / 1e9:g} s"


def ticks(places: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Round times (nanoseconds since the beginning) and their heights, between events of known height."""
    if not places:
        return []
    last = places[-1][0]
    steps = (digit * 10**power for power in range(6, 13) for digit in (1, 2, 5))
    step = next((step for step in steps if last / step <= MOST_TICKS), 10_000 * SECOND)
    return [(time, _height(time, places)) for time in range(0, last + 1, step)]


def _height(time: int, places: Sequence[tuple[int, float]]) -> float:
    """Between the last event until then and the first one after it."""
    begin, upper = max((place for place in places if place[0] <= time), default=places[0])
    end, lower = min((place for place in places if place[0] > time), default=places[-1])
    return upper if end <= begin else upper + (lower - upper) * (time - begin) / (end - begin)
