"""The table of properties, put to the kernel wherever a few calls can tell; and the panel that chooses by it."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import posix_ipc
import pytest
import sysv_ipc

from helpers.errors import CourseError
from helpers.ipc import scratch
from helpers.lessons.which_one.chooser import NOTEBOOKS, Chooser
from helpers.lessons.which_one.comparison import Results
from helpers.lessons.which_one.measuring import Contrast, tcp_pair
from helpers.lessons.which_one.mechanisms import MECHANISMS
from helpers.lessons.which_one.properties import NEEDS, need

KINDS = {"Unix stream": socket.SOCK_STREAM, "Unix datagram": socket.SOCK_DGRAM, "Unix seqpacket": socket.SOCK_SEQPACKET}
SOCKETS = [*KINDS, "TCP", "UDP"]
CHANNELS = ["pipe", "FIFO", "POSIX queue", "System V queue", *SOCKETS]


class Channel(NamedTuple):
    """One way to hand over messages: how to send and receive, what can be waited for, and the sender's end."""

    send: Callable[[bytes], Any]
    receive: Callable[[], bytes]
    far: Any = None
    near: Any = None


def sockets(name: str) -> tuple[socket.socket, socket.socket]:
    if name in KINDS:
        return socket.socketpair(type=KINDS[name])
    if name == "TCP":
        return tcp_pair()
    near, far = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    far.bind(("127.0.0.1", 0))
    near.connect(far.getsockname())
    return near, far


@contextlib.contextmanager
def channel(name: str) -> Iterator[Channel]:
    """A channel of that mechanism, both ends in this process; nothing that waits in it blocks."""
    if name in SOCKETS:
        near, far = sockets(name)
        with near, far:
            near.setblocking(False)
            yield Channel(near.send, lambda: far.recv(100), far, near)
    elif name == "POSIX queue":
        queue = posix_ipc.MessageQueue(scratch.name("queue"), posix_ipc.O_CREX, max_messages=4)
        yield Channel(lambda data: queue.send(data, 0, 0), lambda: queue.receive()[0], queue.mqd)
        queue.close()
    elif name == "System V queue":
        queue = sysv_ipc.MessageQueue(scratch.key("queue"), sysv_ipc.IPC_CREX)
        yield Channel(lambda data: queue.send(data, False), lambda: queue.receive()[0])
        queue.remove()
    else:
        reading, writing = named_pipe(scratch.path("fifo")) if name == "FIFO" else os.pipe()
        with open(reading, "rb", 0), open(writing, "wb", 0) as file:
            os.set_blocking(writing, False)
            yield Channel(lambda data: os.write(writing, data), lambda: os.read(reading, 100), reading, file)


def named_pipe(path: str) -> tuple[int, int]:
    os.mkfifo(path)
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK), os.open(path, os.O_WRONLY)


def readable(made: Channel, seconds: float = 0) -> bool:
    return bool(select.select([made.far], [], [], seconds)[0])


def test_the_table_knows_the_mechanisms_and_the_notebooks():
    assert len({each.key for each in NEEDS}) == len(NEEDS)
    assert all(set(each.without) < set(MECHANISMS) for each in NEEDS)
    assert all(list(NOTEBOOKS.glob(f"{each.shown}_*.ipynb")) for each in (*MECHANISMS.values(), *NEEDS))


@pytest.mark.parametrize("name", CHANNELS)
def test_boundaries_order_and_waiting(name):
    with channel(name) as made:
        assert (made.far is not None) == need("select").met_by(name)
        assert made.far is None or not readable(made)
        made.send(b"one")
        made.send(b"two")
        assert made.far is None or readable(made, 5)
        first = made.receive()
        assert first.startswith(b"one") and (first == b"one") == need("boundaries").met_by(name)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_sender_that_is_too_fast(name):
    """It must wait, or something is lost."""
    sent, refused = 0, False
    with channel(name) as made:
        while not refused and sent < (2000 if name == "UDP" else 500_000):
            try:
                made.send(bytes(1000))
                sent += 1
            except (BlockingIOError, posix_ipc.BusyError, sysv_ipc.BusyError):
                refused = True
        assert refused == need("sender_waits").met_by(name)
        if name == "UDP":
            received = 0
            while readable(made):
                made.receive()
                received += 1
            assert received < sent and not need("no_loss").met_by(name)


@pytest.mark.parametrize("name", ["pipe", "FIFO", *SOCKETS])
def test_the_end_of_the_other_is_noticed(name):
    with channel(name) as made:
        made.near.close()
        assert readable(made, 0.2) == need("end_noticed").met_by(name)


@pytest.mark.parametrize("name", SOCKETS)
def test_descriptors_credentials_and_the_way_back(name):
    with channel(name) as made, open("/dev/null") as file:
        got: list[int] = []
        with contextlib.suppress(OSError):
            socket.send_fds(made.near, [b"x"], [file.fileno()])
            got = list(socket.recv_fds(made.far, 10, 1)[1])
        for number in got:
            os.close(number)
        assert bool(got) == need("descriptors").met_by(name)
        peer = made.far.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        assert (int.from_bytes(peer[:4], "little", signed=True) == os.getpid()) == need("who").met_by(name)
        if name == "UDP":
            made.far.connect(made.near.getsockname())
        made.far.send(b"back")
        assert select.select([made.near], [], [], 5)[0] and need("both_ways").met_by(name)


@pytest.fixture
def panel() -> Chooser:
    results = Results()
    for size in (64, 65536):
        slices = {name: [1000.0 * size * (99 - place)] * 3 for place, name in enumerate(MECHANISMS)}
        results.contrasts[size, "one core", "round trip"] = Contrast("", "", slices)
    return Chooser(results)


def test_each_need_excludes_with_its_reason(panel):
    assert panel.fits == tuple(MECHANISMS) and panel.excluded == {}
    for each in NEEDS:
        panel.choose(each.key)
        assert panel.excluded == each.without and panel.needs == (each,) and each.source in panel.text()
    panel.choose("boundaries", "network", "no_loss")
    assert panel.fits == ("ONC RPC",) and panel.excluded["pipe"].count(";") == 1
    for needs, size, sentence in ((["speed"], None, "no need 'speed'.*strangers"), (["urgent"], 65, "measured are")):
        with pytest.raises(CourseError, match=sentence):
            panel.choose(*needs, size=size)
    assert panel.fits == ("ONC RPC",)


def test_boxes_and_slider_do_the_same_and_the_fastest_comes_first(panel):
    panel._boxes["urgent"].value = True
    panel._size.value = 65536
    assert panel.text() == panel.choose("urgent", size=65536).text() and "messages of 64 KiB" in panel.text()
    assert panel.text().index("System V queue") < panel.text().index("POSIX queue") < panel.text().index("pipe")
    assert '<a href="02_message_passing.ipynb" target="_blank"' in panel._answer.value
    assert panel._repr_mimebundle_()[0]["text/plain"] == panel.instructions()
