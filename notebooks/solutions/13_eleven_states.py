"""Solutions to the exercises of notebook 13. Try first: a wrong answer is told what is wrong with it."""

import contextlib
import socket
import time

STATES = (
    "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
    "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING",
)  # fmt: skip


def state_in(line):
    """13.1: Columns are separated by spaces, but their width varies, so we split the line instead of counting
    characters. The fourth column is the state as a hexadecimal number. These numbers begin with 1, the places of a
    tuple with 0.
    """
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
    """13.2: A connection is in CLOSE-WAIT from the moment the other side's FIN has come until its own program
    closes it. So the other end closes, and we do nothing. On the way back the FIN needs a moment: we wait until the
    kernel says CLOSE-WAIT.
    """
    ours, theirs = pair()
    theirs.close()
    wait_for(ours, "CLOSE-WAIT")
    return [ours]


def in_last_ack():
    """13.3: LAST-ACK is the state of an end that closed second, until its FIN is acknowledged. So the other side
    closes first, and then our FIN must not get through: it stands behind more data than the other side, which reads
    nothing, has room for. The other socket stays open and is returned as well; if it were closed, its kernel would
    answer the data by a RST.
    """
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


# 13.4: Each end must send its FIN before it gets the other's. So both programs close while the wire holds everything,
# and then one of the two FINs is delivered. The end that gets it has closed, too, and its own FIN is not acknowledged:
# this is CLOSING.
moves = [
    "B listen", "A connect", "deliver", "deliver", "deliver",  # the handshake
    "A close", "B close",  # two FINs on the wire
    "deliver B",  # B's FIN arrives, A's has not been acknowledged
]  # fmt: skip
