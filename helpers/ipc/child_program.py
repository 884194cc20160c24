"""The program of a `Child`: do what the notebook says, one piece of code at a time.

`helpers.child_start` calls its `main`. A process that code forks with os.fork() is a copy of it, which must not answer.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import fcntl
import io
import linecache
import mmap
import os
import pickle
import select
import signal
import socket
import struct
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any

from helpers.child_start import OUT_OF_THE_WAY
from helpers.ipc.child import GIVEN, VALUE, packed, sending
from helpers.ipc.history import Event, Notes
from helpers.ipc.support import told_apart

MODULES = (errno, fcntl, mmap, os, signal, socket, struct, time)
"""What code in a child finds imported."""


def main(name: str, control: int, lifeline: int) -> None:
    """Serve the notebook until it closes the control connection; `control`, `lifeline`: numbers of descriptors."""
    leash = die_with(moved(lifeline))
    run = Runner(name, Connection(moved(control)))
    # A copy that held the connection open would hide from the notebook that this process has ended.
    os.register_at_fork(after_in_child=lambda: run.connection.close())
    run.tell("ended", packed(None))
    while not run.is_copy:
        try:
            run.answer(*run.connection.recv())
        except EOFError:
            os._exit(0)
    leash.poll()  # a copy is never asked again: it stays as it is until the notebook lets go of this process
    os._exit(0)


def moved(descriptor: int) -> int:
    """The same open file under a high number, which programs started from here do not get."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
    os.close(descriptor)
    return high


def die_with(lifeline: int) -> select.poll:
    """Have the kernel kill this process group when the last writer of a pipe has closed it (fcntl(2), F_SETSIG).

    No thread has to watch, so this process can fork; nothing that it does can stop it from dying. A process that has
    left the group can wait for the same event with what is returned.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    hung_up = select.poll()
    hung_up.register(lifeline, 0)
    if hung_up.poll(0):  # it was closed before the kernel knew whom to kill
        os._exit(0)
    return hung_up


class Runner:
    """Runs code in one namespace and answers over one connection."""

    def __init__(self, name: str, connection: Connection[Any, Any]) -> None:
        self.pid = os.getpid()
        self.connection = connection
        self.notes = Notes(name, lambda events: self.tell("noted", events=events))
        self.pieces = 0
        self.names: dict[str, Any] = {"__name__": name, **{module.__name__: module for module in MODULES}}
        for function in (self.notes.wants, self.notes.holds, self.notes.frees, self.notes.happens, self.notes.watched):
            self.names[function.__name__] = function

    @property
    def is_copy(self) -> bool:
        """Whether this is a process that the code has forked."""
        return os.getpid() != self.pid

    def tell(self, kind: str, *what: Any, output: str = "", events: Sequence[Event] = ()) -> None:
        """Send the notebook a message; a copy sends none."""
        if not self.is_copy:
            self.connection.send((kind, output, events, *what))

    def answer(self, order: str, *about: Any) -> None:
        """Do what is ordered, and answer with its value or with what it raised."""
        self.tell("begun")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                value = self.fork(*about) if order == "fork" else self.value(*about)
                with sending(VALUE, child=f"process {self.notes.process}"):
                    answer: tuple[Any, ...] = ("ended", packed(value))
            except Exception as error:  # noqa: BLE001  whatever it is, it is the notebook's
                answer = ("raised", *self.described(error))
        self.tell(*answer, output=output.getvalue(), events=self.notes.take())

    def value(self, code: str, given: dict[str, bytes]) -> Any:
        """The value of the last expression; None if the code ends with another statement."""
        for name, content in given.items():
            with sending(GIVEN, name=name, child=f"process {self.notes.process}"):
                self.names[name] = pickle.loads(content)
        self.pieces += 1
        place = f"<{self.notes.process} {self.pieces}>"
        linecache.cache[place] = (len(code), None, code.splitlines(keepends=True), place)
        tree = ast.parse(code, place)
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr):
            exec(compile(tree, place, "exec"), self.names)
            return None
        tree.body.pop()
        exec(compile(tree, place, "exec"), self.names)
        return eval(compile(ast.Expression(last.value), place, "eval"), self.names)

    def described(self, error: Exception) -> tuple[bytes, str, str]:
        """The error; the words for it, where it cannot be sent; and the line of the code in which it arose."""
        line, trace = "", error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.startswith(f"<{self.notes.process} "):
                line = linecache.getline(file, trace.tb_lineno).strip()
            trace = trace.tb_next
        words = traceback.format_exception_only(error)[-1].strip()
        try:
            return packed(told_apart(error)), words, line
        except Exception:  # noqa: BLE001  an error of any class may fail in any way here
            return b"", words, line

    def fork(self, name: str) -> int:
        """Fork, and return twice: the new process answers over a connection of its own, which the notebook sends."""
        theirs = Connection(moved(recv_handle(self.connection)))
        number = os.fork()
        if number:
            theirs.close()
        else:
            self.pid, self.connection = os.getpid(), theirs
            self.notes.process = self.names["__name__"] = name
            self.notes.take()
        return number
