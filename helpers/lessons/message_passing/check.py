"""Checkers of notebook 02: each runs the reader's function among real processes and looks at what comes of it."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Callable, Sequence
from typing import Any

from helpers.ipc import Child, Doing, if_supported, scratch
from helpers.study.checking import Unavailable, Wrong, exercise
from helpers.study.own_process import name_of, result, running

_FAMILY = {
    "reader": "os.close(w)",
    "careless": "",
    "copier": "copy = os.dup(w); os.close(w); os.close(r)",
    "listener": "os.close(w)",
    "stranger": "os.dup2(other_w, w); os.close(r)",
}
"""What each of a family does with the descriptors that it got: a pipe's r and w, and the end of another pipe."""

_INNOCENT = {
    "listener": "It can only read from the pipe. How is its descriptor open?",
    "stranger": "It writes into another pipe. A descriptor's number says nothing: compare where it leads.",
}

_SYSTEM_V_QUEUE = """
import sysv_ipc
queue = sysv_ipc.MessageQueue(made, sysv_ipc.IPC_CREX)
"""
_POSIX_QUEUE = """
import posix_ipc
queue = posix_ipc.MessageQueue(made, posix_ipc.O_CREX, max_messages=6, max_message_size=64)
"""
_JOBS = ((3, b"sweep"), (2, b"cook"), (1, b"fire"), (3, b"weed"), (1, b"flood"), (2, b"wash"))
_IN_ORDER = [b"fire", b"flood", b"cook", b"wash", b"sweep", b"weed"]


@exercise("02.1", "who keeps the reader waiting")
def forgotten_descriptors(keep_waiting: Callable[[str, list[Child]], Sequence[str]]) -> str:
    """The processes that are named are ended: then the reader must come to the end of its pipe."""
    with Child("parent") as parent:
        parent.do("(r, w), (_, other_w) = os.pipe(), os.pipe()")
        family = {name: parent.fork(name) for name in _FAMILY}
        for name, own in _FAMILY.items():
            family[name].do(f"{own}\nos.close(other_w)")
        parent.do("os.close(w)")
        reader = family.pop("reader")
        pipe = reader.do("os.readlink(f'/proc/self/fd/{r}')")
        reading = reader.start("os.read(r, 100)")
        named = _names(keep_waiting(pipe, list(family.values())), list(family))
        for name in named:
            if name in _INNOCENT:
                raise Wrong(f"The reader does not wait for {name}. {_INNOCENT[name]}")
            family[name].kill()
            family[name].wait()
        if reading.blocked() and not named:
            raise Wrong("You named none, and the reader still waits: somebody can still write.")
        if reading.blocked():
            raise Wrong("The processes that you named were ended, and the reader still waits: another one can write.")
    return "The processes that you named were ended, no other, and the reader's os.read() returned b''."


@exercise("02.2", "messages through a pipe")
def framed_messages(receive_message: Callable[[int], bytes | None]) -> str:
    """A sender writes messages after their lengths, the last in pieces; the reader's function must get each whole."""
    name = name_of(receive_message)
    with running(receive_message) as receiver:
        receiver.do("r, w = os.pipe()")
        sender = receiver.fork("sender")
        receiver.do("os.close(w)")
        sender.do("os.write(w, data)", data=_framed(b"one") + _framed(b"") + _framed(b"two"))
        for message in (b"one", b"", b"two"):
            doing = receiver.start(f"{name}(r)")
            got = result(
                doing,
                f"{message!r} is in the pipe, and your function waits: it, or the call before it, took too much, "
                "or asks for more than there is (check the byte order).",
            )
            _compare(got, message)
        _deliver_in_pieces(sender, receiver.start(f"{name}(r)"), b"slow")
        sender.do("os.close(w)")
        doing = receiver.start(f"{name}(r)")
        got = result(
            doing, "All writers have closed, and your function does not end: os.read() returns b'' then, each time."
        )
        if got is not None:
            raise Wrong(f"All writers have closed: return None, not {got!r}.")
    return "Three messages from one write came out apart, and one that came in pieces came out whole."


@exercise("02.3", "a FIFO opened before its reader")
def fifo_without_a_reader(open_for_writing: Callable[[str], int]) -> str:
    """No reader is there; what is written must reach the one that comes later."""
    path = scratch.path("exercise-02.3")
    os.mkfifo(path, 0o600)
    with running(open_for_writing) as writer, Child("late reader") as reader:
        doing = writer.start(f"fd = {name_of(open_for_writing)}(path)", path=path)
        try:
            result(doing, "Your function waits, for somebody who opens the FIFO for reading. Who could that be?")
        except Wrong as wrong:
            if isinstance(raised := wrong.__context__, OSError) and raised.errno == errno.ENXIO:
                raise Wrong("Your function got ENXIO: a writer needs a reader. Who could it be?") from None
            raise
        if not writer.do("isinstance(fd, int)"):
            raise Wrong("Return the descriptor, a number, which os.open() returns.")
        if not stat.S_ISFIFO(result(writer.start("os.fstat(fd).st_mode"), "")):
            raise Wrong("The descriptor does not lead to a FIFO.")
        try:
            writer.do("os.write(fd, b'early')")
        except BrokenPipeError:
            raise Wrong("EPIPE: nobody has the FIFO open for reading any more. Keep your own reading end.") from None
        except OSError as error:
            raise Wrong(f"The descriptor cannot be written to: {error.strerror}.") from None
        got = result(
            reader.start("os.read(os.open(path, os.O_RDONLY), 100)", path=path), "The late reader got nothing."
        )
        if got != b"early":
            raise Wrong(f"b'early' was written before the reader came, and the reader got {got!r}.")
    return "The bytes waited in the pipe until the reader came."


@exercise("02.4", "urgent jobs first, from a System V queue")
def urgent_by_type(next_job: Callable[[Any], bytes | None]) -> str:
    """Jobs of types 1 to 3; each call must take the one with the lowest type, and None when there is none."""
    name = name_of(next_job)
    with running(next_job) as worker:
        _make(worker, "System V message queues", _SYSTEM_V_QUEUE, scratch.key("exercise-02.4"))
        for urgency, text in _JOBS:
            worker.do("queue.send(text, type=urgency)", text=text, urgency=urgency)
        for expected in _IN_ORDER:
            doing = worker.start(f"{name}(queue)")
            got = result(
                doing, f"{expected!r} is in the queue, and your function waits: it asks for a type that no job has."
            )
            _compare_job(got, expected)
        doing = worker.start(f"{name}(queue)")
        got = result(doing, "The queue is empty, and your function waits. What does block=False do?")
        if got is not None:
            raise Wrong(f"The queue is empty: return None, not {got!r}.")
    return "The lowest type came first, and jobs of one type in the order in which they were sent."


@exercise("02.5", "urgent jobs first, from a POSIX queue")
def urgent_by_priority(send_job: Callable[[Any, int, bytes], None]) -> str:
    """Jobs of urgency 1 (first) to 3 (last), sent by the reader's function; receive() must return them in order."""
    name = name_of(send_job)
    with running(send_job) as sender:
        _make(sender, "POSIX message queues", _POSIX_QUEUE, scratch.name("exercise-02.5"))
        for urgency, text in _JOBS:
            doing = sender.start(f"{name}(queue, urgency, text)", urgency=urgency, text=text)
            result(doing, "Your function waits: the queue is full. Send each job once.")
        if (count := sender.do("queue.current_messages")) != len(_JOBS):
            raise Wrong(f"{len(_JOBS)} jobs were sent with your function, and {count} are in the queue.")
        for expected in _IN_ORDER:
            _compare_job(sender.do("queue.receive()[0]"), expected)
    return "The highest priority came first, and jobs of one priority in the order in which they were sent."


def _make(child: Child, what: str, code: str, made: int | str) -> None:
    """Have a process make a queue. Raises Unavailable where the machine has none."""
    done = False
    with if_supported(what):
        child.do(code, made=made)
        done = True
    if not done:
        raise Unavailable(f"it gives us no {what}.")


def _names(named: object, known: list[str]) -> list[str]:
    """The names of processes that a reader returned. Raises Wrong if they are none."""
    if not isinstance(named, list | tuple | set | frozenset) or not all(name in known for name in named):
        raise Wrong(f"Return a list of names out of {', '.join(known)}; you returned {named!r}.")
    return sorted(named)


def _framed(message: bytes) -> bytes:
    return struct.pack("!I", len(message)) + message


def _compare(got: Any, message: bytes) -> None:
    """Raises Wrong if a message did not come out as it was sent."""
    if got == message:
        return
    if got is None:
        raise Wrong(f"{message!r} is in the pipe, and you returned None. An empty message is a message too.")
    if isinstance(got, bytes) and got.startswith(_framed(message)[:4]):
        raise Wrong(f"Return the message without its length: {message!r}, not {got!r}.")
    if isinstance(got, bytes) and got.startswith(message) and message:
        raise Wrong(f"You returned {got!r}: that is {message!r} and some bytes of what comes after it.")
    raise Wrong(f"{message!r} was sent, and you returned {got!r}.")


def _deliver_in_pieces(sender: Child, receiving: Doing, message: bytes) -> None:
    """Send it while the reader's function waits for more. Raises Wrong if it does not wait, or gets something else."""
    data = _framed(message)
    for came, piece in (
        ("nothing of a message", data[:2]), ("a part of the length", data[2:6]), ("a part of a message", data[6:]),
    ):  # fmt: skip
        if not receiving.blocked():
            raise Wrong(f"{_outcome(receiving)} By then {came} had come. Read on until all has come.")
        sender.do("os.write(w, piece)", piece=piece)
    _compare(result(receiving, "A message came in pieces, and your function waits for more than was sent."), message)


def _outcome(doing: Doing) -> str:
    """What the reader's function, which has ended, returned or raised."""
    try:
        return f"You returned {result(doing, '')!r}."
    except Wrong as wrong:
        return str(wrong)


def _compare_job(got: Any, expected: bytes) -> None:
    """Raises Wrong if another job came than the most urgent one that has waited longest."""
    if got == expected:
        return
    if got == expected.decode():
        raise Wrong(f"Return bytes, as they came: {expected!r}, not {got!r}.")
    if isinstance(got, tuple):
        raise Wrong(f"Return the text of the job alone, not {got!r}.")
    if got is None:
        raise Wrong(f"You returned None, and {expected!r} is still in the queue.")
    raise Wrong(f"{expected!r} should come next, and {got!r} came: jobs are sent as {_listed()}.")


def _listed() -> str:
    return ", ".join(f"{text.decode()} ({urgency})" for urgency, text in _JOBS)
