"""The glossary has every term of the course once, in both languages, with links that lead to cells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from helpers.lessons.claims.curriculum import ROWS
from helpers.lessons.claims.defined_terms import defined_terms
from helpers.lessons.claims.glossary import EVERY, MOST, Glossary, NoSuchTerms, glossary
from tests.notebooks.checkout import NOTEBOOKS
from tests.study.conftest import drawn
from tests.study.folder import code, prose, write

CELLS: dict[str, Any] = {
    f"{path.name}#cell-id={cell['id']}": cell
    for path in NOTEBOOKS
    for cell in json.loads(path.read_text("utf-8"))["cells"]
}
OF_THE_ARTICLE = [entry for entry in glossary.entries if entry.id]


def small(folder: Path) -> Glossary:
    tagged = code("c1", "1", [{"output_type": "stream"}]) | {"metadata": {"tags": ["T39", "C01"]}}
    silent = code("c0", "pass") | {"metadata": {"tags": ["T39"]}}
    write(folder / "00_one.ipynb", prose("p0", "A **socket** (套接字) is one. A **knot** (结) too."), silent, tagged)
    write(folder / "01_two.ipynb", prose("p1", "**Sockets** (套接字) are many. **Knot** (绳结): of a rope."))
    return Glossary(folder)


def test_each_id_of_the_article_is_there_once() -> None:
    assert [row.id for row in ROWS] == [f"T{n:02}" for n in range(1, 85)]
    assert sorted(entry.id for entry in OF_THE_ARTICLE) == [row.id for row in ROWS]


def test_both_languages_are_there() -> None:
    for entry in glossary.entries:
        assert re.search("[A-Za-z]", entry.english) and re.search("[\u4e00-\u9fff]", entry.chinese), entry
        assert entry.clause, entry


def test_each_link_leads_to_a_cell() -> None:
    for entry in glossary.entries:
        assert entry.places, entry
        assert {link.target for link in entry.places} <= CELLS.keys(), entry


@pytest.mark.parametrize("entry", OF_THE_ARTICLE, ids=lambda entry: entry.id)
def test_a_term_of_the_article_leads_to_a_cell_that_meets_it(entry: Any) -> None:
    cell = CELLS[entry.places[0].target]
    assert entry.id in cell["metadata"]["tags"] and cell["outputs"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_defines_is_found_in_both_languages(path: Path) -> None:
    for term in defined_terms(path):
        for word in (term.english.rstrip("s"), term.chinese):
            assert any(entry.is_about(term) for entry in glossary.search(word)), (word, term)


def test_a_cell_without_output_has_met_nothing(tmp_path: Path) -> None:
    (entry,) = (entry for entry in small(tmp_path).entries if entry.id == "T39")
    assert [link.target for link in entry.places] == ["00_one.ipynb#cell-id=c1", "01_two.ipynb#cell-id=p1"]


def test_one_word_with_two_meanings_is_two_entries(tmp_path: Path) -> None:
    assert [entry.chinese for entry in small(tmp_path).search("KNOT")] == ["结", "绳结"]


def test_find_in_either_language_and_by_the_articles_name() -> None:
    for word in ("socket", " 套接字", "T39"):
        assert glossary.search(word)[0].id == "T39", word
    assert glossary.search("ipptoto_udp")[0].english == "IPPROTO_UDP"
    assert glossary.search("SYN_SEND")[0].english == "SYN-SENT"
    card = glossary.find("三次握手")
    assert "three-way handshake" in card.text and 'href="12_three_way_handshake.ipynb#cell-id=' in card.html


def test_the_word_itself_comes_first_then_whole_words() -> None:
    assert glossary.search("tcp")[0].english == "TCP"
    found = [entry.english.casefold() for entry in glossary.search("ack")]
    assert found[0] == "ack" and found.index("syn ack") < found.index("acknowledgement")


def test_what_is_not_there_is_a_sentence() -> None:
    assert glossary.find("<b>").html.count("<b>") == 0
    assert glossary.find("<b>").text.startswith("The glossary has no «<b>».")
    assert glossary.search(" ") == []


def test_by_letter_and_by_notebook() -> None:
    everything = glossary.by_letter()
    assert everything.html.count("<a ") == len(glossary.entries)
    assert sum(len(glossary.letter(letter).text.splitlines()) - 1 for letter in glossary.letters) == len(
        glossary.entries
    )
    assert glossary.letter("t").text == glossary.letter("T").text
    assert "three-way handshake" in glossary.notebook("12").text
    assert "marshalling" not in glossary.notebook("12").text
    with pytest.raises(NoSuchTerms, match="no terms of letter #"):
        glossary.letter("#")
    with pytest.raises(NoSuchTerms, match="notebook 99"):
        glossary.notebook("99")


def shown(box: Any) -> str:
    return str(box.children[1].outputs[0]["data"]["text/plain"])


def test_the_panel_shows_what_the_twin_shows() -> None:
    panel = Glossary()
    bundle = panel._repr_mimebundle_()
    box = drawn(bundle)
    word, letter, number = box.children[0].children
    assert bundle["text/plain"] == repr(panel) and "glossary.find" in bundle["text/html"]
    assert f"and {len(panel.entries) - MOST} more" in shown(box)
    assert len(shown(box).splitlines()) == 1 + MOST + 1
    word.value = "三次握手"
    assert shown(box) == panel.find("三次握手").text
    word.value = ""
    letter.value, number.value = "K", EVERY
    assert shown(box) == panel.letter("K").text
    letter.value, number.value = EVERY, "05"
    assert shown(box).split()[:40] == panel.notebook("05").text.split()[:40]
    word.value = "套接字"
    assert shown(box) == "No term fits all three."
    word.value = "xyzzy"
    assert shown(box) == panel.find("xyzzy").text


def test_the_lists_of_the_panel_are_named_for_readers_of_a_screen() -> None:
    assert [each.description for each in glossary.panel.widget.children[0].children] == ["word", "letter", "notebook"]
