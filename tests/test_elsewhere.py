from __future__ import annotations

import struct
import sys

import pytest

from helpers.elsewhere import lacking, require_linux
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


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import os; os.no_such_call()", "os.no_such_call"),
        ("import socket\nwith socket.socket() as made: made.no_such_call()", "socket.no_such_call"),
        ("import msvcrt", "module msvcrt"),
        ("open('/proc/no/such/file')", "/proc/no/such/file"),
        ("import no_such_package", ""),
        ("open('no_such_file')", ""),
        ("[].no_such_method()", ""),
        ("1 / 0", ""),
    ],
)
def test_what_a_system_lacks_is_told_from_a_mistake(code: str, what: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: B017, PT011
        exec(code, {})
    assert lacking(caught.value) == what
