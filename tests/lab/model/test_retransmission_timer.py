"""RFC 6298, rule by rule."""

from __future__ import annotations

import pytest

from helpers.lab.model.retransmission_timer import SECOND, RetransmissionTimer


def test_before_any_measurement_it_is_one_second() -> None:
    timer = RetransmissionTimer()
    assert timer.deadline is None
    timer.start(5)
    assert timer.deadline == 5 + SECOND  # 2.1


def test_the_first_measurement() -> None:
    timer = RetransmissionTimer()
    timer.measured(2.0)
    assert timer.timeout == 2.0 + 4 * 1.0  # 2.2: SRTT = R, RTTVAR = R/2


def test_further_measurements() -> None:
    timer = RetransmissionTimer()
    timer.measured(2.0)
    timer.measured(4.0)
    variation, smoothed = 0.75 * 1.0 + 0.25 * 2.0, 0.875 * 2.0 + 0.125 * 4.0  # 2.3: the variation by the old SRTT
    assert timer.timeout == pytest.approx(smoothed + 4 * variation)


def test_it_is_at_least_a_second_and_at_most_a_minute() -> None:
    timer = RetransmissionTimer()
    timer.measured(0.001)
    assert timer.timeout == 1.0  # 2.4
    timer.measured(1000.0)
    assert timer.timeout == 60.0  # 2.5


def test_it_doubles_each_time_up_to_a_minute() -> None:
    timer = RetransmissionTimer()
    timer.start(0)
    waits = []
    for _ in range(8):
        assert timer.deadline is not None
        now = timer.deadline
        timer.back_off(now)
        waits.append((timer.deadline - now) / SECOND)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]  # 5.5


def test_a_measurement_ends_the_doubling() -> None:
    timer = RetransmissionTimer()
    timer.back_off(0)
    timer.back_off(0)
    timer.measured(0.1)
    assert timer.timeout == 1.0


def test_after_a_lost_syn_data_begin_with_three_seconds() -> None:
    lucky, unlucky = RetransmissionTimer(), RetransmissionTimer()
    unlucky.back_off(0, syn=True)
    for timer in (lucky, unlucky):
        timer.established()
    assert (lucky.timeout, unlucky.timeout) == (1.0, 3.0)  # 5.7


def test_stopped_it_does_not_run_out() -> None:
    timer = RetransmissionTimer()
    timer.start(0)
    timer.stop()
    assert timer.deadline is None
