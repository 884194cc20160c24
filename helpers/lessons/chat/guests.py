"""Test clients: each behaves in one way that a server must survive, and then somebody polite wants an answer.

What they ask of a server: to each line of a client, b"hello\\n" say, it answers with a line that ends in b": hello\\n".
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from helpers.lessons.chat.server_process import ServerProcess, Unserved

PATIENCE = 10.0
"""Seconds after which a server that is neither asleep nor at an end has not answered."""
LOOK_EVERY = 0.01
FLOOD = 32 << 20
"""Bytes that the client which never reads sends at most."""
ENDLESS = 8 << 20
"""Bytes of the line that does not end."""
KEPT = 4 << 10
"""KiB by which a server may grow."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no time: close() sends RST (socket(7))."""

DIES, UNREAD, UNANSWERED, HANGS_UP, GROWS = (
    "dies: {}", "never reads it", "no such answer", "hangs up", "keeps it all in memory"
)  # fmt: skip
"""What became of the server, or of its polite client."""
SURVIVES = "survives"


class Talk:
    """A client's end of a conversation."""

    def __init__(self, server: ServerProcess, receive_buffer: int = 0) -> None:
        """`receive_buffer`: bytes, see SO_RCVBUF in socket(7); 0 leaves it to the kernel.

        Raises Unserved if the server's process has gone, and its listener with it.
        """
        self._server = server
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(PATIENCE)
        try:
            self.sock.connect(server.address)
        except OSError:
            self.sock.close()
            raise Unserved(HANGS_UP) from None
        self._heard = b""

    def say(self, data: bytes) -> None:
        """Send some bytes."""
        self.sock.sendall(data)

    def hear(self, text: bytes) -> None:
        """Wait for a line that ends with that text. Raises Unserved as soon as it is clear that none will come."""
        deadline = time.monotonic() + PATIENCE
        while not self._found(text):
            if select.select([self.sock], [], [], LOOK_EVERY)[0]:
                self._take()
                continue
            ending = self._server.ending()
            if ending or self._server.asleep() or time.monotonic() > deadline:
                if select.select([self.sock], [], [], 0)[0]:
                    continue  # it came while we looked
                raise Unserved(self._why(ending))

    def _found(self, text: bytes) -> bool:
        *lines, self._heard = self._heard.split(b"\n")
        return any(line.endswith(b": " + text) for line in lines)

    def _take(self) -> None:
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Unserved(HANGS_UP)
        self._heard += data

    def _why(self, ending: str) -> str:
        if ending:
            return DIES.format(ending)
        return UNREAD if self._server.unread(self.sock.getsockname()[1]) else UNANSWERED

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


@dataclass(frozen=True)
class Guest:
    """A test client."""

    name: str
    visit: Callable[[ServerProcess], None]
    """Raises Unserved."""

    @property
    def does(self) -> str:
        """How it behaves, in a sentence."""
        return self.visit.__doc__ or ""


def visits(server: ServerProcess, guest: Guest) -> str:
    """Have a guest visit a server: "survives", or what became of it."""
    try:
        guest.visit(server)
    except Unserved as reason:
        return str(reason)
    return SURVIVES


def _polite(server: ServerProcess) -> None:
    """says a line, and waits for its answer"""
    with Talk(server) as talk:
        talk.say(b"hello\n")
        talk.hear(b"hello")


def _chops(server: ServerProcess) -> None:
    """says one line byte by byte"""
    with Talk(server) as talk:
        for byte in b"hello\n":
            talk.say(bytes([byte]))
            server.settle()
        talk.hear(b"hello")


def _hurries(server: ServerProcess) -> None:
    """says two lines in one breath"""
    with Talk(server) as talk:
        talk.say(b"one\ntwo\n")
        talk.hear(b"two")


def _silent(server: ServerProcess) -> None:
    """stays connected and says nothing"""
    with Talk(server):
        server.settle()
        _polite(server)


def _rude(server: ServerProcess) -> None:
    """hangs up with RST in the middle of a line"""
    with Talk(server) as talk:
        talk.say(b"hel")
        server.settle()
        talk.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    _polite(server)


def _mumbles(server: ServerProcess) -> None:
    """says a line of bytes that are no text (not UTF-8)"""
    with Talk(server) as talk:
        talk.say(b"\xff\xfe\n")
        server.settle()
        _polite(server)


def _never_reads(server: ServerProcess) -> None:
    """says line after line, and never reads an answer"""
    with Talk(server, receive_buffer=4096) as talk, _not_growing(server):
        _pour(talk, server, (b"hello" * 200 + b"\n") * 60, FLOOD)
        _polite(server)


def _endless(server: ServerProcess) -> None:
    """says a line that does not end"""
    with Talk(server) as talk, _not_growing(server):
        _pour(talk, server, b"a" * 65536, ENDLESS)
        _polite(server)


GUESTS: tuple[Guest, ...] = (
    Guest("polite", _polite),
    Guest("chops", _chops),
    Guest("hurries", _hurries),
    Guest("silent", _silent),
    Guest("rude", _rude),
    Guest("mumbles", _mumbles),
    Guest("never reads", _never_reads),
    Guest("endless", _endless),
)
"""From the friendliest on."""


def _pour(talk: Talk, server: ServerProcess, piece: bytes, most: int) -> None:
    """Send the piece again and again until the server takes no more, has hung up, or has taken so many bytes."""
    sent, rest, deadline = 0, b"", time.monotonic() + PATIENCE
    talk.sock.setblocking(False)
    with contextlib.suppress(ConnectionError):  # it has hung up, as it may
        while sent < most and not server.ending() and time.monotonic() < deadline:
            rest = rest or piece
            try:
                taken = talk.sock.send(rest)
            except BlockingIOError:
                if not select.select([], [talk.sock], [], LOOK_EVERY)[1] and server.asleep():
                    return
                continue
            sent, rest = sent + taken, rest[taken:]
        server.settle()


@contextmanager
def _not_growing(server: ServerProcess) -> Iterator[None]:
    """Raises Unserved if the server needs much more memory at the block's end."""
    before = server.status("VmRSS")
    yield
    if server.status("VmRSS") - before > KEPT:
        raise Unserved(GROWS)
