from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.ipc import Child
from helpers.lessons.synchronisation.record_locks import RecordLock, locks_of, ofd_lock, who_holds
from tests.needs import installed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "records").write_bytes(bytes(1000))
    return tmp_path / "records"


@pytest.fixture
def fd(path: Path) -> Iterator[int]:
    """The file, open in this process."""
    with path.open("r+b") as file:
        yield file.fileno()


@pytest.fixture
def other(path: Path) -> Iterator[Child]:
    """Another process, which has opened the file too, as `fd`."""
    with Child("other") as child:
        child.do("from helpers.lessons.synchronisation.record_locks import *")
        child.do("fd = os.open(path, os.O_RDWR)", path=str(path))
        yield child


def test_a_range_belongs_to_one_open_file_description(fd: int, path: Path) -> None:
    ofd_lock(fd, "F_WRLCK", 100, 10)
    with path.open("r+b") as again:
        with pytest.raises(BlockingIOError):
            ofd_lock(again.fileno(), "F_RDLCK", 109, 1, wait=False)
        ofd_lock(again.fileno(), "F_WRLCK", 110, 1, wait=False)
        ofd_lock(again.fileno(), "F_WRLCK", 0, 100, wait=False)
        ofd_lock(fd, "F_UNLCK", 100, 10)
        ofd_lock(again.fileno(), "F_RDLCK", 100, 10, wait=False)
        ofd_lock(fd, "F_RDLCK", 100, 10, wait=False)


def test_a_kernel_that_does_not_tell_the_inode(fd: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Linux 5.14."""
    read_text = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda file: re.sub(r"ino:.*\n", "", read_text(file)))
    ofd_lock(fd, "F_WRLCK", 100, 10)
    assert locks_of(path) == (RecordLock("OFDLCK", True, None, 100, 109),)


def test_a_process_waits_for_a_range(fd: int, path: Path, other: Child) -> None:
    ofd_lock(fd, "F_WRLCK", 100, 10)
    waiting = other.start('ofd_lock(fd, "F_WRLCK", 105)')
    assert waiting.blocked()
    assert set(locks_of(path)) == {
        RecordLock("OFDLCK", True, None, 100, 109),
        RecordLock("OFDLCK", True, None, 105, None, waiting=True),
    }
    ofd_lock(fd, "F_UNLCK")
    waiting.result()
    assert locks_of(path) == (RecordLock("OFDLCK", True, None, 105, None),)


def test_close_of_any_descriptor_loses_a_posix_lock_and_no_ofd_lock(path: Path, fd: int, other: Child) -> None:
    other.do("fcntl.lockf(fd, fcntl.LOCK_EX, 10, 0)")
    other.do('ofd_lock(fd, "F_WRLCK", 10, 10)')
    assert len(locks_of(path)) == 2
    other.do("os.close(os.open(path, os.O_RDONLY))")
    assert locks_of(path) == (RecordLock("OFDLCK", True, None, 10, 19),)
    fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0)


def test_looking_at_a_file_does_not_lose_its_locks(path: Path, fd: int) -> None:
    fcntl.lockf(fd, fcntl.LOCK_EX)
    mine = RecordLock("POSIX", True, os.getpid(), 0, None)
    assert locks_of(path) == (mine,)
    assert locks_of(path) == (mine,)


def test_who_holds_names_the_process(fd: int, other: Child) -> None:
    other.do("fcntl.lockf(fd, fcntl.LOCK_SH, 10, 100)")
    found = RecordLock("POSIX", False, other.pid, 100, 109)
    assert who_holds(fd, "F_WRLCK") == found
    assert who_holds(fd, "F_WRLCK", 109, 1) == found
    assert who_holds(fd, "F_RDLCK") is None
    assert who_holds(fd, "F_WRLCK", 0, 100) is None
    assert who_holds(fd, "F_WRLCK", 110) is None


def test_an_ofd_lock_has_no_process(fd: int, other: Child) -> None:
    other.do('ofd_lock(fd, "F_WRLCK", 100)')
    assert who_holds(fd, "F_RDLCK") == RecordLock("OFDLCK", True, None, 100, None)


def test_who_asks_makes_a_difference(fd: int) -> None:
    fcntl.lockf(fd, fcntl.LOCK_EX, 10)
    assert who_holds(fd, "F_WRLCK") is None, "a process is not in its own way"
    assert who_holds(fd, "F_WRLCK", ofd=True) == RecordLock("POSIX", True, os.getpid(), 0, 9)
    fcntl.lockf(fd, fcntl.LOCK_UN)
    ofd_lock(fd, "F_WRLCK")
    assert who_holds(fd, "F_WRLCK", ofd=True) is None, "an open file description is not in its own way"
    assert who_holds(fd, "F_WRLCK") == RecordLock("OFDLCK", True, None, 0, None)


def test_flock_and_record_locks_do_not_see_each_other(path: Path, fd: int, other: Child) -> None:
    other.do("fcntl.flock(fd, fcntl.LOCK_EX)")
    assert who_holds(fd, "F_WRLCK") is None
    fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    waiting = other.start("fcntl.lockf(fd, fcntl.LOCK_SH, 1, 5)")
    assert waiting.blocked()
    assert set(locks_of(path)) == {
        RecordLock("FLOCK", True, other.pid, 0, None),
        RecordLock("POSIX", True, os.getpid(), 0, None),
        RecordLock("POSIX", False, other.pid, 5, 5, waiting=True),
    }


def test_a_lease_is_no_lock(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    assert "LEASE" in Path("/proc/locks").read_text()
    assert locks_of(path) == ()
    os.close(fd)


def test_locks_of_other_files_are_not_listed(path: Path, fd: int, tmp_path: Path) -> None:
    ofd_lock(fd, "F_WRLCK")
    (tmp_path / "another").touch()
    assert locks_of(tmp_path / "another") == ()
    with pytest.raises(FileNotFoundError):
        locks_of(tmp_path / "missing")


def test_wrong_arguments(path: Path, fd: int) -> None:
    with pytest.raises(ValueError, match='is "F_RDLCK", "F_WRLCK" or "F_UNLCK", written as text, not 2'):
        ofd_lock(fd, fcntl.LOCK_EX)  # type: ignore[arg-type]
    with path.open("rb") as reading, pytest.raises(OSError, match="Bad file descriptor"):
        ofd_lock(reading.fileno(), "F_WRLCK")


def in_namespaces(*options: str, program: str, argument: str) -> str:
    """What a Python program prints that runs in new namespaces (unshare(1))."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [installed("unshare"), *user, *options, sys.executable, "-c", program, argument]
    return subprocess.check_output(command, text=True)


def test_a_process_of_another_namespace_has_no_number(needs_lab: None, path: Path, fd: int) -> None:
    fcntl.lockf(fd, fcntl.LOCK_EX)
    ask = f"import os, sys; from {who_holds.__module__} import *; print(who_holds(os.open(sys.argv[1], 0), 'F_RDLCK'))"
    seen = in_namespaces("--pid", "--fork", program=ask, argument=str(path))
    assert seen == f"{RecordLock('POSIX', True, None, 0, None)}\n"


ON_OVERLAYFS = """
import fcntl, os, subprocess, sys
from pathlib import Path
from helpers.lessons.synchronisation.record_locks import locks_of

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
print([lock.kind for lock in locks_of("both/file")])
"""


def test_a_file_whose_device_stat_translates(needs_lab: None, tmp_path: Path) -> None:
    by_stat, found = in_namespaces("--mount", program=ON_OVERLAYFS, argument=str(tmp_path)).splitlines()
    assert by_stat == "False", "stat() says what /proc/locks says, and this test shows nothing"
    assert found == "['FLOCK']"
