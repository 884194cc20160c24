"""C13 to C15 and C24 to C32: what a socket is, and what socket() takes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import socket
import struct
import tempfile
from pathlib import Path
from typing import Any

from helpers.lab import experiment
from helpers.lessons.claims.claim import Cell, Claim
from helpers.lessons.claims.loopback import connection, refusal

TRANSPORTS = (socket.IPPROTO_TCP, socket.IPPROTO_UDP)
SOCK_PACKET, AF_PACKET = 10, 17
"""<linux/net.h>, <linux/socket.h>; Python has no name for the first, and outside Linux none for the second."""
FOR_EXPERIMENTS = 253
"""A protocol number that nobody has (RFC 3692 §2.1)."""
PATIENCE = 5.0
"""Seconds."""
EVERY_FRAME = socket.htons(0x0003)
"""ETH_P_ALL, <linux/if_ether.h>."""


class C13(Claim):
    """The socket is an abstract layer between the application layer and the transport layer."""

    article = "socket是在应用层和传输层之间的一个抽象层"
    condition = "it is a stream or datagram socket of the internet families"
    instead = "Others need no transport (AF_UNIX, AF_NETLINK), or reach below it (raw and packet sockets)."
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
    """In the philosophy of Unix everything is a file, and the socket is one implementation of the pattern «open,
    read/write, close»."""

    article = '在Unix一切皆文件哲学的思想下,socket是一种"打开—读/写—关闭"模式的实现'
    instead = "It has a descriptor for read(), write() and close(); but open() does not open it, and it has no offset."
    sources = ("POSIX XBD 3, File", "open(2), ENXIO", "lseek(2), ESPIPE")
    seen_in = Cell("10_what_is_a_socket", "socket-open-run")

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
    """Server and client each maintain a «file»: when the connection is open, each can write into its own for the other
    to read, or read what the other has written; at the end they close it."""

    article = (
        '服务器和客户端各自维护一个"文件",在建立连接打开后,可以向自己文件写入内容供对方读取或者读取对方内容,'
        "通讯结束时关闭文件"
    )
    condition = "the two ends are two sockets"
    instead = "A socket that is connected to itself reads what it has written: one «file» for both."
    sources = ("POSIX XSH 2.10, Sockets", "read(2)", "write(2)", "RFC 9293 §3.5")
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
        """an end that reads what it has written itself: a socket connected to its own address"""
        with socket.socket() as alone:
            alone.bind(("127.0.0.1", 0))
            alone.connect(alone.getsockname())
            os.write(alone.fileno(), b"hello")
            arrived, _, _ = select.select([alone], [], [], PATIENCE)
            return bool(arrived) and os.read(alone.fileno(), 100) == b"hello"


class C24(Claim):
    """socket() is for creating a socket descriptor, which uniquely identifies a socket."""

    article = "socket()用于创建一个socket描述符(socket descriptor),它唯一标识一个socket"
    condition = "one process has the socket, under one number"
    instead = (
        "A number means something in one process only, and several numbers can lead to one socket. "
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


@experiment
def raw_socket_is_bound(client: Any, server: Any, wire: Any) -> None:
    """bind() gives a raw socket an address and a port; which has it then?"""
    raw = server.socket(socket.AF_INET, socket.SOCK_RAW, FOR_EXPERIMENTS)
    with contextlib.suppress(OSError):
        raw.bind(("10.0.0.2", 80))
    wire.mark("{} {}".format(*raw.getsockname()))


class C25(Claim):
    """AF_INET means that the combination of an IPv4 address (32 bits) and a port number (16 bits) must be used."""

    article = "AF_INET决定了要用ipv4地址(32位的)与端口号(16位的)的组合"
    condition = "the protocol has ports"
    instead = "A raw socket takes an address of this form, and has no port: its protocol's number stands in that place."
    sources = ("ip(7), Address format", "raw(7)", "POSIX <netinet/in.h>")
    seen_in = Cell("10_what_is_a_socket", "socket-inet-run")

    def support(self) -> bool:
        """a bind() to a family, a port of two bytes and an address of four"""
        address = struct.pack("=H2s4s8x", socket.AF_INET, bytes(2), socket.inet_aton("127.0.0.1"))
        with socket.socket() as made:
            return bind_in_c(made, address) == "" and made.getsockname()[0] == "127.0.0.1"

    def counterexample(self) -> bool:
        """a socket of AF_INET that is given port 80, and has the address, but not that port"""
        (mark,) = raw_socket_is_bound().marks
        return mark.label == f"10.0.0.2 {FOR_EXPERIMENTS}"


class C26(Claim):
    """AF_UNIX means that an absolute path name must be used as the address."""

    article = "AF_UNIX决定了要用一个绝对路径名作为地址"
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
    """Common protocol families are AF_INET, AF_INET6, AF_LOCAL (also called AF_UNIX, the Unix domain socket), AF_ROUTE
    and so on."""

    article = "常用的协议族有,AF_INET、AF_INET6、AF_LOCAL(或称AF_UNIX,Unix域socket)、AF_ROUTE等等"
    instead = (
        "The first three are. AF_ROUTE is a family of BSD; on Linux it is a second name of AF_NETLINK, "
        "whose messages are about routes, among others."
    )
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
    domain, kind = (made.getsockopt(socket.SOL_SOCKET, option) for option in (socket.SO_DOMAIN, socket.SO_TYPE))
    wire.mark(f"{domain} {kind}")


class C28(Claim):
    """Common socket types are SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_PACKET, SOCK_SEQPACKET and so on."""

    article = "常用的socket类型有,SOCK_STREAM、SOCK_DGRAM、SOCK_RAW、SOCK_PACKET、SOCK_SEQPACKET等等"
    instead = (
        "Four of them are. SOCK_PACKET can still be had, but is obsolete since Linux 2.2: "
        "the kernel turns such a socket into one of AF_PACKET, and Python has no name for the type."
    )
    sources = ("packet(7), Compatibility", "socket(2)")
    seen_in = Cell("10_what_is_a_socket", "socket-deep-run")

    def support(self) -> bool:
        """a socket of the type SOCK_PACKET that the kernel gives"""
        (mark,) = obsolete_packet_socket().marks
        return mark.label.endswith(f" {SOCK_PACKET}")

    def counterexample(self) -> bool:
        """that it is a socket of the domain that has replaced this type, for which Python has no name"""
        (mark,) = obsolete_packet_socket().marks
        named = {"SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_PACKET", "SOCK_SEQPACKET"} & set(vars(socket))
        return mark.label.startswith(f"{AF_PACKET} ") and len(named) == 4 and "SOCK_PACKET" not in named


def protocol_number(name: str) -> int | None:
    """The number of a protocol in this system's list (protocols(5)), or, where it has none, in Python's constants."""
    try:
        return socket.getprotobyname(name)
    except OSError:
        return getattr(socket, f"IPPROTO_{name.upper()}", None)


class C29(Claim):
    """Common protocols are IPPROTO_TCP, IPPTOTO_UDP, IPPROTO_SCTP, IPPROTO_TIPC and so on; they stand for the transport
    protocols TCP, UDP, STCP and TIPC."""

    article = (
        "常用的协议有,IPPROTO_TCP、IPPTOTO_UDP、IPPROTO_SCTP、IPPROTO_TIPC等,"
        "它们分别对应TCP传输协议、UDP传输协议、STCP传输协议、TIPC传输协议"
    )
    instead = (
        "Two slips of the pen: the protocol of IPPROTO_SCTP is called SCTP, and IPPTOTO_UDP should be IPPROTO_UDP. "
        "A kernel that lacks SCTP says EPROTONOSUPPORT."
    )
    sources = ("RFC 9260 §1", "protocols(5)", "socket(2)")
    seen_in = Cell("10_what_is_a_socket", "socket-sctp-run")

    def support(self) -> bool:
        """a protocol of the name STCP, or a constant IPPTOTO_UDP"""
        return protocol_number("stcp") is not None or hasattr(socket, "IPPTOTO_UDP")

    def counterexample(self) -> bool:
        """the number of IPPROTO_SCTP under the name SCTP, and that of UDP under IPPROTO_UDP"""
        return (protocol_number("sctp"), protocol_number("udp")) == (socket.IPPROTO_SCTP, socket.IPPROTO_UDP)


class C30(Claim):
    """(Common protocols:) IPPROTO_TIPC."""

    article = "IPPROTO_TIPC"
    instead = "TIPC is a family of addresses: AF_TIPC, with protocol 0. A kernel without it says EAFNOSUPPORT."
    sources = ("socket(2)", "<linux/tipc.h>")
    seen_in = Cell("10_what_is_a_socket", "socket-sctp-facts")

    def support(self) -> bool:
        """a protocol or a constant of that name"""
        return protocol_number("tipc") is not None

    def counterexample(self) -> bool:
        """a family of that name, for which the kernel gives a socket, or does not support this family"""
        return refusal(socket.socket, socket.AF_TIPC, socket.SOCK_STREAM) in ("", "EAFNOSUPPORT")


class C31(Claim):
    """The types and protocols above cannot be combined freely: SOCK_STREAM cannot be combined with IPPROTO_UDP, say."""

    article = "并不是上面的type和protocol可以随意组合的,如SOCK_STREAM不可以跟IPPROTO_UDP组合"
    sources = ("socket(2), EPROTONOSUPPORT", "POSIX socket(), EPROTOTYPE")
    seen_in = Cell("10_what_is_a_socket", "socket-stream-udp")

    def support(self) -> bool:
        """the refusal of SOCK_STREAM with IPPROTO_UDP"""
        return _refused(socket.SOCK_STREAM, socket.IPPROTO_UDP) == "EPROTONOSUPPORT"

    def counterexample(self) -> bool:
        """one of the article's families in which the kernel gives a stream with IPPROTO_UDP"""
        families = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_ROUTE)
        return "" in [refusal(socket.socket, family, socket.SOCK_STREAM, socket.IPPROTO_UDP) for family in families]


class C32(Claim):
    """When protocol is 0, the default protocol of the type is chosen by itself."""

    article = "当protocol为0时,会自动选择type类型对应的默认协议"
    condition = "the type has a default protocol in its family"
    instead = "SOCK_RAW of AF_INET has none: there the kernel refuses protocol 0. SO_PROTOCOL tells what was chosen."
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
