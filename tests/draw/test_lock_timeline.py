"""Who waited and who held: histories written by hand, so that no chance is in them."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Line, Text
from helpers.draw.lock_timeline import lock_timeline
from helpers.draw.picture import Picture
from helpers.ipc.history import Event, History
from tests.draw.geometry import faults


def history(*lines: str) -> History:
    """One event a line, as in "A holds mutex", "A holds table shared" or "A: reads 5"."""
    events = []
    for number, line in enumerate(lines):
        process, happens, words = line.partition(": ")
        if happens:
            events.append(Event(number, process, "happens", words))
        else:
            process, kind, *what = line.split(" ")
            events.append(Event(number, process, kind, " ".join(what[:1]), what[1:] == ["shared"]))  # type: ignore[arg-type]
    return History(tuple(events))


DEADLOCK = history("A holds left", "B holds right", "C wants left", "A wants right", "B wants left", "D wants mutex")
DIED = history(
    "A wants mutex", "A holds mutex", "B wants mutex", "A ends", "B holds mutex", "B: repairs what is half written",
    "C wants mutex", "C frees mutex", "B frees mutex", "C frees items", "C holds items shared", "B ends",
)  # fmt: skip
TURNS = history(*(f"{p} {v} fork" for _ in range(8) for p in ("Plato", "Kant") for v in ("wants", "holds", "frees")))
NOTES = history(*(f"A: a step with a rather long name {n}" for n in range(30)))


def words(picture: Picture) -> list[str]:
    return [text.text for text in picture.drawing.texts()]


def frames(picture: Picture) -> list[Line]:
    """The upper and lower edges of the bars; dashed for those that wait."""
    items = [item for item in picture.drawing.items if isinstance(item, Line) and item.role == "ink"]
    return [line for line in items if line.points[0][1] == line.points[1][1] and not line.arrow]


@pytest.mark.parametrize("sample", [DEADLOCK, DIED, TURNS, NOTES])
def test_the_timeline_can_be_read(sample: History) -> None:
    assert faults(lock_timeline(sample, "Both believe that they hold it, " * 6).drawing) == []


def test_asking_and_its_answer_are_one_event_if_nothing_is_between_them() -> None:
    assert lock_timeline(DIED).text.splitlines() == [
        " 1. A holds mutex",
        " 2. B waits for mutex",
        " 3. A ends",
        " 4. B holds mutex",
        " 5. B: repairs what is half written",
        " 6. C is refused mutex",
        " 7. B frees mutex",
        " 8. C frees items",
        " 9. C holds items (shared)",
        "10. B ends",
        "At the end C still holds items (shared).",
    ]


def test_a_deadlock_is_told_with_all_that_wait_for_it_and_no_others() -> None:
    picture = lock_timeline(DEADLOCK, "A caption.")
    deadlock = "Deadlock: C waits for left, A waits for right, B waits for left, for ever."
    assert picture.text.splitlines()[6:] == [
        deadlock, "At the end D still waits for mutex.", "At the end A still holds left.",
        "At the end B still holds right.", "A caption.",
    ]  # fmt: skip
    assert [line for line in words(picture) if line.endswith(".")] == [deadlock, "A caption."]
    assert "waits for right, for ever" in words(picture) and "waits for mutex" in words(picture)


def test_a_bar_spans_its_events_and_a_cross_ends_a_process() -> None:
    picture = lock_timeline(DIED)
    at = {text.text: text.x for text in picture.drawing.texts() if text.text.isdigit()}
    spans = {(line.points[0][0], line.points[1][0]) for line in frames(picture) if line.dash}
    assert (at["2"], at["4"]) in spans, "B waits from 2 to 4"
    crosses = [item for item in picture.drawing.items if isinstance(item, Line) and item.role == "lost"]
    assert {(line.points[0][0] + line.points[1][0]) / 2 for line in crosses} == {at["3"], at["10"]}
    assert {"refused", "frees", "ends", "repairs what is half written"} <= set(words(picture))


def test_a_long_line_is_cut_into_strips() -> None:
    picture = lock_timeline(TURNS)
    numbers = [text for text in picture.drawing.texts() if text.text.isdigit()]
    assert [int(text.text) for text in numbers] == list(range(1, 33))
    assert len({text.y for text in numbers}) > 1
    assert all(isinstance(text, Text) and text.extent[2] < picture.drawing.width for text in numbers)
