from helpers.study.question_panel import QuestionPanel
from tests.study.conftest import drawn, offered, press

LABELS = ["a) yes", "b) `no`"]


def test_a_press_is_reported_once_and_the_panel_shows_what_it_is_told() -> None:
    pressed: list[int] = []
    panel = QuestionPanel("<b>?</b>", LABELS, pressed.append)
    box = drawn(panel.mimebundle())
    body, choices, status = box.children
    assert "<b>?</b>" in body.value
    assert offered(box) == ["a) yes", "b) no"]
    press(box, 1)
    assert pressed == [1]
    panel.update(0, closed=False, status="a < b")
    assert offered(box) == ["✓ a) yes", "b) no"]
    assert [button.disabled for button in choices.children] == [False, False]
    assert status.value == '<span role="status">a &lt; b</span>'


def test_the_chosen_one_is_marked_by_a_tick_and_a_class_and_there_is_one_of_it() -> None:
    panel = QuestionPanel("", LABELS, lambda _: None)
    box = drawn(panel.mimebundle())
    for index in (0, 1, 1):
        panel.update(index, closed=False, status="")
    assert offered(box) == ["a) yes", "✓ b) no"]
    assert [button._dom_classes for button in box.children[1].children] == [(), ("course-chosen",)]
    panel.update(None, closed=False, status="")
    assert offered(box) == ["a) yes", "b) no"]


def test_a_closed_question_says_so_and_none_of_its_buttons_can_be_pressed() -> None:
    panel = QuestionPanel("", LABELS, lambda _: None)
    box = drawn(panel.mimebundle())
    panel.update(0, closed=True, status="The result was shown.")
    assert box.children[2].value == '<span role="status">The result was shown. The buttons are closed.</span>'
    assert [button.disabled for button in box.children[1].children] == [True, True]
