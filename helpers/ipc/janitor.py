"""Removes what a notebook has made under names, and is the process that does it when the notebook's kernel has ended.

Started as `python -m helpers.ipc.janitor`: reads names from its standard input, one a line, until the kernel that
writes them has ended, whether it was shut down or killed; then removes whatever is there.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from typing import Any, NamedTuple


class Thing(NamedTuple):
    """A name under which something may be."""

    kind: str
    """"path" or "folder" (file system), "name" (POSIX objects), "key" (System V objects)."""
    name: str


def main() -> None:
    """Wait for the end of the input, then remove."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    things = [Thing(*json.loads(line)) for line in sys.stdin.buffer if line.endswith(b"\n")]
    for thing in reversed(things):  # the folder was told first
        remove(thing)


def remove(thing: Thing) -> None:
    """Remove all that is there under this name; nothing is no error."""
    for removal in _REMOVALS[thing.kind]:
        with contextlib.suppress(OSError, ImportError):
            removal(thing.name)


def _remove_path(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _remove_queue(name: str) -> None:
    library: Any = importlib.import_module("posix_ipc")
    with contextlib.suppress(library.ExistentialError):
        library.unlink_message_queue(name)


def _shared_memory_file(prefix: str) -> Callable[[str], None]:
    """Linux keeps both as files (shm_overview(7), sem_overview(7)), so no library is needed to remove them."""
    return lambda name: os.unlink(f"/dev/shm/{prefix}{name.removeprefix('/')}")


def _system_v(kind: str) -> Callable[[str], None]:
    def remove_object(key: str) -> None:
        with contextlib.suppress(importlib.import_module("sysv_ipc").ExistentialError):
            found = getattr(importlib.import_module("sysv_ipc"), kind)(int(key))
            found.remove()
            if kind == "SharedMemory":
                found.detach()  # this object has attached it, and would keep it for as long as this process lives

    return remove_object


_REMOVALS: dict[str, tuple[Callable[[str], None], ...]] = {
    "path": (_remove_path,),
    "folder": (shutil.rmtree,),
    "name": (_remove_queue, _shared_memory_file("sem."), _shared_memory_file("")),
    "key": tuple(map(_system_v, ("MessageQueue", "Semaphore", "SharedMemory"))),
}


if __name__ == "__main__":
    main()
