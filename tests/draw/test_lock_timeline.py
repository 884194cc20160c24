"""Who waited and who held: histories written by hand, so that no chance is in them."""

from __future__ import annotations

import random
import time

import pytest

from helpers.draw import lock_timeline
from helpers.draw.drawing import Drawing, Line, Text
from helpers.draw.lock_timeline import MOST_EVENTS
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.ipc.history import Event, History
from tests.draw.geometry import faults

MILLISECOND = 1_000_000


def history(script: str, step: int = MILLISECOND) -> History:
    """One event a line, as in "A holds mutex", "A holds table shared" or "A: reads 5"."""
    events = []
    for number, line in enumerate(filter(None, map(str.strip, script.splitlines()))):
        process, found, words = line.partition(": ")
        if found:
            events.append(Event(number * step, process, "happens", words))
            continue
        process, kind, *what = line.split(" ")
        events.append(Event(number * step, process, kind, " ".join(what[:1]), what[1:] == ["shared"]))
    return History(tuple(events))


MUTEX = history("""
    A wants mutex
    A holds mutex
    A: reads 5
    B wants mutex
    A: writes 6
    A frees mutex
    B holds mutex
    B: reads 6
    B frees mutex
""")
DEADLOCK = history("""
    A wants first
    A holds first
    B wants second
    B holds second
    A wants second
    B wants first
""")
DIED = history("""
    A wants mutex
    A holds mutex
    B wants mutex
    A ends
    B holds mutex
    B: EOWNERDEAD: the data may be half written
    C wants mutex
    C frees mutex
    B frees mutex
    C frees items
""")
READERS = history("""
    R1 wants table shared
    R1 holds table shared
    W wants table
    R2 wants table shared
    R2 holds table shared
    R1 frees table
    R1 wants table shared
    R1 holds table shared
    R2 frees table
""")
PHILOSOPHERS = history(
    "\n".join(
        f"{name} wants {fork}\n{name} holds {fork}\n{name}: eats {turn}\n{name} frees {fork}"
        for turn in range(4)
        for name, fork in (("Plato", "left"), ("Kant", "middle"), ("Marx", "right"))
    )
)


def many(events: int) -> History:
    """Two processes that run freely and take turns in no order."""
    chance = random.Random(events)
    now, found = 0, []
    while len(found) < events:
        process = chance.choice("AB")
        for kind in ("wants", "holds", "frees"):
            found.append(Event(now, process, kind, "mutex"))  # type: ignore[arg-type]
            now += chance.choice([2_000, 30_000, 900_000])
        found.append(Event(now, process, "happens", "counts"))
    return History(tuple(found))


SAMPLES = {
    "mutex": MUTEX, "deadlock": DEADLOCK, "died": DIED, "readers": READERS, "philosophers": PHILOSOPHERS,
    "many": many(900),
}  # fmt: skip


def words(picture: Picture) -> list[str]:
    return [text.text for text in picture.drawing.texts()]


def placed(picture: Picture, wanted: str) -> Text:
    (found,) = [text for text in picture.drawing.texts() if text.text == wanted]
    return found


def edges(drawing: Drawing, dashed: bool) -> list[tuple[float, float, float]]:
    """The upper edges of the bars: left, right, y. Without the legend's."""
    (legend,) = [text.y for text in drawing.texts() if text.text.endswith("to scale")]
    lines = [item for item in drawing.items if isinstance(item, Line) and item.role == "ink" and not item.arrow]
    lines = [line for line in lines if line.points[0][1] < legend - 20]
    level = [line for line in lines if line.points[0][1] == line.points[1][1] and (line.dash == (6.0, 4.0)) == dashed]
    level = [line for line in level if line.width == (1.3 if dashed else 2)]
    return sorted((line.points[0][0], line.points[1][0], line.points[0][1]) for line in level)[::2]


def arrows(picture: Picture) -> list[Line]:
    return [item for item in picture.drawing.items if isinstance(item, Line) and item.arrow]


@pytest.mark.parametrize("mode", ["event", "scale"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_timeline_can_be_read(sample, mode):
    picture = lock_timeline(SAMPLES[sample], mode, title="A title")
    assert faults(picture.drawing) == []
    assert picture.drawing.width == 860
    assert words(picture)[0] == picture.text.splitlines()[0] == "A title"


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_caption_stands_below_where_it_can_be_read(sample):
    picture = lock_timeline(SAMPLES[sample], caption="Both believe that they hold it, " * 6 + "and one is right.")
    assert faults(picture.drawing) == []
    (last,) = [text for text in picture.drawing.texts() if text.text.endswith("and one is right.")]
    assert last.bold and last.y == max(text.y for text in picture.drawing.texts())
    assert picture.text.splitlines()[-1].endswith("and one is right.")
    assert picture.drawing.alt.endswith("and one is right.")


def test_the_text_tells_the_events_in_their_order():
    assert lock_timeline(MUTEX).text.splitlines() == [
        "1. A holds mutex",
        "2. A: reads 5",
        "3. B waits for mutex",
        "4. A: writes 6",
        "5. A frees mutex",
        "6. B holds mutex",
        "7. B: reads 6",
        "8. B frees mutex",
    ]


def test_the_text_depends_on_the_order_and_not_on_the_times():
    slower = History(tuple(Event(e.time**2 + 7, e.process, e.kind, e.what, e.shared) for e in MUTEX.events))
    assert lock_timeline(slower).text == lock_timeline(MUTEX).text


def test_the_picture_numbers_the_events_as_the_text_does():
    picture = lock_timeline(MUTEX)
    numbers = [text for text in picture.drawing.texts() if text.text.isdigit()]
    assert [text.text for text in numbers] == [str(number) for number in range(1, 9)]
    assert [text.x for text in numbers] == sorted(text.x for text in numbers)
    assert placed(picture, "3").x == pytest.approx(edges(picture.drawing, True)[0][0])  # B begins to wait
    assert placed(picture, "6").x == pytest.approx(edges(picture.drawing, True)[0][1])
    assert placed(picture, "1").x == pytest.approx(edges(picture.drawing, False)[0][0])
    assert placed(picture, "5").x == pytest.approx(edges(picture.drawing, False)[0][1])


def test_bars_carry_their_words():
    assert {"holds mutex", "waits for mutex", "reads 5", "writes 6"} <= set(words(lock_timeline(MUTEX)))
    assert "shared" in words(lock_timeline(READERS)) or "holds table (shared)" in words(lock_timeline(READERS))


def test_waiting_is_hatched_and_holding_is_not():
    picture = lock_timeline(MUTEX)
    ((left, right, top),) = edges(picture.drawing, True)
    strokes = [
        item.points for item in picture.drawing.items
        if isinstance(item, Line) and item.points[0][0] != item.points[1][0] and item.points[0][1] != item.points[1][1]
    ]  # fmt: skip
    legend = [points for points in strokes if points[0][1] > top + 21]
    in_bar = [points for points in strokes if points not in legend]
    assert len(in_bar) > 10 and legend
    for (x1, y1), (x2, y2) in in_bar:
        assert left - 0.1 <= x1 <= x2 <= right + 0.1
        assert top - 0.1 <= y2 <= y1 <= top + 20.1


def test_each_process_has_a_row_for_each_lock_and_one_for_what_else_happens():
    picture = lock_timeline(DEADLOCK)
    assert [w for w in words(picture) if w in ("A", "B", "first", "second")] == [
        "A",
        "first",
        "second",
        "B",
        "first",
        "second",
    ]
    rows = [text.y for text in picture.drawing.texts() if text.text in ("first", "second")]
    assert all(lower - upper > 20 for upper, lower in zip(rows, rows[1:], strict=False))
    assert placed(lock_timeline(MUTEX), "reads 5").y < placed(lock_timeline(MUTEX), "waits for mutex").y


def test_a_deadlock_goes_on_for_ever():
    picture = lock_timeline(DEADLOCK)
    assert picture.text.splitlines()[-3:] == [
        "Deadlock: A waits for second, B waits for first, for ever.",
        "At the end A still holds first.",
        "At the end B still holds second.",
    ]
    assert {"waits for second, for ever", "waits for first, for ever"} <= set(words(picture))
    assert [arrow.points[-1][0] for arrow in arrows(picture)] == [860 - 14] * 4
    assert "Deadlock: A waits" in picture.drawing.alt


def test_a_circle_of_three_is_a_deadlock_and_who_waits_for_it_is_stuck_too():
    text = lock_timeline(history("""
        A holds one
        B holds two
        C holds three
        A wants two
        D wants one
        B wants three
        C wants one
    """)).text  # fmt: skip
    assert "Deadlock: A waits for two, D waits for one, B waits for three, C waits for one, for ever." in text


def test_a_lock_taken_twice_by_its_holder_is_a_deadlock():
    assert (
        "Deadlock: A waits for mutex, for ever."
        in lock_timeline(history("A holds mutex\nA: asks again\nA wants mutex")).text
    )


def test_a_wait_that_may_still_end_is_none():
    picture = lock_timeline(READERS)
    assert picture.text.splitlines()[-2:] == [
        "At the end W still waits for table.",
        "At the end R1 still holds table (shared).",
    ]
    assert "Deadlock" not in picture.text and "for ever" not in " ".join(words(picture))
    assert len(arrows(picture)) == 2
    lost = lock_timeline(history("A wants wake-up\nB: signals\nA: sleeps"))
    assert lost.text.endswith("At the end A still waits for wake-up.")


def test_readers_are_told_apart_from_writers():
    lines = lock_timeline(READERS).text.splitlines()
    assert lines[:3] == ["1. R1 holds table (shared)", "2. W waits for table", "3. R2 holds table (shared)"]


def test_a_process_that_ended_has_a_cross_where_its_line_stops():
    picture = lock_timeline(DIED)
    crosses = [item for item in picture.drawing.items if isinstance(item, Line) and item.role == "lost"]
    assert len(crosses) == 2
    x = sum(crosses[0].points[n][0] for n in (0, 1)) / 2
    assert placed(picture, "ends").extent[0] > x
    first = [item for item in picture.drawing.items if isinstance(item, Line) and item.role == "muted"][0]
    assert first.points[-1][0] == pytest.approx(x)
    assert "3. A ends" in picture.text


def test_what_was_refused_and_what_was_never_held():
    picture = lock_timeline(DIED)
    assert picture.text.splitlines()[5:] == ["6. C is refused mutex", "7. B frees mutex", "8. C frees items"]
    assert {"refused", "frees"} <= set(words(picture))


def test_who_gave_up_has_waited():
    text = lock_timeline(history("A holds mutex\nB wants mutex\nA: sleeps\nB frees mutex\nA frees mutex")).text
    assert text.splitlines()[1:] == [
        "2. B waits for mutex",
        "3. A: sleeps",
        "4. B stops waiting for mutex",
        "5. A frees mutex",
    ]


def test_a_condition_is_only_waited_for():
    picture = lock_timeline(history("A holds mutex\nA frees mutex\nA wants ready\nA frees ready\nA holds mutex"))
    assert picture.text.splitlines()[2:5] == [
        "3. A waits for ready",
        "4. A stops waiting for ready",
        "5. A holds mutex",
    ]
    assert "refused" not in words(picture)


def test_what_happens_has_a_tick_at_its_number():
    picture = lock_timeline(MUTEX)
    ticks = [item.points[0][0] for item in picture.drawing.items if isinstance(item, Line) and item.width == 2.5]
    assert ticks == [placed(picture, number).x for number in "247"]


def test_ticks_that_cannot_be_told_apart_are_drawn_as_one():
    events = tuple(Event(number, "A", "happens", "ticks") for number in range(10_000))
    ticks = [
        item.points[0][0]
        for item in lock_timeline(History(events)).drawing.items
        if isinstance(item, Line) and item.width == 2.5
    ]
    assert 100 < len(ticks) < 300
    assert all(later - earlier >= 3 for earlier, later in zip(ticks, ticks[1:], strict=False))


def test_a_long_history_goes_on_in_a_second_strip():
    picture = lock_timeline(PHILOSOPHERS)
    numbers = [text for text in picture.drawing.texts() if text.text.isdigit()]
    assert [text.text for text in numbers] == [str(number) for number in range(1, 37)]
    assert len({text.y for text in numbers}) >= 2
    assert all(text.extent[2] < 860 for text in picture.drawing.texts())
    for turn in range(4):
        assert words(picture).count(f"eats {turn}") == 3
    assert words(picture).count("Plato") == len({text.y for text in numbers})


def test_a_bar_that_is_cut_goes_on_at_the_beginning_of_the_next_strip():
    script = "A holds mutex\n" + "\n".join(f"B: does something {number}" for number in range(12)) + "\nA frees mutex"
    picture = lock_timeline(history(script))
    bars = edges(picture.drawing, False)
    heights = sorted({y for _, _, y in bars})
    assert len(bars) == len(heights) >= 2
    assert words(picture).count("holds mutex") == len(bars)
    upper, lower = (next(bar for bar in bars if bar[2] == y) for y in heights[:2])
    assert lower[0] < upper[0]  # from the left edge on


def test_there_is_room_for_the_words_of_every_bar():
    turns = history("\n".join(f"A holds mutex\nA frees mutex\nB: {number}" for number in range(18)))
    picture = lock_timeline(turns)
    assert words(picture).count("holds") == 18


@pytest.mark.parametrize("before", range(20, 40))
def test_a_wait_for_ever_has_room_for_its_words_wherever_it_begins(before):
    script = "\n".join(f"A: {number}" for number in range(before)) + "\nA holds mutex\nA: asks\nA wants mutex"
    assert "waits for mutex, for ever" in words(lock_timeline(history(script)))


def test_with_long_names_the_times_do_not_lie_on_each_other():
    name = "a process with quite a long name"
    lock = "a lock whose name has no end, and which is explained in it word by word"
    events = (Event(0, name, "holds", lock), Event(12 * MILLISECOND, name, "frees", lock))
    assert faults(lock_timeline(History(events), "scale").drawing) == []


def test_to_scale_the_places_follow_the_times():
    events = (
        Event(0, "A", "holds", "mutex"), Event(100 * MILLISECOND, "A", "frees", "mutex"),
        Event(100 * MILLISECOND, "B", "holds", "mutex"), Event(400 * MILLISECOND, "B", "frees", "mutex"),
    )  # fmt: skip
    picture = lock_timeline(History(events), "scale")
    first, second = edges(picture.drawing, False)
    assert (second[1] - second[0]) / (first[1] - first[0]) == pytest.approx(3)
    assert {"0 s", "0.1 s", "0.4 s"} <= set(words(picture))


def test_to_scale_the_text_counts():
    assert lock_timeline(READERS, "scale").text.splitlines() == [
        "R1: holds table (shared) 2 times",
        "R2: holds table (shared) once",
        "At the end W still waits for table.",
        "At the end R1 still holds table (shared).",
    ]
    assert lock_timeline(DIED, "scale").text.splitlines()[:2] == ["A: ends", "A: holds mutex once"]


def test_hundreds_of_events_are_drawn_to_scale_and_counted():
    found = many(900)
    turns = {process: sum(span.process == process for span in found.holds()) for process in "AB"}
    picture = lock_timeline(found)
    assert picture.text.splitlines() == [
        line for process in "AB" for line in (
            f"{process}: counts ({turns[process]} times)", f"{process}: holds mutex {turns[process]} times",
        )
    ]  # fmt: skip
    assert picture == lock_timeline(found, "scale")
    assert picture.drawing.height < 250


def test_bars_that_cannot_be_told_apart_are_drawn_as_one():
    events = []
    for number in range(100):
        events += [Event(number * 1000, "A", "holds", "mutex"), Event(number * 1000 + 900, "A", "frees", "mutex")]
    events += [Event(300_000, "A", "holds", "mutex"), Event(350_000, "A", "frees", "mutex")]
    picture = lock_timeline(History(tuple(events)))
    assert "holds mutex 100 times" in words(picture)
    assert "holds mutex" in words(picture)
    assert len(edges(picture.drawing, False)) == 2


def test_how_many_events_are_still_told_one_by_one():
    some = History(tuple(Event(number, "A", "happens", "ticks") for number in range(MOST_EVENTS)))
    more = History((*some.events, Event(MOST_EVENTS, "A", "happens", "ticks")))
    assert lock_timeline(some).text.splitlines()[-1] == f"{MOST_EVENTS}. A: ticks"
    assert lock_timeline(more).text == f"A: ticks ({MOST_EVENTS + 1} times)"


def test_a_long_word_is_cut_and_not_lost_in_the_text():
    long = "says " + "very " * 60 + "much"
    picture = lock_timeline(history(f"A: {long}"))
    assert faults(picture.drawing) == []
    assert f"A: {long}" in picture.text
    assert any(word.startswith("says very") and word.endswith("...") for word in words(picture))


def test_a_thousand_events_take_no_noticeable_time():
    found = many(1000)
    begin = time.perf_counter()
    lock_timeline(found)
    assert time.perf_counter() - begin < 1.0


def test_what_cannot_be_drawn_is_told():
    with pytest.raises(CourseError, match="no time='clock'; a timeline is drawn by 'event' or to 'scale'"):
        lock_timeline(MUTEX, "clock")  # type: ignore[arg-type]
    with pytest.raises(CourseError, match="nothing was noted"):
        lock_timeline(History(()))
