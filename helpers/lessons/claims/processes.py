"""C01 to C03: processes, and what the article says of their communication and of their numbers."""

from __future__ import annotations

import mmap
import os
import signal
from typing import Any

from helpers.ipc import Child
from helpers.lab import experiment
from helpers.lessons.claims.claim import Cell, Claim
from helpers.trace import Trace

TAKE = "signal.sigtimedwait([signal.SIGUSR1], 0) is not None"


class C01(Claim):
    """There are many ways of local inter-process communication (IPC), but they sum up to these 4 categories: message
    passing, synchronisation, shared memory, remote procedure calls."""

    article = "本地的进程间通信(IPC)有很多种方式,但可以总结为下面4类"
    condition = "signals do not count"
    instead = (
        "A signal is none of the four. Unix sockets, memfd and eventfd, which the article does not name, "
        "are each of one of these kinds."
    )
    sources = ("signal(7)", "unix(7)", "eventfd(2)", "POSIX Issue 7, XSH 2.4 (signals)")
    seen_in = Cell("01_processes_and_ipc", "processes-signal-reveal")

    def support(self) -> bool:
        """a means of each kind at work between two processes: a pipe, a lock, shared memory, a call with a result"""
        r, w = os.pipe()
        shared = os.memfd_create("shared")
        os.truncate(shared, 1)
        os.lockf(shared, os.F_LOCK, 1)
        with Child("other", pass_fds=[w, shared]) as other, mmap.mmap(shared, 1) as memory:
            sum_of_other = other.do("sum(numbers)", numbers=[40, 2])
            other.do("os.write(w, b'hello')", w=w)
            other.do("import mmap; mmap.mmap(shared, 1)[0] = 42", shared=shared)
            locking = other.start("os.lockf(shared, os.F_LOCK, 1)", shared=shared)
            waited = locking.blocked()
            os.lockf(shared, os.F_ULOCK, 1)
            locking.result()
            found = (os.read(r, 100), waited, memory[0], sum_of_other)
        for descriptor in (r, w, shared):
            os.close(descriptor)
        return found == (b"hello", True, 42, 42)

    def counterexample(self) -> bool:
        """a process that tells another something by a signal: no message, no lock, no memory, no call"""
        with Child("receiver") as receiver:
            receiver.do("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})")
            receiver.kill(signal.SIGUSR1)
            return bool(receiver.do(TAKE))


START = "for n in $(seq {count}); do sleep 1000 > /dev/null 2>&1 & echo $!; done"
"""A shell starts so many programs, which go on, and prints their PIDs."""
ALIVE = "it goes on"


@experiment
def two_hosts_count(client: Any, server: Any, wire: Any) -> None:
    """Each host starts some programs. Then one PID of the client's is killed on the server."""
    started = [host.run(["sh", "-c", START.format(count=n)]).stdout.split() for host, n in ((client, 2), (server, 3))]
    number = started[0][-1].decode()
    server.run(["sh", "-c", f"kill {number}"])  # the shell has one of its own; the program may be missing
    client.run(["sh", "-c", f"kill -0 {number} && echo {ALIVE}"])


def numbers(trace: Trace, host: str) -> set[str]:
    """The PIDs that a host gave to its programs."""
    return set(trace.call("run", host=host).result.split())


class C02(Claim):
    """Locally, a process can be uniquely identified by its PID."""

    article = "在本地可以通过进程PID来唯一标识一个进程"
    condition = "you speak of one PID namespace, and of one moment"
    instead = "Each PID namespace counts by itself, and numbers come back. A pidfd means one process for good."
    sources = ("pid_namespaces(7)", "pidfd_open(2)")
    seen_in = Cell("01_processes_and_ipc", "processes-reuse-reveal")

    def support(self) -> bool:
        """two processes that run now, in one PID namespace, under two numbers"""
        with Child("one") as one, Child("two") as two:
            return one.pid != two.pid

    def counterexample(self) -> bool:
        """two processes of one machine that both have the same number, each in a PID namespace of its own"""
        trace = two_hosts_count()
        return bool(numbers(trace, "client") & numbers(trace, "server"))


class C03(Claim):
    """A PID is unique only locally; on a network the PIDs of two processes are very likely to collide."""

    article = "PID只在本地唯一,网络中的两个进程PID冲突几率很大"
    sources = ("pid_namespaces(7)", "POSIX getpid()")
    seen_in = Cell("01_processes_and_ipc", "processes-hosts-reveal")

    def support(self) -> bool:
        """a number that two hosts have given, each to a program of its own that runs"""
        trace = two_hosts_count()
        return bool(numbers(trace, "client") & numbers(trace, "server"))

    def counterexample(self) -> bool:
        """a process that ends when the other host kills its number: then the number would lead across the network"""
        return two_hosts_count().call("run", host="client", nth=2).result != ALIVE
