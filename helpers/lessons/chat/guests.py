"""Eight test clients in one table: each behaves in one way that a server must survive.

What they ask of a server: to each line of a client, b"hello\\n" say, it answers with a line that ends in b": hello\\n".
A guest that asks for no answer stays, or has hung up, while the polite one comes, who asks for one. No verdict depends
on a clock: `ServerProcess.until` ends when nothing more will happen.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass

from helpers.ipc import ChildError
from helpers.lessons.chat.server_process import ServerProcess

KEPT = 4 << 10
"""KiB by which a server may grow."""
SMALL = 4096
"""Bytes of the buffer for answers (SO_RCVBUF, socket(7)): it is soon full if a guest never reads."""
LINES = (b"hello" * 200 + b"\n") * 60
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no time: close() sends RST (socket(7))."""


class _Unserved(Exception):
    """Somebody did not get an answer; the message says what became of it."""


@dataclass(frozen=True)
class Guest:
    """A test client: it says its pieces one after the other."""

    name: str
    does: str
    pieces: tuple[bytes, ...] = ()
    wants: bytes = b""
    """The line whose answer it waits for."""
    resets: bool = False
    """Whether it hangs up with RST."""
    floods: int = 0
    """Bytes that it sends at most, its piece again and again."""

    def visits(self, server: ServerProcess) -> str:
        """Visit a server: "survives", or what became of it."""
        try:
            self._comes(server)
            return "survives"
        except _Unserved as reason:
            return str(reason)
        except (OSError, ChildError):  # the connection has ended, or the server's process
            return "hangs up"

    def _comes(self, server: ServerProcess) -> None:
        before = server.status("VmRSS")
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(server.address)
            self._says(server, sock)
            if self.wants:
                _hear(server, sock, self.wants)
            if self.resets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                sock.close()
            if not self.wants:
                GUESTS[0]._comes(server)
            if server.status("VmRSS") - before > KEPT:  # asked while the guest is there
                raise _Unserved("keeps it all in memory")

    def _says(self, server: ServerProcess, sock: socket.socket) -> None:
        if self.floods:
            with contextlib.suppress(ConnectionError):  # the server may hang up
                _pour(server, sock, self.pieces[0], self.floods)
            return
        for piece in self.pieces:
            sock.sendall(piece)
            server.settle()


def _hear(server: ServerProcess, sock: socket.socket, text: bytes) -> None:
    """Wait for a line that ends with that text. Raises _Unserved as soon as it is clear that none will come."""
    heard = bytearray()
    sock.setblocking(False)

    def answered() -> bool:
        with contextlib.suppress(BlockingIOError):
            data = sock.recv(65536)
            if not data:
                raise ConnectionError
            heard.extend(data)
        return b": " + text + b"\n" in heard

    if not server.until(answered, ([sock], [])):
        ended, unread = server.ending(), server.unread(sock.getsockname()[1])
        raise _Unserved(f"dies: {ended}" if ended else "never reads it" if unread else "no such answer")


def _pour(server: ServerProcess, sock: socket.socket, piece: bytes, most: int) -> None:
    """Send the piece again and again, until the server takes no more, or has read so many bytes."""
    sent = 0
    sock.setblocking(False)

    def poured() -> bool:
        nonlocal sent
        with contextlib.suppress(BlockingIOError):
            while sent < most:
                sent += sock.send(piece[sent % len(piece) :])
        return sent >= most

    server.until(poured, ([], [sock]))
    server.settle()


GUESTS = (
    Guest("polite", "says a line, and waits for its answer", (b"hello\n",), wants=b"hello"),
    Guest("chops", "says one line byte by byte", (b"h", b"e", b"l", b"l", b"o", b"\n"), wants=b"hello"),
    Guest("hurries", "says two lines in one breath", (b"one\ntwo\n",), wants=b"two"),
    Guest("silent", "stays connected and says nothing"),
    Guest("rude", "hangs up with RST in the middle of a line", (b"hel",), resets=True),
    Guest("mumbles", "says a line of bytes that are no text (not UTF-8)", (b"\xff\xfe\n",)),
    Guest("never reads", "says line after line, and never reads an answer", (LINES,), floods=16 << 20),
    Guest("endless", "says a line that does not end", (b"a" * 65536,), floods=8 << 20),
)
"""From the friendliest on."""
