import re

import pytest

from helpers.study.cards import EDGES, Card, Link, framed, inline, table


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


def test_a_table_is_aligned_text_and_escaped_html_with_links() -> None:
    rows = [("a < b", Link("`x`", 'n.ipynb#cell-id=x"')), ("c", [Link("one", "1"), Link("two", "2")])]
    card = table(("first", "second"), rows, before="Before", after="after")
    assert card.text == "Before\nfirst  second\na < b  `x`\nc      one, two\nafter"
    assert "<div>Before</div><table>" in card.html and "</table><div>after</div>" in card.html
    assert ">a &lt; b</td>" in card.html and '<a href="n.ipynb#cell-id=x&quot;"><code>x</code></a>' in card.html
    assert '<a href="1">one</a>, <a href="2">two</a>' in card.html


def test_a_card_as_an_output_is_what_a_widget_of_outputs_takes() -> None:
    data = {"text/plain": "a", "text/html": "<b>a</b>"}
    assert Card("a", "<b>a</b>").as_output() == {"output_type": "display_data", "data": data, "metadata": {}}
