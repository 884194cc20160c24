"""The sockets of an RPC server and of a caller: what `helpers.fields.onc_rpc` leaves to others.

It takes ordinary sockets, of this machine or of a host of the lab, and neither makes nor closes them.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from helpers.errors import CourseError
from helpers.fields.onc_rpc import Caller, Client, RPCError, Server
from helpers.fields.record_marking import RecordReader, framed

LARGEST_DATAGRAM = 65535
PIECE = 65536
"""Bytes taken from a stream at once."""


class NoReply(RPCError):
    """No reply came in time, or the connection ended: whether the procedure was executed is not known."""


@contextlib.contextmanager
def serving(server: Server, udp: socket.socket | None = None, tcp: socket.socket | None = None) -> Iterator[None]:
    """Have `server` answer what comes to a bound UDP socket and to a listening TCP socket, until the block ends.

    A thread does it; a `Server` is for one at a time. What one client sends, whatever it is, does not end the service
    of the others; a TCP connection whose bytes are no records is closed.
    """
    service = _Service(server)
    try:
        if udp is not None:
            service.serve_udp(udp)
        if tcp is not None:
            service.serve_tcp(tcp)
        service.start()
        yield
    finally:
        service.close()


def call(
    client: Client, sock: socket.socket, procedure: int, arguments: bytes = b"", timeout: float = 2.0, tries: int = 1
) -> bytes:
    """Call a procedure by a connected socket, UDP or TCP, and wait for its results.

    UDP: after each `timeout` seconds without a reply the same call is sent again, `tries` times in all. TCP sends again
    by itself. Raises NoReply, the RPCError by which the server has refused, XDRError or RecordError for a reply in
    disorder, OSError as send(2) and recv(2) do. After NoReply a TCP connection is of no more use: a late reply may be
    half read.
    """
    datagrams = sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_DGRAM
    message = client.call(procedure, arguments)
    records = RecordReader()
    before = sock.gettimeout()
    try:
        for _ in range(tries if datagrams else 1):
            sock.send(message) if datagrams else sock.sendall(framed(message))
            deadline = time.monotonic() + timeout
            while (left := deadline - time.monotonic()) > 0:
                sock.settimeout(left)
                with contextlib.suppress(TimeoutError):
                    data = sock.recv(LARGEST_DATAGRAM)
                    if not data and not datagrams:
                        raise NoReply("the server ended the connection and sent no reply")
                    for reply in [data] if datagrams else records.feed(data):
                        if (results := client.results(reply)) is not None:
                            return results
    finally:
        sock.settimeout(before)
    raise NoReply(f"no reply came within {timeout:g} s of any call sent: has the server, or the network, lost it?")


class _Service:
    """One thread that waits for all sockets at once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._selector = selectors.DefaultSelector()
        self._lent: list[tuple[socket.socket, float | None]] = []
        self._connections: set[_Connection] = set()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._ended = False
        self._selector.register(self._bell, selectors.EVENT_READ, lambda: None)
        self._thread = threading.Thread(target=self._run, name="rpc service", daemon=True)

    def serve_udp(self, sock: socket.socket) -> None:
        self._lend(sock, lambda: self._answer_datagram(sock))

    def serve_tcp(self, listener: socket.socket) -> None:
        self._lend(listener, lambda: self._accept(listener))

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread and every connection; give the lent sockets back as they were."""
        self._ended = True
        os.eventfd_write(self._bell, 1)
        if self._thread.ident is not None:
            self._thread.join()
        for connection in list(self._connections):
            self._hang_up(connection)
        self._selector.close()
        os.close(self._bell)
        for sock, timeout in self._lent:
            if sock.fileno() != -1:
                sock.settimeout(timeout)

    def _lend(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        self._lent.append((sock, sock.gettimeout()))
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, ready)

    def _run(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select():
                # A host of the lab may be switched off meanwhile, and a datagram's sender may be out of reach.
                with contextlib.suppress(OSError, CourseError):
                    key.data()

    def _answer_datagram(self, sock: socket.socket) -> None:
        message, address = sock.recvfrom(LARGEST_DATAGRAM)
        reply = self._server.handle(message, Caller("udp", *address[:2]))
        if reply is not None:
            sock.sendto(reply, address)

    def _accept(self, listener: socket.socket) -> None:
        sock, address = listener.accept()
        sock.setblocking(False)
        connection = _Connection(sock, Caller("tcp", *address[:2]))
        self._connections.add(connection)
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._go_on(connection))

    def _go_on(self, connection: _Connection) -> None:
        """Read calls or write replies, not both: who does not read its replies is not asked for more calls."""
        try:
            waits_to_write = connection.write() if connection.replies else connection.read(self._server)
            events = selectors.EVENT_WRITE if waits_to_write else selectors.EVENT_READ
            self._selector.modify(connection.sock, events, lambda: self._go_on(connection))
        except (OSError, CourseError):
            self._hang_up(connection)

    def _hang_up(self, connection: _Connection) -> None:
        self._connections.remove(connection)
        with contextlib.suppress(KeyError, ValueError):  # its host has closed it
            self._selector.unregister(connection.sock)
        with contextlib.suppress(OSError, CourseError):
            connection.sock.close()


class _Connection:
    """A TCP connection: records in, records out."""

    def __init__(self, sock: Any, caller: Caller) -> None:
        self.sock: socket.socket = sock
        self.replies = bytearray()
        """What could not be sent yet."""
        self._caller = caller
        self._reader = RecordReader()

    def read(self, server: Server) -> bool:
        """Answer what has come. True if replies wait to be sent. Raises RecordError or OSError at its end."""
        data = self.sock.recv(PIECE)
        for message in self._reader.feed(data):
            reply = server.handle(message, self._caller)
            if reply is not None:
                self.replies += framed(reply)
        if not data:
            raise ConnectionResetError("the client has ended the connection")
        return self.write()

    def write(self) -> bool:
        """Send what can be sent now. True if more waits."""
        while self.replies:
            try:
                del self.replies[: self.sock.send(self.replies)]
            except BlockingIOError:
                break
        return bool(self.replies)
