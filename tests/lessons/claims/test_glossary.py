"""The glossary has every term of the course once, in both languages, with links that lead to cells."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.lessons.claims.glossary import EVERY, MOST, Glossary, glossary
from tests.notebooks.checkout import NOTEBOOKS
from tests.study.conftest import drawn

CELLS: dict[str, Any] = {
    f"{path.name}#cell-id={cell['id']}": cell
    for path in NOTEBOOKS
    for cell in json.loads(path.read_text("utf-8"))["cells"]
}


def test_each_entry_has_both_languages_and_leads_to_cells() -> None:
    assert sorted(entry.id for entry in glossary.entries if entry.id) == [f"T{n:02}" for n in range(1, 85)]
    for entry in glossary.entries:
        assert re.search("[A-Za-z]", entry.english) and re.search("[\u4e00-\u9fff]", entry.chinese), entry
        assert entry.clause and entry.places and {target for _, target in entry.places} <= CELLS.keys(), entry
        first = CELLS[entry.places[0][1]]
        assert not entry.id or (entry.id in first["metadata"]["tags"] and first["outputs"]), entry


def test_the_word_itself_comes_first_then_whole_words_in_either_language() -> None:
    for word, english in (("socket", "socket"), (" 套接字", "socket"), ("T39", "socket"), ("tcp", "TCP"),
                          ("ipptoto_udp", "IPPROTO_UDP"), ("SYN_SEND", "SYN-SENT")):  # fmt: skip
        assert glossary.search(word)[0].english == english
    found = [entry.english.casefold() for entry in glossary.search("ack")]
    assert found[0] == "ack" and found.index("syn ack") < found.index("acknowledgement")
    assert glossary.search(" ") == []
    assert glossary.find("<b>").html.count("<b>") == 0


def test_by_letter_and_by_notebook() -> None:
    assert glossary.by_letter().html.count("<a ") == len(glossary.entries)
    assert glossary.letter("t").text == glossary.letter("T").text
    assert "three-way handshake" in glossary.notebook("12").text
    assert "marshalling" not in glossary.notebook("12").text
    with pytest.raises(CourseError, match="no terms of letter #, notebook all"):
        glossary.letter("#")


def test_the_panel_shows_what_the_calls_show() -> None:
    panel = Glossary()
    bundle = panel._repr_mimebundle_()
    box = drawn(bundle)
    word, letter, number = box.children[0].children
    assert [each.description for each in (word, letter, number)] == ["word", "letter", "notebook"]
    assert "Run this cell to get the fields." in bundle["text/html"]

    def shown() -> str:
        return str(box.children[1].outputs[0]["data"]["text/plain"])

    assert f"and {len(panel.entries) - MOST} more" in shown()
    word.value = "三次握手"
    assert shown() == panel.find("三次握手").text
    word.value, letter.value, number.value = "", "K", EVERY
    assert shown() == panel.letter("K").text
    letter.value, number.value, word.value = EVERY, "05", "套接字"
    assert shown() == "No term fits all three."
    word.value = "xyzzy"
    assert shown() == panel.find("xyzzy").text
