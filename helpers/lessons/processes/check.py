"""Checkers of notebook 01: each runs the reader's function in a real process and looks at what comes of it."""

from __future__ import annotations

import ast
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.ipc import Child, ChildEnded, scratch
from helpers.study import own_process
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running

STANDARD = {0, 1, 2}
"""Standard input, output and error: every program has them."""

REPORT = """
import os, sys

def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False

listed = [int(number) for number in os.listdir("/proc/self/fd")]
os.write(int(sys.argv[1]), repr(list(filter(is_open, listed))).encode())
"""
"""A program that writes into a descriptor which descriptors it has."""

LETTERS = "abcdefgh"
END = len(LETTERS)

THREE_DESCRIPTORS = """
first = os.open(path, os.O_RDONLY)
copy, second = os.dup(first), os.open(path, os.O_RDONLY)
"""

WATCH = """
import builtins, sys

def _holds(pid):
    for number in os.listdir("/proc/self/fdinfo"):
        try:
            with builtins.open(f"/proc/self/fdinfo/{number}") as info:
                if f"Pid:\\t{pid}" in info.read().splitlines():
                    return True
        except FileNotFoundError:  # the descriptor through which the folder was listed
            pass
    return False

def open(path, *arguments, **options):
    file = builtins.open(path, *arguments, **options)
    if str(path) == f"/proc/{_target}/stat":
        plain = file.read
        file.read = lambda *size: _looks.append(_holds(_target)) or plain(*size)
    return file

def _note_kill(event, arguments):
    if event == "os.kill":
        if arguments[0] == _target and arguments[1] != 0:
            _kills.append("kill()")
    elif event in ("ctypes.dlsym", "os.system", "os.posix_spawn", "os.exec", "subprocess.Popen"):
        if "kill" in repr(arguments):
            _kills.append("kill")

_target, _looks, _kills = 0, [], []
sys.addaudithook(_note_kill)
"""
"""Notes whether a pidfd holds the process `_target` when its start time is read, and what kills by number.

The file may be opened before: an open /proc/PID/stat belongs to its process for good, and of one that has gone read()
fails with ESRCH. A pidfd is known by the line Pid of its fdinfo (pidfd_open(2)); kill(), in Python, in C or as a
program, by what Python reports of itself (PEP 578).
"""
CASES = {
    "stranger": ("A process with this PID and another start time", -1, False),
    "worker": ("The process that was meant", 0, True),
    "spaced": ("The process that was meant, with the name «a b) c»", 0, True),
    "gone": ("A process that has ended, and no other has its PID", 0, False),
}
"""For each: what it is, what is added to its start time, and whether it is to be ended."""


@exercise("01.1", "two numbers, one open file")
def one_open_file(is_shared: Callable[[int, int], bool]) -> str:
    """Duplicates share an offset, two open() of one path do not, whatever their offsets are; none may have moved."""
    path = scratch.path("exercise-01.1")
    Path(path).write_text(LETTERS)
    with running(is_shared) as child:
        child.do(THREE_DESCRIPTORS, path=path)
        for offsets in ((0, 0), (3, 3), (2, 5), (3, 4), (4, 3), (END, END)):
            child.do("os.lseek(first, here, 0), os.lseek(second, there, 0)", here=offsets[0], there=offsets[1])
            where = f"at the offsets {offsets[0]} and {offsets[1]} of {END} bytes"
            for pair, shared in (("first, copy", True), ("first, second", False), ("second, copy", False)):
                got = result(child.start(f"{name_of(is_shared)}({pair})"), "Your function waits for ever.")
                expect(got, shared, f"{'a descriptor and its os.dup()' if shared else 'a file opened twice'}, {where}")
                after = result(child.start("os.lseek(first, 0, 1), os.lseek(second, 0, 1)"), "")
                expect(after, offsets, "the offsets after your function", "Put back what you move.")
    return "The offset belongs to the open file description: a move through one number shows in its duplicates only."


@exercise("01.2", "a program that gets one descriptor")
def one_descriptor_more(start_with: Callable[[list[str], int], Any]) -> str:
    """The program must have that descriptor besides the standard ones, although its starter has others that exec keeps.

    The descriptor is a pipe's writing end, and the program reports through it.
    """
    with running(start_with) as child:
        child.do("r, w = os.pipe()\nos.set_inheritable(r, True)")
        number = child.do("w")
        argv = [sys.executable, "-I", "-S", "-c", REPORT, str(number)]
        started = child.start(f"started = {name_of(start_with)}(argv, w)\ngetattr(started, 'pid', started)", argv=argv)
        pid = result(started, "Your function waits: it should start the program and return.")
        wait_for_program(pid, child)
        report = child.do("os.read(r, 1000) if select.select([r], [], [], 0)[0] else b''")
    if not report:
        raise Wrong(f"In the program nothing is open under the number {number}, the descriptor that it should get.")
    others = set(ast.literal_eval(report.decode())) - STANDARD - {number}
    expect(others, set(), "what the program has besides 0, 1, 2 and the descriptor that it should get")
    return "The program has that one, and the three standard ones."


def wait_for_program(pid: Any, child: Child) -> None:
    """Wait for the end of a program that the reader's function has started. Raises Wrong if it did not."""
    if type(pid) is not int:
        raise Wrong(f"Return what subprocess.Popen() returned, or a PID; you returned {pid!r}.")
    if parent_of(pid) != child.pid:
        raise Wrong(f"{pid} is no process that your function started and left running.")
    if not ends(pid):
        raise Wrong("The program that you started does not end. Start the one that you were given.")


@exercise("01.3", "end this process, and no stranger")
def end_the_right_one(end_if_same: Callable[[int, int], bool]) -> str:
    """SIGTERM for the process that has both the PID and the start time; nothing for any other, and no exception.

    It must be held when its start time is read, and the signal must go through what holds it.
    """
    with running(end_if_same) as child, Child("office") as office:
        child.do(WATCH)
        workers = {name: office.fork(name) for name in CASES}
        workers["spaced"].do("open('/proc/self/comm', 'w').write('a b) c')")
        workers["gone"].kill()
        workers["gone"].wait()
        for name, (case, changed, end) in CASES.items():
            worker = workers[name]
            started = start_time(worker.pid) + changed
            if name == "gone":
                office.do("os.waitpid(pid, 0)", pid=worker.pid)
            child.do("_target, _looks, _kills = pid, [], []", pid=worker.pid)
            doing = child.start(f"{name_of(end_if_same)}(pid, started)", pid=worker.pid, started=started)
            expect(result(doing, f"{case}: your function waits for ever."), end, case)
            if name != "gone":
                check_end(office, worker, end, case)
            if end:
                looks, kills = child.do("_looks, _kills")
                check_hold(looks, kills)
    spared = "A stranger with another start time is spared."
    return f"{spared} You held the process when you read its start time." if looks else spared


def check_end(office: Child, worker: Child, end: bool, case: str) -> None:
    """Raises Wrong unless a process has ended with SIGTERM, or lives."""
    if end and not ends(worker.pid):
        raise Wrong(f"{case}: you returned True, and the process still runs.")
    if not end:
        try:
            worker.do("")  # a signal that was sent before takes effect first
        except ChildEnded:
            raise Wrong(f"{case}: you returned False, and have ended it.") from None
        return
    status = office.do("os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])", pid=worker.pid)
    expect(signal.Signals(-status).name, "SIGTERM", f"{case}, the signal that has ended it")


def check_hold(looks: list[bool], kills: list[str]) -> None:
    """Raises Wrong if the number could have changed hands between the last look and the signal.

    Where another program looked, no look was seen, and nothing is said against it.
    """
    if kills:
        raise Wrong(f"{kills[0]} takes a number, which a stranger may have after your look. A pidfd means one process.")
    if looks and not looks[-1]:
        raise Wrong("You read /proc/PID/stat without a pidfd: when you open one, a stranger may have the number.")


@exercise("01.4", "a zombie")
def zombie(make_zombie: Callable[[], int]) -> str:
    """The returned PID must be that of a child of the reader's process, in state Z."""
    with running(make_zombie) as child:
        pid = result(
            child.start(f"{name_of(make_zombie)}()"),
            "Your function does not come back. It must not wait for a process that never ends.",
        )
        if type(pid) is not int:
            raise Wrong(f"Return a PID, a whole number; you returned {pid!r}.")
        parent = parent_of(pid)
        if parent is None:
            raise Wrong("No process has this PID. waitpid() for a zombie takes it away.")
        if parent != child.pid:
            raise Wrong("That is not a child of the process in which your function runs.")
        if not ends(pid):
            raise Wrong("That process lives. A zombie has ended: have it call os._exit().")
    return "It runs no code and has no memory; only its PID and its exit status wait for the parent."


def start_time(pid: int) -> int:
    """When a process was started, in clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5))."""
    after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return int(after_the_name.split()[19])


def parent_of(pid: int) -> int | None:
    """The PID of its parent; None if there is no such process."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def ends(pid: int) -> bool:
    """Whether that process has ended, or does in time; somebody else waits for it."""
    hold = os.pidfd_open(pid)
    try:
        return bool(select.select([hold], [], [], own_process.LONGEST)[0])
    finally:
        os.close(hold)
