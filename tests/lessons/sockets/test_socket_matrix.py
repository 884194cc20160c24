"""The quiz about socket()'s arguments and the heat map, against a kernel of this test's own."""

from __future__ import annotations

import pytest

from helpers.errors import CourseError
from helpers.lessons.sockets.socket_matrix import CHOICES, INSTRUCTIONS, WIDTH, HeatMap, MatrixQuiz
from tests.draw.geometry import faults

DOMAINS, TYPES, PROTOCOLS = ("AF_UNIX", "AF_INET"), ("SOCK_STREAM", "SOCK_DGRAM"), ("0", "TCP", "UDP")
STREAM_UDP = ("AF_INET", "SOCK_STREAM", "UDP")


def kernel(domain: str, kind: str, protocol: str) -> str:
    if domain == "AF_UNIX":
        return "EACCES"
    return "EPROTONOSUPPORT" if (kind, protocol) == ("SOCK_STREAM", "UDP") else "ok"


@pytest.fixture
def quiz() -> MatrixQuiz:
    return MatrixQuiz(kernel, DOMAINS, TYPES, PROTOCOLS)


def words(quiz: MatrixQuiz) -> list[str]:
    return [text.text for text in quiz.picture().texts()]


def choose(quiz: MatrixQuiz, *question: str) -> None:
    for slider, name in zip(quiz._sliders, question, strict=True):
        slider.value = name


def test_nothing_is_asked_before_the_reader_has_predicted(quiz):
    choose(quiz, *STREAM_UDP)
    assert quiz.answers == {} and words(quiz).count("?") == 6
    assert "socket(AF_INET, SOCK_STREAM, UDP): what do you expect?" in quiz._status.value


def test_code_and_button_do_the_same(quiz):
    assert quiz.ask(*STREAM_UDP, "ok") == "socket(AF_INET, SOCK_STREAM, UDP): EPROTONOSUPPORT, you said ok"
    assert "EPROTONOSUPPORT, you said ok. 0 of 1 as you predicted." in quiz._status.value
    choose(quiz, "AF_UNIX", "SOCK_DGRAM", "0")
    assert "EPROTONOSUPPORT" not in words(quiz)[:14] and words(quiz).count("?") == 6
    quiz._buttons[CHOICES.index("EPERM")].click()
    assert "socket(AF_UNIX, SOCK_DGRAM, 0): EACCES, as you said. 1 of 2 as you predicted." in quiz._status.value
    assert words(quiz).count("?") == 5 and "EACCES" in quiz._table.value
    assert quiz.text().splitlines()[-1] == "1 of 2 as you predicted."


def test_the_first_prediction_stays(quiz):
    for choice in ("ok", "EPERM"):
        quiz._buttons[CHOICES.index(choice)].click()
    assert "Your first prediction stays: ok. Move a slider" in quiz._status.value
    assert set(quiz.predictions.values()) == {"ok"}


def test_the_chosen_call_is_framed(quiz):
    choose(quiz, "AF_INET", "SOCK_DGRAM", "TCP")
    block = quiz._grid().parts[0]
    assert [(block.rows[row][0], block.columns[column]) for row, column in block.marked] == [("SOCK_DGRAM", "TCP")]


def test_an_unknown_name_is_a_sentence(quiz):
    with pytest.raises(CourseError, match="the quiz does not have '6': take one of 0, TCP, UDP"):
        quiz.ask("AF_INET", "SOCK_STREAM", "6", "ok")
    assert quiz.answers == quiz.predictions == {}


def test_what_is_compared_does_not_tell_the_answers_and_the_picture_does():
    answers = {(d, t, p): kernel(d, t, p) for d in DOMAINS for t in TYPES for p in PROTOCOLS}
    heat_map = HeatMap(answers, {STREAM_UDP: "ok"}, "A title")
    data, sizes = heat_map._repr_mimebundle_()
    assert data["text/plain"] == repr(HeatMap(dict.fromkeys(answers, "ok"), {}, "A title"))
    assert data.keys() == {"image/png", "text/plain"} and "2 x 2 x 3 calls" in data["text/plain"]
    assert sizes["image/png"]["alt"] == heat_map.text()
    _, uniform, _, stream, _ = (line.split() for line in heat_map.text().splitlines()[1:6])
    assert uniform == ["AF_UNIX,", "any", "type", *["EACCES"] * 3]
    assert stream == ["SOCK_STREAM", "ok", "ok", "EPROTONOSUPPORT"]
    assert "not allowed to you" in heat_map.text() and "this kernel has no such domain" not in heat_map.text()


def test_the_pictures_can_be_read():
    types, protocols = (*TYPES, "SOCK_SEQPACKET"), (*PROTOCOLS, "ICMP", "SCTP")
    quiz = MatrixQuiz(lambda *_: "EPROTONOSUPPORT", DOMAINS, types, protocols)
    for kind in types:
        quiz.ask("AF_UNIX", kind, "0", "ESOCKTNOSUPPORT")
    assert quiz._repr_mimebundle_()[0]["text/plain"] == INSTRUCTIONS
    assert faults(quiz.picture()) == []
    assert faults(HeatMap(quiz.answers, quiz.predictions, "A title").grid.drawing(WIDTH)) == []
