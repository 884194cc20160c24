from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from helpers.lessons.processes import check as processes
from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("01_processes_and_ipc")


@pytest.fixture
def not_so_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong answers wait for ever; what is awaited here takes a few milliseconds."""
    for module in (own_process, processes):
        monkeypatch.setattr(module, "LONGEST", 0.5)


def assert_wrong(number: str, answer: object, sentence: str) -> None:
    checked = check(number, answer)
    assert checked.status == "wrong" and sentence in checked.text, checked.text


@pytest.mark.parametrize(
    ("number", "name"),
    [("01.1", "is_shared"), ("01.2", "start_with"), ("01.3", "end_if_same"), ("01.4", "make_zombie")],
)
def test_the_solution_passes(monkeypatch: pytest.MonkeyPatch, number: str, name: str) -> None:
    for module in (own_process, processes):
        monkeypatch.setattr(module, "LONGEST", 10.0)
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


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
    """It cannot see a move to where both are already."""
    here, there = os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR)
    os.lseek(a, 3, os.SEEK_SET)
    moved = os.lseek(b, 0, os.SEEK_CUR) != there
    os.lseek(a, here, os.SEEK_SET)
    return moved


def moves_one_place_on(a: int, b: int) -> bool:
    """It takes a neighbour's place for its own move."""
    here = os.lseek(a, 0, os.SEEK_CUR)
    os.lseek(a, here + 1, os.SEEK_SET)
    moved = os.lseek(b, 0, os.SEEK_CUR) == here + 1
    os.lseek(a, here, os.SEEK_SET)
    return moved


def reads_one_byte(a: int, b: int) -> bool:
    """At the end of the file there is none."""
    here, there = os.lseek(a, 0, os.SEEK_CUR), os.lseek(b, 0, os.SEEK_CUR)
    os.read(a, 1)
    moved = os.lseek(b, 0, os.SEEK_CUR) != there
    os.lseek(a, here, os.SEEK_SET)
    return moved


def says_nothing(a: int, b: int) -> None:
    os.lseek(a, 0, os.SEEK_CUR)


def closes_one(a: int, b: int) -> bool:
    os.close(a)
    return True


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (compares_files, "You returned True for a file that was opened twice (at the offsets 0 and 0)"),
        (compares_offsets, "You returned True for a file that was opened twice (at the offsets 0 and 0)"),
        (compares_numbers, "You returned False for a descriptor and its os.dup()"),
        (moves_to_the_same_place, "You returned False for a descriptor and its os.dup()"),
        (moves_one_place_on, "a file that was opened twice (at the offsets 3 and 4)"),
        (reads_one_byte, "You returned False for a descriptor and its os.dup(): one open file description (at the "),
        (reads_one_byte, "offsets 8 and 8, the end of the file)"),
        (reads_and_leaves_it_moved, "The offsets were (0, 0), and after your function they are (1, 0)"),
        (says_nothing, "Return True or False; you returned None"),
        (closes_one, "Bad file descriptor"),
        (True, "Hand over the function itself"),
    ],
)
def test_what_is_no_sign_of_an_open_file_description(answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("01.1", answer, sentence)


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


def returns_the_status(argv: list[str], fd: int) -> int | None:
    return subprocess.run(argv, pass_fds=[fd]).check_returncode()


def starts_another_program(argv: list[str], fd: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], pass_fds=[fd])


def names_its_own_process(argv: list[str], fd: int) -> int:
    return os.getpid()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (keeps_nothing, "In the program nothing is open under the number"),
        (gives_it_as_standard_input, "unless told otherwise (or it has another number there)"),
        (keeps_all, "and another pipe end of your process too"),
        (waits_for_its_end, "is no process that your function started and left running"),
        (names_its_own_process, "is no process that your function started and left running"),
        (returns_the_status, "Return what subprocess.Popen() returned, or a PID; you returned None"),
        (starts_another_program, "The program that you started does not end"),
    ],
)
def test_programs_with_other_descriptors(not_so_patient: None, answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("01.2", answer, sentence)


def start_with_fork_and_exec(argv: list[str], fd: int) -> int:
    pid = os.fork()
    if pid == 0:
        os.closerange(3, fd)
        os.set_inheritable(fd, True)
        os.execv(argv[0], argv)
    return pid


def test_a_pid_is_another_right_answer() -> None:
    assert check("01.2", start_with_fork_and_exec).status == "passed"


def ends_without_looking(pid: int, started: int) -> bool:
    os.kill(pid, signal.SIGTERM)
    return True


def ends_and_denies(pid: int, started: int) -> bool:
    os.kill(pid, signal.SIGTERM)
    return False


def spares_everybody(pid: int, started: int) -> bool:
    return False


def splits_at_spaces(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        if stat.read().split()[21] != str(started):
            return False
    os.kill(pid, signal.SIGTERM)
    return True


def fails_for_who_has_gone(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        if int(stat.read().rpartition(")")[2].split()[19]) != started:
            return False
    os.kill(pid, signal.SIGTERM)
    return True


def counts_who_has_gone_as_ended(pid: int, started: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            if int(stat.read().rpartition(")")[2].split()[19]) != started:
                return False
        os.kill(pid, signal.SIGTERM)
    except FileNotFoundError:
        pass
    return True


def says_neither(pid: int, started: int) -> None:
    os.kill(pid, 0)


def only_says_so(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[19]) == started


def kills(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        if int(stat.read().rpartition(")")[2].split()[19]) != started:
            return False
    os.kill(pid, signal.SIGKILL)
    return True


def splits_at_the_first_parenthesis(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        if int(stat.read().split(")")[1].split()[19]) != started:
            return False
    os.kill(pid, signal.SIGTERM)
    return True


def takes_the_next_field(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[20]) == started


def compares_text_with_a_number(pid: int, started: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:
        return bool(stat.read().rpartition(")")[2].split()[19] == started)


def looks_and_kills(pid: int, started: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            if int(stat.read().rpartition(")")[2].split()[19]) != started:
                return False
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def holds_and_kills(pid: int, started: int) -> bool:
    try:
        os.pidfd_open(pid)
        with open(f"/proc/{pid}/stat") as stat:
            if int(stat.read().rpartition(")")[2].split()[19]) != started:
                return False
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def looks_and_then_holds(pid: int, started: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            if int(stat.read().rpartition(")")[2].split()[19]) != started:
                return False
        signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def holds_another(pid: int, started: int) -> bool:
    os.pidfd_open(os.getpid())
    try:
        with open(f"/proc/{pid}/stat") as stat:
            if int(stat.read().rpartition(")")[2].split()[19]) != started:
                return False
        signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def waits_for_ever(pid: int, started: int) -> bool:
    signal.pause()
    return True


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (ends_without_looking, "another start time is a stranger"),
        (ends_and_denies, "another start time is a stranger"),
        (spares_everybody, "PID and start time were those of the process, and you returned False. Field 22 counts"),
        (takes_the_next_field, "you returned False. Field 22 counts from 1; is yours an int?"),
        (compares_text_with_a_number, "you returned False. Field 22 counts from 1; is yours an int?"),
        (splits_at_spaces, "you returned False. This one's name is «a b) c»"),
        (splits_at_the_first_parenthesis, "Your code raised IndexError: list index out of range"),
        (splits_at_the_first_parenthesis, "This one's name is «a b) c»"),
        (fails_for_who_has_gone, "Your code raised FileNotFoundError"),
        (counts_who_has_gone_as_ended, "That process has ended, and no other has its PID: return False"),
        (says_neither, "Return True or False; you returned None"),
        (only_says_so, "You returned True, and the process still runs"),
        (kills, "The process ended with SIGKILL: send SIGTERM"),
        (waits_for_ever, "Your function waits for ever"),
        (looks_and_kills, "You looked, and then called kill(): in between, the process may end"),
        (holds_and_kills, "You looked, and then called kill(): in between, the process may end"),
        (looks_and_then_holds, "When you opened /proc/PID/stat you had no pidfd yet"),
        (holds_another, "When you opened /proc/PID/stat you had no pidfd yet"),
    ],
)
def test_the_wrong_process_or_the_wrong_end(not_so_patient: None, answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("01.3", answer, sentence)


def looks_again(pid: int, started: int) -> bool:
    """A look before it holds does no harm: the last one counts. Signal 0 asks only whether there is a process."""
    try:
        for _ in range(2):
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat", "rb") as stat:
                if int(stat.read().rpartition(b")")[2].split()[19]) != started:
                    return False
            hold = os.pidfd_open(pid)
        signal.pidfd_send_signal(hold, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def looks_with_another_program(pid: int, started: int) -> bool:
    try:
        hold = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    stat = subprocess.run(["cat", f"/proc/{pid}/stat"], capture_output=True).stdout
    if int(stat.rpartition(b")")[2].split()[19]) != started:
        return False
    signal.pidfd_send_signal(hold, signal.SIGTERM)
    return True


@pytest.mark.parametrize(
    ("answer", "praise"),
    [
        (SOLVED["end_if_same"], "You held the process before you looked, so none can slip in between."),
        (looks_again, "You held the process before you looked, so none can slip in between."),
        (looks_with_another_program, "A stranger with another start time is spared."),
    ],
)
def test_praise_says_what_was_seen(answer: Callable[..., Any], praise: str) -> None:
    checked = check("01.3", answer)
    assert checked.status == "passed" and checked.text.endswith(praise), checked.text


def reaps_it() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def forgets_the_end() -> int:
    return os.fork()


def returns_in_the_new_process_only() -> int:
    pid = os.fork()
    if pid:
        signal.pause()
    return pid


def keeps_the_number() -> None:
    if os.fork() == 0:
        os._exit(0)


def leaves_it_running() -> int:
    pid = os.fork()
    if pid == 0:
        signal.pause()
    return pid


def names_a_stranger() -> int:
    return os.getppid()


def makes_a_grandchild() -> int:
    r, w = os.pipe()
    if os.fork() == 0:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.write(w, str(pid).encode())
        signal.pause()
    return int(os.read(r, 20))


def waits_for_one_that_lives() -> int:
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return pid


def ends_itself() -> int:
    os._exit(0)


def returns_a_socket() -> socket.socket:
    return socket.socket()


def zombie_that_is_not_awaited() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reaps_it, "No process has this PID any more"),
        (forgets_the_end, "os._exit()"),
        (returns_in_the_new_process_only, "Your function does not come back"),
        (keeps_the_number, "Return a PID, a whole number; you returned None"),
        (leaves_it_running, "That process lives"),
        (names_a_stranger, "not a child of the process in which your function runs"),
        (makes_a_grandchild, "not a child of the process in which your function runs"),
        (waits_for_one_that_lives, "Your function does not come back"),
        (returns_a_socket, "Your process ran the code, but its value cannot be sent (cannot pickle 'socket' object)"),
        (ends_itself, "Your code ended the process that it ran in"),
        (lambda: 1, "Write the function with def"),
    ],
)
def test_what_is_no_zombie(not_so_patient: None, answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("01.4", answer, sentence)


def test_a_zombie_need_not_be_awaited() -> None:
    assert check("01.4", zombie_that_is_not_awaited).status == "passed"
