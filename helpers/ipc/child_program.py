"""The program of a `Child`: do what the notebook says, one piece of code at a time.

`helpers.child_start` calls its `main`.
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
import select
import signal
import socket
import struct
import time
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import ForkingPickler, send_handle
from typing import Any

from helpers.child_start import OUT_OF_THE_WAY
from helpers.ipc.history import Notes

MODULES = (errno, fcntl, mmap, os, signal, socket, struct, time)
"""What code in a child finds imported."""


def main(name: str, control: int, lifeline: int) -> None:
    """Serve the notebook until it closes the control connection; `control`, `lifeline`: numbers of descriptors."""
    die_with(moved(lifeline))
    run = Runner(name, Connection(moved(control)))
    run.connection.send(("ready",))
    while True:
        try:
            kind, *order = run.connection.recv()
        except EOFError:
            os._exit(0)
        if kind == "fork":
            run.fork(*order)
        else:
            run.do(*order)


def moved(descriptor: int) -> int:
    """The same open file under a high number, which programs started from here do not get."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
    os.close(descriptor)
    return high


def die_with(lifeline: int) -> None:
    """Have the kernel kill this process group when the last writer of a pipe has closed it (fcntl(2), F_SETSIG).

    No thread has to watch, so this process can fork; nothing that it does can stop it from dying.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    hung_up = select.poll()
    hung_up.register(lifeline, 0)
    if hung_up.poll(0):  # it was closed before the kernel knew whom to kill
        os._exit(0)


class Runner:
    """Runs code in one namespace and answers over one connection."""

    def __init__(self, name: str, connection: Connection[Any, Any]) -> None:
        self.connection = connection
        self.notes = Notes(name, lambda events: self.connection.send(("noted", events)))
        self.pieces = 0
        self.names: dict[str, Any] = {"__name__": name, **{module.__name__: module for module in MODULES}}
        for function in (self.notes.wants, self.notes.holds, self.notes.frees, self.notes.happens, self.notes.watched):
            self.names[function.__name__] = function

    def do(self, code: str, values: dict[str, Any]) -> None:
        """Run a piece of code and answer with its value, or with what it raised."""
        self.names.update(values)
        self.connection.send(("begun",))
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                answer: tuple[Any, ...] = ("ended", self.value(code))
                ForkingPickler.dumps(answer)
            except Exception as error:  # noqa: BLE001  whatever it is, it is the notebook's
                answer = ("raised", *self.described(error))
        self.connection.send((*answer, output.getvalue(), self.notes.take()))

    def value(self, code: str) -> Any:
        """The value of the last expression; None if the code ends with another statement."""
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

    def described(self, error: Exception) -> tuple[Exception, str]:
        """The error as it can be sent, and the line of the code in which it arose."""
        line, trace = "", error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file.startswith(f"<{self.notes.process} "):
                line = linecache.getline(file, trace.tb_lineno).strip()
            trace = trace.tb_next
        try:
            ForkingPickler.loads(ForkingPickler.dumps(error))
        except Exception:  # noqa: BLE001  an error of any class may fail in any way here
            error = RuntimeError(f"{type(error).__name__}: {error}")
        return error, line

    def fork(self, name: str) -> None:
        """Fork; the new process serves a connection of its own, which is handed to the notebook."""
        theirs, ours = Pipe()
        number = os.fork()
        if number == 0:
            theirs.close()
            self.connection.close()
            self.connection = Connection(moved(os.dup(ours.fileno())))
            ours.close()
            self.notes.process = self.names["__name__"] = name
            self.notes.take()
            self.connection.send(("ready",))
            return
        ours.close()
        self.connection.send(("forked", number))
        send_handle(self.connection, theirs.fileno(), os.getppid())
        theirs.close()
