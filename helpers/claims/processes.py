"""C01 to C03: processes, and what the article says of their communication and of their numbers."""

from __future__ import annotations

import os
import signal
from typing import Any

from helpers.claims.claim import Cell, Claim
from helpers.ipc import Child
from helpers.lab import experiment
from helpers.trace import Trace

TAKE = "signal.sigtimedwait([signal.SIGUSR1], 0) is not None"


class C01(Claim):
    """Local inter-process communication sums up to four categories: message passing, synchronisation, shared memory,
    remote procedure calls."""

    instead = "It is Stevens' list of four; signals stand outside it, and so do Unix sockets, memfd and eventfd."
    sources = ("signal(7)", "unix(7)", "eventfd(2)", "POSIX Issue 7, XSH 2.4 (signals)")
    seen_in = Cell("01_processes_and_ipc", "processes-signal-reveal")

    def support(self) -> bool:
        """a message that one process hands to another through a pipe"""
        r, w = os.pipe()
        with Child("writer", pass_fds=[w]) as writer:
            writer.do("os.write(w, b'hello')", w=w)
            heard = os.read(r, 100)
        os.close(r)
        os.close(w)
        return heard == b"hello"

    def counterexample(self) -> bool:
        """a process that tells another something by a signal: no message, no lock, no memory, no call"""
        with Child("receiver") as receiver:
            receiver.do("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})")
            receiver.kill(signal.SIGUSR1)
            return bool(receiver.do(TAKE))


@experiment
def own_numbers(client: Any, server: Any, wire: Any) -> None:
    """A process in each of two hosts says by which number it knows itself."""
    for host in (client, server):
        host.run(["sh", "-c", "echo $$"])


def numbers(trace: Trace) -> list[str]:
    """What they said."""
    return [call.result for call in trace.calls if call.name == "run"]


class C02(Claim):
    """A PID identifies a process uniquely on its machine."""

    instead = "In one PID namespace and at one moment it does: numbers come back. A pidfd means one process for good."
    sources = ("pid_namespaces(7)", "pidfd_open(2)")
    seen_in = Cell("01_processes_and_ipc", "processes-reuse-reveal")

    def support(self) -> bool:
        """two processes that run now, in one PID namespace, under two numbers"""
        with Child("one") as one, Child("two") as two:
            return one.pid != two.pid

    def counterexample(self) -> bool:
        """two processes of one machine that both have the same number, each in a PID namespace of its own"""
        one, two = numbers(own_numbers())
        return one == two


class C03(Claim):
    """On a network PIDs collide easily, so they cannot name a process there."""

    sources = ("pid_namespaces(7)", "POSIX getpid()")
    seen_in = Cell("01_processes_and_ipc", "processes-hosts-reveal")

    def support(self) -> bool:
        """two hosts that gave the same number to a process"""
        one, two = numbers(own_numbers())
        return one == two

    def counterexample(self) -> bool:
        """two hosts that were asked the same, and gave numbers which tell them apart"""
        one, two = numbers(own_numbers())
        return one != two
