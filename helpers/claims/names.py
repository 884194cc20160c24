"""C04 to C08: what names a process on a network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
from typing import Any

from helpers.claims.claim import Cell, Claim
from helpers.claims.loopback import connection, listening, refusal
from helpers.ipc import Child
from helpers.lab import experiment

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
    """An IP address identifies a host on the network uniquely."""

    instead = (
        "A unicast address does, within one network. But it names an interface, a host may have many, "
        "and every host has 127.0.0.1."
    )
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
    """Protocol and port identify a process in a host uniquely."""

    instead = (
        "They name a socket, which usually one process has. fork() and SCM_RIGHTS give it to several, "
        "and SO_REUSEPORT gives one port to several sockets."
    )
    sources = ("socket(7)", "fork(2)", "unix(7)")
    seen_in = Cell("06_who_are_you_on_a_network", "names-whole")

    def support(self) -> bool:
        """a port of which the kernel refuses a second listener"""
        with listening() as listener, socket.socket() as second:
            return refusal(second.bind, listener.getsockname()) == "EADDRINUSE"

    def counterexample(self) -> bool:
        """two processes that listen at one port of one address"""
        with socket.socket() as holder, Child("one") as one, Child("two") as two:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(("127.0.0.1", 0))  # it only keeps the port
            address = holder.getsockname()
            return bool(one.do(SHARE, address=address) != two.do(SHARE, address=address))


class C06(Claim):
    """The triple of address, protocol and port identifies a process on the network."""

    instead = "It names an endpoint, where a server can be called; a conversation is told apart by all five values."
    sources = ("RFC 9293 §4", "RFC 6146 §2")
    seen_in = Cell("06_who_are_you_on_a_network", "names-pair")

    def support(self) -> bool:
        """a triple by which a client reaches the socket that has it"""
        with connection() as (near, far):
            return bool(near.getpeername() == far.getsockname())

    def counterexample(self) -> bool:
        """two conversations at one and the same triple"""
        with listening() as listener:
            there = listener.getsockname()
            with socket.create_connection(there), socket.create_connection(there):
                (one, caller), (two, other) = listener.accept(), listener.accept()
                with one, two:
                    return bool(one.getsockname() == two.getsockname() and caller != other)


class C07(Claim):
    """TLI, the other interface of System V, has been retired."""

    sources = ("POSIX socket()",)
    seen_in = Cell("06_who_are_you_on_a_network", "names-tli")

    def support(self) -> bool:
        """a C library that has socket()"""
        return hasattr(ctypes.CDLL(None), "socket")

    def counterexample(self) -> bool:
        """one function of TLI in this C library, t_open() say"""
        return any(hasattr(ctypes.CDLL(None), name) for name in TLI)


def sockets_held(pid: int | str) -> int:
    """How many descriptors of a process lead to a socket (proc_pid_fd(5))."""
    folder = f"/proc/{pid}/fd"
    links = []
    for number in os.listdir(folder):
        with contextlib.suppress(OSError):  # closed meanwhile
            links.append(os.readlink(f"{folder}/{number}"))
    return sum(link.startswith("socket:") for link in links)


class C08(Claim):
    """Almost all applications use sockets: everything is a socket."""

    instead = "Programs that talk over a network do; many processes hold none."
    sources = ("socket(2)", "proc_pid_fd(5)")
    seen_in = Cell("06_who_are_you_on_a_network", "names-own")

    def support(self) -> bool:
        """a program that talks over TCP, and holds a socket for it"""
        with connection():
            return sockets_held("self") > 0

    def counterexample(self) -> bool:
        """a program that does its work without any socket"""
        quiet = subprocess.DEVNULL
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=quiet, stderr=quiet) as cat:
            held = sockets_held(cat.pid)
            cat.communicate(b"hello")
        return held == 0
