"""What a panel shows where it was not run: how one gets its buttons."""

from __future__ import annotations

import pytest

from helpers.lessons.claims.glossary import Glossary
from helpers.study.card_panel import CardPanel
from helpers.study.cards import Card


def test_an_unrun_panel_says_how_to_get_the_buttons() -> None:
    panel = CardPanel(["one", "two"], lambda name: Card(name, name), "one")
    assert panel.bundle("text", "<b>one</b>")["text/html"].startswith("<b>one</b><div><small>Run this cell to get the")
    assert "Run this cell to get the fields." in Glossary()._repr_mimebundle_()["text/html"]


def test_a_panel_is_the_same_widget_each_time_it_is_shown() -> None:
    panel = CardPanel(["one", "two"], lambda name: Card(name, name), "one")
    assert panel.bundle("", "") == panel.bundle("", "")


@pytest.mark.parametrize("choice", ["one", "two"])
def test_a_choice_shows_its_card(choice: str) -> None:
    panel = CardPanel(["one", "two"], lambda name: Card(f"card {name}", ""), "one")
    assert panel.choose(choice).text == f"card {choice}"
