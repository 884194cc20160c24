"""Putting off an interrupt while a host is half made or half ended, or while a process starts."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Have a KeyboardInterrupt come after the block, not inside it; keep the block short.

    A handler, not a signal mask: the kernel may give the signal to another thread, and Python interrupts this one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python interrupts the main thread only
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:  # for whoever it was meant for: inside another such block it has to wait for that one's end too
        signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def starting_apart() -> Iterator[None]:
    """Start a process with `start_new_session` here: no interrupt kills it before it has left this process group.

    Jupyter's interrupt goes to the whole group, and between fork and setsid a new process still belongs to it, with
    Python's handler gone. It inherits a mask in which SIGINT is blocked (signal(7)), and may unblock it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_of_start() -> None:
    """In the process that was started so: take interrupts again."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
