"""C01 to C08: processes, and what names one, here and on a network.

Other processes are started for it (`Child`), because a probe that stays in one process proves nothing of two.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

from helpers.ipc import Child
from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.experiments import ALIVE, two_hosts_count, whose_addresses
from helpers.lessons.claims.loopback import listening, refusal


class C01(Claim):
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
            return bool(receiver.do("signal.sigtimedwait([signal.SIGUSR1], 0) is not None"))


def given_by_both() -> set[str]:
    """The PIDs that each of two hosts gave to a program of its own."""
    trace = two_hosts_count()
    client, server = (set(trace.call("run", host=host).result.split()) for host in ("client", "server"))
    return client & server


class C02(Claim):
    def support(self) -> bool:
        """two processes that run now, in one PID namespace, under two numbers"""
        with Child("one") as one, Child("two") as two:
            return one.pid != two.pid

    def counterexample(self) -> bool:
        """two processes of one machine that both have the same number, each in a PID namespace of its own"""
        return given_by_both() != set()


class C03(Claim):
    def support(self) -> bool:
        """a number that two hosts have given, each to a program of its own that runs"""
        return given_by_both() != set()

    def counterexample(self) -> bool:
        """a process that ends when the other host kills its number: then the number would lead across the network"""
        return two_hosts_count().call("run", host="client", nth=2).result != ALIVE


def owners(address: str) -> list[str]:
    """The hosts that have this address: their bind() was not refused."""
    calls = [call for call in whose_addresses().calls if call.name == "bind" and address in call.arguments]
    return [call.host for call in calls if not call.error]


class C04(Claim):
    def support(self) -> bool:
        """an address that one host of the network has, and no other"""
        return owners("10.0.0.2") == ["server"]

    def counterexample(self) -> bool:
        """an address that both hosts have"""
        return owners("127.0.0.1") == ["client", "server"]


SHARE = "listener = socket.create_server(address, reuse_port=True); os.getpid()"


class C05(Claim):
    def support(self) -> bool:
        """a port that the kernel refuses to another process, because one has it"""
        with listening() as listener, Child("another") as another:
            return refusal(another.do, f"socket.socket().bind({listener.getsockname()})") == "EADDRINUSE"

    def counterexample(self) -> bool:
        """two processes that listen at one port of one address"""
        with socket.socket() as holder, Child("one") as one, Child("two") as two:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(("127.0.0.1", 0))  # it only keeps the port
            address = holder.getsockname()
            return bool(one.do(SHARE, address=address) != two.do(SHARE, address=address))


LISTEN = "listener = socket.create_server(('127.0.0.1', 0)); listener.getsockname()"
ANSWER = "caller, _ = listener.accept(); caller.sendall(str(os.getpid()).encode()); caller.close()"


def who_answers(address: tuple[str, int], processes: Sequence[Child]) -> set[bytes]:
    """Call the address once for each process, which then accepts; the PIDs that came back."""
    pids = set()
    for process in processes:
        answering = process.start(ANSWER)
        with socket.create_connection(address) as caller:
            pids.add(caller.recv(100))
        answering.result()
    return pids


class C06(Claim):
    def support(self) -> bool:
        """a triple that is called twice, and the same process answers"""
        with Child("server") as server:
            return who_answers(server.do(LISTEN), [server, server]) == {str(server.pid).encode()}

    def counterexample(self) -> bool:
        """a triple that is called twice, and two processes answer: a server has forked"""
        with Child("server") as server:
            address = server.do(LISTEN)
            with server.fork("heir") as heir:
                return len(who_answers(address, [server, heir])) == 2


TLI = ("t_open", "t_bind", "t_listen", "t_accept", "t_connect", "t_snd", "t_rcv", "t_close")
"""The functions of the Transport Layer Interface that did what socket(), bind(), ... do."""


class C07(Claim):
    def support(self) -> bool:
        """a C library that has socket(), and none of eight functions of TLI"""
        libc = ctypes.CDLL(None)
        return hasattr(libc, "socket") and not any(hasattr(libc, name) for name in TLI)

    def counterexample(self) -> bool:
        """one of these functions in a library of the name that System V had for them, libnsl"""
        libraries = []
        for version in (1, 2, 3):
            with contextlib.suppress(OSError):  # this machine has none of that version
                libraries.append(ctypes.CDLL(f"libnsl.so.{version}"))
        return any(hasattr(library, name) for library in libraries for name in TLI)


def sockets_held(pid: int) -> int:
    """How many descriptors of a process lead to a socket (proc_pid_fd(5))."""
    held = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            held += os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")
    return held


WEB_SERVER = (sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0")
UTILITIES = ("cat", "cut -c1", "fold", "head", "od", "sed p", "sort", "tail", "tr a b", "uniq", "wc")
"""Programs that every system has, says POSIX; each waits for its input."""


def sockets_of_utilities() -> dict[str, int]:
    """How many sockets each of them holds while it waits."""
    quiet, found = subprocess.DEVNULL, {}
    for command in map(str.split, UTILITIES):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet) as program:
            found[command[0]] = sockets_held(program.pid)
            program.communicate(b"hello")
    return found


class C08(Claim):
    def support(self) -> bool:
        """a program that talks over a network, and not one of this course: Python's web server holds a socket"""
        with subprocess.Popen(WEB_SERVER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            assert server.stdout is not None
            try:
                server.stdout.readline()  # now it says where it listens
                return sockets_held(server.pid) > 0
            finally:
                server.terminate()  # the block's end waits for it

    def counterexample(self) -> bool:
        """of the programs that every system must have, eleven that wait for input: most hold no socket"""
        held = list(sockets_of_utilities().values())
        return held.count(0) > len(held) / 2
