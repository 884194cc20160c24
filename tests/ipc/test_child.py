from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import pytest

from helpers.ipc import Child, ChildEnded, ChildError, Doing, StillRunning, recorded

GRACE = 2.0
"""Seconds within which a killed kernel's children must be gone."""


@pytest.fixture
def child() -> Iterator[Child]:
    with Child("child") as made:
        yield made


def ended(pidfd: int) -> bool:
    """Whether that process ends in time."""
    return bool(select.select([pidfd], [], [], GRACE)[0])


def test_code_runs_in_a_process_of_its_own(child: Child) -> None:
    assert child.do("os.getpid()") == child.pid != os.getpid()
    assert child.do("os.getppid()") == os.getpid()


def test_the_last_expression_is_the_value(child: Child) -> None:
    assert child.do("x = 3\nx * factor", factor=2) == 6
    assert child.do("x = 4") is None
    assert child.do("") is None
    assert child.do("x, factor") == (4, 2)


def test_code_may_be_indented_as_in_a_cell(child: Child) -> None:
    assert child.do("""
        if True:
            y = 5
        y
    """) == 5  # fmt: skip


def test_an_error_arises_here_with_its_line(child: Child) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        child.do("x = 1\nos.open('/no/such/file', os.O_RDONLY)")
    assert caught.value.errno == errno.ENOENT
    assert caught.value.__notes__ == ["in process child: os.open('/no/such/file', os.O_RDONLY)"]
    assert child.do("x") == 1


def reduced(to: str) -> str:
    """Code whose value is packed as `to` says."""
    return f"class Odd:\n    def __reduce__(self): {to}\nOdd()"


ONLY_THERE = """
import sys, types
sys.modules['only_there'] = only_there = types.ModuleType('only_there')
exec("class Odd(Exception): pass", vars(only_there))
"""


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socketpair()",
        "{1: [open('/dev/null')]}",
        "import multiprocessing\nmultiprocessing.Pipe()",
        "import multiprocessing\nmultiprocessing.Lock()",
        "import threading\nthreading.Lock()",
        "lambda: 1",
        "(x for x in 'abc')",
        "os",
        "class Odd: pass\nOdd()",
        "nested = []\nfor _ in range(100_000): nested = [nested]\nnested",
        reduced("raise LookupError('words')"),
        reduced("return int, ('words',)"),
        ONLY_THERE + "only_there.Odd",
    ],
)
def test_a_value_that_cannot_be_sent_is_one_sentence_and_the_child_goes_on(child: Child, code: str) -> None:
    before = child.descriptors()
    with pytest.raises(ChildError, match="^process child ran the code, but its value cannot be sent .*name it") as said:
        child.do(code)
    assert "\n" not in str(said.value)
    assert child.do("40 + 2") == 42
    assert child.do("len(os.listdir('/proc/self/task'))") == 1
    assert child.descriptors() == before


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("class Odd(Exception): pass\nraise Odd('words')", "^child.Odd: words"),
        ("class Odd(Exception):\n    def __str__(self): raise LookupError\nraise Odd", "str.* failed"),
        ("error = ValueError('words'); error.end = socket.socket()\nraise error", "^ValueError: words"),
        (ONLY_THERE + "raise only_there.Odd('words')", "^only_there.Odd: words"),
    ],
)
def test_an_error_that_cannot_be_sent_is_told_in_words(child: Child, code: str, words: str) -> None:
    with pytest.raises(RuntimeError, match=words) as caught:
        child.do(code)
    assert caught.value.__notes__ == [f"in process child: {code.splitlines()[-1]}"]
    assert child.do("40 + 2") == 42


def test_what_cannot_be_given_is_one_sentence_and_nothing_runs(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    def here() -> None: ...

    here.__module__, here.__qualname__ = "__main__", "here"
    monkeypatch.setattr(sys.modules["__main__"], "here", here, raising=False)
    ends = multiprocessing.Pipe()
    with socket.socket() as unsent, ends[0], ends[1]:
        for given in (unsent, ends[0], here, lambda: 1, threading.Lock()):
            with pytest.raises(ChildError, match=r"^'y' cannot be sent to process child .*define.*pass_fds"):
                child.do("x = 1", x0=0, y=given)
    assert child.do("'x' in globals()") is False
    assert threading.active_count() == 1


def double(x: int) -> int:
    return 2 * x


def test_passed_descriptors_keep_their_numbers() -> None:
    reading, writing = os.pipe()
    with Child("reader", [reading]) as reader:
        os.close(reading)
        os.write(writing, b"hello")
        assert reader.do("os.read(fd, 100)", fd=reading) == b"hello"
        assert list(reader.descriptors()) == [0, 1, 2, reading]
        assert reader.descriptors()[reading].startswith("pipe:")
        os.close(writing)
        assert reader.do("os.read(fd, 100)") == b""  # nobody else has the writing end


def test_blocked_is_true_in_a_system_call_that_waits() -> None:
    reading, writing = os.pipe()
    with Child("reader", [reading]) as reader:
        waiting = reader.start("os.read(fd, 1)", fd=reading)
        assert waiting.blocked() and not waiting.done
        os.write(writing, b"x")
        assert waiting.result() == b"x"
        assert not waiting.blocked() and waiting.done
    os.close(reading)
    os.close(writing)


def test_blocked_is_false_at_the_end_and_waits_while_code_computes(child: Child) -> None:
    assert not child.start("for _ in range(300_000): pass").blocked()
    computing = child.start("while True: pass")
    with pytest.raises(StillRunning, match="process child still computes"):
        computing.blocked(timeout=0.05)


def test_a_result_that_does_not_come_is_said_and_the_child_stays_busy(child: Child) -> None:
    waiting = child.start("signal.pause()")
    with pytest.raises(StillRunning, match=r"process child sleeps in a system call after 0.05 s: signal.pause\(\)"):
        waiting.result(timeout=0.05)
    with pytest.raises(ChildError, match="still busy with: signal.pause"):
        child.do("1")


def test_a_fork_has_a_copy_of_memory_and_the_same_descriptors(child: Child) -> None:
    child.do("x = 1; reading, writing = os.pipe()")
    kid = child.fork("kid")
    assert kid.do("os.getppid()") == child.pid and kid.do("os.getpid()") == kid.pid
    kid.do("x = 2")
    assert child.do("x") == 1
    kid.do("os.write(writing, b'from the kid')")
    assert child.do("os.read(reading, 100)") == b"from the kid"
    assert kid.descriptors() == child.descriptors()


def test_a_fork_that_fails_is_an_error_and_the_child_goes_on(child: Child) -> None:
    child.do("def full(): raise BlockingIOError(errno.EAGAIN, 'full')\nreal, os.fork = os.fork, full")
    with pytest.raises(BlockingIOError):
        child.fork("kid")
    child.do("os.fork = real")
    assert child.fork("kid").do("1") == 1
    with pytest.raises(ChildEnded, match="process child has been ended"):
        child.fork("child")


@pytest.mark.parametrize(
    "then", ["", "print('copy')", "raise ValueError('copy')", "wants('copy')", "holds('copy')", "sys.exit(3)"]
)
def test_a_copy_that_code_forks_answers_nothing(child: Child, then: str, capsys: pytest.CaptureFixture[str]) -> None:
    kid = child.fork("kid")
    for each in (child, kid):
        number = each.do(f"import sys\npid = os.fork()\nif pid == 0:\n    {then or 'pass'}\npid")
        assert number > 0
        assert [each.do("x + 1", x=x) for x in range(20)] == list(range(1, 21))
    assert not recorded(child, kid).events and not capsys.readouterr().out


def test_the_copy_does_the_rest_of_the_code_and_waits(child: Child) -> None:
    copy = child.do("""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()  # it is not in the group any more that is killed at the end
            wants('nothing that is told')
            os.write(writing, b'from the copy')
        pid
    """)
    assert child.do("os.read(reading, 100)") == b"from the copy"
    pidfd = os.pidfd_open(copy)
    assert not select.select([pidfd], [], [], 0.3)[0]
    child.close()
    assert ended(pidfd)
    os.close(pidfd)


@pytest.mark.parametrize("how", ["", "if pid: os._exit(0)"])
def test_a_copy_does_not_hide_that_the_child_has_ended(child: Child, how: str) -> None:
    if how:
        with pytest.raises(ChildEnded, match="status 0"):
            child.do(f"pid = os.fork()\n{how}")
    else:
        child.do("pid = os.fork()")
        child.kill()
    with pytest.raises(ChildEnded):
        child.do("1")


def test_a_note_between_two_questions_is_no_answer(child: Child) -> None:
    child.do("import threading; threading.Timer(0.05, wants, ['m']).start()")
    assert child._connection.poll(10)
    kid = child.fork("kid")
    assert (child.do("'child'"), kid.do("'kid'")) == ("child", "kid")
    assert [event.kind for event in recorded(child).events] == ["wants"]


def test_the_status_of_the_end() -> None:
    with Child("a") as a:
        a.kill(signal.SIGTERM)
        assert a.wait() == -signal.SIGTERM
        with pytest.raises(ChildEnded, match="process a has ended .status -15."):
            a.do("1")
    with Child("b") as b:
        with pytest.raises(ChildEnded, match="status 3"):
            b.do("os._exit(3)")
        assert b.wait() == 3
        b.kill()  # nobody else may be hit


def stop(child: Child) -> None:
    child.kill(signal.SIGSTOP)
    while child.status("State")[0] != "T":
        os.sched_yield()


def test_a_stopped_child_answers_when_it_goes_on(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(child)
    waiting = child.start("'first'")
    for wait in (waiting.result, waiting.blocked):
        with pytest.raises(StillRunning, match="process child is stopped after 0.05 s: 'first'"):
            wait(timeout=0.05)
    with pytest.raises(ChildError, match="still busy with: 'first'"):
        child.do("'second'")
    child.kill(signal.SIGCONT)
    assert waiting.result() == "first"
    assert child.do("'second'") == "second"

    stop(child)
    monkeypatch.setattr(Doing.result, "__defaults__", (0.05,))
    with pytest.raises(StillRunning, match=r"is stopped after 0.05 s: fork\('kid'\)"):
        child.fork("kid")
    child.kill(signal.SIGCONT)
    monkeypatch.undo()
    child._doing.result()
    assert child.do("'third'") == "third"


def test_the_parent_can_learn_a_forks_status(child: Child) -> None:
    kid = child.fork("kid")
    kid.kill()
    assert kid.wait() is None
    assert kid.status("State") == "Z (zombie)"
    assert child.do("os.waitstatus_to_exitcode(os.waitpid(kid, 0)[1])", kid=kid.pid) == -signal.SIGKILL


def test_the_same_name_again_ends_the_older_one() -> None:
    older = Child("twin")
    with Child("twin") as newer:
        with pytest.raises(ChildEnded, match="process twin has been ended"):
            older.do("1")
        assert newer.do("1") == 1
        older.close()
        assert newer.do("1") == 1


def test_a_closed_child_leaves_no_descriptor() -> None:
    before = os.listdir("/proc/self/fd")
    with Child("a") as a:
        a.fork("kid")
    assert os.listdir("/proc/self/fd") == before


def test_the_remote_control_is_not_passed_on(child: Child) -> None:
    listing = child.do("""
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        output = [(os.POSIX_SPAWN_DUP2, writing, 1)]
        number = os.posix_spawn('/bin/ls', ['ls', '/proc/self/fd'], {}, file_actions=output)
        os.waitpid(number, 0)
        os.read(reading, 1000)
    """)
    assert max(map(int, listing.split())) < 900


def test_an_interrupt_does_not_reach_a_child(child: Child) -> None:
    assert child.do("os.getpgrp()") == child.pid != os.getpgrp()


def interrupt_in(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have one interrupt come when the notebook has begun that method of its connection to the child."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    real = getattr(Connection, method)

    def interrupted(self: Connection, *arguments: object) -> object:
        monkeypatch.undo()
        threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
        return real(self, *arguments)

    monkeypatch.setattr(Connection, method, interrupted)


def test_an_interrupted_do_ends_the_child(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = child.start("signal.pause()")
    assert waiting.blocked()
    pidfd = os.pidfd_open(child.pid)
    interrupt_in("poll", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        waiting.result()
    assert ended(pidfd)
    os.close(pidfd)


def test_an_interrupt_in_the_middle_of_a_message_ends_the_child(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = child.start("bytes(10_000_000)")
    arrived = array("i", [0])
    while arrived[0] < 100_000:  # the rest does not fit into the socket's buffer
        fcntl.ioctl(child._connection.fileno(), termios.FIONREAD, arrived)
    stop(child)
    interrupt_in("recv", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        waiting.result()
    with pytest.raises(ChildEnded, match="has been ended"):
        child.do("1")


def test_no_interrupt_makes_an_answer_another_questions(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    send: Callable[[Connection, object], None] = Connection.send

    def interrupted(self: Connection, message: object) -> None:
        send(self, message)
        raise KeyboardInterrupt

    monkeypatch.setattr(Connection, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        child.do("'stale'")
    monkeypatch.undo()
    with pytest.raises(ChildEnded):
        child.do("'fresh'")


KERNEL = """
import os, time
from helpers.ipc import Child
with Child("a") as a:
    kid = a.fork("kid")
    grandchild = kid.fork("grandchild")
    deaf = grandchild.start("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\\nsignal.pause()")
    assert deaf.blocked() and kid.start("os.read(os.pipe()[0], 1)").blocked()
    busy = a.start("while True: pass")
    print(a.pid, kid.pid, grandchild.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_all_die_with_the_kernel_whatever_they_do(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", KERNEL], stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout
        pidfds = [os.pidfd_open(int(pid)) for pid in kernel.stdout.readline().split()]
        kernel.send_signal(how)
    assert len(pidfds) == 3 and all(map(ended, pidfds))
    for pidfd in pidfds:
        os.close(pidfd)


def test_the_notes_of_several_children_are_one_history() -> None:
    with Child("a") as a, Child("b") as b:
        a.do("wants('m'); holds('m')")
        b.do("wants('m')")
        a.do("frees('m')")
        a.kill()
        a.wait()
        seen = recorded(a, b)
    assert [(event.process, event.kind) for event in seen.events] == [
        ("a", "wants"), ("a", "holds"), ("b", "wants"), ("a", "frees"), ("a", "ends"),
    ]  # fmt: skip
    assert all(first.time <= second.time for first, second in zip(seen.events, seen.events[1:], strict=False))
    assert seen.events[0].time > time.monotonic_ns() - 60_000_000_000


def test_what_a_blocked_child_waits_for_is_known() -> None:
    reading, writing = os.pipe()
    with Child("a", [reading]) as a:
        waiting = a.start("wants('byte'); os.read(fd, 1); holds('byte')", fd=reading)
        assert waiting.blocked()
        assert [event.kind for event in recorded(a).events] == ["wants"]
        os.write(writing, b"x")
        waiting.result()
        assert [event.kind for event in recorded(a).events] == ["wants", "holds"]
    os.close(reading)
    os.close(writing)
