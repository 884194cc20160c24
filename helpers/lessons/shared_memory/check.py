"""Checkers of notebook 04: each runs the reader's function in real processes and looks at their memory.

What a function did is read where others would meet it: in a second process that calls it too, in one that was handed
the descriptor, in one that comes later. Nothing is concluded from the calls that the function made.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Collection
from typing import Any

from helpers.ipc import Child, ChildEnded, if_supported, scratch
from helpers.study.checking import Unavailable, Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running, settles

NO_END = "Your function does not come to its end."
SIGBUS = "Your code ended the process that it ran in; SIGBUS does that, beyond the end of a file."

SHM_OPEN = "PAGE = mmap.PAGESIZE\nfrom _posixshmem import shm_open, shm_unlink"
PAGES = "PAGE = mmap.PAGESIZE\nfrom helpers.lessons.shared_memory.pages import mapping_of, page_behind, page_of"
SEALING = """
PAGE = mmap.PAGESIZE
asked = []

def note(event, arguments):
    if event == "fcntl.fcntl" and arguments[1] == fcntl.F_ADD_SEALS:
        try:
            asked.append((os.fstat(arguments[0]).st_ino, fcntl.fcntl(arguments[0], fcntl.F_GET_SEALS)))
        except (OSError, TypeError):  # a file of a kind that takes no seals; a file object
            pass

sys.addaudithook(note)
"""
"""Notes which seals a file has whenever a seal is asked for (PEP 578)."""


@exercise("04.1", "memory that strangers find by its name")
def found_by_name(attach: Callable[[str], mmap.mmap]) -> str:
    """Two processes call attach() with one name, one with another, and one while somebody is making the object."""
    name, other, half = (scratch.name(f"exercise-04.1{end}") for end in ("", "-other", "-half"))
    with running(attach, "first", SHM_OPEN) as first, running(attach, "second", SHM_OPEN) as second:
        _attach(first, attach, name)
        found = _look(first, mmap.PAGESIZE).strip(bytes(1))
        expect(found, b"", "what the first finds beside zeros, where nobody has used the name before")
        _write(first, b"first")
        _attach(second, attach, name)
        expect(_look(first, 5), b"first", "what the first reads of its own when the second has come")
        expect(_look(second, 5), b"first", "what the second reads, when the first has written", "It has other memory.")
        _write(second, b"SECOND")
        expect(_look(first, 6), b"SECOND", "what the first reads, when the second has written", "It has a copy.")
        _attach(first, attach, other)
        expect(_look(first, 6), bytes(6), "what is found under another name", "Each name has its own memory.")
        first.do("half = shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600)", name=half)
        attaching = second.start(f"memory = {name_of(attach)}(name)", name=half)
        settles(attaching)
        first.do("os.ftruncate(half, mmap.PAGESIZE)")
        try:
            result(attaching, NO_END, SIGBUS)
        except Wrong as wrong:
            raise Wrong(f"Another process had made the object, and gave it its size a moment later. {wrong}") from None
    return "Each saw what the other wrote, the one that came first and the one that came later."


def _attach(child: Child, attach: Callable[[str], mmap.mmap], name: str) -> None:
    """Have a process call the reader's function. Raises Wrong unless it returns a page."""
    call = f"memory = {name_of(attach)}(name); type(memory).__name__, getattr(memory, 'closed', False)"
    kind, closed = result(child.start(call, name=name), NO_END, SIGBUS)
    if kind != "mmap":
        raise Wrong(f"Return the mmap.mmap itself; you returned something of type {kind}.")
    if closed:
        raise Wrong("The mmap is closed when your function has returned it; `with` closes what it has opened.")
    expect(child.do("len(memory)"), mmap.PAGESIZE, "how many bytes your memory has")


def _look(child: Child, length: int) -> bytes:
    """What a process reads at the beginning of its memory. Raises Wrong if that kills it."""
    try:
        return bytes(child.do("memory[:length]", length=length))
    except ChildEnded:
        raise Wrong("A process looked at its memory and was ended (SIGBUS): the object is shorter.") from None


def _write(child: Child, text: bytes) -> None:
    """Write at the beginning of a process's memory. Raises Wrong if that cannot be."""
    try:
        child.do("memory[:len(text)] = text", text=text)
    except TypeError:
        raise Wrong("Your memory can only be read. Open and map it for reading and writing.") from None


FAMILY = """
from helpers.lessons.shared_memory.pages import address_of
private = mmap.mmap(-1, count * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for number in range(count):
    private[number * mmap.PAGESIZE] = 1
"""


@exercise("04.2", "which pages were copied")
def copied_by_fork(copied_pages: Callable[[int, int, int], Collection[int]]) -> str:
    """Families whose child writes to some of its pages after the fork; asked of the child and of the parent."""
    call = f"pages = {name_of(copied_pages)}(pid, address, count)\n[*pages] if hasattr(pages, '__iter__') else pages"
    for count, written in ((3, [1]), (2, []), (5, [0, 3]), (4, [0, 1, 2, 3])):
        with running(copied_pages, prepare=PAGES) as yours, Child("parent") as parent:
            parent.do(FAMILY, count=count)
            child = parent.fork("child")
            for number in range(count):
                place = f"private[{number} * mmap.PAGESIZE]"
                child.do(f"{place} = 2" if number in written else place)
            for process in (child, parent):
                values = {"pid": process.pid, "address": process.do("address_of(private)"), "count": count}
                pages = result(yours.start(call, **values), NO_END, SIGBUS)
                if not isinstance(pages, list):
                    raise Wrong(f"Return a list of page numbers; you returned {pages!r}.")
                case = f"{count} pages, of which the child wrote {written} after the fork, asked of the {process.name}"
                expect(sorted(pages), written, case, "A copied page is behind one page table only.")
    return "The kernel copied the pages that were written after the fork, and no other."


@exercise("04.3", "bytes that nobody can change")
def nobody_can_change(unchangeable: Callable[[bytes], int]) -> str:
    """Another process that has the descriptor tries to write, shrink and grow; and seals must forbid all three, for
    somebody may have a mapping from before."""
    for data in (b"all pages are equal", b"and some are more so. " * 5):
        with running(unchangeable, prepare=SEALING) as yours:
            _make_unchangeable(yours, name_of(unchangeable), data)
            expect(_content(yours, 2 * len(data)), data, "the content")
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
try:
    seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
except OSError:  # no file that takes seals
    seals = 0
[name for name in ("F_SEAL_WRITE", "F_SEAL_SHRINK", "F_SEAL_GROW") if not seals & getattr(fcntl, name)]
"""
MADE_BY = """
try:
    fd = {}(data)
    made = type(fd).__name__
except PermissionError:
    if not asked or not asked[-1][1] & fcntl.F_SEAL_SEAL:
        raise
    made = "sealed before" if [inode for inode, _ in asked].count(asked[-1][0]) > 1 else "sealed from birth"
made
"""


def _make_unchangeable(yours: Child, name: str, data: bytes) -> None:
    """Have the reader's function make the descriptor `fd`. Raises Wrong if it does not."""
    made = result(yours.start(MADE_BY.format(name), data=data), NO_END)
    if made.startswith("sealed"):
        why = {
            "sealed before": "you had put a seal on it before: F_SEAL_SEAL comes last",
            "sealed from birth": "a memfd has that from birth, unless it was made with the flag MFD_ALLOW_SEALING",
        }
        raise Wrong(f"The kernel refused your seal (EPERM): the file has F_SEAL_SEAL, no more seals. Here {why[made]}.")
    if made != "int":
        raise Wrong(
            f"Return the descriptor, an int; you returned something of type {made}. (From a file object f: "
            "os.dup(f.fileno()), because f closes its descriptor when it goes.)"
        )


def _content(yours: Child, length: int) -> bytes:
    """What is read from the beginning of `fd`. Raises Wrong if that cannot be."""
    try:
        yours.do("os.fstat(fd)")
    except OSError:
        raise Wrong("The descriptor is closed already: a file object closes it when the function returns.") from None
    try:
        return bytes(yours.do("os.pread(fd, length, 0)", length=length))
    except OSError as error:
        raise Wrong(f"The descriptor cannot be read from its beginning: {error.strerror}.") from None


def attack(fd: int) -> str:
    """Try to change the file behind a descriptor, as a process could that was handed it; what succeeded, or ""."""
    size = os.fstat(fd).st_size
    attempts: list[tuple[str, Callable[[int], object]]] = [
        ("wrote into it", lambda way: os.pwrite(way, b"X", 0)),
        ("cut it shorter", lambda way: os.ftruncate(way, size - 1)),
        ("made it longer", lambda way: os.ftruncate(way, size + 1)),
    ]
    ways = [(fd, "")]
    try:
        ways.append((os.open(f"/proc/self/fd/{fd}", os.O_RDWR), ", for it opened the file anew through /proc/self/fd"))
    except OSError:
        pass
    for way, how in ways:
        for words, attempt in attempts:
            try:
                attempt(way)
            except OSError:
                continue
            return words + how
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
            result(yours.start(f"{name_of(replace)}(name, data); None", name=name, data=NEW_NEWS), NO_END, SIGBUS)
        try:
            seen = tenant.do("memory[:8]")
        except ChildEnded:
            raise Wrong(
                "The process that was attached looked at its memory and was ended by SIGBUS: you cut the object that "
                "it uses. Leave that object alone."
            ) from None
        expect(seen, OLD_NEWS, "what the process reads that was attached", "Leave the object alone that it uses.")
        try:
            came = newcomer.do("os.pread(shm_open(name, os.O_RDONLY), 8, 0)", name=name)
        except FileNotFoundError:
            raise Wrong("A process that comes now finds no object of that name: make a new one under it.") from None
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
