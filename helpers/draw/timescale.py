"""Time on the side of a picture: spans in words, ticks at round times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

SECOND = 1_000_000_000
WHOLE = 420
"""Pixels for the whole of a trace drawn to scale; what would collide is moved apart and makes it longer."""
MOST_TICKS = 12


def pixels_per_nanosecond(times: Sequence[int]) -> float:
    """The scale at which all these times fit into `WHOLE` pixels."""
    passed = max(times, default=0) - min(times, default=0)
    return WHOLE / passed if passed else 0.0


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
    times = [time for time, _ in places]
    step = next((step for step in _steps() if times[-1] / step <= MOST_TICKS), 10_000 * SECOND)
    return [(time, _height(time, times, places)) for time in range(0, times[-1] + 1, step)]


def _steps() -> list[int]:
    return [digit * 10**power for power in range(6, 13) for digit in (1, 2, 5)]


def _height(time: int, times: Sequence[int], places: Sequence[tuple[int, float]]) -> float:
    after = bisect_right(times, time)
    if after == 0 or after == len(places):
        return places[min(after, len(places) - 1)][1]
    (begin, upper), (end, lower) = places[after - 1], places[after]
    return upper + (lower - upper) * (time - begin) / (end - begin)
