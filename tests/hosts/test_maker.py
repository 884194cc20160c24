from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.needs import need
from tests.users import REFUSED, USER, command, why_impossible

TOP = Path(__file__).parents[2]
ASK = "from helpers.lab import why_unavailable; print(why_unavailable() or 'hosts can be made')"


def asked(way: str) -> str:
    """What a process of that way is told when it asks for the lab; it may say nothing else."""
    told = subprocess.run(
        command(way, [sys.executable, "-c", ASK]), cwd=TOP, capture_output=True, text=True, check=True,
        env={**os.environ, "TESTS_REACHABLE": str(TOP), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert told.stderr == ""
    return told.stdout.strip()


def test_a_refusal_is_one_sentence_with_its_reason() -> None:
    assert (
        asked(REFUSED)
        == "the limit of user or network namespaces is reached or is 0 (ENOSPC; see /proc/sys/user)"
    )


def test_an_ordinary_user_makes_hosts() -> None:
    need("user namespaces for its users", why_impossible(USER))
    assert asked(USER) == "hosts can be made"
