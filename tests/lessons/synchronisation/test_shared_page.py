"""What the processes of notebook 03 have in common, and what they have not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.ipc import Child, ChildEnded, recorded
from helpers.lessons.synchronisation.shared_page import children_with_a_page, sharing_a_page


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "accounts")


def test_one_page_of_zeros_for_all() -> None:
    with children_with_a_page(["a", "b"]) as (a, b):
        assert not any(b.do("bytes(memory)"))
        a.do("number[3] = -5")
        assert b.do("struct.unpack_from('q', memory, 24)") == (-5,)


def test_the_children_end_with_the_block() -> None:
    with children_with_a_page(["a", "b"]) as children:
        pass
    for child in children:
        with pytest.raises(ChildEnded):
            child.do("1")


def test_descriptors_are_handed_on(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file, children_with_a_page(["a"], [file.fileno()]) as (a,):
        a.do("os.write(file, b'hello')", file=file.fileno())
    assert (tmp_path / "open").read_text() == "hello"


def test_nothing_stays_open_here(path: str) -> None:
    before = os.listdir("/proc/self/fd")
    with children_with_a_page(["a", "b"]):
        pass
    assert os.listdir("/proc/self/fd") == before


def test_each_opens_the_file_itself(path: str) -> None:
    a, b = sharing_a_page(path, "a", "b")
    a.do("os.write(fd, b'from a')")
    assert b.do("os.read(fd, 100)") == b"from a", "an offset of its own"
    b.do("os.write(fd, b', from b')")
    assert Path(path).read_text() == "from a, from b"


def test_the_children_of_the_call_before_are_ended(path: str) -> None:
    first, second = sharing_a_page(path, "a", "b")
    (third,) = sharing_a_page(path, "c")
    for child in (first, second):
        with pytest.raises(ChildEnded):
            child.do("1")
    assert third.do("number[0]") == 0, "and there is a new page"


def test_locks_lie_in_the_page_and_are_watched(path: str) -> None:
    a, b = sharing_a_page(path, "a", "b", left="Mutex", places="UnnamedSemaphore value=3", right="Mutex")
    a.do("left.lock(); places.wait()")
    waiting = b.start("right.lock(); right.unlock(); left.lock()")
    assert waiting.blocked()
    a.do("left.unlock()")
    waiting.result()
    seen = [(event.process, event.kind, event.what) for event in recorded(a, b).events]
    assert ("a", "holds", "places") in seen and ("b", "holds", "left") in seen
    assert a.do("UnnamedSemaphore(memory, 128).value") == 2


def test_options_reach_the_lock(path: str) -> None:
    a, b = sharing_a_page(path, "a", "b", mutex="Mutex robust=True")
    a.do("mutex.lock()")
    a.kill()
    a.wait()
    with pytest.raises(OSError, match="Owner died"):
        b.do("mutex.lock()")


def test_a_child_of_another_user_of_the_module_lives_on(path: str) -> None:
    with Child("other") as other:
        sharing_a_page(path, "a")
        sharing_a_page(path, "a")
        assert other.do("1") == 1
