"""What a test does on a machine that lacks something, and what the end of a run says about it.

The programs that tests run, and what brings them, are listed once: in programs.txt, which .ci/run reads too.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from helpers.lab import Host

PROGRAMS = {
    program: packages
    for program, *packages in map(str.split, Path(__file__).with_name("programs.txt").read_text().splitlines())
    if program != "#"
}
"""Each program, and the Debian packages that bring it."""


def need(what: str, lacking: str) -> None:
    """Skip the test where this machine lacks it: `lacking` says why, "" that it does not. CI must lack nothing."""
    if lacking and "CI" in os.environ:
        pytest.fail(f"CI must have {what}: {lacking}")
    if lacking:
        pytest.skip(lacking)


def installed(program: str) -> str:
    """The path of one of `PROGRAMS`; where it is not installed, the test is skipped.

    It may lie in the sbin beside a bin of PATH: Debian keeps there what is meant for root, and users do not look there.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    beside = [os.path.join(os.path.dirname(folder), "sbin") for folder in folders]
    path = shutil.which(program, path=os.pathsep.join(folders + beside))
    need(program, "" if path else _lacks(program))
    assert path is not None
    return path


def output_of(host: Host, program: str, *arguments: str) -> str:
    """What one of `PROGRAMS` prints, run in a host; where it is not installed, the test is skipped."""
    return host.run([installed(program), *arguments]).stdout.decode()


def summary(reasons: Iterable[str]) -> Iterator[str]:
    """Lines for the end of a run: how many tests were skipped for which reason, and what to install."""
    counted = Counter(reasons)
    for reason, number in counted.most_common():
        yield f"{number} skipped: {reason}"
    lacking = {package for program in PROGRAMS if _lacks(program) in counted for package in PROGRAMS[program]}
    if lacking:
        yield f"All these programs, on Debian: apt install {' '.join(sorted(lacking))}"


def _lacks(program: str) -> str:
    return f"this machine has no program {program}"
