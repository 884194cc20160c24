"""Each notebook, run again from a clean kernel, says what its committed outputs say, live and replayed."""

from __future__ import annotations

import pytest

from tests.needs import need
from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.pool import Pool, Run
from tests.users import WAYS, why_impossible


@pytest.mark.parametrize("run", [Run("nbval", path.stem, way) for path in NOTEBOOKS for way in WAYS], ids=str)
def test_the_outputs_are_those_committed(pool: Pool, run: Run) -> None:
    need(f"the way {run.way!r}", why_impossible(run.way))
    result = pool.result(run)
    result.check()
    assert " passed" in result.output
