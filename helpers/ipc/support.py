"""Cells for kinds of IPC that a kernel or an installation may lack: they say so, and the notebook goes on.

posix_ipc and sysv_ipc tell of some refusals in a sentence without a number, and it need not be true: EMFILE of
mq_open(3) is "too many files" there, a limit of semaphores "no space left on device". So their words only say where to
look: what a cell says comes from the kernel's limits, and from what exists.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

REFUSALS = {
    errno.ENOSYS, errno.EOPNOTSUPP, errno.ENODEV, errno.EAFNOSUPPORT,  # the kernel has it not, or switched off
    errno.EPERM, errno.EACCES, errno.EROFS,  # a container or a security module forbids it
    errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM,  # the limit is reached, or is 0
}  # fmt: skip

SMALL = {
    "Invalid parameter(s)": [("fs.mqueue.msg_max", 10), ("fs.mqueue.msgsize_max", 8192)],
    "The size is invalid": [("kernel.shmmax", mmap.PAGESIZE)],
    "No semaphore exists with the specified key": [("kernel.sem", 1)],
}
"""The libraries' words for EINVAL, with the limits that can be behind it, and the least that cells ask for."""

FULL = {
    "The system limit for message queues has been reached": "msg",
    "Not enough shared memory identifiers available (ENOSPC)": "shm",
    str(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))): "sem",
}
"""Their words for ENOSPC, with the table in /proc/sysvipc that can be full."""


@contextlib.contextmanager
def if_supported(what: str) -> Iterator[None]:
    """Run the block; where the machine has no `what`, say so in one sentence instead.

    Any other error passes: a mistake in the block is not a missing kernel feature.
    """
    try:
        yield
    except Exception as error:
        why = _why(told_apart(error))
        if not why:
            raise
        print(f"This machine gives us no {what}{why}. This cell needs it; the next one goes on.")


def told_apart(error: Exception) -> Exception:
    """The same error; but where posix_ipc speaks of files, one that says whether files or queues are too many.

    mq_open(3) gives EMFILE for both (RLIMIT_NOFILE and RLIMIT_MSGQUEUE in getrlimit(2)). Only the process that got the
    error can tell, by opening a file: the library's objects keep their descriptors, so that limit is still reached.
    """
    if str(error) != "This process already has the maximum number of files open":
        return error
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    resource = importlib.import_module("resource")
    allowed = resource.getrlimit(resource.RLIMIT_MSGQUEUE)[0]
    queues = f"all queues of a user may take {allowed} bytes together (RLIMIT_MSGQUEUE, `ulimit -q`); unlink one"
    return OSError(errno.EMFILE, queues)


def _why(error: Exception) -> str:
    """The error's number, if it has one, and why the machine refuses; "" where the error is another matter."""
    number, words = getattr(error, "errno", None), str(error)
    with contextlib.suppress(OSError):  # another system than Linux has no such files
        if limit := _limit(words):
            return limit
    if isinstance(error, OSError) and number in REFUSALS:
        return f" ({errno.errorcode[number]}): {words}"
    bare = isinstance(error, OSError) and number is None
    permissions = type(error).__name__ == "PermissionsError"  # of both libraries, and neither need be installed
    return f": {words}" if bare or permissions or isinstance(error, ImportError) or words == "Not enough memory" else ""


def _limit(words: str) -> str:
    """The limit of the kernel behind these words (proc_sys_kernel(5), mq_overview(7)); "" if none is reached."""
    if words == "Insufficient space for a new queue":
        return f" (ENOSPC): fs.mqueue.queues_max allows {_sysctl('fs.mqueue.queues_max')[0]}; root can raise it"
    if words in SMALL:
        small = [f"{name} allows {_sysctl(name)[0]}" for name, usual in SMALL[words] if _sysctl(name)[0] < usual]
        return f" (EINVAL): {', '.join(small)}; root can raise it" if small else ""
    if words in FULL:
        limits = _used(FULL[words])
        full = [limit for limit in limits if limit[1] >= limit[2]]
        if full or FULL[words] == "shm":  # how many more pages were asked for, nobody says
            said = ", ".join(f"{name} allows {most}, and {used} are in use" for name, used, most in full or limits)
            return f" (ENOSPC): {said}; ipcrm removes old ones, and root can raise the limit"
    return ""


def _used(kind: str) -> list[tuple[str, int, int]]:
    """Of each limit of that kind of System V objects: its name, how much is in use, how much is allowed."""
    sizes = [int(line.split()[3]) for line in Path("/proc/sysvipc", kind).read_text().splitlines()[1:]]
    if kind == "sem":
        _, semaphores, _, sets = _sysctl("kernel.sem")
        return [("SEMMNI in kernel.sem", len(sizes), sets), ("SEMMNS in kernel.sem", sum(sizes), semaphores)]
    found = [(f"kernel.{kind}mni", len(sizes), _sysctl(f"kernel.{kind}mni")[0])]
    if kind == "shm":
        found.append(("kernel.shmall", sum(-(-size // mmap.PAGESIZE) for size in sizes), _sysctl("kernel.shmall")[0]))
    return found


def _sysctl(name: str) -> list[int]:
    return [int(number) for number in Path("/proc/sys", name.replace(".", "/")).read_text().split()]
