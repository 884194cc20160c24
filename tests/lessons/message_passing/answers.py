"""Answers to the exercises of notebook 02."""

from __future__ import annotations

import os
import struct
from typing import Any

from helpers.ipc import Child
from tests.lessons.table import Tried, solutions

SOLVED = solutions("02")


def names_all_that_have_the_pipe(pipe: str, processes: list[Child]) -> list[str]:
    return [process.name for process in processes if pipe in process.descriptors().values()]


def names_the_first_only(pipe: str, processes: list[Child]) -> list[str]:
    return SOLVED["keep_waiting"](pipe, processes)[:1]


def names_all_writers(pipe: str, processes: list[Child]) -> list[str]:
    return [
        process.name
        for process in processes
        for link in set(process.descriptors().values())
        if link.startswith("pipe:") and process.name in SOLVED["keep_waiting"](link, processes)
    ]


def returns_processes(pipe: str, processes: list[Child]) -> list[Child]:
    return processes


def reads_once(r: int) -> bytes | None:
    header = os.read(r, 4)
    return os.read(r, struct.unpack("!I", header)[0]) if header else None


def reads_the_body_once(r: int) -> bytes | None:
    header = os.read(r, 4)
    while header and len(header) < 4:
        header += os.read(r, 4 - len(header))
    return os.read(r, struct.unpack("!I", header)[0]) if header else None


def takes_empty_for_the_end(r: int) -> bytes | None:
    header = os.read(r, 4)
    return os.read(r, struct.unpack("!I", header)[0]) or None


def ends_its_process(r: int) -> None:
    os._exit(1)


def waits_for_a_reader(path: str) -> int:
    return os.open(path, os.O_WRONLY)


def fails_without_a_reader(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_NONBLOCK)


def closes_its_own_reader(path: str) -> int:
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(path, os.O_WRONLY)
    os.close(reading)
    return writing


def opens_for_reading(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def writes_something_first(path: str) -> int:
    descriptor = os.open(path, os.O_RDWR)
    os.write(descriptor, b"hello")
    return descriptor


def opens_for_both(path: str) -> int:
    return os.open(path, os.O_RDWR)


def takes_the_oldest(queue: Any) -> bytes:
    return queue.receive()[0]


def waits_when_empty(queue: Any) -> bytes:
    return queue.receive(type=-3)[0]


def fails_when_empty(queue: Any) -> bytes:
    return queue.receive(type=-3, block=False)[0]


def returns_the_type_too(queue: Any) -> tuple[bytes, int]:
    return queue.receive(type=-3)


def says_empty_when_empty(queue: Any) -> bytes:
    return queue.receive(type=-3)[0] if queue.current_messages else b""


def sends_urgency_as_priority(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority=urgency)


def sends_without_priority(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text)


def sends_a_negative_priority(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority=-urgency)


def sends_twice(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority=3 - urgency)
    queue.send(text, priority=3 - urgency)


def sends_the_urgent_only(queue: Any, urgency: int, text: bytes) -> None:
    if urgency == 1:
        queue.send(text)


def by_what_it_may_write(pipe: str, processes: list[Child]) -> tuple[str, ...]:
    """Through the links' own permissions: those of /proc/PID/fd say how a descriptor is open (proc_pid_fd(5))."""
    found = set()
    for process in processes:
        for number, link in process.descriptors().items():
            if link == pipe and os.lstat(f"/proc/{process.pid}/fd/{number}").st_mode & 0o200:
                found.add(process.name)
    return tuple(found)


def unbuffered_file(r: int) -> bytes | None:
    file = os.fdopen(r, "rb", buffering=0, closefd=False)

    def read(count: int) -> bytes:
        data = b""
        while len(data) < count and (more := file.read(count - len(data))):
            data += more
        return data

    header = read(4)
    if len(header) < 4:
        return None
    body = read(struct.unpack("!I", header)[0])
    return body if len(body) == struct.unpack("!I", header)[0] else None


def one_byte_after_the_other(r: int) -> bytes | None:
    data, wanted = b"", 4
    while len(data) < wanted and (byte := os.read(r, 1)):
        data += byte
        wanted = 4 + int.from_bytes(data[:4], "big") if len(data) == 4 else wanted
    return data[4:] if len(data) >= 4 and len(data) == wanted else None


def buffered_file(r: int) -> bytes:
    file = os.fdopen(r, "rb", closefd=False)
    return file.read(struct.unpack("!I", file.read(4))[0])


def spins_in_a_message(r: int) -> bytes | None:
    header = os.read(r, 4)
    while 0 < len(header) < 4:
        header += os.read(r, 4 - len(header))
    data = b""
    while header and len(data) < struct.unpack("!I", header)[0]:
        data += os.read(r, struct.unpack("!I", header)[0] - len(data))
    return data if header else None


def returns_a_part(r: int) -> bytes | None:
    header = os.read(r, 4)
    while 0 < len(header) < 4:
        header += os.read(r, 4 - len(header))
    data, more = b"", header
    while more and len(data) < struct.unpack("!I", header)[0]:
        more = os.read(r, struct.unpack("!I", header)[0] - len(data))
        data += more
    return data if header else None


def keeps_a_reading_child(path: str) -> int:
    if os.fork() == 0:
        os.open(path, os.O_RDONLY)
        __import__("time").sleep(20)
        os._exit(0)
    return os.open(path, os.O_WRONLY)


def by_three_types(queue: Any) -> bytes | None:
    import sysv_ipc

    for kind in (1, 2, 3):
        try:
            return queue.receive(type=kind, block=False)[0]
        except sysv_ipc.BusyError:
            continue
    return None


def looks_first(queue: Any) -> bytes | None:
    return queue.receive(type=-100)[0] if queue.current_messages else None


def from_a_table(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, priority={1: 30, 2: 20, 3: 10}[urgency])


def without_waiting(queue: Any, urgency: int, text: bytes) -> None:
    queue.send(text, timeout=0, priority=100 // urgency)


TRIED = [
    Tried("02.1", SOLVED["keep_waiting"], "passed", "returned b''"),
    Tried("02.1", by_what_it_may_write, "passed", ""),
    Tried("02.1", lambda *given: tuple(reversed(SOLVED["keep_waiting"](*given))), "passed", ""),
    Tried("02.1", lambda *given: [], "wrong", "You named none. Without them the reader still waits"),
    Tried("02.1", names_all_that_have_the_pipe, "wrong", "does not wait for listener, which has no writing end"),
    Tried("02.1", names_the_first_only, "wrong", "Without them the reader still waits"),
    Tried("02.1", names_all_writers, "wrong", "does not wait for stranger"),
    Tried("02.1", returns_processes, "wrong", "Return a list of names out of careless, copier, listener, stranger"),
    Tried("02.1", lambda pipe, processes: "copier", "wrong", "you returned 'copier'"),
    Tried("02.2", SOLVED["receive_message"], "passed", "the end is None"),
    Tried("02.2", unbuffered_file, "passed", ""),
    Tried("02.2", one_byte_after_the_other, "passed", ""),
    Tried("02.2", reads_once, "wrong", "Your code raised error: unpack requires a buffer of 4 bytes, in "),
    Tried("02.2", reads_the_body_once, "wrong", "When 6 bytes of 8, length included, had come, your function had"),
    Tried("02.2", takes_empty_for_the_end, "wrong", "expected b'', got None"),
    Tried("02.2", buffered_file, "wrong", "A message of 0 bytes is in the pipe, whole", hangs=True),
    Tried("02.2", spins_in_a_message, "wrong", "All writers closed in the middle of a message, and", hangs=True),
    Tried("02.2", returns_a_part, "wrong", "in the middle of a message: expected None, got b'cut'"),
    Tried("02.2", ends_its_process, "wrong", "Your code ended the process"),
    Tried("02.2", b"one", "wrong", "Hand over the function itself"),
    Tried("02.3", SOLVED["open_for_writing"], "passed", "waited in the pipe"),
    Tried("02.3", opens_for_both, "passed", ""),
    Tried("02.3", keeps_a_reading_child, "passed", ""),
    Tried("02.3", waits_for_a_reader, "wrong", "open() waits until another process opens the FIFO", hangs=True),
    Tried("02.3", fails_without_a_reader, "wrong", "Your code raised OSError: [Errno 6]"),
    Tried("02.3", closes_its_own_reader, "wrong", "EPIPE: no process has the FIFO open for reading any more"),
    Tried("02.3", opens_for_reading, "wrong", "write() to your descriptor failed: Bad file descriptor"),
    Tried("02.3", writes_something_first, "wrong", "expected b'early', got b'helloearly'"),
    Tried("02.4", SOLVED["next_job"], "passed", "The lowest type came first"),
    Tried("02.4", by_three_types, "passed", ""),
    Tried("02.4", looks_first, "passed", ""),
    Tried("02.4", takes_the_oldest, "wrong", "Call 1, with 6 jobs in the queue: expected b'fire', got b'sweep'"),
    Tried("02.4", waits_when_empty, "wrong", "0 jobs are in the queue, and your function waits in call 7", hangs=True),
    Tried("02.4", fails_when_empty, "wrong", "Your code raised BusyError"),
    Tried("02.4", returns_the_type_too, "wrong", "expected b'fire', got (b'fire', 1)"),
    Tried("02.4", says_empty_when_empty, "wrong", "with 0 jobs in the queue: expected None, got b''"),
    Tried("02.5", SOLVED["send_job"], "passed", "The highest priority came first"),
    Tried("02.5", from_a_table, "passed", ""),
    Tried("02.5", without_waiting, "passed", ""),
    Tried("02.5", sends_urgency_as_priority, "wrong", "expected [b'fire', b'flood', b'cook'"),
    Tried("02.5", sends_without_priority, "wrong", "got [b'sweep', b'cook'"),
    Tried("02.5", sends_a_negative_priority, "wrong", "Your code raised ValueError"),
    Tried("02.5", sends_twice, "wrong", "Your function waits with the job b'weed'", hangs=True),
    Tried("02.5", sends_the_urgent_only, "wrong", "after all jobs were sent: expected 6, got 2"),
]
