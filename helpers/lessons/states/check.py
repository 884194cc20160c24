"""Checkers of notebook 13: each asks a kernel, this machine's or a lab host's, in which state a connection is."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from helpers.fields.tcp_states import LINUX_NAMES
from helpers.lab.socket_table import LOOK_EVERY, state_of
from helpers.lessons.states.state_game import BadMove, played
from helpers.study.checking import Wrong, exercise, expect

PATIENCE, HELD = 1.0, 0.1
"""Seconds in which a state must come after the reader's function has returned, and for which it must stay."""
_LINE = (
    "{place:4d}: 0100007F:{port:04X} 0200000A:0050 {state:02X} 00000000:{queue:08X} 00:00000000 00000000  1000        "
    "0 {inode} 1 0000000000000000 20 4 30 10 -1"
)


@exercise("13.1", "the state in a line")
def state_in_a_line(state_in: Callable[[str], Any]) -> str:
    """Every state that /proc/net/tcp can show, by the RFC's name; a line with a long number is longer."""
    for number in range(1, 12):
        place, inode = 7 * 10 ** (number % 5), 7000 + number
        line = _LINE.format(place=place, port=0x0A00 + number, state=number, queue=11 - number, inode=inode)
        expect(state_in(line), LINUX_NAMES[number], f"the state {number:02X}, by the RFC's name", f"The line:\n{line}")
    return "Now you can read what netstat reads."


@exercise("13.2", "CLOSE-WAIT, held")
def close_wait_held(in_close_wait: Callable[[], Any]) -> str:
    """The returned socket is in CLOSE-WAIT."""
    hints = {
        "ESTABLISHED": "The FIN of the other end has not come.",
        "LISTEN": "It is the listener; the connection is what accept() returns.",
    }
    _expect_held(in_close_wait(), "CLOSE-WAIT", hints)
    return "The other side has closed, and the kernel waits for your program, as long as it likes."


@exercise("13.3", "LAST-ACK, held")
def last_ack_held(in_last_ack: Callable[[], Any]) -> str:
    """The first returned socket is in LAST-ACK."""
    hints = {
        "CLOSE-WAIT": "It has not closed its own direction, shutdown(SHUT_WR).",
        "FIN-WAIT-1": "It closed first; before LAST-ACK the other side's FIN comes.",
    }
    _expect_held(in_last_ack(), "LAST-ACK", hints)
    return "Its kernel waits for the acknowledgement of its FIN."


@exercise("13.4", "cause CLOSING")
def closing_caused(moves: Sequence[str]) -> str:
    """The moves are played with fresh hosts, and an end comes to CLOSING."""
    if not isinstance(moves, list | tuple) or not moves or not all(isinstance(move, str) for move in moves):
        raise Wrong(f'Write a list of moves, such as ["B listen", "A connect", "deliver"]; this is {moves!r}.')
    try:
        game = played(moves, "CLOSING")
    except BadMove as problem:
        raise Wrong(f"A move could not be made: {problem}.") from None
    with game:
        ends = ", ".join(f"{name} is in {state}" for name, state in game.states.items())
        if not game.won:
            hint = "Both must close before either's FIN is delivered; then deliver one of them."
            raise Wrong(f"No end was in CLOSING; in the end {ends}. {hint}")
        who = next(name for name, state in game.seen if state == "CLOSING")
        models = " (Played by two models of TCP: this machine makes no hosts.)" if game.stand_in else ""
        return f"{who} was in CLOSING, as its own table of sockets said.{models}"


def _expect_held(answer: Any, wanted: str, hints: dict[str, str]) -> None:
    """Raise Wrong unless the returned socket, or the first of several, comes to that state and stays there."""
    sockets = list(answer) if isinstance(answer, list | tuple) else [answer]
    try:
        if not sockets or not all(isinstance(each, socket.socket) for each in sockets):
            raise Wrong(f"Return the socket, or a list that begins with it; you returned {answer!r}.")
        if sockets[0].fileno() == -1:
            raise Wrong("The first socket is closed, so nobody can ask it any more. shutdown() leaves it open.")
        try:
            state = _comes_to(sockets[0], wanted)
        except OSError:
            raise Wrong(f"{sockets[0]!r} is no TCP socket.") from None
        if state != wanted:
            hint = hints.get(state, "") if state != "CLOSED" else _how_it_ended(sockets[0])
            raise Wrong(f"Your socket is in {state}, not in {wanted}. {hint}".rstrip())
    finally:
        for each in sockets:
            if isinstance(each, socket.socket):
                each.close()


def _comes_to(connection: socket.socket, wanted: str) -> str:
    """The socket's state: the wanted one if it comes and stays, else the one in the end."""
    deadline = time.monotonic() + PATIENCE
    while state_of(connection) != wanted and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    time.sleep(HELD)  # no event to wait for: it must last
    return state_of(connection)


def _how_it_ended(connection: socket.socket) -> str:
    """What SO_ERROR (socket(7)) says of a connection that is no more."""
    error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error not in (errno.ECONNRESET, errno.EPIPE):
        return ""
    return (
        f"A RST has ended its connection (SO_ERROR: {errno.errorcode[error]}). A socket that is closed sends one if it "
        "has data that nobody has read, or gets more. Keep the other end open: return it as well."
    )
