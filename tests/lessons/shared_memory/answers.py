"""Answers to the exercises of notebook 04."""

from __future__ import annotations

import fcntl
import mmap
import os
from _posixshmem import shm_open, shm_unlink

from helpers.lessons.shared_memory.pages import page_behind, page_of
from tests.lessons.table import Tried, solutions

SOLVED = solutions("04")
PAGE = mmap.PAGESIZE


def by_its_file(name):
    fd = os.open(f"/dev/shm{name}", os.O_CREAT | os.O_RDWR, 0o600)
    os.posix_fallocate(fd, 0, PAGE)
    return mmap.mmap(fd, PAGE)


def waits_for_the_maker(name):
    try:
        fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
        os.ftruncate(fd, PAGE)
    except FileExistsError:
        fd = shm_open(name, os.O_RDWR, mode=0o600)
        while os.fstat(fd).st_size < PAGE:
            time.sleep(0.001)  # noqa: F821  what a child has imported
    return mmap.mmap(fd, PAGE)


def trusts_the_maker(name):
    try:
        fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
        os.ftruncate(fd, PAGE)
    except FileExistsError:
        fd = shm_open(name, os.O_RDWR, mode=0o600)
    return mmap.mmap(fd, PAGE)


def nothing_named(name):
    return mmap.mmap(-1, PAGE)


def private_when_it_is_there(name):
    there = os.path.exists("/dev/shm" + name)
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    return mmap.mmap(fd, PAGE, flags=mmap.MAP_PRIVATE if there else mmap.MAP_SHARED)


def as_the_maker(name):
    fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    return mmap.mmap(fd, PAGE)


def wipes(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR | os.O_TRUNC, mode=0o600)
    os.ftruncate(fd, PAGE)
    return mmap.mmap(fd, PAGE)


def closes_it(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    with mmap.mmap(fd, PAGE) as memory:
        return memory


def only_reads(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    return mmap.mmap(fd, PAGE, prot=mmap.PROT_READ)


def descriptor(name):
    return shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)


def cut_below(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    memory = mmap.mmap(fd, PAGE)
    os.ftruncate(fd, 0)
    return memory


def as_a_set(pid, address, count):
    return {number for number in range(count) if page_behind(pid, address + number * PAGE)[0] == pid}


def one_by_one(pid, address, count):
    for number in reversed(range(count)):
        if page_of(pid, address + number * PAGE).exclusive:
            yield number


def all_of_them(pid, address, count):
    return list(range(count))


def still_shared(pid, address, count):
    return [number for number in range(count) if not page_of(pid, address + number * PAGE).exclusive]


def counted(pid, address, count):
    return sum(page_of(pid, address + number * PAGE).exclusive for number in range(count))


def typing_error(pid, address, count):
    return [pageof(pid, address)]  # noqa: F821


def all_seals(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, len(data))
    with mmap.mmap(fd, len(data)) as memory:
        memory[:] = data
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 15)
    return fd


def from_a_file_object(data):
    with open(os.memfd_create("sealed", os.MFD_ALLOW_SEALING), "wb", buffering=0) as file:
        file.write(data)
        for seal in (fcntl.F_SEAL_WRITE, fcntl.F_SEAL_SHRINK, fcntl.F_SEAL_GROW):
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, seal)
        return os.dup(file.fileno())


def unsealed(data):
    fd = os.memfd_create("unsealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    return fd


def no_seals_allowed(data):
    fd = os.memfd_create("sealed")
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    return fd


def the_last_seal_first(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def for_newcomers(data):
    global memory
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    memory = mmap.mmap(fd, len(data))
    future_write = 0x10  # fcntl has no name for F_SEAL_FUTURE_WRITE, <linux/fcntl.h>
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, future_write | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def against_writing(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    return fd


def before_the_bytes(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    os.write(fd, data)
    return fd


def opened_to_read(data):
    fd = os.memfd_create("reading")
    os.write(fd, data)
    return os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)


def pipe(data):
    return os.pipe()[0]


def closed_again(data):
    with open(os.memfd_create("sealed", os.MFD_ALLOW_SEALING), "wb", buffering=0) as file:
        file.write(data)
        return file.fileno()


def by_rename(name, data):
    with open(f"/dev/shm{name}-next", "wb") as file:
        file.write(data)
    os.rename(file.name, f"/dev/shm{name}")


def through_memory(name, data):
    shm_unlink(name)
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    mmap.mmap(fd, PAGE)[: len(data)] = data


def in_place(name, data):
    os.pwrite(shm_open(name, os.O_RDWR, mode=0o600), data, 0)


def cut_and_written(name, data):
    os.write(shm_open(name, os.O_RDWR | os.O_TRUNC, mode=0o600), data)
    os.truncate("/dev/shm" + name, 0)


def only_unlinked(name, data):
    shm_unlink(name)


def empty_one(name, data):
    shm_unlink(name)
    os.ftruncate(shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600), PAGE)


def nothing_at_all(name, data):
    return data


TRIED = [
    Tried("04.1", SOLVED["attach"], "passed", "what the other wrote"),
    Tried("04.1", by_its_file, "passed", ""),
    Tried("04.1", waits_for_the_maker, "passed", ""),
    Tried("04.1", trusts_the_maker, "wrong", "gave it its size a moment later. Your code raised ValueError"),
    Tried("04.1", nothing_named, "wrong", r"expected b'first', got b'\x00\x00\x00\x00\x00'. Has it other memory?"),
    Tried("04.1", private_when_it_is_there, "wrong", r"expected b'SECOND', got b'first\x00'"),
    Tried("04.1", as_the_maker, "wrong", "raised FileExistsError"),
    Tried("04.1", wipes, "wrong", "of its own when the second has come: expected b'first'"),
    Tried("04.1", closes_it, "wrong", "expected ('mmap', False), got ('mmap', True)"),
    Tried("04.1", only_reads, "wrong", "whether it is closed or can only be read: expected"),
    Tried("04.1", descriptor, "wrong", "got ('int', False)"),
    Tried("04.1", cut_below, "wrong", "SIGBUS"),
    Tried("04.2", SOLVED["copied_pages"], "passed", "and no other"),
    Tried("04.2", as_a_set, "passed", ""),
    Tried("04.2", one_by_one, "passed", ""),
    Tried("04.2", all_of_them, "wrong", "expected [1], got [0, 1, 2]"),
    Tried("04.2", still_shared, "wrong", "expected [1], got [0, 2]. A copied page is behind one page table only"),
    Tried("04.2", counted, "wrong", "'int' object is not iterable"),
    Tried("04.2", typing_error, "wrong", "name 'pageof' is not defined, in your process: return [pageof"),
    Tried("04.2", lambda pid, address, count: [], "wrong", "with def"),
    Tried("04.3", SOLVED["unchangeable"], "passed", "the kernel refused"),
    Tried("04.3", all_seals, "passed", ""),
    Tried("04.3", from_a_file_object, "passed", ""),
    Tried("04.3", unsealed, "wrong", "opened its file anew, through /proc/self/fd, and wrote into it."),
    Tried("04.3", no_seals_allowed, "wrong", "A memfd has F_SEAL_SEAL (no more seals) from birth, unless"),
    Tried("04.3", the_last_seal_first, "wrong", "After F_SEAL_SEAL the kernel refuses every seal"),
    Tried("04.3", for_newcomers, "wrong", "it lacks F_SEAL_WRITE. (F_SEAL_FUTURE_WRITE does not"),
    Tried("04.3", against_writing, "wrong", "cut it shorter."),
    Tried("04.3", before_the_bytes, "wrong", "Operation not permitted, in your process: os.write"),
    Tried("04.3", opened_to_read, "wrong", "and wrote into it."),
    Tried("04.3", pipe, "wrong", "got 'raises ESPIPE'"),
    Tried("04.3", closed_again, "wrong", "got 'raises EBADF'. A file object closes its own"),
    Tried("04.4", SOLVED["replace"], "passed", "the name leads to the new one"),
    Tried("04.4", by_rename, "passed", ""),
    Tried("04.4", through_memory, "passed", ""),
    Tried("04.4", in_place, "wrong", "expected b'old news', got b'new news'. Leave the object alone"),
    Tried("04.4", cut_and_written, "wrong", "SIGBUS ended the process that was attached"),
    Tried("04.4", only_unlinked, "wrong", "got 'raises ENOENT'"),
    Tried("04.4", empty_one, "wrong", r"got b'\x00"),
    Tried("04.4", nothing_at_all, "wrong", "It is still the old object"),
]
