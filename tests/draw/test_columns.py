"""Columns of cards and the arrows between them."""

from __future__ import annotations

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.drawing import Line
from tests.draw.geometry import faults

HOLDERS = Column("processes", [Card("A", "A", ("PID 1",)), Card("B", "B", ("PID 2",))], 120, "their descriptors")
ROWS = Column(
    "layers", [Card("high", "high", rows=2, row=0), Card("low", "low", ("a long text in lines",), row=2)], 150
)
LONG = "a name that is far too long for a card of this width"


def lines(layout: Columns) -> list[Line]:
    return [item for item in layout.picture([], "A picture").drawing.items if isinstance(item, Line)]


def test_the_words_are_under_the_title_and_in_the_text_for_those_who_cannot_see_it():
    picture = Columns([HOLDERS], [], "Who is there").picture(["A", "  B"], "Two processes")
    assert picture.text == "Who is there\nA\n  B"
    assert picture.drawing.alt == "Two processes. A. B."


def test_arrows_go_from_edge_to_edge_either_way():
    layout = Columns([HOLDERS, ROWS], [Arrow("A", "low"), Arrow("low", "B")])
    there, back = lines(layout)
    a, b, low = (layout.boxes[name] for name in ("A", "B", "low"))
    assert (there.points[0][0], there.points[1][0]) == (a.x + a.width, low.x)
    assert back.points == ((low.x, low.y + low.height / 2), (b.x + b.width, b.y + b.height / 2))


def test_arrows_that_leave_one_card_are_apart_and_come_to_a_card_of_several_rows_at_their_own_height():
    layout = Columns([HOLDERS, ROWS], [Arrow("A", "high", "3"), Arrow("A", "high", "4")])
    one, other = lines(layout)
    assert other.points[0][1] - one.points[0][1] > 12
    middle = layout.boxes["A"].y + layout.boxes["A"].height / 2
    assert (one.points[0][1] + other.points[0][1]) / 2 == middle
    assert [line.points[0][1] for line in (one, other)] == [line.points[1][1] for line in (one, other)]


def test_everything_can_be_read():
    words = Column("words", [Card(n, LONG, (LONG, LONG), fill="shade" if n % 2 else "") for n in range(5)], 140)
    arrows = [Arrow(name, number, str(number)) for name in "AB" for number in range(5)]
    assert faults(Columns([HOLDERS, words], arrows, "A title").picture([], "A picture").drawing) == []
