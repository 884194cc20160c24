"""Real programs that run in a host: `host.run([...])` and `host.start([...])`.

The host starts the program, and hands over a pidfd, by which it can be waited for and ended from here. A program that
is run to its end has files in memory at its standard streams, so that nobody has to read while it writes; one that is
started and talked to has pipes. Rejected: nsenter(1), which needs rights over the host's namespace at each start.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from helpers.hosts.control import Channel


def python(function: Callable[[], object]) -> list[str]:
    """The command that runs a function in a process of its own: `host.run(python(fetch))`.

    The process is given the function's source and nothing else: what it uses, it imports or defines itself.
    """
    return [sys.executable, "-c", f"{textwrap.dedent(inspect.getsource(function))}\n{function.__name__}()\n"]


class HostProcess:
    """A process of a host. It ends with its host at the latest."""

    def __init__(self, channel: Channel, argv: Sequence[str], streams: Sequence[int]) -> None:
        """Start it with these three standard streams, of which it gets copies.

        Raises OSError, FileNotFoundError say, if it cannot be started.
        """
        self.args = list(argv)
        self.returncode: int | None = None
        """Exit status, or minus the signal that ended it; None while it runs."""
        reply, (self._pidfd,) = channel.ask({"ask": "spawn", "argv": self.args, "cwd": os.getcwd()}, streams)
        closing = weakref.finalize(self, os.close, self._pidfd)  # not earlier: another thread may be waiting for it
        closing.atexit = False
        self.pid: int = reply["pid"]
        """Its process id in the host's own PID namespace."""
        self._channel = channel
        self._ending = threading.Lock()

    def wait(self, timeout: float = 10.0) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        ended, _, _ = select.select([self._pidfd], [], [], timeout)
        if not ended:
            raise subprocess.TimeoutExpired(self.args, timeout)
        with self._ending:
            if self.returncode is None:
                reply, _ = self._channel.ask({"ask": "reap", "pid": self.pid})
                self.returncode = reply["status"]
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, signal.SIGTERM say; nothing happens if it has ended."""
        if self.returncode is None:
            signal.pidfd_send_signal(self._pidfd, number)

    def kill(self) -> None:
        """End it at once (SIGKILL) and wait for its end."""
        self.send_signal(signal.SIGKILL)
        self.wait()

    def close(self) -> None:
        """End it if it runs."""
        try:
            self.kill()
        except (EOFError, OSError):
            pass  # its host is gone, and took it along


class Program(HostProcess):
    """A program that was started, with pipes at its standard streams."""

    def __init__(self, channel: Channel, argv: Sequence[str]) -> None:
        """Start it. Raises OSError if it cannot be started."""
        (inside, write), (read, outside), (read_errors, errors) = (os.pipe() for _ in range(3))
        self.stdin: IO[bytes] = os.fdopen(write, "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(read, "rb")
        self.stderr: IO[bytes] = os.fdopen(read_errors, "rb")
        try:
            super().__init__(channel, argv, [inside, outside, errors])
        except BaseException:
            self._close_pipes()
            raise
        finally:
            for descriptor in (inside, outside, errors):
                os.close(descriptor)

    def close(self) -> None:
        """End it if it runs, and close the pipes."""
        super().close()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            stream.close()


@contextlib.contextmanager
def files_in_memory(input: bytes) -> Iterator[list[int]]:
    """Files for a process's three standard streams, the first with its input."""
    files = [os.memfd_create(name) for name in ("stdin", "stdout", "stderr")]
    try:
        os.pwrite(files[0], input, 0)
        yield files
    finally:
        for descriptor in files:
            os.close(descriptor)


def content(file: int) -> bytes:
    """All that is in a file."""
    return os.pread(file, os.fstat(file).st_size, 0)
