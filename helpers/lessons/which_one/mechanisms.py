"""Every way from one process to another that the course has met, as two ends that put and get a message.

One pair of loops serves them all, so a mechanism is only what its ends do. Loops written out for each one would save
Python a call a message (some hundredths of a microsecond) and were 700 lines. A mechanism is opened by one process,
which then forks the other: what both need is inherited, and no name has to stay.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import math
import mmap
import multiprocessing
import os
import platform
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from queue import SimpleQueue
from time import perf_counter_ns
from typing import Any, NamedTuple

from helpers.errors import CourseError
from helpers.fields.onc_rpc import Client, RecordReader, Server, framed
from helpers.ipc.doors import MAX_DATA, door_call, door_create
from helpers.lessons.which_one.measuring import tcp_pair

LARGEST, RECORD, DATAGRAM, QUEUED = 1 << 20, (1 << 20) - 64, 65535 - 20 - 8, 8192
"""Bytes of the longest message: of all; of an RPC record of 1 MiB without its headers; of a UDP datagram without those
of IPv4 and UDP; of a queue as Linux allows it unless its settings are changed (mq_overview(7), msgget(2))."""
UDP_BUFFER = 106_496
"""Bytes that are asked for; the kernel doubles them (socket(7)), and counts at most 1 KiB and twice its length for a
datagram: so many may be under way that half of the buffer is full."""
BLOCK, RING = 8192, 32 * 8192
"""Bytes that a ring makes known at once, and has room for: they stay in the cores' caches."""
SPACE = memoryview(bytearray(b"?" * LARGEST))
"""Where messages arrive in this process: touched before any clock runs."""
PROGRAM = 0x20000000
"""The first number of an RPC program that RFC 5531 (section 13) leaves to every user."""
CONTENT = (bytes(number * 167 % 251 for number in range(251)) * (LARGEST // 251 + 1))[:LARGEST]
"""What is sent: a pattern whose length, a prime number, goes into no block's: a block in a wrong place shows."""


Message = bytes | memoryview


class End(NamedTuple):
    """One process's side: send a message; wait for one of that size."""

    put: Callable[[Any], object]
    get: Callable[[int], Message]


Names = Mapping[str, Any]
"""Under which nothing is, for what two processes find by a name: "fifo", "door", two "queues", two "keys"."""
Ends = tuple[End, End]
"""The client's and the server's."""


class Mechanism(NamedTuple):
    """How it is opened, and what it cannot do."""

    shown: str
    """The notebook that has introduced it."""
    open: Callable[[Names], Ends]
    """Raises CourseError, OSError or ImportError where the machine lacks it."""
    largest: int = LARGEST
    room: float = math.inf
    """Bytes that may be under way, as `window` counts them; 0 where each message is answered before the next one."""
    batch: int = 1
    """Bytes that go together, if that is more than one message."""
    spins: bool = False
    """Whether its processes wait without sleeping."""
    round_trips: bool = True

    def window(self, size: int) -> float:
        """How many messages of that size may be under way before the receiver has to say that they have come."""
        return max(1, self.room / (1024 + 2 * size))


def ask(end: End, size: int, back: int, bursts: int, burst: int) -> int:
    """The client: in each burst so many messages, then an answer of `back` bytes. Nanoseconds."""
    (put, get), message = end, CONTENT[:size]
    SPACE[:size] = bytes(size)
    for turns, each in ((1, 1), (bursts, burst)):  # the first is the warm-up
        begin = perf_counter_ns()
        for _ in repeat(None, turns):
            for _ in repeat(None, each):
                put(message)
            reply = get(back)
        taken = perf_counter_ns() - begin
    check(reply, back)
    return taken


def answer(end: End, size: int, back: int, bursts: int, burst: int) -> None:
    """The server: takes each burst of messages, and sends so many bytes of the last one back."""
    put, get = end
    SPACE[:size] = bytes(size)
    for turns, each in ((1, 1), (bursts, burst)):
        for _ in repeat(None, turns):
            for _ in repeat(None, each):
                message = get(size)
            put(message[:back])
    check(message, size)


def check(came: Message, size: int) -> None:
    """Raises CourseError if these bytes are not the first of what is sent."""
    if bytes(came)[:size] != CONTENT[:size]:
        raise CourseError("what arrived is not what was sent")


def loops() -> str:
    """The source of the loops that the client and the server run, and of what a pipe's ends do in them."""
    return "\n\n".join(inspect.getsource(each).rstrip() for each in (ask, answer, by_descriptors))


def named_pipe(path: str) -> tuple[int, int]:
    """For both, reading and writing, a descriptor that does not wait for the other side to open it (fifo(7))."""
    os.mkfifo(path, 0o600)
    both = os.open(path, os.O_RDWR)
    os.unlink(path)
    return both, both


def crossed(request: tuple[int, int], reply: tuple[int, int]) -> Ends:
    return by_descriptors(reply[0], request[1]), by_descriptors(request[0], reply[1])


def by_descriptors(reading: int, writing: int) -> End:
    """read(2) and write(2), without Python's own buffers."""
    read_into = io.FileIO(reading, closefd=False).readinto

    def get(size: int) -> memoryview:
        got = read_into(SPACE[:size])
        while got < size:  # a stream keeps no boundaries: of a long message a part may come first
            got += read_into(SPACE[got:size])
        return SPACE[:size]

    return End(partial(os.write, writing), get)


def by_sockets(near: socket.socket, far: socket.socket) -> Ends:
    return by_socket(near), by_socket(far)


def by_socket(sock: socket.socket) -> End:
    """MSG_WAITALL: of a stream, the kernel wakes the reader once, when all of the message is there (recv(2))."""
    return End(sock.sendall, lambda size: SPACE[: sock.recv_into(SPACE, size, socket.MSG_WAITALL)])


def tcp(names: Names) -> Ends:
    """Over 127.0.0.1, without Nagle's algorithm, which would keep small messages back (tcp(7))."""
    sockets = tcp_pair()
    for sock in sockets:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return by_sockets(*sockets)


def udp(names: Names) -> Ends:
    """Over 127.0.0.1. Nobody makes the sender wait, so the receiver's word does, before the buffer is full."""
    near, far = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    for sock in (near, far):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER)
        sock.bind(("127.0.0.1", 0))
    near.connect(far.getsockname())
    far.connect(near.getsockname())
    return by_sockets(near, far)


def by_queues(library: str, new: str, names: Sequence[Any], *limits: int) -> Ends:
    """Of posix_ipc and sysv_ipc receive() returns the message with its priority, or its type."""
    module: Any = importlib.import_module(library)
    there, back = (module.MessageQueue(name, getattr(module, new), 0o600, *limits) for name in names)
    return End(there.send, lambda size: back.receive()[0]), End(back.send, lambda size: there.receive()[0])


Signal = tuple[Callable[[], object], Callable[[], object]]
"""To say that something is there, and to wait for it."""


def by_memory(signal: Callable[[], Signal]) -> Ends:
    """Shared memory: the message is copied without the kernel. There is room for one, in each direction."""
    there, back, (ask_it, hear), (reply, await_reply) = memory(LARGEST), memory(LARGEST), signal(), signal()
    return by_boxes(there, back, ask_it, await_reply), by_boxes(back, there, reply, hear)


def by_boxes(out: memoryview, into: memoryview, post: Callable[[], object], wait: Callable[[], object]) -> End:
    def put(message: bytes) -> None:
        out[: len(message)] = message
        post()

    def get(size: int) -> memoryview:
        wait()
        SPACE[:size] = into[:size]
        return SPACE[:size]

    return End(put, get)


def memory(size: int) -> memoryview:
    """What both processes see; touched, for the first touch of each page is the kernel's work."""
    made = memoryview(mmap.mmap(-1, size))
    made[:] = bytes(size)
    return made


def semaphore() -> Signal:
    """Of the standard library, which calls sem_open(3) and at once sem_unlink(3), so that nothing stays."""
    made = multiprocessing.get_context("fork").Semaphore(0)
    return made.release, made.acquire


def counter() -> Signal:
    descriptor = os.eventfd(0)
    return partial(os.eventfd_write, descriptor, 1), partial(os.eventfd_read, descriptor)


def flag() -> Signal:
    """A number: one side counts up, the other looks again and again until it has."""
    number, seen = number_in_order(), 0

    def post() -> None:
        number[0] += 1

    def wait() -> None:
        nonlocal seen
        seen += 1
        while number[0] < seen:
            pass

    return post, wait


def number_in_order() -> memoryview:
    """Raises CourseError where a core may see a later write first: Python has no barrier against that."""
    if platform.machine() not in ("x86_64", "AMD64"):
        raise CourseError(f"spinning from Python needs the order of writes of x86-64, and this is {platform.machine()}")
    return memory(mmap.PAGESIZE).cast("q")


def rings(batch: int) -> Ends:
    """A ring in shared memory for each direction: the sender runs ahead until it is full, and nobody sleeps."""
    there, back = ring(batch), ring(batch)
    return End(there.put, back.get), End(back.put, there.get)


def ring(batch: int) -> End:
    """Both ends of one direction. Messages are joined to blocks of `batch` bytes, which are copied as one."""
    places, put_in, taken_out = memory(2 * LARGEST), number_in_order(), number_in_order()
    sent = received = taken = there = 0

    def place(number: int, size: int) -> slice:
        begin = number % max(2, RING // size) * size
        return slice(begin, begin + size)

    def put(message: bytes) -> None:
        nonlocal sent, taken
        block = b"".join([message] * together(batch, len(message)))  # as many as a program has ready
        while sent - taken >= max(2, RING // len(block)):
            taken = taken_out[0]  # looked at only where it may matter: the other core has changed that cache line
        places[place(sent, len(block))] = block
        put_in[0] = sent = sent + 1

    def get(size: int) -> memoryview:
        nonlocal received, there
        length = size * together(batch, size)
        while received >= there:
            there = put_in[0]
        SPACE[:length] = places[place(received, length)]
        taken_out[0] = received = received + 1
        return SPACE[length - size : length]

    return End(put, get)


def together(batch: int, size: int) -> int:
    """How many messages of that size go together."""
    return max(1, batch // size)


def onc_rpc(names: Names) -> Ends:
    """RFC 5531 over TCP, with the course's own encoding and record marking. What comes goes back."""
    near, far = tcp_pair()
    caller, program, came, answers = Client(PROGRAM, 1), Server(), list[bytes](), list[bytes]()
    results, calls = map(caller.results, records(near)), records(far)

    def echo(arguments: bytes) -> bytes:
        came.append(arguments)
        return arguments

    def get(size: int) -> bytes:
        answers.append(framed(program.handle(next(calls)) or b""))
        return came.pop()

    program.register(PROGRAM, 1, {1: echo})
    call = End(lambda message: near.sendall(framed(caller.call(1, message))), lambda size: next(results) or b"")
    return call, End(lambda message: far.sendall(answers.pop()), get)


def records(sock: socket.socket) -> Iterator[bytes]:
    """The records that come, one after the other."""
    reader = RecordReader()
    while data := sock.recv(LARGEST):
        yield from reader.feed(data)


def door(names: Names) -> Ends:
    """The emulation of Solaris doors: for each call a connection, and a thread of the server. What comes goes back."""
    came, calls = SimpleQueue[bytes](), SimpleQueue[bytes]()

    def function(argument: bytes, descriptors: list[int], caller: object) -> bytes:
        came.put(argument)
        return argument

    AFTER_FORK.append(lambda: door_create(function, names["door"]))
    call = End(calls.put, lambda size: door_call(names["door"], calls.get()).data)
    return call, End(lambda message: None, lambda size: came.get())


AFTER_FORK: list[Callable[[], object]] = []
"""What the server begins by: fork(2) copies no threads."""


def unix(kind: socket.SocketKind, names: Names) -> Ends:
    return by_sockets(*socket.socketpair(socket.AF_UNIX, kind))


MECHANISMS = {
    "pipe": Mechanism("02", lambda names: crossed(os.pipe(), os.pipe())),
    "FIFO": Mechanism("02", lambda names: crossed(named_pipe(names["fifo"]), named_pipe(names["fifo"]))),
    "POSIX queue": Mechanism("02", lambda names: by_queues("posix_ipc", "O_CREX", names["queues"], 10, QUEUED), QUEUED),
    "System V queue": Mechanism("02", lambda names: by_queues("sysv_ipc", "IPC_CREX", names["keys"], QUEUED), QUEUED),
    "Unix stream": Mechanism("10", partial(unix, socket.SOCK_STREAM)),
    "Unix datagram": Mechanism("10", partial(unix, socket.SOCK_DGRAM), 65536),
    "Unix seqpacket": Mechanism("10", partial(unix, socket.SOCK_SEQPACKET), 65536),
    "TCP": Mechanism("11", tcp),
    "UDP": Mechanism("10", udp, DATAGRAM, UDP_BUFFER),
    "memory + semaphore": Mechanism("03", lambda names: by_memory(semaphore), room=0),
    "memory + eventfd": Mechanism("01", lambda names: by_memory(counter), room=0),
    "memory + spinning": Mechanism("16", lambda names: by_memory(flag), room=0, spins=True),
    "memory + ring": Mechanism("16", lambda names: rings(BLOCK), batch=BLOCK, spins=True, round_trips=False),
    "memory + unbatched ring": Mechanism("16", lambda names: rings(1), spins=True, round_trips=False),
    "ONC RPC": Mechanism("05", onc_rpc, RECORD, room=0),
    "door": Mechanism("05", door, MAX_DATA, room=0),
}
"""In the order of the course. The name of each one of shared memory says how the other learns of a message."""


def open_all(names: Names) -> dict[str, Ends]:
    """The ends of each mechanism that this machine has; of the others the tables say "-"."""
    opened = {}
    for name, mechanism in MECHANISMS.items():
        with contextlib.suppress(Exception):  # whatever it is, the others are measured
            opened[name] = mechanism.open(names)
    return opened
