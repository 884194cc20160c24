"""Checkers of notebook 15."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable
from typing import Any

from helpers.lessons.chat.guests import GUESTS, SURVIVES, visits
from helpers.lessons.chat.server_process import ServerProcess
from helpers.study.checking import Wrong, exercise
from helpers.study.own_process import name_of

NOTICED_WITHIN = 5
"""Seconds."""
_OPTIONS = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
"""Names: not every system has them all."""
_CHANGED_BY = ("TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT", "TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_USER_TIMEOUT")
"""What decides how long: without TCP_USER_TIMEOUT, and with it."""
_SPLITS: tuple[tuple[bytes, list[bytes], bytes], ...] = (
    (b"", [], b""),
    (b"hel", [], b"hel"),
    (b"hello\n", [b"hello"], b""),
    (b"one\ntwo\nthr", [b"one", b"two"], b"thr"),
    (b"\n\nx\n", [b"", b"", b"x"], b""),
    (b"0123456789\n0123456789", [b"0123456789"], b"0123456789"),
    (b"a\r\n\xff\n", [b"a\r", b"\xff"], b""),
)
"""Data, the complete lines, and the rest; the limit is 10."""
LIMIT = 10
_TOO_LONG = (b"0123456789x\n", b"0123456789x", b"a\n0123456789x\nb\n", b"a\n0123456789x")
_SEATS, _SLOW = ("ada", "slow", "bob", "slower", "eve"), {"slow", "slower"}
"""Who has an outbox in exercise 15.2, and whose is full."""


@exercise("15.1", "lines with a limit")
def lines_with_a_limit(split: Callable[[bytes, int], Any]) -> str:
    """The complete lines and the rest; ValueError for what is longer than the limit."""
    for data, lines, rest in _SPLITS:
        try:
            answer = split(data, LIMIT)
        except ValueError as error:
            raise Wrong(
                f"split({data!r}, {LIMIT}) raised ValueError ({error}), although no line, nor the rest, is longer than "
                f"{LIMIT} bytes."
            ) from None
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise Wrong(f"Return two things, the lines and the rest; for {data!r} you returned {answer!r}.")
        if not isinstance(answer[0], list) or answer != (lines, rest):
            raise Wrong(
                f"split({data!r}, {LIMIT}) gave the lines {answer[0]!r} and the rest {answer[1]!r}; they are {lines!r} "
                f"and {rest!r}. A line ends with b'\\n'; what comes after the last one is not complete."
            )
    for data in _TOO_LONG:
        with contextlib.suppress(ValueError):
            split(data, LIMIT)
            raise Wrong(f"split({data!r}, {LIMIT}) must raise ValueError: 11 bytes are longer than the limit.")
    with contextlib.suppress(ValueError):
        split(b"hello\n", 4)
        raise Wrong("split(b'hello\\n', 4) must raise ValueError: the limit is what the caller says, here 4.")
    return "Whoever sends a line without an end is found out before memory is full."


@exercise("15.2", "nobody waits for the slow")
def nobody_waits(tell_all: Callable[[dict[str, asyncio.Queue[Any]], str], Any]) -> str:
    """The line is in each outbox that had room; the others are removed and named."""
    outboxes: dict[str, asyncio.Queue[Any]] = {name: asyncio.Queue(maxsize=2) for name in _SEATS}
    queues = dict(outboxes)
    for slow in _SLOW:
        outboxes[slow].put_nowait("old")
        outboxes[slow].put_nowait("older")
    outboxes["bob"].put_nowait("old")
    try:
        removed = tell_all(outboxes, "hello")
    except asyncio.QueueFull:
        raise Wrong("put_nowait() on a full outbox raised QueueFull, and the guests after it heard nothing.") from None
    except RuntimeError as error:
        raise Wrong(f"{error}: go over a copy, such as list(outboxes.items()).") from None
    if asyncio.iscoroutine(removed):
        removed.close()
        raise Wrong("Your function is a coroutine: it could wait, and must not. Use put_nowait().")
    if [queue.qsize() for queue in (queues["ada"], queues["eve"], queues["bob"])] != [1, 1, 2]:
        raise Wrong("Each guest with room in the outbox gets the line once, also those after a slow one.")
    if any(queues[slow].get_nowait() != "old" for slow in _SLOW):
        raise Wrong("A slow guest's outbox was emptied: lines that were promised are lost without a word.")
    if removed != _SLOW:
        names = ", ".join(map(repr, sorted(_SLOW)))
        raise Wrong(f"Return the set of the names whose outbox was full, here {{{names}}}; you returned {removed!r}.")
    if set(outboxes) != {"ada", "bob", "eve"}:
        raise Wrong(f"Who is too slow must be removed from outboxes; left are {', '.join(outboxes)}.")
    return "The slow one's queue can no longer grow, and the others have not waited for it."


@exercise("15.3", "noticed within five seconds")
def noticed_in_time(watch_over: Callable[[socket.socket], object]) -> str:
    """The kernel's own options must add up to at most five seconds of silence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as caller, listener.accept()[0] as connection:
            watch_over(connection)
            if connection.fileno() == -1 or not _still_talk(caller, connection):
                raise Wrong("Your function must leave the connection as it is: both sides still want to talk.")
            if not connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE):
                raise Wrong("The kernel sends no keep-alive probes on this socket: SO_KEEPALIVE is off.")
            numbers = [getattr(socket, name) for name in _OPTIONS]
            idle, between, count, patience = (connection.getsockopt(socket.IPPROTO_TCP, number) for number in numbers)
    if patience:  # TCP_USER_TIMEOUT is set: it decides instead of TCP_KEEPCNT (tcp(7))
        count = max(1, math.ceil((patience / 1000 - idle) / between))
    silence = idle + between * count
    if silence > NOTICED_WITHIN:
        raise Wrong(
            f"The first probe goes out after {idle} s, and {count} probes, {between} s apart, must stay unanswered: "
            f"{silence} s in all. {_CHANGED_BY[bool(patience)]} (tcp(7)) change that."
        )
    return f"{idle} s, then {count} probes, {between} s apart: after {silence} s of silence recv() raises ETIMEDOUT."


def _still_talk(caller: socket.socket, connection: socket.socket) -> bool:
    try:
        connection.settimeout(1)
        caller.sendall(b"hello")
        connection.sendall(connection.recv(10))
        caller.settimeout(1)
        return caller.recv(10) == b"hello"
    except OSError:
        return False


@exercise("15.4", "a server for everybody")
def server_for_everybody(serve: Callable[[socket.socket], object]) -> str:
    """Each guest visits the server, and none may harm it."""
    name_of(serve)
    for guest in GUESTS:
        with ServerProcess(serve) as server:
            verdict = visits(server, guest)
        if verdict != SURVIVES:
            raise Wrong(f"Your server does not survive «{guest.name}», who {guest.does}. It {_told(verdict)}.")
    return f"All {len(GUESTS)} guests came, and somebody polite was served after each."


def _told(verdict: str) -> str:
    """What became of it, as the end of a sentence."""
    told = {
        "never reads it": "sleeps while somebody polite's line waits unread",
        "no such answer": "read the line, and never sent one that ends in `: ` and the line",
        "hangs up": "hung up on somebody who is polite",
        "keeps it all in memory": "keeps all that comes in memory",
    }
    return told.get(verdict, verdict.replace("dies:", "ended with"))
