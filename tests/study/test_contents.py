import json
from pathlib import Path
from typing import Any

import pytest

from helpers.study.contents import CHECKOUT, Contents, contents


def notebook(*sources: str | list[str], kind: str = "code") -> str:
    cells: list[dict[str, Any]] = [{"cell_type": kind, "source": source} for source in sources]
    return json.dumps({"cells": cells})


def test_ids_come_from_the_calls_in_code_cells(tmp_path: Path) -> None:
    first = ["q = predict('11.close', 'What now?',\n", "            ['ab', 'cd'])"]
    path = tmp_path / "11_socket_lifecycle.ipynb"
    path.write_text(
        notebook(first, 'check("11.1", ...)\ncheck("11.2", f)', 'print("check(\'11.3\')")  # check("11.4")')
    )
    assert contents(tmp_path) == [
        Contents("11_socket_lifecycle", frozenset({"11.close"}), frozenset({"11.1", "11.2"}))
    ]


def test_prose_and_other_files_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "11_a.ipynb").write_text(notebook('check("11.1", 1)', kind="markdown"))
    (tmp_path / "draft.ipynb").write_text(notebook('check("11.1", 1)'))
    assert contents(tmp_path) == [Contents("11_a", frozenset(), frozenset())]


def test_an_unfinished_cell_hides_only_itself(tmp_path: Path) -> None:
    (tmp_path / "11_a.ipynb").write_text(notebook("check(", "%magic", "\0", 'check("11.1", 1)'))
    assert contents(tmp_path) == [Contents("11_a", frozenset(), frozenset({"11.1"}))]


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"[]", b"null", b"\xff", b'{"cells": [7]}', b'{"cells": [{}]}']
)
def test_a_damaged_notebook_hides_only_itself(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "11_a.ipynb").write_bytes(damaged)
    (tmp_path / "12_b.ipynb").write_text(notebook())
    assert [each.notebook for each in contents(tmp_path)] == ["12_b"]


def test_the_checkout_is_where_the_helpers_are() -> None:
    assert (CHECKOUT / "helpers" / "study" / "contents.py").is_file()
