"""Servers with one fault each, and one without; their source is sent to processes of their own."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time


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
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=lines, args=[connection], daemon=True).start()


def one_by_one(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        lines(connection)


def without_framing(listener: socket.socket) -> None:
    def answer(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            connection.sendall(b"you said: " + data)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def fragile(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(65536):
                pass


def hoarder(listener: socket.socket) -> None:
    kept = []

    def answer(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            kept.append(data)
            if data.endswith(b"\n") and len(data) < 100:
                connection.sendall(b"you said: " + data)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def unfriendly(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.close()


def slow(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    while connection.recv(1000):
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
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
