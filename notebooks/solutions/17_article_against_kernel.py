"""Solutions to the exercises of notebook 17. Try first: a wrong answer is told what is wrong with it."""

import os
import socket


def one_socket():
    """17.1: dup(2) makes a second number for what the first one leads to."""
    number = socket.socket().detach()
    return number, os.dup(number)


def support(pair):
    """17.2: one send(), one recv(), the same bytes."""
    near, far = pair()
    near.send(b"hello")
    return far.recv(100) == b"hello"


def counterexample(pair):
    """17.2: two send() calls first; then does one recv() return anything but the first?"""
    near, far = pair()
    near.send(b"hello")
    near.send(b"world")
    return far.recv(100) != b"hello"


def refutes(trace):
    """17.3: a connect() that succeeded, and no accept() that began before its end."""
    ended = [call.end for call in trace.calls if call.name == "connect" and call.end is not None and not call.error]
    begun = [call.begin for call in trace.calls if call.name == "accept"]
    return any(not any(begin < end for begin in begun) for end in ended)


def goodbye(sock):
    """17.4: shutdown() is about the connection, close() about this descriptor."""
    sock.shutdown(socket.SHUT_WR)
    sock.close()


def two_owners():
    """17.5: both must allow it, before they bind (socket(7), SO_REUSEPORT)."""
    listeners = []
    address = ("127.0.0.1", 0)
    for _ in range(2):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        sock.listen()
        address = sock.getsockname()
        listeners.append(sock)
    return listeners
