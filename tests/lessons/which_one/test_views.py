"""The picture, the table, the progress bar and the loops' source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.lessons.which_one import MECHANISMS, SIZES, Chart, Measure, Placement, Results, loop_of, table
from helpers.lessons.which_one.chart import FAMILIES, GAP, spread
from helpers.lessons.which_one.mechanisms import KINDS
from helpers.lessons.which_one.results import Figure, Key
from helpers.lessons.which_one.tables import speed_text
from tests.lessons.which_one.test_results import FLOOR, MACHINE, around


def everything(factor: float = 1.0) -> Results:
    figures = {
        Key(name, measure, size, placement): around(factor * (100 + 10 * number + size))
        for number, name in enumerate(MECHANISMS)
        for measure in Measure
        for size in SIZES
        for placement in Placement
    }
    return Results(MACHINE, FLOOR, {}, figures)


@given(st.lists(st.floats(0, 1)).map(sorted), st.floats(0, 0.1))
def test_spread(heights: list[float], gap: float) -> None:
    moved = spread(heights, gap)
    assert len(moved) == len(heights)
    assert all(two - one >= gap - 1e-9 for one, two in zip(moved, moved[1:], strict=False))
    assert sum(moved) == pytest.approx(sum(heights))


def test_names_that_have_room_stay() -> None:
    assert spread([0.1, 0.5, 0.9], GAP) == [0.1, 0.5, 0.9]


def test_every_mechanism_has_a_line() -> None:
    assert sorted(name for family in FAMILIES.values() for name in family) == sorted(KINDS)


@pytest.mark.parametrize("placement", Placement)
def test_the_chart_differs_and_its_text_does_not(placement: Placement) -> None:
    one, two = (Chart(everything(factor), placement) for factor in (1.0, 30.0))
    assert repr(one) == repr(two) and str(placement) in repr(one)
    bundle, metadata = one._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["image/png"] != two.to_png()
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == repr(one)


def test_a_chart_of_nothing() -> None:
    assert Chart(Results(MACHINE, FLOOR), Placement.ONE_CORE).to_png().startswith(b"\x89PNG")


def test_the_table_says_what_it_does_not_know() -> None:
    where = (Measure.ROUND_TRIP, 64, Placement.ONE_CORE)
    made = Results(MACHINE, FLOOR, {"door": "no doors here"})
    made.figures = {Key("pipe", *where): around(3456), Key("TCP", *where): Figure(1, 1, 9e6, 9e6, 1, 99)}
    made.missing = {Key("UDP", *where): "too long", Key("door", *where): "no doors here"}
    text = str(table(made, Measure.ROUND_TRIP, Placement.ONE_CORE))
    for line in ("pipe  3.46 µs", "TCP   9 ms ?", "UDP   too long", "door  no doors here", "99 of 115 slices"):
        assert line in text, text


def test_speeds() -> None:
    speeds = {1500: "1.5 kB/s", 2.5e6: "2.5 MB/s", 999.9e6: "1 GB/s", 12.34e9: "12.3 GB/s"}
    assert {each: speed_text(each) for each in speeds} == speeds


@pytest.mark.parametrize("mechanism", KINDS)
def test_the_loops_can_be_read(mechanism: str) -> None:
    assert loop_of(mechanism, Measure.ROUND_TRIP).startswith("def ask(self")
    assert "\ndef answer(self" in loop_of(mechanism, Measure.ROUND_TRIP)
    assert "\ndef receive(self" in loop_of(mechanism, Measure.ONE_WAY)
