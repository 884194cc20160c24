"""What is behind an address of a process: the mapping it lies in, and the page of memory it leads to.

Read from /proc/PID/smaps and /proc/PID/pagemap (proc_pid_smaps(5), proc_pid_pagemap(5)). The numbers of page frames,
which would answer at once, are told to root only; so a shared page is named by its file, and a private one by whether
another page table leads to it too.
"""

from __future__ import annotations

import ctypes
import mmap
import re
from collections.abc import Hashable
from dataclasses import dataclass
from io import FileIO

from helpers.errors import CourseError

PAGE_SIZE = mmap.PAGESIZE
EXCLUSIVE, FILE_OR_SHARED, PRESENT = 1 << 56, 1 << 61, 1 << 63
"""Bits of an entry of pagemap, which has 8 bytes."""

_ENTRY = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)(?:\n\w+: .*)*?\nRss: *(\d+) kB\nPss: *(\d+) kB",
    re.MULTILINE,
)


@dataclass(frozen=True)
class PageInfo:
    """An entry of a process's page table, as pagemap tells it."""

    present: bool
    """In memory, and in this process's page table: a page is entered when the process first touches it."""
    exclusive: bool
    """No other page table leads to the same frame."""
    file_or_shared: bool
    """A page of a file, or of shared anonymous memory; otherwise private anonymous memory."""


@dataclass(frozen=True)
class Mapping:
    """A line of /proc/PID/maps, with two sizes from smaps, in bytes."""

    start: int
    permissions: str
    """As in "rw-s": read, write, execute; s for shared, p for private."""
    offset: int
    """Where in the file it begins."""
    file: tuple[str, str]
    """Device and inode; inode "0" where no file is behind it."""
    path: str
    """A file, or a name such as "[heap]"; "" for private anonymous memory."""
    rss: int
    """What of it is in memory."""
    pss: int
    """The same, each page divided by the number of processes that have it."""

    @property
    def shared(self) -> bool:
        """Mapped with MAP_SHARED."""
        return self.permissions.endswith("s")


def address_of(memory: mmap.mmap) -> int:
    """Where this process sees a mapping that it may write to. Raises TypeError for one that it may only read."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def page_of(pid: int, address: int) -> PageInfo:
    """The page table's entry for an address of a process. Raises CourseError where there is no such process."""
    with _opened(pid, "pagemap") as file:
        file.seek(address // PAGE_SIZE * 8)
        entry = int.from_bytes(file.read(8), "little")
    return PageInfo(bool(entry & PRESENT), bool(entry & EXCLUSIVE), bool(entry & FILE_OR_SHARED))


def mapping_of(pid: int, address: int) -> Mapping:
    """The mapping in which an address of a process lies. Raises CourseError where there is none, or no such process."""
    with _opened(pid, "smaps") as file:
        text = file.read().decode(errors="replace")
    for start, end, permissions, offset, device, inode, path, rss, pss in _ENTRY.findall(text):
        if int(start, 16) <= address < int(end, 16):
            place = (int(start, 16), permissions, int(offset, 16), (device, inode), path)
            return Mapping(*place, int(rss) * 1024, int(pss) * 1024)
    raise CourseError(f"nothing is mapped at address {address:#x} of process {pid}")


def page_behind(pid: int, address: int) -> Hashable:
    """A name for the page of memory behind an address, the same in two processes if it is one page; None for no page.

    Works without root. A page of a file or of shared memory is named by the file and the place in it. A private page is
    its process's own if no other page table leads to it. If another one does, it is taken for the one that parent and
    child have had at this address since the fork: right for two processes, not for a family that goes on forking.
    """
    page = page_of(pid, address)
    if not page.present:
        return None
    if page.file_or_shared:
        mapping = mapping_of(pid, address)
        return *mapping.file, (mapping.offset + address - mapping.start) // PAGE_SIZE
    return (pid if page.exclusive else "forked"), address // PAGE_SIZE


def _opened(pid: int, name: str) -> FileIO:
    try:
        return FileIO(f"/proc/{pid}/{name}")
    except FileNotFoundError:
        raise CourseError(f"there is no process {pid}, or this system has no /proc/PID/{name} (Linux has it)") from None
