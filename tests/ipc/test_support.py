from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap

import posix_ipc
import pytest

from helpers.ipc import Child
from helpers.ipc.support import if_supported
from tests.needs import need
from tests.users import POOR, why_impossible


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError("The system limit for message queues has been reached"),
        ModuleNotFoundError("No module named 'posix_ipc'"),
        posix_ipc.PermissionsError("Permission denied"),
        MemoryError("Not enough memory"),
    ],
)
def test_what_the_machine_lacks_is_one_sentence(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with if_supported("POSIX message queues"):
        raise error
    said = capsys.readouterr().out
    assert said.startswith("This machine gives us no POSIX message queues") and str(error) in said
    assert said.count("\n") == 1
    if getattr(error, "errno", None):
        assert f"({errno.errorcode[error.errno]})" in said


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EBADF, "Bad descriptor"),
        posix_ipc.BusyError("full"),
        posix_ipc.ExistentialError("A queue with the specified name already exists"),
        ValueError("Invalid parameter(s)"),
        ValueError("The size is invalid"),
        NameError("q"),
        MemoryError(),
        AssertionError(),
    ],
)
def test_any_other_error_passes(error: Exception) -> None:
    with pytest.raises(type(error)), if_supported("POSIX message queues"):
        raise error


def test_what_works_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with if_supported("pipes"):
        os.close(os.dup(1))
    assert capsys.readouterr().out == ""


QUEUE = "posix_ipc.MessageQueue(None, posix_ipc.O_CREX)"
NO_QUEUE = "import posix_ipc, resource\nresource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))"
NO_FILE = """
import posix_ipc, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))
try:
    while True:
        os.dup(2)
except OSError:
    pass
"""


@pytest.mark.parametrize(
    ("used_up", "meant", "not_meant"), [(NO_QUEUE, "RLIMIT_MSGQUEUE", "files"), (NO_FILE, "files", "RLIMIT_MSGQUEUE")]
)
def test_too_many_files_are_told_from_too_many_bytes_in_queues(used_up: str, meant: str, not_meant: str) -> None:
    program = f"import os\nfrom helpers.ipc import if_supported\n{used_up}\nwith if_supported('queues'): {QUEUE}"
    here = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    with Child("child") as child, pytest.raises(OSError) as there:
        child.do(f"{used_up}\n{QUEUE}")
    assert there.value.errno == errno.EMFILE
    for said in (here, f"(EMFILE) {there.value}"):
        assert "EMFILE" in said and meant in said and not_meant not in said


def cells(limits: dict[str, str]) -> list[str]:
    """What cells say that make one thing of each kind where these are the limits, and the user is not root."""
    program = f"""
        import os, posix_ipc, sysv_ipc
        from pathlib import Path
        from helpers.ipc import if_supported
        from tests import users

        users.own_ipc_objects()
        sysv_ipc.Semaphore(1, sysv_ipc.IPC_CREX), sysv_ipc.MessageQueue(1, sysv_ipc.IPC_CREX)
        sysv_ipc.SharedMemory(1, sysv_ipc.IPC_CREX, size=9000)
        for name, value in {limits}.items():
            Path("/proc/sys", name).write_text(value)
        os.setresuid(users.NOBODY, users.NOBODY, users.NOBODY)
        with if_supported("queue"):
            {QUEUE}
        with if_supported("System V queue"):
            sysv_ipc.MessageQueue(2, sysv_ipc.IPC_CREX)
        with if_supported("set"):
            sysv_ipc.Semaphore(2, sysv_ipc.IPC_CREX)
        with if_supported("segment"):
            sysv_ipc.SharedMemory(2, sysv_ipc.IPC_CREX, size=9000)
    """
    need("the rights of root", why_impossible(POOR))
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    beginning, end = "This machine gives us no ", " This cell needs it; the next one goes on."
    return [line.removeprefix(beginning).removesuffix(end) for line in done.stdout.splitlines()]


CALL_ROOT = "root can raise it."
TIDY = "ipcrm removes old ones, and root can raise the limit."


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, []),
        (
            {"fs/mqueue/queues_max": "0", "kernel/msgmni": "1", "kernel/shmmni": "1", "kernel/sem": "9 9 9 1"},
            [
                f"queue (ENOSPC): fs.mqueue.queues_max allows 0; {CALL_ROOT}",
                f"System V queue (ENOSPC): kernel.msgmni allows 1, and 1 are in use; {TIDY}",
                f"set (ENOSPC): SEMMNI in kernel.sem allows 1, and 1 are in use; {TIDY}",
                f"segment (ENOSPC): kernel.shmmni allows 1, and 1 are in use; {TIDY}",
            ],
        ),
        (
            {"fs/mqueue/msgsize_max": "128", "kernel/sem": "9 1 9 9", "kernel/shmall": "3"},
            [
                f"queue (EINVAL): fs.mqueue.msgsize_max allows 128; {CALL_ROOT}",
                f"set (ENOSPC): SEMMNS in kernel.sem allows 1, and 1 are in use; {TIDY}",
                f"segment (ENOSPC): kernel.shmall allows 3, and 3 are in use; {TIDY}",
            ],
        ),
        (
            {"kernel/shmall": "4"},
            [
                "segment (ENOSPC): kernel.shmmni allows 4096, and 1 are in use, "
                f"kernel.shmall allows 4, and 3 are in use; {TIDY}"
            ],
        ),
    ],
)
def test_the_limit_that_is_reached_is_named(limits: dict[str, str], said: list[str]) -> None:
    assert cells(limits) == said
