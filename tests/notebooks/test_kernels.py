"""What a reader does to a running notebook leaves nothing behind and breaks nothing."""

from __future__ import annotations

import pytest

from tests.notebooks.checkout import LOCAL_IPC, NOTEBOOKS
from tests.notebooks.ipc_objects import ipc_objects
from tests.notebooks.pool import Pool, Run

TOGETHER = {"12_three_way_handshake", *(path.stem for path in LOCAL_IPC)}
"""Four at once would disturb each other the most: the first holds and loses the most segments, the others make objects
whose names all processes of the machine share."""


@pytest.mark.parametrize(
    "run",
    [
        *(Run(action, path.stem) for path in NOTEBOOKS for action in ("twice", "interrupted", "killed")),
        *(Run("together", path.stem) for path in NOTEBOOKS if path.stem in TOGETHER),
    ],
    ids=str,
)
def test_nothing_fails_and_nothing_is_left(pool: Pool, run: Run) -> None:
    pool.result(run).check()


def test_no_ipc_object_of_this_machine_is_left(pool: Pool, before: set[str]) -> None:
    pool.wait()
    assert ipc_objects() - before == set()
