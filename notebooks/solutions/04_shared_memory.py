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
    """04.1: O_CREAT makes it if it is not there; ftruncate() to the size that it has already changes nothing."""
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    memory = mmap.mmap(fd, mmap.PAGESIZE)
    os.close(fd)
    return memory


def copied_pages(pid, address, count):
    """04.2: a page that was copied is behind one page table only."""
    return [number for number in range(count) if page_of(pid, address + number * PAGE).exclusive]


def unchangeable(data):
    """04.3: sealed when the bytes are in it; MFD_ALLOW_SEALING, or no seal can be put on."""
    fd = os.memfd_create("unchangeable", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def replace(name, data):
    """04.4: the name goes, the old object stays with its users. Between the two calls there is none of that name.

    os.rename() from another file in /dev/shm leaves no such moment, but only Linux has that folder.
    """
    shm_unlink(name)
    fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    os.write(fd, data)
    os.close(fd)
