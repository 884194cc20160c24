"""Checkers of notebook 04: each runs the reader's function in real processes and looks at their memory.

What a function did is read where others would meet it: in a second process that calls it too, in one that was handed
the descriptor, in one that comes later. Nothing is concluded from the calls that the function made.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Collection
from typing import Any

from helpers.ipc import Child, if_supported, scratch
from helpers.study.checking import Unavailable, Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running, settles

NO_END = "Your function does not come to its end."
SIGBUS = "Your code ended the process that it ran in; SIGBUS does that, beyond the end of a file."

SHM_OPEN = "PAGE = mmap.PAGESIZE\nfrom _posixshmem import shm_open, shm_unlink"
PAGES = "PAGE = mmap.PAGESIZE\nfrom helpers.lessons.shared_memory.pages import mapping_of, page_behind, page_of"


def _run(child: Child, code: str, **values: Any) -> Any:
    """Run code that calls the reader's function, or touches what that has made. Raises Wrong where it fails."""
    return result(child.start(code, **values), NO_END, SIGBUS)


ATTACH = """
memory = {}(name)
kind = type(memory).__name__
kind, kind == "mmap" and (memory.closed or memoryview(memory).readonly)
"""


@exercise("04.1", "memory that strangers find by its name")
def found_by_name(attach: Callable[[str], mmap.mmap]) -> str:
    """Two processes call attach() with one name, one with another, and one while somebody is making the object."""
    name, other, half = (scratch.name(f"exercise-04.1{end}") for end in ("", "-other", "-half"))
    call = ATTACH.format(name_of(attach))
    with running(attach, "first", SHM_OPEN) as first, running(attach, "second", SHM_OPEN) as second:
        _attach(first, call, name)
        found = _run(first, "memory[:].strip(bytes(1))")
        expect(found, b"", "what the first finds beside zeros, where nobody has used the name before")
        _run(first, "memory[:5] = b'first'")
        _attach(second, call, name)
        expect(_run(first, "memory[:5]"), b"first", "what the first reads of its own when the second has come")
        expect(_run(second, "memory[:5]"), b"first", "what the second reads of it", "Has it other memory?")
        _run(second, "memory[:6] = b'SECOND'")
        expect(_run(first, "memory[:6]"), b"SECOND", "what the first reads of the second's", "Has it a copy?")
        _attach(first, call, other)
        expect(_run(first, "memory[:6]"), bytes(6), "what is found under another name", "Each has its own memory.")
        _attach_early(first, second, call, half)
    return "Each saw what the other wrote, the one that came first and the one that came later."


def _attach(child: Child, call: str, name: str) -> None:
    """Have a process call the reader's function. Raises Wrong unless it returns a page."""
    case = "the type of what you return, and whether it is closed or can only be read"
    expect(_run(child, call, name=name), ("mmap", False), case)
    expect(child.do("len(memory)"), mmap.PAGESIZE, "how many bytes your memory has")


def _attach_early(maker: Child, comer: Child, call: str, name: str) -> None:
    """Have a process call it when another one has made the object, and has not given it its size yet."""
    maker.do("half = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)", name=name)
    attaching = comer.start(call, name=name)
    settles(attaching)
    maker.do("os.ftruncate(half, mmap.PAGESIZE)")
    try:
        result(attaching, NO_END, SIGBUS)
    except Wrong as wrong:
        raise Wrong(f"Another process had made the object, and gave it its size a moment later. {wrong}") from None


FAMILY = """
from helpers.lessons.shared_memory.pages import address_of
private = mmap.mmap(-1, count * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for number in range(count):
    private[number * mmap.PAGESIZE] = 1
"""


@exercise("04.2", "which pages were copied")
def copied_by_fork(copied_pages: Callable[[int, int, int], Collection[int]]) -> str:
    """Families whose child writes to some of its pages after the fork; asked of the child and of the parent."""
    call = f"sorted({name_of(copied_pages)}(pid, address, count))"
    for count, written in ((3, [1]), (2, []), (5, [0, 3]), (4, [0, 1, 2, 3])):
        with running(copied_pages, prepare=PAGES) as yours, Child("parent") as parent:
            parent.do(FAMILY, count=count)
            child = parent.fork("child")
            for number in range(count):
                place = f"private[{number} * mmap.PAGESIZE]"
                child.do(f"{place} = 2" if number in written else place)
            for process in (child, parent):
                pages = _run(yours, call, pid=process.pid, address=process.do("address_of(private)"), count=count)
                case = f"{count} pages, of which the child wrote {written} after the fork, asked of the {process.name}"
                expect(pages, written, case, "A copied page is behind one page table only.")
    return "The kernel copied the pages that were written after the fork, and no other."


@exercise("04.3", "bytes that nobody can change")
def nobody_can_change(unchangeable: Callable[[bytes], int]) -> str:
    """Another process that has the descriptor tries to write, shrink and grow; and seals must forbid all three, for
    somebody may have a mapping from before."""
    for data in (b"all pages are equal", b"and some are more so. " * 5):
        with running(unchangeable, prepare="PAGE = mmap.PAGESIZE") as yours:
            _make_unchangeable(yours, name_of(unchangeable), data)
            content = yours.start("os.pread(fd, 999, 0)").outcome()
            expect(content, data, "what is read from the descriptor", "A file object closes its own when it goes.")
            with yours.fork("attacker") as attacker:
                attacker.define(attack)
                if done := attacker.do("attack(fd)"):
                    raise Wrong(f"Another process that was handed the descriptor {done}.")
            if missing := yours.do(MISSING):
                raise Wrong(
                    f"Another process could not change it now, but it lacks {', '.join(missing)}. (F_SEAL_FUTURE_WRITE "
                    "does not suffice: a process that has it mapped already can still write.)"
                )
    return "Another process tried to write into it, to cut it and to make it longer: the kernel refused."


MISSING = """
seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
[name for name in ("F_SEAL_WRITE", "F_SEAL_SHRINK", "F_SEAL_GROW") if not seals & getattr(fcntl, name)]
"""


def _make_unchangeable(yours: Child, name: str, data: bytes) -> None:
    """Have the reader's function make the descriptor `fd`. Raises Wrong if it does not."""
    try:
        kind = _run(yours, f"fd = {name}(data); type(fd).__name__", data=data)
    except Wrong as wrong:
        if "F_ADD_SEALS" not in str(wrong) or "PermissionError" not in str(wrong):
            raise
        why = "A memfd has F_SEAL_SEAL (no more seals) from birth, unless it was made with MFD_ALLOW_SEALING."
        raise Wrong(f"{wrong} After F_SEAL_SEAL the kernel refuses every seal. {why}") from None
    expect(kind, "int", "the type of what you return", "Of a file object f: os.dup(f.fileno()).")


def attack(fd: int) -> str:
    """Try to change the file behind a descriptor, as a process could that was handed it; what succeeds, or "".

    The file is opened anew: so the mode in which the descriptor was opened protects nothing.
    """
    size = os.fstat(fd).st_size
    attempts: dict[str, Callable[[int], object]] = {
        "wrote into it": lambda way: os.pwrite(way, b"X", 0),
        "cut it shorter": lambda way: os.ftruncate(way, size - 1),
        "made it longer": lambda way: os.ftruncate(way, size + 1),
    }
    for words, attempt in attempts.items():
        try:
            attempt(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
        except OSError:
            continue
        return f"opened its file anew, through /proc/self/fd, and {words}"
    return ""


OLD_NEWS, NEW_NEWS = b"old news", b"new news"
TENANT = """
fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
os.posix_fallocate(fd, 0, mmap.PAGESIZE)
memory = mmap.mmap(fd, mmap.PAGESIZE)
memory[:len(text)] = text
"""


@exercise("04.4", "a new object under an old name")
def replaced_under_its_name(replace: Callable[[str, bytes], object]) -> str:
    """A process that is attached to the old object still reads it; one that comes later finds the new bytes."""
    name = scratch.name("exercise-04.4")
    with Child("tenant") as tenant, Child("newcomer") as newcomer:
        for child in (tenant, newcomer):
            child.do(SHM_OPEN)
        _make_old(tenant, name)
        with running(replace, prepare=SHM_OPEN) as yours:
            _run(yours, f"{name_of(replace)}(name, data); None", name=name, data=NEW_NEWS)
        cut = "SIGBUS ended the process that was attached, when it looked at its memory: leave that object alone."
        seen = result(tenant.start("memory[:8]"), NO_END, cut)
        expect(seen, OLD_NEWS, "what the process reads that was attached", "Leave the object alone that it uses.")
        came = newcomer.start("os.pread(shm_open(name, os.O_RDONLY), 8, 0)", name=name).outcome()
        hint = "It is still the old object: first its name must go." if came == OLD_NEWS else ""
        expect(came, NEW_NEWS, "what a process finds that comes now", hint)
    return "The old object lives as long as somebody has it mapped; the name leads to the new one."


def _make_old(tenant: Child, name: str) -> None:
    """Have a process make and use the object that is to be replaced. Raises Unavailable where the machine has none."""
    made: Any = None
    with if_supported("POSIX shared memory"):
        made = tenant.do(f"{TENANT}\nlen(memory)", name=name, text=OLD_NEWS)
    if not made:
        raise Unavailable("it gives us no POSIX shared memory.")
