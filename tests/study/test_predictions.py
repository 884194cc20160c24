import pytest

from helpers.study import predict, progress, within
from helpers.study.predictions import PredictionError, Question
from tests.study.conftest import drawn, offered, press

OPTIONS = ["Give up: `ETIMEDOUT`", "Send it again", "Nothing"]


@pytest.fixture
def question() -> Question:
    return predict("12.lost-syn", "The first SYN is lost. What now?", OPTIONS)


def test_the_card_is_fixed_text_html_and_a_live_panel(question: Question) -> None:
    bundle = question._repr_mimebundle_()
    assert (
        bundle["text/plain"]
        == repr(question)
        == (
            "Predict: The first SYN is lost. What now?\n"
            "  a) Give up: `ETIMEDOUT`\n"
            "  b) Send it again\n"
            "  c) Nothing\n"
            'Run this cell, then choose with a button, or call .answer("b") on this question.'
        )
    )
    assert "a) Give up: <code>ETIMEDOUT</code>" in bundle["text/html"]
    assert offered(drawn(bundle)) == ["a) Give up: ETIMEDOUT", "b) Send it again", "c) Nothing"]
    question.answer("b")
    again = question._repr_mimebundle_()
    assert again == bundle  # what a notebook stores does not depend on the answer


@pytest.mark.parametrize("choice", ["b", "B", 2, "Send it again"])
def test_three_ways_to_answer(question: Question, choice: str | int) -> None:
    card = question.answer(choice)
    assert question.prediction == "Send it again"
    assert repr(card) == "Your prediction: b) Send it again · You may change it until the result is shown."


@pytest.mark.parametrize("choice", ["d", "", "ab", 0, 4, -1, True, None, 1.0])
def test_a_choice_that_is_no_option_is_one_sentence(question: Question, choice: object) -> None:
    with pytest.raises(
        PredictionError, match="is no option of question 12.lost-syn: take a letter from a to c"
    ):
        question.answer(choice)  # type: ignore[arg-type]
    assert question.prediction is None


def test_the_button_and_the_call_are_one_answer(question: Question) -> None:
    box = drawn(question._repr_mimebundle_())
    press(box, 2)
    assert question.prediction == "Nothing"
    assert box.children[2].value == (
        '<span role="status">Your prediction: c) Nothing · '
        "You may change it until the result is shown.</span>"
    )
    question.answer("a")
    assert offered(box) == ["✓ a) Give up: ETIMEDOUT", "b) Send it again", "c) Nothing"]


def test_asking_again_shows_the_kept_answer(question: Question) -> None:
    question.answer("c")
    assert predict("12.lost-syn", question.question, OPTIONS) is question
    new_kernel = Question("12.lost-syn", question.question, OPTIONS)
    assert offered(drawn(new_kernel._repr_mimebundle_()))[2] == "✓ c) Nothing"


def test_a_kept_answer_that_is_no_option_any_more_is_forgotten(question: Question) -> None:
    progress.keep_answer("12.lost-syn", "An option of last year")
    progress.keep_outcome("12.lost-syn", True)
    assert question.prediction is None
    question.answer("a")


def test_a_prediction_made_after_the_result_is_shown_and_not_counted(question: Question) -> None:
    assert repr(question.reveal("b", {"b": "`tcp_syn_retries` is not used up.", "c": "It was."})) == (
        "Your prediction:      none. You can still choose above and run this cell again; it does not count.\n"
        "What happened:        b) Send it again\n"
        "`tcp_syn_retries` is not used up."
    )
    assert progress.state().happened == {"12.lost-syn": "Send it again"}
    question.answer("b")
    assert repr(question.reveal("b")) == (
        "Your prediction:      b) Send it again\n"
        "What happened:        b) Send it again\n"
        "Right: as you predicted. You chose after the result was shown: it does not count."
    )
    assert (progress.state().outcomes, progress.state().latest, progress.state().late) == ({}, {}, {"12.lost-syn"})
    with pytest.raises(PredictionError, match="was shown: the prediction stays"):
        question.answer("c")


def test_what_no_option_says_is_a_sentence(question: Question) -> None:
    question.answer("a")
    assert repr(question.reveal("it was sent after 7 s", {"a": "It gave up."})) == (
        "Your prediction:      a) Give up: `ETIMEDOUT`\n"
        "What happened:        none of these: it was sent after 7 s\n"
        "No choice was right on this machine: it does not count."
    )
    assert progress.state().outcomes == {}
    assert progress.state().happened == {"12.lost-syn": "it was sent after 7 s"}


def test_a_reason_belongs_to_an_option(question: Question) -> None:
    reasons = {"a": "The limit was reached.", "Send it again": "The timer rang."}
    for happened, reason in (("a", "The limit was reached."), ("b", "The timer rang."), ("c", None)):
        assert repr(question.reveal(happened, reasons)).splitlines()[2:] == [reason][: reason is not None]
    with pytest.raises(PredictionError, match="'d' is no option"):
        question.reveal("a", {"d": "Never."})


@pytest.mark.parametrize(
    ("predicted", "verdict", "right"),
    [("b", "Right: as you predicted.", True), ("c", "Not as you predicted.", False)],
)
def test_reveal_compares_and_records(question: Question, predicted: str, verdict: str, right: bool) -> None:
    question.answer(predicted)
    card = question.reveal("Send it again")
    assert repr(card).splitlines()[1:] == ["What happened:        b) Send it again", verdict]
    assert progress.state().outcomes == {"12.lost-syn": right}
    assert progress.state().happened == {"12.lost-syn": "Send it again"}
    assert f"{predicted}) " in card.html.partition("b) Send it again</td></tr>")[0]
    assert repr(question.reveal("b")) == repr(card)


def test_after_the_result_the_prediction_stays(question: Question) -> None:
    box = drawn(question._repr_mimebundle_())
    question.answer("c")
    question.reveal("b")
    assert "The buttons are closed." in box.children[2].value
    with pytest.raises(PredictionError, match="was shown: the prediction stays"):
        question.answer("b")
    press(box, 1)  # from a window that did not know yet
    assert offered(box)[2] == "✓ c) Nothing"
    assert question.prediction == "Nothing"
    progress.reset()
    question.answer("b")


def test_one_id_is_one_question(question: Question) -> None:
    for words, options in ((question.question, OPTIONS[:2]), ("Something else?", OPTIONS)):
        with pytest.raises(PredictionError, match="was asked with other words"):
            predict("12.lost-syn", words, options)


@pytest.mark.parametrize("name", ["lost-syn", "12", "12.", "1.a", "12.Lost SYN", "12.a-", "12.a\n"])
def test_an_id_has_a_form(name: str) -> None:
    with pytest.raises(PredictionError, match="is no id of a question"):
        predict(name, "?", OPTIONS)


@pytest.mark.parametrize(
    "options", [[], ["only"], ["same", "same"], ["a", "b"], [f"option {n}" for n in range(27)]]
)
def test_options_must_be_told_apart(options: list[str]) -> None:
    with pytest.raises(PredictionError, match="needs 2 to 26 different options"):
        predict("12.a", "?", options)


@pytest.mark.parametrize(
    ("number", "found"),
    [(0, "a"), (1.5, "a"), (1.7, "1.7 times as long"), (2, "c"), (1234.5, "1.23e+03 times as long")],
)
def test_a_number_is_told_by_its_range(number: float, found: str) -> None:
    assert within(number, {"a": (0, 1.5), "c": (2, 100)}, "times as long") == found
