"""Memory is counted for the module that has taken it."""

from __future__ import annotations

import sys
import types

import pytest

from tests.memory import kept_by

KEPT: list[bytes] = []


@pytest.mark.parametrize("size", [0, 100_000])
def test_what_is_kept_is_counted(size: int) -> None:
    here = sys.modules[__name__]
    try:
        assert size <= kept_by(here, lambda: KEPT.append(b"\x01" * int(str(size)))) < size + 1000
    finally:
        KEPT.clear()


def test_what_others_keep_is_not() -> None:
    elsewhere = types.ModuleType("elsewhere")
    elsewhere.__file__ = "elsewhere.py"
    try:
        assert kept_by(elsewhere, lambda: KEPT.append(b"\x01" * int("100000"))) == 0
    finally:
        KEPT.clear()
