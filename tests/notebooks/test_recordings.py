"""Each experiment that ran live agrees with its recording; and each recording is one of an experiment."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.lab import recordings
from tests.needs import need
from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.differences import differences
from tests.notebooks.pool import Pool, Run
from tests.users import USER, why_impossible

RUNS = tuple(Run("nbval", path.stem, USER) for path in NOTEBOOKS)


def traces(folder: Path) -> set[str]:
    """The names of the traces saved in a folder."""
    return {path.stem for path in folder.glob("*.pcapng")}


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_live_runs_agree_with_the_recordings(needs_lab: None, pool: Pool, run: Run) -> None:
    need("an ordinary user with hosts", why_impossible(USER))
    live = pool.result(run).checkout.recordings
    unlike = {
        name: found
        for name in sorted(traces(live) & traces(recordings.FOLDER))
        if (found := differences(live / name, recordings.FOLDER / name))
    }
    assert unlike == {}


@pytest.mark.parametrize("runs", [RUNS], ids=["all"])
def test_each_experiment_has_a_recording_and_each_recording_an_experiment(
    needs_lab: None, pool: Pool, runs: tuple[Run, ...]
) -> None:
    need("an ordinary user with hosts", why_impossible(USER))
    live = set().union(*(traces(pool.result(run).checkout.recordings) for run in runs))
    assert live, "no notebook ran an experiment"
    assert live == traces(recordings.FOLDER)
