"""Cells for kinds of IPC that a kernel or an installation may lack: they say so, and the notebook goes on."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Iterator
from contextlib import contextmanager

REFUSALS = {
    errno.ENOSYS, errno.EOPNOTSUPP, errno.ENODEV,  # the kernel was built without it
    errno.EPERM, errno.EACCES, errno.EROFS,  # a container or a security module forbids it
    errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM,  # the limit is reached, or is 0
}  # fmt: skip


@contextmanager
def if_supported(what: str) -> Iterator[None]:
    """Run the block; where the machine has no `what`, say so in one sentence instead.

    Any other error passes: a mistake in the block is not a missing kernel feature.
    """
    try:
        yield
    except _refusals() as error:
        # posix_ipc and sysv_ipc raise a bare OSError, with a message and no number, for a limit that is reached.
        number = getattr(error, "errno", None)
        if isinstance(error, OSError) and number is not None and number not in REFUSALS:
            raise
        name = f" ({errno.errorcode[number]})" if number else ""
        print(f"This machine gives us no {what}{name}: {error}. This cell needs it; the next one goes on.")


def _refusals() -> tuple[type[Exception], ...]:
    """The exceptions in question, also those of the libraries of queues and semaphores where they are installed."""
    kinds = ("PermissionsError", "ExistentialError")
    found: list[type[Exception]] = [OSError, ImportError]
    for name in ("posix_ipc", "sysv_ipc"):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        found += [getattr(library, kind) for kind in kinds]
    return tuple(found)
