"""What a reader does to a running notebook leaves nothing behind and breaks nothing."""

from __future__ import annotations

import pytest

from helpers.ipc import scratch
from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.ipc_objects import ipc_objects
from tests.notebooks.pool import Pool, Run


@pytest.mark.parametrize(
    "run",
    [Run(action, path.stem) for path in NOTEBOOKS for action in ("twice", "together", "interrupted", "killed")],
    ids=str,
)
def test_nothing_fails_and_nothing_is_left(pool: Pool, run: Run) -> None:
    pool.result(run).check()


def test_no_ipc_object_of_this_machine_is_left(pool: Pool, before: set[str]) -> None:
    pool.wait()
    scratch.clear()  # what tests in this process have made would go with the process
    assert ipc_objects() - before == set()
