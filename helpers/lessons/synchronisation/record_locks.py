"""What Python's fcntl module leaves to others: OFD locks, who holds a lock, and all locks of a file.

fcntl.lockf() takes POSIX record locks, which belong to a process: close() of any descriptor of the file loses them.
fcntl.flock() locks a whole file. A third kind is here: an OFD lock is a record lock that belongs to an open file
description (fcntl(2), "Open file description locks (non-POSIX)"), as flock()'s does.
"""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from helpers.elsewhere import require_linux

if sys.platform != "win32":
    import fcntl

LockType = Literal["F_RDLCK", "F_WRLCK", "F_UNLCK"]
"""l_type of fcntl(2), by name: lockf()'s LOCK_EX is the same number as F_UNLCK."""

KINDS = {"POSIX", "OFDLCK", "FLOCK"}
"""/proc/locks has leases as well, which are no locks."""

_FLOCK = "hhqqi0q"
"""struct flock of 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid; "0q" pads its end as C does."""


@dataclass(frozen=True)
class RecordLock:
    """A lock that is held, or waited for."""

    kind: str
    """As in /proc/locks: "POSIX" belongs to a process; "OFDLCK", and flock()'s "FLOCK", to an open file description."""
    exclusive: bool
    pid: int | None
    """The process that took it. None for an OFD lock, which has no process, and for one of another PID namespace."""
    start: int
    """The first byte."""
    end: int | None
    """The last byte; None for all to the end of the file, however far it grows."""
    waiting: bool = False
    """It is asked for and not held yet."""


def ofd_lock(fd: int, kind: LockType, start: int = 0, length: int = 0, wait: bool = True) -> None:
    """Lock ("F_RDLCK", "F_WRLCK") or unlock ("F_UNLCK") `length` bytes from `start` for fd's open file description.

    Length 0 reaches to the end of the file. Raises BlockingIOError (EAGAIN) instead of waiting where `wait` is False;
    OSError EBADF where fd is closed, or not open for reading ("F_RDLCK") or writing ("F_WRLCK").
    """
    request = _packed(kind, start, length)
    fcntl.fcntl(fd, fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK, request)


def who_holds(fd: int, kind: LockType, start: int = 0, length: int = 0, ofd: bool = False) -> RecordLock | None:
    """A lock that would refuse this one ("F_RDLCK" or "F_WRLCK") now; None if it could be taken.

    This process asks (F_GETLK): its own POSIX locks are in nobody's way. With `ofd`, fd's open file description asks
    (F_OFD_GETLK), and they are. Locks of flock() are not seen. Raises OSError EBADF where fd is closed.
    """
    request = _packed(kind, start, length)
    answer = fcntl.fcntl(fd, fcntl.F_OFD_GETLK if ofd else fcntl.F_GETLK, request)
    number, _, first, size, pid = struct.unpack(_FLOCK, answer)
    if number == fcntl.F_UNLCK:
        return None
    return RecordLock(
        kind="OFDLCK" if pid == -1 else "POSIX",
        exclusive=number == fcntl.F_WRLCK,
        pid=pid if pid > 0 else None,  # 0: a process of another PID namespace
        start=first,
        end=first + size - 1 if size else None,
    )


def locks_of(path: str | os.PathLike[str]) -> tuple[RecordLock, ...]:
    """All locks on a file that /proc/locks shows, and all requests that wait; not those of other PID namespaces.

    Raises OSError, such as FileNotFoundError.
    """
    file = _identity(path)
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return tuple(_parsed(fields) for fields in lines if file in fields and KINDS.intersection(fields))


def _packed(kind: LockType, start: int, length: int) -> bytes:
    require_linux("the record locks")
    if kind not in get_args(LockType):
        raise ValueError(f'a record lock is "F_RDLCK", "F_WRLCK" or "F_UNLCK", written as text, not {kind!r}')
    return struct.pack(_FLOCK, getattr(fcntl, kind), os.SEEK_SET, start, length, 0)


def _identity(path: str | os.PathLike[str]) -> str:
    """How /proc/locks names the file: device and inode, which stat(2) translates on overlayfs and btrfs.

    Opened with O_PATH, because close() of an ordinary descriptor would lose this process's own POSIX locks on it.
    """
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        info = dict(line.split(":", 1) for line in Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines())
        inode = info.get("ino") or str(os.stat(fd).st_ino)  # "ino" came with Linux 5.14
    finally:
        os.close(fd)
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    (device,) = (fields[2] for fields in mounts if fields[0] == info["mnt_id"].strip())
    major, minor = map(int, device.split(":"))
    return f"{major:02x}:{minor:02x}:{inode.strip()}"


def _parsed(fields: list[str]) -> RecordLock:
    """A line of /proc/locks (proc_locks(5)): "1: POSIX ADVISORY WRITE 4711 fe:00:99 0 EOF", or "1: -> POSIX ..."."""
    waiting = fields[1] == "->"
    kind, _, access, pid, _, start, end = fields[2 if waiting else 1 :]
    return RecordLock(
        kind=kind,
        exclusive=access == "WRITE",
        pid=int(pid) if int(pid) > 0 else None,
        start=int(start),
        end=None if end == "EOF" else int(end),
        waiting=waiting,
    )
