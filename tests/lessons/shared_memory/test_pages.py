"""Pages and mappings of this process, and the picture of two page tables; families are in the notebook."""

from __future__ import annotations

import mmap
import os

import pytest

from helpers.errors import CourseError
from helpers.ipc import Child, scratch
from helpers.lessons.shared_memory.page_tables import Page, side_by_side
from helpers.lessons.shared_memory.pages import PAGE_SIZE, address_of, mapping_of, page_behind, page_of
from helpers.study import check
from tests.draw.geometry import faults
from tests.lessons.table import solutions


def test_a_page_is_present_once_it_was_touched() -> None:
    with mmap.mmap(-1, 2 * PAGE_SIZE) as memory:
        address = address_of(memory)
        memory[0] = 1
        places = (address, address + PAGE_SIZE - 1, address + PAGE_SIZE)
        assert [page_of(os.getpid(), place).present for place in places] == [True, True, False]


def test_a_file_mapped_twice_is_one_page_at_two_addresses_and_two_pages_are_not_one(tmp_path) -> None:
    path = tmp_path / "a file"
    path.write_bytes(b"x" * 3 * PAGE_SIZE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as whole:
        with mmap.mmap(file.fileno(), PAGE_SIZE, offset=PAGE_SIZE) as part:
            whole[0] = whole[PAGE_SIZE] = part[0] = 1
            behind = page_behind(os.getpid(), address_of(part))
            assert behind == page_behind(os.getpid(), address_of(whole) + PAGE_SIZE) is not None
            assert behind != page_behind(os.getpid(), address_of(whole))
            mapping = mapping_of(os.getpid(), address_of(part))
            assert (mapping.path, mapping.offset) == (str(path), PAGE_SIZE)


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(CourseError, match="nothing is mapped at address 0x0 of process"):
        mapping_of(os.getpid(), 0)
    with Child("gone") as gone:
        pass
    for look in (page_of, mapping_of, page_behind):
        with pytest.raises(CourseError, match=f"there is no process {gone.pid}"):
            look(gone.pid, 0)


def test_a_page_without_a_partner_and_one_without_a_frame_can_be_drawn() -> None:
    left, right = ([Page(name, "here", frame) for frame in frames] for name, frames in (("p", (1,)), ("q", (1, None))))
    picture = side_by_side(left, right, "Two")
    assert picture.text.splitlines()[-1] == "q, here (read and write, private) -> no page yet"
    assert not faults(picture.drawing)


def test_the_exercises_leave_no_shared_memory() -> None:
    for number, name in (("04.1", "attach"), ("04.4", "replace")):
        assert check(number, solutions("04")[name]).status == "passed"
    scratch.clear()
    assert [name for name in os.listdir("/dev/shm") if f"-{os.getpid()}-exercise-04" in name] == []


def test_where_there_is_no_shared_memory_the_check_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.shared_memory.check.TENANT", "raise OSError(errno.ENOSPC, 'full')")
    checked = check("04.4", solutions("04")["replace"])
    assert checked.status == "unavailable" and "it gives us no POSIX shared memory" in checked.text
