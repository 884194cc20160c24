"""Solutions to the exercises of notebook 15. Try first: a wrong answer is told what is wrong with it."""

import asyncio
import contextlib
import socket
import threading


def split(data, limit):
    r"""15.1: what stands behind the last b"\n" is the rest: b"", or the beginning of a line.

    The rest has the same limit. Without it, a client that never sends b"\n" would fill the server's memory.
    """
    *complete, rest = data.split(b"\n")
    if any(len(part) > limit for part in (*complete, rest)):
        raise ValueError(f"a line is longer than {limit} bytes")
    return complete, rest


def tell_all(outboxes, line):
    """15.2: put_nowait() never waits; where there is no room, it raises QueueFull.

    That guest is removed, and the loop goes on with the next. The loop goes over a copy of the items, because a
    dictionary must not change while a loop goes over it.
    """
    slow = set()
    for name, outbox in list(outboxes.items()):
        try:
            outbox.put_nowait(line)
        except asyncio.QueueFull:
            slow.add(name)
            del outboxes[name]
    return slow


def watch_over(connection):
    """15.3: after two seconds of silence the kernel sends three probes, one second apart (tcp(7)).

    One second after the third, five in all, it gives up, and recv() raises ETIMEDOUT. SO_KEEPALIVE switches that on;
    the other three only say when.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def serve(listener):
    """15.4: a thread for each client, so each may wait: for a line, or until the client reads its answers.

    A connection that breaks ends only its own thread, and a line that is too long ends its connection. The lines stay
    bytes, so it does not matter whether they are text.
    """

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
