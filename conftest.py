"""`pytest --nbval notebooks`, from any folder: what pyproject.toml cannot say of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Compare notebooks as they are meant, with a progress of their own: theirs is not the reader's, nor his theirs."""
    if not config.getoption("nbval", False) and not config.getoption("nbval_lax", False):
        return
    config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(
        Path(__file__).parent / "tests" / "nbval_sanitize.cfg"
    )
    progress = tempfile.TemporaryDirectory()
    config.add_cleanup(progress.cleanup)
    os.environ["IPC_COURSE_PROGRESS"] = os.path.join(progress.name, "progress.jsonl")
