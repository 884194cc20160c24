"""Solutions to the exercises of notebook 15. Try first: a wrong answer is told what is wrong with it."""

import asyncio
import contextlib
import socket
import threading


def split(data, limit):
    """15.1: what stands behind the last newline is the rest, and it has the same limit."""
    *complete, rest = data.split(b"\n")
    if any(len(part) > limit for part in (*complete, rest)):
        raise ValueError(f"a line is longer than {limit} bytes")
    return complete, rest


def tell_all(outboxes, line):
    """15.2: a copy of the items, because the dictionary changes on the way."""
    slow = set()
    for name, outbox in list(outboxes.items()):
        try:
            outbox.put_nowait(line)
        except asyncio.QueueFull:
            slow.add(name)
            del outboxes[name]
    return slow


def watch_over(connection):
    """15.3: two seconds of silence, then three probes, one second apart: five seconds."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def serve(listener):
    """15.4: a thread for each client, a limit for the line, and an error ends only its own thread."""

    def answer(connection):
        rest = b""
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                *complete, rest = (rest + data).split(b"\n")
                if len(rest) > 10_000:
                    return
                for line in complete:
                    connection.sendall(b"you said: " + line + b"\n")

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()
