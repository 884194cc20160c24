"""Datagrams come whole or not at all: Unix datagram and seqpacket, UDP."""

from __future__ import annotations

import socket
import struct
from itertools import repeat

from helpers.lessons.which_one.mechanisms.base import LARGEST, WORD, Lost, Mechanism, Names
from helpers.lessons.which_one.mechanisms.streams import raw

PATIENCE = struct.pack("@qq", 1, 0)
"""struct timeval: one second, after which a datagram counts as lost (SO_RCVTIMEO, socket(7)). The kernel watches it, so
that the descriptor stays a blocking one; then readinto() returns None."""
LONGEST_UDP = 65535 - 20 - 8
"""Bytes of a datagram without the headers of IPv4 and UDP (RFC 791, RFC 768)."""


class UnixDatagram(Mechanism):
    """Datagrams of socketpair(2): boundaries kept, and a full queue makes the sender wait."""

    name = "Unix datagram"
    kind = socket.SOCK_DGRAM

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.sockets = self._open()
        for end in self.sockets:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)
            for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, buffer, LARGEST + 1024)  # the kernel gives what it allows
        self.client, self.server = (raw(end.fileno()) for end in self.sockets)

    def _open(self) -> tuple[socket.socket, socket.socket]:
        return socket.socketpair(socket.AF_UNIX, self.kind)

    def largest(self) -> int:
        """Bytes that fit into the sending buffer; the kernel counts its own overhead too (SO_SNDBUF, socket(7))."""
        return min(LARGEST, self.sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 2 - 512)

    def limit(self) -> str:
        return "a datagram must fit into the sending buffer, which net.core.wmem_max limits"

    def burst(self, size: int) -> int:
        """Messages that may be under way before the receiver says that they have arrived; 0: any number."""
        return 0

    def ask(self, message: bytes, times: int) -> memoryview:
        write, read_into = self.client.write, self.client.readinto
        size, space = len(message), self.space[: len(message)]
        for _ in repeat(None, times):
            write(message)
            if read_into(space) != size:
                raise Lost("a message has not come back within a second")
        return space

    def answer(self, size: int, times: int) -> None:
        write, read_into = self.server.write, self.server.readinto
        space = self.space[:size]
        for _ in repeat(None, times):
            if read_into(space) != size:
                raise Lost("a message has not arrived within a second")
            write(space)

    def send(self, message: bytes, times: int) -> None:
        write, most = self.client.write, self.burst(len(message)) or times
        for begun in range(0, times, most):
            for _ in repeat(None, min(most, times - begun)):
                write(message)
            if self.client.read(len(WORD)) is None:
                raise Lost("the receiver has not said within a second that all has arrived")

    def receive(self, size: int, times: int) -> memoryview:
        read_into, most = self.server.readinto, self.burst(size) or times
        space = self.space[:size]
        for begun in range(0, times, most):
            for _ in repeat(None, min(most, times - begun)):
                if read_into(space) != size:
                    raise Lost("a message has not arrived within a second")
            self.server.write(WORD)
        return space


class UnixSeqpacket(UnixDatagram):
    """Boundaries kept on a connection, in order (unix(7))."""

    name = "Unix seqpacket"
    kind = socket.SOCK_SEQPACKET


class Udp(UnixDatagram):
    """UDP over 127.0.0.1: nobody makes the sender wait, so the receiver's word does, before its buffer is full."""

    name = "UDP"

    def _open(self) -> tuple[socket.socket, socket.socket]:
        client, server = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for end in (client, server):
            end.bind(("127.0.0.1", 0))
        client.connect(server.getsockname())
        server.connect(client.getsockname())
        return client, server

    def largest(self) -> int:
        return LONGEST_UDP

    def limit(self) -> str:
        return "an IP packet has at most 65535 bytes, of which 28 are headers"

    def burst(self, size: int) -> int:
        """Half of what the buffer holds, where the kernel counts at most 1 KiB and two of its length for a datagram."""
        buffer = self.sockets[1].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        return max(1, buffer // 2 // (1024 + 2 * size))
