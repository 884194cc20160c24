"""C13 to C15 and C24 to C32: what a socket is, and what socket() takes."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import tempfile
from pathlib import Path
from typing import Any

from helpers.claims.claim import Cell, Claim
from helpers.claims.loopback import connection, refusal
from helpers.lab import experiment

TRANSPORTS = (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
SOCK_PACKET = 10
"""<linux/net.h>; Python has no name for it."""
EVERY_FRAME = socket.htons(0x0003)
"""ETH_P_ALL, <linux/if_ether.h>."""


class C13(Claim):
    """The socket is a layer between the application and the transport layer."""

    instead = "Stream and datagram sockets of the internet families are. Others need no transport, or go below it."
    sources = ("unix(7)", "packet(7)", "netlink(7)")
    seen_in = Cell("10_what_is_a_socket", "socket-deep-run")

    def support(self) -> bool:
        """a socket under which TCP works"""
        with connection() as (near, _):
            return near.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) in TRANSPORTS

    def counterexample(self) -> bool:
        """a socket that carries bytes to another process, and has neither TCP nor UDP under it"""
        near, far = socket.socketpair()
        with near, far:
            near.sendall(b"hello")
            below = near.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
            return far.recv(100) == b"hello" and below not in TRANSPORTS


class C14(Claim):
    """In Unix everything is a file, and so is a socket."""

    instead = "It has a descriptor for read(), write() and close(); but open() does not open it, and it has no offset."
    sources = ("POSIX XBD 3, File", "open(2), ENXIO", "lseek(2), ESPIPE")
    seen_in = Cell("10_what_is_a_socket", "socket-open-run")

    def support(self) -> bool:
        """read() and write() move bytes over a socket, as over a file"""
        with connection() as (near, far):
            os.write(near.fileno(), b"hello")
            return os.read(far.fileno(), 100) == b"hello"

    def counterexample(self) -> bool:
        """a socket with a name among the files that open() refuses"""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            path = str(Path(folder, "door"))
            listener.bind(path)
            listener.listen()
            return refusal(os.open, path, os.O_RDWR) == "ENXIO"


class C15(Claim):
    """Client and server each have a «file» of their own: they write to it, read what the other wrote, and close it."""

    sources = ("POSIX XSH 2.10, Sockets", "read(2)", "write(2)")
    seen_in = Cell("10_what_is_a_socket", "socket-own-run")

    def support(self) -> bool:
        """a conversation by write(), read() and close(): both ways, to its end"""
        with connection() as (near, far):
            os.write(near.fileno(), b"hello")
            asked = os.read(far.fileno(), 100)
            os.write(far.fileno(), b"yes?")
            answered = os.read(near.fileno(), 100)
            near.close()
            return (asked, answered, os.read(far.fileno(), 100)) == (b"hello", b"yes?", b"")

    def counterexample(self) -> bool:
        """an end that reads what it has written itself: one file for both"""
        with connection() as (near, _):
            os.write(near.fileno(), b"hello")
            near.setblocking(False)
            return refusal(os.read, near.fileno(), 100) != "EAGAIN"


class C24(Claim):
    """socket() works like fopen(), and returns a descriptor that identifies one socket uniquely."""

    instead = (
        "Like open(): the number counts in one process only, and several numbers can mean one socket. "
        "What identifies it is its inode."
    )
    sources = ("socket(2)", "dup(2)", "unix(7), SCM_RIGHTS")
    seen_in = Cell("10_what_is_a_socket", "socket-numbers")

    def support(self) -> bool:
        """two sockets of one process under two descriptors"""
        with socket.socket() as one, socket.socket() as two:
            return one.fileno() != two.fileno()

    def counterexample(self) -> bool:
        """two descriptors with one inode"""
        with socket.socket() as one, one.dup() as two:
            return one.fileno() != two.fileno() and _inode(one) == _inode(two)


def _inode(sock: socket.socket) -> int:
    return os.fstat(sock.fileno()).st_ino


def bind_in_c(sock: socket.socket, address: bytes) -> str:
    """Call the C library's bind() with these bytes: the name of the errno, or ""."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call() -> None:
        if libc.bind(sock.fileno(), address, len(address)):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return refusal(call)


class C25(Claim):
    """AF_INET wants an address of 32 bits and a port of 16 bits."""

    sources = ("ip(7), Address format", "POSIX <netinet/in.h>")
    seen_in = Cell("10_what_is_a_socket", "socket-inet-run")

    def support(self) -> bool:
        """a bind() to a family, a port of two bytes and an address of four"""
        address = struct.pack("=H2s4s8x", socket.AF_INET, bytes(2), socket.inet_aton("127.0.0.1"))
        with socket.socket() as made:
            return bind_in_c(made, address) == "" and made.getsockname()[0] == "127.0.0.1"

    def counterexample(self) -> bool:
        """a socket of AF_INET that takes an address of 128 bits, as IPv6 has"""
        address = struct.pack("=H2sI16sI", socket.AF_INET6, bytes(2), 0, socket.inet_pton(socket.AF_INET6, "::1"), 0)
        with socket.socket() as made:
            return bind_in_c(made, address) == ""


class C26(Claim):
    """AF_UNIX wants an absolute path name as its address."""

    instead = "A relative path will do, on Linux an abstract name, or no name at all. A path has at most 108 bytes."
    sources = ("unix(7), Address format",)
    seen_in = Cell("10_what_is_a_socket", "socket-unix-run")

    def support(self) -> bool:
        """a path that bind() refuses, because it is relative"""
        return bool(self._bound_to_a_relative_path())

    def counterexample(self) -> bool:
        """three sockets without an absolute path: one has a relative one, one an abstract name, one no name"""
        near, far = socket.socketpair()
        with near, far, socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind("")  # autobind: the kernel chooses an abstract name
            named = abstract.getsockname()
            return not self._bound_to_a_relative_path() and named[:1] == b"\0" and near.getsockname() == ""

    def _bound_to_a_relative_path(self) -> str:
        """The name of the errno, or ""."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as made:
            return refusal(made.bind, os.path.relpath(Path(folder, "name")))


class C27(Claim):
    """AF_ROUTE is one of the domains of socket()."""

    instead = "On Linux the name stands for AF_NETLINK, whose messages tell of routes; BSD has it as a domain."
    sources = ("<bits/socket.h>", "rtnetlink(7)")
    seen_in = Cell("10_what_is_a_socket", "socket-route-run")

    def support(self) -> bool:
        """a socket of AF_ROUTE"""
        return refusal(socket.socket, socket.AF_ROUTE, socket.SOCK_RAW) == ""

    def counterexample(self) -> bool:
        """a socket of AF_ROUTE that says it is of another domain"""
        with socket.socket(socket.AF_ROUTE, socket.SOCK_RAW) as made:
            domain = made.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN)
        return domain == socket.AF_NETLINK and "AF_ROUTE" not in {family.name for family in socket.AddressFamily}


@experiment
def obsolete_packet_socket(client: Any, server: Any, wire: Any) -> None:
    """Somebody still asks for a socket as before Linux 2.2."""
    made = server.socket(socket.AF_INET, SOCK_PACKET, EVERY_FRAME)
    wire.mark(f"{made.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN)}")


def domain_given() -> int:
    """The domain of the socket that came."""
    (mark,) = obsolete_packet_socket().marks
    return int(mark.label)


class C28(Claim):
    """SOCK_PACKET is a type of sockets, of AF_INET as well."""

    instead = "It is obsolete since Linux 2.2: who asks for it gets a socket of another domain, AF_PACKET."
    sources = ("packet(7), Compatibility", "socket(2)")
    seen_in = Cell("10_what_is_a_socket", "socket-deep-run")

    def support(self) -> bool:
        """a socket that the kernel gives for AF_INET and SOCK_PACKET"""
        return domain_given() > 0

    def counterexample(self) -> bool:
        """that this socket is none of AF_INET"""
        return domain_given() == socket.AF_PACKET


class C29(Claim):
    """There is a protocol IPPROTO_STCP."""

    instead = "Its name is SCTP. A kernel that has it gives a socket for it, any other says EPROTONOSUPPORT."
    sources = ("RFC 9260 §1", "socket(2)")
    seen_in = Cell("10_what_is_a_socket", "socket-sctp-run")

    def support(self) -> bool:
        """a constant of that name"""
        return hasattr(socket, "IPPROTO_STCP")

    def counterexample(self) -> bool:
        """a constant IPPROTO_SCTP, which the kernel understands: a socket, or «not supported», is its answer"""
        return _refused(socket.SOCK_STREAM, socket.IPPROTO_SCTP) in ("", "EPROTONOSUPPORT")


class C30(Claim):
    """There is a protocol IPPROTO_TIPC."""

    instead = "TIPC is a family of addresses: AF_TIPC, with protocol 0. A kernel without it says EAFNOSUPPORT."
    sources = ("socket(2)", "<linux/tipc.h>")
    seen_in = Cell("10_what_is_a_socket", "socket-sctp-facts")

    def support(self) -> bool:
        """a constant of that name"""
        return hasattr(socket, "IPPROTO_TIPC")

    def counterexample(self) -> bool:
        """a family of that name, for which the kernel gives a socket, or does not support this family"""
        return refusal(socket.socket, socket.AF_TIPC, socket.SOCK_STREAM) in ("", "EAFNOSUPPORT")


class C31(Claim):
    """Type and protocol cannot be combined freely: SOCK_STREAM with IPPROTO_UDP fails."""

    sources = ("socket(2), EPROTONOSUPPORT", "POSIX socket()")
    seen_in = Cell("10_what_is_a_socket", "socket-stream-udp")

    def support(self) -> bool:
        """the refusal of SOCK_STREAM with IPPROTO_UDP"""
        return _refused(socket.SOCK_STREAM, socket.IPPROTO_UDP) == "EPROTONOSUPPORT"

    def counterexample(self) -> bool:
        """a stream over UDP, or datagrams over TCP, that the kernel gives"""
        return not (
            _refused(socket.SOCK_STREAM, socket.IPPROTO_UDP) and _refused(socket.SOCK_DGRAM, socket.IPPROTO_TCP)
        )


class C32(Claim):
    """Protocol 0 selects the default protocol of the type."""

    instead = "Where the type has one: SOCK_RAW of AF_INET has none, and protocol 0 is refused there."
    sources = ("socket(2)", "POSIX socket()", "raw(7)")
    seen_in = Cell("10_what_is_a_socket", "socket-zero")

    def support(self) -> bool:
        """a stream with protocol 0 that is TCP, and a datagram socket that is UDP"""
        with socket.socket(type=socket.SOCK_STREAM) as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            chosen = tuple(made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) for made in (stream, datagrams))
        return chosen == TRANSPORTS

    def counterexample(self) -> bool:
        """a type that is refused with protocol 0, for want of a default"""
        return _refused(socket.SOCK_RAW, 0) == "EPROTONOSUPPORT"


def _refused(kind: socket.SocketKind, protocol: int) -> str:
    return refusal(socket.socket, socket.AF_INET, kind, protocol)
