"""Doors between real processes; what only one side shows is tried with both sides in this one."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.ipc import Child, doors
from helpers.ipc.doors import Credentials, DoorError, door_call, door_create, door_info, door_revoke

SERVE = """
from helpers.ipc.doors import *
def function(argument, descriptors, caller):
    if argument == b"wait":
        os.write(told, b".")
        os.read(go, 1)
    return repr((argument, caller.pid, caller.euid, caller.egid)).encode(), descriptors
door = door_create(function, path)
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "door")


@pytest.fixture
def pipes() -> Iterator[dict[str, int]]:
    """Two pipes: the function says that it has begun by `told`, and goes on at a byte from `go`."""
    reading, told = os.pipe()
    go, writing = os.pipe()
    yield {"reading": reading, "told": told, "go": go, "writing": writing}
    for number in (reading, told, go, writing):
        os.close(number)


@pytest.fixture
def server(path: str, pipes: dict[str, int]) -> Iterator[Child]:
    with Child("server", pass_fds=[pipes["told"], pipes["go"]]) as child:
        child.do(SERVE, path=path, told=pipes["told"], go=pipes["go"])
        yield child


@pytest.fixture
def client(path: str) -> Iterator[Child]:
    with Child("client") as child:
        child.do("from helpers.ipc.doors import *", path=path)
        yield child


@contextmanager
def raises(number: int) -> Iterator[None]:
    """The block raises OSError with exactly this errno."""
    with pytest.raises(OSError) as caught:
        yield
    assert errno.errorcode[caught.value.errno] == errno.errorcode[number]


def echo(argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
    return argument


def calls_ended() -> None:
    """Wait until no call is being answered in this process."""
    for thread in threading.enumerate():
        if thread.name == "door call":
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def nothing_leaks() -> Iterator[None]:
    before = sorted(os.listdir("/proc/self/fd"))
    yield
    calls_ended()
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_the_caller_sleeps_until_the_function_has_returned(
    server: Child, client: Child, pipes: dict[str, int]
) -> None:
    calling = client.start('door_call(path, b"wait").data')
    assert os.read(pipes["reading"], 1) == b"."
    assert calling.blocked()
    os.write(pipes["writing"], b".")
    assert calling.result().startswith(b"(b'wait', ")


def test_the_kernel_says_who_calls(server: Child, client: Child, path: str) -> None:
    euid, egid = (65534, 65533) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chmod(path, 0o777)
    Path(path).parent.chmod(0o711)
    client.do("os.chdir(os.path.dirname(path))")  # the folders above are closed to others
    client.do("os.setegid(egid); os.seteuid(euid)", euid=euid, egid=egid)
    assert client.do('door_call("door").data') == repr((b"", client.pid, euid, egid)).encode()


def test_who_may_not_write_to_the_path_may_not_call(server: Child, client: Child, path: str) -> None:
    os.chmod(path, 0o555)
    Path(path).parent.chmod(0o711)
    client.do("os.chdir(os.path.dirname(path))")
    if os.geteuid() == 0:  # who may do everything
        client.do("os.seteuid(65534)")
    with raises(errno.EACCES):
        client.do('door_call("door")')


@pytest.mark.usefixtures("nothing_leaks")
def test_descriptors_go_both_ways(path: str) -> None:
    got: list[list[int]] = []

    def function(argument: bytes, descriptors: list[int], caller: Credentials) -> tuple[bytes, list[int]]:
        got.append(descriptors)
        assert not any(os.get_inheritable(each) for each in descriptors)
        os.write(descriptors[1], b"from the function")
        reading, writing = os.pipe()
        os.write(writing, b"for the caller")
        os.close(writing)
        return b"", [reading, descriptors[0]]

    reading, writing = os.pipe()
    with door_create(function, path):
        reply = door_call(path, b"", [reading, writing])
    os.close(writing)
    assert not {reading, writing} & set(got[0]), "they are copies"
    assert os.read(reading, 100) == b"from the function"
    assert os.read(reading, 100) == b"", "the door has kept a writing end"
    new, again = reply.descriptors
    assert not os.get_inheritable(new)
    assert os.read(new, 100) == b"for the caller"
    assert os.path.sameopenfile(again, reading)
    for number in (reading, new, again):
        os.close(number)


def test_calls_that_come_together_are_answered_together(path: str, client: Child) -> None:
    both = threading.Barrier(2, timeout=10)

    def function(argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
        both.wait()
        return argument

    with door_create(function, path):
        calling = client.start('door_call(path, b"theirs").data')
        assert door_call(path, b"mine").data == b"mine"
        assert calling.result() == b"theirs"


@pytest.mark.usefixtures("nothing_leaks")
def test_an_error_in_the_function_is_raised_at_the_caller(path: str) -> None:
    def function(argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
        return b"%d" % (1 // int(argument))

    with door_create(function, path), open(path + " file", "w") as file:
        with pytest.raises(DoorError, match=f"the function of the door {path} raised ZeroDivisionError: "):
            door_call(path, b"0", [file.fileno()])
        assert door_call(path, b"1").data == b"1"


def test_an_error_whose_text_cannot_be_sent_as_it_is(path: str) -> None:
    def function(argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
        raise ValueError(argument.decode(errors="surrogateescape") + "\N{EURO SIGN}" * doors.MAX_DATA)

    with door_create(function, path):
        for argument in (b"\xff", b".", b"..", b"..."):  # the cut falls at each place of a character
            with pytest.raises(DoorError, match="raised ValueError"):
                door_call(path, argument)


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("text", "returned 'text'; return bytes, or bytes and a list of descriptors"),
        (None, "returned None; return bytes"),
        ((b"", [1.5]), "return bytes, or bytes and a list of descriptors"),
        (bytes(doors.MAX_DATA + 1), "returned 65537 bytes and 0 descriptors; a reply takes at most 65536 and 16"),
        ((b"", [1] * 17), "returned 0 bytes and 17 descriptors"),
        ((b"", [10**6]), "descriptor 1000000, which is closed"),
        ((b"", [10**12]), "descriptor 1000000000000, which is closed"),
    ],
)
def test_what_a_function_cannot_return(path: str, result: object, message: str) -> None:
    with door_create(lambda argument, descriptors, caller: result, path):  # type: ignore[arg-type,return-value]
        with pytest.raises(DoorError, match=message):
            door_call(path)


@pytest.mark.usefixtures("nothing_leaks")
def test_a_function_that_closes_what_the_door_closes(path: str) -> None:
    def function(argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
        os.close(descriptors[0])
        return b""

    with door_create(function, path), open(path + " file", "w") as file:
        with pytest.raises(DoorError, match=r"which is closed now; .* keep one with os.dup\(\)"):
            door_call(path, b"", [file.fileno()])


@pytest.mark.usefixtures("nothing_leaks")
def test_the_most_that_a_call_carries(path: str) -> None:
    with door_create(lambda argument, descriptors, caller: (argument, descriptors), path):
        data = os.urandom(doors.MAX_DATA)
        reply = door_call(path, data, [0] * doors.MAX_DESCRIPTORS)
        assert reply.data == data
        assert len(reply.descriptors) == doors.MAX_DESCRIPTORS
        for number in reply.descriptors:
            os.close(number)
        with raises(errno.ENOBUFS):
            door_call(path, data + b".")
        with raises(errno.ENOBUFS):
            door_call(path, 100 * data)
        for number in (doors.MAX_DESCRIPTORS + 1, 1000):
            with raises(errno.ENFILE):
                door_call(path, b"", [0] * number)


@pytest.mark.usefixtures("nothing_leaks")
def test_a_revoked_door(path: str) -> None:
    with door_create(echo, path) as door:
        door_revoke(door)
        with raises(errno.EBADF):
            door_call(path)
        with pytest.raises(OSError, match="revoked already"):
            door_revoke(door)
        assert door_info(path).target == -1
    with raises(errno.ENOENT):
        door_call(path)
    door.close()


def test_a_call_in_progress_ends_well_when_its_door_is_revoked(
    server: Child, client: Child, path: str, pipes: dict[str, int]
) -> None:
    calling = client.start('door_call(path, b"wait").data')
    os.read(pipes["reading"], 1)
    server.do("door_revoke(door)")
    with raises(errno.EBADF):
        door_call(path)
    os.write(pipes["writing"], b".")
    assert calling.result().startswith(b"(b'wait', ")


def test_a_call_that_was_not_taken_before_the_door_is_revoked(path: str, client: Child) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()
        calling = client.start("door_call(path)")
        assert calling.blocked()
    with raises(errno.EBADF):
        calling.result()


def test_only_its_creator_revokes_a_door(server: Child, client: Child) -> None:
    kid = server.fork("kid")
    with raises(errno.EPERM):
        kid.do("door_revoke(door)")
    assert client.do("door_call(path).data").startswith(b"(b'', ")


def test_the_server_has_ended(server: Child, path: str) -> None:
    server.kill(signal.SIGKILL)
    server.wait()
    with raises(errno.EBADF):
        door_call(path)
    assert door_info(path) == doors.DoorInfo(-1, False)


def test_the_server_ends_during_the_call(server: Child, client: Child, pipes: dict[str, int]) -> None:
    calling = client.start('door_call(path, b"wait")')
    os.read(pipes["reading"], 1)
    server.kill(signal.SIGKILL)
    with raises(errno.EINTR):
        calling.result()


def test_the_caller_ends_during_the_call(
    server: Child, client: Child, path: str, pipes: dict[str, int]
) -> None:
    before = server.descriptors()
    client.start('door_call(path, b"wait")')
    os.read(pipes["reading"], 1)
    client.kill(signal.SIGKILL)
    client.wait()
    assert door_call(path, b"next").data.startswith(b"(b'next', ")
    os.write(pipes["writing"], b".")
    server.do("import threading; [each.join(10) for each in threading.enumerate() if each.name == 'door call']")
    assert server.descriptors() == before


@pytest.mark.usefixtures("nothing_leaks")
def test_the_reply_to_a_caller_that_has_left_is_dropped(path: str) -> None:
    begun, left = threading.Event(), threading.Event()

    def function(argument: bytes, descriptors: list[int], caller: Credentials) -> tuple[bytes, list[int]]:
        begun.set()
        assert left.wait(10)
        return b"", descriptors

    with door_create(function, path), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        channel.connect(path)
        socket.send_fds(channel, [b"C"], [0])
        assert begun.wait(10)
        channel.close()
        left.set()
        calls_ended()


@pytest.mark.usefixtures("nothing_leaks")
def test_an_interrupted_caller_keeps_nothing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(socket.socket):
        def recv(self, *arguments: int) -> bytes:
            raise KeyboardInterrupt

    monkeypatch.setattr(doors, "_socket", lambda: Interrupted(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    with door_create(lambda argument, descriptors, caller: (b"", descriptors), path):
        with pytest.raises(KeyboardInterrupt):
            door_call(path, b"", [0])


def test_whose_door_it_is(server: Child, client: Child, path: str, tmp_path: Path) -> None:
    assert client.do("info = door_info(path); (info.target, info.local)") == (server.pid, False)
    with door_create(echo, tmp_path / "mine"):
        assert door_info(tmp_path / "mine") == doors.DoorInfo(os.getpid(), True)
    calls_ended()


@pytest.mark.parametrize("call", [door_call, door_info])
def test_what_is_no_door(tmp_path: Path, call: type[object]) -> None:
    (tmp_path / "file").touch()
    with raises(errno.EBADF):
        call(tmp_path / "file")
    with raises(errno.ENOENT):
        call(tmp_path / "missing")
    with raises(errno.ENAMETOOLONG):
        call(tmp_path / ("long" * 30))


def test_a_socket_that_is_no_door(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.bind(str(tmp_path / "stream"))
        stream.listen()
        with raises(errno.EBADF):
            door_call(tmp_path / "stream")


@pytest.mark.usefixtures("nothing_leaks")
def test_where_no_door_can_be_made(path: str) -> None:
    with door_create(echo, path):
        with pytest.raises(OSError, match=path) as caught:
            door_create(echo, path)
        assert caught.value.errno == errno.EADDRINUSE
        assert door_call(path, b"the first one").data == b"the first one"
    with raises(errno.ENAMETOOLONG):
        door_create(echo, path * 10)


def test_it_says_that_it_is_an_emulation(path: str) -> None:
    with door_create(echo, path) as door:
        assert repr(door) == f"<emulation of a Solaris door over AF_UNIX, at {path}>"


def refused(path: str, message: bytes, descriptors: int = 0) -> int:
    """The errno that the server answers to bytes which door_call would not send."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        channel.settimeout(10)
        channel.connect(path)
        socket.send_fds(channel, [message], [0] * descriptors)
        answer = channel.recv(100)
        assert answer[:1] == b"N", answer
        assert channel.recv(100) == b""
        return int(doors._ERRNO.unpack(answer[1:])[0])


@pytest.fixture
def open_door(path: str) -> Iterator[str]:
    with door_create(echo, path):
        yield path


@pytest.mark.usefixtures("nothing_leaks")
def test_too_long_a_message_and_too_many_descriptors(open_door: str) -> None:
    assert refused(open_door, b"C" + bytes(doors.MAX_DATA + 1), 3) == errno.ENOBUFS
    assert refused(open_door, b"C", doors.MAX_DESCRIPTORS + 1) == errno.ENFILE
    assert refused(open_door, b"?", 3) == errno.EINVAL
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        channel.connect(open_door)
        socket.send_fds(channel, [b""], [0, 0])  # an empty message looks like the end
        assert channel.recv(100) == b""
    assert door_call(open_door, b"next").data == b"next"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.binary(min_size=1).filter(lambda message: message[:1] != b"C"))
def test_any_bytes_are_refused(open_door: str, message: bytes) -> None:
    assert refused(open_door, message) == errno.EINVAL


@pytest.mark.usefixtures("nothing_leaks")
def test_a_silent_caller_keeps_nobody_waiting_and_is_sent_away(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "PATIENCE", 0.1)
    with door_create(echo, path), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.connect(path)
        assert door_call(path, b"next").data == b"next"
        silent.settimeout(10)
        assert silent.recv(100) == b"N" + doors._ERRNO.pack(errno.ETIMEDOUT)


def test_without_threads_the_calls_are_answered_in_turn(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with door_create(echo, path):
        monkeypatch.setattr(doors.Thread, "start", no_thread)
        assert door_call(path, b"one").data == b"one"
        assert door_call(path, b"two").data == b"two"


LIMIT = """
import resource
before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
free = os.dup(0)
os.close(free)
resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, most))
"""
UNLIMIT = "resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))"


def test_a_server_takes_calls_again_when_it_has_free_descriptors(
    server: Child, client: Child, pipes: dict[str, int]
) -> None:
    clients = [client, client.fork("second")]
    server.do(LIMIT, more=0)  # accept(2) may have set one aside: two calls are one too many in any case
    calling = [each.start('door_call(path, b"wait").data') for each in clients]
    assert [each.blocked() for each in calling] == [True, True]
    server.do(UNLIMIT)
    for _ in calling:
        assert os.read(pipes["reading"], 1) == b"."
    os.write(pipes["writing"], b"..")
    assert [each.result()[:9] for each in calling] == [b"(b'wait',"] * 2


def test_a_caller_without_free_descriptors(server: Child, client: Child) -> None:
    held = client.descriptors()
    client.do(LIMIT, more=1)  # for the connection, and none for what comes over it
    with raises(errno.EMFILE):
        client.do('door_call(path, b"", [0])')
    client.do(UNLIMIT)
    assert client.descriptors() == held
    assert client.do('len(door_call(path, b"", [0]).descriptors)') == 1
