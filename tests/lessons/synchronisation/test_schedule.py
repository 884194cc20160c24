from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from helpers.lessons.synchronisation.schedule import IllegalMove, Race, every_schedule


@pytest.fixture
def race() -> Iterator[Race]:
    with Race(title="test") as made:
        yield made


@pytest.fixture
def locked() -> Iterator[Race]:
    with Race(lock=True, title="test") as made:
        yield made


def test_one_after_the_other_loses_nothing(race: Race) -> None:
    race.play("AAABBB")
    assert (race.counter, race.over, race.lost_update) == (2, True, False)


def test_both_read_before_one_writes_and_an_update_is_lost(race: Race) -> None:
    race.play("AABBAB")
    assert (race.counter, race.over, race.lost_update) == (1, True, True)
    assert [(move.process, move.register, move.counter) for move in race.moves] == [
        ("A", 0, 0), ("A", 1, 0), ("B", 0, 0), ("B", 1, 0), ("A", 1, 1), ("B", 1, 1),
    ]  # fmt: skip


def test_nothing_is_lost_before_the_end(race: Race) -> None:
    race.play("ABABA")
    assert race.counter == 1 and not race.lost_update and not race.over


def test_what_happens_in_the_processes_is_what_is_shown(race: Race) -> None:
    race.play("AAA")
    assert race._children["B"].do("counter[0]") == 1 == race.counter
    race._children["B"].do("counter[0] = 41")
    assert race.counter == 41


def test_a_process_that_waits_sleeps_in_the_kernel_and_is_woken(locked: Race) -> None:
    locked.play("AB")
    assert locked.moves[-1].waits and locked.waits("B")
    assert locked._children["B"].status("State") == "S (sleeping)"
    for _ in range(4):
        locked.step("A")
    woken = locked.moves[-1]
    assert (woken.process, woken.code, woken.chosen) == ("B", "mutex.lock()", False)
    assert not locked.waits("B") and locked.next_line("B") == 1


@pytest.mark.parametrize(
    ("choices", "process", "reason"),
    [("AAA", "A", "A has run all its lines"), ("", "C", "there is no process 'C'")],
)
def test_who_cannot_go_on(race: Race, choices: str, process: str, reason: str) -> None:
    race.play(choices)
    with pytest.raises(IllegalMove, match=reason):
        race.step(process)
    assert "".join(race.choices) == choices


def test_who_sleeps_cannot_be_chosen(locked: Race) -> None:
    locked.play("AB")
    with pytest.raises(IllegalMove, match="B sleeps in mutex.lock"):
        locked.step("B")


@pytest.mark.parametrize("choices", ["", "A", "AB", "AAB", "AAAAAB"])
def test_restart_from_anywhere(locked: Race, choices: str) -> None:
    locked.play(choices)
    locked.restart()
    assert (locked.counter, locked.moves, locked.choices) == (0, [], [])
    locked.play("AAAAABBBBB")
    assert locked.counter == 2


def test_of_all_schedules_two_are_safe_without_a_lock_and_all_with_one() -> None:
    without = every_schedule()
    assert len(without) == 20  # 6 over 3
    assert {choices for choices, counter in without.items() if counter == 2} == {"AAABBB", "BBBAAA"}
    assert set(every_schedule(lock=True).values()) == {2}


def test_races_of_other_titles_live_on(race: Race) -> None:
    with Race(title="other") as other:
        other.step("A")
    race.step("A")


def test_a_closed_race_leaves_nothing() -> None:
    before = len(os.listdir("/proc/self/fd"))
    race = Race(title="gone")
    race.step("A")
    race.close()
    del race  # and with it the memory
    assert len(os.listdir("/proc/self/fd")) == before
