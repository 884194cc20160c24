"""What outlives its maker in the kernel: System V objects, POSIX message queues, and what lies in /dev/shm.

They belong to an IPC namespace (ipc_namespaces(7)), and /dev/shm to a mount. A thread that lives apart has both to
itself: whatever comes while a run goes on that it began is that run's, though others go on at the same time.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

import posix_ipc
import sysv_ipc

from tests.users import own_ipc_objects

SYSTEM_V = {"msg": "queue", "sem": "semaphore set", "shm": "shared memory segment"}
FSOPEN, FSCONFIG, FSMOUNT = 430, 431, 432  # <asm-generic/unistd.h>
CLOSE_ON_EXEC, CREATE = 1, 6  # FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC, FSCONFIG_CMD_CREATE in <linux/mount.h>


def live_apart() -> None:
    """Give this thread IPC objects of its own. A user who may not do that shares those of the machine."""
    with contextlib.suppress(PermissionError):
        own_ipc_objects()
        _make_one_of_each()


def _make_one_of_each() -> None:
    """As if others used this machine too: a run that takes all that it sees for its own is found out."""
    key = 1
    for make in (sysv_ipc.MessageQueue, sysv_ipc.Semaphore, sysv_ipc.SharedMemory):
        with contextlib.suppress(OSError):  # this kernel lacks it
            make(key, sysv_ipc.IPC_CREX)
    with contextlib.suppress(OSError):
        # Small, for the queues of all namespaces count against the user's RLIMIT_MSGQUEUE (getrlimit(2)).
        posix_ipc.MessageQueue("/of-another", posix_ipc.O_CREX, max_messages=1, max_message_size=1).close()
    Path("/dev/shm/of-another").touch()


def lives_apart() -> bool:
    """Whether this thread has."""
    return os.readlink("/proc/thread-self/ns/ipc") != os.readlink("/proc/self/ns/ipc")


def ipc_objects() -> set[str]:
    """All that this thread can see, in words."""
    found = {f"shared memory or semaphore {path}" for path in Path("/dev/shm").glob("*")}
    found |= {f"POSIX queue /{name}" for name in _message_queues()}
    for name, kind in SYSTEM_V.items():
        table = Path("/proc/sysvipc", name)  # sysvipc(7)
        rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
        found |= {f"System V {kind} {identifier} (key {key})" for key, identifier, *_ in rows}
    return found


def _message_queues() -> list[str]:
    """Their names are those of the files in the file system mqueue (mq_overview(7)); root need not find it mounted."""
    try:
        opened = _mount_of_queues()
    except OSError:  # no rights, no such kernel
        folder = Path("/dev/mqueue")
        return os.listdir(folder) if folder.exists() else []
    try:
        return os.listdir(f"/proc/self/fd/{opened}")
    finally:
        os.close(opened)


def _mount_of_queues() -> int:
    """The top folder of a mount that has no place in any tree and ends when this descriptor is closed (fsmount(2))."""
    context = _system_call(FSOPEN, b"mqueue", CLOSE_ON_EXEC)
    try:
        _system_call(FSCONFIG, context, CREATE, None, None, 0)
        return _system_call(FSMOUNT, context, CLOSE_ON_EXEC, 0)
    finally:
        os.close(context)


_libc = ctypes.CDLL(None, use_errno=True)


def _system_call(number: int, *arguments: int | bytes | None) -> int:
    returned = int(_libc.syscall(number, *arguments))
    if returned < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"system call {number}: {os.strerror(error)}")
    return returned
