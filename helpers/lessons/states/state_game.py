"""A free lab: two hosts, A and B, whose sockets do what the reader says, and a wire on which every segment waits.

The aim is a state of TCP. Whether it was reached, the hosts' own socket tables say. Where this machine makes no hosts,
models of TCP take their place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from helpers.errors import CourseError
from helpers.fields.tcp_states import STATES
from helpers.lab.copies import Copies
from helpers.lab.rules import PATIENCE
from helpers.lab.session import AnyNetwork, Session
from helpers.trace import Trace

ADDRESSES = {"A": ("10.0.0.1", 1000), "B": ("10.0.0.2", 2000)}
"""Each host's one endpoint."""
ACTIONS = ("listen", "connect", "send", "close", "abort")
WIRE_MOVES = ("deliver", "drop")
WAIT = 2.0
"""Seconds for which the wire waits for a segment that is to be decided on: longer than a first retransmission takes."""
LOOK_EVERY = 0.1
"""Seconds between two looks whether the game goes on."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no time: close() sends RST (socket(7))."""


class BadMove(CourseError):
    """A move that there is not, or that is not possible now."""


@dataclass
class _Order:
    """A call for the session's thread, and how it ended."""

    call: Callable[[], object]
    done: threading.Event
    error: str = ""


class Player:
    """A host's program: it does one thing at a time with one connection."""

    def __init__(self, host: Any, name: str, other: str) -> None:
        self._host, self.mine, self.theirs = host, ADDRESSES[name], ADDRESSES[other]
        self._listener: Any = None
        self._connection: Any = None

    def listen(self) -> None:
        """socket(), bind(), listen()."""
        with self._bound() as made:
            made.listen()
            made.setblocking(False)
        self._listener = made

    def connect(self) -> None:
        """socket(), bind(), connect(), which does not wait."""
        with self._bound() as made:
            made.setblocking(False)
            number = made.connect_ex(self.theirs)
            if number not in (0, errno.EINPROGRESS):
                raise OSError(number, os.strerror(number))
        self._connection = made

    def send(self) -> None:
        """send() of five bytes."""
        self._accepted().send(b"hello")

    def close(self) -> None:
        """close() of the connection, or of the listener where there is none."""
        self._ended().close()

    def abort(self) -> None:
        """The same with RST (RFC 9293, section 3.10.5)."""
        ended = self._ended()
        ended.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        ended.close()

    @contextlib.contextmanager
    def _bound(self) -> Iterator[Any]:
        """A socket at this host's endpoint; closed if it, or what is done with it, fails: the one before stays."""
        made = self._host.socket()
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(self.mine)
            yield made
        except BaseException:
            made.close()
            raise

    def _accepted(self) -> Any:
        """The connection, taken from the listener's queue if it waits there. Raises BadMove without one."""
        if self._connection is None and self._listener is not None:
            with contextlib.suppress(BlockingIOError):
                self._connection, _ = self._listener.accept()
                self._connection.setblocking(False)
        if self._connection is None:
            raise BadMove("it has no connection that its program could use")
        return self._connection

    def _ended(self) -> Any:
        """The socket to be closed, which is then forgotten. Raises BadMove without one."""
        try:
            ended, self._connection = self._accepted(), None
        except BadMove:
            if self._listener is None:
                raise BadMove("it has no open socket") from None
            ended, self._listener = self._listener, None
        return ended


class StateGame:
    """One game. Moves are "A listen", "B connect", "A send", "A close", "B abort", "deliver", "deliver A", "drop B"."""

    def __init__(self, target: str) -> None:
        """`target`: the state that an end is to reach. Raises BadMove for what is no state of TCP."""
        if target not in STATES:
            raise BadMove(f"TCP has no state {target!r}; its states are {', '.join(STATES)}")
        self.target = target
        self.seen: set[tuple[str, str]] = set()
        """(host, state) as the hosts' tables have shown them."""
        self.moves: list[str] = []
        self.session = Session(self._play, self._make_hosts, None)
        self._orders: queue.Queue[_Order] = queue.Queue()
        self._players: dict[str, Player] = {}
        self._ready = threading.Event()
        self._news = threading.Condition()
        self._settle: Callable[[], object] = bool
        self.session.watch(self._notice)

    @property
    def stand_in(self) -> str:
        """Why models take the place of real hosts; "" if they do not."""
        return self.session.stand_in

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
        self.stop()
        self._ready.clear()
        self.seen.clear()
        self.moves.clear()
        self.session.start()
        self._ready.wait(PATIENCE)

    def do(self, move: str) -> None:
        """Make a move; it starts the game if need be. Raises BadMove, with what was wrong."""
        if not self.session.running:
            self.start()
        who, _, what = move.partition(" ")
        if who in ADDRESSES and what in ACTIONS:
            self._call(move, getattr(self._players[who], what))
        elif who in WIRE_MOVES and what in ("", *ADDRESSES):
            self._decide(who, what)
        else:
            known = [*(f"{name} {action}" for name in ADDRESSES for action in ACTIONS), *WIRE_MOVES]
            raise BadMove(f"there is no move {move!r}; the moves are {', '.join(known)}, deliver A, drop B and so on")
        self._call("to settle", self._settle)
        self.moves.append(move)
        self.look()

    def look(self) -> None:
        """See what states the ends are in."""
        self.seen |= {(name, state) for name, states in self.states.items() for state in states.split(" + ")}

    def trace(self) -> Trace:
        """What has happened up to now. Raises LabError before the start."""
        return self.session.trace()

    def stop(self) -> None:
        """End it; the network goes."""
        self.session.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _decide(self, verb: str, sender: str) -> None:
        """Let the newest copy of the first segment (of a sender) go on, or lose all its copies.

        Waits for a segment that is still to come.
        """
        with self._news:
            rows = self._news.wait_for(lambda: self._waiting(sender), WAIT)
        if not rows:
            raise BadMove(f"no segment{f' of {sender}' if sender else ''} waits on the wire")
        if verb == "deliver":
            self.session.deliver(rows[0].newest.number)
        else:
            for copy in rows[0].waiting:
                self.session.drop(copy.number)

    def _notice(self) -> None:
        with self._news:
            self._news.notify_all()

    def _waiting(self, sender: str) -> list[Copies]:
        return [row for row in self.session.copies if sender in ("", row.newest.frame.sender)]

    def _call(self, move: str, call: Callable[[], object]) -> None:
        """Have a call made in the session's thread; what it raises is a sentence here."""
        order = _Order(call, threading.Event())
        self._orders.put(order)
        if not order.done.wait(PATIENCE):
            raise BadMove(f"{move} has not come to its end within {PATIENCE:g} s")
        if order.error:
            raise BadMove(f"{move} is not possible now: {order.error}")

    def _make_hosts(self, network: AnyNetwork) -> list[object]:
        return [network.host(name, address) for name, (address, _) in ADDRESSES.items()]

    def _play(self, a: Any, b: Any, wire: Any) -> None:
        """The session's conversation: do what is ordered, until the network is closed."""
        self._settle = wire.settle
        self._players = {"A": Player(a, "A", "B"), "B": Player(b, "B", "A")}
        self._ready.set()
        while self.session.running:
            with contextlib.suppress(queue.Empty):
                order = self._orders.get(timeout=LOOK_EVERY)
                try:
                    order.call()
                except (OSError, CourseError) as error:
                    order.error = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                order.done.set()


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
