"""The bars of a mistake and the list of all."""

from __future__ import annotations

import pytest

from helpers.lessons.which_one.contrast import Contrast, NoSuchWay
from helpers.lessons.which_one.costs import Costs, duration, ratio


def timed(wrong: float = 44e6, right: float = 8_000, title: str = "Nagle") -> Contrast:
    return Contrast(title, "round trip", {"two writes": (wrong, 2 * wrong), "one write": (right * 3, right)})


def drawn(picture) -> list[str]:
    return [text.text for text in picture.drawing.texts()]


def test_the_text_is_the_same_on_every_run_and_the_picture_has_the_figures():
    shown = [Costs("Mistakes").note(timed(wrong), {"two writes": 500}) for wrong in (44e6, 50e6)]
    assert str(shown[0]) == str(shown[1]) == "Nagle, for one round trip\n  two writes: usually at least 500 x one write"
    assert "44.0 ms   5500 x" in drawn(shown[0]) and "8.00 µs" in drawn(shown[0])
    assert "50.0 ms   6250 x" in drawn(shown[1])


def test_a_mistake_that_costs_less_than_usual_is_a_result():
    costs = Costs("Mistakes")
    said = costs.note(timed(8_000 * 354), {"two writes": 500})
    assert str(said).splitlines()[1:] == ["  two writes: usually at least 500 x one write, here 354 x"]
    assert str(costs).splitlines()[1:] == ["  Nagle: two writes: usually at least 500 x one write, here 354 x"]
    assert str(costs.note(timed(8_000 * 500), {"two writes": 500})).endswith("usually at least 500 x one write")


def test_a_way_that_was_not_timed_is_not_listed():
    costs = Costs("Mistakes")
    with pytest.raises(NoSuchWay):
        costs.note(timed(), {"three writes": 500})
    assert str(costs) == "Mistakes"


def test_the_list_has_a_line_for_each_and_the_last_run_counts():
    costs = Costs("Mistakes")
    for wrong in (40e6, 44e6):
        costs.note(timed(wrong), {"two writes": 500})
    costs.note(timed(title="again"), {"two writes": 2})
    costs.note(timed(title="only shown"), {})
    assert str(costs).splitlines() == [
        "Mistakes",
        "  Nagle: two writes: usually at least 500 x one write",
        "  again: two writes: usually at least 2 x one write",
    ]
    picture = costs.show()
    assert {"44.0 ms", "5500 x", "at least 500 x", "at least 2 x"} <= set(drawn(picture))
    assert "40.0 ms" not in drawn(picture)
    assert "44.0 ms" in picture.drawing.alt


def test_nothing_is_drawn_outside():
    costs = Costs("Mistakes")
    bars = costs.note(timed(title="A title that is rather long, longer than its bars"), {"two writes": 2})
    for drawing in (bars.drawing, costs.show().drawing):
        for text in drawing.texts():
            left, top, right, bottom = text.extent
            assert left >= 0 and top >= 0 and right <= drawing.width and bottom <= drawing.height, text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0.5, "0.50 ns"), (177, "177 ns"), (999.4, "999 ns"), (999.6, "1.00 µs"), (5_678, "5.68 µs"), (9_996, "10.0 µs"),
     (44e6, "44.0 ms"), (999.9e6, "1.00 s"), (12.3e9, "12.3 s")],
)  # fmt: skip
def test_times_have_three_figures(nanoseconds, text):
    assert duration(nanoseconds) == text


@pytest.mark.parametrize(
    ("times", "text"),
    [(0.048, "0.05 x"), (0.94, "0.94 x"), (0.996, "1.0 x"), (4.04, "4.0 x"), (99.6, "100 x"), (1954.3, "1950 x")],
)
def test_ratios(times, text):
    assert ratio(times) == text
