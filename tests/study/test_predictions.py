"""A question, from its first showing to its result; how its answer is kept, and when it counts."""

from __future__ import annotations

import pytest

from helpers.errors import CourseError
from helpers.study import predict, progress, within
from helpers.study.predictions import Question
from tests.study.conftest import drawn, offered, press

OPTIONS = ["Give up: `ETIMEDOUT`", "Send it again", "Nothing"]
NONE = "Your prediction:      none. You can still choose above and run this cell again; it does not count.\n"


@pytest.fixture
def question() -> Question:
    return predict("12.lost-syn", "The first SYN is lost. What now?", OPTIONS)


def test_what_a_notebook_stores_does_not_depend_on_the_answer(question: Question) -> None:
    bundle = question._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Predict: The first SYN is lost. What now?\n  a) Give up: `ETIMEDOUT`\n")
    assert "a) Give up: <code>ETIMEDOUT</code>" in bundle["text/html"]
    assert offered(drawn(bundle)) == ["a) Give up: ETIMEDOUT", "b) Send it again", "c) Nothing"]
    question.answer("b")
    assert question._repr_mimebundle_() == bundle


def test_an_option_is_named_by_letter_or_text(question: Question) -> None:
    for choice in ("d", "", "ab", 0, None):
        with pytest.raises(CourseError, match="is no option of question 12.lost-syn: take a letter from a to c"):
            question.answer(choice)  # type: ignore[arg-type]
    assert question.prediction is None
    for choice in ("b", "B", "Send it again"):
        told = "Your prediction: b) Send it again · You may change it until the result is shown."
        assert repr(question.answer(choice)) == told
        assert question.prediction == "Send it again"


def test_button_call_and_another_kernel_are_one_answer(question: Question) -> None:
    box = drawn(question._repr_mimebundle_())
    press(box, 2)
    assert question.prediction == "Nothing"
    told = "Your prediction: c) Nothing · You may change it until the result is shown."
    assert box.children[2].value == f'<span role="status">{told}</span>'
    question.answer("a")
    assert offered(box) == ["✓ a) Give up: ETIMEDOUT", "b) Send it again", "c) Nothing"]
    assert [button._dom_classes for button in box.children[1].children] == [("course-chosen",), (), ()]
    assert predict("12.lost-syn", question.question, OPTIONS) is question
    new_kernel = Question("12.lost-syn", question.question, OPTIONS)
    assert offered(drawn(new_kernel._repr_mimebundle_()))[0] == "✓ a) Give up: ETIMEDOUT"
    progress.keep("answer", "12.lost-syn", value="An option of last year")
    assert question.prediction is None


def test_a_prediction_made_after_the_result_is_shown_and_not_counted(question: Question) -> None:
    told = f"{NONE}What happened:        b) Send it again\n`tcp_syn_retries` is not used up."
    assert repr(question.reveal("b", {"b": "`tcp_syn_retries` is not used up.", "c": "It was."})) == told
    question.answer("b")
    late = "Right: as you predicted. You chose after the result was shown: it does not count."
    assert repr(question.reveal("b")).splitlines()[2:] == [late]
    assert (progress.state().outcomes, progress.state().late) == ({}, {"12.lost-syn"})


def test_what_no_option_says_is_a_sentence(question: Question) -> None:
    question.answer("a")
    assert repr(question.reveal("it was sent after 7 s", {"a": "It gave up."})).splitlines()[1:] == [
        "What happened:        none of these: it was sent after 7 s",
        "No choice was right on this machine: it does not count.",
    ]
    assert progress.state().outcomes == {}
    assert progress.state().happened == {"12.lost-syn": "it was sent after 7 s"}
    with pytest.raises(CourseError, match="'d' is no option"):
        question.reveal("a", {"d": "Never."})


@pytest.mark.parametrize(("predicted", "verdict"), [("b", "Right: as you predicted."), ("c", "Not as you predicted.")])
def test_the_result_is_kept_and_closes_the_question(question: Question, predicted: str, verdict: str) -> None:
    box = drawn(question._repr_mimebundle_())
    question.answer(predicted)
    card = question.reveal("Send it again")
    assert repr(card).splitlines()[1:] == ["What happened:        b) Send it again", verdict]
    assert progress.state().outcomes == {"12.lost-syn": predicted == "b"}
    assert "The buttons are closed." in box.children[2].value
    assert all(button.disabled for button in box.children[1].children)
    press(box, 0)  # from a window that did not know yet
    with pytest.raises(CourseError, match="was shown: the prediction stays"):
        question.answer("a")
    assert repr(question.reveal("b")) == repr(card)


def test_an_id_has_a_form_and_belongs_to_one_question(question: Question) -> None:
    for name in ("lost-syn", "12.", "1.a", "12.Lost SYN", "12.a-", "12.a\n"):
        with pytest.raises(CourseError, match="is no id of a question"):
            predict(name, "?", OPTIONS)
    with pytest.raises(CourseError, match="was asked with other words"):
        predict("12.lost-syn", question.question, OPTIONS[:2])


    for options in ([], ["only"], ["same", "same"], ["a", "b"]):
        with pytest.raises(CourseError, match="needs 2 to 26 different options"):
            predict("12.a", "?", options)


def test_a_number_is_told_by_its_range() -> None:
    told = [within(number, {"a": (0, 1.5), "c": (2, 100)}, "times as long") for number in (0, 1.5, 1.7, 2)]
    assert told == ["a", "a", "1.7 times as long", "c"]
