import re

import pytest

from helpers.study.cards import EDGES, Card, framed, inline


def test_inline_escapes_and_sets_code() -> None:
    assert inline("`a<b` & c") == "<code>a&lt;b</code> &amp; c"


def test_a_card_reads_the_same_as_text_and_in_its_bundle() -> None:
    card = Card("text", "<b>text</b>")
    assert repr(card) == "text"
    assert card._repr_mimebundle_() == {"text/plain": "text", "text/html": "<b>text</b>"}


@pytest.mark.parametrize("edge", EDGES)
def test_frames_use_only_what_an_untrusted_notebook_keeps(edge: str) -> None:
    html = framed("body", edge)
    assert "var(" not in html
    assert "<style" not in html
    assert re.search(rf"border-left: 6px {EDGES[edge]};", html)


def test_each_kind_of_card_differs_without_colour() -> None:
    shapes = [EDGES[edge].split()[0] for edge in ("right", "wrong", "untried")]
    assert len(set(shapes)) == 3
