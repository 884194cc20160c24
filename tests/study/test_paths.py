from pathlib import Path

import pytest

from helpers.study.contents import contents
from helpers.study.paths import EXAM, NAMES, SHORT_WAYS, Paths, Step, UnknownPath, Way, _rows, path
from tests.study.conftest import drawn
from tests.study.folder import two_notebooks

EVERY = {each.number: each for each in contents()}
FEWEST_KEYS = 2
FEWEST = 0.8
"""The share of the promised time that a path takes at least."""


@pytest.mark.parametrize("way", SHORT_WAYS, ids=lambda way: way.name)
def test_each_step_leads_to_a_heading(way: Way) -> None:
    for step in way.steps:
        assert step.cell in {section.cell for section in EVERY[step.notebook].sections}, step


@pytest.mark.parametrize("way", SHORT_WAYS, ids=lambda way: way.name)
def test_steps_are_in_the_order_of_the_course_and_each_once(way: Way) -> None:
    order = [(step.notebook, EVERY[step.notebook].cells.index(step.cell)) for step in way.steps]
    assert order == sorted(set(order))


@pytest.mark.parametrize("way", SHORT_WAYS, ids=lambda way: way.name)
def test_the_minutes_are_what_is_promised(way: Way) -> None:
    needed = sum(int(minutes) for _, minutes, _ in _rows(way, list(EVERY.values())))
    assert FEWEST * way.minutes <= needed <= way.minutes


def test_a_key_question_stands_in_its_section() -> None:
    for step in EXAM.steps:
        each = EVERY[step.notebook]
        for question in each.questions:
            if question.id in step.questions:
                assert each.section_of(question.cell).cell == step.cell, question.id
        assert set(step.questions) <= {question.id for question in each.questions}


@pytest.mark.parametrize("number", EVERY)
def test_the_exam_has_key_questions_of_every_notebook(number: str) -> None:
    keys = [question for step in EXAM.steps if step.notebook == number for question in step.questions]
    assert len(keys) >= FEWEST_KEYS


def test_a_section_that_is_gone_is_left_out(tmp_path: Path) -> None:
    folder = contents(two_notebooks(tmp_path / "notebooks"))
    way = Way("made up", 1, (Step("00", "gone", "why"), Step("00", "s0", "why"), Step("77", "s0", "why")))
    ((link, minutes, why),) = _rows(way, folder)
    assert (link.text, link.target, minutes, why) == ("00 A part", "00_start.ipynb#cell-id=s0", "1", "why")


def test_the_twin() -> None:
    assert path("30 minutes").text.startswith(f"{len(SHORT_WAYS[0].steps)} sections, about ")
    assert '<a href="12_three_way_handshake.ipynb#cell-id=' in path("exam").html
    assert all(each.name in path("whole course").text for each in EVERY.values())
    with pytest.raises(UnknownPath, match="There are: 30 minutes, exam, whole course"):
        path("an hour")


def test_the_buttons_show_what_the_twin_shows() -> None:
    panel = Paths()
    bundle = panel._repr_mimebundle_()
    buttons, shown = drawn(bundle).children
    assert path("30 minutes").text in bundle["text/plain"]
    assert buttons.options == NAMES
    for name in reversed(NAMES):
        buttons.value = name
        assert shown.outputs[0]["data"]["text/plain"] == path(name).text
    assert panel.choose("exam").text == shown.outputs[0]["data"]["text/plain"] == path("exam").text
    with pytest.raises(UnknownPath):
        panel.choose("an hour")
