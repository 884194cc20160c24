"""What is done to a running notebook happens at the moment that tells most."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.checkout import TOP, Checkout
from tests.users import CURRENT

CELLS = (
    "import subprocess\nfrom pathlib import Path",
    "1 + 1",
    "made = Path('/dev/shm/made')\nmade.touch()\nsubprocess.run(['sleep', '1'])\nmade.unlink()",
    "print(made.exists())",
)
"""The third tidies up what it has made: only who ends it in its middle finds something."""


def driven(action: str, prepared: Path) -> tuple[int, str, list[str]]:
    """The exit status of the driver, what it printed, and what its run left behind."""
    checkout = Checkout(CURRENT, prepared)
    path = checkout.home / "made_up.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in CELLS]), path)
    command = [sys.executable, "-m", "tests.notebooks.driver", action, str(path)]
    try:
        run = subprocess.run(command, cwd=checkout.top, env=checkout.environment, capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr, checkout.leftovers()
    finally:
        checkout.remove()


def test_the_kernel_is_killed_in_the_middle_of_its_busiest_cell(apart: ThreadPoolExecutor, prepared: Path) -> None:
    assert apart.submit(driven, "killed", prepared).result() == (0, "", ["shared memory or semaphore /dev/shm/made"])


def test_a_notebook_that_runs_through_is_printed(apart: ThreadPoolExecutor, prepared: Path) -> None:
    assert apart.submit(driven, "through", prepared).result() == (0, "False\n", [])


def test_a_run_builds_no_grammar() -> None:
    program = ("-c", "import tests.notebooks.driver")
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", *program], cwd=TOP, capture_output=True, text=True, check=True
    ).stderr
    assert "jsonschema._format" in imported and "lark" not in imported
