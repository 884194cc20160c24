"""Notebook 00's view of the whole course: ways, search, progress, what was missed, what is next, mixed questions."""

from __future__ import annotations

import pytest

from helpers.errors import CourseError
from helpers.lessons.start import course, mixed
from helpers.lessons.start.course import Lesson, Task
from helpers.study import progress
from tests.study.conftest import drawn, offered

OPTIONS = ("one", "two", "three")
SMALL = (
    Lesson("00_start", "Start", "What?", 10, (
        Task("00.a", "ask-a", "What comes of a?", OPTIONS, "one"), Task("00.1", "c1"),
        Task("00.b", "ask-b", "What comes of b?", OPTIONS, "two"),
    )),
    Lesson("01_more", "More", "What?", 5, (
        Task("01.a", "ask-a", "What comes of a?", OPTIONS, "three"), Task("01.b", "ask-b", "What of b?", OPTIONS),
    )),
)  # fmt: skip
WHOLE = course.LESSONS


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A course of two notebooks, of which the saved outputs do not tell what came of 01.b."""
    monkeypatch.setattr(course, "LESSONS", SMALL)


def test_the_buttons_show_the_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "LESSONS", WHOLE)
    panel = course.Ways()
    buttons, shown = drawn(panel._repr_mimebundle_()).children
    assert [label for label, _ in buttons.options] == ["30 minutes", "exam", "whole course"]
    for name, words in (("exam", "which one to take"), ("whole course", "17 The article against the kernel")):
        buttons.value = name
        text = shown.outputs[0]["data"]["text/plain"]
        assert words in text and panel.choose(name).text == text
    assert '<a href="12_three_way_handshake.ipynb#cell-id=' in panel.choose("exam").html
    with pytest.raises(CourseError, match="There are: 30 minutes, exam, whole course"):
        panel.choose("an hour")


def test_a_word_is_found_in_both_languages_where_it_is_defined_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "LESSONS", WHOLE)
    for word in ("三次握手", " three-way handshake "):
        card = course.find(word)
        assert card.text.splitlines()[1].startswith("12 The three-way handshake")
        assert 'href="12_three_way_handshake.ipynb#cell-id=' in card.html
    assert course.find("THE").text.splitlines()[-1].endswith(" more sections")
    assert course.find("<b>xyzzy").html.count("<b>") == 0
    assert course.find(" ").text == "No notebook says « »."


def test_progress_is_counted_by_notebook() -> None:
    progress.keep("answer", "00.a", value="one")
    progress.keep("outcome", "00.a", value=True)
    progress.keep("happened", "00.b", value="two")
    progress.keep("answer", "00.b", value="two")  # too late
    progress.keep("exercise", "00.1", value="passed")
    progress.keep("exercise", "00.9", value="passed")  # an exercise that no notebook has any more
    progress.keep("round", "1", right=2, asked=3)
    assert course.show_progress().text == (
        "Notebook  Predictions made  of them right  Exercises passed\n"
        "00_start  1 of 2            1              1 of 1\n"
        "01_more   0 of 2            0              0 of 0\n"
        "all       1 of 4            1              1 of 1\n"
        "Mixed questions: 2 of 3 right in the last round; rounds so far: 1."
    )


def test_what_was_missed_stands_in_its_column_until_it_is_made_good() -> None:
    assert course.missed().text == course.next_step().text == (
        "No prediction and no exercise is kept yet. Begin at the top of notebook 00: predict, run, compare."
    )
    progress.keep("outcome", "00.a", value=False)
    progress.keep("happened", "01.a", value="three")
    progress.keep("exercise", "00.1", value="tried")
    assert course.missed().text == (
        "Notebook  predicted wrong  seen without a prediction  tried, not passed\n"
        "00 Start  00.a                                        00.1\n"
        "01 More                    01.a"
    )
    assert '<a href="00_start.ipynb#cell-id=ask-a">00.a</a>' in course.missed().html
    progress.keep("mixed", "00.a", value=True)
    progress.keep("outcome", "01.a", value=True)
    progress.keep("exercise", "00.1", value="passed")
    assert course.missed().text == "Nothing was missed so far."


@pytest.mark.parametrize(
    ("done", "wanted", "cell"),
    [
        (["00.a"], "Next: notebook 00 Start, exercise 00.1.", "00_start.ipynb#cell-id=c1"),
        (["01.b"], "Next: notebook 00 Start, question 00.a.", "00_start.ipynb#cell-id=ask-a"),
        (["00.a", "01.a"], "Next: notebook 01 More, question 01.b.", "01_more.ipynb#cell-id=ask-b"),
    ],
)
def test_next_is_what_follows_the_last_thing_done(done: list[str], wanted: str, cell: str) -> None:
    for question in done:
        progress.keep("answer", question, value="one")
    assert course.next_step().text == wanted
    assert f'href="{cell}"' in course.next_step().html
    for question in ("00.a", "00.b", "01.a", "01.b"):
        progress.keep("happened", question, value="one")
    progress.keep("exercise", "00.1", value="tried")
    assert "been through all" in course.next_step().text


def ids(seed: int = 1) -> list[str]:
    return [task.id for _, task in mixed.draw(seed, 10)]


def test_a_seed_draws_the_same_each_time_and_seeds_differ() -> None:
    assert mixed.draw(1, 10) == mixed.draw(1, 10)
    assert len({tuple(ids(seed)) for seed in range(10)}) > 1
    assert len({task.options for seed in range(10) for _, task in mixed.draw(seed, 10)}) > 1


def test_what_this_kernel_did_counts_more_than_the_saved_output() -> None:
    assert set(ids()) == {"00.a", "00.b", "01.a"}  # of 01.b nobody knows the result
    progress.keep("happened", "00.a", value="three")
    progress.keep("happened", "00.b", value="an option of last year")
    progress.keep("happened", "01.b", value="two")
    right = {task.id: task.happened for _, task in mixed.draw(1, 10)}
    assert right == {"00.a": "three", "00.b": "two", "01.a": "three", "01.b": "two"}


def test_wrong_then_missed_then_right_then_new() -> None:
    progress.keep("happened", "01.b", value="one")
    progress.keep("outcome", "01.b", value=False)
    progress.keep("happened", "00.b", value="two")
    progress.keep("outcome", "00.a", value=True)
    for seed in range(4):
        assert ids(seed) == ["01.b", "00.b", "00.a", "01.a"]
    progress.keep("mixed", "01.b", value=True)
    assert ids()[0] == "00.b"


def test_a_round_by_call() -> None:
    asked = mixed.mixed_questions(1, 2)
    (lesson, first), (other, second) = asked.questions
    assert repr(asked).startswith(f"Question 1 of 2, from {lesson.name}\n{first.text}\n  a) {first.options[0]}\n")
    for choice in ("d", "", "ab", "four"):
        with pytest.raises(CourseError, match="is no option of question .* take a letter from a to c"):
            asked.answer(choice)
    verdict = asked.answer("abc"[first.options.index(first.happened)]).text
    assert f"Right: {first.happened} ({first.id}). Look again in {lesson.name}." in verdict
    last = asked.answer(next(option for option in second.options if option != second.happened))
    assert f"Not right: {second.happened}" in last.text and f'<a href="{other.link(second.cell)}">' in last.html
    assert last.text.endswith("The end: 1 of 2 right. It is kept in your progress.")
    assert (progress.state().latest, progress.state().rounds) == ({first.id: True, second.id: False}, [(1, 2)])
    with pytest.raises(CourseError, match="All questions are answered: 1 of 2 right"):
        asked.answer("a")


def test_a_round_by_button() -> None:
    asked = mixed.mixed_questions(1, 2)
    box = drawn(asked._repr_mimebundle_())
    question, row, verdict = box.children
    task, options = asked.questions[0][1], asked.questions[0][1].options
    assert offered(box) == [f"{letter}) {o}" for letter, o in zip("abc", options, strict=True)]
    row.children[1].click()
    assert asked.answers == [options[1]]
    assert task.id in verdict.outputs[0]["data"]["text/plain"]
    assert "Question 2 of 2" in question.value
    first = row.children[0]
    first.click()
    first.click()  # from a window that did not know of the end
    assert "The end" in question.value and len(asked.answers) == 2
    assert offered(box) == []
