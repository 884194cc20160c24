"""Solutions to the exercises of notebook 04. Try first: a wrong answer is told what is wrong with it.

They run in processes where os, mmap, fcntl and PAGE are there, for 04.1 and 04.4 shm_open and shm_unlink too, for 04.2
page_of.
"""

import fcntl
import mmap
import os
from _posixshmem import shm_open, shm_unlink

from helpers.lessons.shared_memory.pages import page_of

PAGE = mmap.PAGESIZE


def attach(name):
    """04.1: every process makes the same calls, so it does not matter which one comes first.

    O_CREAT makes the object if it is not there, and opens it otherwise. ftruncate() to the size that an object has
    already changes nothing, and it gives the new one its zeros. The mapping stays when the descriptor is closed.
    """
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    memory = mmap.mmap(fd, mmap.PAGESIZE)
    os.close(fd)
    return memory


def copied_pages(pid, address, count):
    """04.2: a page that was copied is behind one page table only.

    Since the fork both page tables lead to the same frames, until one of the two processes writes. Then that process
    gets a copy, and each of the two frames is in one page table. That is what `exclusive` tells, of parent and child.
    """
    return [number for number in range(count) if page_of(pid, address + number * PAGE).exclusive]


def unchangeable(data):
    """04.3: write the bytes first, then put on the three seals.

    Without MFD_ALLOW_SEALING no seal can be put on. F_SEAL_WRITE forbids to write, but the file could still be cut and
    made longer, and what was cut would be zeros then: so it needs F_SEAL_SHRINK, and F_SEAL_GROW for its size.
    """
    fd = os.memfd_create("unchangeable", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def replace(name, data):
    """04.4: the name goes, and the old object stays with its users; then a new object gets the name.

    Between the two calls there is no object of that name, and a newcomer finds none. os.rename() from another file in
    /dev/shm leaves no such moment, but only Linux has that folder.
    """
    shm_unlink(name)
    fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    os.write(fd, data)
    os.close(fd)
