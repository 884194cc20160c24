"""Processes that share one page of memory, with locks in it and a file beside it: the ground of notebook 03."""

from __future__ import annotations

import atexit
import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from helpers.ipc.child import Child
from helpers.ipc.pthread import Mutex

_MAP = """
from helpers.ipc.pthread import ConditionVariable, Mutex, ReadWriteLock, UnnamedSemaphore
from helpers.lessons.synchronisation.record_locks import ofd_lock, who_holds
memory = mmap.mmap(page, mmap.PAGESIZE)
number = memoryview(memory).cast("q")
"""
_OPEN = "fd = os.open(path, os.O_RDWR | os.O_CREAT)"

_living = ExitStack()
"""The children of the last call of `sharing_a_page`."""

atexit.register(_living.close)  # while Python can still close them in order


def sharing_a_page(path: str, /, *names: str, **locks: str) -> list[Child]:
    """Children with these names that share a page; those of the call before are ended.

    In each of them `memory` is the page, `number` the page as 64-bit numbers, and `fd` the file at `path`, open to be
    read and written. Each of the `locks`, such as mutex="Mutex" or lock="ReadWriteLock prefer_writer=True", is made in
    the page, the first at byte 64, the next at byte 128, and `watched` in every child under its name.
    Raises OSError where the C library has no such lock, and what `Child` raises.
    """
    _living.close()
    made = _living.enter_context(children_with_a_page(names))
    for child in made:
        child.do(_OPEN, path=path)
    for place, (name, what) in enumerate(locks.items(), 1):
        kind, _, options = what.partition(" ")
        made[0].do(f"{name} = {kind}.init(memory, {Mutex.SIZE * place}, {options})")
        for child in made:
            child.do(f"{name} = watched({kind}(memory, {Mutex.SIZE * place}), '{name}')")
    return made


@contextmanager
def children_with_a_page(names: Sequence[str], pass_fds: Sequence[int] = ()) -> Iterator[list[Child]]:
    """Children in which `memory` is one and the same page of zeros, and `number` that page as 64-bit numbers.

    The descriptors in `pass_fds` stay open in them. The children end with the block.
    """
    with ExitStack() as stack:
        page = os.memfd_create("page")
        stack.callback(os.close, page)
        os.ftruncate(page, mmap.PAGESIZE)
        made = [stack.enter_context(Child(name, [page, *pass_fds])) for name in names]
        for child in made:
            child.do(_MAP, page=page)
        yield made
