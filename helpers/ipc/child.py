"""A child: a real process on a remote control. The notebook says what it does, one piece of code at a time.

A question is asked only when the one before it is answered, so an answer needs no number. What could part the two is
made impossible: a process that code has forked cannot answer (helpers.ipc.child_program), and a child whose message was
cut in two is ended. Values travel as bytes inside the messages: one that cannot be made again spoils no message.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from typing import Any, Self

from helpers.child_start import OUT_OF_THE_WAY
from helpers.elsewhere import require_linux
from helpers.errors import CourseError
from helpers.interrupts import starting_apart, uninterrupted
from helpers.ipc.history import Event, History, merged
from helpers.ipc.source import source_of

PATIENCE = 10.0
"""Seconds that a piece of code may take, unless the notebook says otherwise."""

TO_START = 60.0
"""Seconds that a process may take to start, however busy the machine is."""

LOOK_EVERY = 0.002
"""Seconds between two looks at a process's state, of which the kernel sends no message."""


class ChildError(CourseError):
    """A child cannot do what was asked."""


class ChildEnded(ChildError):
    """The process has ended."""


class StillRunning(ChildError):
    """The code has not come to its end yet."""


VALUE = "{child} ran the code, but its value cannot be sent ({error}): name it there, and ask for numbers or bytes"
GIVEN = "{name!r} cannot be sent to {child} ({error}): define() gives functions and classes, pass_fds gives descriptors"
"""What is said of a value that stays where it is, and of one that was to be given to a child."""


@contextlib.contextmanager
def sending(sentence: str, **names: object) -> Iterator[None]:
    """Pack or unpack a value in the block. Raises ChildError with this sentence if that fails."""
    try:
        yield
    except Exception as error:
        raise ChildError(sentence.format(error=error, **names)) from None


class _Packer(pickle.Pickler):
    """Not multiprocessing's, which passes descriptors on: by a thread, and only to processes that it has started."""

    def reducer_override(self, thing: object) -> Any:
        if isinstance(thing, Connection):  # its copy would close whatever has that number in the other process
            raise TypeError(f"cannot pickle {type(thing).__name__!r} object")
        return NotImplemented


def packed(thing: object) -> bytes:
    """The bytes of which pickle.loads() makes the same thing in another process."""
    content = io.BytesIO()
    _Packer(content).dump(thing)
    return content.getvalue()


class Doing:
    """A piece of code that a child has begun."""

    def __init__(self, child: Child, code: str) -> None:
        self._child = child
        self.code = textwrap.shorten(code, 60, placeholder=" ...")
        self._begun = False
        self._answer: tuple[str, tuple[Any, ...]] | None = None

    @property
    def done(self) -> bool:
        """Whether it has come to its end by now."""
        return self._arrives(0)

    def blocked(self, timeout: float = PATIENCE) -> bool:
        """Wait until the process sleeps in a system call: True; or until the code has come to its end: False.

        Raises StillRunning if it neither sleeps nor ends within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while not self._arrives(LOOK_EVERY):
            # Between this look and the next it may end; then an answer has come.
            if self._begun and self._child._state() == "S" and not self._arrives(0):
                return True
            if time.monotonic() > deadline:
                raise self._still_running(timeout)
        return False

    def result(self, timeout: float = PATIENCE) -> Any:
        """Wait for its end; its value.

        Raises what the code raised, ChildEnded, StillRunning after `timeout` seconds, and ChildError where the value
        cannot be sent.
        """
        try:
            if not self._arrives(timeout):
                raise self._still_running(timeout)
        except KeyboardInterrupt:
            self._child.close()  # nobody will wait for it any more
            raise
        assert self._answer is not None
        kind, (content, *about) = self._answer
        if kind == "ended":
            with sending(VALUE, child=self._child):
                return pickle.loads(content)
        words, line = about
        try:
            error = pickle.loads(content)
        except Exception:  # noqa: BLE001  an error of any class may fail in any way here
            error = RuntimeError(words)
        if line:
            error.add_note(f"in {self._child}: {line}")
        raise error

    def outcome(self) -> Any:
        """What it comes to, to be compared: "sleeps", its value, or "raises " and the name of its errno or class.

        Raises StillRunning if the process neither sleeps in a system call nor ends within `PATIENCE` seconds.
        """
        try:
            return "sleeps" if self.blocked() else self.result()
        except StillRunning:
            raise
        except Exception as error:  # noqa: BLE001  the code may raise whatever it likes
            number = getattr(error, "errno", None) or 0
            return f"raises {errno.errorcode.get(number, type(error).__name__)}"

    def _arrives(self, timeout: float) -> bool:
        """Whether it has come to its end, or does within that time."""
        deadline = time.monotonic() + timeout
        while self._answer is None:
            if not self._child._has_message(max(0.0, deadline - time.monotonic())):
                return False
            with self._child._undivided() as connection:
                kind, output, events, *what = connection.recv()
                self._child.events += events
                self._begun = self._begun or kind == "begun"
                if kind in ("ended", "raised"):
                    self._answer = (kind, what)
            if output:
                print(output, end="")
        return True

    def _still_running(self, timeout: float) -> StillRunning:
        does = {"S": "sleeps in a system call", "T": "is stopped"}.get(self._child._state(), "still computes")
        return StillRunning(f"{self._child} {does} after {timeout:g} s: {self.code}")


class Child:
    """A process of its own: another program (a Python), other memory, other descriptors.

    It ends with its `with` block, when another child of its name is made, and with the notebook's kernel, however that
    ends; so do all processes that it forks.
    """

    def __init__(self, name: str, pass_fds: Sequence[int] = ()) -> None:
        """Start it (fork and exec); the descriptors in `pass_fds` stay open in it, under the same numbers.

        Raises ChildEnded if it ends before it has begun, NotOnThisSystem elsewhere than on Linux.
        """
        require_linux("the course's child processes")
        _end_older(name)
        with uninterrupted():
            self._process, connection, self._lifeline = _start_program(name, pass_fds)
            self._take_control(name, self._process.pid, connection)
        self._starting.result(TO_START)

    def _take_control(self, name: str, pid: int, connection: Connection[Any, Any]) -> None:
        self.name = name
        self.pid = pid
        """Its process id."""
        self.events: list[Event] = []
        """What it has noted so far."""
        self._pidfd = os.pidfd_open(pid)
        self._connection = connection
        self._doing = self._starting = Doing(self, "its start")
        self._forks: list[ForkedChild] = []
        self._closed = False
        _living[name] = self

    def do(self, code: str, **values: Any) -> Any:
        """Run code in the child to its end; the value of its last expression (None if it ends with a statement).

        `values` become variables of the child first; its variables stay from one piece of code to the next. Raises what
        the code raised, ChildEnded if the process ended in it, StillRunning after `PATIENCE` seconds, and ChildError
        for what cannot be sent. A process that the code forks with os.fork() does the rest of it, and then waits.
        """
        return self.start(code, **values).result()

    def start(self, code: str, **values: Any) -> Doing:
        """Have the child begin this code, and go on. Raises ChildError while it is busy with other code."""
        given = {}
        for name, value in values.items():
            with sending(GIVEN, name=name, child=self):
                given[name] = packed(value)
        return self._order(code, ("value", textwrap.dedent(code), given))

    def _order(self, code: str, order: tuple[Any, ...], end: socket.socket | None = None) -> Doing:
        """Send an order, and with it a socket if one is given; `code` says it in words."""
        if self._closed:
            raise ChildEnded(f"{self} has been ended; make a new one")
        if not self._doing.done:
            raise ChildError(f"{self} is still busy with: {self._doing.code}")
        with self._undivided() as connection:
            self._doing = Doing(self, code)
            connection.send(order)
            if end is not None:
                send_handle(connection, end.fileno(), self.pid)
        return self._doing

    def define(self, *functions: Callable[..., Any]) -> None:
        """Give the child functions and classes of the notebook: their source is sent, and may use what the child has.

        Raises NoSource for what has none.
        """
        self.do("\n".join(map(source_of, functions)))

    def fork(self, name: str) -> ForkedChild:
        """Have the child fork (fork(2)): a new process with a copy of its memory and its descriptors."""
        return ForkedChild(self, name)

    def kill(self, number: int | None = None) -> None:
        """Send it a signal (kill(2)), SIGKILL if none is named; a process that has ended gets none."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL if number is None else number)

    def wait(self, timeout: float = PATIENCE) -> int | None:
        """Wait for its end; its exit status, or minus the signal that ended it.

        Raises StillRunning after `timeout` seconds.
        """
        self._wait_for_end(timeout)
        return self._process.wait()

    def _wait_for_end(self, timeout: float) -> None:
        if not select.select([self._pidfd], [], [], timeout)[0]:
            raise StillRunning(f"{self} has not ended after {timeout:g} s")
        if not any(event.kind == "ends" for event in self.events):
            self.events.append(Event(time.monotonic_ns(), self.name, "ends", ""))

    def descriptors(self) -> dict[int, str]:
        """Its open descriptors and what they lead to, from /proc/PID/fd; without those of the remote control."""
        folder = f"/proc/{self.pid}/fd"
        numbers = sorted(number for number in map(int, os.listdir(folder)) if number < OUT_OF_THE_WAY)
        return {number: os.readlink(f"{folder}/{number}") for number in numbers}

    def status(self, field: str) -> str:
        """A field of /proc/PID/status (proc_pid_status(5)), such as "State" or "PPid". Raises ChildError."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key == field:
                return value.strip()
        raise ChildError(f"/proc/PID/status has no field {field!r} here")

    def close(self) -> None:
        """End it, and all that it forked."""
        with uninterrupted():
            if self._closed:
                return
            self._closed = True
            self._end()
            self.wait()
            for fork in self._forks:
                fork.close()
            self._connection.close()
            os.close(self._pidfd)
            self._pidfd = -1  # the number may be another file's by now, even another child's
            if _living.get(self.name) is self:
                del _living[self.name]

    def _end(self) -> None:
        os.close(self._lifeline)  # the kernel kills the whole process group

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __str__(self) -> str:
        return f"process {self.name}"

    __repr__ = __str__

    def _state(self) -> str:
        """What its main thread does, a letter of /proc/PID/stat (proc_pid_stat(5)), such as S: it sleeps; or ""."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return ""
        return stat.rpartition(")")[2].split()[0]

    def _has_message(self, timeout: float) -> bool:
        if self._closed:
            raise ChildEnded(f"{self} has been ended")
        return self._connection.poll(timeout)

    @contextlib.contextmanager
    def _undivided(self) -> Iterator[Connection[Any, Any]]:
        """Send or take a message in the block. If it does not come to its end, the child is ended.

        The rest of half a message would be taken for the beginning of the next. Putting an interrupt off until the
        message is whole is no way out: a child that is stopped in the middle of a large value would bar it for good.
        """
        try:
            yield self._connection
        except (EOFError, OSError):
            raise self._ended() from None
        except BaseException:
            self.close()
            raise

    def _ended(self) -> ChildEnded:
        status = self.wait()
        how = f" (status {status})" if status is not None else ""
        return ChildEnded(f"{self} has ended{how}")


class ForkedChild(Child):
    """A child that another child has forked."""

    def __init__(self, parent: Child, name: str) -> None:
        """Made by `Child.fork`."""
        _end_older(name)
        control, theirs = socket.socketpair()
        with control, theirs:
            pid = parent._order(f"fork({name!r})", ("fork", name), theirs).result()
            with uninterrupted():
                self._take_control(name, pid, Connection(control.detach()))
                parent._forks.append(self)
        self._starting.result(TO_START)

    def wait(self, timeout: float = PATIENCE) -> None:
        """Wait for its end; its status can be learnt only by who forked it. Raises StillRunning after `timeout` s."""
        self._wait_for_end(timeout)

    def _end(self) -> None:
        self.kill()


_living: dict[str, Child] = {}


def recorded(*children: Child) -> History:
    """What these children have noted of what they wanted, held and freed."""
    return merged(child.events for child in children)


def _end_older(name: str) -> None:
    older = _living.get(name)
    if older is not None:
        older.close()


def _start_program(
    name: str, pass_fds: Sequence[int]
) -> tuple[subprocess.Popen[bytes], Connection[Any, Any], int]:
    """The process, the connection that controls it, and the writing end of the pipe whose end is its own."""
    control, theirs = (end.detach() for end in socket.socketpair())
    reading, lifeline = os.pipe()
    program = [sys.executable, "-m", "helpers.child_start", name, str(theirs), str(reading)]
    try:
        with starting_apart():
            process = subprocess.Popen(
                program, pass_fds=[*pass_fds, theirs, reading], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
    except BaseException:
        os.close(control)
        os.close(lifeline)
        raise
    finally:
        os.close(theirs)
        os.close(reading)
    return process, Connection(control), lifeline
