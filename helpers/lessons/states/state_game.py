"""A free lab: two hosts, A and B, whose programs do what the reader says, and a wire on which every segment waits.

A game is a session whose conversation only waits for its end; each move is a call, which does not wait, on a host's
socket. The aim is a state of TCP. Whether it was reached, the hosts' own socket tables say. Rejected: a program at each
host that takes orders, for it would add a thread and a queue between a move and what comes of it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, Self

from helpers.errors import CourseError
from helpers.fields.tcp_states import STATES
from helpers.lab.session import AnyNetwork, Session

ADDRESSES = {"A": ("10.0.0.1", 1000), "B": ("10.0.0.2", 2000)}
"""Each host's one endpoint."""
OTHER = {"A": "B", "B": "A"}
WAIT = 2.0
"""Seconds for which the wire waits for a segment that is to be decided on: longer than a first retransmission takes."""
A_DAY = 86_400.0
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no time: close() sends RST (socket(7))."""


class BadMove(CourseError):
    """A move that there is not, or that is not possible now."""


class StateGame(Session):
    """One game. Moves are "A listen", "B connect", "A send", "A close", "B abort", "deliver", "deliver A", "drop B"."""

    def __init__(self, target: str) -> None:
        """`target`: the state that an end is to reach. Raises BadMove for what is no state of TCP."""
        if target not in STATES:
            raise BadMove(f"TCP has no state {target!r}; its states are {', '.join(STATES)}")
        super().__init__(lambda a, b, wire: wire.until(lambda: False, A_DAY), _make_hosts, None)
        self.target = target
        self.seen: set[tuple[str, str]] = set()
        """(host, state) as the hosts' tables have shown them."""
        self.moves: list[str] = []
        self._listeners: dict[str, Any] = {}
        self._connections: dict[str, Any] = {}
        self._actions: dict[str, Callable[[str], None]] = {
            "listen": self._listen, "connect": self._connect, "send": self._send, "close": self._close,
            "abort": self._abort,
        }  # fmt: skip

    @property
    def won(self) -> bool:
        """Whether an end was in that state."""
        return any(state == self.target for _, state in self.seen)

    @property
    def states(self) -> dict[str, str]:
        """Each end's states now, as in {"A": "SYN-SENT", "B": "LISTEN"}."""
        trace = self.trace()
        return {name: (trace.state_changes(name) or [(0, "CLOSED")])[-1][1] for name in ADDRESSES}

    def start(self) -> None:
        """Begin anew, with both ends CLOSED."""
        for memory in (self.seen, self.moves, self._listeners, self._connections):
            memory.clear()
        super().start()

    def do(self, move: str) -> None:
        """Make a move; it starts the game if need be. Raises BadMove, with what was wrong."""
        if not self.running:
            self.start()
        who, _, what = move.partition(" ")
        if who in ADDRESSES and what in self._actions:
            self._call(who, what)
        elif who in ("deliver", "drop") and what in ("", *ADDRESSES):
            self._decide(self.deliver if who == "deliver" else self.drop, what)
        else:
            known = ", ".join(f"{name} {action}" for name in ADDRESSES for action in self._actions)
            raise BadMove(f"there is no move {move!r}; the moves are {known}, deliver, drop, deliver A and so on")
        self.network.wire.settle()
        self.moves.append(move)
        self.look()

    def look(self) -> None:
        """See what states the ends are in."""
        self.seen |= {(name, state) for name, states in self.states.items() for state in states.split(" + ")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _call(self, name: str, action: str) -> None:
        try:
            self._actions[action](name)
        except (OSError, BadMove) as error:
            reason = error.strerror or error if isinstance(error, OSError) else error
            raise BadMove(f"{name} {action} is not possible now: {reason}") from None

    def _decide(self, act: Callable[[int], None], sender: str) -> None:
        number = self.first(WAIT, sender)
        if number is None:
            raise BadMove(f"no segment{f' of {sender}' if sender else ''} waits on the wire")
        act(number)

    def _listen(self, name: str) -> None:
        self._listeners[name] = self._open(name, lambda made: made.listen())

    def _connect(self, name: str) -> None:
        self._connections[name] = self._open(name, lambda made: made.connect(ADDRESSES[OTHER[name]]))

    def _open(self, name: str, call: Callable[[Any], None]) -> Any:
        """A socket at the host's endpoint that has made a call; closed if that fails, and the one before stays."""
        made = self.network.hosts[name].socket()
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(ADDRESSES[name])
            made.setblocking(False)
            with contextlib.suppress(BlockingIOError):  # EINPROGRESS of connect()
                call(made)
        except OSError:
            made.close()
            raise
        return made

    def _send(self, name: str) -> None:
        if not self._accepted(name):
            raise BadMove("it has no connection that its program could use")
        self._connections[name].send(b"hello")

    def _close(self, name: str) -> None:
        self._ended(name).close()

    def _abort(self, name: str) -> None:
        """RFC 9293, section 3.10.5"""
        ended = self._ended(name)
        ended.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        ended.close()

    def _accepted(self, name: str) -> bool:
        """Whether it has a connection, taken from the listener's queue if one waits there."""
        if name not in self._connections and name in self._listeners:
            with contextlib.suppress(BlockingIOError):
                self._connections[name], _ = self._listeners[name].accept()
                self._connections[name].setblocking(False)
        return name in self._connections

    def _ended(self, name: str) -> Any:
        """The socket to be closed, which is then forgotten: the connection, or the listener where there is none."""
        for sockets in (self._connections if self._accepted(name) else {}, self._listeners):
            if name in sockets:
                return sockets.pop(name)
        raise BadMove("it has no open socket")


def played(moves: Sequence[str], target: str) -> StateGame:
    """A game after these moves; stop it. Raises BadMove for one that is not possible."""
    game = StateGame(target)
    try:
        for move in moves:
            game.do(move)
    except BaseException:
        game.stop()
        raise
    return game


def _make_hosts(network: AnyNetwork) -> list[object]:
    return [network.host(name, address) for name, (address, _) in ADDRESSES.items()]
