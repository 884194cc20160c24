from __future__ import annotations

import struct
import sys

import pytest

from helpers.elsewhere import require_linux
from helpers.errors import CourseError


def test_this_machine() -> None:
    require_linux("the record locks")


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CourseError, match="the record locks need 64-bit Linux, and this is 64-bit darwin: run it on"):
        require_linux("the record locks")


def test_another_size_of_pointers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(struct, "calcsize", lambda layout: {"P": 4}[layout])
    with pytest.raises(CourseError, match="this is 32-bit linux"):
        require_linux("the record locks")
