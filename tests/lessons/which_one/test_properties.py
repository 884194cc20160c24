"""The table of properties, put to the kernel wherever a few calls can tell."""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import posix_ipc
import pytest
import sysv_ipc

from helpers.ipc import Child, scratch
from helpers.lessons.which_one import MECHANISMS
from helpers.lessons.which_one.properties import ALL, NEEDS, SHARED, SHOWN_IN, NoSuchNeed, need

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


class Channel:
    """One way to hand over messages: how to send and receive, and what can be waited for."""

    def __init__(self, send: Callable[[bytes], Any], receive: Callable[[], bytes], descriptor: Any = None) -> None:
        self.send, self.receive, self.descriptor = send, receive, descriptor
        self.hang_up: Callable[[], Any] | None = None
        self.sender: socket.socket | None = None
        self.receiver: socket.socket | None = None


def _sockets(near: socket.socket, far: socket.socket) -> Channel:
    channel = Channel(near.send, lambda: far.recv(100), far.fileno())
    channel.sender, channel.receiver, channel.hang_up = near, far, near.close
    return channel


@contextlib.contextmanager
def channel(name: str) -> Iterator[Channel]:
    """A channel of that mechanism, both ends in this process; nothing that waits in it blocks."""
    with contextlib.ExitStack() as stack:
        if name in ("pipe", "FIFO"):
            if name == "pipe":
                reading, writing = os.pipe()
            else:
                path = scratch.path("fifo")
                os.mkfifo(path)
                reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                writing = os.open(path, os.O_WRONLY)
            ends = [stack.enter_context(open(reading, "rb", 0)), stack.enter_context(open(writing, "wb", 0))]
            made = Channel(lambda data: os.write(writing, data), lambda: os.read(reading, 100), reading)
            os.set_blocking(writing, False)
            made.hang_up = ends[1].close
            yield made
        elif name == "POSIX queue":
            queue = posix_ipc.MessageQueue(scratch.name("queue"), posix_ipc.O_CREX, max_messages=4)
            stack.callback(queue.close)
            yield Channel(lambda data: queue.send(data, 0, 0), lambda: queue.receive()[0], queue.mqd)
        elif name == "System V queue":
            queue = sysv_ipc.MessageQueue(scratch.key("queue"), sysv_ipc.IPC_CREX)
            stack.callback(queue.remove)
            yield Channel(lambda data: queue.send(data, False), lambda: queue.receive()[0])
        elif name == "TCP":
            with socket.create_server(("127.0.0.1", 0)) as listener:
                near = stack.enter_context(socket.create_connection(listener.getsockname()))
                far = stack.enter_context(listener.accept()[0])
            near.setblocking(False)
            yield _sockets(near, far)
        elif name == "UDP":
            near, far = (stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(2))
            far.bind(("127.0.0.1", 0))
            near.connect(far.getsockname())
            yield _sockets(near, far)
        else:
            kind = {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}
            near, far = socket.socketpair(type=kind[name.removeprefix("Unix ")])
            stack.enter_context(near)
            stack.enter_context(far)
            near.setblocking(False)
            yield _sockets(near, far)


CHANNELS = [name for name in ALL if name not in (*SHARED, "ONC RPC", "door")]
SOCKETS = ["Unix stream", "Unix datagram", "Unix seqpacket", "TCP", "UDP"]


def test_the_table_knows_the_mechanisms_that_are_measured():
    assert set(ALL) == set(MECHANISMS) == set(SHOWN_IN)
    for each in NEEDS:
        assert set(each.without) < set(ALL) and all(each.without.values()), each.key
        assert each.source and each.words
        for notebook in (each.evidence, *SHOWN_IN.values()):
            assert (NOTEBOOKS / notebook).exists()
    assert len({each.key for each in NEEDS}) == len(NEEDS)


def test_an_unknown_need():
    assert need("urgent").key == "urgent"
    with pytest.raises(NoSuchNeed, match="no need 'speed'"):
        need("speed")


@pytest.mark.parametrize("name", CHANNELS)
def test_boundaries(name):
    with channel(name) as made:
        made.send(b"one")
        made.send(b"two")
        assert (made.receive() == b"one") == need("boundaries").met_by(name)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_sender_that_is_too_fast(name):
    with channel(name) as made:
        if made.sender is not None:
            made.sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            made.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        refused = False
        for _ in range(500_000):
            try:
                made.send(bytes(100))
            except (BlockingIOError, posix_ipc.BusyError, sysv_ipc.BusyError):
                refused = True
                break
            if name == "UDP" and _ > 2000:
                break
        assert refused == need("sender_waits").met_by(name)
        if name == "UDP":
            assert not need("no_loss").met_by(name)
            received = 0
            while select.select([made.receiver], [], [], 0)[0]:
                made.receive()
                received += 1
            assert received < 2000


@pytest.mark.parametrize("name", CHANNELS)
def test_what_can_be_waited_for_together_with_others(name):
    with channel(name) as made:
        assert (made.descriptor is not None) == need("select").met_by(name)
        if made.descriptor is not None:
            assert not select.select([made.descriptor], [], [], 0)[0]
            made.send(b"hello")
            assert select.select([made.descriptor], [], [], 5)[0]


@pytest.mark.parametrize("name", [name for name in CHANNELS if name not in ("POSIX queue", "System V queue")])
def test_the_end_of_the_other_is_noticed(name):
    with channel(name) as made:
        made.hang_up()
        readable = select.select([made.descriptor], [], [], 0.2)[0]
        assert bool(readable) == need("end_noticed").met_by(name)
        if readable:
            assert made.receive() == b""


@pytest.mark.parametrize("name", SOCKETS)
def test_descriptors_are_handed_over(name):
    with channel(name) as made, open("/dev/null") as file:
        try:
            socket.send_fds(made.sender, [b"x"], [file.fileno()])
            _, got, *_ = socket.recv_fds(made.receiver, 10, 1)
        except OSError:
            got = []
        for number in got:
            os.close(number)
        assert bool(got) == need("descriptors").met_by(name)


@pytest.mark.parametrize("name", SOCKETS)
def test_the_kernel_says_who(name):
    with channel(name) as made:
        credentials = made.receiver.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        known = int.from_bytes(credentials[:4], "little", signed=True) == os.getpid()
        assert known == need("who").met_by(name)


def test_urgent_messages_overtake():
    queue = posix_ipc.MessageQueue(scratch.name("urgent"), posix_ipc.O_CREX, max_messages=4, max_message_size=100)
    with contextlib.closing(queue):
        for word, priority in ((b"first", 1), (b"urgent", 9)):
            queue.send(word, None, priority)
        assert queue.receive()[0] == b"urgent"
    by_type = sysv_ipc.MessageQueue(scratch.key("urgent"), sysv_ipc.IPC_CREX)
    for word, kind in ((b"first", 9), (b"urgent", 1)):
        by_type.send(word, type=kind)
    assert by_type.receive(type=-9)[0] == b"urgent"
    by_type.remove()
    assert need("urgent").met_by("POSIX queue") and need("urgent").met_by("System V queue")


@pytest.mark.parametrize("name", ["pipe", "FIFO", "Unix stream", "Unix seqpacket", "TCP"])
def test_elsewhere_they_wait_in_line(name):
    with channel(name) as made:
        made.send(b"first.")
        made.send(b"urgent")
        assert made.receive().startswith(b"first.") and not need("urgent").met_by(name)


def test_of_an_urgent_message_one_byte_overtakes():
    with channel("TCP") as made:
        made.send(b"first.")
        made.sender.send(b"urgent", socket.MSG_OOB)
        assert select.select([], [], [made.receiver], 5)[2]
        assert made.receiver.recv(1, socket.MSG_OOB) == b"t"
        assert made.receive() == b"first.urgen"
    assert "one byte" in need("urgent").without["TCP"]


def test_a_posix_queue_names_the_sender_once():
    """In processes of their own: a signal goes to any thread that has not blocked it, and this process has several."""
    name, make = scratch.name("who"), "queue = posix_ipc.MessageQueue(name, posix_ipc.O_CREX, max_messages=4)"
    told = "(told := signal.sigtimedwait({signal.SIGUSR1}, wait)) and (told.si_pid, told.si_uid)"
    with Child("reads") as reads, Child("sends") as sends:
        reads.do("import posix_ipc; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})\nNone")
        reads.do(make, name=name)
        reads.do("queue.request_notification(signal.SIGUSR1)")
        sends.do("import posix_ipc; posix_ipc.MessageQueue(name).send('a')\nNone", name=name)
        assert reads.do(told, wait=5) == (sends.pid, os.getuid())
        reads.do("queue.receive()\nNone")
        sends.do("posix_ipc.MessageQueue(name).send('b')\nNone")
        assert reads.do(told, wait=0) is None
    assert "once" in need("who").without["POSIX queue"]


LEAVE = {
    "POSIX queue": "import posix_ipc; posix_ipc.MessageQueue(name, posix_ipc.O_CREX).send('left')",
    "System V queue": "import sysv_ipc; sysv_ipc.MessageQueue(key, sysv_ipc.IPC_CREX).send('left')",
    "semaphore": "import posix_ipc; os.write(posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=4).fd, b'left')",
    "FIFO": "os.mkfifo(path); end = os.open(path, os.O_RDWR); os.write(end, b'left')",
}
FIND = {
    "POSIX queue": "import posix_ipc; posix_ipc.MessageQueue(name).receive(0)[0]",
    "System V queue": "import sysv_ipc; sysv_ipc.MessageQueue(key).receive(False)[0]",
    "semaphore": "import posix_ipc; os.read(posix_ipc.SharedMemory(name).fd, 4)",
    "FIFO": "os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 4)",
}


@pytest.mark.parametrize("name", LEAVE)
def test_what_outlives_its_maker(name):
    names = {"name": scratch.name("left"), "key": scratch.key("left"), "path": scratch.path("left")}
    with Child("maker") as maker:
        maker.do(LEAVE[name] + "\nNone", **names)
        maker.kill()
        maker.wait()
    with Child("heir") as heir:
        assert (heir.do(FIND[name], **names) == b"left") == need("outlives").met_by(name)
    scratch.clear()


def test_many_see_what_one_writes_in_shared_memory_and_one_takes_from_a_pipe():
    with mmap.mmap(-1, 4096) as memory:
        first, second = memoryview(memory), memoryview(memory)
        memory[0] = 7
        assert first[0] == second[0] == 7 and need("many_readers").met_by("semaphore")
        first.release()
        second.release()
    with channel("pipe") as made:
        made.send(b"x")
        assert made.receive() == b"x" and not select.select([made.descriptor], [], [], 0)[0]
        assert not need("many_readers").met_by("pipe")


@pytest.mark.parametrize("name", SOCKETS)
def test_both_directions(name):
    with channel(name) as made:
        if name == "UDP":
            made.receiver.connect(made.sender.getsockname())
        made.receiver.send(b"back")
        assert select.select([made.sender], [], [], 5)[0] and made.sender.recv(10) == b"back"
        assert need("both_ways").met_by(name)


def test_a_pipe_has_one_direction():
    reading, writing = os.pipe()
    with open(reading, "rb", 0), open(writing, "wb", 0), pytest.raises(OSError, match="Bad file descriptor"):
        os.write(reading, b"back")
    assert not need("both_ways").met_by("pipe")
