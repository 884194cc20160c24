"""Each way of running a program is what it says."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import need
from tests.users import (
    CURRENT,
    INSIDE,
    NOBODY,
    POOR,
    POOR_SHARED_MEMORY,
    REACHABLE,
    REFUSED,
    USER,
    command,
    owner,
    why_impossible,
)

LOOK = """
import ctypes, json, os, pathlib
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
libc = ctypes.CDLL(None, use_errno=True)
about = {name: status[name].split() for name in ("Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs")}
about["unshare"] = ctypes.get_errno() if libc.unshare(0x10000000) else 0
print(json.dumps(about))
"""


MAKE_OBJECTS = """
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
errors = {}
def make(function, *arguments):
    ctypes.set_errno(0)
    made = getattr(libc, function)(*arguments)
    errors[function] = ctypes.get_errno()
    return made
IPC_PRIVATE, IPC_RMID, MODE = 0, 0, 0o600
name = f"/ipc-course-{os.getpid()}".encode()
make("mq_open", name, os.O_CREAT | os.O_EXCL, MODE, None)
libc.mq_unlink(name)
libc.msgctl(make("msgget", IPC_PRIVATE, MODE), IPC_RMID, None)
libc.semctl(make("semget", IPC_PRIVATE, 1, MODE), 0, IPC_RMID)
libc.shmctl(make("shmget", IPC_PRIVATE, 1, MODE), IPC_RMID, None)
shared = os.statvfs("/dev/shm")
print(json.dumps({"errors": errors, "shared memory": shared.f_blocks * shared.f_frsize}))
"""


def look(way: str) -> dict[str, list[str] | int]:
    """What such a program finds out about itself, from /proc and by trying to make a user namespace."""
    return json.loads(subprocess.check_output(command(way, [sys.executable, "-c", LOOK]), text=True, cwd="/"))


def test_the_current_user_is_unchanged() -> None:
    assert look(CURRENT)["Uid"] == [str(os.geteuid())] * 4


def test_the_user_has_no_privilege_and_may_make_user_namespaces() -> None:
    need("users' namespaces", why_impossible(USER))
    about = look(USER)
    assert about["Uid"] == [str(owner(USER))] * 4
    assert owner(USER) != 0
    assert (about["CapPrm"], about["CapEff"], about["CapAmb"], about["NoNewPrivs"]) == (*[["0" * 16]] * 3, ["1"])
    assert about["unshare"] == 0


def test_the_refused_user_has_no_privilege_and_is_refused_user_namespaces() -> None:
    about = look(REFUSED)
    assert about["Uid"] in ([str(INSIDE)] * 4, [str(owner(REFUSED))] * 4)
    assert owner(REFUSED) != 0
    assert (about["CapPrm"], about["CapEff"], about["CapAmb"], about["NoNewPrivs"]) == (*[["0" * 16]] * 3, ["1"])
    assert about["unshare"] in (errno.ENOSPC, errno.EPERM)


@pytest.mark.parametrize(("way", "error"), [(CURRENT, 0), (POOR, errno.ENOSPC)])
def test_the_poor_user_gets_no_object_and_everybody_else_does(way: str, error: int) -> None:
    need("the rights of root", why_impossible(way))
    about = json.loads(subprocess.check_output(command(way, [sys.executable, "-c", MAKE_OBJECTS]), text=True, cwd="/"))
    assert about["errors"] == dict.fromkeys(("mq_open", "msgget", "semget", "shmget"), error)
    assert (about["shared memory"] == POOR_SHARED_MEMORY) == (way == POOR)


def test_the_poor_user_has_no_privilege() -> None:
    need("the rights of root", why_impossible(POOR))
    about = look(POOR)
    assert about["Uid"] == [str(NOBODY)] * 4
    assert (about["CapPrm"], about["CapEff"], about["CapAmb"], about["NoNewPrivs"]) == (*[["0" * 16]] * 3, ["1"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can open a closed folder to another user")
def test_a_closed_folder_shows_the_user_what_he_needs_and_nothing_else(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "needed").mkdir(parents=True)
    (closed / "needed" / "word").write_text("here")
    (closed / "secret").write_text("no")
    closed.chmod(0o700)
    list_it = [
        sys.executable,
        "-c",
        f"import os; os.chdir({str(closed)!r}); print(os.listdir(), open('needed/word').read())",
    ]
    environment = {**os.environ, REACHABLE: str(closed / "needed")}
    assert subprocess.check_output(command(USER, list_it), text=True, env=environment) == "['needed'] here\n"
    assert sorted(os.listdir(closed)) == ["needed", "secret"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_the_user_of_a_privileged_runner_is_nobody() -> None:
    about = look(USER)
    assert about["Uid"] == about["Gid"] == [str(NOBODY)] * 4
    assert about["Groups"] == []
