"""Each notebook, run again from a clean kernel, says what its committed outputs say, live and replayed; and the
command that README names does what it should, wherever it is typed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.needs import need
from tests.notebooks.checkout import NOTEBOOKS, TOP, Checkout
from tests.notebooks.pool import NBVAL, Pool, Run
from tests.users import CURRENT, WAYS, why_impossible

CELLS = {
    "print(object())": "<object object at 0x7f0123456789>\n",
    "from helpers.study import progress; progress.keep('answer', '00.segments', value='three')": "",
    "# NBVAL_IGNORE_OUTPUT\nprint('nbval warns: this cell is tagged too')": "never compared\n",
}
"""The code of cells and their committed output: each of them fails where one of the settings is missing."""


@pytest.mark.parametrize("run", [Run("nbval", path.stem, way) for path in NOTEBOOKS for way in WAYS], ids=str)
def test_the_outputs_are_those_committed(pool: Pool, run: Run) -> None:
    need(f"the way {run.way!r}", why_impossible(run.way))
    result = pool.result(run)
    result.check()
    assert " passed" in result.output


def test_the_command_is_the_one_that_readme_names() -> None:
    command = re.escape(" ".join(NBVAL))
    assert re.search(rf"^\.venv/bin/{command} notebooks +#", (TOP / "README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("folder", [".", "notebooks/solutions"])
def test_outputs_are_compared_wherever_it_is_typed(prepared: Path, folder: str) -> None:
    checkout = Checkout(CURRENT, prepared)
    notebook = checkout.top / "notebooks" / "any.ipynb"
    write(notebook)
    path = os.path.relpath(notebook, checkout.top / folder)
    ended = subprocess.run(
        [*NBVAL, path], cwd=checkout.top / folder, env=checkout.environment, capture_output=True, text=True
    )
    assert ended.returncode == 0 and "3 passed" in ended.stdout, ended.stdout + ended.stderr
    assert not (checkout.home / "progress.jsonl").exists(), "the reader's progress is not the run's"
    assert checkout.leftovers() == ["file notebooks/any.ipynb in the checkout"]
    checkout.remove()


def write(notebook: Path) -> None:
    """A notebook of `CELLS`, as if it had been run."""
    cells = []
    for number, (source, text) in enumerate(CELLS.items(), 1):
        outputs = [new_output("stream", name="stdout", text=text)] if text else []
        cells.append(new_code_cell(source, execution_count=number, outputs=outputs))
    cells[-1].metadata.tags = ["nbval-ignore-output"]
    nbformat.write(new_notebook(cells=cells), notebook)
