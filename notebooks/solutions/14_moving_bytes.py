"""Solutions to the exercises of notebook 14. Try first: a wrong answer is told what is wrong with it."""

import select
import socket


def recv_exactly(sock, n):
    """14.1: recv() may return less than was asked for, whenever it likes, so it is called until all have come.

    It is asked for the rest only: a byte too many would belong to what comes next. b"" means the end of the stream, and
    here the end comes too early.
    """
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError(f"the stream ended after {len(data)} of {n} bytes")
        data += piece
    return data


def peek(sock, n):
    """14.2: MSG_PEEK leaves the bytes in the receive queue, MSG_WAITALL waits until n are there, or the end (recv(2)).

    So the kernel waits, and not a loop that looks again and again.
    """
    return sock.recv(n, socket.MSG_PEEK | socket.MSG_WAITALL)


def send_all(sock, data):
    """14.3: select() sleeps until the socket is writable: until there is room for something, not for all.

    So the function gives the rest, and looks at the number that send() returns: so much of it was taken.
    """
    rest = memoryview(data)  # a slice of it copies nothing
    while rest:
        select.select([], [sock], [])
        rest = rest[sock.send(rest) :]


def take_lines(buffer):
    r"""14.4: what stands behind the last b"\r\n" is the rest: b"", a part of a line, or half an end.

    A b"\r" or b"\n" alone is a part of its line. An empty line is a line.
    """
    *lines, rest = buffer.split(b"\r\n")
    return lines, rest


def whole_datagram(sock):
    """14.5: ask for the real length while the datagram stays (MSG_PEEK with MSG_TRUNC, recv(2)); then take it.

    What a recv() has no room for is lost. An empty datagram is taken with room for one byte, since Python's recv(0) does
    not ask the kernel.
    """
    size = sock.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_TRUNC)
    return sock.recv(size or 1)
