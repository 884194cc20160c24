from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from helpers.draw.drawing import Box
from helpers.lessons.synchronisation.schedule import Race
from helpers.lessons.synchronisation.scheduler_game import SchedulerGame, scheduler_game
from tests.draw.geometry import faults

ANSWERS_WITHIN = 0.1


@pytest.fixture
def game() -> Iterator[SchedulerGame]:
    with Race(title="view") as race:
        yield scheduler_game(race)


@pytest.fixture
def locked() -> Iterator[SchedulerGame]:
    with Race(lock=True, title="view") as race:
        yield scheduler_game(race)


def words(game: SchedulerGame) -> list[str]:
    return [text.text for text in game.picture().texts()]


def test_a_game_is_replayed_from_its_choices(game: SchedulerGame) -> None:
    for process in "AABBAB":
        game.step(process)
    assert game.choices == "AABBAB" and game.lost_update
    said = game.text()
    game.play(game.choices)
    assert game.text() == said
    assert said.endswith("Both have added 1, and the counter is 1: an update is lost.")


def test_the_text_names_each_line_that_ran(game: SchedulerGame) -> None:
    game.play("AB")
    assert game.text() == (
        " 1. A: register = counter[0]    register 0, counter 0\n"
        " 2. B: register = counter[0]    register 0, counter 0\n"
        "Who runs the next line?"
    )


def test_a_sleeper_is_named_and_its_button_is_off(locked: SchedulerGame) -> None:
    locked.play("AB")
    assert "B: mutex.lock()             sleeps: the mutex is held" in locked.text()
    assert "waits" in words(locked) and locked._buttons["B"].disabled and not locked._buttons["A"].disabled
    locked.play("ABAAAA")
    assert locked.text().splitlines()[-2].endswith("(it had waited)")


def test_buttons_do_what_the_methods_do(game: SchedulerGame) -> None:
    for _ in range(3):
        game._buttons["B"].click()
    assert game.choices == "BBB" and game._buttons["B"].disabled
    game.widget.children[0].children[2].click()
    assert game.choices == "" and not game._buttons["B"].disabled


def test_an_impossible_click_is_a_sentence(game: SchedulerGame) -> None:
    game._clicked(lambda: game.step("C"))
    assert "there is no process" in game._status.value


def test_the_next_lines_have_a_thick_edge_and_a_word(game: SchedulerGame) -> None:
    game.play("A")
    thick = [item for item in game.picture().items if isinstance(item, Box) and item.edge == "new"]
    assert len(thick) == 2 and words(game).count("next") == 2 and words(game).count("done") == 1


@pytest.mark.parametrize("choices", ["", "AAB", "ABAAAAB"])
def test_no_words_run_into_each_other(locked: SchedulerGame, choices: str) -> None:
    locked.play(choices)
    assert not faults(locked.picture())


def test_it_shows_a_picture_and_a_fixed_text_before_it_runs(game: SchedulerGame) -> None:
    before = game._repr_mimebundle_()[0]["text/plain"]
    game.step("A")
    bundle, metadata = game._repr_mimebundle_()
    assert bundle["text/plain"] == before and bundle["image/png"].startswith(b"\x89PNG")
    assert "The counter is 0." in metadata["image/png"]["alt"]


def test_it_answers_at_once(game: SchedulerGame) -> None:
    begin = time.monotonic()
    game.step("A")
    assert time.monotonic() - begin < ANSWERS_WITHIN
