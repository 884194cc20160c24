"""Eight test clients in one table: each behaves in one way that a server must survive.

What they ask of a server: to each line of a client, b"hello\\n" say, it answers with a line that ends in b": hello\\n".
A guest that asks for no answer stays, or has hung up, while the polite one comes, who asks for one. No verdict depends
on a clock: `ServerProcess.until` ends when nothing more will happen.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from dataclasses import dataclass

from helpers.ipc import ChildError
from helpers.lessons.chat.server_process import ServerProcess

QUIET = 0.25
"""Seconds for which a server that sleeps is watched: one that looks again and again must not be taken for stuck."""
KEPT = 4 << 10
"""KiB by which a server may grow."""
SMALL = 4096
"""Bytes of the buffer for answers (SO_RCVBUF, socket(7)): it is soon full if a guest never reads."""
LINES = (b"hello" * 200 + b"\n") * 60
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no time: close() sends RST (socket(7))."""


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
        with socket.socket() as sock, contextlib.suppress(OSError, ChildError):
            before = server.number("VmRSS")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(server.address)
            for piece in self.pieces:
                _pour(server, sock, piece, self.floods or len(piece))
            if self.resets:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                sock.close()
            verdict = _hear(server, sock, self.wants) if self.wants else GUESTS[0].visits(server)
            has_grown = server.number("VmRSS") - before > KEPT  # asked while the guest is there
            return "keeps it all in memory" if verdict == "survives" and has_grown else verdict
        return "hangs up"  # the connection has ended, or the server's process


def _hear(server: ServerProcess, sock: socket.socket, text: bytes) -> str:
    """Wait for a line that ends with that text. Raises ConnectionError if the server hangs up."""
    heard = bytearray()

    def answered() -> bool:
        while b": " + text + b"\n" not in heard and select.select([sock], [], [], QUIET)[0]:
            data = sock.recv(65536)
            if not data:
                raise ConnectionError
            heard.extend(data)
        return b": " + text + b"\n" in heard

    if server.until(answered):
        return "survives"
    if ending := server.ending():
        return f"dies: {ending}"
    return "never reads it" if server.unread(sock.getsockname()[1]) else "no such answer"


def _pour(server: ServerProcess, sock: socket.socket, piece: bytes, most: int) -> None:
    """Send the piece again and again, until the server takes no more, or has read so many bytes. It may hang up."""
    sent = 0
    sock.setblocking(False)

    def poured() -> bool:
        nonlocal sent
        while sent < most and select.select([], [sock], [], QUIET)[1]:
            sent += sock.send(piece[sent % len(piece) :][: most - sent])
        return sent == most

    with contextlib.suppress(ConnectionError):
        server.until(poured)
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
