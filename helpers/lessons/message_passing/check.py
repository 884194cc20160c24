"""Checkers of notebook 02: each runs the reader's function among real processes and looks at what comes of it.

The functions run in a process of their own, since most wrong answers wait for ever or read what is not theirs.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable, Sequence
from typing import Any

from helpers.ipc import Child, Doing, if_supported, scratch
from helpers.study.checking import Unavailable, Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running

FAMILY = {
    "reader": "os.close(w)",
    "careless": "",
    "copier": "copy = os.dup(w); os.close(w); os.close(r)",
    "listener": "os.close(w)",
    "stranger": "os.dup2(other_w, w); os.close(r)",
}
"""What each of a family does with the descriptors that it got: a pipe's r and w, and the end of another pipe."""
WRITERS = {"careless", "copier"}

SYSTEM_V_QUEUE = "import sysv_ipc; queue = sysv_ipc.MessageQueue(made, sysv_ipc.IPC_CREX)"
POSIX_QUEUE = """
import posix_ipc
queue = posix_ipc.MessageQueue(made, posix_ipc.O_CREX, max_messages=6, max_message_size=64)
"""
JOBS = ((3, b"sweep"), (2, b"cook"), (1, b"fire"), (3, b"weed"), (1, b"flood"), (2, b"wash"))
IN_ORDER = [b"fire", b"flood", b"cook", b"wash", b"sweep", b"weed"]
SENT = f"The jobs were sent in this order, with their urgencies: {', '.join(f'{text!r} {n}' for n, text in JOBS)}."


@exercise("02.1", "who keeps the reader waiting")
def forgotten_descriptors(keep_waiting: Callable[[str, list[Child]], Sequence[str]]) -> str:
    """The processes that are named are ended: then the reader must come to the end of its pipe."""
    with Child("parent") as parent:
        parent.do("(r, w), (_, other_w) = os.pipe(), os.pipe()")
        family = {name: parent.fork(name) for name in FAMILY}
        for name, own in FAMILY.items():
            family[name].do(f"{own}\nos.close(other_w)")
        parent.do("os.close(w)")
        reader = family.pop("reader")
        pipe = reader.do("os.readlink(f'/proc/self/fd/{r}')")
        reading = reader.start("os.read(r, 100)")
        named = keep_waiting(pipe, list(family.values()))
        if isinstance(named, str) or not set(named) <= set(family):
            raise Wrong(f"Return a list of names out of {', '.join(family)}; you returned {named!r}.")
        for name in sorted(set(named) - WRITERS):
            raise Wrong(f"The reader does not wait for {name}, which has no writing end of this pipe.")
        for name in named:
            family[name].kill()
            family[name].wait()
        if reading.blocked():
            raise Wrong(f"You named {', '.join(named) or 'none'}. Without them the reader still waits.")
        expect(reading.result(), b"", "what the reader's os.read() returned")
    return "The processes that you named were ended, no other, and the reader's os.read() returned b''."


@exercise("02.2", "messages through a pipe")
def framed_messages(receive_message: Callable[[int], bytes | None]) -> str:
    """A sender writes messages after their lengths, one of them in pieces; the reader's function must get each whole.
    The writers close once between two messages and once in the middle of one."""
    with running(receive_message) as receiver:
        receiver.do("r, w = os.pipe()")
        sender = receiver.fork("sender")
        receiver.do("os.close(w)")
        call = f"{name_of(receive_message)}(r)"
        sender.do("os.write(w, data)", data=b"".join(map(framed, (b"one", b"", b"two"))))
        for message in (b"one", b"", b"two"):
            waits = f"A message of {len(message)} bytes is in the pipe, whole, and your function still waits."
            expect(result(receiver.start(call), waits), message, f"a message of {len(message)} bytes, in one piece")
        deliver_in_pieces(sender, receiver.start(call), framed(b"slow"))
        sender.do("os.write(w, data)", data=framed(b"cut off")[:7])
        sender.do("os.close(w)")
        for case in ("all writers closed in the middle of a message", "all writers have closed"):
            waits = f"{case.capitalize()}, and your function does not end: os.read() returns b'' then, each time."
            expect(result(receiver.start(call), waits), None, case)
    return "Three messages from one write came out apart, one that came in pieces came out whole, and the end is None."


@exercise("02.3", "a FIFO opened before its reader")
def fifo_without_a_reader(open_for_writing: Callable[[str], int]) -> str:
    """No reader is there; what is written must reach the one that comes later."""
    path = scratch.path("exercise-02.3")
    os.mkfifo(path, 0o600)
    with running(open_for_writing) as writer, Child("late reader") as reader:
        doing = writer.start(f"fd = {name_of(open_for_writing)}(path)", path=path)
        result(doing, "Your function waits: without O_NONBLOCK, open() waits until another process opens the FIFO.")
        if not writer.do("isinstance(fd, int)") or not stat.S_ISFIFO(result(writer.start("os.fstat(fd).st_mode"), "")):
            raise Wrong("Return the number that os.open() returns for this FIFO.")
        try:
            writer.do("os.write(fd, b'early')")
        except BrokenPipeError:
            raise Wrong("write() failed with EPIPE: no process has the FIFO open for reading any more.") from None
        except OSError as error:
            raise Wrong(f"write() to your descriptor failed: {error.strerror}.") from None
        reading = reader.start("os.read(os.open(path, os.O_RDONLY), 100)", path=path)
        expect(result(reading, "The late reader got nothing."), b"early", "what the late reader got")
    return "The bytes waited in the pipe until the reader came."


@exercise("02.4", "urgent jobs first, from a System V queue")
def urgent_by_type(next_job: Callable[[Any], bytes | None]) -> str:
    """Jobs of types 1 to 3; each call must take the one with the lowest type, and None when there is none."""
    with running(next_job) as worker:
        make(worker, "System V message queues", SYSTEM_V_QUEUE, scratch.key("exercise-02.4"))
        for urgency, text in JOBS:
            worker.do("queue.send(text, type=urgency)", text=text, urgency=urgency)
        for place, wanted in enumerate((*IN_ORDER, None), 1):
            left = len(JOBS) + 1 - place
            doing = worker.start(f"{name_of(next_job)}(queue)")
            got = result(doing, f"{left} jobs are in the queue, and your function waits in call {place}.")
            expect(got, wanted, f"call {place}, with {left} jobs in the queue", SENT)
    return "The lowest type came first, and jobs of one type in the order in which they were sent."


@exercise("02.5", "urgent jobs first, from a POSIX queue")
def urgent_by_priority(send_job: Callable[[Any, int, bytes], None]) -> str:
    """Jobs of urgency 1 (first) to 3 (last), sent by the reader's function; receive() must return them in order."""
    with running(send_job) as sender:
        make(sender, "POSIX message queues", POSIX_QUEUE, scratch.name("exercise-02.5"))
        for urgency, text in JOBS:
            doing = sender.start(f"{name_of(send_job)}(queue, urgency, text)", urgency=urgency, text=text)
            result(doing, f"Your function waits with the job {text!r}: the queue has room for {len(JOBS)} messages.")
        expect(sender.do("queue.current_messages"), len(JOBS), "messages in the queue after all jobs were sent")
        received = [sender.do("queue.receive()[0]") for _ in JOBS]
        expect(received, IN_ORDER, "the jobs as receive() returned them", SENT)
    return "The highest priority came first, and jobs of one priority in the order in which they were sent."


def make(child: Child, what: str, code: str, made: int | str) -> None:
    """Have a process make a queue. Raises Unavailable where the machine has none."""
    done = False
    with if_supported(what):
        child.do(code, made=made)
        done = True
    if not done:
        raise Unavailable(f"it gives us no {what}.")


def framed(message: bytes) -> bytes:
    """The message behind its length."""
    return struct.pack("!I", len(message)) + message


def deliver_in_pieces(sender: Child, receiving: Doing, data: bytes) -> None:
    """Send it while the reader's function waits for more. Raises Wrong if it does not wait, or gets something else."""
    for begin, end in ((0, 2), (2, 6), (6, len(data))):
        if not receiving.blocked():
            came = f"{begin} bytes of {len(data)}, length included, had come"
            got = result(receiving, "")
            raise Wrong(f"When {came}, your function had returned {got!r}. Read on until all has come.")
        sender.do("os.write(w, piece)", piece=data[begin:end])
    got = result(receiving, "A message came in pieces, and your function still waits.")
    expect(got, data[4:], "a message in pieces")
