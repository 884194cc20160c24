import json
from pathlib import Path
from typing import Any

import pytest

from helpers.study import reading_time
from helpers.study.contents import CHECKOUT, Asked, Section, Task, contents


def notebook(*sources: str | list[str], kind: str = "code") -> str:
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "source": source, "id": f"c{place}"} for place, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells})


def test_ids_come_from_the_calls_in_code_cells(tmp_path: Path) -> None:
    first = ["q = predict('11.close', 'What now?',\n", "            ['ab', 'cd'])"]
    path = tmp_path / "11_socket_lifecycle.ipynb"
    path.write_text(
        notebook(first, 'check("11.1", ...)\ncheck("11.2", f)', 'print("check(\'11.3\')")  # check("11.4")')
    )
    (found,) = contents(tmp_path)
    assert found.questions == (Asked("11.close", "What now?", ("ab", "cd"), "c0"),)
    assert found.exercises == (Task("11.1", "c1"), Task("11.2", "c1"))


def test_what_happened_is_what_the_saved_output_of_the_reveal_says(tmp_path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": "p", "source": 'q = predict("11.a", "?", ["one", "two"])\nq'},
        {"cell_type": "code", "id": "o", "source": 'r = predict("11.b", "?", ["one", "two"])\nr'},
        {"cell_type": "code", "id": "r", "source": "q.reveal(x)"},
    ]
    said = "Your prediction:      a) one\nWhat happened:        b) {}\nNot as you predicted."
    for option, expected in (("two", ["two", ""]), ("gone", ["", ""])):
        cells[2]["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": [said.format(option)]}}]
        (tmp_path / "11_a.ipynb").write_text(json.dumps({"cells": cells}))
        assert [question.happened for question in contents(tmp_path)[0].questions] == expected


def test_prose_and_other_files_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "11_a.ipynb").write_text(notebook('check("11.1", 1)', kind="markdown"))
    (tmp_path / "draft.ipynb").write_text(notebook('check("11.1", 1)'))
    (found,) = contents(tmp_path)
    assert (found.notebook, found.exercises) == ("11_a", ())


def test_an_unfinished_cell_hides_only_itself(tmp_path: Path) -> None:
    (tmp_path / "11_a.ipynb").write_text(notebook("check(", "%magic", "\0", 'check("11.1", 1)'))
    assert contents(tmp_path)[0].exercises == (Task("11.1", "c3"),)


def test_a_title_is_a_name_and_a_question(tmp_path: Path) -> None:
    texts = ["# Moving bytes: which call?\nProse", "before\n\n## Part\n### Detail", "```\n# no heading\n```"]
    (tmp_path / "14_b.ipynb").write_text(notebook(*texts, kind="markdown"))
    (found,) = contents(tmp_path)
    assert (found.name, found.asks) == ("14 Moving bytes", "Which call?")
    assert [(section.title, section.cell) for section in found.sections] == [
        ("Moving bytes: which call?", "c0"), ("Part", "c1"),
    ]  # fmt: skip
    assert found.section_of("c2").title == "Part"
    assert found.link("c2") == "14_b.ipynb#cell-id=c2"
    assert isinstance(found.sections[0], Section) and found.minutes == sum(each.minutes for each in found.sections)


def test_minutes_grow_with_what_there_is_to_do() -> None:
    def minutes(source: str, kind: str = "code", **more: Any) -> float:
        return reading_time.minutes([{"cell_type": kind, "source": source, **more}])

    assert minutes("word " * 300, "markdown") == 2
    assert minutes("[one](a-long-target.ipynb) two, three", "markdown") == 3 / reading_time.WORDS_A_MINUTE
    assert minutes("x = 1\n\ny = 2") == 2 / reading_time.LINES_A_MINUTE
    folded = {"jupyter": {"source_hidden": True}}
    assert minutes("x = 1\ny = 2", metadata=folded) == 0
    assert minutes('predict("a", "b", c)', metadata=folded) == reading_time.A_QUESTION
    assert minutes('predict("a", "b", c)') - minutes('print("a", "b", c)') == reading_time.A_QUESTION
    assert minutes('check("a", 1)') - minutes('print("a", 1)') == pytest.approx(reading_time.AN_EXERCISE)
    picture = [{"data": {"image/png": "..."}}]
    assert minutes("x", outputs=picture) - minutes("x") == pytest.approx(reading_time.A_PICTURE)


@pytest.mark.parametrize(("estimate", "told"), [(0, 5), (7, 5), (8, 10), (62.4, 60), (63, 65)])
def test_minutes_are_told_in_steps_of_five(estimate: float, told: int) -> None:
    assert reading_time.rounded(estimate) == told


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"[]", b"null", b"\xff", b'{"cells": [7]}', b'{"cells": [{}]}']
)
def test_a_damaged_notebook_hides_only_itself(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "11_a.ipynb").write_bytes(damaged)
    (tmp_path / "12_b.ipynb").write_text(notebook())
    assert [each.notebook for each in contents(tmp_path)] == ["12_b"]


def test_the_checkout_is_where_the_helpers_are() -> None:
    assert (CHECKOUT / "helpers" / "study" / "contents.py").is_file()
