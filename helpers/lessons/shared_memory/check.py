"""Checkers of notebook 04: each runs the reader's function in real processes and looks at their memory."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Collection
from typing import Any

from helpers.ipc import Child, ChildEnded, Doing, if_supported, scratch
from helpers.study.checking import Unavailable, Wrong, exercise
from helpers.study.own_process import LONGEST, name_of, result, running

PAGE = mmap.PAGESIZE

_PAGE = "PAGE = mmap.PAGESIZE\n"
_SHM_OPEN = _PAGE + "from _posixshmem import shm_open, shm_unlink"
_PAGES = _PAGE + "from helpers.lessons.shared_memory.pages import mapping_of, page_behind, page_of"
_FAMILY = """
from helpers.lessons.shared_memory.pages import address_of
private = mmap.mmap(-1, count * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for number in range(count):
    private[number * mmap.PAGESIZE] = 1
"""
_SEALING = (
    _PAGE
    + """
unsealable = False

def note(event, arguments):
    global unsealable
    if event == "fcntl.fcntl" and arguments[1] == fcntl.F_ADD_SEALS:
        try:
            unsealable = bool(fcntl.fcntl(arguments[0], fcntl.F_GET_SEALS) & fcntl.F_SEAL_SEAL)
        except OSError:  # a file of a kind that takes no seals
            pass

sys.addaudithook(note)
"""
)
"""Notes whether a file that is to be sealed has F_SEAL_SEAL, which forbids it: PEP 578, fcntl(2)."""
_MADE_BY = """
try:
    fd = {}(data)
    made = type(fd).__name__
except PermissionError:
    if not unsealable:
        raise
    made = ""
made
"""
_SEALS = ("F_SEAL_WRITE", "F_SEAL_SHRINK", "F_SEAL_GROW")

_OLD_NEWS = b"old news"
_TENANT = """
fd = shm_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
os.posix_fallocate(fd, 0, mmap.PAGESIZE)
memory = mmap.mmap(fd, mmap.PAGESIZE)
memory[:len(text)] = text
"""


@exercise("04.1", "memory that strangers find by its name")
def found_by_name(attach: Callable[[str], mmap.mmap]) -> str:
    """Two processes call attach() with one name, and the first with another name too."""
    name, other = scratch.name("exercise-04.1"), scratch.name("exercise-04.1-other")
    with running(attach, "first", _SHM_OPEN) as first, running(attach, "second", _SHM_OPEN) as second:
        _attach(first, attach, name)
        if any(_looked_at(first, PAGE)):
            raise Wrong("Nobody had used the name before, and the first process did not find zeros.")
        _write(first, b"first")
        _attach(second, attach, name)
        found = _looked_at(second, 5)
        if found != b"first":
            if _looked_at(first, 5) != b"first":
                raise Wrong("The second call erased what the first process had written. Later ones find what is there.")
            raise Wrong(
                f"The first process wrote b'first', and the second reads {found!r}: it has other memory (anonymous, "
                "private, or another name?)."
            )
        _write(second, b"SECOND")
        if (found := _looked_at(first, 6)) != b"SECOND":
            raise Wrong(f"The second process wrote b'SECOND', and the first reads {found!r}: it was a copy.")
        _attach(first, attach, other)
        if any(_looked_at(first, PAGE)):
            raise Wrong("For another name the first process got memory that is in use already. Use the name.")
    return "Each saw what the other wrote, whoever came first."


@exercise("04.2", "which pages were copied")
def copied_by_fork(copied_pages: Callable[[int, int, int], Collection[int]]) -> str:
    """Families whose child writes to some of its pages after the fork; asked of the child and of the parent."""
    for count, written in ((3, {1}), (2, set()), (5, {0, 3}), (4, {0, 1, 2, 3})):
        with running(copied_pages, prepare=_PAGES) as yours, Child("parent") as parent:
            parent.do(_FAMILY, count=count)
            child = parent.fork("child")
            for number in range(count):
                place = f"private[{number} * mmap.PAGESIZE]"
                child.do(f"{place} = 2" if number in written else place)
            for process in (child, parent):
                call = f"{name_of(copied_pages)}(pid, address, count)"
                values = {"pid": process.pid, "address": process.do("address_of(private)"), "count": count}
                _compare_pages(_result(yours.start(call, **values)), count, written)
    return "The kernel copied the pages that were written after the fork, and no other."


@exercise("04.3", "bytes that nobody can change")
def nobody_can_change(unchangeable: Callable[[bytes], int]) -> str:
    """Another process that has the descriptor tries to write, shrink and grow; and seals must forbid all three, for
    somebody may have a mapping from before."""
    data = b"all pages are equal"
    with running(unchangeable, prepare=_SEALING) as yours:
        _make_unchangeable(yours, name_of(unchangeable), data)
        if (content := _content(yours, 2 * len(data))) != data:
            raise Wrong(f"The content should be {data!r}; it is {content!r}.")
        with yours.fork("attacker") as attacker:
            attacker.define(attack)
            if done := attacker.do("attack(fd)"):
                raise Wrong(f"Another process that was handed the descriptor {done}.")
        if missing := _missing_seals(yours):
            raise Wrong(
                f"Another process could not change it now, but it lacks {', '.join(missing)}. (F_SEAL_FUTURE_WRITE "
                "does not suffice: who has it mapped already can still write.)"
            )
    return "Another process tried to write into it, to cut it and to make it longer: the kernel refused."


def _make_unchangeable(yours: Child, name: str, data: bytes) -> None:
    """Have the reader's function make the descriptor `fd`. Raises Wrong if it does not."""
    made = _result(yours.start(_MADE_BY.format(name), data=data))
    if not made:
        raise Wrong(
            "The kernel refused your seal (EPERM), because the file has F_SEAL_SEAL: no more seals. A memfd has that "
            "from birth, unless it was made with the flag MFD_ALLOW_SEALING."
        )
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


def _missing_seals(yours: Child) -> list[str]:
    """Which of the three seals `fd` lacks."""
    import fcntl  # not in Windows

    try:
        seals = yours.do("fcntl.fcntl(fd, fcntl.F_GET_SEALS)")
    except OSError:  # no file that takes seals
        return list(_SEALS)
    return [name for name in _SEALS if not seals & getattr(fcntl, name)]


def attack(fd: int) -> str:
    """Try to change the file behind a descriptor, as whoever was handed it could; what succeeded, in words, or ""."""
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


@exercise("04.4", "a new object under an old name")
def replaced_under_its_name(replace: Callable[[str, bytes], object]) -> str:
    """Who is attached to the old object still reads it; who comes later finds the new bytes."""
    name, data = scratch.name("exercise-04.4"), b"new news"
    with Child("tenant") as tenant:
        tenant.do(_SHM_OPEN)
        _make_old(tenant, name)
        with running(replace, prepare=_SHM_OPEN) as yours:
            _result(yours.start(f"{name_of(replace)}(name, data); None", name=name, data=data))
        try:
            seen = tenant.do("memory[:8]")
        except ChildEnded:
            raise Wrong(
                "The process that was attached looked at its memory and was killed by SIGBUS: you cut the object that "
                "it uses. Leave that object alone."
            ) from None
        if seen != _OLD_NEWS:
            raise Wrong(f"The process that was attached now reads {seen!r}: you wrote into the object that it uses.")
        _compare_new(name, data)
    return "The old object lives as long as somebody has it mapped; the name leads to the new one."


def _result(doing: Doing) -> Any:
    """What the reader's code returned. Raises Wrong if it raised something, ended its process, or came to no end."""
    return result(
        doing,
        f"Your function has not come to its end after {LONGEST:g} s, so its process was ended.",
        "Your code ended the process that it ran in; SIGBUS does that, beyond the end of a file.",
    )


def _attach(child: Child, attach: Callable[[str], mmap.mmap], name: str) -> None:
    """Have a process call the reader's function. Raises Wrong unless it returns a page."""
    kind = _result(child.start(f"memory = {name_of(attach)}(name); type(memory).__name__", name=name))
    if kind != "mmap":
        raise Wrong(f"Return the mmap.mmap itself; you returned something of type {kind}.")
    if child.do("len(memory) != mmap.PAGESIZE"):
        raise Wrong("Return one page: mmap.PAGESIZE bytes.")


def _looked_at(child: Child, length: int) -> bytes:
    """What a process reads at the beginning of its memory. Raises Wrong if that kills it."""
    try:
        return bytes(child.do("memory[:length]", length=length))
    except ChildEnded:
        raise Wrong("A process looked at its memory and was killed by SIGBUS: the object is shorter.") from None


def _write(child: Child, text: bytes) -> None:
    try:
        child.do("memory[:len(text)] = text", text=text)
    except TypeError:
        raise Wrong("Your memory can only be read. Open and map it for reading and writing.") from None


def _compare_pages(answer: Any, count: int, written: set[int]) -> None:
    """Raises Wrong if these are not the pages that were written after the fork."""
    if not isinstance(answer, list | tuple | set | frozenset) or not all(type(number) is int for number in answer):
        raise Wrong(f"Return a list of page numbers; you returned {answer!r}.")
    told = f"{count} pages, and after the fork the child wrote to {_listed(written)}; you returned {_listed(answer)}."
    if outside := sorted(set(answer) - set(range(count))):
        raise Wrong(f"There are {told} There is no page {outside[0]}.")
    if innocent := sorted(set(answer) - written):
        raise Wrong(f"There were {told} Page {innocent[0]} is still behind both page tables: it was not copied.")
    if missing := sorted(written - set(answer)):
        raise Wrong(f"There were {told} Page {missing[0]} is behind one page table only: it was copied.")


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(map(str, sorted(numbers))) or "none"


def _make_old(tenant: Child, name: str) -> None:
    """Have a process make and use the object that is to be replaced. Raises Unavailable where the machine has none."""
    made = False
    with if_supported("POSIX shared memory"):
        tenant.do(_TENANT, name=name, text=_OLD_NEWS)
        made = True
    if not made:
        raise Unavailable("it gives us no POSIX shared memory.")


def _compare_new(name: str, data: bytes) -> None:
    """Raises Wrong if somebody who comes now does not find these bytes under the name."""
    with Child("newcomer") as newcomer:
        newcomer.do(_SHM_OPEN)
        try:
            found = newcomer.do("os.pread(shm_open(name, os.O_RDONLY), size, 0)", name=name, size=len(data))
        except FileNotFoundError:
            raise Wrong("Who comes now finds no object of that name: make a new one under it.") from None
    if found == _OLD_NEWS:
        raise Wrong("Who comes now still finds the old object. First its name must go: shm_unlink().")
    if found != data:
        raise Wrong(f"Who comes now should find {data!r}, and finds {found!r}.")
