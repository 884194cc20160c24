"""Solutions to the exercises of notebook 13. Try first: a wrong answer is told what is wrong with it."""

import contextlib
import socket
import time

STATES = (
    "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
    "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING",
)  # fmt: skip


def state_in(line):
    """13.1: columns are separated by spaces; the numbers begin with 1."""
    return STATES[int(line.split()[3], 16) - 1]


def state_of(sock):
    """What the kernel says: the first byte of TCP_INFO."""
    return STATES[sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] - 1]


def wait_for(sock, state):
    """The other side's FIN needs a moment."""
    deadline = time.monotonic() + 5
    while state_of(sock) != state and time.monotonic() < deadline:
        time.sleep(0.001)


def pair():
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        caller = socket.create_connection(listener.getsockname())
        return caller, listener.accept()[0]


def in_close_wait():
    """13.2: the other side closes, and this one does not."""
    ours, theirs = pair()
    theirs.close()
    wait_for(ours, "CLOSE-WAIT")
    return [ours]


def in_last_ack():
    """13.3: the FIN waits behind data that the other side does not read."""
    ours, theirs = pair()
    theirs.shutdown(socket.SHUT_WR)
    wait_for(ours, "CLOSE-WAIT")
    ours.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            ours.send(bytes(65536))
    ours.shutdown(socket.SHUT_WR)
    wait_for(ours, "LAST-ACK")
    return [ours, theirs]


moves = [
    "B listen", "A connect", "deliver", "deliver", "deliver",  # the handshake
    "A close", "B close",  # two FINs on the wire
    "deliver B",  # B's FIN arrives, A's has not been acknowledged
]  # fmt: skip
"""13.4"""
