"""The twin in C: built by this machine's compiler, called with the descriptors that Python has opened."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from helpers.lessons.which_one.mechanisms import LARGEST, Lost, Mechanism
from helpers.lessons.which_one.mechanisms.base import SPACE
from helpers.lessons.which_one.mechanisms.datagrams import UnixDatagram
from helpers.lessons.which_one.mechanisms.queues import PosixQueue, SystemVQueue
from helpers.lessons.which_one.mechanisms.rings import Ring
from helpers.lessons.which_one.mechanisms.shared_memory import EventCounter, Semaphore, Spinning
from helpers.lessons.which_one.mechanisms.streams import Pipe, UnixStream

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

SOURCE = Path(__file__).with_suffix(".c")
COMPILER = "cc"
OPTIONS = ("-O2", "-shared", "-fPIC")
LIBRARIES = ("-lrt", "-pthread")
"""mq_overview(7) and sem_overview(7): needed with a C library older than glibc 2.34."""


class NoTwin(Exception):
    """The twin cannot be had here; the message says why in a sentence."""


def build(folder: str) -> str:
    """Compile it into a folder; the library's path. Raises NoTwin."""
    if shutil.which(COMPILER) is None:
        raise NoTwin(f"this machine has no C compiler: there is no program {COMPILER}")
    library = os.path.join(folder, "twin.so")
    made = subprocess.run([COMPILER, *OPTIONS, "-o", library, str(SOURCE), *LIBRARIES], capture_output=True, text=True)
    if made.returncode:
        said = made.stderr.strip().splitlines() or ["nothing"]
        raise NoTwin(f"this machine's C compiler cannot build {SOURCE.name}; it says: {said[0]}")
    return library


class Loops(Protocol):
    """What both languages have: the four loops of a mechanism (`helpers.lessons.which_one.mechanisms.base`)."""

    def ask(self, message: bytes, times: int) -> ReadableBuffer: ...
    def answer(self, size: int, times: int) -> None: ...
    def send(self, message: bytes, times: int) -> None: ...
    def receive(self, size: int, times: int) -> ReadableBuffer: ...


class _End(ctypes.Structure):
    """struct end in twin.c."""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("out", ctypes.c_int),
        ("in_", ctypes.c_int),
        ("server", ctypes.c_int),
        ("out_box", ctypes.c_void_p),
        ("in_box", ctypes.c_void_p),
        ("post", ctypes.c_void_p),
        ("wait", ctypes.c_void_p),
        ("capacity", ctypes.c_long),
        ("space", ctypes.c_void_p),
    ]


class _Ring(ctypes.Structure):
    """struct ring in twin.c."""

    _fields_ = [
        ("bytes", ctypes.c_void_p),
        ("room", ctypes.c_long),
        ("put_in", ctypes.c_void_p),
        ("taken_out", ctypes.c_void_p),
    ]


DESCRIPTORS, STREAM_SOCKET, POSIX_QUEUE, SYSTEM_V_QUEUE, SEMAPHORE, EVENT_COUNTER, SPINNING = range(7)
"""enum kind in twin.c."""


ARRIVE = ctypes.c_char.from_buffer(SPACE)
"""The twin's messages arrive in the same memory as Python's."""


class Twin:
    """The built library."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(path)
        self._made: dict[str, Loops] = {}

    def loops(self, mechanism: Mechanism) -> Loops:
        """The loops of this mechanism. Raises NoTwin where C has none."""
        if mechanism.name not in self._made:
            made = _RingLoops(self, mechanism) if isinstance(mechanism, Ring) else _EndLoops(self, mechanism)
            self._made[mechanism.name] = made
        return self._made[mechanism.name]

    def system_calls(self, times: int) -> None:
        """So many calls of getppid(2), which does next to nothing."""
        self.library.system_calls(ctypes.c_long(times))

    def call(self, function: str, end: ctypes.Structure, *arguments: Any) -> None:
        """Run a loop. Raises Lost or OSError."""
        numbers = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
        number = self.library[function](ctypes.byref(end), *numbers)
        if number == errno.EAGAIN:
            raise BlockingIOError(number, os.strerror(number))
        if number:
            raise OSError(number, os.strerror(number))


class _EndLoops:
    def __init__(self, twin: Twin, mechanism: Mechanism) -> None:
        self._twin, self._mechanism = twin, mechanism
        self._client, self._server = _ends(mechanism)

    def ask(self, message: bytes, times: int) -> memoryview:
        self._twin.call("ask", self._client, message, ctypes.byref(ARRIVE), len(message), times)
        return SPACE[: len(message)]

    def answer(self, size: int, times: int) -> None:
        self._twin.call("answer", self._server, ctypes.byref(ARRIVE), size, times)

    def send(self, message: bytes, times: int) -> None:
        burst = self._burst(len(message), times)
        self._twin.call("send_all", self._client, message, len(message), times, burst)

    def receive(self, size: int, times: int) -> memoryview:
        self._twin.call("receive_all", self._server, ctypes.byref(ARRIVE), size, times, self._burst(size, times))
        return SPACE[:size]

    def _burst(self, size: int, times: int) -> int:
        return (isinstance(self._mechanism, UnixDatagram) and self._mechanism.burst(size)) or times


class _RingLoops:
    def __init__(self, twin: Twin, ring: Ring) -> None:
        self._twin, self._ring = twin, ring

    def ask(self, message: bytes, times: int) -> memoryview:
        raise Lost("a ring has no way back")

    def answer(self, size: int, times: int) -> None:
        raise Lost("a ring has no way back")

    def send(self, message: bytes, times: int) -> None:
        size = len(message)
        self._twin.call("ring_send", self._end(size), message, size, times, self._ring.batch(size))

    def receive(self, size: int, times: int) -> memoryview:
        self._twin.call("ring_receive", self._end(size), ctypes.byref(ARRIVE), size, times, self._ring.batch(size))
        return SPACE[:size]

    def _end(self, size: int) -> _Ring:
        ring = self._ring
        counts = _address(ring.counts)
        return _Ring(_address(ring.ring), ring.room(size), counts + 8 * ring.put_in, counts + 8 * ring.taken_out)


def _address(memory: memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _ends(mechanism: Mechanism) -> tuple[_End, _End]:
    """The client's end and the server's."""
    match mechanism:
        case Pipe():
            forth = mechanism.write_request.fileno(), mechanism.read_request.fileno()
            back = mechanism.write_reply.fileno(), mechanism.read_reply.fileno()
            kind = STREAM_SOCKET if isinstance(mechanism, UnixStream) else DESCRIPTORS
            return _End(kind, forth[0], back[1], 0), _End(kind, back[0], forth[1], 1)
        case UnixDatagram():
            client, server = mechanism.client.fileno(), mechanism.server.fileno()
            return _End(DESCRIPTORS, client, client, 0), _End(DESCRIPTORS, server, server, 1)
        case PosixQueue() | SystemVQueue():
            return _queue_ends(mechanism)
        case Semaphore():
            return _memory_ends(mechanism)
    raise NoTwin(f"{mechanism.name} has no twin in C: its cost is the course's own Python")


_QUEUE_SPACE = ctypes.create_string_buffer(LARGEST)
"""Where a queue's message is put together."""


def _queue_ends(mechanism: PosixQueue | SystemVQueue) -> tuple[_End, _End]:
    posix = isinstance(mechanism, PosixQueue)
    kind = POSIX_QUEUE if posix else SYSTEM_V_QUEUE
    request, reply = (queue.mqd if posix else queue.id for queue in (mechanism.request, mechanism.reply))
    ends = _End(kind, request, reply, 0), _End(kind, reply, request, 1)
    for end in ends:
        end.capacity, end.space = mechanism.most, ctypes.addressof(_QUEUE_SPACE)
    return ends


def _memory_ends(mechanism: Semaphore) -> tuple[_End, _End]:
    request, reply = _address(mechanism.request), _address(mechanism.reply)
    client, server = _End(SEMAPHORE, 0, 0, 0, request, reply), _End(SEMAPHORE, 0, 0, 1, reply, request)
    if isinstance(mechanism, EventCounter):
        client.kind = server.kind = EVENT_COUNTER
        client.out = server.in_ = mechanism.asked_fd
        client.in_ = server.out = mechanism.answered_fd
        return client, server
    if isinstance(mechanism, Spinning):
        client.kind = server.kind = SPINNING
        flags = _address(mechanism.flags)
        asked, answered = flags + 8 * mechanism.asked_at, flags + 8 * mechanism.answered_at
    else:
        semaphores: list[Any] = [mechanism.asked, mechanism.answered]
        asked, answered = (each._semlock.handle for each in semaphores)  # the address of its sem_t
    client.post = server.wait = asked
    client.wait = server.post = answered
    return client, server
