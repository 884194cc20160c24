"""Answers to the exercises of notebook 14."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from typing import Any

from tests.lessons.table import Tried, solutions

SOLVED = solutions("14")


def reads_into_one_buffer(sock: Any, n: int) -> bytes:
    buffer = bytearray(n)
    view = memoryview(buffer)
    while view:
        count = sock.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return bytes(buffer)


def waits_with_poll(sock: Any, data: bytes) -> int:
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    sent = 0
    while sent < len(data):
        try:
            sent += os.write(sock.fileno(), data[sent:])
        except BlockingIOError:
            poll.poll()
    return sent


def doubles_its_buffer(sock: Any) -> bytes:
    size, truncated = 64, True
    while truncated:
        size *= 2
        truncated = bool(sock.recvmsg(size, 0, socket.MSG_PEEK)[2] & socket.MSG_TRUNC)
    return sock.recv(size)


def asks_with_an_ioctl(sock: Any) -> bytes:
    import fcntl
    import termios

    select.select([sock], [], [])
    size = int.from_bytes(fcntl.ioctl(sock, termios.FIONREAD, bytes(4)), sys.byteorder)
    return sock.recv(size or 1)


def reads_once(sock: Any, n: int) -> bytes:
    return sock.recv(n)


def keeps_too_much(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n:
        data += sock.recv(4096)
    return data


def trusts_waitall(sock: Any, n: int) -> bytes:
    data = sock.recv(n, socket.MSG_WAITALL)
    if len(data) < n:
        raise EOFError
    return data


def loops_at_the_end(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


def gives_half_at_the_end(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n and (piece := sock.recv(n - len(data))):
        data += piece
    return data


def waits_for_nothing(sock: Any, n: int) -> bytes:
    data = sock.recv(n or 1)
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def polls(sock: Any, n: int) -> bytes:
    sock.setblocking(False)
    data = b""
    while len(data) < n:
        try:
            data += sock.recv(n - len(data))
        except BlockingIOError:
            pass
    sock.setblocking(True)
    return data


def peeks_again_and_again(sock: Any, n: int) -> bytes:
    while len(data := sock.recv(n, socket.MSG_PEEK)) < n:
        pass
    return data


def peeks_and_sleeps(sock: Any, n: int) -> bytes:
    while len(data := sock.recv(n, socket.MSG_PEEK)) < n:
        time.sleep(0.01)
    return data


def takes(sock: Any, n: int) -> bytes:
    return sock.recv(n, socket.MSG_WAITALL)


def peeks_at_what_is_there(sock: Any, n: int) -> bytes:
    return sock.recv(n, socket.MSG_PEEK)


def peeks_and_takes_the_rest(sock: Any, n: int) -> bytes:
    return sock.recv(1, socket.MSG_PEEK) + sock.recv(n)[1:]


def makes_it_blocking(sock: Any, data: bytes) -> None:
    sock.setblocking(True)
    sock.sendall(data)
    sock.setblocking(False)


def tries_again_and_again(sock: Any, data: bytes) -> None:
    while data:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            pass


def looks_at_no_number(sock: Any, data: bytes) -> None:
    for start in range(0, len(data), 16384):
        select.select([], [sock], [])
        sock.send(data[start : start + 16384])


def waits_to_read(sock: Any, data: bytes) -> None:
    while data:
        select.select([sock], [], [])
        data = data[sock.send(data) :]


def begins_anew(sock: Any, data: bytes) -> None:
    sent = 0
    while sent < len(data):
        select.select([], [sock], [])
        sent += sock.send(data[: len(data) - sent])


def splits_at_newlines(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\n")
    return [line.rstrip(b"\r") for line in lines], rest


def splits_lines(buffer: bytes) -> tuple[list[bytes], bytes]:
    return buffer.splitlines(), b""


def keeps_the_ends(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\r\n")
    return [line + b"\r\n" for line in lines], rest


def takes_one_only(buffer: bytes) -> tuple[list[bytes], bytes]:
    line, end, rest = buffer.partition(b"\r\n")
    return ([line], rest) if end else ([], buffer)


def cuts_half_an_end_off(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\r\n")
    return lines, rest.rstrip(b"\r")


def never_ends(buffer: bytes) -> tuple[list[bytes], bytes]:
    lines: list[bytes] = []
    while not buffer.endswith(b"\r\n"):
        line, _, buffer = buffer.partition(b"\r\n")
        lines.append(line)
    return lines, buffer


def takes_a_large_buffer(sock: Any) -> bytes:
    return sock.recv(1 << 16)


def takes_a_small_buffer(sock: Any) -> bytes:
    return sock.recv(4096)


def only_looks(sock: Any) -> bytes:
    size = sock.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_TRUNC)
    return sock.recv(size or 1, socket.MSG_PEEK)


def asks_and_throws_away(sock: Any) -> bytes:
    size = sock.recv_into(bytearray(1), 0, socket.MSG_TRUNC)
    return sock.recv(size or 1)


def takes_no_empty_one(sock: Any) -> bytes:
    size = sock.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_TRUNC)
    return sock.recv(size)


def reads_on(sock: Any) -> bytes:
    data = b""
    while len(piece := sock.recv(4096)) == 4096:
        data += piece
    return data + piece


def reads_a_byte_at_a_time(sock: Any, n: int) -> bytes:
    data = b""
    for _ in range(n):
        if not (byte := sock.recv(1)):
            raise EOFError
        data += byte
    return data


def waits_and_then_peeks(sock: Any, n: int) -> bytes:
    """SO_RCVLOWAT: poll() reports a stream only when so many bytes are there, or the end (socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, n)
    select.select([sock], [], [])
    return sock.recv(n, socket.MSG_PEEK)


def peeks_into_a_buffer(sock: Any, n: int) -> bytes:
    buffer = bytearray(n)
    return bytes(buffer[: sock.recv_into(buffer, n, socket.MSG_PEEK | socket.MSG_WAITALL)])


def sleeps_between_tries(sock: Any, data: bytes) -> None:
    while data:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            time.sleep(0.01)


def in_small_pieces(sock: Any, data: bytes) -> None:
    import selectors

    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while data:
            selector.select()
            data = data[sock.send(data[:1000]) :]


def by_partition(buffer: bytes) -> tuple[list[bytes], bytes]:
    found = []
    while b"\r\n" in buffer:
        line, _, buffer = buffer.partition(b"\r\n")
        found.append(line)
    return found, buffer


def by_an_expression(buffer: bytes) -> list[Any]:
    import re

    parts = re.split(rb"\r\n", buffer)
    return [parts[:-1], parts[-1]]


TRIED = [
    Tried("14.1", SOLVED["recv_exactly"], "passed", "Whole wherever the stream was cut"),
    Tried("14.1", reads_into_one_buffer, "passed", ""),
    Tried("14.1", reads_a_byte_at_a_time, "passed", ""),
    Tried("14.1", reads_once, "wrong", "Your function returned b'0'. By then 1 of 10 bytes had come"),
    Tried("14.1", keeps_too_much, "wrong", "expected b'exactly this', got b'exactly this, and more'"),
    Tried("14.1", trusts_waitall, "wrong", "Your code raised EOFError: , in your process"),
    Tried("14.1", loops_at_the_end, "wrong", "The stream has ended, and your function does not", hangs=True),
    Tried("14.1", gives_half_at_the_end, "wrong", "you returned b'half', and no EOFError came"),
    Tried("14.1", waits_for_nothing, "wrong", "0 bytes were asked for, and your function waits", hangs=True),
    Tried("14.1", polls, "wrong", "asks again and again while it could sleep", hangs=True),
    Tried("14.1", lambda sock, n: b"", "wrong", "Write the function with def"),
    Tried("14.2", SOLVED["peek"], "passed", "all of them could still be read"),
    Tried("14.2", waits_and_then_peeks, "passed", ""),
    Tried("14.2", peeks_into_a_buffer, "passed", ""),
    Tried("14.2", takes, "wrong", "after your function: expected b'GET / HTTP/1.1', got b'/ HTTP/1.1'"),
    Tried("14.2", peeks_at_what_is_there, "wrong", "Your function returned b'GE'. By then two of four bytes had come"),
    Tried("14.2", peeks_again_and_again, "wrong", "asks again and again while it could sleep", hangs=True),
    Tried("14.2", peeks_and_sleeps, "wrong", "wakes again and again to look"),
    Tried("14.2", peeks_and_takes_the_rest, "wrong", "can still be read after your function: expected"),
    Tried("14.3", SOLVED["send_all"], "passed", "your function slept"),
    Tried("14.3", waits_with_poll, "passed", ""),
    Tried("14.3", in_small_pieces, "passed", ""),
    Tried("14.3", makes_it_blocking, "wrong", "While your function waits, the socket is blocking"),
    Tried("14.3", tries_again_and_again, "wrong", "asks again and again while it could sleep", hangs=True),
    Tried("14.3", sleeps_between_tries, "wrong", "wakes again and again to look: let the kernel wake it"),
    Tried("14.3", looks_at_no_number, "wrong", "Bytes that came: expected 401600, got"),
    Tried("14.3", waits_to_read, "wrong", "does not come to its end", hangs=True),
    Tried("14.3", begins_anew, "wrong", "As many bytes came as were to be sent, but from byte"),
    Tried("14.4", SOLVED["take_lines"], "passed", "Right for each of the 33 places"),
    Tried("14.4", by_partition, "passed", ""),
    Tried("14.4", by_an_expression, "passed", ""),
    Tried("14.4", splits_at_newlines, "wrong", "expected ([b'HELO a', b''], b'DATA\\n'), got"),
    Tried("14.4", splits_lines, "wrong", "Take_lines(b'H'): expected ([], b'H'), got ([b'H'], b'')"),
    Tried("14.4", keeps_the_ends, "wrong", "expected ([b'HELO a'], b''), got ([b'HELO a\\r\\n'], b'')"),
    Tried("14.4", takes_one_only, "wrong", "expected ([b'HELO a', b''], b''), got ([b'HELO a'], b'\\r\\n')"),
    Tried("14.4", cuts_half_an_end_off, "wrong", "expected ([], b'HELO a\\r'), got ([], b'HELO a')"),
    Tried("14.4", never_ends, "wrong", "Your function never ends for b''", hangs=True),
    Tried("14.5", SOLVED["whole_datagram"], "passed", "none lost, and no memory wasted"),
    Tried("14.5", doubles_its_buffer, "passed", ""),
    Tried("14.5", asks_with_an_ioctl, "passed", ""),
    Tried("14.5", takes_a_large_buffer, "wrong", "For a datagram of ten bytes your function took"),
    Tried("14.5", takes_a_small_buffer, "wrong", ", its first 4096 bytes and 0 others"),
    Tried("14.5", only_looks, "wrong", "The second datagram: expected b'ten others', got b'0123456789'"),
    Tried("14.5", asks_and_throws_away, "wrong", "A datagram has come, and your function still waits", hangs=True),
    Tried("14.5", takes_no_empty_one, "wrong", "A datagram of 60000 bytes is next, and you returned b''"),
    Tried("14.5", reads_on, "wrong", "bytes and 8 others"),
]
