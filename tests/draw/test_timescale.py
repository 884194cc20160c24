"""Time on the side of a picture."""

from __future__ import annotations

import pytest

from helpers.draw.timescale import SECOND, WHOLE, pixels_per_nanosecond, span, tick_label, ticks


@pytest.mark.parametrize(
    ("nanoseconds", "words"),
    [
        (0, "0.0 ms"),
        (340_000, "0.3 ms"),
        (999_900_000, "999.9 ms"),
        (999_960_000, "1.0000 s"),
        (SECOND, "1.0000 s"),
        (100 * SECOND, "100.0 s"),
    ],
)
def test_span_is_given_to_a_tenth_of_a_millisecond(nanoseconds, words):
    assert span(nanoseconds) == words


def test_tick_label_has_no_needless_digits():
    assert [tick_label(time) for time in (0, SECOND // 5, 3 * SECOND)] == ["0 s", "0.2 s", "3 s"]


def test_scale_fits_the_whole():
    assert pixels_per_nanosecond([SECOND, 3 * SECOND]) * 2 * SECOND == pytest.approx(WHOLE)
    assert pixels_per_nanosecond([5, 5]) == 0
    assert pixels_per_nanosecond([]) == 0


def test_ticks_are_round_and_lie_between_the_events_around_them():
    found = ticks([(0, 100.0), (SECOND, 300.0), (2 * SECOND, 340.0)])
    assert [time for time, _ in found] == [number * SECOND // 5 for number in range(11)]
    assert dict(found)[SECOND // 5 * 2] == pytest.approx(180)
    assert dict(found)[SECOND] == pytest.approx(300)
    assert dict(found)[2 * SECOND] == pytest.approx(340)


def test_ticks_never_crowd():
    for seconds in (0.001, 0.4, 1, 7, 127, 5000):
        assert len(ticks([(0, 0.0), (round(seconds * SECOND), 100.0)])) <= 13
    assert ticks([]) == []
