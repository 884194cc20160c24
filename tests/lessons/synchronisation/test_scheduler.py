"""Two real processes that go on only when told to, and the panel over them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from helpers.errors import CourseError
from helpers.lessons.synchronisation.scheduler import Game, Race
from tests.draw.geometry import faults

ANSWERS_WITHIN = 0.1


@pytest.fixture
def game() -> Iterator[Game]:
    with Game(title="test") as made:
        yield made


@pytest.fixture
def locked() -> Iterator[Game]:
    with Game(lock=True, title="test") as made:
        yield made


def test_a_process_that_waits_sleeps_in_the_kernel_and_is_woken(locked: Game) -> None:
    locked.play("AB")
    assert locked._children["B"].status("State") == "S (sleeping)"
    assert locked._buttons["B"].disabled and not locked._buttons["A"].disabled
    with pytest.raises(CourseError, match="B sleeps in mutex.lock"):
        locked.step("B")
    for _ in range(4):
        locked.step("A")
    assert locked.text().splitlines()[-2] == " 7. B: mutex.lock()             counter 1  (it had waited)"


@pytest.mark.parametrize("choices", ["", "A", "AB", "AAB", "AAAAAB"])
def test_restart_from_anywhere(locked: Game, choices: str) -> None:
    locked.play(choices)
    locked.restart()
    assert (locked.counter, locked.choices, locked.transcript) == (0, "", [])
    locked.play("AAAAABBBBB")
    assert locked.counter == 2


def test_a_process_that_cannot_go_on_is_a_sentence(game: Game) -> None:
    game.play("AAA")
    for process, reason in (("A", "A has run all its lines"), ("C", "there is no process 'C'")):
        with pytest.raises(CourseError, match=reason):
            game.step(process)
    game._clicked(lambda: game.step("C"))
    assert "there is no process" in game._status.value and game.choices == "AAA"


def test_buttons_do_what_the_methods_do_at_once(game: Game) -> None:
    begin = time.monotonic()
    for _ in range(3):
        game._buttons["B"].click()
    assert time.monotonic() - begin < 3 * ANSWERS_WITHIN
    assert game.choices == "BBB" and game._buttons["B"].disabled
    game.widget.children[0].children[2].click()
    assert game.choices == "" and not game._buttons["B"].disabled


@pytest.mark.parametrize("choices", ["", "AAB", "ABAAAAB"])
def test_the_picture_can_be_read(locked: Game, choices: str) -> None:
    locked.play(choices)
    picture = locked.picture()
    assert not faults(picture)
    words = " ".join(text.text for text in picture.texts())
    unfinished = sum(done < 5 for done in locked.done.values())
    assert words.count("next") + words.count("waits") == unfinished
    assert words.count("done") == sum(locked.done.values())


def test_other_races_live_on_and_a_closed_one_leaves_nothing(game: Game) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with Race(title="other") as other:
        other.step("A")
    game.step("A")
    assert len(os.listdir("/proc/self/fd")) == before
