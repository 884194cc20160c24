from helpers.study.cards import EDGES, CardPanel, Link, framed, inline, sentence, table


def test_a_table_is_aligned_text_and_escaped_html_with_links() -> None:
    rows = [("a < b", Link("`x`", 'n.ipynb#cell-id=x"')), ("c\nd", [Link("one", "1"), Link("two", "2")])]
    card = table(("first", "second"), rows, before="Before", after="after")
    assert card.text == repr(card) == "Before\nfirst  second\na < b  `x`\nc | d  one, two\nafter"
    assert "<div>Before</div><table>" in card.html and "</table><div>after</div>" in card.html
    assert ">a &lt; b</td>" in card.html and '<a href="n.ipynb#cell-id=x&quot;"><code>x</code></a>' in card.html
    assert '>c<br>d</td><td style="text-align: left"><a href="1">one</a>, <a href="2">two</a>' in card.html


def test_frames_differ_without_colour_and_keep_to_what_an_untrusted_notebook_keeps() -> None:
    assert len({EDGES[edge].split()[0] for edge in ("right", "wrong", "untried")}) == 3
    assert not any("var(" in framed("body", edge) or "<style" in framed("body", edge) for edge in EDGES)
    assert inline("`a<b` & c") == "<code>a&lt;b</code> &amp; c"


def test_a_panel_shows_the_card_of_its_choice_and_unrun_says_how_to_get_the_buttons() -> None:
    panel = CardPanel({"1": "one", "2": "two"}, lambda name: sentence(f"card {name}"), "one", "text", "<p>below</p>")
    bundle = panel._repr_mimebundle_()
    first = sentence("card one").html
    assert bundle["text/html"].startswith(f"{first}<p>below</p><div><small>Run this cell to get the")
    assert panel._repr_mimebundle_() == bundle and repr(panel) == bundle["text/plain"] == "text"
    assert panel.choose("two").text == "card two"
    assert panel.widget.children[1].outputs[0]["data"]["text/plain"] == "card two"
