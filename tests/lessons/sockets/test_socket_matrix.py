"""The heat map of what a kernel answers to socket()."""

from __future__ import annotations

import pytest

from helpers.draw.drawing import Box, Shape
from helpers.errors import CourseError
from helpers.lessons.sockets.socket_matrix import CELL_WIDTH, MEANINGS, agrees, heat_map, told
from tests.draw.geometry import faults

TYPES, PROTOCOLS = ("SOCK_STREAM", "SOCK_DGRAM"), ("0", "TCP", "UDP")
SAID = {
    "AF_INET": ["ok", "ok", "EPROTONOSUPPORT", "ok", "EPROTONOSUPPORT", "ok"],
    "AF_PACKET": ["ESOCKTNOSUPPORT"] * 3 + ["EPERM"] * 3,
    "AF_TIPC": ["EAFNOSUPPORT"] * 6,
}
ANSWERS = {
    (domain, kind, protocol): said[3 * row + column]
    for domain, said in SAID.items()
    for row, kind in enumerate(TYPES)
    for column, protocol in enumerate(PROTOCOLS)
}
STREAM_UDP = ("AF_INET", "SOCK_STREAM", "UDP")


def shown(answers, **more) -> list[str]:
    return [text.text for text in heat_map(answers, **more).drawing().texts()]


def test_all_answers_in_words():
    assert heat_map(ANSWERS, {STREAM_UDP: "ok"}, "A title").text().splitlines() == [
        "A title",
        "AF_INET SOCK_STREAM: 0 ok, TCP ok, UDP EPROTONOSUPPORT",
        "AF_INET SOCK_DGRAM: 0 ok, TCP EPROTONOSUPPORT, UDP ok",
        "AF_PACKET SOCK_STREAM: 0 ESOCKTNOSUPPORT, TCP ESOCKTNOSUPPORT, UDP ESOCKTNOSUPPORT",
        "AF_PACKET SOCK_DGRAM: 0 EPERM, TCP EPERM, UDP EPERM",
        "AF_TIPC: EAFNOSUPPORT for each type and protocol",
        "socket(AF_INET, SOCK_STREAM, UDP): EPROTONOSUPPORT, you said ok",
    ]


def test_what_is_compared_does_not_tell_the_answers():
    other = dict.fromkeys(ANSWERS, "ok")
    bundle, metadata = heat_map(ANSWERS)._repr_mimebundle_()
    assert bundle["text/plain"] == heat_map(other)._repr_mimebundle_()[0]["text/plain"] == str(heat_map(ANSWERS))
    assert "3 x 2 x 3 calls" in bundle["text/plain"]
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == heat_map(ANSWERS).text()


def test_each_answer_is_written_in_its_cell():
    words = shown(ANSWERS)
    assert words.count("ok") == 4 + 1  # and the legend
    assert words.count("EPROTONOSUPPORT") == 2 + 1
    assert "ESOCKTNOSUPPORT for every protocol" in words and "EPERM for every protocol" in words
    assert "EAFNOSUPPORT for every type and protocol" in words
    assert {meaning for answer, meaning in MEANINGS.items() if answer != "EACCES"} <= set(words)


def test_a_row_of_one_answer_is_one_wide_box():
    drawing = heat_map(ANSWERS).drawing()
    widths = [item.width for item in drawing.items if isinstance(item, Box)]
    assert sorted(set(widths)) == [CELL_WIDTH - 2, 3 * CELL_WIDTH - 2]
    assert widths.count(3 * CELL_WIDTH - 2) == 3


def test_colours_only_repeat_the_words():
    drawing = heat_map(ANSWERS).drawing()
    swatches = [item for item in drawing.items if isinstance(item, Shape)]
    boxes = [item for item in drawing.items if isinstance(item, Box)]
    assert len(swatches) == len(boxes)
    fills = [box.fill for box in boxes]
    assert fills.count("shade") == 5 and fills.count("card") == len(boxes) - 5  # a socket: four cells, and the legend


def test_a_prediction_has_a_thick_edge_and_a_line_below():
    wide = {("AF_TIPC", "SOCK_DGRAM", "0"): "EAFNOSUPPORT", STREAM_UDP: "EPERM"}
    drawing = heat_map(ANSWERS, wide).drawing()
    assert len([item for item in drawing.items if isinstance(item, Box) and item.edge_width == 3]) == 2
    words = [text.text for text in drawing.texts()]
    assert words[-2:] == [
        "socket(AF_TIPC, SOCK_DGRAM, 0): EAFNOSUPPORT, as you said",
        "socket(AF_INET, SOCK_STREAM, UDP): EPROTONOSUPPORT, you said EPERM",
    ]
    assert words.count("EAFNOSUPPORT") == 3 + 1  # that row is not one box


@pytest.mark.parametrize("predictions", [{}, {STREAM_UDP: "ESOCKTNOSUPPORT"}])
@pytest.mark.parametrize("answer", ["ok", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENODEV", "E" * 40])
def test_the_picture_can_be_read(answer, predictions):
    for answers in (ANSWERS | {STREAM_UDP: answer}, dict.fromkeys(ANSWERS, answer)):
        assert faults(heat_map(answers, predictions, "A title").drawing()) == []


def test_an_answer_without_a_known_meaning():
    assert "another reason" in shown({STREAM_UDP: "ENODEV"})


def test_a_question_that_was_not_asked():
    answers = {key: answer for key, answer in ANSWERS.items() if key != STREAM_UDP}
    assert "UDP ?" in heat_map(answers).text() and "?" in shown(answers)


@pytest.mark.parametrize(
    ("prediction", "answer", "right"),
    [("ok", "ok", True), ("EPERM", "EACCES", True), ("ok", "EPERM", False), ("EAFNOSUPPORT", "EPROTONOSUPPORT", False)],
)
def test_whether_a_prediction_came_true(prediction, answer, right):
    assert agrees(prediction, answer) is right
    assert ("as you said" in told(STREAM_UDP, prediction, answer)) is right


def test_there_must_be_an_answer():
    with pytest.raises(CourseError, match="needs answers"):
        heat_map({})
