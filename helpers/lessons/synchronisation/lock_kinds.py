"""Seven kinds of lock asked the same two questions: can another process free it, and can it take it from the dead?"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass

from helpers.ipc.child import Child

NOT_DEFINED = "not defined by POSIX"


@dataclass(frozen=True)
class LockKind:
    """How code in a child of `sharing_a_page` uses a lock named x."""

    made: str
    """What `sharing_a_page` makes; "" where the lock is on the file."""
    take: str
    attempt: str
    """Take it, or fail at once."""
    free: str
    """"" where POSIX leaves undefined what it does in a process that does not hold the lock."""


def _of_fcntl(function: str) -> LockKind:
    call = f"fcntl.{function}(fd, {{}})"
    modes = ("fcntl.LOCK_EX", "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_UN")
    return LockKind("", *map(call.format, modes))


_MUTEX = "x.lock()", "x.trylock()", "x.unlock()"
_OFD = "ofd_lock(fd, 'F_WRLCK')", "ofd_lock(fd, 'F_WRLCK', wait=False)", "ofd_lock(fd, 'F_UNLCK')"

LOCK_KINDS = {
    "mutex": LockKind("Mutex", *_MUTEX),
    "robust mutex": LockKind("Mutex robust=True", *_MUTEX),
    "read-write lock": LockKind("ReadWriteLock", "x.wrlock()", "x.trywrlock()", ""),
    "semaphore": LockKind("UnnamedSemaphore", "x.wait()", "x.trywait()", "x.post()"),
    "record lock": _of_fcntl("lockf"),
    "flock": _of_fcntl("flock"),
    "OFD lock": LockKind("", *_OFD),
}
"""By name; each is taken alone, not shared."""


def can_another_free_it(kind: LockKind, processes: Callable[..., list[Child]]) -> str:
    """A takes the lock. B frees it, or tries to, and then tries to take it: "yes", or "no: " and the errno's name.

    `processes` makes A and B, as `sharing_a_page` does.
    """
    if not kind.free:
        return NOT_DEFINED
    a, b = _two(kind, processes)
    a.do(kind.take)
    return _outcome(b, f"{kind.free}\n{kind.attempt}")


def can_another_take_it_from_the_dead(kind: LockKind, processes: Callable[..., list[Child]]) -> str:
    """A takes the lock and is killed. B tries to take it: "yes", "yes, with EOWNERDEAD", or "no: " and the errno.

    `processes` makes A and B, as `sharing_a_page` does.
    """
    a, b = _two(kind, processes)
    a.do(kind.take)
    a.kill()
    a.wait()
    return _outcome(b, kind.attempt)


def _two(kind: LockKind, processes: Callable[..., list[Child]]) -> list[Child]:
    return processes("A", "B", x=kind.made) if kind.made else processes("A", "B")


def _outcome(child: Child, code: str) -> str:
    try:
        child.do(code)
    except OSError as error:
        name = errno.errorcode[error.errno or 0]
        return f"yes, with {name}" if error.errno == errno.EOWNERDEAD else f"no: {name}"
    return "yes"
