"""Checkers of notebook 16: what was measured is compared with what the checker's own clock and peer have seen."""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle
from typing import Any

from helpers.ipc import Child
from helpers.lessons.which_one.measuring import contrast, one_core, process_sharing, tcp_pair
from helpers.lessons.which_one.mechanisms import MECHANISMS
from helpers.lessons.which_one.properties import MEMORY, need
from helpers.study.checking import Unavailable, Wrong, exercise, expect
from helpers.study.own_process import name_of, result

SLOW_READER = 0.05
"""Seconds that the receiver of exercise 16.1 takes before it reads, and again before its word."""
DELAYED = 0.02
"""Seconds: an exchange that takes longer has met a timer; a delayed acknowledgement is held back 40 ms in Linux."""
PATIENCE = 2.0
"""Seconds for one exchange."""
SIZE = 1 << 20


class Peer(threading.Thread):
    """The other end of a socket: reads messages of one size, writes down when their bytes came, answers each."""

    def __init__(self, sock: socket.socket, size: int, slow: float = 0) -> None:
        super().__init__(daemon=True)
        self.messages: list[bytes] = []
        self.first = self.last = 0.0
        """When the first and the last bytes of the last message came."""
        self._sock, self._size, self._slow = sock, size, slow
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while data := bytearray(self._sock.recv(1)):
                self.first = time.perf_counter()
                time.sleep(self._slow)  # it is slow: this is what is to be measured
                while len(data) < self._size and (piece := self._sock.recv(self._size - len(data))):
                    data += piece
                self.last = time.perf_counter()
                time.sleep(self._slow)
                self.messages.append(bytes(data))
                self._sock.send(b"!")


def unread(sock: socket.socket) -> int:
    """How many bytes wait in it (FIONREAD, ioctl_tty(2))."""
    import fcntl  # neither is in Windows
    import termios

    return int(struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0])


@exercise("16.1", "the receiver's word")
def until_the_word(transfer_time: Callable[[socket.socket, bytes], Any]) -> str:
    """The receiver is slow on purpose, before it reads and before its word; all of data does not fit into a buffer.

    So a clock that stops at sendall() misses the one, and a clock that begins after sendall() the other.
    """
    data = os.urandom(300_000)
    near, far = socket.socketpair()
    with near, far:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)  # bytes; the kernel doubles it (socket(7))
        near.settimeout(PATIENCE)
        peer = Peer(far, len(data), SLOW_READER)
        begin = time.perf_counter_ns()
        told = transfer_time(near, data)
        really = time.perf_counter_ns() - begin
        if not peer.messages or near.fileno() == -1 or unread(near):
            raise Wrong("Return when the receiver has all of data: wait for its byte, and read it. Leave sock open.")
        near.shutdown(socket.SHUT_WR)
        peer.join()  # what else was sent is in its messages now
        if peer.messages != [data]:
            raise Wrong("The receiver has read other bytes than data, or more of them: send all of data, once.")
    if not 2e9 * SLOW_READER <= told <= really:
        raise Wrong(
            f"You say {told:.10g} ns. The receiver took {2e9 * SLOW_READER:.0f} ns or more until its byte, and your "
            f"function {really} ns in all: read the clock before you send and again when that byte has come."
        )
    return "The clock stopped when the receiver had said that it has everything."


@exercise("16.2", "a batch")
def a_batch(per_round_trip: Callable[..., Any]) -> str:
    """The clock is the checker's, and so are the round trips: how long which takes is known."""
    for number in (1000, 7):
        now = asked = readings = 0

        def ask() -> None:
            nonlocal now, asked
            now += 5_000 if asked else 900_000  # the first is slow
            asked += 1

        def clock() -> int:
            nonlocal now, readings
            now += 100
            readings += 1
            return now

        told = per_round_trip(ask, number, clock)
        batch = 5_000 + 100 / number
        if not batch - 1 < told < batch + 1:  # whole nanoseconds will do
            raise Wrong(
                f"In a warm batch {number} round trips take {batch:.1f} ns each, with one reading of the clock; you "
                f"returned {told!r}. The first round trip of all takes longer. ask() was called {asked} x and the "
                f"clock read {readings} x: make a round trip first (the warm-up), read, make {number}, and read again."
            )
    return "The first round trip was not measured, and the clock was not read within the batch."


@exercise("16.3", "44 milliseconds")
def without_delay(ask: Callable[[socket.socket, bytes, bytes], Any]) -> str:
    """Over a TCP connection on which two small writes are known to wait for a delayed acknowledgement."""
    near, far = tcp_pair()
    with near, far:
        near.settimeout(PATIENCE)
        peer = Peer(far, 64)
        if not any(_exchange(peer, near, _in_two, number)[0] > DELAYED for number in range(20)):
            raise Unavailable("here two small writes are not held up, so there is nothing to cure.")
        tries = [_exchange(peer, near, ask, number) for number in range(5)]
        near.shutdown(socket.SHUT_RDWR)
    usual, late = (statistics.median(times) for times in zip(*tries, strict=True))  # without a cure one may be lucky
    if usual <= DELAYED:
        return f"The server has read header and body, and an exchange took {usual * 1e6:.0f} microseconds."
    cure = "Hand over all at once, or switch Nagle's algorithm off on this socket (tcp(7))."
    held = "This side's kernel holds all of it back. Was it told to wait for more (MSG_MORE, TCP_CORK, tcp(7))?"
    raise Wrong(
        f"An exchange takes {usual * 1000:.0f} ms, and the server has its last bytes {late * 1000:.0f} ms later than "
        f"the first. {cure if late > usual / 2 else held}"
    )


def _exchange(peer: Peer, near: socket.socket, ask: Callable[..., Any], number: int) -> tuple[float, float]:
    """Seconds for one exchange, and between the server's first and last bytes of it."""
    header, body = f"PUT {number}\n".ljust(20).encode(), os.urandom(22).hex().encode()
    before, begin = len(peer.messages), time.perf_counter()
    answer = ask(near, header, body)
    taken = time.perf_counter() - begin
    if len(peer.messages) == before or unread(near):
        raise Wrong("Your function returns before it has read the server's answer: read one byte.")
    expect(peer.messages[-1], header + body, "what the server has read")
    expect(answer, b"!", "what you return", "Return what the server has answered.")
    return taken, peer.last - peer.first


def _in_two(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header)
    sock.send(body)
    return sock.recv(1)


JOBS: Mapping[str, tuple[str, ...]] = {
    "jobs": ("strangers", "boundaries", "urgent", "outlives"),
    "files": ("strangers", "boundaries", "descriptors", "who", "end_noticed", "both_ways"),
    "frames": ("strangers", "many_readers", "no_copies"),
    "sensor": ("network", "boundaries", "many_readers"),
}
"""What the jobs of exercise 16.4 need."""


@exercise("16.4", "four jobs")
def four_jobs(chosen: Mapping[str, str]) -> str:
    """Each mechanism must give all that its job needs, by the table of the chooser."""
    expect(sorted(chosen), sorted(JOBS), "the keys of your dictionary")
    for job, needs in JOBS.items():
        lacks = [_lacking(name, needs) for name in _named(job, chosen[job])]
        if "" not in lacks:
            raise Wrong(f"{job!r} needs that {lacks[0]}.")
    return "By the table, each choice gives all that its job needs."


def _named(job: str, name: object) -> tuple[str, ...]:
    """What a name stands for: "shared memory" for all of that kind, "eventfd" for "memory + eventfd"."""
    found = tuple(each for each in MECHANISMS if str(name).lower() in (each.lower(), each.removeprefix("memory + ")))
    if not found and str(name).lower() != "shared memory":
        raise Wrong(f"{name!r}, for {job!r}, is none of the mechanisms; they are {', '.join(MECHANISMS)}.")
    return found or MEMORY


def _lacking(name: str, needs: tuple[str, ...]) -> str:
    """What it does not give, and why; "" for nothing."""
    lacks = (each for each in map(need, needs) if not each.met_by(name))
    return next((f"{each.words}; {name}: {each.without[name]}" for each in lacks), "")


@exercise("16.5", "faster than the pipe")
def faster_than_the_pipe(functions: tuple[Callable[..., Any], Callable[..., Any]]) -> str:
    """1 MiB through the reader's two functions and shared memory, against the same through a pipe, in turn."""
    give, take = functions
    search = f"{name_of(take)}(page)"
    # Both late, so that all is searched; in turn, so that what came before is not mistaken for this.
    contents = cycle([b"\1".rjust(place + 1, b"\0").ljust(SIZE, b"\0") for place in (SIZE - 77, SIZE - 9, SIZE - 5)])
    reading, writing = os.pipe()
    with open(reading, "rb", 0), open(writing, "wb", 0) as pipe:
        with process_sharing(take, size=SIZE, fds=[reading]) as (child, memory), one_core(child):
            child.do("pipe = open(reading, 'rb', closefd=False)", reading=reading)
            by_memory = partial(_by_memory, child, memory, give, search, contents)
            pair = contrast("1 MiB", {"memory": by_memory, "pipe": partial(_by_pipe, child, pipe, contents)})
    mine, pipes = (pair.best(way) / 1000 for way in pair.slices)
    told = f"1 MiB took {mine:.0f} µs through your functions and {pipes:.0f} µs through a pipe"
    if mine > pipes:
        raise Wrong(f"{told}: let one slice assignment copy, and one method search.")
    return f"{told}, with the same waking of the other process in both."


def _by_memory(child: Child, memory: Any, give: Callable[..., Any], search: str, contents: Iterator[bytes]) -> int:
    """Nanoseconds. Raises Wrong if the mark was not found, or the data is not there."""
    data, begin = next(contents), time.perf_counter_ns()
    give(memory, data)
    found = result(child.start(search), "take() has not come to its end; it has nothing to wait for.")
    taken = time.perf_counter_ns() - begin
    if memory[:] != data:
        raise Wrong("After give(memory, data) the memory must hold data, all of it, from its first byte on.")
    expect(found, data.find(1), "what take(memory) returns", "It must be the place of the byte 1.")
    return taken


def _by_pipe(child: Child, pipe: Any, contents: Iterator[bytes]) -> int:
    left, begin = memoryview(next(contents)), time.perf_counter_ns()
    reading = child.start(f"pipe.read({SIZE}).find(1)")
    while left:
        left = left[pipe.write(left) :]
    reading.result()
    return time.perf_counter_ns() - begin
