from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from helpers.lab import Host
from helpers.lessons.sockets import check as sockets
from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("10_what_is_a_socket")


@pytest.fixture(autouse=True)
def not_so_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong answers wait for ever; what is awaited here takes a few milliseconds."""
    monkeypatch.setattr(own_process, "LONGEST", 0.5)
    monkeypatch.setattr(sockets, "PATIENCE", 0.5)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("10.1", "same_socket"),
        ("10.2", "hand_over"),
        ("10.3", "listener_called"),
        ("10.5", "default_protocol"),
    ],
)
def test_the_solution_passes(monkeypatch: pytest.MonkeyPatch, number: str, name: str) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 10.0)
    monkeypatch.setattr(sockets, "PATIENCE", 10.0)
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


def test_the_solution_in_the_lab_passes(needs_lab: None) -> None:
    assert check("10.4", SOLVED["listener_for_both"]).status == "passed"


def assert_wrong(number: str, answer: Any, sentence: str) -> None:
    checked = check(number, answer)
    assert checked.status == "wrong" and sentence in checked.text, checked.text


def compares_links(one, other):
    first, second = (os.readlink(f"/proc/self/fd/{number}") for number in (one, other))
    return first == second and first.startswith("socket:")


def test_links_in_proc_are_an_answer_too() -> None:
    assert check("10.1", compares_links).status == "passed"


def compares_numbers(one, other):
    return one == other


def compares_inodes(one, other):
    return os.path.sameopenfile(one, other)


def compares_names(one, other):
    first, second = (socket.socket(fileno=os.dup(number)) for number in (one, other))
    return first.getsockname() == second.getsockname()


def closes_them(one, other):
    first, second = socket.socket(fileno=one), socket.socket(fileno=os.dup(other))
    return first.getsockname() == second.getsockname()


def compares_kinds(one, other):
    return os.fstat(one).st_mode == os.fstat(other).st_mode


def says_it_in_words(one, other):
    return "yes" if os.fstat(one).st_ino == os.fstat(other).st_ino else "no"


def reads_from_them(one, other):
    return os.read(one, 1) == os.read(other, 1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (compares_numbers, "You returned False for two descriptors. The second came from os.dup() of the first"),
        (compares_inodes, "You returned True for two descriptors. They are the two ends of a pipe"),
        (compares_names, "You returned True for two descriptors. They are the two ends of a socketpair()"),
        (compares_kinds, "You returned True for two descriptors. They are the two ends of a socketpair()"),
        (closes_them, "other descriptors are open than before"),
        (says_it_in_words, "Return True or False, not 'yes'"),
        (reads_from_them, "Your function waits"),
        (True, "Hand over the function itself"),
    ],
)
def test_other_ways_to_compare(answer: Any, sentence: str) -> None:
    assert_wrong("10.1", answer, sentence)


def sends_the_message_itself(channel, descriptor):
    channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", descriptor))])


def sends_a_copy(channel, descriptor):
    socket.send_fds(channel, [b"x"], [os.dup(descriptor)])


@pytest.mark.parametrize("answer", [sends_the_message_itself, sends_a_copy])
def test_other_answers_that_hand_over(answer: Callable[..., Any]) -> None:
    assert check("10.2", answer).status == "passed"


def sends_the_number(channel, descriptor):
    channel.sendall(str(descriptor).encode())


def sends_no_byte(channel, descriptor):
    socket.send_fds(channel, [], [descriptor])


def sends_the_channel(channel, descriptor):
    socket.send_fds(channel, [b"x"], [channel.fileno()])


def sends_it_twice(channel, descriptor):
    socket.send_fds(channel, [b"x"], [descriptor, descriptor])


def sends_another_pipe(channel, descriptor):
    socket.send_fds(channel, [b"x"], [os.pipe()[1]])


def hangs_up(channel, descriptor):
    channel.close()


def writes_itself(channel, descriptor):
    os.write(descriptor, b"mine")
    socket.send_fds(channel, [b"x"], [descriptor])


def waits_for_an_answer(channel, descriptor):
    socket.send_fds(channel, [b"x"], [descriptor])
    channel.recv(1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (sends_the_number, "and no descriptor. A number alone means nothing there"),
        (sends_no_byte, "Nothing arrived. On a stream at least one byte must go along"),
        (sends_the_channel, "what was written into it did not come out of the pipe (EAGAIN)"),
        (sends_another_pipe, "what was written into it did not come out of the pipe"),
        (sends_it_twice, "received 2 descriptors"),
        (hangs_up, "came to the end of the stream"),
        (writes_itself, "The pipe should hold b'written there' and nothing else; it held b'minewritten there'"),
        (waits_for_an_answer, "Your function waits"),
    ],
)
def test_what_is_not_handed_over(answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("10.2", answer, sentence)


def binds_a_path(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen()
    return listener


def does_not_listen(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    return listener


def lets_the_kernel_choose(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")
    listener.listen()
    return listener


def takes_seqpacket(name):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind("\0" + name)
    listener.listen()
    return listener


def ends_the_name_with_a_zero(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0{name}\0")
    listener.listen()
    return listener


def accepts(name):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0" + name)
    listener.listen()
    return listener.accept()[0]


def closes_it(name):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        return listener


def returns_nothing(name):
    socket.socket(socket.AF_UNIX).bind("\0" + name)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (binds_a_path, "There is a file now, 'ipc-course-"),
        (does_not_listen, "connect() failed: ECONNREFUSED. Does the socket listen?"),
        (lets_the_kernel_choose, "The socket's name should be b'\\x00ipc-course-"),
        (ends_the_name_with_a_zero, "The socket's name should be b'\\x00ipc-course-"),
        (takes_seqpacket, "Make it a stream socket: SOCK_STREAM"),
        (accepts, "leave accept() to who gets it"),
        (closes_it, "cannot be asked for its name: EBADF"),
        (returns_nothing, "Return the socket that listens"),
    ],
)
def test_listeners_that_are_not_found(answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("10.3", answer, sentence)


def listening(host: Host, family: int, address: str, **options: int) -> socket.socket:
    listener = host.socket(family)
    for name, value in options.items():
        listener.setsockopt(socket.IPPROTO_IPV6, getattr(socket, name), value)
    listener.bind((address, 80))
    listener.listen()
    return listener


def for_version_4(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET, "0.0.0.0")


def for_version_6_only(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET6, "::", IPV6_V6ONLY=1)


def for_one_address(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET6, "fd00::2", IPV6_V6ONLY=0)


def trusts_the_default(host: Host) -> socket.socket:
    return listening(host, socket.AF_INET6, "::")


def says_it_too_late(host):
    listener = host.socket(socket.AF_INET6)
    listener.bind(("::", 80))
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.listen()
    return listener


def says_it_elsewhere(host: Host) -> socket.socket:
    listener = host.socket(socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 80))
    listener.listen()
    return listener


def takes_two(host: Host) -> list[socket.socket]:
    return [for_version_4(host), for_version_6_only(host)]


def returns_one_of_two(host: Host) -> socket.socket:
    for_version_4(host)
    return for_version_6_only(host)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (for_version_4, "The IPv6 caller got ECONNREFUSED at fd00::2 port 80: take a socket of AF_INET6"),
        (for_version_6_only, "The IPv4 caller got ECONNREFUSED at 10.0.0.2 port 80: bind to ::, with IPV6_V6ONLY off"),
        (for_one_address, "The IPv4 caller got ECONNREFUSED"),
        (trusts_the_default, "The IPv4 caller got ECONNREFUSED"),
        (says_it_too_late, "and before bind()"),
        (says_it_elsewhere, "at level IPPROTO_IPV6"),
        (takes_two, "Return the one socket"),
        (returns_one_of_two, "accept() on the socket that you returned failed"),
    ],
)
def test_listeners_that_miss_a_caller(needs_lab: None, answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("10.4", answer, sentence)


def test_without_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "why_unavailable", lambda: "this test says so")
    checked = check("10.4", SOLVED["listener_for_both"])
    assert checked.status == "unavailable" and "this test says so" in checked.text


def asks_the_attribute(family, type):
    try:
        with socket.socket(family, type) as made:
            return made.proto
    except OSError:
        return None


def knows_it(family, type):
    return {socket.SOCK_STREAM: 6, socket.SOCK_DGRAM: 17}.get(type)


def lets_errors_out(family, type):
    with socket.socket(family, type) as made:
        return made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)


def leaves_it_open(family, type):
    try:
        number = socket.socket(family, type).detach()
    except OSError:
        return None
    return socket.socket(fileno=os.dup(number)).proto


def says_zero_for_none(family, type):
    try:
        with socket.socket(family, type) as made:
            return made.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
    except OSError:
        return 0


def returns_the_type(family, type):
    return socket.SocketKind(type)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            asks_the_attribute,
            "For AF_INET, SOCK_STREAM you returned 0; the kernel says 6. The attribute `proto` repeats",
        ),
        (knows_it, "For AF_UNIX, SOCK_STREAM you returned 6; the kernel says 0."),
        (lets_errors_out, "Your code raised OSError: [Errno 93] Protocol not supported"),
        (leaves_it_open, "After AF_INET, SOCK_STREAM a socket of yours is still open"),
        (says_zero_for_none, "this kernel makes no such socket: return None then"),
        (returns_the_type, "the kernel says 6."),
    ],
)
def test_other_protocols(answer: Callable[..., Any], sentence: str) -> None:
    assert_wrong("10.5", answer, sentence)


@pytest.mark.parametrize("number", ["10.1", "10.2", "10.3", "10.5"])
def test_an_answer_that_ends_its_process(number: str) -> None:
    assert_wrong(number, ends_its_process, "Your code ended the process")


def ends_its_process(*arguments):
    os._exit(1)
