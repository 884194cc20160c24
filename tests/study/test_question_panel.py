from helpers.study.question_panel import QuestionPanel
from tests.study.conftest import drawn, press


def test_a_press_is_reported_once_and_the_panel_shows_what_it_is_told() -> None:
    pressed: list[int] = []
    panel = QuestionPanel("<b>?</b>", "ab", ["yes", "no"], pressed.append)
    box = drawn(panel.mimebundle())
    body, buttons, status = box.children
    assert "<b>?</b>" in body.value
    assert (buttons.options, buttons.tooltips) == (("a", "b"), ("yes", "no"))
    assert buttons.index is None
    press(box, 1)
    assert pressed == [1]
    panel.update(0, closed=True, status="a < b")
    assert (buttons.index, buttons.disabled) == (0, True)
    assert status.value == '<span role="status">a &lt; b</span>'


def test_going_back_to_no_choice_is_no_press() -> None:
    pressed: list[int] = []
    panel = QuestionPanel("", "ab", ["yes", "no"], pressed.append)
    press(drawn(panel.mimebundle()), 0)
    panel.update(None, closed=False, status="")
    assert pressed == [0]
