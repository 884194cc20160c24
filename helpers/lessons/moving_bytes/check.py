"""Checkers of notebook 14: each runs the reader's function in a process of its own, over a real pair of sockets.

What is sent is cut at many places: a function that is right for one cut only is wrong. A function that must wait is
looked at while it does: whether it sleeps in the kernel, computes, or wakes again and again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.ipc import Child, ChildEnded, Doing, StillRunning
from helpers.study import own_process
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.own_process import name_of, polls, result, running

UNIX_STREAM = "near, far = socket.socketpair()"
DATAGRAMS = "import tracemalloc\nnear, far = socket.socketpair(type=socket.SOCK_DGRAM)"
TCP = """
with socket.create_server(("127.0.0.1", 0)) as listener:
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
"""
NOTHING_ON_SIGNAL = "signal.signal(signal.SIGUSR1, lambda *_: None)"
FULL = """
near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
near.setblocking(False)
data = bytes(range(251)) * 1600
"""
"""So small a buffer never takes 16384 bytes at once: a function that ignores what send() returns loses some.
251 is prime, so no piece is like its neighbour."""
RECEIVE = """
got = b""
while piece := far.recv(1 << 16):
    got += piece
got
"""
LINES = b"HELO a\r\n\r\nDATA\nx\ry\r\nto be contin"
ENOUGH_FOR_TEN = 16_384
"""Bytes of memory within which a datagram of ten bytes can be received, Python's own objects included."""
LARGE = bytes(range(250)) * 240
"""A datagram that every kind of socket can carry, and few buffers of a guessed size."""


@exercise("14.1", "exactly n bytes")
def exact_reads(recv_exactly: Callable[[Any, int], bytes]) -> str:
    """What came at once, nothing, what came in pieces with a signal in between, and a stream that ends too early."""
    call = f"{name_of(recv_exactly)}(far, n)"
    with two_processes(recv_exactly, f"{UNIX_STREAM}\n{NOTHING_ON_SIGNAL}") as (reader, sender):
        sender.do("near.send(b'exactly this, and more')")
        got = result(reader.start(call, n=12), "Twelve bytes are there, and your function waits for more.")
        expect(got, b"exactly this", "12 bytes were asked for, and 22 were there")
        expect(taken(reader), b", and more", "what is left after 12 of 22 bytes were asked for")
        expect(result(reader.start(call, n=0), "0 bytes were asked for, and your function waits."), b"", "0 bytes")
        for cut in range(1, 10):
            sender.do("near.send(piece)", piece=b"0123456789"[:cut])
            reading = reader.start(call, n=10)
            must_wait(reader, reading, f"By then {cut} of 10 bytes had come.", watch=cut == 1)
            reader.kill(signal.SIGUSR1)
            must_wait(reader, reading, f"By then {cut} of 10 bytes and a signal had come.", watch=False)
            sender.do("near.send(piece)", piece=b"0123456789"[cut:])
            got = result(reading, "All bytes have come, in two pieces, and your function waits for more.")
            expect(got, b"0123456789", f"{cut} bytes came, and then the others")
        sender.do("near.send(b'half'); near.close()")
        try:
            got = result(reader.start(call, n=10), "The stream has ended, and your function does not.")
        except Wrong as wrong:
            if isinstance(wrong.__context__, EOFError):
                return "Whole wherever the stream was cut, also when a signal came; an end in the middle is an error."
            raise
        raise Wrong(f"The stream ended after 4 of 10 bytes: you returned {got!r}, and no EOFError came.")


@exercise("14.2", "look, and do not take")
def peeking(peek: Callable[[Any, int], bytes]) -> str:
    """Bytes that are there, bytes that are not all there yet, and the end."""
    call = f"{name_of(peek)}(far, 4)"
    with two_processes(peek, TCP) as (reader, sender):
        deliver(reader, sender, b"GET / HTTP/1.1")
        got = result(reader.start(call), "Four bytes are there, and your function waits.")
        expect(got, b"GET ", "4 bytes of b'GET / HTTP/1.1' were asked for")
        expect(taken(reader), b"GET / HTTP/1.1", "what can still be read after your function")
        deliver(reader, sender, b"GE")
        looking = reader.start(call)
        must_wait(reader, looking, "By then two of four bytes had come.")
        sender.do("near.send(b'T ')")
        got = result(looking, "All four bytes have come, and your function waits.")
        expect(got, b"GET ", "4 bytes that came in two pieces")
        expect(taken(reader), b"GET ", "what can still be read after your function")
        sender.do("near.send(b'by'); near.close()")
        got = result(reader.start(call), "The stream has ended after two bytes, and your function waits.")
        expect(got, b"by", "two bytes came, and then the end")
    return "Four bytes looked at, also when they came in two pieces; and all of them could still be read."


@exercise("14.3", "all of it, without blocking")
def whole_writes(send_all: Callable[[Any, bytes], object]) -> str:
    """More than the buffers hold: the function must sleep until the peer has read, and then go on where it was."""
    with two_processes(send_all, f"{UNIX_STREAM}\n{FULL}", keeps="near") as (sender, reader):
        sending = sender.start(f"{name_of(send_all)}(near, data)")
        must_wait(sender, sending, "By then the peer had read nothing, and its buffer has no room for all of data.")
        if not is_non_blocking(sender):
            raise Wrong("While your function waits, the socket is blocking: it was to stay non-blocking.")
        receiving = reader.start(RECEIVE)
        result(sending, "The peer reads, and your function does not come to its end.")
        sender.do("near.close()")
        got, wanted = receiving.result(), sender.do("data")
        expect(len(got), len(wanted), "bytes that came")
        if got != wanted:
            place = len(os.path.commonprefix([got, wanted]))
            raise Wrong(f"As many bytes came as were to be sent, but from byte {place} on they are not the same.")
    return "All came, in order; and while there was no room, your function slept."


@exercise("14.4", "lines out of pieces")
def lines(take_lines: Callable[[bytes], tuple[list[bytes], bytes]]) -> str:
    """The function is given the text cut at every byte."""
    with running(take_lines) as worker:
        for end in range(len(LINES) + 1):
            buffer = LINES[:end]
            *complete, rest = buffer.split(b"\r\n")
            doing = worker.start(f"{name_of(take_lines)}(buffer)", buffer=buffer)
            got = result(doing, f"Your function never ends for {buffer!r}.")
            expect(got if isinstance(got, str) else tuple(got), (complete, rest), f"take_lines({buffer!r})")
    return f"Right for each of the {len(LINES) + 1} places at which the text can be cut."


@exercise("14.5", "a datagram of any size")
def datagrams(whole_datagram: Callable[[Any], bytes]) -> str:
    """None yet, a small one in little memory, an empty one, a large one; the last ones with another one behind.

    The first call is not measured: what it imports takes memory, too.
    """
    call = f"{name_of(whole_datagram)}(far)"
    measured = f"tracemalloc.start(); got = {call}; peak = tracemalloc.get_traced_memory()[1]; tracemalloc.stop()"
    with two_processes(whole_datagram, DATAGRAMS) as (reader, sender):
        first = reader.start(call)
        must_wait(reader, first, "By then no datagram had come.")
        sender.do("near.send(b'0123456789')")
        got = result(first, "A datagram has come, and your function still waits.")
        expect(got, b"0123456789", "a datagram of 10 bytes")
        sender.do("near.send(b'ten others')")
        second = reader.start(f"{measured}; got, peak")
        got, peak = result(second, "A second datagram has come, and your function waits.")
        expect(got, b"ten others", "the second datagram")
        if peak > ENOUGH_FOR_TEN:
            raise Wrong(f"For a datagram of ten bytes your function took {peak} bytes of memory.")
        for data in (b"", LARGE, b"the next"):
            sender.do("near.send(data)", data=data)
        for data in (b"", LARGE, b"the next"):
            got = result(reader.start(call), "Datagrams are there, and your function waits.")
            compare(got, data)
    return "Ten bytes, none, and sixty thousand: each whole, none lost, and no memory wasted."


@contextmanager
def two_processes(answer: Callable[..., Any], prepare: str, keeps: str = "far") -> Iterator[tuple[Child, Child]]:
    """The process with the reader's function, which keeps one end of the pair, and a forked one, with the other end."""
    with running(answer, prepare=prepare) as own:
        other = own.fork("peer")
        own.do(f"{'near' if keeps == 'far' else 'far'}.close()")
        other.do(f"{keeps}.close()")
        yield own, other


def must_wait(child: Child, doing: Doing, early: str, watch: bool = True) -> None:
    """Raises Wrong, with the sentence `early`, if the function has come to its end or does not sleep.

    watch: look for a while whether it wakes by itself.
    """
    try:
        if doing.blocked(own_process.LONGEST):
            if watch and polls(child):
                raise Wrong(f"{early} Your function wakes again and again to look: let the kernel wake it.")
            return
    except StillRunning:
        raise Wrong(f"{early} Your function asks again and again while it could sleep.") from None
    except ChildEnded:
        result(doing, "")
    raise Wrong(f"Your function returned {shortened(result(doing, ''))}. {early}")


def deliver(reader: Child, sender: Child, data: bytes) -> None:
    """Send, and see to it that all has arrived: TCP takes its time."""
    sender.do("near.send(data)", data=data)
    reader.do(f"far.recv({len(data)}, socket.MSG_PEEK | socket.MSG_WAITALL)")


def taken(reader: Child) -> bytes:
    """What is still in the receive queue, and is no longer."""
    try:
        return bytes(reader.do("far.recv(100, socket.MSG_DONTWAIT)"))
    except BlockingIOError:
        return b""


def is_non_blocking(sender: Child) -> bool:
    """Whether O_NONBLOCK is set on its socket `near`; it is busy, so the kernel is asked (proc_pid_fdinfo(5))."""
    number = next(n for n, link in sorted(sender.descriptors().items()) if link.startswith("socket:"))
    fields = Path(f"/proc/{sender.pid}/fdinfo/{number}").read_text().split()
    return bool(int(fields[fields.index("flags:") + 1], 8) & os.O_NONBLOCK)


def compare(got: Any, data: bytes) -> None:
    """Raises Wrong unless this is the datagram."""
    if got != data:
        alike = len(os.path.commonprefix([got, data])) if isinstance(got, bytes) else 0
        also = f", its first {alike} bytes and {len(got) - alike} others" if alike else ""
        raise Wrong(f"A datagram of {len(data)} bytes is next, and you returned {shortened(got)}{also}.")


def shortened(value: Any) -> str:
    """A value in words; of many bytes the beginning."""
    if isinstance(value, bytes) and len(value) > 40:
        return f"{value[:20]!r}... ({len(value)} bytes)"
    return repr(value)
