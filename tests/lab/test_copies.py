from __future__ import annotations

from helpers.lab.rules import Waiting
from helpers.lab.session import folded
from tests.traces import Script


def test_first_comes_the_oldest_news_however_often_it_was_repeated_and_last_what_has_arrived() -> None:
    script = Script()
    script.segment("client", "S", 0)
    script.segment("client", "S", 0, fate="held")
    script.segment("server", "SA", 0, 1, fate="held")
    script.segment("client", "PA", 1, 1, b"data", fate="held")
    script.segment("server", "SA", 0, 1, fate="held")
    waiting = [Waiting(number, frame) for number, frame in enumerate(script.frames) if frame.fate == "held"]
    rows = [([each.number for each in row.waiting], row.place, row.arrived) for row in folded(script.frames, waiting)]
    assert rows == [([2, 4], 2, False), ([3], 1, False), ([1], 2, True)]
