"""What is behind an address of a process: the mapping it lies in, and the page of memory it leads to.

Read from /proc/PID/smaps and /proc/PID/pagemap (proc_pid_smaps(5), proc_pid_pagemap(5), the kernel's pagemap document).
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
"""Bytes in a page."""

ENTRY = 8
"""Bytes of a pagemap entry."""

FRAME_BITS = (1 << 55) - 1
EXCLUSIVE = 1 << 56
FILE_OR_SHARED = 1 << 61
PRESENT = 1 << 63

_HEADER = re.compile(
    r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<permissions>\S{4}) (?P<offset>[0-9a-f]+) "
    r"(?P<device>[0-9a-f]+:[0-9a-f]+) (?P<inode>\d+) *(?P<path>.*)"
)


class NothingThere(CourseError):
    """No such process, or nothing is mapped at that address of it."""


@dataclass(frozen=True)
class PageInfo:
    """An entry of a process's page table, as pagemap tells it."""

    present: bool
    """In memory, and in this process's page table: a page is entered when the process first touches it."""
    exclusive: bool
    """No other page table leads to the same frame."""
    file_or_shared: bool
    """A page of a file, or of shared anonymous memory; otherwise private anonymous memory."""
    frame: int | None
    """The number of the page frame. The kernel tells it to root only (CAP_SYS_ADMIN); else None."""


@dataclass(frozen=True)
class Mapping:
    """A line of /proc/PID/maps with its sizes from smaps, in bytes."""

    start: int
    end: int
    """The first address after it."""
    permissions: str
    """As in "rw-s": read, write, execute; s for shared, p for private."""
    offset: int
    """Where in the file it begins."""
    device: str
    inode: int
    """0 where no file is behind it."""
    path: str
    """A file, or a name such as "[heap]"; "" for private anonymous memory."""
    rss: int
    """What of it is in memory."""
    pss: int
    """The same, each page divided by the number of processes that have it."""
    shared_clean: int
    shared_dirty: int
    private_clean: int
    private_dirty: int

    @property
    def shared(self) -> bool:
        """Mapped with MAP_SHARED."""
        return self.permissions.endswith("s")


def address_of(memory: mmap.mmap) -> int:
    """Where this process sees a mapping that it may write to. Raises TypeError for one that it may only read."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def page_of(pid: int, address: int) -> PageInfo:
    """The page table's entry for an address of a process.

    Raises NothingThere where there is no such process, and PermissionError for a process of another user.
    """
    with _opened(pid, "pagemap") as file:
        file.seek(address // PAGE_SIZE * ENTRY)
        entry = int.from_bytes(file.read(ENTRY), "little")
    present = bool(entry & PRESENT)
    return PageInfo(
        present=present,
        exclusive=bool(entry & EXCLUSIVE),
        file_or_shared=bool(entry & FILE_OR_SHARED),
        frame=entry & FRAME_BITS or None if present else None,
    )


def mapping_of(pid: int, address: int) -> Mapping:
    """The mapping in which an address of a process lies.

    Raises NothingThere where there is none, or no such process, and PermissionError for a process of another user.
    """
    with _opened(pid, "smaps") as file:
        lines = file.read().decode(errors="replace").splitlines()
    for number, line in enumerate(lines):
        header = _HEADER.fullmatch(line)
        if header and int(header["start"], 16) <= address < int(header["end"], 16):
            return _mapping(header, lines[number + 1 :])
    raise NothingThere(f"nothing is mapped at address {address:#x} of process {pid}")


def page_behind(pid: int, address: int) -> Hashable:
    """A name for the page of memory behind an address, the same in two processes if it is one page; None for no page.

    Works without root. A page of a file or of shared memory is named by the file and the place in it. A private page is
    its process's own if no other page table leads to it. If another one does, it is taken for the one that parent and
    child have had at this address since the fork: right for two processes, not for a family that goes on forking.
    Raises as `page_of`.
    """
    page = page_of(pid, address)
    if not page.present:
        return None
    if page.file_or_shared:
        mapping = mapping_of(pid, address)
        return mapping.device, mapping.inode, (mapping.offset + address - mapping.start) // PAGE_SIZE
    return (pid if page.exclusive else "forked"), address // PAGE_SIZE


def _opened(pid: int, name: str) -> FileIO:
    try:
        return FileIO(f"/proc/{pid}/{name}")
    except FileNotFoundError:
        raise NothingThere(
            f"there is no process {pid}, or this system has no /proc/PID/{name} (Linux has it)"
        ) from None


def _mapping(header: re.Match[str], lines: list[str]) -> Mapping:
    sizes = {}
    for line in lines:
        if _HEADER.fullmatch(line):
            break
        key, _, value = line.partition(":")
        if value.endswith(" kB"):
            sizes[key] = int(value.split()[0]) * 1024
    return Mapping(
        start=int(header["start"], 16),
        end=int(header["end"], 16),
        permissions=header["permissions"],
        offset=int(header["offset"], 16),
        device=header["device"],
        inode=int(header["inode"]),
        path=header["path"],
        rss=sizes["Rss"],
        pss=sizes["Pss"],
        shared_clean=sizes["Shared_Clean"],
        shared_dirty=sizes["Shared_Dirty"],
        private_clean=sizes["Private_Clean"],
        private_dirty=sizes["Private_Dirty"],
    )
