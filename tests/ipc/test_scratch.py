from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import posix_ipc
import pytest
import sysv_ipc

from helpers.ipc.scratch import Scratch

GRACE = 2.0


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    made = Scratch()
    yield made
    made.close()


def make_all(path: str, name: str, key: int) -> None:
    """One of each kind of thing that outlives its maker."""
    os.mkfifo(path)
    posix_ipc.MessageQueue(name, posix_ipc.O_CREX).close()
    posix_ipc.Semaphore(name, posix_ipc.O_CREX).close()
    posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=10).close_fd()
    sysv_ipc.MessageQueue(key, sysv_ipc.IPC_CREX)
    sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX)
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=10).detach()  # else it lives as long as this process


def what_is_there(path: str, name: str, key: int) -> set[str]:
    found = set()
    if os.path.lexists(path):
        found.add("path")
    for function in (posix_ipc.MessageQueue, posix_ipc.Semaphore, posix_ipc.SharedMemory):
        try:
            thing = function(name)
            if function is posix_ipc.SharedMemory:
                thing.close_fd()  # nobody else does
            found.add(f"POSIX {function.__name__}")
        except posix_ipc.ExistentialError:
            pass
    for function in (sysv_ipc.MessageQueue, sysv_ipc.Semaphore, sysv_ipc.SharedMemory):
        try:
            thing = function(key)
            if function is sysv_ipc.SharedMemory:
                thing.detach()
            found.add(f"System V {function.__name__}")
        except sysv_ipc.ExistentialError:
            pass
    return found


ALL = {
    "path",
    *(f"{kind} {what}" for kind in ("POSIX", "System V") for what in ("MessageQueue", "Semaphore", "SharedMemory")),
}


def test_what_was_made_goes_when_asked(scratch: Scratch) -> None:
    names = scratch.path("fifo"), scratch.name("thing"), scratch.key("thing")
    assert what_is_there(*names) == set()
    make_all(*names)
    assert what_is_there(*names) == ALL
    scratch.clear()
    assert what_is_there(*names) == set()
    attached = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    assert str(os.getpid()) not in [columns[5] for columns in attached]  # the last process that attached or detached


def test_a_label_asked_for_again_starts_anew(scratch: Scratch) -> None:
    names = scratch.path("fifo"), scratch.name("thing"), scratch.key("thing")
    make_all(*names)
    assert (scratch.path("fifo"), scratch.name("thing"), scratch.key("thing")) == names
    assert what_is_there(*names) == set()
    os.mkdir(names[0])
    Path(names[0], "file").touch()
    assert not os.path.exists(scratch.path("fifo"))


def test_labels_and_processes_have_names_of_their_own(scratch: Scratch) -> None:
    assert scratch.name("a") != scratch.name("b") and scratch.key("a") != scratch.key("b")
    other = subprocess.run(
        [sys.executable, "-c", "from helpers.ipc import scratch; print(scratch.name('a'), scratch.key('a'))"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert other[0] != scratch.name("a") and int(other[1]) != scratch.key("a")


def test_the_folder_is_this_users_alone(scratch: Scratch) -> None:
    folder = os.path.dirname(scratch.path("fifo"))
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


KERNEL = """
import os, sys
from helpers.ipc import scratch
from tests.ipc.test_scratch import make_all
names = scratch.path("fifo"), scratch.name("thing"), scratch.key("thing")
make_all(*names)
print(*names, scratch._janitor.pid, flush=True)
sys.stdin.read()
"""


def wait_for_end(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        pidfd = os.pidfd_open(process)
        assert select.select([pidfd], [], [], GRACE)[0]
        os.close(pidfd)


@pytest.mark.parametrize("killed", [True, False], ids=["killed with its group", "shut down"])
def test_all_goes_with_the_kernel(killed: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KERNEL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as kernel:
        assert kernel.stdin and kernel.stdout
        path, name, key, janitor = kernel.stdout.readline().split()
        assert what_is_there(path, name, int(key)) == ALL
        if killed:
            os.killpg(kernel.pid, signal.SIGKILL)
        kernel.stdin.close()
    wait_for_end(int(janitor))
    assert what_is_there(path, name, int(key)) == set()
    assert not os.path.exists(os.path.dirname(path))


def test_no_library_is_needed_to_remove(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    name = scratch.name("thing")
    shared = SharedMemory(name, create=True, size=10)
    Path(f"/dev/shm/sem.{name[1:]}").touch()
    monkeypatch.setitem(sys.modules, "posix_ipc", None)
    scratch.clear()
    assert not list(Path("/dev/shm").glob(f"*{name[1:]}"))
    resource_tracker.unregister(shared._name, "shared_memory")
    shared.close()


def test_a_kernel_killed_at_once_leaves_nothing() -> None:
    """The janitor may not even have begun; what it was told waits in the pipe."""
    with subprocess.Popen(
        [sys.executable, "-c", KERNEL + "os.kill(os.getpid(), 9)"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    ) as kernel:  # fmt: skip
        assert kernel.stdout
        path, name, key, janitor = kernel.stdout.readline().split()
    wait_for_end(int(janitor))
    assert what_is_there(path, name, int(key)) == set()
