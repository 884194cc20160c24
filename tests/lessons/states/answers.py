"""Answers to the exercises of notebook 13."""

from __future__ import annotations

import contextlib
import socket
import struct

from tests.lessons.table import Tried, solutions

SOLVED = solutions("13")
STATES, state_in, pair, wait_for = (SOLVED[name] for name in ("STATES", "state_in", "pair", "wait_for"))
CONNECTED = ["B listen", "A connect", "deliver", "deliver", "deliver"]


def by_a_table(line: str) -> str:
    return {f"{number:02X}": state for number, state in enumerate(STATES, 1)}[line.split(maxsplit=4)[3]]


def by_the_colon(line: str) -> str:
    _, _, rest = line.partition(": ")
    return STATES[int(rest[28:30], 16) - 1]


def kernels_name(line: str) -> str:
    return {"SYN-RECEIVED": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT1"}.get(state_in(line), state_in(line))


def established() -> list[socket.socket]:
    return list(pair())


def closes_itself() -> list[socket.socket]:
    ours, theirs = pair()
    ours.shutdown(socket.SHUT_WR)
    return [ours, theirs]


def is_closed() -> socket.socket:
    ours, theirs = pair()
    theirs.close()
    ours.close()
    return ours


def half_closed_by_the_peer() -> tuple[socket.socket, ...]:
    ours, theirs = pair()
    theirs.shutdown(socket.SHUT_WR)
    return ours, theirs


def closed_without_a_wait() -> socket.socket:
    ours, theirs = pair()
    theirs.close()
    return ours


def over_ipv6() -> socket.socket:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        caller = socket.create_connection(listener.getsockname()[:2])
        listener.accept()[0].close()
        return caller


def peer_resets() -> list[socket.socket]:
    ours, theirs = pair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    return [ours]


def the_listener() -> list[socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    return [listener, socket.create_connection(listener.getsockname())]


def shut_both_ways() -> list[socket.socket]:
    ours, theirs = half_closed_by_the_peer()
    wait_for(ours, "CLOSE-WAIT")
    ours.shutdown(socket.SHUT_WR)
    return [ours, theirs]


def full(first: bool = False) -> list[socket.socket]:
    """Its FIN stands behind data: after the other's, or first."""
    ours, theirs = pair() if first else half_closed_by_the_peer()
    if not first:
        wait_for(ours, "CLOSE-WAIT")
    ours.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            ours.send(bytes(65536))
    ours.shutdown(socket.SHUT_WR)
    return [ours, theirs]


def peer_is_closed() -> list[socket.socket]:
    ours, theirs = full()
    theirs.close()
    return [ours]


def one_big_sendall() -> list[socket.socket]:
    ours, theirs = half_closed_by_the_peer()
    wait_for(ours, "CLOSE-WAIT")
    ours.settimeout(0.2)
    with contextlib.suppress(TimeoutError):
        ours.sendall(bytes(50_000_000))
    ours.shutdown(socket.SHUT_WR)
    return [ours, theirs]


def waits_for_ever() -> list[socket.socket]:
    ours, theirs = half_closed_by_the_peer()
    with ours, theirs:
        while True:
            ours.send(bytes(65536))


TRIED = [
    Tried("13.1", state_in, "passed", "what netstat reads"),
    Tried("13.1", by_a_table, "passed", ""),
    Tried("13.1", by_the_colon, "passed", ""),
    Tried("13.1", lambda line: STATES[int(line.split()[3], 16) % 11], "wrong", "The state 01, by the RFC's name: exp"),
    Tried("13.1", lambda line: STATES[int(line.split()[3]) - 1], "failed", "ValueError"),
    Tried("13.1", lambda line: STATES[int(line[34:36], 16) - 1], "wrong", "The line:\n70000:"),
    Tried("13.1", lambda line: STATES[int(line.split()[4][-2:], 16) - 1], "wrong", ""),
    Tried("13.1", kernels_name, "wrong", "expected 'SYN-RECEIVED', got 'SYN_RECV'"),
    Tried("13.1", lambda line: state_in(line).replace("-", "_"), "wrong", "got 'SYN_SENT'"),
    Tried("13.1", lambda line: state_in(line).lower(), "wrong", "got 'established'"),
    Tried("13.1", lambda line: int(line.split()[3], 16), "wrong", "expected 'ESTABLISHED', got 1."),
    Tried("13.1", lambda line: "LISTEN", "wrong", "got 'LISTEN'"),
    Tried("13.2", SOLVED["in_close_wait"], "passed", "as long as it likes"),
    Tried("13.2", half_closed_by_the_peer, "passed", ""),
    Tried("13.2", closed_without_a_wait, "passed", ""),
    Tried("13.2", over_ipv6, "passed", ""),
    Tried("13.2", established, "wrong", "in ESTABLISHED, not in CLOSE-WAIT. The FIN of the other end has not come"),
    Tried("13.2", closes_itself, "wrong", "Your socket is in FIN-WAIT-2, not in CLOSE-WAIT"),
    Tried("13.2", is_closed, "wrong", "The first socket is closed"),
    Tried("13.2", the_listener, "wrong", "It is the listener"),
    Tried("13.2", peer_resets, "wrong", "A RST has ended its connection (SO_ERROR: ECONNRESET)"),
    Tried("13.2", lambda: socket.socket(type=socket.SOCK_DGRAM), "wrong", "is no TCP socket"),
    Tried("13.2", lambda: list(socket.socketpair()), "wrong", "is no TCP socket"),
    Tried("13.2", socket.socket, "wrong", "Your socket is in CLOSED, not in CLOSE-WAIT."),
    Tried("13.2", lambda: None, "wrong", "Return the socket"),
    Tried("13.3", SOLVED["in_last_ack"], "passed", "Its kernel waits for the acknowledgement of its FIN"),
    Tried("13.3", full, "passed", ""),
    Tried("13.3", one_big_sendall, "passed", ""),
    Tried("13.3", SOLVED["in_close_wait"], "wrong", "in CLOSE-WAIT, not in LAST-ACK. It has not closed its own"),
    Tried("13.3", shut_both_ways, "wrong", "Your socket is in CLOSED, not in LAST-ACK."),
    Tried("13.3", lambda: full(first=True), "wrong", "in FIN-WAIT-1, not in LAST-ACK. It closed first"),
    Tried("13.3", peer_is_closed, "wrong", "A RST has ended its connection (SO_ERROR: "),
    Tried("13.3", established, "wrong", "in ESTABLISHED, not in LAST-ACK"),
    Tried("13.3", waits_for_ever, "failed", "ours.send(bytes(65536))", hangs=True),
    Tried("13.4", SOLVED["moves"], "passed", "A was in CLOSING, as its own table of sockets said"),
    Tried("13.4", (*CONNECTED, "B close", "A close", "deliver A"), "passed", "B was in CLOSING"),
    Tried("13.4", ["A connect", "B connect", *["deliver"] * 4, "A send", "A close", "B close", *["deliver"] * 6],
          "passed", "was in CLOSING"),
    Tried("13.4", CONNECTED, "wrong", "in the end A is in ESTABLISHED, B is in ESTABLISHED. Both must close"),
    Tried("13.4", [*CONNECTED, "A close", "deliver", "B close"], "wrong", "B is in LAST-ACK"),
    Tried("13.4", [*CONNECTED, "A close", "B close"], "wrong", "then deliver one of them"),
    Tried("13.4", [], "wrong", "Write a list of moves"),
    Tried("13.4", None, "wrong", "this is None"),
    Tried("13.4", "B listen", "wrong", "Write a list of moves"),
    Tried("13.4", [1, 2], "wrong", "Write a list of moves"),
    Tried("13.4", ["A jump"], "wrong", "A move could not be made: there is no move 'A jump'"),
]  # fmt: skip
