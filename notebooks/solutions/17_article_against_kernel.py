"""Solutions to the exercises of notebook 17. Try first: a wrong answer is told what is wrong with it."""

import os
import socket


def one_socket():
    """17.1: dup(2) makes a second number for what the first one leads to.

    detach() takes the first number out of its socket object. Otherwise Python would close the socket as soon as nobody
    refers to that object, which is when this function returns.
    """
    number = socket.socket().detach()
    return number, os.dup(number)


def support(pair):
    """17.2: one send(), one recv(), the same bytes.

    The probe compares what came with what it has sent itself. So it notices where something else comes first.
    """
    near, far = pair()
    near.send(b"hello")
    return far.recv(100) == b"hello"


def counterexample(pair):
    """17.2: two send() calls first; then does one recv() return anything but the first message?

    It calls recv() once. A second recv() would wait for ever on a stream whose first recv() has returned both messages.
    """
    near, far = pair()
    near.send(b"hello")
    near.send(b"world")
    return far.recv(100) != b"hello"


def refutes(trace):
    """17.3: a connect() that succeeded, and no accept() that began before its end.

    All connect() calls and all accept() calls are looked at: the first of either may have failed, or may still wait.
    When an accept() ended says nothing here, for it may have waited.
    """
    ended = [call.end for call in trace.calls if call.name == "connect" and call.end is not None and not call.error]
    begun = [call.begin for call in trace.calls if call.name == "accept"]
    return any(not any(begin < end for begin in begun) for end in ended)


def goodbye(sock):
    """17.4: shutdown() is about the connection, close() about this descriptor.

    The kernel sends the end of the stream behind the bytes that still wait, whoever else has a descriptor. Without
    close() the descriptor would stay open in this process.
    """
    sock.shutdown(socket.SHUT_WR)
    sock.close()


def two_owners():
    """17.5: both sockets must allow it, before they bind (socket(7), SO_REUSEPORT).

    The first one binds to port 0 and so lets the kernel choose; the second takes the address that the first one got.
    """
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
