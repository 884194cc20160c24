"""The processes of notebook 03, and the locks that Python lacks."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.ipc import Child, ChildEnded
from helpers.lessons.synchronisation.locks import FileLock, locks_of, ofd_lock, sharing_a_page
from tests.needs import installed


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "records").write_bytes(bytes(1000))
    return str(tmp_path / "records")


@pytest.fixture
def fd(path: str) -> Iterator[int]:
    """The file, open in this process."""
    with open(path, "r+b") as file:
        yield file.fileno()


@pytest.fixture
def other(path: str) -> Child:
    """Another process, which has opened the file too, as `fd`."""
    (child,) = sharing_a_page(path, "other")
    child.do("path = p", p=path)
    return child


def test_the_children_of_the_call_before_are_ended_and_leave_nothing(path: str) -> None:
    (first,) = sharing_a_page(path, "a")
    before = len(os.listdir("/proc/self/fd"))
    (second,) = sharing_a_page(path, "b")
    assert second.do("bytes(memory) == bytes(len(memory))")
    with pytest.raises(ChildEnded):
        first.do("1")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_request_that_waits_is_listed(fd: int, path: str, other: Child) -> None:
    ofd_lock(fd, "F_WRLCK", 100, 10)
    waiting = other.start('ofd_lock(fd, "F_WRLCK", 105)')
    assert waiting.blocked()
    assert set(locks_of(path)) == {FileLock(True, -1, 100, 109, False), FileLock(True, -1, 105, None, True)}
    ofd_lock(fd, "F_UNLCK")
    waiting.result()
    assert locks_of(path) == [FileLock(True, -1, 105, None, False)]


def test_looking_at_a_file_does_not_lose_its_locks(path: str, fd: int, tmp_path: Path) -> None:
    fcntl.lockf(fd, fcntl.LOCK_EX)
    (tmp_path / "another").touch()
    assert locks_of(str(tmp_path / "another")) == []
    assert locks_of(path) == locks_of(path) == [FileLock(True, os.getpid(), 0, None, False)]


ON_OVERLAYFS = """
import fcntl, os, subprocess, sys
from pathlib import Path
from helpers.lessons.synchronisation.locks import locks_of

def mount(kind, where, options="mode=700"):
    Path(where).mkdir()
    subprocess.run(["mount", "-t", kind, kind, where, "-o", options], check=True)

os.chdir(sys.argv[1])
mount("tmpfs", "lower")
Path("lower/file").touch()
mount("tmpfs", "upper")
for folder in ("files", "work"):
    Path("upper", folder).mkdir()
mount("overlay", "both", "lowerdir=lower,upperdir=upper/files,workdir=upper/work")
file = open("both/file")
fcntl.flock(file, fcntl.LOCK_SH)
found = os.stat("both/file")
print(f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}" in Path("/proc/locks").read_text())
print(len(locks_of("both/file")))
"""


def test_a_file_whose_device_stat_translates(needs_lab: None, tmp_path: Path) -> None:
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [installed("unshare"), *user, "--mount", sys.executable, "-c", ON_OVERLAYFS, str(tmp_path)]
    by_stat, listed = subprocess.check_output(command, text=True).splitlines()
    assert by_stat == "False", "stat() says what /proc/locks says, and this test shows nothing"
    assert listed == "1"
