"""Answers to the exercises of notebook 01."""

from __future__ import annotations

import linecache
import os
import signal
import socket
import subprocess

from tests.lessons.table import Tried, solutions

SOLVED = solutions("01")


def compares_files(a: int, b: int) -> bool:
    return os.path.sameopenfile(a, b)


def compares_offsets(a: int, b: int) -> bool:
    return os.lseek(a, 0, os.SEEK_CUR) == os.lseek(b, 0, os.SEEK_CUR)


def compares_numbers(a: int, b: int) -> bool:
    return a == b


def reads_and_leaves_it_moved(a: int, b: int) -> bool:
    before = os.lseek(b, 0, os.SEEK_CUR)
    os.read(a, 1)
    moved = os.lseek(b, 0, os.SEEK_CUR) != before
    os.lseek(b, before, os.SEEK_SET)
    return moved


def moves_to_the_same_place(a: int, b: int) -> bool:
    here, there = os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR)
    os.lseek(a, 3, os.SEEK_SET)
    moved = os.lseek(b, 0, os.SEEK_CUR) != there
    os.lseek(a, here, os.SEEK_SET)
    return moved


def takes_the_neighbours_place(a: int, b: int) -> bool:
    here = os.lseek(a, 0, os.SEEK_CUR)
    os.lseek(a, here + 1, os.SEEK_SET)
    moved = os.lseek(b, 0, os.SEEK_CUR) == here + 1
    os.lseek(a, here, os.SEEK_SET)
    return moved


def reads_one_byte(a: int, b: int) -> bool:
    here, there = os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR)
    os.read(a, 1)
    moved = os.lseek(b, 0, os.SEEK_CUR) != there
    os.lseek(a, here, os.SEEK_SET)
    return moved


def by_a_flag(a: int, b: int) -> bool:
    """O_NONBLOCK too belongs to the open file description (fcntl(2))."""
    before = os.get_blocking(b)
    os.set_blocking(a, not before)
    shared = os.get_blocking(b) != before
    os.set_blocking(a, before)
    return shared


def by_kcmp(a: int, b: int) -> bool:
    """kcmp(2), which is system call 312 or, where the generic table holds, 272."""
    import ctypes

    number = 312 if os.uname().machine == "x86_64" else 272
    return ctypes.CDLL(None).syscall(number, os.getpid(), os.getpid(), 0, a, b) == 0


def keeps_nothing(argv: list[str], fd: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL)


def keeps_all(argv: list[str], fd: int) -> subprocess.Popen[bytes]:
    os.set_inheritable(fd, True)
    return subprocess.Popen(argv, close_fds=False)


def gives_it_as_standard_input(argv: list[str], fd: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, stdin=fd)


def waits_for_its_end(argv: list[str], fd: int) -> int:
    program = subprocess.Popen(argv, pass_fds=[fd])
    program.wait()
    return program.pid


def returns_the_status(argv: list[str], fd: int) -> None:
    return subprocess.run(argv, pass_fds=[fd]).check_returncode()


def starts_another_program(argv: list[str], fd: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], pass_fds=[fd])


def forks_and_executes(argv: list[str], fd: int) -> int:
    pid = os.fork()
    if pid == 0:
        os.closerange(3, fd)
        os.set_inheritable(fd, True)
        os.execv(argv[0], argv)
    return pid


def spawns(argv: list[str], fd: int) -> int:
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and os.path.exists(f"/proc/self/fd/{number}"):
            os.set_inheritable(number, number == fd)
    return os.posix_spawn(argv[0], argv, os.environ)


def by(*steps: str) -> object:
    """An answer to 01.3 of these steps; for a process that has gone it returns False."""
    gone = "except (FileNotFoundError, ProcessLookupError): return False"
    body = "".join(f"        {step}\n" for step in steps)
    source = f"def answer(pid, started):\n    try:\n{body}    {gone}\n    return True\n"
    name = f"<answer of {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space: dict[str, object] = {"__name__": "__main__"}
    exec(compile(source, name, "exec"), space)
    return space["answer"]


OTHER = "if int(stat.rpartition(')')[2].split()[19]) != started: return False"
LOOK = f"stat = open(f'/proc/{{pid}}/stat').read()\n        {OTHER}"
HOLD = "hold = os.pidfd_open(pid)"
SEND = "signal.pidfd_send_signal(hold, signal.SIGTERM)"
KILL = "os.kill(pid, signal.SIGTERM)"
OPENED_FIRST = by("file = open(f'/proc/{pid}/stat')", HOLD, f"stat = file.read()\n        {OTHER}", SEND)
BY_FOLDER = by(
    "hold = os.open(f'/proc/{pid}', os.O_RDONLY)",
    f"stat = os.read(os.open('stat', 0, dir_fd=hold), 999).decode()\n        {OTHER}",
    SEND,
)
BY_CAT = by(HOLD, f"stat = subprocess.check_output(['cat', f'/proc/{{pid}}/stat'], text=True)\n        {OTHER}", SEND)
BY_SPACES = by(HOLD, LOOK.replace(".rpartition(')')[2].split()[19]", ".split()[21]"), SEND)
BY_SIGKILL = by(HOLD, LOOK, SEND.replace("TERM", "KILL"))
BY_PROGRAM = by(HOLD, LOOK, "subprocess.run(['kill', '-TERM', str(pid)])")
IN_C = by(HOLD, LOOK, "import ctypes; ctypes.CDLL(None).kill(pid, 15)")


def reaps_it() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def only_the_child_returns() -> int:
    pid = os.fork()
    if pid:
        signal.pause()
    return pid


def leaves_it_running() -> int:
    pid = os.fork()
    if pid == 0:
        signal.pause()
    return pid


def makes_a_grandchild() -> int:
    r, w = os.pipe()
    if os.fork() == 0:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.write(w, str(pid).encode())
        signal.pause()
    return int(os.read(r, 20))


def returns_a_socket() -> socket.socket:
    return socket.socket()


def names_a_stranger() -> int:
    return os.getppid()


def ends_itself() -> int:
    os._exit(0)


def is_not_awaited() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


def of_a_program() -> int:
    return os.posix_spawn("/bin/true", ["true"], {})


TRIED = [
    Tried("01.1", SOLVED["is_shared"], "passed", "a move through one number shows in its duplicates only"),
    Tried("01.1", by_a_flag, "passed", ""),
    Tried("01.1", by_kcmp, "passed", ""),
    Tried("01.1", compares_files, "wrong", "A file opened twice, at the offsets 0 and 0 of 8"),
    Tried("01.1", compares_offsets, "wrong", "A file opened twice"),
    Tried("01.1", compares_numbers, "wrong", "A descriptor and its os.dup(), at the offsets 0 and 0 of 8"),
    Tried("01.1", moves_to_the_same_place, "wrong", "at the offsets 3 and 3"),
    Tried("01.1", takes_the_neighbours_place, "wrong", "at the offsets 3 and 4"),
    Tried("01.1", reads_one_byte, "wrong", "at the offsets 8 and 8 of 8 bytes"),
    Tried("01.1", reads_and_leaves_it_moved, "wrong", "The offsets after your function: expected (0, 0), got (1, 0)"),
    Tried("01.1", True, "wrong", "Hand over the function itself"),
    Tried("01.2", SOLVED["start_with"], "passed", "The program has that one, and the three standard ones"),
    Tried("01.2", forks_and_executes, "passed", ""),
    Tried("01.2", spawns, "passed", ""),
    Tried("01.2", keeps_nothing, "wrong", "In the program nothing is open under the number"),
    Tried("01.2", gives_it_as_standard_input, "wrong", "In the program nothing is open under the number"),
    Tried("01.2", keeps_all, "wrong", "besides 0, 1, 2 and the descriptor that it should get: expected set(), got {"),
    Tried("01.2", waits_for_its_end, "wrong", "is no process that your function started and left running"),
    Tried("01.2", returns_the_status, "wrong", "Return what subprocess.Popen() returned, or a PID; you returned None"),
    Tried("01.2", starts_another_program, "wrong", "The program that you started does not end", hangs=True),
    Tried("01.3", SOLVED["end_if_same"], "passed", "You held the process when you read its start time"),
    Tried("01.3", OPENED_FIRST, "passed", "You held the process when you read its start time"),
    Tried("01.3", BY_FOLDER, "passed", "A stranger with another start time is spared."),
    Tried("01.3", BY_CAT, "passed", "A stranger with another start time is spared."),
    Tried("01.3", by(KILL), "wrong", "A process with this PID and another start time: expected False, got True"),
    Tried("01.3", by("return False"), "wrong", "The process that was meant: expected True, got False"),
    Tried("01.3", BY_SPACES, "wrong", "with the name «a b) c»"),
    Tried("01.3", by(HOLD, LOOK), "wrong", "you returned True, and the process still runs", hangs=True),
    Tried("01.3", BY_SIGKILL, "wrong", "the signal that has ended it: expected 'SIGTERM', got 'SIGKILL'"),
    Tried("01.3", by(LOOK, KILL), "wrong", "kill() takes a number, which a stranger may have after your look"),
    Tried("01.3", BY_PROGRAM, "wrong", "kill takes a number"),
    Tried("01.3", IN_C, "wrong", "kill takes a number"),
    Tried("01.3", by(LOOK, HOLD, SEND), "wrong", "You read /proc/PID/stat without a pidfd"),
    Tried("01.4", SOLVED["make_zombie"], "passed", "It runs no code and has no memory"),
    Tried("01.4", is_not_awaited, "passed", ""),
    Tried("01.4", of_a_program, "passed", ""),
    Tried("01.4", reaps_it, "wrong", "No process has this PID. waitpid() for a zombie takes it away"),
    Tried("01.4", only_the_child_returns, "wrong", "Your function does not come back", hangs=True),
    Tried("01.4", leaves_it_running, "wrong", "That process lives", hangs=True),
    Tried("01.4", names_a_stranger, "wrong", "not a child of the process in which your function runs"),
    Tried("01.4", makes_a_grandchild, "wrong", "not a child of the process in which your function runs"),
    Tried("01.4", returns_a_socket, "wrong", "its value cannot be sent (cannot pickle 'socket' object)"),
    Tried("01.4", ends_itself, "wrong", "Your code ended the process that it ran in"),
    Tried("01.4", lambda: 1, "wrong", "Write the function with def"),
]
