"""Tables as text and as HTML."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from helpers.draw.grid import Grid, Part

GRID = Grid(
    "Title <&>",
    (
        Part("one", ("a", "long name"), (("1", "<b>"), ("22", "")), "nothing"),
        Part("two", ("a",), (), "nothing"),
    ),
    "[live on Linux 6.18.1, 2026-01-31]",
)


def test_text_is_in_columns():
    assert str(GRID).splitlines() == [
        "Title <&>",
        "one",
        "  a   long name",
        "  1   <b>",
        "  22",
        "two",
        "  nothing",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_html_has_the_same_content_and_nothing_of_it_is_markup():
    root = ET.fromstring(GRID.html())
    cells = [element.text or "" for element in root.iter("td")]
    assert cells == ["1", "<b>", "22", "", "nothing"]
    assert [element.text for element in root.iter("th")] == ["a", "long name"]
    assert [element.text for element in root.iter("caption")] == ["one", "two"]


def test_html_carries_no_style_sheet_that_could_reach_the_page():
    assert "<style" not in GRID.html()
    assert "var(--jp-content-font-color1" in GRID.html()


def test_a_cell_shows_both_forms_and_the_source():
    bundle = GRID._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert all("[live on Linux 6.18.1, 2026-01-31]" in content for content in bundle.values())
    assert repr(GRID) == str(GRID) == bundle["text/plain"]


def test_dollars_are_no_formula():
    root = ET.fromstring(Grid("", (Part("", ("a",), (("$ echo $$",),), ""),), "").html())
    cell = next(root.iter("td"))
    assert "".join(cell.itertext()) == "$ echo $$"
    assert [element.text for element in cell] == ["$", "$", "$"]
