"""Doors between real processes; what only one side shows is tried with both sides in this one."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from helpers.errors import CourseError
from helpers.ipc import Child
from helpers.ipc.doors import MAX_DATA, MAX_DESCRIPTORS, door_call, door_create

SERVE = """
from helpers.ipc.doors import *
begun, begin = os.pipe()
go, let_go = os.pipe()
def function(argument, descriptors, caller):
    if argument == b"wait":
        os.write(begin, b".")
        os.read(go, 1)
    return repr((argument, *caller)).encode(), descriptors
door = door_create(function, path)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "door")


@pytest.fixture
def client(path: str) -> Iterator[Child]:
    with Child("client") as child:
        child.do("from helpers.ipc.doors import *", path=path)
        yield child


@pytest.fixture
def server(path: str) -> Iterator[Child]:
    with Child("server") as child:
        child.do(SERVE, path=path)
        yield child


@contextlib.contextmanager
def door(function: Callable[..., Any], path: str) -> Iterator[None]:
    """A door of this process, which leaves no descriptor and no thread behind."""
    before = sorted(os.listdir("/proc/self/fd"))
    with contextlib.closing(door_create(function, path)):
        yield
    for thread in threading.enumerate():
        if thread.name == "door call":
            thread.join(10)
    assert sorted(os.listdir("/proc/self/fd")) == before and not os.path.exists(path)


def echo(argument: bytes, descriptors: list[int], caller: object) -> tuple[bytes, list[int]]:
    return argument, descriptors


def test_the_kernel_says_who_calls(server: Child, client: Child, path: str) -> None:
    euid, egid = (65534, 65533) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chmod(path, 0o777)
    Path(path).parent.chmod(0o711)
    client.do("os.chdir(os.path.dirname(path))")  # the folders above are closed to others
    client.do("os.setegid(egid); os.seteuid(euid)", euid=euid, egid=egid)
    assert client.do('door_call("door").data') == repr((b"", client.pid, euid, egid)).encode()
    server.do("os.chmod(path, 0o555)")
    with pytest.raises(PermissionError):
        client.do('door_call("door")')


def test_descriptors_go_both_ways(path: str) -> None:
    def function(argument: bytes, descriptors: list[int], caller: object) -> tuple[bytes, list[int]]:
        assert not any(os.get_inheritable(each) for each in descriptors)
        os.write(descriptors[1], b"from the function")
        return b"", [descriptors[0]]

    with door(function, path):
        reading, writing = os.pipe()
        (again,) = door_call(path, b"", [reading, writing]).descriptors
        os.close(writing)
        assert os.read(reading, 100) == b"from the function"
        assert os.read(reading, 100) == b"", "the door has kept a writing end"
        assert again != reading and os.path.sameopenfile(again, reading) and not os.get_inheritable(again)
        os.close(reading)
        os.close(again)


WRONG: dict[str, Callable[..., Any]] = {
    "raised ZeroDivisionError: ": lambda *_: b"%d" % (1 // 0),
    "raised TypeError: ": lambda *_: "text",
    "takes at most 65536 bytes and 16 descriptors, not 65537 bytes and 0": lambda *_: bytes(MAX_DATA + 1),
    "not 0 bytes and 17 descriptors": lambda argument, descriptors, caller: (b"", 17 * descriptors),
    "raised ValueError: ": lambda *_: int("\N{EURO SIGN}" * MAX_DATA),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_an_error_of_the_function_is_raised_at_the_caller(path: str, sentence: str) -> None:
    with door(WRONG[sentence], path), pytest.raises(CourseError, match=sentence):
        door_call(path, b"", [0])


def test_the_most_that_a_call_carries(path: str) -> None:
    data = os.urandom(MAX_DATA)
    with door(echo, path):
        reply = door_call(path, data, [0] * MAX_DESCRIPTORS)
        assert (reply.data, len(reply.descriptors)) == (data, MAX_DESCRIPTORS)
        for number in reply.descriptors:
            os.close(number)


def test_the_server_ends_before_it_has_taken_the_call(path: str, client: Child) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()
        calling = client.start("door_call(path)")
        assert calling.blocked()
    with pytest.raises(OSError, match="no server has the door any more") as caught:
        calling.result()
    assert caught.value.errno == errno.EBADF


def test_the_caller_ends_during_the_call(server: Child, client: Child, path: str) -> None:
    before = server.descriptors()
    client.start('door_call(path, b"wait", [0])')
    server.do("os.read(begun, 1)")
    client.kill(signal.SIGKILL)
    client.wait()
    assert door_call(path, b"next").data.startswith(b"(b'next', ")
    server.do("os.write(let_go, b'.')")
    server.do("import threading; [each.join(10) for each in threading.enumerate() if each.name == 'door call']")
    assert server.descriptors() == before


def test_a_path_that_is_taken_and_a_silent_caller_keep_nobody_waiting(path: str) -> None:
    with door(echo, path), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        with pytest.raises(OSError, match="Address already in use"):
            door_create(echo, path)
        silent.connect(path)
        assert door_call(path, b"next").data == b"next"
