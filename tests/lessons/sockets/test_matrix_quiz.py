"""The quiz about socket()'s arguments, against a kernel of this test's own."""

from __future__ import annotations

import time

import pytest

from helpers.draw.drawing import Box, Line
from helpers.errors import CourseError
from helpers.lessons.sockets.matrix_quiz import CHOICES, INSTRUCTIONS, MatrixQuiz, matrix_quiz
from tests.draw.geometry import faults

DOMAINS, TYPES, PROTOCOLS = ("AF_UNIX", "AF_INET"), ("SOCK_STREAM", "SOCK_DGRAM"), ("0", "TCP", "UDP")
AT_ONCE = 0.1


@pytest.fixture
def asked() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def quiz(asked) -> MatrixQuiz:
    def ask(domain: str, kind: str, protocol: str) -> str:
        asked.append((domain, kind, protocol))
        if domain == "AF_UNIX":
            return "EACCES"
        return "EPROTONOSUPPORT" if (kind, protocol) == ("SOCK_STREAM", "UDP") else "ok"

    return matrix_quiz(ask, DOMAINS, TYPES, PROTOCOLS)


def words(quiz: MatrixQuiz) -> list[str]:
    return [text.text for text in quiz.picture().texts()]


def choose(quiz: MatrixQuiz, domain: str, kind: str, protocol: str) -> None:
    quiz._domain.value, quiz._type.value, quiz._protocol.value = domain, kind, protocol


def test_nothing_is_asked_before_the_reader_has_predicted(quiz, asked):
    assert asked == [] and words(quiz).count("?") == 6
    choose(quiz, "AF_INET", "SOCK_DGRAM", "UDP")
    assert asked == [] and quiz.answers == {}


def test_the_question_is_written_out(quiz):
    choose(quiz, "AF_INET", "SOCK_DGRAM", "UDP")
    assert "socket(AF_INET, SOCK_DGRAM, UDP): what do you expect?" in quiz._status.value
    quiz.ask("AF_INET", "SOCK_DGRAM", "UDP", "ok")
    choose(quiz, "AF_INET", "SOCK_STREAM", "UDP")
    assert "what do you expect?" in quiz._status.value
    choose(quiz, "AF_INET", "SOCK_DGRAM", "UDP")
    assert "socket(AF_INET, SOCK_DGRAM, UDP): ok, as you said." in quiz._status.value


def test_a_prediction_by_code(quiz, asked):
    sentence = quiz.ask("AF_INET", "SOCK_STREAM", "UDP", "ok")
    assert sentence == "socket(AF_INET, SOCK_STREAM, UDP): EPROTONOSUPPORT, you said ok"
    assert asked == [("AF_INET", "SOCK_STREAM", "UDP")]
    assert words(quiz).count("?") == 5 and "EPROTONOSUPPORT" in words(quiz)
    assert "EPROTONOSUPPORT, you said ok. 0 of 1 as you predicted." in quiz._status.value


def test_a_button_does_the_same(quiz, asked):
    choose(quiz, "AF_INET", "SOCK_STREAM", "UDP")
    quiz._buttons[CHOICES.index("EPROTONOSUPPORT")].click()
    assert quiz.predictions == {("AF_INET", "SOCK_STREAM", "UDP"): "EPROTONOSUPPORT"}
    assert "as you said. 1 of 1 as you predicted." in quiz._status.value
    assert "EPROTONOSUPPORT" in quiz._picture.value


def test_a_second_prediction_is_told_that_the_first_one_stays(quiz):
    quiz._buttons[CHOICES.index("ok")].click()
    assert "Move a slider to ask about another call." in quiz._status.value
    quiz._buttons[CHOICES.index("EPERM")].click()
    assert "Your first prediction stays: ok. Move a slider" in quiz._status.value
    assert set(quiz.predictions.values()) == {"ok"}


def test_the_sliders_say_what_is_chosen(quiz):
    assert all(slider.readout for slider in (quiz._domain, quiz._type, quiz._protocol))


def test_the_score_and_what_was_said(quiz):
    quiz.ask("AF_INET", "SOCK_STREAM", "TCP", "ok")
    quiz.ask("AF_UNIX", "SOCK_DGRAM", "0", "EPERM")
    quiz.ask("AF_INET", "SOCK_STREAM", "UDP", "ok")
    assert quiz.text().splitlines() == [
        "socket(AF_INET, SOCK_STREAM, TCP): ok, as you said",
        "socket(AF_UNIX, SOCK_DGRAM, 0): EACCES, as you said",
        "socket(AF_INET, SOCK_STREAM, UDP): EPROTONOSUPPORT, you said ok",
        "2 of 3 as you predicted.",
    ]


def test_the_first_prediction_stays(quiz):
    quiz.ask("AF_INET", "SOCK_STREAM", "UDP", "ok")
    assert quiz.ask("AF_INET", "SOCK_STREAM", "UDP", "EPROTONOSUPPORT").endswith("you said ok")


def test_the_block_of_the_chosen_domain_is_shown(quiz):
    quiz.ask("AF_INET", "SOCK_STREAM", "TCP", "ok")
    assert quiz._domain.value == "AF_INET" and words(quiz).count("?") == 5
    choose(quiz, "AF_UNIX", "SOCK_STREAM", "TCP")
    assert "AF_UNIX" in words(quiz) and words(quiz).count("?") == 6
    assert "AF_UNIX" in quiz._picture.value


def test_a_dashed_frame_is_around_the_chosen_cell(quiz):
    for place, (kind, protocol) in enumerate((kind, protocol) for kind in TYPES for protocol in PROTOCOLS):
        choose(quiz, "AF_INET", kind, protocol)
        (frame,) = [item for item in quiz.picture().items if isinstance(item, Line)]
        box = [item for item in quiz.picture().items if isinstance(item, Box)][place]
        assert frame.dash and frame.points[0] == (box.x - 1, box.y - 1)


@pytest.mark.parametrize(
    "wrong",
    [
        ("AF_X", "SOCK_STREAM", "TCP", "ok"),
        ("AF_INET", "STREAM", "TCP", "ok"),
        ("AF_INET", "SOCK_STREAM", "6", "ok"),
        ("AF_INET", "SOCK_STREAM", "TCP", "yes"),
    ],
)
def test_unknown_names_are_a_sentence(quiz, asked, wrong):
    with pytest.raises(CourseError, match="the quiz does not have '.*': take one of "):
        quiz.ask(*wrong)
    assert asked == [] and quiz.predictions == {}


@pytest.mark.parametrize("lists", [((), TYPES, PROTOCOLS), (DOMAINS, (), PROTOCOLS), (DOMAINS, TYPES, ())])
def test_there_must_be_something_to_choose_from(lists):
    with pytest.raises(CourseError, match="needs domains, types and protocols"):
        matrix_quiz(lambda *_: "ok", *lists)


def test_the_picture_can_be_read(quiz):
    assert faults(quiz.picture()) == []
    for kind in TYPES:
        for protocol in PROTOCOLS:
            quiz.ask("AF_INET", kind, protocol, "EAFNOSUPPORT")
    assert faults(quiz.picture()) == []


def test_the_bundle_has_a_widget_a_picture_and_the_same_text_everywhere(quiz):
    before, metadata = quiz._repr_mimebundle_()
    assert before["text/plain"] == INSTRUCTIONS and before["image/png"].startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in before and metadata["image/png"]["alt"]
    quiz.ask("AF_INET", "SOCK_STREAM", "TCP", "ok")
    assert quiz._repr_mimebundle_()[0]["text/plain"] == INSTRUCTIONS


def test_controls_have_names_and_tooltips(quiz):
    assert [widget.description for widget in (quiz._domain, quiz._type, quiz._protocol)] == [
        "domain",
        "type",
        "protocol",
    ]
    assert [button.description for button in quiz._buttons] == list(CHOICES)
    assert all(button.tooltip for button in quiz._buttons)
    assert 'aria-live="polite"' in quiz._status.value


def test_an_answer_is_shown_at_once(quiz):
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        quiz._buttons[0].click()
        times.append(time.perf_counter() - begin)
    assert min(times) < AT_ONCE
