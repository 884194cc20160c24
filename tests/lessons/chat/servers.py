"""Servers with one fault each, and one without; their source is sent to processes of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable


def in_threads(listener: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    while True:
        threading.Thread(target=answer, args=[listener.accept()[0]], daemon=True).start()


def lines(connection: socket.socket) -> None:
    rest = b""
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(65536):
            *complete, rest = (rest + data).split(b"\n")
            if len(rest) > 100_000:
                return
            for line in complete:
                connection.sendall(b"you said: " + line + b"\n")


def good(listener: socket.socket) -> None:
    in_threads(listener, lines)


def one_by_one(listener: socket.socket) -> None:
    while True:
        lines(listener.accept()[0])


def hoarder(listener: socket.socket) -> None:
    kept = []

    def answer(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            kept.append(data)
            if data.endswith(b"\n") and len(data) < 100:
                connection.sendall(b"you said: " + data)

    in_threads(listener, answer)


def unfriendly(listener: socket.socket) -> None:
    while True:
        listener.accept()[0].close()


def slow(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    while connection.recv(1000):
        for _ in range(1_000_000):
            pass


def restless(listener: socket.socket) -> None:
    listener.setblocking(False)
    accepted = []
    while True:
        with contextlib.suppress(BlockingIOError):
            accepted.append(listener.accept())


def gives_up(listener: socket.socket) -> None:
    return


def leaves(listener: socket.socket) -> None:
    os._exit(3)
