"""Terms are found in the forms in which notebooks define them; and in each notebook of the course some are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.lessons.claims.defined_terms import DefinedTerm, defined_terms
from tests.notebooks.checkout import NOTEBOOKS


def terms_in(folder: Path, *texts: str) -> list[DefinedTerm]:
    cells = [{"cell_type": "markdown", "id": f"cell-{n}", "source": [text]} for n, text in enumerate(texts, 1)]
    code = {"cell_type": "code", "id": "code", "source": ["'**no** (不)'"]}
    path = folder / "07_terms.ipynb"
    path.write_text(json.dumps({"cells": [code, *cells]}))
    return defined_terms(path)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("A **datagram** (数据报) is one message.", "datagram", "数据报"),
        ("its *page fault* (缺页异常).", "page fault", "缺页异常"),
        ("**futex**, 快速用户空间互斥体: a word", "futex", "快速用户空间互斥体"),
        ("the **loopback** (回环) address", "loopback", "回环"),
        ("**MTU**, Maximum Transmission Unit (最大传输单元): the", "MTU, Maximum Transmission Unit", "最大传输单元"),
        ("**system**, or well-known ports (系统端口, 知名端口) |", "system, or well-known ports", "系统端口, 知名端口"),
        ("a **Unix socket**\n(Unix 域套接字)", "Unix socket", "Unix 域套接字"),
        ("**FIFO** (命名管道, first in, first out)", "FIFO", "命名管道"),
        ("**multihomed** (多宿主; [RFC 1122 §3](https://x.org/a))", "multihomed", "多宿主"),
        ("**TTL** ([生存时间](a.ipynb))", "TTL", "生存时间"),
        ("| CLOSED (关闭) | – |", "CLOSED", "关闭"),
        ("**EPIPE**, and before that a signal (信号)", None, None),
        ("**bold** (no Chinese) and 套接字", None, None),
        ("`**a** = (信号)`", None, None),
    ],
)
def test_a_definition(tmp_path: Path, text: str, english: str | None, chinese: str | None) -> None:
    found = [(term.english, term.chinese) for term in terms_in(tmp_path, text)]
    assert found == ([(english, chinese)] if english else [])


def test_where_it_stands_and_what_it_says(tmp_path: Path) -> None:
    text = "Look. A **pipe** (管道) is a [buffer](x.ipynb) of the `kernel`: two ends. More."
    assert terms_in(tmp_path, "## Words", text) == [
        DefinedTerm("pipe", "管道", "07_terms", "cell-2", "A pipe (管道) is a buffer of the kernel: two ends.")
    ]


def test_the_first_definition_counts(tmp_path: Path) -> None:
    first, second = "A **pipe** (管道) is one.", "A **Pipe** (管道) is another."
    assert [term.cell for term in terms_in(tmp_path, first, second)] == ["cell-1"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": [1]}', '{"cells": [{"cell_type": "markdown"}]}'])
def test_no_notebook_is_a_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "00_no.ipynb").write_text(content)
    with pytest.raises(ValueError):
        defined_terms(tmp_path / "00_no.ipynb")


@given(st.text(alphabet="*|() ,;.\n[]a-中文§:", max_size=80))
def test_any_text_can_be_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    for term in terms_in(tmp_path_factory.getbasetemp(), text):
        assert term.english and term.chinese and term.sentence


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_up_to_15_defines_some(path: Path) -> None:
    assert path.stem[:2] >= "16" or len(defined_terms(path)) > 3
