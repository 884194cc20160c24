"""Checkers of notebook 13: each asks a kernel, this machine's or a lab host's, in which state a connection is."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from helpers.fields.tcp_states import LINUX_NAMES
from helpers.lab.own_sockets import LOOK_EVERY, state_of
from helpers.lessons.states.state_game import BadMove, played
from helpers.study.checking import Wrong, exercise

PATIENCE = 1.0
"""Seconds in which a state must come after the reader's function has returned."""
LISTED = range(1, 12)
"""The states' numbers that /proc/net/tcp shows."""
KERNELS_NAMES = {"SYN_RECV": "SYN-RECEIVED", "FIN_WAIT1": "FIN-WAIT-1", "FIN_WAIT2": "FIN-WAIT-2", "CLOSE": "CLOSED"}
"""The names in <netinet/tcp.h> that differ from the RFC's by more than an underscore."""
_LINE = (
    "   7: 0100007F:{port:04X} 0200000A:0050 {state:02X} 00000000:{queue:08X} 00:00000000 00000000  1000        0 "
    "{inode} 1 0000000000000000 20 4 30 10 -1"
)


@exercise("13.1", "the state in a line")
def state_in_a_line(state_in: Callable[[str], Any]) -> str:
    """Every state that /proc/net/tcp can show, by the RFC's name."""
    for number in LISTED:
        line = _LINE.format(port=0x0A00 + number, state=number, queue=11 - number, inode=7000 + number)
        answer = state_in(line)
        if answer == LINUX_NAMES[number]:
            continue
        if not isinstance(answer, str):
            raise Wrong(f"Return the state's name, a text; for state {number:02X} you returned {answer!r}.")
        if KERNELS_NAMES.get(answer, answer.replace("_", "-")) == LINUX_NAMES[number]:
            raise Wrong(f"{answer!r} is the kernel's way to write it; RFC 9293 calls it {LINUX_NAMES[number]}.")
        raise Wrong(f"The state {number:02X} is {LINUX_NAMES[number]}; you returned {answer!r}. The line was:\n{line}")
    return "Now you can read what netstat reads."


@exercise("13.2", "CLOSE-WAIT, held")
def close_wait_held(in_close_wait: Callable[[], Any]) -> str:
    """The returned socket is in CLOSE-WAIT."""
    with _kept(in_close_wait()) as kept:
        state = _comes_to(kept[0], "CLOSE-WAIT")
        if state == "ESTABLISHED":
            raise Wrong("Your socket is ESTABLISHED: nobody has closed the other end.")
        if state.startswith("FIN-WAIT"):
            raise Wrong(f"Your socket is in {state}: it has closed itself. Who must close?")
        if state == "LISTEN":
            raise Wrong("Your socket is in LISTEN: it is the listener. The connection is what accept() returns.")
        if state != "CLOSE-WAIT":
            raise Wrong(f"Your socket is in {state}. Connect it; the other end closes, and yours does nothing.")
    return "The other side has closed, and the kernel waits for your program, as long as it likes."


@exercise("13.3", "LAST-ACK, held")
def last_ack_held(in_last_ack: Callable[[], Any]) -> str:
    """The first returned socket is in LAST-ACK."""
    with _kept(in_last_ack()) as kept:
        state = _comes_to(kept[0], "LAST-ACK")
        if state == "CLOSE-WAIT":
            raise Wrong("Your socket is in CLOSE-WAIT: it has not closed its own direction, shutdown(SHUT_WR).")
        if state == "CLOSED":
            raise Wrong(
                "Your socket is CLOSED: its FIN was acknowledged at once, or the other end is gone and has reset it. "
                "Put too many data before the FIN, and return the other end, too, so that it stays open."
            )
        if state in ("FIN-WAIT-1", "CLOSING"):
            raise Wrong(f"Your socket is in {state}: it closed first. In LAST-ACK the other side's FIN came before.")
        if state != "LAST-ACK":
            raise Wrong(f"Your socket is in {state}. The other side must close first, then yours.")
    return "Its FIN stands behind data that nobody reads, and so the last ACK does not come."


@exercise("13.4", "cause CLOSING")
def closing_caused(moves: Sequence[str]) -> str:
    """The moves are played with fresh hosts, and an end comes to CLOSING."""
    if isinstance(moves, str) or not all(isinstance(move, str) for move in moves):
        raise Wrong(f'Write a list of moves, such as ["B listen", "A connect", "deliver"]; this is {moves!r}.')
    if not moves:
        raise Wrong('The list is empty. A game may begin with "B listen".')
    try:
        game = played(moves, "CLOSING")
    except BadMove as problem:
        raise Wrong(f"A move could not be made: {problem}.") from None
    with game:
        if game.won:
            who = next(name for name, state in game.seen if state == "CLOSING")
            models = " (Played by two models of TCP: this machine makes no hosts.)" if game.stand_in else ""
            return f"{who} was in CLOSING: both had closed, and its own FIN was not acknowledged yet.{models}"
        ends = ", ".join(f"{name} is in {state}" for name, state in game.states.items())
        seen = {state for _, state in game.seen}
    if "ESTABLISHED" not in seen:
        raise Wrong(f"There was no connection yet ({ends}): one listens, the other connects, and the wire delivers.")
    if "FIN-WAIT-1" not in seen:
        raise Wrong(f"Nobody has closed ({ends}).")
    raise Wrong(f"In the end {ends}. Both must close before either's FIN is delivered; then deliver one of them.")


@contextlib.contextmanager
def _kept(answer: Any) -> Iterator[list[socket.socket]]:
    """The sockets that a reader's function has returned, closed in the end. Raises Wrong for anything else."""
    sockets = list(answer) if isinstance(answer, list | tuple) else [answer]
    try:
        if not sockets or not all(isinstance(each, socket.socket) for each in sockets):
            raise Wrong(f"Return the socket, or a list that begins with it; you returned {answer!r}.")
        if sockets[0].fileno() == -1:
            raise Wrong("The first socket is closed, so nobody can ask it any more. shutdown() leaves it open.")
        yield sockets
    finally:
        for each in sockets:
            if isinstance(each, socket.socket):
                each.close()


def _comes_to(connection: socket.socket, state: str) -> str:
    """The socket's state, as soon as it is the wanted one, or after a while. Raises Wrong for a socket without TCP."""
    deadline = time.monotonic() + PATIENCE
    try:
        while (now := state_of(connection)) != state and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
        return now
    except OSError:
        raise Wrong(f"{connection!r} is no TCP socket.") from None
