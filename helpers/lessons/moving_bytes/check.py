"""Checkers of notebook 14: each runs the reader's function in a process of its own, over a real pair of sockets."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.ipc import Child, ChildEnded, Doing, StillRunning
from helpers.study import own_process
from helpers.study.checking import Wrong, exercise
from helpers.study.own_process import name_of, result, running

_UNIX_STREAM = "near, far = socket.socketpair()"
_DATAGRAMS = "import tracemalloc\nnear, far = socket.socketpair(type=socket.SOCK_DGRAM)"
_TCP = """
with socket.create_server(("127.0.0.1", 0)) as listener:
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
"""
_NOTHING_ON_SIGNAL = "signal.signal(signal.SIGUSR1, lambda *_: None)"
_FULL = """
near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
near.setblocking(False)
data = bytes(range(251)) * 1600
"""
"""So small a buffer never takes 16384 bytes at once: whoever does not look at send()'s number loses some.
251 is prime, so no piece is like its neighbour."""
_RECEIVE = """
got = b""
while piece := far.recv(1 << 16):
    got += piece
len(got), got == data
"""

_LINES = b"HELO a\r\n\r\nDATA\nx\ry\r\nto be contin"
_ENOUGH_FOR_TEN = 16_384
"""Bytes of memory within which a datagram of ten bytes can be received, Python's own objects included."""
_LARGE = 60_000
"""Bytes of a datagram that every kind of socket can carry, and few buffers that somebody guessed."""


@exercise("14.1", "exactly n bytes")
def exact_reads(recv_exactly: Callable[[Any, int], bytes]) -> str:
    """What came at once, nothing, what came in pieces with a signal in between, and a stream that ends too early."""
    name = name_of(recv_exactly)
    with _two_processes(recv_exactly, f"{_UNIX_STREAM}\n{_NOTHING_ON_SIGNAL}") as (reader, sender):
        sender.do("near.send(b'exactly this, and more')")
        got = result(reader.start(f"{name}(far, 12)"), "Twelve bytes are there, and your function waits for more.")
        _expect(got, b"exactly this", "Twelve bytes were asked for")
        if _taken(reader) != b", and more":
            raise Wrong("Twelve bytes were asked for, and your function took others with them: ask for no more.")
        nothing = reader.start(f"{name}(far, 0)")
        _expect(result(nothing, "0 bytes were asked for, and your function waits."), b"", "0 bytes were asked for")
        for cut in range(1, 10):
            _in_two_pieces(reader, sender, name, b"0123456789", cut)
        sender.do("near.send(b'half'); near.close()")
        _ends_too_early(reader.start(f"{name}(far, 10)"))
    return "Whole wherever the stream was cut, also when a signal came, and an end in the middle is an error."


@exercise("14.2", "look, and do not take")
def peeking(peek: Callable[[Any, int], bytes]) -> str:
    """Bytes that are there, bytes that are not all there yet, and the end."""
    name = name_of(peek)
    with _two_processes(peek, _TCP) as (reader, sender):
        _deliver(reader, sender, b"GET / HTTP/1.1")
        got = result(reader.start(f"{name}(far, 4)"), "Four bytes are there, and your function waits.")
        _expect(got, b"GET ", "The stream begins with b'GET / HTTP/1.1', and four bytes were asked for")
        _still_there(reader, b"GET / HTTP/1.1")
        _deliver(reader, sender, b"GE")
        looking = reader.start(f"{name}(far, 4)")
        _must_wait(
            looking,
            "Two of four bytes had come by then. MSG_PEEK alone does not wait for the others: which flag does?",
            "Your function asks again and again while it could sleep: which flag waits until all are there?",
        )
        sender.do("near.send(b'T ')")
        got = result(looking, "All four bytes have come, and your function waits.")
        _expect(got, b"GET ", "Four bytes came in two pieces")
        _still_there(reader, b"GET ")
        sender.do("near.send(b'by'); near.close()")
        got = result(reader.start(f"{name}(far, 4)"), "The stream has ended after two bytes: return these two.")
        _expect(got, b"by", "Two bytes came, and then the end")
    return "Four bytes looked at, also when they came in two pieces; and all of them could still be read."


@exercise("14.3", "all of it, without blocking")
def whole_writes(send_all: Callable[[Any, bytes], object]) -> str:
    """More than the buffers hold: the function must sleep until the peer has read, and then go on where it was."""
    name = name_of(send_all)
    with _two_processes(send_all, f"{_UNIX_STREAM}\n{_FULL}", keeps="near") as (sender, reader):
        sending = sender.start(f"{name}(near, data)")
        _must_wait(
            sending,
            "By then the peer had read nothing, and its buffer has no room for all of data.",
            "The buffer is full, and your function tries again and again: sleep until the socket is writable.",
        )
        if not _is_non_blocking(sender):
            raise Wrong("Your function made the socket blocking. Others may count on it: wait with select() instead.")
        receiving = reader.start(_RECEIVE)
        result(sending, "The peer reads, and your function does not come to its end.")
        sender.do("near.close()")
        count, alike = receiving.result()
        wanted = sender.do("len(data)")
        if count != wanted:
            raise Wrong(f"{wanted} bytes were to be sent, and {'fewer' if count < wanted else 'more'} came.")
        if not alike:
            raise Wrong("As many bytes came as were to be sent, but not the same: go on where send() stopped.")
    return "All came, in order; and while there was no room, your function slept."


@exercise("14.4", "lines out of pieces")
def lines(take_lines: Callable[[bytes], tuple[list[bytes], bytes]]) -> str:
    """The function is given the text cut at every byte."""
    name = name_of(take_lines)
    with running(take_lines) as worker:
        for end in range(len(_LINES) + 1):
            buffer = _LINES[:end]
            got = result(worker.start(f"{name}(buffer)", buffer=buffer), f"Your function never ends for {buffer!r}.")
            _compare_lines(buffer, got)
    return f"Right for each of the {len(_LINES) + 1} places at which the text can be cut."


@exercise("14.5", "a datagram of any size")
def datagrams(whole_datagram: Callable[[Any], bytes]) -> str:
    """None yet, a small one in little memory, an empty one, a large one; the last ones with another one behind.

    The first call is not measured: what it imports takes memory, too.
    """
    name = name_of(whole_datagram)
    with _two_processes(whole_datagram, _DATAGRAMS) as (reader, sender):
        measured = (
            f"tracemalloc.start(); got = {name}(far); peak = tracemalloc.get_traced_memory()[1]; "
            "tracemalloc.stop(); (got, peak)"
        )
        first = reader.start(f"{name}(far)")
        _must_wait(first, "No datagram had come by then.", "Your function asks again and again while it could sleep.")
        sender.do("near.send(b'0123456789')")
        got = result(first, "A datagram has come, and your function still waits: did it throw it away?")
        _expect(got, b"0123456789", "A datagram of ten bytes came")
        sender.do("near.send(b'ten others')")
        got, peak = result(reader.start(measured), "A second datagram has come, and your function waits.")
        _compare_datagram(got, b"ten others")
        if peak > _ENOUGH_FOR_TEN:
            raise Wrong(f"For ten bytes your function took {peak} bytes of memory: ask for the datagram's size first.")
        for data in (b"", bytes(range(250)) * (_LARGE // 250), b"the next"):
            sender.do("near.send(data)", data=data)
        for data in (b"", bytes(range(250)) * (_LARGE // 250), b"the next"):
            _compare_datagram(result(reader.start(f"{name}(far)"), _TOO_MANY), data)
    return "Ten bytes, none, and sixty thousand: each whole, none lost, and no memory wasted."


_TOO_MANY = "Datagrams are there, and your function waits: a call before it took more than one."


@contextmanager
def _two_processes(answer: Callable[..., Any], prepare: str, keeps: str = "far") -> Iterator[tuple[Child, Child]]:
    """The process with the reader's function, which keeps one end of the pair, and a forked one, with the other end."""
    with running(answer, prepare=prepare) as own:
        other = own.fork("peer")
        own.do(f"{'near' if keeps == 'far' else 'far'}.close()")
        other.do(f"{keeps}.close()")
        yield own, other


def _in_two_pieces(reader: Child, sender: Child, name: str, data: bytes, cut: int) -> None:
    """Send a part, a signal, and the rest. Raises Wrong unless the function waits for all."""
    sender.do("near.send(piece)", piece=data[:cut])
    reading = reader.start(f"{name}(far, {len(data)})")
    early = f"{cut} of {len(data)} bytes had come by then: read on until all have."
    busy = "Your function computes all the time while it could sleep in recv()."
    _must_wait(reading, early, busy)
    reader.kill(signal.SIGUSR1)
    _must_wait(reading, f"A signal came after {cut} of {len(data)} bytes, and recv() gave what it had: read on.", busy)
    sender.do("near.send(piece)", piece=data[cut:])
    got = result(reading, "All bytes have come, in two pieces, and your function waits for more.")
    _expect(got, data, f"{cut} bytes came, and then the others")


def _ends_too_early(reading: Doing) -> None:
    """Raises Wrong unless the function raises EOFError."""
    try:
        got = result(reading, "The stream has ended, and your function does not: recv() gives b'' then, each time.")
    except Wrong as wrong:
        if isinstance(wrong.__context__, EOFError):
            return
        raise
    raise Wrong(f"The stream ended after 4 of 10 bytes, and you returned {got!r}: raise EOFError.")


def _must_wait(doing: Doing, early: str, busy: str) -> None:
    """Raises Wrong if the function has come to its end, with the sentence `early`, or computes, with `busy`."""
    try:
        if doing.blocked(own_process.LONGEST):
            return
    except StillRunning:
        raise Wrong(busy) from None
    except ChildEnded:
        result(doing, "")
    try:
        outcome = f"You returned {_short(result(doing, ''))}."
    except Wrong as wrong:
        outcome = str(wrong)
    raise Wrong(f"{outcome} {early}")


def _expect(got: Any, wanted: bytes, why: str) -> None:
    """Raises Wrong if something else came."""
    if got != wanted:
        raise Wrong(f"{why}: return {wanted!r}, not {_short(got)}.")


def _deliver(reader: Child, sender: Child, data: bytes) -> None:
    """Send, and see to it that all has arrived: TCP takes its time."""
    sender.do("near.send(data)", data=data)
    reader.do(f"far.recv({len(data)}, socket.MSG_PEEK | socket.MSG_WAITALL)")


def _still_there(reader: Child, data: bytes) -> None:
    """Take what is there. Raises Wrong unless it is all that was sent."""
    left = _taken(reader)
    if left != data:
        raise Wrong(f"{data!r} should still be there after your function, and {left!r} is: it took bytes.")


def _taken(reader: Child) -> bytes:
    """What is still in the receive queue, and is no longer."""
    try:
        return bytes(reader.do("far.recv(100, socket.MSG_DONTWAIT)"))
    except BlockingIOError:
        return b""


def _is_non_blocking(sender: Child) -> bool:
    """Whether O_NONBLOCK is set on its socket `near`; it is busy, so the kernel is asked (proc_pid_fdinfo(5))."""
    number = next(n for n, link in sorted(sender.descriptors().items()) if link.startswith("socket:"))
    fields = Path(f"/proc/{sender.pid}/fdinfo/{number}").read_text().split()
    return bool(int(fields[fields.index("flags:") + 1], 8) & os.O_NONBLOCK)


def _compare_lines(buffer: bytes, got: Any) -> None:
    """Raises Wrong unless these are the complete lines of the buffer, and what is left."""
    *wanted, rest = buffer.split(b"\r\n")
    if not (isinstance(got, tuple) and len(got) == 2 and isinstance(got[0], list) and isinstance(got[1], bytes)):
        raise Wrong(f"Return a tuple, a list of lines and the rest, such as ([b'one'], b'tw'); not {_short(got)}.")
    if got == (wanted, rest):
        return
    said = f"take_lines({buffer!r}) is ({wanted!r}, {rest!r}), not {got!r}."
    found = got[0]
    if any(line.endswith(b"\r\n") for line in found):
        raise Wrong(f"{said} Return the lines without their ends.")
    if found == wanted:
        raise Wrong(f"{said} All that stands behind the last b'\\r\\n' is the rest, also half an end.")
    if [line for line in wanted if line] == found:
        raise Wrong(f"{said} An empty line is a line, too.")
    if found == wanted + [rest]:
        raise Wrong(f"{said} What has no end yet is no line: it is the rest.")
    if len(found) > len(wanted):
        raise Wrong(f"{said} Only b'\\r\\n' ends a line; a b'\\n' or a b'\\r' alone is a part of it.")
    raise Wrong(said)


def _compare_datagram(got: Any, data: bytes) -> None:
    """Raises Wrong unless this is the datagram."""
    if got == data:
        return
    if got == b"" and data:
        raise Wrong(
            "An empty datagram was received twice: it is still there. Python's recv(0) does not ask the kernel at all; "
            "ask for 1 byte at least."
        )
    if isinstance(got, bytes) and data.startswith(got):
        raise Wrong(f"A datagram of {len(data)} bytes came, and you returned the first {len(got)}: the rest is lost.")
    if isinstance(got, bytes) and len(got) == len(data):
        raise Wrong(f"You returned {len(data)} bytes, as were sent, but other ones: were they ever written?")
    if isinstance(got, bytes) and len(os.path.commonprefix([got, data])) >= 8:
        raise Wrong(
            f"A datagram of {len(data)} bytes came, and you returned its beginning and then other bytes: what one "
            "recv() has no room for is lost, and the next takes another datagram."
        )
    raise Wrong(f"A datagram of {len(data)} bytes should have come next, and you returned {_short(got)}.")


def _short(value: Any) -> str:
    """A value in words; of many bytes the beginning."""
    if isinstance(value, bytes) and len(value) > 40:
        return f"{value[:20]!r}... ({len(value)} bytes)"
    return repr(value)
