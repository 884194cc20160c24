"""What no row of answers can say: what the checkers do where this machine makes no hosts."""

from __future__ import annotations

import pytest

from helpers.study import check
from tests.lessons.table import solutions


@pytest.mark.parametrize(
    ("exercise", "name", "status", "words"),
    [
        ("07.3", "cut_up", "passed", "The headers are right. (Where the lab runs live"),
        ("07.4", "largest_datagram", "unavailable", "no hosts in this test"),
        ("07.5", "nobody_speaks_it", "unavailable", "no hosts in this test"),
    ],
)
def test_where_the_lab_does_not_run(
    exercise: str, name: str, status: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("helpers.lessons.layers.check", "helpers.study.live"):
        monkeypatch.setattr(f"{module}.why_unavailable", lambda: "no hosts in this test")
    checked = check(exercise, solutions("07")[name])
    assert (checked.status, words in checked.text) == (status, True), checked.text
