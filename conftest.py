"""`pytest --nbval notebooks`, from any folder: what pyproject.toml cannot say of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Compare outputs without what may differ, and give the run a progress of its own: outputs show progress, and
    what the run predicts and reveals is not the reader's doing."""
    if not config.getoption("nbval", False) and not config.getoption("nbval_lax", False):
        return
    config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(
        Path(__file__).parent / "tests" / "nbval_sanitize.cfg"
    )
    progress = tempfile.TemporaryDirectory()
    config.add_cleanup(progress.cleanup)
    os.environ["IPC_COURSE_PROGRESS"] = os.path.join(progress.name, "progress.jsonl")
