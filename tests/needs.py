"""What a test does on a machine that lacks something."""

from __future__ import annotations

import os

import pytest


def need(what: str, lacking: str) -> None:
    """Skip the test where this machine lacks it: `lacking` says why, "" that it does not. CI must lack nothing."""
    if lacking and "CI" in os.environ:
        pytest.fail(f"CI must have {what}: {lacking}")
    if lacking:
        pytest.skip(lacking)
