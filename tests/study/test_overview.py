from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study import missed, next_step, progress
from tests.study.folder import two_notebooks


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    return two_notebooks(tmp_path / "notebooks")


def test_nothing_done_yet_is_a_sentence(notebooks: Path) -> None:
    assert missed(notebooks).text == next_step(notebooks).text == (
        "No prediction and no exercise is kept yet. Begin at the top of notebook 00: predict, run, compare."
    )


def test_what_was_missed_stands_in_its_column_with_a_link(notebooks: Path) -> None:
    progress.keep_outcome("00.a", False)
    progress.keep_happened("01.a", "three")
    progress.keep_tried("00.1")
    card = missed(notebooks)
    assert card.text == (
        "Notebook  predicted wrong  seen without a prediction  tried, not passed\n"
        "00 Start  00.a                                        00.1\n"
        "01 More                    01.a"
    )
    assert '<a href="00_start.ipynb#cell-id=ask-00.a">00.a</a>' in card.html
    assert '<a href="00_start.ipynb#cell-id=c1">00.1</a>' in card.html
    assert '<a href="01_more.ipynb#cell-id=ask-01.a">01.a</a>' in card.html


def test_what_was_made_good_is_not_missed(notebooks: Path) -> None:
    progress.keep_outcome("00.a", False)
    progress.keep_happened("01.a", "three")
    progress.keep_tried("00.1")
    progress.keep_mixed("00.a", True)
    progress.keep_outcome("01.a", True)
    progress.keep_passed("00.1")
    progress.keep_tried("00.1")  # a later wrong try takes nothing back
    assert missed(notebooks).text == "Nothing was missed so far."


def test_right_answers_among_the_mixed_questions_alone_leave_nothing_missed(notebooks: Path) -> None:
    progress.keep_mixed("00.a", True)
    assert missed(notebooks).text == "Nothing was missed so far."


def test_a_wrong_answer_among_the_mixed_questions_is_missed(notebooks: Path) -> None:
    progress.keep_outcome("00.a", True)
    progress.keep_mixed("00.a", False)
    assert "00.a" in missed(notebooks).text


@pytest.mark.parametrize(
    ("done", "wanted", "cell"),
    [
        (["00.a"], "Next: notebook 00 Start, exercise 00.1.", "00_start.ipynb#cell-id=c1"),
        (["00.b"], "Next: notebook 01 More, question 01.a.", "01_more.ipynb#cell-id=ask-01.a"),
        (["01.b"], "Next: notebook 00 Start, question 00.a.", "00_start.ipynb#cell-id=ask-00.a"),
        (["01.b", "00.a"], "Next: notebook 00 Start, exercise 00.1.", "00_start.ipynb#cell-id=c1"),
        (["00.a", "01.a"], "Next: notebook 01 More, question 01.b.", "01_more.ipynb#cell-id=ask-01.b"),
    ],
)
def test_next_is_what_follows_the_last_thing_done(notebooks: Path, done: list[str], wanted: str, cell: str) -> None:
    for question in done:
        progress.keep_answer(question, "one")
    assert next_step(notebooks).text == wanted
    assert f'href="{cell}"' in next_step(notebooks).html


def test_an_exercise_that_was_tried_is_not_next(notebooks: Path) -> None:
    progress.keep_tried("00.1")
    progress.keep_answer("00.a", "one")
    assert next_step(notebooks).text == "Next: notebook 00 Start, question 00.b."


def test_all_done(notebooks: Path) -> None:
    for question in ("00.a", "00.b", "01.a", "01.b"):
        progress.keep_happened(question, "one")
    progress.keep_passed("00.1")
    assert "been through all" in next_step(notebooks).text


@given(st.binary())
def test_damage_raises_nothing(tmp_path_factory: pytest.TempPathFactory, damage: bytes) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    notebooks = two_notebooks(folder / "notebooks")
    (notebooks / "01_more.ipynb").write_bytes(damage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(progress.VARIABLE, str(folder / "progress.jsonl"))
        (folder / "progress.jsonl").write_bytes(damage + b'\n{"kind":"answer","id":"00.a","value":"one"}\n' + damage)
        assert "00.1" in next_step(notebooks).text
        missed(notebooks)
