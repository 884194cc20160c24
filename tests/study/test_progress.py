import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.study import progress
from helpers.study.contents import CHECKOUT
from helpers.study.progress import NotebookProgress

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KINDS = ["answer", "happened", "outcome", "exercise", "mixed", "round"]
EVENTS = st.fixed_dictionaries(
    {},
    optional={"kind": st.sampled_from(KINDS) | JSON, "id": JSON, "value": JSON},
)


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    sources = {
        "11_lifecycle": ['predict("11.a", "?", o)', 'predict("11.b", "?", o)', 'check("11.1", ...)'],
        "12_handshake": ['check("12.1", ...)', 'check("12.2", ...)'],
    }
    for name, cells in sources.items():
        code = [{"cell_type": "code", "source": source} for source in cells]
        (folder / f"{name}.ipynb").write_text(json.dumps({"cells": code}))
    return folder


def test_nothing_done_yet(notebooks: Path, progress_file: Path) -> None:
    assert progress.summary(notebooks) == [
        NotebookProgress("11_lifecycle", questions=2, answered=0, right=0, exercises=1, passed=0),
        NotebookProgress("12_handshake", questions=0, answered=0, right=0, exercises=2, passed=0),
    ]
    assert repr(progress.show(notebooks)) == (
        "Notebook      Predictions made  of them right  Exercises passed\n"
        "11_lifecycle  0 of 2            0              0 of 1\n"
        "12_handshake  0 of 0            0              0 of 2\n"
        "all           0 of 2            0              0 of 3"
    )
    assert not progress_file.exists()  # looking writes nothing


def test_what_was_done_is_counted_by_notebook(notebooks: Path) -> None:
    progress.keep_answer("11.a", "yes")
    progress.keep_answer("11.b", "no")
    progress.keep_outcome("11.a", True)
    progress.keep_outcome("11.b", False)
    progress.keep_passed("12.2")
    progress.keep_passed("12.9")  # an exercise that no notebook has any more
    assert progress.summary(notebooks) == [
        NotebookProgress("11_lifecycle", questions=2, answered=2, right=1, exercises=1, passed=0),
        NotebookProgress("12_handshake", questions=0, answered=0, right=0, exercises=2, passed=1),
    ]
    assert ">1 of 2</td>" in progress.show(notebooks).html


def test_an_answer_after_the_result_is_not_counted(notebooks: Path) -> None:
    progress.keep_answer("11.a", "yes")
    for question in ("11.a", "11.b"):
        progress.keep_happened(question, "yes")
        progress.keep_answer(question, "no")
    assert [progress.is_late(question) for question in ("11.a", "11.b")] == [False, True]
    assert progress.answer_to("11.b") == "no"
    assert progress.summary(notebooks)[0].answered == 1


def test_the_last_event_counts() -> None:
    for option in ("yes", "no"):
        progress.keep_answer("11.a", option)
    assert progress.answer_to("11.a") == "no"
    assert progress.answer_to("11.b") is None


def test_only_changes_are_written(progress_file: Path) -> None:
    for _ in range(3):
        progress.keep_answer("11.a", "yes")
        progress.keep_outcome("11.a", True)
        progress.keep_passed("11.1")
    assert len(progress_file.read_text().splitlines()) == 3
    progress.keep_outcome("11.a", False)
    assert len(progress_file.read_text().splitlines()) == 4


def test_a_try_that_was_written_after_a_pass_takes_nothing_back(progress_file: Path) -> None:
    events = [{"kind": "exercise", "id": "11.1", "value": value} for value in ("passed", "tried")]
    progress_file.write_text("".join(json.dumps(event) + "\n" for event in events))
    assert (progress.state().passed, progress.state().tried) == ({"11.1"}, set())


def test_another_process_sees_it() -> None:
    progress.keep_answer("11.a", "yes")
    script = (
        "from helpers.study import progress; progress.keep_passed('11.1'); print(progress.answer_to('11.a'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=60
    )
    assert run.stdout == "yes\n"
    assert progress.state().passed == {"11.1"}


def test_reset_forgets_everything(notebooks: Path) -> None:
    before = progress.summary(notebooks)
    progress.keep_answer("11.a", "yes")
    progress.keep_outcome("11.a", True)
    progress.keep_happened("11.a", "yes")
    assert progress.is_revealed("11.a")
    assert progress.summary(notebooks) != before
    progress.reset()
    assert not progress.is_revealed("11.a")
    assert progress.summary(notebooks) == before


@pytest.mark.parametrize("kind", ["answer", "happened", "outcome", "exercise", "mixed", "round"])
def test_an_event_with_a_value_of_another_kind_is_skipped(
    notebooks: Path, progress_file: Path, kind: str
) -> None:
    before = progress.summary(notebooks)
    progress_file.write_text(json.dumps({"kind": kind, "id": "11.a", "value": 7}))
    assert progress.summary(notebooks) == before


@given(st.lists(EVENTS | JSON))
def test_no_content_of_the_file_stops_it(values: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "progress.jsonl"
        path.write_text("".join(json.dumps(value) + "\n" for value in values))
        patch.setenv(progress.VARIABLE, str(path))
        progress.keep_answer("11.a", "yes")
        progress.keep_passed("11.1")
        assert progress.answer_to("11.a") == "yes"
        assert "11.1" in progress.state().passed


def test_without_the_variable_it_is_at_the_top_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(progress.VARIABLE)
    assert progress._log().path == CHECKOUT / "progress.jsonl"
