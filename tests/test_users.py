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
from tests.users import CURRENT, NOBODY, POOR, POOR_SHARED_MEMORY, REACHABLE, REFUSED, USER, command, why_impossible

LOOK = """
import ctypes, json, os
lines = open("/proc/self/status").read().splitlines()
status = {name: value.split() for name, value in (line.split(":", 1) for line in lines)}
libc = ctypes.CDLL(None, use_errno=True)
def error(function, *arguments):
    ctypes.set_errno(0)
    made = getattr(libc, function)(*arguments)
    return ctypes.get_errno(), made
objects = {}
objects["msgget"], queue = error("msgget", 0, 0o600)
objects["semget"], semaphores = error("semget", 0, 1, 0o600)
objects["shmget"], memory = error("shmget", 0, 1, 0o600)
libc.msgctl(queue, 0, None), libc.semctl(semaphores, 0, 0), libc.shmctl(memory, 0, None)
name = f"/ipc-course-{os.getpid()}".encode()
objects["mq_open"], _ = error("mq_open", name, os.O_CREAT | os.O_EXCL, 0o600, None)
libc.mq_unlink(name)
shared = os.statvfs("/dev/shm")
about = {name: status[name] for name in ("Uid", "Groups", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs")}
about |= {"objects": objects, "shared memory": shared.f_blocks * shared.f_frsize}
print(json.dumps({**about, "unshare": error("unshare", 0x10000000)[0]}))
"""


@pytest.mark.parametrize("way", [USER, REFUSED, POOR])
def test_each_user_has_no_privilege_and_what_his_name_says(way: str) -> None:
    need(f"the way {way!r}", why_impossible(way))
    about = json.loads(subprocess.check_output(command(way, [sys.executable, "-c", LOOK]), text=True, cwd="/"))
    assert about["Uid"] != ["0"] * 4
    assert (about["CapPrm"], about["CapEff"], about["CapAmb"], about["NoNewPrivs"]) == (*[["0" * 16]] * 3, ["1"])
    assert about["unshare"] in {USER: (0,), REFUSED: (errno.ENOSPC, errno.EPERM)}.get(way, (about["unshare"],))
    assert set(about["objects"].values()) == {errno.ENOSPC if way == POOR else 0}
    assert (about["shared memory"] == POOR_SHARED_MEMORY) == (way == POOR)
    if way == USER and os.geteuid() == 0:
        assert (about["Uid"], about["Groups"]) == ([str(NOBODY)] * 4, [])


def test_the_current_user_is_unchanged() -> None:
    program = command(CURRENT, [sys.executable, "-c", "import os; print(os.geteuid())"])
    assert int(subprocess.check_output(program)) == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can open a closed folder to another user")
def test_a_closed_folder_shows_the_user_what_he_needs_and_nothing_else(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "needed").mkdir(parents=True)
    (closed / "needed" / "word").write_text("here")
    (closed / "secret").write_text("no")
    closed.chmod(0o700)
    look = f"import os; os.chdir({str(closed)!r}); print(os.listdir(), open('needed/word').read())"
    shown = subprocess.check_output(
        command(USER, [sys.executable, "-c", look]), text=True, env={**os.environ, REACHABLE: str(closed / "needed")}
    )
    assert shown == "['needed'] here\n"
    assert sorted(os.listdir(closed)) == ["needed", "secret"]
