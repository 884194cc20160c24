"""Each notebook, run again from a clean kernel, says what its committed outputs say, live and replayed."""

from __future__ import annotations

import os

import pytest

from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.pool import Pool, Run
from tests.users import WAYS, why_impossible


@pytest.mark.parametrize("run", [Run("nbval", path.stem, way) for path in NOTEBOOKS for way in WAYS], ids=str)
def test_the_outputs_are_those_committed(pool: Pool, run: Run) -> None:
    reason = why_impossible(run.way)
    if reason and "CI" not in os.environ:
        pytest.skip(reason)
    result = pool.result(run)
    result.check()
    assert " passed" in result.output
