"""binder/ makes an environment in which the first notebook runs, for an ordinary user with an empty home."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from tests.needs import PROGRAMS
from tests.notebooks.pool import Pool, Run
from tests.users import USER

TOP = Path(__file__).parents[1]
BINDER = TOP / "binder"


def test_only_files_that_repo2docker_reads() -> None:
    known = {"runtime.txt", "requirements.txt", "apt.txt", "postBuild", "start"}
    assert {path.name for path in BINDER.iterdir()} <= known


def test_the_python_is_one_that_the_course_supports() -> None:
    version = re.fullmatch(r"python-(3\.\d+)\n", (BINDER / "runtime.txt").read_text())
    assert version, "repo2docker reads python-3.N"
    needs = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["requires-python"]
    assert version[1] in SpecifierSet(needs)


def test_the_packages_exist() -> None:
    """Those that Binder installs are among those that bring the tests' programs, and Debian has them all."""
    lines = (BINDER / "apt.txt").read_text().splitlines()
    names = {package for packages in PROGRAMS.values() for package in packages}
    assert {line.strip() for line in lines if not line.startswith("#")} <= names
    if not shutil.which("apt-cache") or not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        pytest.skip("only Debian and Ubuntu know whether a package exists, and only after apt-get update")
    known = subprocess.run(["apt-cache", "show", *names], capture_output=True, text=True)
    assert names <= set(re.findall("^Package: (.*)$", known.stdout, re.MULTILINE)), known.stderr


@pytest.mark.parametrize("run", [Run("binder", "00_start_here", USER)], ids=str)
def test_the_first_notebook_runs_there(pool: Pool, run: Run) -> None:
    result = pool.result(run)
    result.check()
    assert " passed" in result.output
