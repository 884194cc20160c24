"""Pages and mappings of real processes: this one, and one forked by a process of its own."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from helpers.errors import CourseError
from helpers.lessons.shared_memory.pages import PAGE_SIZE, address_of, mapping_of, page_behind, page_of

FAMILY = """
import mmap, os, sys
from helpers.lessons.shared_memory.pages import PAGE_SIZE, address_of
shared = mmap.mmap(-1, 2 * PAGE_SIZE)
private = mmap.mmap(-1, 2 * PAGE_SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
shared[0] = private[0] = 1
order, ordered = os.pipe()
done, tell = os.pipe()
child = os.fork()
if child == 0:
    os.close(ordered)
    while command := os.read(order, 1):
        if command == b"r":
            shared[0], private[0]
        else:
            shared[0] = private[0] = 2
        os.write(tell, b".")
    os._exit(0)
print(os.getpid(), child, address_of(shared), address_of(private), flush=True)
for line in sys.stdin:
    os.write(ordered, line[:1].encode())
    os.read(done, 1)
    print("done", flush=True)
os.close(ordered)
os.waitpid(child, 0)
"""


class Family:
    """A parent and its child, which have a shared and a private mapping from before the fork."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self.parent, self.child, self.shared, self.private = map(int, process.stdout.readline().split())

    def child_reads(self) -> None:
        self._order("r")

    def child_writes(self) -> None:
        self._order("w")

    def _order(self, command: str) -> None:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{command}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"


@pytest.fixture
def family() -> Iterator[Family]:
    process = subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield Family(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_a_page_is_present_once_it_was_touched():
    with mmap.mmap(-1, 2 * PAGE_SIZE) as memory:
        address = address_of(memory)
        memory[0] = 1
        assert page_of(os.getpid(), address).present
        assert page_of(os.getpid(), address + PAGE_SIZE - 1).present
        assert not page_of(os.getpid(), address + PAGE_SIZE).present
        memory[PAGE_SIZE] = 1
        assert page_of(os.getpid(), address + PAGE_SIZE).present


def test_what_kind_of_page_it_is(family):
    assert page_of(family.parent, family.shared).file_or_shared
    assert not page_of(family.parent, family.private).file_or_shared


def test_fork_leaves_private_memory_in_one_page_until_somebody_writes(family):
    for pid in (family.parent, family.child):
        assert not page_of(pid, family.private).exclusive
    family.child_reads()
    assert page_behind(family.parent, family.private) == page_behind(family.child, family.private)
    family.child_writes()
    for pid in (family.parent, family.child):
        assert page_of(pid, family.private).exclusive
    assert page_behind(family.parent, family.private) != page_behind(family.child, family.private)


def test_shared_memory_stays_one_page_however_often_it_is_written(family):
    assert page_behind(family.child, family.shared) is None  # entered at the first touch
    family.child_writes()
    assert page_behind(family.parent, family.shared) == page_behind(family.child, family.shared)
    assert not page_of(family.parent, family.shared).exclusive
    assert page_behind(family.parent, family.shared) != page_behind(family.parent, family.private)


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel tells frame numbers to root only")
def test_frame_numbers_agree_with_what_can_be_told_without_them(family):
    frames = [page_of(pid, family.private).frame for pid in (family.parent, family.child)]
    if frames == [None, None]:
        pytest.skip("root without CAP_SYS_ADMIN is told no frame numbers")
    assert None not in frames
    assert len(set(frames)) == 1
    family.child_writes()
    private = [page_of(pid, family.private).frame for pid in (family.parent, family.child)]
    shared = [page_of(pid, family.shared).frame for pid in (family.parent, family.child)]
    assert len({*private, *shared}) == 3
    assert shared[0] == shared[1]


def test_no_page_no_frame():
    with mmap.mmap(-1, PAGE_SIZE) as memory:
        assert page_of(os.getpid(), address_of(memory)).frame is None


def test_two_pages_of_one_file_are_not_one():
    with mmap.mmap(-1, 2 * PAGE_SIZE) as memory:
        memory[0] = memory[PAGE_SIZE] = 1
        address = address_of(memory)
        assert page_behind(os.getpid(), address) != page_behind(os.getpid(), address + PAGE_SIZE)


def test_a_file_mapped_twice_is_one_page_at_two_addresses():
    descriptor = os.memfd_create("twice")
    os.ftruncate(descriptor, 3 * PAGE_SIZE)
    with mmap.mmap(descriptor, 3 * PAGE_SIZE) as whole, mmap.mmap(descriptor, PAGE_SIZE, offset=PAGE_SIZE) as part:
        os.close(descriptor)
        whole[PAGE_SIZE] = part[0] = 1
        behind = page_behind(os.getpid(), address_of(part))
        assert behind == page_behind(os.getpid(), address_of(whole) + PAGE_SIZE)
        assert behind is not None


def test_a_mapping_with_its_sizes(family):
    private, shared = (mapping_of(family.parent, address) for address in (family.private, family.shared))
    assert (private.permissions, private.shared, private.inode) == ("rw-p", False, 0)
    assert (shared.permissions, shared.shared) == ("rw-s", True)
    assert shared.inode > 0 and "zero" in shared.path
    assert private.start <= family.private < private.end
    assert shared.end - shared.start == 2 * PAGE_SIZE
    assert shared.rss == PAGE_SIZE  # one of its two pages was touched


def test_a_shared_page_counts_half_in_each_process(family):
    assert mapping_of(family.parent, family.shared).pss == PAGE_SIZE
    family.child_writes()
    shared = mapping_of(family.parent, family.shared)
    assert (shared.rss, shared.pss) == (PAGE_SIZE, PAGE_SIZE // 2)
    assert (shared.shared_dirty, shared.private_dirty) == (PAGE_SIZE, 0)


def test_a_copied_page_is_private_and_dirty(family):
    before = mapping_of(family.parent, family.private)
    family.child_writes()
    after = mapping_of(family.parent, family.private)
    assert after.private_dirty - before.private_dirty == PAGE_SIZE
    assert before.shared_dirty - after.shared_dirty == PAGE_SIZE


def test_a_file_and_the_offset_into_it(tmp_path):
    path = tmp_path / "a file"
    path.write_bytes(b"x" * 2 * PAGE_SIZE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), PAGE_SIZE, offset=PAGE_SIZE) as memory:
        mapping = mapping_of(os.getpid(), address_of(memory))
        assert (mapping.path, mapping.offset) == (str(path), PAGE_SIZE)
        assert mapping.inode > 0


def test_what_is_not_there_is_told():
    with pytest.raises(CourseError, match="nothing is mapped at address 0x0 of process"):
        mapping_of(os.getpid(), 0)
    assert not page_of(os.getpid(), 0).present
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    for look in (page_of, mapping_of, page_behind):
        with pytest.raises(CourseError, match=f"there is no process {process.pid}"):
            look(process.pid, 0)


def test_address_of_keeps_no_hold_on_the_mapping():
    memory = mmap.mmap(-1, PAGE_SIZE)
    assert address_of(memory) % PAGE_SIZE == 0
    memory.close()  # BufferError if somebody still looked at it
    with mmap.mmap(-1, PAGE_SIZE, access=mmap.ACCESS_READ) as closed, pytest.raises(TypeError):
        address_of(closed)
