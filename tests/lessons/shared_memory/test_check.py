from __future__ import annotations

import fcntl
import mmap
import os
import time
from _posixshmem import shm_open, shm_unlink
from typing import Any

import pytest

from helpers.ipc import scratch
from helpers.lessons.shared_memory.pages import mapping_of, page_behind, page_of
from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("04_shared_memory")
PAGE = mmap.PAGESIZE
SHM = "/dev/shm"


@pytest.mark.parametrize(
    ("number", "name"),
    [("04.1", "attach"), ("04.2", "copied_pages"), ("04.3", "unchangeable"), ("04.4", "replace")],
)
def test_the_solution_passes(number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


def wrong(number: str, answer: Any, sentence: str) -> None:
    checked = check(number, answer)
    assert checked.status == "wrong" and sentence in checked.text, checked.text


def attach_a_file(name):
    fd = os.open(f"/dev/shm{name}", os.O_CREAT | os.O_RDWR, 0o600)
    os.posix_fallocate(fd, 0, 4096)
    return mmap.mmap(fd, mmap.PAGESIZE)


def attach_nothing_named(name):
    return mmap.mmap(-1, mmap.PAGESIZE)


def attach_privately(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    return mmap.mmap(fd, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE)


def attach_privately_when_it_is_there(name):
    there = os.path.exists("/dev/shm" + name)
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    return mmap.mmap(fd, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE if there else mmap.MAP_SHARED)


def attach_as_the_maker(name):
    fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    return mmap.mmap(fd, mmap.PAGESIZE)


def attach_without_a_size(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    return mmap.mmap(fd, mmap.PAGESIZE)


def attach_and_wipe(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, 0)
    os.ftruncate(fd, mmap.PAGESIZE)
    return mmap.mmap(fd, mmap.PAGESIZE)


def attach_to_read(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    return mmap.mmap(fd, mmap.PAGESIZE, prot=mmap.PROT_READ)


def attach_a_descriptor(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    return fd


def attach_two_pages(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, 2 * mmap.PAGESIZE)
    return mmap.mmap(fd, 2 * mmap.PAGESIZE)


def attach_to_one_name_for_all(name):
    fd = shm_open(name.replace("-other", ""), os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    return mmap.mmap(fd, mmap.PAGESIZE)


def attach_and_cut(name):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)
    memory = mmap.mmap(fd, mmap.PAGESIZE)
    os.ftruncate(fd, 0)
    return memory


def attach_with_a_helper(name):
    return helper(name)  # noqa: F821


def attach_by_page(name, size=PAGE):
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, size)
    return mmap.mmap(fd, PAGE)


ONE = 1


def attach_by_another_default(name, pages=ONE):
    return mmap.mmap(-1, pages * mmap.PAGESIZE)


def attach_for_ever(name):
    while True:
        time.sleep(1)


def test_a_file_of_dev_shm_is_another_right_answer() -> None:
    assert check("04.1", attach_a_file).status == "passed"


def test_page_is_known() -> None:
    assert check("04.1", attach_by_page).status == "passed"
    assert check("04.3", sealed_in_a_page).status == "passed"
    assert check("04.4", replace_by_a_page).status == "passed"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (attach_nothing_named, "it has other memory (anonymous, private, or another name?)."),
        (attach_privately, "it has other memory (anonymous, private, or another name?)."),
        (attach_privately_when_it_is_there, "the first reads b'first\\x00': it was a copy"),
        (attach_as_the_maker, "raised FileExistsError"),
        (attach_without_a_size, "raised ValueError: mmap length is greater than file size, in process first: return"),
        (attach_and_wipe, "erased what the first process had written"),
        (attach_to_read, "can only be read"),
        (attach_a_descriptor, "something of type int"),
        (attach_two_pages, "Return one page"),
        (attach_to_one_name_for_all, "memory that is in use already"),
        (attach_and_cut, "SIGBUS"),
        (attach_for_ever, "not come to its end after 2 s"),
        (attach_with_a_helper, "NameError: name 'helper' is not defined, in process first: return helper(name)"),
        (attach_with_a_helper, "runs in another process, which has only the modules errno, fcntl, mmap, os, select,"),
        (attach_by_another_default, "name 'ONE' is not defined"),
        (attach_by_another_default, "import or define in the function what else it needs."),
        ("attach", "Hand over the function itself"),
    ],
)
def test_strangers_do_not_meet(answer: Any, sentence: str) -> None:
    wrong("04.1", answer, sentence)


def pages_all(pid, address, count):
    return list(range(count))


def pages_none(pid, address, count):
    return []


def pages_still_shared(pid, address, count):
    return [number for number in range(count) if not page_of(pid, address + number * PAGE).exclusive]


def pages_of_the_mapping(pid, address, count):
    private = mapping_of(pid, address).private_dirty
    return list(range(private // PAGE))


def pages_from_one(pid, address, count):
    return [number + 1 for number in range(count) if page_of(pid, address + number * PAGE).exclusive]


def pages_by_address(pid, address, count):
    return [number for number in range(count) if page_of(pid, address + number).exclusive]


def pages_counted(pid, address, count):
    return sum(page_of(pid, address + number * PAGE).exclusive for number in range(count))


def pages_by_a_typing_error(pid, address, count):
    return [pageof(pid, address)]  # noqa: F821


def pages_as_a_set(pid, address, count):
    return {number for number in range(count) if page_behind(pid, address + number * PAGE)[0] == pid}


def test_a_set_of_pages_found_otherwise_is_another_right_answer() -> None:
    assert check("04.2", pages_as_a_set).status == "passed"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (pages_all, "wrote to 1; you returned 0, 1, 2. Page 0 is still behind both page tables"),
        (pages_none, "you returned none. Page 1 is behind one page table only"),
        (pages_still_shared, "you returned 0, 2. Page 0 is still behind both"),
        (pages_from_one, "Page 2 is still behind both"),
        (pages_by_address, "Page 1 is behind one page table only"),
        (pages_counted, "Return a list of page numbers; you returned 1"),
        (pages_by_a_typing_error, "raised NameError: name 'pageof' is not defined, in your process: return [pageof"),
        (lambda pid, address, count: [], "Write the function with def"),
    ],
)
def test_other_pages_were_copied(answer: Any, sentence: str) -> None:
    wrong("04.2", answer, sentence)


def pages_beyond(pid, address, count):
    return [count]


def test_a_page_that_does_not_exist() -> None:
    wrong("04.2", pages_beyond, "There is no page 3")


def unsealed(data):
    fd = os.memfd_create("unsealed")
    os.write(fd, data)
    return fd


def sealed_too_late(data):
    fd = os.memfd_create("sealed")
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    return fd


def a_shared_memory_object_sealed(data):
    from _posixshmem import shm_open, shm_unlink

    fd = shm_open(f"/sealed-{os.getpid()}", os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    shm_unlink(f"/sealed-{os.getpid()}")
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    return fd


def sealed_in_a_file_object(data):
    with open(os.memfd_create("sealed"), "wb", buffering=0) as file:
        file.write(data)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
        return os.dup(file.fileno())


def sealed_for_newcomers(data):
    global memory
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    memory = mmap.mmap(fd, len(data))
    future_write = 0x10  # fcntl has no name for F_SEAL_FUTURE_WRITE, <linux/fcntl.h>
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, future_write | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def sealed_in_a_page(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    with mmap.mmap(-1, PAGE) as page:
        page[: len(data)] = data
        os.write(fd, page[: len(data)])
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def sealed_in_a_copy(data):
    with open(os.memfd_create("sealed", os.MFD_ALLOW_SEALING), "wb", buffering=0) as file:
        file.write(data)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        return os.dup(file.fileno())


def sealed_and_closed(data):
    with open(os.memfd_create("sealed", os.MFD_ALLOW_SEALING), "wb", buffering=0) as file:
        file.write(data)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        return file.fileno()


def open_for_writing_only(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    return os.open(f"/proc/self/fd/{fd}", os.O_WRONLY)


def sealed_without_return(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)


def sealed_against_writing(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    return fd


def sealed_but_it_may_grow(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK)
    return fd


def sealed_in_size_only(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def sealed_before_the_bytes(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    os.write(fd, data)
    return fd


def sealed_while_mapped(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, len(data))
    memory = mmap.mmap(fd, len(data))
    memory[:] = data
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


def opened_to_read(data):
    fd = os.memfd_create("reading")
    os.write(fd, data)
    return os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)


def sealed_and_empty(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW)
    return fd


def a_pipe(data):
    return os.pipe()[0]


def a_file_object(data):
    return open(os.memfd_create("file"), "rb")


def all_seals(data):
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    every = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, every)
    return fd


def test_a_seal_on_the_seals_does_no_harm() -> None:
    assert check("04.3", all_seals).status == "passed"


def test_a_duplicate_of_a_file_objects_descriptor_is_right() -> None:
    assert check("04.3", sealed_in_a_copy).status == "passed"


def test_a_descriptor_that_nobody_can_write_through_is_no_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    def attack(fd):
        return ""

    monkeypatch.setattr("helpers.lessons.shared_memory.check.attack", attack)
    wrong("04.3", opened_to_read, "it lacks F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW.")
    wrong("04.3", an_ordinary_file, "it lacks F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW.")


def an_ordinary_file(data):
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return os.dup(file.fileno())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (unsealed, "that was handed the descriptor wrote into it."),
        (sealed_too_late, "unless it was made with the flag MFD_ALLOW_SEALING"),
        (a_shared_memory_object_sealed, "because the file has F_SEAL_SEAL: no more seals"),
        (sealed_in_a_file_object, "because the file has F_SEAL_SEAL: no more seals"),
        (sealed_for_newcomers, "could not change it now, but it lacks F_SEAL_WRITE. (F_SEAL_FUTURE_WRITE does not"),
        (sealed_against_writing, "cut it shorter."),
        (sealed_but_it_may_grow, "made it longer."),
        (sealed_in_size_only, "wrote into it."),
        (sealed_before_the_bytes, "PermissionError: [Errno 1] Operation not permitted, in your process: os.write"),
        (sealed_while_mapped, "Device or resource busy, in your process: fcntl.fcntl"),
        (opened_to_read, "wrote into it, for it opened the file anew"),
        (sealed_and_empty, "The content should be b'all pages are equal'; it is b''."),
        (a_pipe, "cannot be read from its beginning: Illegal seek"),
        (a_file_object, "an int; you returned something of type BufferedReader. (From a file object f: os.dup("),
        (sealed_without_return, "you returned something of type NoneType"),
        (sealed_and_closed, "closed already: a file object closes it when the function returns"),
        (open_for_writing_only, "cannot be read from its beginning: Bad file descriptor"),
    ],
)
def test_somebody_can_change_it(answer: Any, sentence: str) -> None:
    wrong("04.3", answer, sentence)


def replace_in_place(name, data):
    fd = shm_open(name, os.O_RDWR, mode=0o600)
    os.pwrite(fd, data, 0)


def replace_by_cutting(name, data):
    fd = shm_open(name, os.O_RDWR | os.O_TRUNC, mode=0o600)
    os.ftruncate(fd, 0)


def replace_by_nothing(name, data):
    shm_unlink(name)


def replace_by_nothing_new(name, data):
    return data


def replace_by_an_empty_one(name, data):
    shm_unlink(name)
    fd = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, mmap.PAGESIZE)


def replace_without_unlinking(name, data):
    shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)


def replace_at_once(name, data):
    path = f"/dev/shm{name}-next"
    with open(path, "wb") as file:
        file.write(data)
    os.rename(path, f"/dev/shm{name}")


def replace_by_a_page(name, data):
    shm_unlink(name)
    fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    os.ftruncate(fd, PAGE)
    os.write(fd, data)


def test_a_rename_is_another_right_answer() -> None:
    assert check("04.4", replace_at_once).status == "passed"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (replace_in_place, "now reads b'new news': you wrote into the object that it uses"),
        (replace_by_cutting, "was killed by SIGBUS"),
        (replace_by_nothing, "finds no object of that name"),
        (replace_by_nothing_new, "still finds the old object"),
        (replace_by_an_empty_one, r"finds b'\x00"),
        (replace_without_unlinking, "raised FileExistsError"),
    ],
)
def test_it_is_not_replaced(answer: Any, sentence: str) -> None:
    wrong("04.4", answer, sentence)


def test_where_there_is_no_shared_memory_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.shared_memory.check._TENANT", "raise OSError(errno.ENOSPC, 'full')")
    checked = check("04.4", SOLVED["replace"])
    assert checked.status == "unavailable" and "it gives us no POSIX shared memory" in checked.text


def test_nothing_stays() -> None:
    check("04.1", SOLVED["attach"])
    check("04.4", SOLVED["replace"])
    scratch.clear()
    assert [name for name in os.listdir(SHM) if f"-{os.getpid()}-exercise-04" in name] == []
