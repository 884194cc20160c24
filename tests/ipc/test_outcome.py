"""What a piece of code in a child comes to, as a value that a reveal can compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpers.ipc import Child


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child("child") as made:
        made.do("r, w = os.pipe()")
        yield made


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("1 + 1", 2),
        ("w = w", None),
        ("os.read(-1, 1)", "raises EBADF"),
        ("raise OSError('no number')", "raises OSError"),
        ("1 / 0", "raises ZeroDivisionError"),
        ("os.read(r, 1)", "sleeps"),  # the last one: the child stays busy with it
    ],
)
def test_what_it_comes_to(child: Child, code: str, outcome: Any) -> None:
    assert child.start(code).outcome() == outcome
