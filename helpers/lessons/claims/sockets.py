"""C13 to C15 and C24 to C32: what a socket is, and what socket() takes.

These need no second host: the kernel's refusal, or what it says of a socket that it gave, is the evidence.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import tempfile
from pathlib import Path

from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.experiments import (
    FOR_EXPERIMENTS,
    SOCK_PACKET,
    obsolete_packet_socket,
    raw_socket_is_bound,
)
from helpers.lessons.claims.loopback import PATIENCE, connection, refusal

TRANSPORTS = (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
AF_PACKET = 17
"""<linux/socket.h>; outside Linux Python has no name for it."""


class C13(Claim):
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
    def support(self) -> bool:
        """read() and write() move bytes over a socket, as over a file"""
        with connection() as (near, far):
            os.write(near.fileno(), b"hello")
            return os.read(far.fileno(), 100) == b"hello"

    def counterexample(self) -> bool:
        """such a socket, which open() refuses to open, and lseek() has no place to go to"""
        with connection() as (near, _):
            by_path = refusal(os.open, f"/proc/self/fd/{near.fileno()}", os.O_RDWR)
            return (by_path, refusal(os.lseek, near.fileno(), 0, os.SEEK_SET)) == ("ENXIO", "ESPIPE")


class C15(Claim):
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
        """an end that reads what it has written itself: a socket connected to its own address"""
        with socket.socket() as alone:
            alone.bind(("127.0.0.1", 0))
            alone.connect(alone.getsockname())
            os.write(alone.fileno(), b"hello")
            arrived, _, _ = select.select([alone], [], [], PATIENCE)
            return bool(arrived) and os.read(alone.fileno(), 100) == b"hello"


class C24(Claim):
    def support(self) -> bool:
        """two sockets of one process under two descriptors"""
        with socket.socket() as one, socket.socket() as two:
            return one.fileno() != two.fileno()

    def counterexample(self) -> bool:
        """two descriptors with one inode"""
        with socket.socket() as one, one.dup() as two:
            inodes = {os.fstat(each.fileno()).st_ino for each in (one, two)}
            return one.fileno() != two.fileno() and len(inodes) == 1


class C25(Claim):
    def support(self) -> bool:
        """a bind() to a family, a port of two bytes and an address of four"""
        address = struct.pack("=H2s4s8x", socket.AF_INET, bytes(2), socket.inet_aton("127.0.0.1"))
        with socket.socket() as made:
            refused = ctypes.CDLL(None).bind(made.fileno(), address, len(address))
            return not refused and made.getsockname()[0] == "127.0.0.1"

    def counterexample(self) -> bool:
        """a socket of AF_INET that is given port 80, and has the address, but not that port"""
        return raw_socket_is_bound().marks[0].label == f"10.0.0.2 {FOR_EXPERIMENTS}"


def bound_to_a_relative_path() -> str:
    """The name of the errno, or ""."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as made:
        return refusal(made.bind, os.path.relpath(Path(folder, "name")))


class C26(Claim):
    def support(self) -> bool:
        """a path that bind() refuses, because it is relative"""
        return bound_to_a_relative_path() != ""

    def counterexample(self) -> bool:
        """three sockets without an absolute path: one has a relative one, one an abstract name, one no name"""
        near, far = socket.socketpair()
        with near, far, socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind("")  # autobind: the kernel chooses an abstract name
            named = abstract.getsockname()
            return bound_to_a_relative_path() == "" and named[:1] == b"\0" and near.getsockname() == ""


class C27(Claim):
    def support(self) -> bool:
        """a socket of AF_ROUTE"""
        return refusal(socket.socket, socket.AF_ROUTE, socket.SOCK_RAW) == ""

    def counterexample(self) -> bool:
        """a socket of AF_ROUTE that says it is of another domain"""
        with socket.socket(socket.AF_ROUTE, socket.SOCK_RAW) as made:
            domain = made.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN)
        return domain == socket.AF_NETLINK and "AF_ROUTE" not in {family.name for family in socket.AddressFamily}


class C28(Claim):
    def support(self) -> bool:
        """a socket of the type SOCK_PACKET that the kernel gives"""
        return obsolete_packet_socket().marks[0].label.endswith(f" {SOCK_PACKET}")

    def counterexample(self) -> bool:
        """that it is a socket of the domain that has replaced this type, for which Python has no name"""
        named = [hasattr(socket, f"SOCK_{name}") for name in ("STREAM", "DGRAM", "RAW", "SEQPACKET", "PACKET")]
        was_packet = obsolete_packet_socket().marks[0].label.startswith(f"{AF_PACKET} ")
        return was_packet and named == [True, True, True, True, False]


def protocol_number(name: str) -> int | None:
    """The number of a protocol in this system's list (protocols(5)), or, where it has none, in Python's constants."""
    try:
        return socket.getprotobyname(name)
    except OSError:
        return getattr(socket, f"IPPROTO_{name.upper()}", None)


class C29(Claim):
    def support(self) -> bool:
        """a protocol of the name STCP, or a constant IPPTOTO_UDP"""
        return protocol_number("stcp") is not None or hasattr(socket, "IPPTOTO_UDP")

    def counterexample(self) -> bool:
        """the number of IPPROTO_SCTP under the name SCTP, and that of UDP under IPPROTO_UDP"""
        return (protocol_number("sctp"), protocol_number("udp")) == (socket.IPPROTO_SCTP, socket.IPPROTO_UDP)


class C30(Claim):
    def support(self) -> bool:
        """a protocol or a constant of that name"""
        return protocol_number("tipc") is not None

    def counterexample(self) -> bool:
        """a family of that name, for which the kernel gives a socket, or does not support this family"""
        return refusal(socket.socket, socket.AF_TIPC, socket.SOCK_STREAM) in ("", "EAFNOSUPPORT")


def stream_over_udp(family: int) -> str:
    """The name of the errno, or ""."""
    return refusal(socket.socket, family, socket.SOCK_STREAM, socket.IPPROTO_UDP)


class C31(Claim):
    def support(self) -> bool:
        """the refusal of SOCK_STREAM with IPPROTO_UDP"""
        return stream_over_udp(socket.AF_INET) == "EPROTONOSUPPORT"

    def counterexample(self) -> bool:
        """one of the article's families in which the kernel gives a stream with IPPROTO_UDP"""
        families = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_ROUTE)
        return "" in map(stream_over_udp, families)


class C32(Claim):
    def support(self) -> bool:
        """a stream with protocol 0 that is TCP, and a datagram socket that is UDP"""
        with socket.socket(type=socket.SOCK_STREAM) as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            chosen = tuple(made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) for made in (stream, datagrams))
        return chosen == TRANSPORTS

    def counterexample(self) -> bool:
        """a type that is refused with protocol 0, for want of a default"""
        return refusal(socket.socket, socket.AF_INET, socket.SOCK_RAW, 0) == "EPROTONOSUPPORT"
