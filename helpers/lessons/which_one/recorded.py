"""Python beside C: measured here where there is a compiler, else from the recording of such a run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.lab.recordings import FOLDER, RECORD_TO
from helpers.lessons.which_one.engine import measure
from helpers.lessons.which_one.results import Results, load
from helpers.lessons.which_one.slices import Language

NAME = "python_beside_c.json"


def beside_c(mechanisms: Sequence[str], sizes: Sequence[int], **options: Any) -> Results:
    """What `measure` returns, with figures of both languages from one run.

    Where this machine builds no twin it is the recording, of the machine and the day that its `machine` tells, and its
    `recorded` is True. `options` are those of `measure`. With IPC_COURSE_RECORD_TO set, as by `make record`, a live
    run is kept.
    """
    results = measure(mechanisms, sizes, languages=list(Language), **options)
    if results.machine.twin:
        return replace(load(FOLDER / NAME), recorded=True)
    folder = os.environ.get(RECORD_TO)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        results.save(Path(folder, NAME))
    return results
