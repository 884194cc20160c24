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


def without_a_size(name):
    return mmap.mmap(shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600), PAGE)


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


def two_pages(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, 2 * PAGE)
    return mmap.mmap(fd, 2 * PAGE)


def one_name_for_all(name):
    fd = shm_open(name.partition("-other")[0], os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    return mmap.mmap(fd, PAGE)


def cuts_it(name):
    memory = by_its_file(name)  # noqa: F821
    os.truncate("/dev/shm" + name, 0)
    return memory


def cut_below(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    memory = mmap.mmap(fd, PAGE)
    os.ftruncate(fd, 0)
    return memory


def for_ever(name):
    while True:
        time.sleep(1)  # noqa: F821


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


def from_one(pid, address, count):
    return [number + 1 for number in range(count) if page_of(pid, address + number * PAGE).exclusive]


def by_address(pid, address, count):
    return [number for number in range(count) if page_of(pid, address + number).exclusive]


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


def while_mapped(data):
    global memory
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    memory = mmap.mmap(fd, len(data))
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    return fd


def opened_to_read(data):
    fd = os.memfd_create("reading")
    os.write(fd, data)
    return os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)


def nineteen_bytes(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data[:19])
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def pipe(data):
    return os.pipe()[0]


def file_object(data):
    return open(os.memfd_create("file"), "rb")


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


def without_unlinking(name, data):
    shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)


def nothing_at_all(name, data):
    return data


TRIED = [
    Tried("04.1", SOLVED["attach"], "passed", "what the other wrote"),
    Tried("04.1", by_its_file, "passed", ""),
    Tried("04.1", waits_for_the_maker, "passed", ""),
    Tried("04.1", trusts_the_maker, "wrong", "gave it its size a moment later. Your code raised ValueError"),
    Tried("04.1", nothing_named, "wrong", r"expected b'first', got b'\x00\x00\x00\x00\x00'. It has other memory"),
    Tried("04.1", private_when_it_is_there, "wrong", r"expected b'SECOND', got b'first\x00'"),
    Tried("04.1", as_the_maker, "wrong", "raised FileExistsError"),
    Tried("04.1", without_a_size, "wrong", "file size, in process first: return mmap.mmap("),
    Tried("04.1", wipes, "wrong", "of its own when the second has come: expected b'first'"),
    Tried("04.1", closes_it, "wrong", "The mmap is closed"),
    Tried("04.1", only_reads, "wrong", "can only be read"),
    Tried("04.1", descriptor, "wrong", "something of type int"),
    Tried("04.1", two_pages, "wrong", f"expected {PAGE}, got {2 * PAGE}"),
    Tried("04.1", one_name_for_all, "wrong", "Each name has its own memory"),
    Tried("04.1", cuts_it, "wrong", "NameError: name 'by_its_file' is not defined, in process first: memory = by_its"),
    Tried("04.1", cut_below, "wrong", "SIGBUS"),
    Tried("04.1", for_ever, "wrong", "does not come to its end", hangs=True),
    Tried("04.1", "attach", "wrong", "Hand over the function itself"),
    Tried("04.2", SOLVED["copied_pages"], "passed", "and no other"),
    Tried("04.2", as_a_set, "passed", ""),
    Tried("04.2", one_by_one, "passed", ""),
    Tried("04.2", all_of_them, "wrong", "expected [1], got [0, 1, 2]"),
    Tried("04.2", still_shared, "wrong", "expected [1], got [0, 2]. A copied page is behind one page table only"),
    Tried("04.2", from_one, "wrong", "expected [1], got [2]"),
    Tried("04.2", by_address, "wrong", "expected [1], got []"),
    Tried("04.2", counted, "wrong", "Return a list of page numbers; you returned 1"),
    Tried("04.2", typing_error, "wrong", "name 'pageof' is not defined, in your process: return [pageof"),
    Tried("04.2", lambda pid, address, count: [], "wrong", "with def"),
    Tried("04.3", SOLVED["unchangeable"], "passed", "the kernel refused"),
    Tried("04.3", all_seals, "passed", ""),
    Tried("04.3", from_a_file_object, "passed", ""),
    Tried("04.3", unsealed, "wrong", "that was handed the descriptor wrote into it."),
    Tried("04.3", no_seals_allowed, "wrong", "a memfd has that from birth, unless"),
    Tried("04.3", the_last_seal_first, "wrong", "you had put a seal on it before: F_SEAL_SEAL comes last"),
    Tried("04.3", for_newcomers, "wrong", "it lacks F_SEAL_WRITE. (F_SEAL_FUTURE_WRITE does not"),
    Tried("04.3", against_writing, "wrong", "cut it shorter."),
    Tried("04.3", before_the_bytes, "wrong", "Operation not permitted, in your process: os.write"),
    Tried("04.3", while_mapped, "wrong", "Device or resource busy, in your process: fcntl.fcntl"),
    Tried("04.3", opened_to_read, "wrong", "wrote into it, for it opened the file anew"),
    Tried("04.3", nineteen_bytes, "wrong", "content: expected b'and some"),
    Tried("04.3", pipe, "wrong", "cannot be read from its beginning: Illegal seek"),
    Tried("04.3", file_object, "wrong", "something of type BufferedReader. (From a file object f: os.dup("),
    Tried("04.3", closed_again, "wrong", "closed already: a file object closes it when the function returns"),
    Tried("04.4", SOLVED["replace"], "passed", "the name leads to the new one"),
    Tried("04.4", by_rename, "passed", ""),
    Tried("04.4", through_memory, "passed", ""),
    Tried("04.4", in_place, "wrong", "expected b'old news', got b'new news'. Leave the object alone"),
    Tried("04.4", cut_and_written, "wrong", "was ended by SIGBUS"),
    Tried("04.4", only_unlinked, "wrong", "finds no object of that name"),
    Tried("04.4", empty_one, "wrong", r"got b'\x00"),
    Tried("04.4", without_unlinking, "wrong", "raised FileExistsError"),
    Tried("04.4", nothing_at_all, "wrong", "It is still the old object"),
]
