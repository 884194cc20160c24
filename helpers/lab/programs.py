"""Real programs that run in a host: `host.run([...])` and `host.start([...])`."""

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
from collections.abc import Callable, Sequence
from typing import IO

from helpers.hosts.control import Channel
from helpers.interrupts import uninterrupted


def python(function: Callable[[], object]) -> list[str]:
    """The command that runs a function in a process of its own: `host.run(python(fetch))`.

    The process is given the function's source and nothing else: what it uses, it imports or defines itself.
    """
    return [sys.executable, "-c", f"{textwrap.dedent(inspect.getsource(function))}\n{function.__name__}()\n"]


class Program:
    """A program running in a host. It ends with its host at the latest."""

    def __init__(self, channel: Channel, argv: Sequence[str]) -> None:
        """Start it with pipes at its three standard streams. Raises OSError, FileNotFoundError say, if it cannot."""
        self.args = list(argv)
        self.returncode: int | None = None
        """Exit status, or minus the signal that ended it; None while it runs."""
        pipes = [os.pipe() for _ in range(3)]
        inside = [pipes[0][0], pipes[1][1], pipes[2][1]]
        outside = [pipes[0][1], pipes[1][0], pipes[2][0]]
        request = {"ask": "spawn", "argv": self.args, "cwd": os.getcwd()}
        try:
            reply, (self._pidfd,) = channel.ask(request, inside)
        except BaseException:
            for descriptor in outside:
                os.close(descriptor)
            raise
        finally:
            for descriptor in inside:
                os.close(descriptor)
        self._channel = channel
        self.pid: int = reply["pid"]
        """Its process id in the host's own PID namespace."""
        self.stdin: IO[bytes] = os.fdopen(outside[0], "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(outside[1], "rb")
        self.stderr: IO[bytes] = os.fdopen(outside[2], "rb")

    def wait(self, timeout: float = 10.0) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        if self.returncode is None:
            ended, _, _ = select.select([self._pidfd], [], [], timeout)
            if not ended:
                raise subprocess.TimeoutExpired(self.args, timeout)
            reply, _ = self._channel.ask({"ask": "reap", "pid": self.pid})
            self.returncode = reply["status"]
            os.close(self._pidfd)
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
        """End it if it runs, and close the pipes."""
        try:
            self.kill()
        except (EOFError, OSError):
            pass  # its host is gone, and took it along
        for stream in (self.stdin, self.stdout, self.stderr):
            stream.close()

    def communicate(self, input: bytes, timeout: float) -> subprocess.CompletedProcess[bytes]:
        """Give it its whole input, read all it says, wait for its end."""
        outputs: dict[str, bytes] = {}
        readers = [
            threading.Thread(target=lambda n=name, s=stream: outputs.__setitem__(n, s.read()), daemon=True)
            for name, stream in (("stdout", self.stdout), ("stderr", self.stderr))
        ]
        try:  # however it comes out of this, an interrupt included, nobody may still read when the pipes are closed
            with uninterrupted():
                for reader in readers:
                    reader.start()
            with contextlib.suppress(BrokenPipeError):  # it did not want to read it all
                self.stdin.write(input)
            self.stdin.close()
            status = self.wait(timeout)
        finally:
            self.send_signal(signal.SIGKILL)
            for reader in readers:
                if reader.is_alive():
                    reader.join(1)
        return subprocess.CompletedProcess(self.args, status, outputs["stdout"], outputs["stderr"])
