"""Solutions to the exercises of notebook 14. Try first: a wrong answer is told what is wrong with it."""

import select
import socket


def recv_exactly(sock, n):
    """14.1: recv() may give less, as often as it likes. b"" is the end, and here the end comes too early."""
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError(f"the stream ended after {len(data)} of {n} bytes")
        data += piece
    return data


def peek(sock, n):
    """14.2: MSG_PEEK leaves the bytes there, MSG_WAITALL waits until there are n, or the end."""
    return sock.recv(n, socket.MSG_PEEK | socket.MSG_WAITALL)


def send_all(sock, data):
    """14.3: sleep until the socket is writable, give it the rest, and look how much of it was taken."""
    rest = memoryview(data)  # a slice of it copies nothing
    while rest:
        select.select([], [sock], [])
        rest = rest[sock.send(rest) :]


def take_lines(buffer):
    """14.4: what stands behind the last end of a line is the rest, also b"" and half an end."""
    *lines, rest = buffer.split(b"\r\n")
    return lines, rest


def whole_datagram(sock):
    """14.5: ask for the real length while the datagram stays; then take it. recv(0) would not take an empty one."""
    size = sock.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_TRUNC)
    return sock.recv(size or 1)
