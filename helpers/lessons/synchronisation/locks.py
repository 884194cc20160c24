"""The ground of notebook 03: processes that share a page with locks in it, and a file; and locks that Python lacks.

Python's fcntl has record locks (lockf) and flock, no OFD locks, and nobody's list of locks. struct flock is packed by
hand, because ctypes would need as many lines; and the kernel's list is read from /proc/locks as lslocks(8) does.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from helpers.elsewhere import require_linux
from helpers.ipc.child import Child
from helpers.ipc.pthread import Mutex

if sys.platform != "win32":
    import fcntl

_FLOCK = "hhqqi0q"
"""struct flock of 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid; "0q" pads its end as C does."""

_MAP = """
from helpers.ipc.pthread import ConditionVariable, Mutex, ReadWriteLock, UnnamedSemaphore
from helpers.lessons.synchronisation.locks import ofd_lock, who_holds
memory = mmap.mmap(page, mmap.PAGESIZE)
number = memoryview(memory).cast("q")
"""

_living: list[Child] = []
"""The children of the last call of `sharing_a_page`."""


def sharing_a_page(path: str, /, *names: str, **locks: str) -> list[Child]:
    """Children with these names that share a page; those of the call before are ended.

    In each of them `memory` is the page, `number` the page as 64-bit numbers, and `fd` the file at `path`, open to be
    read and written. Each of the `locks`, such as mutex="Mutex" or lock="ReadWriteLock prefer_writer=True", is made in
    the page, the first at byte 64, the next at byte 128, and `watched` in every child under its name.
    Raises OSError where the C library has no such lock, and what `Child` raises.
    """
    while _living:
        _living.pop().close()
    _living.extend(children_with_a_page(names))
    for child in _living:
        child.do("fd = os.open(path, os.O_RDWR | os.O_CREAT)", path=path)
    for place, (name, what) in enumerate(locks.items(), 1):
        kind, _, options = what.partition(" ")
        _living[0].do(f"{name} = {kind}.init(memory, {Mutex.SIZE * place}, {options})")
        for child in _living:
            child.do(f"{name} = watched({kind}(memory, {Mutex.SIZE * place}), '{name}')")
    return list(_living)


def children_with_a_page(names: Sequence[str], pass_fds: Sequence[int] = ()) -> list[Child]:
    """Children in which `memory` is one and the same page of zeros, and `number` that page as 64-bit numbers.

    The descriptors in `pass_fds` stay open in them.
    """
    require_linux("memory that processes share")
    page = os.memfd_create("page")
    try:
        os.ftruncate(page, mmap.PAGESIZE)
        made = [Child(name, [page, *pass_fds]) for name in names]
        for child in made:
            child.do(_MAP, page=page)
        return made
    finally:
        os.close(page)


def ofd_lock(
    fd: int, kind: Literal["F_RDLCK", "F_WRLCK", "F_UNLCK"], start: int = 0, length: int = 0, wait: bool = True
) -> None:
    """Lock or unlock `length` bytes from `start` for fd's open file description (F_OFD_SETLKW in fcntl_locking(2)).

    `kind` is text: lockf()'s LOCK_EX is the same number as F_UNLCK. Length 0 reaches to the end of the file. Raises
    BlockingIOError (EAGAIN) instead of waiting where `wait` is False; OSError EBADF where fd is not open for reading
    ("F_RDLCK") or writing ("F_WRLCK").
    """
    request = struct.pack(_FLOCK, getattr(fcntl, kind), os.SEEK_SET, start, length, 0)
    fcntl.fcntl(fd, fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK, request)


def who_holds(fd: int, kind: Literal["F_RDLCK", "F_WRLCK"], start: int = 0, length: int = 0) -> int | None:
    """The PID of another process whose record lock would refuse this one now (F_GETLK); None if it could be taken.

    -1 where it is an OFD lock, which has no process.
    """
    request = struct.pack(_FLOCK, getattr(fcntl, kind), os.SEEK_SET, start, length, 0)
    found, *_, pid = struct.unpack(_FLOCK, fcntl.fcntl(fd, fcntl.F_GETLK, request))
    return None if found == fcntl.F_UNLCK else pid


@dataclass(frozen=True)
class FileLock:
    """A lock on a file that is held, or waited for."""

    exclusive: bool
    pid: int
    """The process that took it; -1 for an OFD lock, which has none."""
    start: int
    """The first byte."""
    end: int | None
    """The last byte; None for all to the end of the file, however far it grows."""
    waiting: bool


def locks_of(path: str) -> list[FileLock]:
    """All locks on a file that /proc/locks shows, and all requests that wait."""
    file = _identity(path)
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [_parsed(fields[1:]) for fields in lines if file in fields]


def _identity(path: str) -> str:
    """How /proc/locks names the file: device and inode, which stat(2) translates on overlayfs and btrfs.

    Opened with O_PATH, because close() of an ordinary descriptor would lose this process's own record locks on it.
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


def _parsed(fields: list[str]) -> FileLock:
    """A line of /proc/locks (proc_locks(5)): "POSIX ADVISORY WRITE 4711 fe:00:99 0 EOF", or "-> POSIX ..."."""
    waiting = fields[0] == "->"
    access, pid, _, start, end = fields[3 if waiting else 2 :]
    return FileLock(access == "WRITE", int(pid), int(start), None if end == "EOF" else int(end), waiting)


class Kind(NamedTuple):
    """How code in a child of `sharing_a_page` uses a lock named x."""

    made: str
    """What `sharing_a_page` makes; "" where the lock is on the file."""
    take: str
    attempt: str
    """Take it, or fail at once."""
    free: str
    """"" where POSIX leaves undefined what it does in a process that does not hold the lock."""


def _of_fcntl(function: str) -> Kind:
    call = f"fcntl.{function}(fd, fcntl.LOCK_{{}})"
    return Kind("", *map(call.format, ("EX", "EX | fcntl.LOCK_NB", "UN")))


KINDS = {
    "mutex": Kind("Mutex", "x.lock()", "x.trylock()", "x.unlock()"),
    "robust mutex": Kind("Mutex robust=True", "x.lock()", "x.trylock()", "x.unlock()"),
    "read-write lock": Kind("ReadWriteLock", "x.wrlock()", "x.trywrlock()", ""),
    "semaphore": Kind("UnnamedSemaphore", "x.wait()", "x.trywait()", "x.post()"),
    "record lock": _of_fcntl("lockf"),
    "flock": _of_fcntl("flock"),
    "OFD lock": Kind("", "ofd_lock(fd, 'F_WRLCK')", "ofd_lock(fd, 'F_WRLCK', wait=False)", "ofd_lock(fd, 'F_UNLCK')"),
}
"""By name; each is taken alone, not shared."""


def can_another_free_it(kind: Kind, processes: Callable[..., list[Child]]) -> str:
    """A takes the lock. B frees it, or tries to, and then tries to take it: "yes", or "no: " and the errno's name.

    `processes` makes A and B, as `sharing_a_page` does.
    """
    if not kind.free:
        return "not defined by POSIX"
    _, b = _taken(kind, processes)
    return _answer(b, f"{kind.free}\n{kind.attempt}")


def can_another_take_it_from_the_dead(kind: Kind, processes: Callable[..., list[Child]]) -> str:
    """A takes the lock and is killed. B tries to take it: "yes", "yes, with EOWNERDEAD", or "no: " and the errno."""
    a, b = _taken(kind, processes)
    a.kill()
    a.wait()
    return _answer(b, kind.attempt)


def _taken(kind: Kind, processes: Callable[..., list[Child]]) -> list[Child]:
    """A, which has taken the lock, and B."""
    a, b = processes("A", "B", **({"x": kind.made} if kind.made else {}))
    a.do(kind.take)
    return [a, b]


def _answer(child: Child, code: str) -> str:
    came = child.start(code).outcome()
    number = str(came).removeprefix("raises ")
    return {None: "yes", "raises EOWNERDEAD": f"yes, with {number}"}.get(came, f"no: {number}")
