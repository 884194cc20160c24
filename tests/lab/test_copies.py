from __future__ import annotations

import pytest

from helpers.lab.copies import Copies, folded
from helpers.lab.rules import Waiting
from tests.traces import Script


@pytest.fixture
def script() -> Script:
    return Script()


def rows(script: Script) -> list[tuple[list[int], int, bool]]:
    """Of each row the numbers that wait, the place of the newest, whether one has arrived."""
    waiting = [Waiting(number, frame) for number, frame in enumerate(script.frames) if frame.fate == "held"]
    return [([each.number for each in row.waiting], row.place, row.arrived) for row in folded(script.frames, waiting)]


def test_copies_are_one_row_in_which_the_lost_and_the_delivered_count(script: Script) -> None:
    script.segment("client", "S", 0, fate="dropped")
    script.segment("client", "S", 0, fate="held")
    script.segment("client", "S", 0, fate="held")
    assert rows(script) == [([1, 2], 3, False)]
    script.segment("client", "S", 0)
    assert rows(script) == [([1, 2], 3, True)]


def test_what_differs_in_flags_numbers_data_or_direction_is_no_copy(script: Script) -> None:
    script.segment("client", "A", 1, 1, fate="held")
    script.segment("client", "FA", 1, 1, fate="held")
    script.segment("client", "A", 2, 1, fate="held")
    script.segment("client", "A", 1, 2, fate="held")
    script.segment("client", "A", 1, 1, b"x", fate="held")
    script.segment("server", "A", 1, 1, fate="held")
    assert [numbers for numbers, _, _ in rows(script)] == [[0], [1], [2], [3], [4], [5]]


def test_what_is_no_segment_is_a_copy_of_its_equal(script: Script) -> None:
    script.datagram("client", 1, 2, b"one", fate="held")
    script.datagram("client", 1, 2, b"two", fate="held")
    script.datagram("client", 1, 2, b"one", fate="held")
    assert [numbers for numbers, _, _ in rows(script)] == [[0, 2], [1]]


def test_first_comes_the_oldest_news_however_often_it_was_repeated_and_last_what_has_arrived(script: Script) -> None:
    script.segment("client", "S", 0)
    script.segment("client", "S", 0, fate="held")
    script.segment("server", "SA", 0, 1, fate="held")
    script.segment("client", "PA", 1, 1, b"data", fate="held")
    script.segment("server", "SA", 0, 1, fate="held")
    assert rows(script) == [([2, 4], 2, False), ([3], 1, False), ([1], 2, True)]


def test_of_those_that_have_arrived_the_newest_comes_first(script: Script) -> None:
    for seq in (0, 1):
        script.segment("client", "S", seq)
        script.segment("client", "S", seq, fate="held")
    assert [numbers for numbers, _, _ in rows(script)] == [[3], [1]]


def test_nothing_waits(script: Script) -> None:
    script.segment("client", "S", 0)
    assert folded(script.frames, ()) == ()
    assert Copies((Waiting(0, script.frames[0]),), 1, False).newest.number == 0
