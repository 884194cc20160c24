"""What is built from the notebooks: openings, tables, and the data of notebooks 00 and 17; none of it is stale."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.checkout import NOTEBOOKS
from tools.contents import cells_of, contents
from tools.terms import defined_terms, glossary_data
from tools.write_contents import WAYS, lesson, search_words, stale, way_row

EVERY = contents()
OPENING = "# {}: what is it?\n\n[somewhere](nowhere)\n\n**Time:** about 99 minutes.\n"
TABLE = "Before\n\n| notebook | question |\n|---|---|\n| old | old |\n\nAfter a handshake."
OPTIONS = ("one", "two", "three")


def prose(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "source": source, "metadata": {}}


def code(name: str, source: str, outputs: list[Any] | None = None, tags: list[str] | None = None) -> dict[str, Any]:
    about = {"outputs": outputs or [], "metadata": {"tags": tags or []}}
    return {"cell_type": "code", "id": name, "source": source, **about}


def asks(name: str, happened: str = "") -> list[dict[str, Any]]:
    """The cells of a question and of its reveal, with a saved output where something happened."""
    outputs = [{"data": {"text/plain": [f"What happened:        a) {happened}"]}}] if happened else []
    question = f'q = predict("{name}", "What comes of {name}?", {OPTIONS})\nq'
    return [code(f"ask-{name}", question), code(f"reveal-{name}", "q.reveal(x)", outputs)]


def write(path: Path, *cells: dict[str, Any]) -> None:
    path.write_text(json.dumps({"cells": cells}, indent=1, ensure_ascii=False) + "\n")


def test_nothing_is_stale() -> None:
    assert [path.name for path in stale()] == [], "run make contents"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three notebooks, and a README."""
    (tmp_path / "README.md").write_text(f"{TABLE}\n")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    part = prose("s0", "## A part\n\nA **handshake** (握手) has three parts.")
    first = [*asks("00.a", "one"), code("c1", 'check("00.1", ...)'), part, *asks("00.b", "two"), prose("table", TABLE)]
    write(folder / "00_start.ipynb", prose("t0", OPENING.format("Start")), *first)
    write(folder / "01_more.ipynb", prose("t1", OPENING.format("More")), *asks("01.a", "three"), *asks("01.b"))
    write(folder / "02_last.ipynb", prose("t2", OPENING.format("Last")))
    return folder


def bring_up_to_date(folder: Path) -> set[str]:
    changed = stale(folder, folder.parent / "README.md")
    for path, text in changed.items():
        path.write_text(text)
    return {path.name for path in changed}


def test_it_writes_links_minutes_and_tables_and_then_nothing(folder: Path) -> None:
    before = cells_of(folder / "01_more.ipynb")
    assert bring_up_to_date(folder) == {"README.md", "00_start.ipynb", "01_more.ipynb", "02_last.ipynb"}
    first, second, third = (cells_of(path)[0]["source"] for path in sorted(folder.glob("*.ipynb")))
    assert first.splitlines()[2] == "[01 More →](01_more.ipynb)"
    assert second.splitlines()[2] == "[← 00 Start](00_start.ipynb) · [02 Last →](02_last.ipynb)"
    assert third.splitlines()[2] == "[← 01 More](01_more.ipynb) · [00 Start](00_start.ipynb)"
    assert "about 10 minutes" in first and "about 5 minutes" in second
    table = cells_of(folder / "00_start.ipynb")[-1]["source"]
    assert "| **00 Start** | What is it? | 10 | handshake 握手 |\n| [01 More](01_more.ipynb) | What is it?" in table
    assert table.startswith("Before\n\n|") and table.endswith("|\n\nAfter a handshake.")
    readme = (folder.parent / "README.md").read_text()
    assert "| [02 Last](notebooks/02_last.ipynb) | What is it? | 5 |\n\nAfter" in readme
    assert cells_of(folder / "01_more.ipynb")[1:] == before[1:]
    assert bring_up_to_date(folder) == set()


def test_each_notebook_has_search_words_of_its_own() -> None:
    words = search_words(NOTEBOOKS)
    assert all(2 <= len(found) <= 4 for found in words.values())
    every = [word for found in words.values() for word in found]
    assert len(set(every)) == len(every)
    assert "three-way handshake 三次握手" in words["12_three_way_handshake"]


def test_the_tasks_of_a_notebook_stand_in_their_order_with_what_happened(folder: Path) -> None:
    tasks = [task for each in contents(folder) for task in lesson(each)["tasks"]]
    assert [(task["id"], task["cell"], task.get("happened")) for task in tasks] == [
        ("00.a", "ask-00.a", "one"), ("00.1", "c1", None), ("00.b", "ask-00.b", "two"),
        ("01.a", "ask-01.a", "three"), ("01.b", "ask-01.b", None),
    ]  # fmt: skip
    assert (tasks[0]["text"], tasks[0]["options"]) == ("What comes of 00.a?", OPTIONS)


def test_of_each_question_of_the_course_the_result_is_known() -> None:
    assert [asked.id for each in EVERY for asked in each.questions if not asked.happened] == []


def test_ways_follow_the_course_from_heading_to_heading_in_the_time_they_promise() -> None:
    places = {(each.file[:2], cell): (each, n) for each in EVERY for n, cell in enumerate(each.cells)}
    for way in tomllib.loads(WAYS.read_text())["way"]:
        order = [(each.file, place) for each, place in (places[number, cell] for number, cell, _, _ in way["steps"])]
        assert order == sorted(set(order))
        needed = sum(way_row(places[number, cell][0], cell, why)[2] for number, cell, why, _ in way["steps"])
        assert 0.8 * way["minutes"] <= needed <= way["minutes"]
        for number, cell, _, keys in way["steps"]:
            each = places[number, cell][0]
            key_cells = [asked.cell for asked in each.questions if asked.id in keys]
            assert len(key_cells) == len(keys)
            assert {each.section_of(place).cell for place in (cell, *key_cells)} == {cell}


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("its *page fault* (缺页异常).", "page fault", "缺页异常"),
        ("**MTU**, Maximum Transmission Unit (最大传输单元): the", "MTU, Maximum Transmission Unit", "最大传输单元"),
        ("**system**, or well-known ports (系统端口, 知名端口) |", "system, or well-known ports", "系统端口, 知名端口"),
        ("**multihomed** (多宿主; [RFC 1122 §3](https://x.org/a))", "multihomed", "多宿主"),
        ("| CLOSED (关闭) | – |", "CLOSED", "关闭"),
        ("**EPIPE**, and before that a signal (信号); **bold** (no Chinese) and 套接字", None, None),
    ],
)
def test_what_is_a_definition(tmp_path: Path, text: str, english: str | None, chinese: str | None) -> None:
    write(tmp_path / "07_terms.ipynb", prose("c", text))
    found = [(term.english, term.chinese) for term in defined_terms(tmp_path / "07_terms.ipynb")]
    assert found == ([(english, chinese)] if english else [])


def test_a_term_of_the_article_leads_to_the_cell_that_has_met_it_then_to_definitions(tmp_path: Path) -> None:
    texts = ("A **socket** (套接字) is `one`. **Knot** (结): of a rope.", "**Sockets** (套接字). A **knot** (绳结).")
    tagged = code("c0", "pass", [], ["T39"]), code("c1", "1", [{}], ["T39"])
    write(tmp_path / "00_one.ipynb", prose("p0", texts[0]), *tagged)
    write(tmp_path / "01_two.ipynb", prose("p1", texts[1]))
    entries = glossary_data(sorted(tmp_path.glob("*.ipynb")))
    (socket,) = (entry for entry in entries if entry["id"] == "T39")
    assert [target for _, target in socket["places"]] == ["00_one.ipynb#cell-id=c1", "01_two.ipynb#cell-id=p1"]
    knots = [(entry["chinese"], entry["clause"]) for entry in entries if entry["english"].casefold() == "knot"]
    assert knots == [("结", "Knot (结): of a rope."), ("绳结", "A knot (绳结).")]
