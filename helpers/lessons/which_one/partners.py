"""The other process of a small measurement, on the same core as this one."""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import socket
from collections.abc import Callable, Iterator

from helpers.ipc import Child
from helpers.lessons.which_one.contrast import one_core

PREPARE = "from multiprocessing.connection import Connection; from time import perf_counter_ns"
"""What the other process has besides what every child has."""


@contextlib.contextmanager
def process_that(
    serves: Callable[..., object], pair: Callable[[], tuple[socket.socket, socket.socket]] = socket.socketpair
) -> Iterator[socket.socket]:
    """A process that runs serves(its end of a socket pair), on this thread's core; the value is our end.

    When it ends, our end reads b"".
    """
    ours, theirs = pair()
    with ours, theirs, Child(serves.__name__, pass_fds=[theirs.fileno()]) as other, one_core(other):
        other.do(PREPARE)
        other.define(serves)
        other.start(f"{serves.__name__}(socket.socket(fileno={theirs.fileno()}))")
        theirs.close()  # it is the other's alone now
        yield ours


@contextlib.contextmanager
def process_sharing(*functions: Callable[..., object]) -> Iterator[tuple[Child, mmap.mmap]]:
    """A process that has these functions, and a page of memory that it calls `page`; the value is both."""
    descriptor = os.memfd_create("page")
    with open(descriptor, "r+b", 0) as file, Child("shares", pass_fds=[descriptor]) as other:
        file.truncate(mmap.PAGESIZE)
        other.define(*functions)
        other.do("page = mmap.mmap(descriptor, mmap.PAGESIZE)", descriptor=descriptor)
        with mmap.mmap(descriptor, mmap.PAGESIZE) as page:
            yield other, page


def count_waiting(sock: socket.socket) -> int:
    """Read the messages that wait in a socket; how many there were."""
    found = 0
    while select.select([sock], [], [], 0)[0] and sock.recv(65536):
        found += 1
    return found
