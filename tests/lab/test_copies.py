from __future__ import annotations

import pytest

from helpers.lab.rules import Waiting
from helpers.lab.session import folded
from tests.traces import Script


@pytest.fixture
def script() -> Script:
    return Script()


def rows(script: Script) -> list[tuple[list[int], int, bool]]:
    """Of each row the numbers that wait, the place of the newest, whether one has arrived."""
    waiting = [Waiting(number, frame) for number, frame in enumerate(script.frames) if frame.fate == "held"]
    return [([each.number for each in row.waiting], row.place, row.arrived) for row in folded(script.frames, waiting)]


def test_what_differs_in_flags_numbers_data_or_direction_is_no_copy(script: Script) -> None:
    script.segment("client", "A", 1, 1, fate="held")
    script.segment("client", "FA", 1, 1, fate="held")
    script.segment("client", "A", 2, 1, fate="held")
    script.segment("client", "A", 1, 2, fate="held")
    script.segment("client", "A", 1, 1, b"x", fate="held")
    script.segment("server", "A", 1, 1, fate="held")
    assert [numbers for numbers, _, _ in rows(script)] == [[0], [1], [2], [3], [4], [5]]


def test_first_comes_the_oldest_news_however_often_it_was_repeated_and_last_what_has_arrived(script: Script) -> None:
    script.segment("client", "S", 0)
    script.segment("client", "S", 0, fate="held")
    script.segment("server", "SA", 0, 1, fate="held")
    script.segment("client", "PA", 1, 1, b"data", fate="held")
    script.segment("server", "SA", 0, 1, fate="held")
    assert rows(script) == [([2, 4], 2, False), ([3], 1, False), ([1], 2, True)]
