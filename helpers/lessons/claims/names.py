"""C04 to C08: what names a process on a network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from helpers.ipc import Child
from helpers.lab import experiment
from helpers.lessons.claims.claim import Cell, Claim
from helpers.lessons.claims.loopback import listening, refusal

TLI = ("t_open", "t_bind", "t_listen", "t_accept", "t_connect", "t_snd", "t_rcv", "t_close")
"""The functions of the Transport Layer Interface that did what socket(), bind(), ... do."""


@experiment
def whose_addresses(client: Any, server: Any, wire: Any) -> None:
    """Each of two hosts tries to bind two addresses."""
    for host in (client, server):
        for address in ("10.0.0.2", "127.0.0.1"):
            with contextlib.suppress(OSError):
                host.socket().bind((address, 80))


def owners(address: str) -> list[str]:
    """The hosts that have this address: their bind() was not refused."""
    calls = [call for call in whose_addresses().calls if call.name == "bind" and address in call.arguments]
    return [call.host for call in calls if not call.error]


class C04(Claim):
    """The IP address of the network layer can uniquely identify a host on the network."""

    article = "网络层的“ip地址”可以唯一标识网络中的主机"
    condition = "it was given to one interface only, on one network"
    instead = "It names an interface, and a host may have many. Every host has 127.0.0.1."
    sources = ("RFC 1122 §3.3.4", "RFC 1122 §3.2.1.3", "RFC 4291 §2.1")
    seen_in = Cell("06_who_are_you_on_a_network", "names-home")

    def support(self) -> bool:
        """an address that one host of the network has, and no other"""
        return owners("10.0.0.2") == ["server"]

    def counterexample(self) -> bool:
        """an address that both hosts have"""
        return owners("127.0.0.1") == ["client", "server"]


SHARE = """
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listener.bind(address)
listener.listen()
os.getpid()
"""


class C05(Claim):
    """«Protocol + port» of the transport layer can uniquely identify an application (a process) in a host."""

    article = "传输层的“协议+端口”可以唯一标识主机中的应用程序(进程)"
    condition = "one process alone has the socket, and no other socket has the port"
    instead = (
        "They name a socket. fork() and SCM_RIGHTS give it to several processes; "
        "SO_REUSEPORT, or another address of the host, gives one port to several sockets."
    )
    sources = ("socket(7)", "fork(2)", "unix(7)")
    seen_in = Cell("06_who_are_you_on_a_network", "names-whole")

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


ANSWER = "caller, _ = listener.accept(); caller.sendall(str(os.getpid()).encode()); caller.close()"


def who_answers(address: tuple[str, int], processes: Sequence[Child]) -> set[bytes]:
    """Call the address once for each process, which then accepts; who said it was there."""
    said = set()
    for process in processes:
        answering = process.start(ANSWER)
        with socket.create_connection(address) as caller:
            said.add(caller.recv(100))
        answering.result()
    return said


class C06(Claim):
    """With the triple (IP address, protocol, port) the processes of a network can be identified."""

    article = "利用三元组(ip地址,协议,端口)就可以标识网络的进程了"
    condition = "one process alone accepts at that endpoint"
    instead = (
        "The triple names an endpoint, where several processes may answer. "
        "A conversation is told apart by five values: the protocol, both addresses, both ports."
    )
    sources = ("fork(2)", "RFC 9293 §4", "RFC 6146 §2")
    seen_in = Cell("06_who_are_you_on_a_network", "names-pair")

    def support(self) -> bool:
        """a triple that is called twice, and the same process answers"""
        with Child("server") as server:
            there = server.do("listener = socket.create_server(('127.0.0.1', 0)); listener.getsockname()")
            return who_answers(there, [server, server]) == {str(server.pid).encode()}

    def counterexample(self) -> bool:
        """a triple that is called twice, and two processes answer: a server has forked"""
        with Child("server") as server:
            there = server.do("listener = socket.create_server(('127.0.0.1', 0)); listener.getsockname()")
            with server.fork("heir") as heir:
                return len(who_answers(there, [server, heir])) == 2


class C07(Claim):
    """UNIX System V's TLI has been retired."""

    article = "UNIX System V的TLI(已经被淘汰)"
    condition = "you speak of Linux"
    instead = "Linux's C library has sockets, as POSIX demands, and no TLI."
    elsewhere = "illumos documents TLI to this day, t_open() in its manual among others."
    sources = ("POSIX socket()", "t_open(3NSL)")
    seen_in = Cell("06_who_are_you_on_a_network", "names-tli")

    def support(self) -> bool:
        """a C library that has socket(), and none of eight functions of TLI"""
        libc = ctypes.CDLL(None)
        return hasattr(libc, "socket") and not any(hasattr(libc, name) for name in TLI)

    def counterexample(self) -> bool:
        """one of these functions in a library of the name that System V had for them, libnsl"""
        return any(hasattr(library, name) for library in libraries("libnsl.so.{}", range(1, 4)) for name in TLI)


def libraries(name: str, versions: Sequence[int]) -> Iterator[ctypes.CDLL]:
    """Those of that name that this machine has."""
    for version in versions:
        with contextlib.suppress(OSError):
            yield ctypes.CDLL(name.format(version))


def sockets_held(pid: int | str) -> int:
    """How many descriptors of a process lead to a socket (proc_pid_fd(5))."""
    folder = f"/proc/{pid}/fd"
    links = []
    for number in os.listdir(folder):
        with contextlib.suppress(OSError):  # closed meanwhile
            links.append(os.readlink(f"{folder}/{number}"))
    return sum(link.startswith("socket:") for link in links)


WEB_SERVER = (sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0")
UTILITIES: tuple[tuple[str, ...], ...] = (
    ("cat",), ("cut", "-c1"), ("fold",), ("head",), ("od",), ("sed", "p"), ("sort",), ("tail",), ("tr", "a", "b"),
    ("uniq",), ("wc",),
)  # fmt: skip
"""Programs that every system has, says POSIX; each waits for its input."""


def sockets_of_utilities() -> dict[str, int]:
    """How many sockets each of them holds while it waits."""
    quiet, found = subprocess.DEVNULL, {}
    for command in UTILITIES:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet) as program:
            found[command[0]] = sockets_held(program.pid)
            program.communicate(b"hello")
    return found


class C08(Claim):
    """Almost all applications use sockets."""

    article = "几乎所有的应用程序都是采用socket"
    condition = "they talk over a network"
    instead = "Programs that read and write files and pipes do their work without any."
    sources = ("POSIX XCU, Utilities", "proc_pid_fd(5)")
    seen_in = Cell("06_who_are_you_on_a_network", "names-own")

    def support(self) -> bool:
        """a program that talks over a network, and not one of this course: Python's web server holds a socket"""
        with subprocess.Popen(WEB_SERVER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            assert server.stdout is not None
            try:
                server.stdout.readline()  # now it says where it listens
                held = sockets_held(server.pid)
            finally:
                server.terminate()  # the block's end waits for it
        return held > 0

    def counterexample(self) -> bool:
        """of the programs that every system must have, eleven that wait for input: most hold no socket"""
        held = list(sockets_of_utilities().values())
        return held.count(0) > len(held) / 2
