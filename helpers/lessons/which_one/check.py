"""Checkers of notebook 16."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import statistics
import struct
import threading
import time
from collections.abc import Callable, Mapping
from mmap import mmap
from typing import Any, Self

from helpers.ipc import Child
from helpers.lessons.which_one.contrast import contrast, one_core
from helpers.lessons.which_one.mechanisms.streams import tcp_pair
from helpers.lessons.which_one.properties import ALL, need
from helpers.study.checking import Unavailable, Wrong, exercise
from helpers.study.own_process import name_of, result

SLOW_READER = 0.05
"""Seconds that the receiver of exercise 16.1 takes before it reads, and again before its word."""
DELAYED = 0.02
"""Seconds: an exchange that takes longer has met a delayed acknowledgement, which Linux holds back 40 ms."""
PATIENCE = 2.0
"""Seconds for one exchange."""
SIZE = 1 << 20


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
        far.settimeout(PATIENCE)
        receiver = _Receiver(far, data)
        begin = time.perf_counter_ns()
        try:
            told = transfer_time(near, data)
        except TimeoutError:
            raise Wrong("Your function waits for something that does not come: send all, then read one byte.") from None
        really = time.perf_counter_ns() - begin
        receiver.join()
    if receiver.missing:
        raise Wrong(f"{receiver.missing} of the {len(data)} bytes did not arrive as they are: send all of data, once.")
    if isinstance(told, bool) or not isinstance(told, (int, float)):
        raise Wrong(f"Return a number of nanoseconds; you returned {told!r}.")
    if told > 1.5 * really:
        raise Wrong(f"You say {told:g} ns, and the call of your function took {really} ns in all: count nanoseconds.")
    least = 2 * SLOW_READER * 1e9
    if told < least:
        raise Wrong(
            f"You say {told:.10g} ns. The receiver took {least:.0f} ns or more: read the clock before you send and "
            "again when the receiver's byte has come, and count nanoseconds."
        )
    return "The clock stopped when the receiver had said that it has everything."


class _Receiver(threading.Thread):
    """Reads late, compares, and says one byte."""

    def __init__(self, sock: socket.socket, data: bytes) -> None:
        super().__init__(daemon=True)
        self._sock, self._data = sock, data
        self.missing = len(data)
        self.start()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            got = bytearray(self._sock.recv(1))
            time.sleep(SLOW_READER)  # it is slow: this is what is to be measured
            while len(got) < len(self._data) and (piece := self._sock.recv(65536)):
                got += piece
            time.sleep(SLOW_READER)
            self._sock.send(b"!")
            self.missing = sum(here != there for here, there in zip(got, self._data, strict=False))
            self.missing += abs(len(self._data) - len(got)) + _unread(self._sock)


def _unread(sock: socket.socket) -> int:
    import fcntl  # neither is in Windows
    import termios

    return int(struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, bytes(4)))[0])


@exercise("16.2", "a batch")
def a_batch(per_round_trip: Callable[..., Any]) -> str:
    """The clock is the checker's, and so are the round trips: what was called when is written down."""
    for number in (1000, 7):
        calls: list[str] = []
        now = 0

        def ask(calls: list[str] = calls) -> None:
            nonlocal now
            now += 5_000 if "ask" in calls else 900_000  # the first is slow
            calls.append("ask")

        def clock(calls: list[str] = calls) -> int:
            nonlocal now
            now += 100
            calls.append("clock")
            return now

        told = per_round_trip(ask, number, clock)
        _check_order(calls, number)
        readings = 5_000 * number + 100
        if not isinstance(told, (int, float)) or abs(told - readings / number) >= 1:  # whole nanoseconds will do
            raise Wrong(
                f"{readings} ns passed between the two readings, for {number} round trips: {readings / number:.1f} ns "
                f"each; you returned {told!r}."
            )
    return "Warm first, two readings, and all round trips between them."


def _check_order(calls: list[str], number: int) -> None:
    readings = calls.count("clock")
    if readings != 2:
        raise Wrong(f"The clock was read {readings} times for {number} round trips: read it once before, once after.")
    first, last = calls.index("clock"), len(calls) - 1 - calls[::-1].index("clock")
    if "ask" not in calls[:first]:
        raise Wrong("The first round trip was measured: ask() once or more before you read the clock (the warm-up).")
    between = calls[first:last].count("ask")
    if between != number:
        raise Wrong(f"Between the two readings there were {between} round trips, not {number}.")


@exercise("16.3", "44 milliseconds")
def without_delay(ask: Callable[[socket.socket, bytes, bytes], Any]) -> str:
    """Over a TCP connection on which two small writes are known to wait for a delayed acknowledgement."""
    header, body = b"PUT key\n".ljust(20), b"value".ljust(44)
    near, far = tcp_pair()
    with near, far:
        near.settimeout(PATIENCE)
        far.settimeout(PATIENCE)
        server = threading.Thread(target=_answer_all, args=[far, len(header + body)], daemon=True)
        server.start()
        if not any(_seconds(_in_two, near, header, body)[0] > DELAYED for _ in range(20)):
            raise Unavailable("here two small writes are not held up, so there is nothing to cure.")
        tries = [_seconds(ask, near, header, body) for _ in range(5)]
        near.shutdown(socket.SHUT_RDWR)
        server.join()
    for _, answer in tries:
        if answer is TimeoutError:
            raise Wrong("No answer came: send header and body, all their bytes and no more, and read one byte.")
        if answer != b"!":
            raise Wrong(f"Return what the server has answered, b'!'; you returned {answer!r}.")
    usual = statistics.median(seconds for seconds, _ in tries)  # without a cure one may be lucky
    if usual > DELAYED:
        raise Wrong(
            f"An exchange still takes {usual * 1000:.0f} ms: the second small write waits until the first is "
            "acknowledged. Hand over all at once, or switch Nagle's algorithm off on this socket."
        )
    return f"{usual * 1e6:.0f} microseconds: nobody waits for a timer any more."


def _answer_all(sock: socket.socket, size: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            left = size
            while left:
                piece = sock.recv(left)
                if not piece:
                    return
                left -= len(piece)
            sock.send(b"!")


def _in_two(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header)
    sock.send(body)
    return sock.recv(1)


def _seconds(ask: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """How long it took and what it returned; TimeoutError itself if no answer came in time."""
    begin = time.perf_counter()
    try:
        answer = ask(*arguments)
    except TimeoutError:
        return PATIENCE, TimeoutError
    return time.perf_counter() - begin, answer


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
    if not isinstance(chosen, Mapping) or set(chosen) != set(JOBS):
        raise Wrong(f"Hand over a dictionary with the keys {', '.join(map(repr, JOBS))}; this is {chosen!r}.")
    for job, needs in JOBS.items():
        name = chosen[job]
        if name not in ALL:
            raise Wrong(f"{name!r}, for {job!r}, is none of the mechanisms; they are {', '.join(ALL)}.")
        for each in map(need, needs):
            if not each.met_by(name):
                raise Wrong(f"{job!r} needs that {each.words}; {name}: {each.without[name]}.")
    return "Each choice gives all that its job needs; the figures decide only among these."


@exercise("16.5", "faster than the pipe")
def faster_than_the_pipe(functions: tuple[Callable[..., Any], Callable[..., Any]]) -> str:
    """1 MiB through the reader's two functions and shared memory, against the same through a pipe, in turn."""
    if not isinstance(functions, tuple) or len(functions) != 2:
        raise Wrong("Hand over both functions: check('16.5', (give, take)).")
    give, take = functions
    name_of(give), name_of(take)
    with _Exchange(give, take) as exchange:
        pair = contrast("1 MiB", {"pipe": exchange.through_pipe, "memory": exchange.through_memory}, seconds=0.5)
    times = pair.times("pipe")
    if times < 1:
        raise Wrong(
            f"1 MiB took {pair.best('memory') / 1000:.0f} µs through your functions and "
            f"{pair.best('pipe') / 1000:.0f} µs through a pipe: let one slice assignment copy, and one method search."
        )
    return f"Your exchange is {times:.1f} times as fast as the pipe in this run."


MARK = b"\1"
_THEIRS = """
memory = mmap.mmap(descriptor, SIZE)

def read_and_find():
    data = bytearray()
    while len(data) < SIZE:
        data += os.read(far_in, 65536)
    return data.find(MARK)
"""
_TAKE = "os.read(far_in, 1); found = {}(memory); os.write(far_out, b'!'); found"
_READ = "found = read_and_find(); os.write(far_out, b'!'); found"


class _Exchange(contextlib.ExitStack):
    """Two processes on one core, a shared memory, and two pipes. The one must find the mark in what the other gives."""

    def __init__(self, give: Callable[..., Any], take: Callable[..., Any]) -> None:
        super().__init__()
        self._give, self._take = give, take
        # Both late, so that all is searched; in turn, so that what came before is not mistaken for this.
        self._contents = [MARK.rjust(place + 1, b"\0").ljust(SIZE, b"\0") for place in (SIZE - 77, SIZE - 9)]

    def __enter__(self) -> Self:
        super().__enter__()
        descriptor = os.memfd_create("exchange")
        (far_in, self._there), (self._back, far_out) = os.pipe(), os.pipe()
        for each in (descriptor, far_in, self._there, self._back, far_out):
            self.callback(os.close, each)
        os.ftruncate(descriptor, SIZE)
        self._memory = self.enter_context(mmap(descriptor, SIZE))
        self._child = self.enter_context(Child("yours", pass_fds=[descriptor, far_in, far_out]))
        self.enter_context(one_core(self._child))
        self._child.do(_THEIRS, descriptor=descriptor, SIZE=SIZE, MARK=MARK, far_in=far_in, far_out=far_out)
        self._child.define(self._take)
        return self

    def through_memory(self) -> int:
        """Nanoseconds until the other's word. Raises Wrong if it has not found the mark."""
        data = self._next()
        taking = self._child.start(_TAKE.format(name_of(self._take)))
        begin = time.perf_counter_ns()
        self._give(self._memory, data)
        os.write(self._there, b"!")
        taken = self._word(begin)
        found = result(taking, "take() has not come to its end after some seconds: it needs to wait for nothing.")
        if self._memory[:] != data:
            raise Wrong("After give(memory, data) the memory must hold data, all of it, from its first byte on.")
        if found != data.find(MARK):
            raise Wrong(f"take(memory) must return where the byte 1 is, here {data.find(MARK)}; it returned {found!r}.")
        os.read(self._back, 1)
        return taken

    def through_pipe(self) -> int:
        """Nanoseconds until the other's word."""
        left = memoryview(self._next())
        reading = self._child.start(_READ)
        begin = time.perf_counter_ns()
        while left:
            left = left[os.write(self._there, left) :]
        taken = self._word(begin)
        reading.result()
        os.read(self._back, 1)
        return taken

    def _next(self) -> bytes:
        self._contents.reverse()
        return self._contents[0]

    def _word(self, begin: int) -> int:
        select.select([self._back], [], [], PATIENCE)
        return time.perf_counter_ns() - begin
