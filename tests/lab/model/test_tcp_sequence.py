from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.fields.segment import Segment
from helpers.lab.model.tcp_sequence import acceptable, distance, occupied, plus

NUMBERS = st.integers(0, 2**32 - 1)


def segment(seq: int, length: int = 0, flags: str = "ACK") -> Segment:
    return Segment("10.0.0.1:1", "10.0.0.2:2", flags, seq, 0, 0, (), bytes(length))


@given(NUMBERS, st.integers(-(2**31), 2**31 - 1))
def test_a_distance_leads_back(start: int, far: int) -> None:
    assert distance(start, plus(start, far)) == far


def test_numbers_wrap_around() -> None:
    assert plus(2**32 - 1, 1) == 0 and distance(2**32 - 1, 0) == 1 and distance(0, 2**32 - 1) == -1


def test_syn_and_fin_take_a_number_each() -> None:
    assert [occupied(segment(0, 5, flags)) for flags in ("ACK", "SYN", "FIN ACK", "SYN FIN")] == [5, 6, 6, 7]


@pytest.mark.parametrize("base", [1000, 2**32 - 2])
@pytest.mark.parametrize(
    "length, window, offsets",
    [  # RFC 9293, table 6, line by line
        (0, 0, {0}),
        (0, 3, {0, 1, 2}),
        (2, 0, set()),
        (2, 3, {-1, 0, 1, 2}),
    ],
)
def test_table_6(base: int, length: int, window: int, offsets: set[int]) -> None:
    found = {k for k in range(-5, 6) if acceptable(segment(plus(base, k), length), base, window)}
    assert found == offsets
