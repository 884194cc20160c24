"""Checkers of notebook 15: tables of cases, the kernel's own options, and the eight guests of the lesson."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Callable
from typing import Any

from helpers.elsewhere import require_linux
from helpers.lab.socket_table import state_of
from helpers.lessons.chat.guests import GUESTS
from helpers.lessons.chat.server_process import ServerProcess
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.own_process import name_of

SPLITS: tuple[tuple[bytes, int, list[bytes], bytes], ...] = (
    (b"", 10, [], b""), (b"hel", 10, [], b"hel"), (b"hello\n", 10, [b"hello"], b""),
    (b"one\ntwo\nthr", 10, [b"one", b"two"], b"thr"), (b"\n\nx\n", 10, [b"", b"", b"x"], b""),
    (b"0123456789\n0123456789", 10, [b"0123456789"], b"0123456789"), (b"a\r\n\xff\n", 10, [b"a\r", b"\xff"], b""),
    (b"0123456789x\n", 11, [b"0123456789x"], b""),
)  # fmt: skip
"""Data and limit, the complete lines and the rest."""
TOO_LONG = ((b"0123456789x\n", 10), (b"0123456789x", 10), (b"a\n0123456789x\nb", 10), (b"abc\n", 2))
HALLS = ({"ada": 0, "slow": 2, "bob": 1, "slower": 2, "eve": 0}, {"carl": 1, "dora": 0}, {"emil": 2})
"""How many lines wait in each guest's outbox, which has room for two."""
OPTIONS = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
FATES = {
    "never reads it": "slept, and a line of somebody polite waited unread",
    "no such answer": "read a line, and sent none that ends in `: ` and that line",
    "hangs up": "hung up on somebody who waited for an answer",
    "keeps it all in memory": "keeps in memory what came: it has grown by more than 4 MiB",
}


@exercise("15.1", "lines with a limit")
def lines_with_a_limit(split: Callable[[bytes, int], Any]) -> str:
    """The complete lines and the rest; ValueError for what is longer than the limit."""
    for data, limit, *wanted in SPLITS:
        answer = _answer(split, data, limit)
        got = list(answer) if isinstance(answer, tuple) else answer
        expect(got, wanted, f"split({data!r}, {limit}), lines and rest", "After the last b'\\n' comes the rest.")
    for data, limit in TOO_LONG:
        answer = _answer(split, data, limit)
        if not isinstance(answer, ValueError):
            raise Wrong(f"split({data!r}, {limit}): expected ValueError, got {answer!r}.")
    return "A client that sends a line without an end is found out before memory is full."


def _answer(split: Callable[[bytes, int], Any], data: bytes, limit: int) -> Any:
    try:
        return split(data, limit)
    except ValueError as error:
        return error


class Outbox(asyncio.Queue[str]):
    """A guest's mail, with room for two lines; it notes whether somebody would have had to wait."""

    def __init__(self, waiting: int) -> None:
        super().__init__(maxsize=2)
        self.awaited = False
        for number in range(waiting):
            self.put_nowait(f"line {number}")

    async def put(self, item: str) -> None:
        """As a queue's, which waits while it is full."""
        self.awaited |= self.full()
        await super().put(item)


@exercise("15.2", "nobody waits for the slow")
def nobody_waits(tell_all: Callable[[dict[str, Any], str], Any]) -> str:
    """The line is in each outbox that had room; the others are removed and named."""
    for hall in HALLS:
        outboxes = {name: Outbox(waiting) for name, waiting in hall.items()}
        boxes = dict(outboxes)
        slow = tell_all(outboxes, "hello")
        if any(box.awaited for box in boxes.values()):
            raise Wrong("Your function called put() on a full outbox: that waits for room. put_nowait() does not.")
        for name, box in boxes.items():
            wanted = [f"line {number}" for number in range(hall[name])] + ["hello"] * (hall[name] < 2)
            mail = [box.get_nowait() for _ in range(box.qsize())]
            expect(mail, wanted, f"the outbox of {name}, with room for two lines, after tell_all(outboxes, 'hello')")
        full = {name for name, waiting in hall.items() if waiting == 2}
        expect(slow, full, "the names that your function returned")
        expect(list(outboxes), [name for name in hall if name not in full], "the names left in outboxes")
    return "A full outbox made nobody wait, and its guest is removed."


@exercise("15.3", "noticed within five seconds")
def noticed_in_time(watch_over: Callable[[socket.socket], object]) -> str:
    """The kernel's own options must add up to at most five seconds of silence (tcp(7))."""
    require_linux("the options of tcp(7)")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as connection:
            watch_over(connection)
            if connection.fileno() == -1 or state_of(connection) != "ESTABLISHED":
                raise Wrong("Your function must leave the connection as it is: both sides still want to talk.")
            if not connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE):
                raise Wrong("The kernel sends no keep-alive probes on this socket: SO_KEEPALIVE is off.")
            numbers = [connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in OPTIONS]
    idle, between, count, patience = numbers
    decides = "TCP_USER_TIMEOUT" if patience else "TCP_KEEPCNT"
    if patience:
        count = max(1, math.ceil((patience / 1000 - idle) / between))
    silence = idle + between * count
    probes = "1 probe" if count == 1 else f"{count} probes, {between} s apart"
    sentence = f"{idle} s, then {probes}: after {silence} s without an answer the kernel ends the connection."
    if silence > 5:
        raise Wrong(f"{sentence} TCP_KEEPIDLE, TCP_KEEPINTVL and {decides} (tcp(7)) change that.")
    return sentence


@exercise("15.4", "a server for everybody")
def server_for_everybody(serve: Callable[[socket.socket], object]) -> str:
    """All guests visit one process, the friendliest first, and none may harm it."""
    name_of(serve)
    with ServerProcess(serve) as server:
        for number, guest in enumerate(GUESTS):
            verdict = guest.visits(server)
            if verdict != "survives":
                fate = FATES.get(verdict, verdict.replace("dies:", "ended with"))
                before = f" It had survived {number} guests before." if number else ""
                raise Wrong(f"Your server does not survive «{guest.name}», who {guest.does}. It {fate}.{before}")
    return "All eight guests came, one after the other, and whoever waited for an answer got it."
