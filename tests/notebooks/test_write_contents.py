"""Openings, the README and the first notebook say of all notebooks what the notebooks say themselves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helpers.study.contents import cells_of, contents
from tests.notebooks.checkout import NOTEBOOKS
from tests.study.folder import prose, two_notebooks, write
from tools.write_contents import search_words, stale, with_table

README = "Before.\n\n| notebook | question |\n|---|---|\n| old | old |\n\nAfter.\n"


def test_nothing_is_stale() -> None:
    assert [path.name for path in stale()] == [], "run make contents"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text(README)
    return two_notebooks(tmp_path / "notebooks")


def bring_up_to_date(folder: Path) -> set[str]:
    changed = stale(folder, folder.parent / "README.md")
    for path, text in changed.items():
        path.write_text(text)
    return {path.name for path in changed}


def test_it_writes_links_minutes_and_tables_and_then_nothing(folder: Path) -> None:
    assert bring_up_to_date(folder) == {"README.md", "00_start.ipynb", "01_more.ipynb"}
    first, second = ("".join(cells_of(path)[0]["source"]) for path in sorted(folder.glob("*.ipynb")))
    assert first.splitlines()[2] == "[01 More →](01_more.ipynb)"
    assert second.splitlines()[2] == "[← 00 Start](00_start.ipynb)"
    assert "about 10 minutes" in first and "about 5 minutes" in second
    table = "".join(cells_of(folder / "00_start.ipynb")[-1]["source"])
    assert "| **00 Start** | What is it? | 10 | handshake 握手 |\n" in table
    assert "\n| [01 More](01_more.ipynb) | What is it? | 5 |  |\n" in table
    assert table.startswith("Before\n\n|") and table.endswith("|\n\nAfter a handshake.")
    readme = (folder.parent / "README.md").read_text()
    assert "| [01 More](notebooks/01_more.ipynb) | What is it? | 5 |\n\nAfter." in readme
    assert bring_up_to_date(folder) == set()


def test_a_third_notebook_has_three_links(folder: Path) -> None:
    write(folder / "02_last.ipynb", prose("t2", "# Last: why?\n\n[x](y)\n\n**Time:** about 1 minutes."))
    bring_up_to_date(folder)
    (line,) = re.findall(r"^\[.*", "".join(cells_of(folder / "02_last.ipynb")[0]["source"]), re.MULTILINE)
    assert line == "[← 01 More](01_more.ipynb) · [00 Start](00_start.ipynb)"


def test_all_else_in_a_file_stays(folder: Path) -> None:
    path = folder / "01_more.ipynb"
    before = json.loads(path.read_text())
    bring_up_to_date(folder)
    after = json.loads(path.read_text())
    assert after["cells"][1:] == before["cells"][1:] and after["cells"][0]["id"] == "t1"


@pytest.mark.parametrize("text", ["no table\n", README + README])
def test_one_table_is_wanted(text: str) -> None:
    with pytest.raises(ValueError, match="instead of one"):
        with_table(text, "")


def test_each_notebook_has_search_words_of_its_own() -> None:
    words = search_words(NOTEBOOKS)
    assert all(2 <= len(found) <= 4 for found in words.values())
    every = [word for found in words.values() for word in found]
    assert len(set(every)) == len(every)
    assert "three-way handshake 三次握手" in words["12_three_way_handshake"]


def test_openings_begin_with_title_and_links() -> None:
    for path, each in zip(NOTEBOOKS, contents(), strict=True):
        lines = "".join(cells_of(path)[0]["source"]).splitlines()
        assert lines[0].startswith(f"# {each.title}: ") and lines[1] == "" and lines[2].startswith("[")
