from pathlib import Path

from helpers.study import find
from tests.study.folder import two_notebooks


def test_a_word_is_found_in_both_languages_with_a_link(tmp_path: Path) -> None:
    notebooks = two_notebooks(tmp_path / "notebooks")
    for word in ("握手", "HANDSHAKE"):
        card = find(word, notebooks)
        assert card.text == "notebook  section\n00 Start  A part"
        assert 'href="00_start.ipynb#cell-id=s0"' in card.html
    assert find("more", notebooks).text == "notebook  section\n01 More   More: what is it?"


def test_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    assert find("<b>", two_notebooks(tmp_path / "notebooks")).html.count("<b>") == 0
    assert find(" ", tmp_path).text == "No notebook says « »."


def test_chinese_readers_find_the_handshake() -> None:
    assert find("三次握手").text.splitlines()[1].startswith("12 The three-way handshake")


def test_where_a_word_is_everywhere_the_rest_is_counted() -> None:
    assert find("the").text.splitlines()[-1].endswith(" more sections")
