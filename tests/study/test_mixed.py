from pathlib import Path

import pytest

from helpers.study import mixed_questions, progress
from helpers.study.mixed import MixedError, MixedQuestions, draw
from tests.study.conftest import drawn, offered
from tests.study.folder import OPTIONS, two_notebooks


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    return two_notebooks(tmp_path / "notebooks")


@pytest.fixture
def mixed(notebooks: Path) -> MixedQuestions:
    return mixed_questions(1, 2, notebooks)


def ids(notebooks: Path, seed: int = 1) -> list[str]:
    return [question.id for question in draw(seed, 10, notebooks)]


def test_a_seed_draws_the_same_each_time_and_seeds_differ(notebooks: Path) -> None:
    assert draw(1, 10, notebooks) == draw(1, 10, notebooks)
    assert len({tuple(ids(notebooks, seed)) for seed in range(10)}) > 1
    assert len({draw(seed, 10, notebooks)[0].options for seed in range(10)}) > 1
    assert set(draw(1, 10, notebooks)[0].options) == set(OPTIONS)


def test_a_question_of_which_nobody_knows_the_result_is_not_asked(notebooks: Path) -> None:
    assert set(ids(notebooks)) == {"00.a", "00.b", "01.a"}
    progress.keep_happened("01.b", "two")
    assert set(ids(notebooks)) == {"00.a", "00.b", "01.a", "01.b"}


def test_what_this_kernel_did_counts_more_than_the_saved_output(notebooks: Path) -> None:
    progress.keep_happened("00.a", "three")
    progress.keep_happened("00.b", "an option of last year")
    right = {question.id: question.happened for question in draw(1, 10, notebooks)}
    assert right == {"00.a": "three", "00.b": "two", "01.a": "three"}


@pytest.mark.parametrize("seed", range(6))
def test_wrong_then_missed_then_right_then_new(notebooks: Path, seed: int) -> None:
    progress.keep_happened("01.b", "one")
    progress.keep_outcome("01.b", False)
    progress.keep_happened("00.b", "two")
    progress.keep_outcome("00.a", True)
    assert ids(notebooks, seed) == ["01.b", "00.b", "00.a", "01.a"]
    progress.keep_mixed("01.b", True)
    assert ids(notebooks, seed)[0] == "00.b"


def test_the_round_by_call(mixed: MixedQuestions) -> None:
    first, second = mixed.questions
    assert repr(mixed).startswith(f"Question 1 of 2, from {first.notebook}\n{first.text}\n  a) {first.options[0]}\n")
    verdict = mixed.answer("abc"[first.options.index(first.happened)]).text
    assert f"Right: {first.happened} ({first.id}). Look again in {first.notebook}." in verdict
    assert f"Question 2 of 2, from {second.notebook}" in verdict
    wrong = next(option for option in second.options if option != second.happened)
    last = mixed.answer(wrong)
    assert f"Not right: {second.happened}" in last.text
    assert last.text.endswith("The end: 1 of 2 right. It is kept in your progress.")
    assert f'<a href="{second.link}">' in last.html
    assert mixed.score == "1 of 2"
    assert progress.state().latest == {first.id: True, second.id: False}
    assert progress.state().rounds == [(1, 2)]
    assert "Mixed questions: 1 of 2 right" in progress.show().text
    with pytest.raises(MixedError, match="All questions are answered: 1 of 2 right"):
        mixed.answer("a")


@pytest.mark.parametrize("choice", ["d", "", "ab", "four"])
def test_what_is_no_option_is_one_sentence(mixed: MixedQuestions, choice: str) -> None:
    with pytest.raises(MixedError, match="is no option: take a letter from a to c"):
        mixed.answer(choice)
    assert mixed.answers == []


def test_the_round_by_button(mixed: MixedQuestions) -> None:
    bundle = mixed._repr_mimebundle_()
    assert bundle["text/plain"] == repr(mixed)
    question, row, verdict = drawn(bundle).children
    choices = [f"{letter}) {option}" for letter, option in zip("abc", mixed.questions[0].options, strict=True)]
    assert offered(drawn(bundle)) == choices
    assert choices[0] not in question.value and choices[0] in bundle["text/html"]
    row.children[1].click()
    assert [answered.chosen for answered in mixed.answers] == [mixed.questions[0].options[1]]
    assert mixed.questions[0].id in verdict.outputs[0]["data"]["text/plain"]
    assert "Question 2 of 2" in question.value
    first = row.children[0]
    first.click()
    first.click()  # from a window that did not know of the end
    assert "The end" in question.value and len(mixed.answers) == 2
    assert offered(drawn(bundle)) == []


def test_without_any_question(tmp_path: Path) -> None:
    with pytest.raises(MixedError, match="No notebook here has a question"):
        mixed_questions(1, 10, tmp_path)
