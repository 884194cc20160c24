"""Recordings of experiments: where they lie, and how `make record` gets them: an environment variable names a folder.

Not by an argument: the notebooks that make the recordings are run as their readers run them.
"""

from __future__ import annotations

import os
from pathlib import Path

from helpers.trace import Trace

FOLDER = Path(__file__).parents[2] / "notebooks" / "recordings"
RECORD_TO = "IPC_COURSE_RECORD_TO"
"""Environment variable: a folder into which each experiment that runs live saves its trace."""


def keep(trace: Trace, name: str) -> None:
    """Save the trace of a live run if the environment asks for it."""
    folder = os.environ.get(RECORD_TO)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        trace.save(Path(folder) / name)
