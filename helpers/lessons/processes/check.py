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
from helpers.study.checking import Wrong, exercise
from helpers.study.own_process import LONGEST, name_of, result, running

STANDARD = {0, 1, 2}
"""Standard input, output and error: every program has them."""

_REPORT = """
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

_THREE_DESCRIPTORS = """
first = os.open(path, os.O_RDONLY)
copy, second = os.dup(first), os.open(path, os.O_RDONLY)
"""

_WATCH = """
import sys

def _is_held(pid):
    for number in os.listdir("/proc/self/fdinfo"):
        try:
            with open(f"/proc/self/fdinfo/{number}") as info:
                if f"Pid:\\t{pid}" in info.read().splitlines():
                    return True
        except FileNotFoundError:  # the descriptor through which the folder was listed
            pass
    return False

def _note_call(event, arguments):
    if event == "open" and str(arguments[0]) == f"/proc/{_target}/stat":
        _looks.append(_is_held(_target))
    if event == "os.kill" and arguments[0] == _target and arguments[1] != 0:
        _kills.append(arguments[1])

_target, _looks, _kills = 0, [], []
sys.addaudithook(_note_call)
"""
"""Notes, of the process `_target`, whether a pidfd holds it at each look at its start time, and calls of kill().

What Python reports of itself: PEP 578. A pidfd is known by the line Pid of its fdinfo: pidfd_open(2).
"""
_SPACED_NAME = "open('/proc/self/comm', 'w').write('a b) c')"
_SPACED_HINT = "This one's name is «a b) c»: in which part of the line is it?"


@exercise("01.1", "two numbers, one open file")
def one_open_file(is_shared: Callable[[int, int], bool]) -> str:
    """Duplicates share an offset, two open() of one path do not, whatever their offsets are; none may have moved."""
    path = scratch.path("exercise-01.1")
    Path(path).write_text(LETTERS)
    with running(is_shared) as child:
        child.do(_THREE_DESCRIPTORS, path=path)
        for offsets in ((0, 0), (3, 3), (2, 5), (3, 4), (4, 3), (END, END)):
            child.do("os.lseek(first, here, 0), os.lseek(second, there, 0)", here=offsets[0], there=offsets[1])
            for pair, expected in (("first, copy", True), ("first, second", False), ("second, copy", False)):
                _compare_sharing(child, name_of(is_shared), pair, expected, offsets)
    return "The offset belongs to the open file description: a move through one number shows in its duplicates only."


def _compare_sharing(child: Child, name: str, pair: str, expected: bool, offsets: tuple[int, int]) -> None:
    """Raises Wrong if the reader's function is wrong about this pair, or has moved an offset."""
    got = result(child.start(f"{name}({pair})"), "Your function waits for ever.")
    where = f"at the offsets {offsets[0]} and {offsets[1]}" + (", the end of the file" if END in offsets else "")
    if not isinstance(got, bool):
        raise Wrong(f"Return True or False; you returned {got!r}.")
    if got and not expected:
        raise Wrong(
            f"You returned True for a file that was opened twice ({where}): two open file descriptions. What does "
            "only a duplicate share?"
        )
    if expected and not got:
        raise Wrong(f"You returned False for a descriptor and its os.dup(): one open file description ({where}).")
    after = result(child.start("os.lseek(first, 0, 1), os.lseek(second, 0, 1)"), "")
    if after != offsets:
        raise Wrong(f"The offsets were {offsets}, and after your function they are {after}: put back what you move.")


@exercise("01.2", "a program that gets one descriptor")
def one_descriptor_more(start_with: Callable[[list[str], int], Any]) -> str:
    """The program must have that descriptor besides the standard ones, although its starter has others that exec keeps.

    The descriptor is a pipe's writing end, and the program reports through it.
    """
    with running(start_with) as child:
        child.do("r, w = os.pipe()\nos.set_inheritable(r, True)")
        number = child.do("w")
        argv = [sys.executable, "-I", "-S", "-c", _REPORT, str(number)]
        started = child.start(f"started = {name_of(start_with)}(argv, w)\ngetattr(started, 'pid', started)", argv=argv)
        pid = result(started, "Your function waits: it should start the program and return.")
        _wait_for_program(pid, child)
        report = child.do("os.read(r, 1000) if select.select([r], [], [], 0)[0] else b''")
    if not report:
        raise Wrong(
            f"In the program nothing is open under the number {number}: exec closed it, as it closes all that "
            "Python opens unless told otherwise (or it has another number there)."
        )
    others = set(ast.literal_eval(report.decode())) - STANDARD - {number}
    if others:
        raise Wrong(
            "The program got what it was asked for, and another pipe end of your process too. Pass on this one alone."
        )
    return "The program has that one, and the three standard ones."


def _wait_for_program(pid: Any, child: Child) -> None:
    """Wait for the end of a program that the reader's function has started. Raises Wrong if it did not."""
    if not isinstance(pid, int) or isinstance(pid, bool):
        raise Wrong(f"Return what subprocess.Popen() returned, or a PID; you returned {pid!r}.")
    if _parent_of(pid) != child.pid:
        raise Wrong(f"{pid} is no process that your function started and left running.")
    if not _ends(pid):
        raise Wrong("The program that you started does not end. Start the one that you were given.")


@exercise("01.3", "end this process, and no stranger")
def end_the_right_one(end_if_same: Callable[[int, int], bool]) -> str:
    """SIGTERM for the process that has both the PID and the start time; nothing for any other, and no exception.

    It must be held when it is looked at, and the signal must go through what holds it.
    """
    with running(end_if_same) as child, Child("office") as office:
        workers = {name: office.fork(name) for name in ("stranger", "worker", "spaced")}
        workers["spaced"].do(_SPACED_NAME)
        child.do(_WATCH)
        for name in ("stranger", "worker", "spaced"):
            _end_or_spare(child, name_of(end_if_same), office, workers[name])
        looks, kills = child.do("_looks, _kills")
        gone = office.fork("gone")
        started = start_time(gone.pid)
        gone.kill()
        gone.wait()
        office.do("os.waitpid(pid, 0)", pid=gone.pid)
        if _asked(child, name_of(end_if_same), gone.pid, started) is not False:
            raise Wrong("That process has ended, and no other has its PID: return False.")
    _leaves_no_moment(looks, kills)
    spared = "A stranger with another start time is spared."
    return f"{spared} You held the process before you looked, so none can slip in between." if looks else spared


def _leaves_no_moment(looks: list[bool], kills: list[int]) -> None:
    """Raises Wrong if the number could have changed hands between the last look and the signal.

    Where another program looked, no look was seen, and nothing is said against it.
    """
    if kills:
        raise Wrong(
            "You looked, and then called kill(): in between, the process may end and a stranger get its number. "
            "Only a pidfd means one process for good."
        )
    if looks and not looks[-1]:
        raise Wrong(
            "When you opened /proc/PID/stat you had no pidfd yet: before you open one, the process may end and a "
            "stranger get its number. Hold first, then look."
        )


def _end_or_spare(child: Child, name: str, office: Child, worker: Child) -> None:
    """Raises Wrong if the reader's function spares who should end, or ends who should not."""
    started, expected = start_time(worker.pid), worker.name != "stranger"
    hint = _SPACED_HINT if worker.name == "spaced" else "Field 22 counts from 1; is yours an int?"
    try:
        got = _asked(child, name, worker.pid, started if expected else started - 1)
    except Wrong as wrong:
        if worker.name != "spaced":
            raise
        raise Wrong(f"{wrong} {hint}") from None
    if not isinstance(got, bool):
        raise Wrong(f"Return True or False; you returned {got!r}.")
    ended = got and _ends(worker.pid)
    if not expected and (got or not _answers(worker)):
        raise Wrong("A process with that PID but another start time is a stranger: leave it alone and return False.")
    if expected and not got:
        raise Wrong(f"PID and start time were those of the process, and you returned False. {hint}")
    if expected and not ended:
        raise Wrong("You returned True, and the process still runs.")
    if expected:
        status = office.do("os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])", pid=worker.pid)
        if status != -signal.SIGTERM:
            raise Wrong(f"The process ended with {_how(status)}: send SIGTERM, which lets it tidy up.")


def _asked(child: Child, name: str, pid: int, started: int) -> Any:
    child.do("_target, _looks, _kills = pid, [], []", pid=pid)
    return result(child.start(f"{name}(pid, started)", pid=pid, started=started), "Your function waits for ever.")


def _answers(worker: Child) -> bool:
    """Whether it lives; a signal that was sent to it before takes effect first."""
    try:
        worker.do("")
    except ChildEnded:
        return False
    return True


def _how(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"


@exercise("01.4", "a zombie")
def zombie(make_zombie: Callable[[], int]) -> str:
    """The returned PID must be that of a child of the reader's process, in state Z."""
    with running(make_zombie) as child:
        pid = result(
            child.start(f"{name_of(make_zombie)}()"),
            "Your function does not come back. It must not wait for a process that never ends.",
        )
        if not isinstance(pid, int) or isinstance(pid, bool):
            raise Wrong(f"Return a PID, a whole number; you returned {pid!r}.")
        parent = _parent_of(pid)
        if parent is None:
            raise Wrong("No process has this PID any more. Who waits for a zombie with waitpid() takes it away.")
        if parent != child.pid:
            raise Wrong("That is not a child of the process in which your function runs.")
        if not _ends(pid):
            raise Wrong("That process lives. A zombie has ended: have it call os._exit().")
    return "It runs no code and has no memory; only its PID and its exit status wait for the parent."


def start_time(pid: int) -> int:
    """When a process was started, in clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5))."""
    after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return int(after_the_name.split()[19])


def _parent_of(pid: int) -> int | None:
    """The PID of its parent; None if there is no such process."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _ends(pid: int) -> bool:
    """Whether that process has ended, or does in time; somebody else waits for it."""
    hold = os.pidfd_open(pid)
    try:
        return bool(select.select([hold], [], [], LONGEST)[0])
    finally:
        os.close(hold)
