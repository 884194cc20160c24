"""Sockets: streams ask the kernel for whole messages with MSG_WAITALL, datagrams come whole by themselves."""

from __future__ import annotations

import socket
import struct
from itertools import repeat

from helpers.bench.mechanisms.base import LARGEST, WORD, Lost, Mechanism, Names

PATIENCE = struct.pack("@qq", 1, 0)
"""struct timeval: one second, after which a datagram counts as lost (SO_RCVTIMEO, socket(7)). The kernel watches it, so
that the socket stays a blocking one, and Python does not call poll(2) before every recv(2)."""
LONGEST_UDP = 65535 - 20 - 8
"""Bytes of a datagram without the headers of IPv4 and UDP (RFC 791, RFC 768)."""


class UnixStream(Mechanism):
    """socketpair(2): bytes without boundaries."""

    name = "Unix stream"

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.client, self.server = self._open()
        self._prepare()

    def _open(self) -> tuple[socket.socket, socket.socket]:
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

    def _prepare(self) -> None:
        """Settings of both sockets."""

    def ask(self, message: bytes, times: int) -> memoryview:
        send, receive_into = self.client.sendall, self.client.recv_into
        space, size, whole = self.space, len(message), socket.MSG_WAITALL
        for _ in repeat(None, times):
            send(message)
            receive_into(space, size, whole)
        return space[:size]

    def answer(self, size: int, times: int) -> None:
        send, receive_into = self.server.sendall, self.server.recv_into
        space, whole = self.space[:size], socket.MSG_WAITALL
        for _ in repeat(None, times):
            receive_into(space, size, whole)
            send(space)

    def send(self, message: bytes, times: int) -> None:
        send = self.client.sendall
        for _ in repeat(None, times):
            send(message)
        self.client.recv(len(WORD))

    def receive(self, size: int, times: int) -> memoryview:
        receive_into = self.server.recv_into
        space, whole = self.space, socket.MSG_WAITALL
        for _ in repeat(None, times):
            receive_into(space, size, whole)
        self.server.send(WORD)
        return space[:size]


class Tcp(UnixStream):
    """TCP over 127.0.0.1, without Nagle's algorithm, which would keep small messages back (RFC 896)."""

    name = "TCP"

    def _open(self) -> tuple[socket.socket, socket.socket]:
        return tcp_pair()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """The two ends of a TCP connection on 127.0.0.1, with TCP_NODELAY."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client, server


class UnixDatagram(Mechanism):
    """Datagrams of socketpair(2): boundaries kept, and a full queue makes the sender wait."""

    name = "Unix datagram"
    kind = socket.SOCK_DGRAM

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.client, self.server = self._open()
        for end in (self.client, self.server):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)
            for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, buffer, LARGEST + 1024)  # the kernel gives what it allows

    def _open(self) -> tuple[socket.socket, socket.socket]:
        return socket.socketpair(socket.AF_UNIX, self.kind)

    def largest(self) -> int:
        """Bytes that fit into the sending buffer; the kernel counts its own overhead too (SO_SNDBUF, socket(7))."""
        return min(LARGEST, self.client.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 2 - 512)

    def limit(self) -> str:
        return "a datagram must fit into the sending buffer, which net.core.wmem_max limits"

    def burst(self, size: int) -> int:
        """Messages that may be under way before the receiver says that they have arrived; 0: any number."""
        return 0

    def ask(self, message: bytes, times: int) -> memoryview:
        send, receive_into = self.client.send, self.client.recv_into
        space, size = self.space, len(message)
        for _ in repeat(None, times):
            send(message)
            if receive_into(space) != size:
                raise Lost(f"a {self.name} has not come whole")
        return space[:size]

    def answer(self, size: int, times: int) -> None:
        send, receive_into = self.server.send, self.server.recv_into
        space = self.space[:size]
        for _ in repeat(None, times):
            receive_into(space)
            send(space)

    def send(self, message: bytes, times: int) -> None:
        send, most = self.client.send, self.burst(len(message)) or times
        for begun in range(0, times, most):
            for _ in repeat(None, min(most, times - begun)):
                send(message)
            self.client.recv(len(WORD))

    def receive(self, size: int, times: int) -> memoryview:
        receive_into, most = self.server.recv_into, self.burst(size) or times
        space = self.space
        for begun in range(0, times, most):
            for _ in repeat(None, min(most, times - begun)):
                receive_into(space)
            self.server.send(WORD)
        return space[:size]


class UnixSeqpacket(UnixDatagram):
    """Boundaries kept on a connection, in order (unix(7))."""

    name = "Unix seqpacket"
    kind = socket.SOCK_SEQPACKET


class Udp(UnixDatagram):
    """UDP over 127.0.0.1: nobody makes the sender wait, so the receiver's word does, before its buffer is full."""

    name = "UDP"

    def _open(self) -> tuple[socket.socket, socket.socket]:
        ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for end in ends:
            end.bind(("127.0.0.1", 0))
        client, server = ends
        client.connect(server.getsockname())
        server.connect(client.getsockname())
        return client, server

    def largest(self) -> int:
        return LONGEST_UDP

    def limit(self) -> str:
        return "an IP packet has at most 65535 bytes, of which 28 are headers"

    def burst(self, size: int) -> int:
        """Half of what the buffer holds; there a small datagram counts as 1 KiB, a long one as two of its length."""
        buffer = self.server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        return max(1, buffer // 2 // (1024 + 2 * size))


