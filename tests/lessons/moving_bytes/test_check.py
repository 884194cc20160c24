from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("14_moving_bytes")


ENDLESS = {
    *("loops_at_the_end", "waits_for_nothing", "polls", "peeks_again_and_again", "peeks_and_sleeps"),
    *("tries_again_and_again", "waits_to_read", "never_ends", "asks_and_throws_away"),
}
"""The wrong answers that never come to an end: nobody has to be patient with them."""


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    name = getattr(request.node.callspec.params.get("answer"), "__name__", "")
    monkeypatch.setattr(own_process, "LONGEST", 1.0 if name in ENDLESS else 10.0)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("14.1", "recv_exactly"),
        ("14.2", "peek"),
        ("14.3", "send_all"),
        ("14.4", "take_lines"),
        ("14.5", "whole_datagram"),
    ],
)
def test_the_solution_passes(number: str, name: str) -> None:
    checked = check(number, SOLVED[name])
    assert checked.status == "passed", checked.text


def reads_into_one_buffer(sock: Any, n: int) -> bytes:
    buffer = bytearray(n)
    view = memoryview(buffer)
    while view:
        count = sock.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return bytes(buffer)


def waits_with_poll(sock: Any, data: bytes) -> int:
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    sent = 0
    while sent < len(data):
        try:
            sent += os.write(sock.fileno(), data[sent:])
        except BlockingIOError:
            poll.poll()
    return sent


def doubles_its_buffer(sock: Any) -> bytes:
    size, truncated = 64, True
    while truncated:
        size *= 2
        truncated = bool(sock.recvmsg(size, 0, socket.MSG_PEEK)[2] & socket.MSG_TRUNC)
    return sock.recv(size)


def asks_with_an_ioctl(sock: Any) -> bytes:
    import fcntl
    import termios

    select.select([sock], [], [])
    size = int.from_bytes(fcntl.ioctl(sock, termios.FIONREAD, bytes(4)), sys.byteorder)
    return sock.recv(size or 1)


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        *(("14.1", reads_into_one_buffer), ("14.3", waits_with_poll)),
        *(("14.5", doubles_its_buffer), ("14.5", asks_with_an_ioctl)),
    ],
)
def test_other_right_answers_pass(number: str, answer: Callable[..., Any]) -> None:
    checked = check(number, answer)
    assert checked.status == "passed", checked.text


def told(number: str, answer: Callable[..., Any]) -> str:
    """What is said to a wrong answer."""
    checked = check(number, answer)
    assert checked.status == "wrong", checked.text
    return checked.text


def reads_once(sock: Any, n: int) -> bytes:
    return sock.recv(n)


def reads_what_is_there(sock: Any, n: int) -> bytes:
    return sock.recv(4096)[:n]


def keeps_too_much(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n:
        data += sock.recv(4096)
    return data


def trusts_waitall(sock: Any, n: int) -> bytes:
    data = sock.recv(n, socket.MSG_WAITALL)
    if len(data) < n:
        raise EOFError
    return data


def loops_at_the_end(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n:
        data += sock.recv(n - len(data))
    return data


def gives_half_at_the_end(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n and (piece := sock.recv(n - len(data))):
        data += piece
    return data


def raises_something_else_at_the_end(sock: Any, n: int) -> bytes:
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


def waits_for_nothing(sock: Any, n: int) -> bytes:
    data = sock.recv(n or 1)
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def polls(sock: Any, n: int) -> bytes:
    sock.setblocking(False)
    data = b""
    while len(data) < n:
        try:
            data += sock.recv(n - len(data))
        except BlockingIOError:
            pass
    sock.setblocking(True)
    return data


def ends_its_process(sock: Any, n: int) -> bytes:
    os._exit(1)


def returns_text(sock: Any, n: int) -> str:
    return sock.recv(n).decode()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reads_once, "You returned b'0'. 1 of 10 bytes had come by then: read on until all have."),
        (reads_what_is_there, "your function took others with them"),
        (keeps_too_much, "return b'exactly this', not b'exactly this, and more'"),
        (trusts_waitall, "Your code raised EOFError: , in your process"),
        (trusts_waitall, "A signal came after 1 of 10 bytes"),
        (loops_at_the_end, "recv() gives b'' then, each time"),
        (gives_half_at_the_end, "The stream ended after 4 of 10 bytes, and you returned b'half': raise EOFError"),
        (raises_something_else_at_the_end, "Your code raised ConnectionError: closed"),
        (waits_for_nothing, "0 bytes were asked for, and your function waits"),
        (polls, "computes all the time while it could sleep"),
        (ends_its_process, "ended the process that it ran in"),
        (returns_text, "return b'exactly this', not 'exactly this'"),
    ],
)
def test_reads_that_are_not_exact(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in told("14.1", answer)


def takes(sock: Any, n: int) -> bytes:
    return sock.recv(n, socket.MSG_WAITALL)


def peeks_at_what_is_there(sock: Any, n: int) -> bytes:
    return sock.recv(n, socket.MSG_PEEK)


def peeks_again_and_again(sock: Any, n: int) -> bytes:
    while len(data := sock.recv(n, socket.MSG_PEEK)) < n:
        pass
    return data


def peeks_at_more(sock: Any, n: int) -> bytes:
    return sock.recv(4096, socket.MSG_PEEK)


def peeks_and_sleeps(sock: Any, n: int) -> bytes:
    while len(data := sock.recv(n, socket.MSG_PEEK)) < n:
        time.sleep(0.01)
    return data


def peeks_and_takes_the_rest(sock: Any, n: int) -> bytes:
    return sock.recv(1, socket.MSG_PEEK) + sock.recv(n)[1:]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (takes, "b'GET / HTTP/1.1' should still be there after your function, and b'/ HTTP/1.1' is"),
        (peeks_at_what_is_there, "You returned b'GE'. Two of four bytes had come by then. MSG_PEEK alone does not"),
        (peeks_again_and_again, "asks again and again while it could sleep"),
        (peeks_at_more, "return b'GET ', not b'GET / HTTP/1.1'"),
        (peeks_and_sleeps, "The stream has ended after two bytes: return these two."),
        (peeks_and_takes_the_rest, "it took bytes"),
    ],
)
def test_looks_that_are_none(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in told("14.2", answer)


def sends_once(sock: Any, data: bytes) -> None:
    sock.send(data)


def calls_sendall(sock: Any, data: bytes) -> None:
    sock.sendall(data)


def makes_it_blocking(sock: Any, data: bytes) -> None:
    sock.setblocking(True)
    sock.sendall(data)
    sock.setblocking(False)


def tries_again_and_again(sock: Any, data: bytes) -> None:
    while data:
        try:
            data = data[sock.send(data) :]
        except BlockingIOError:
            pass


def begins_anew(sock: Any, data: bytes) -> None:
    sent = 0
    while sent < len(data):
        select.select([], [sock], [])
        sent += sock.send(data[: len(data) - sent])


def believes_that_all_was_taken(sock: Any, data: bytes) -> None:
    for start in range(0, len(data), 1 << 17):
        select.select([], [sock], [])
        sock.send(data[start : start + (1 << 17)])


def looks_at_no_number(sock: Any, data: bytes) -> None:
    for start in range(0, len(data), 16384):
        select.select([], [sock], [])
        sock.send(data[start : start + 16384])


def waits_to_read(sock: Any, data: bytes) -> None:
    while data:
        select.select([sock], [], [])
        data = data[sock.send(data) :]


def sends_twice_what_was_not_taken(sock: Any, data: bytes) -> None:
    while data:
        select.select([], [sock], [])
        count = sock.send(data)
        data = data[max(1, count // 2) :]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (sends_once, "You returned None. By then the peer had read nothing"),
        (calls_sendall, "Your code raised BlockingIOError"),
        (makes_it_blocking, "made the socket blocking"),
        (tries_again_and_again, "tries again and again: sleep until the socket is writable"),
        (begins_anew, "but not the same: go on where send() stopped"),
        (believes_that_all_was_taken, "401600 bytes were to be sent, and fewer came"),
        (looks_at_no_number, "401600 bytes were to be sent, and fewer came"),
        (waits_to_read, "does not come to its end"),
        (sends_twice_what_was_not_taken, "401600 bytes were to be sent, and more came"),
    ],
)
def test_writes_that_are_not_whole(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in told("14.3", answer)


def splits_at_newlines(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\n")
    return [line.rstrip(b"\r") for line in lines], rest


def splits_lines(buffer: bytes) -> tuple[list[bytes], bytes]:
    return buffer.splitlines(), b""


def keeps_the_ends(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\r\n")
    return [line + b"\r\n" for line in lines], rest


def drops_empty_lines(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\r\n")
    return [line for line in lines if line], rest


def has_no_rest(buffer: bytes) -> list[bytes]:
    return buffer.split(b"\r\n")


def takes_one_only(buffer: bytes) -> tuple[list[bytes], bytes]:
    line, end, rest = buffer.partition(b"\r\n")
    return ([line], rest) if end else ([], buffer)


def takes_the_rest_for_a_line(buffer: bytes) -> tuple[list[bytes], bytes]:
    return buffer.split(b"\r\n"), b""


def cuts_half_an_end_off(buffer: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = buffer.split(b"\r\n")
    return lines, rest.rstrip(b"\r")


def never_ends(buffer: bytes) -> tuple[list[bytes], bytes]:
    lines: list[bytes] = []
    while not buffer.endswith(b"\r\n"):
        line, _, buffer = buffer.partition(b"\r\n")
        lines.append(line)
    return lines, buffer


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (splits_at_newlines, "Only b'\\r\\n' ends a line"),
        (splits_lines, "What has no end yet is no line"),
        (keeps_the_ends, "Return the lines without their ends"),
        (drops_empty_lines, "An empty line is a line, too"),
        (has_no_rest, "Return a tuple, a list of lines and the rest"),
        (takes_one_only, "take_lines(b'HELO a\\r\\n\\r\\n') is ([b'HELO a', b''], b''), not ([b'HELO a'], b'\\r\\n')"),
        (takes_the_rest_for_a_line, "What has no end yet is no line: it is the rest"),
        (cuts_half_an_end_off, "is the rest, also half an end"),
        (never_ends, "Your function never ends for b''"),
    ],
)
def test_lines_that_are_none(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in told("14.4", answer)


def takes_a_large_buffer(sock: Any) -> bytes:
    return sock.recv(1 << 16)


def takes_a_small_buffer(sock: Any) -> bytes:
    return sock.recv(4096)


def only_looks(sock: Any) -> bytes:
    size = sock.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_TRUNC)
    return sock.recv(size or 1, socket.MSG_PEEK)


def asks_and_throws_away(sock: Any) -> bytes:
    size = sock.recv_into(bytearray(1), 0, socket.MSG_TRUNC)
    return sock.recv(size or 1)


def takes_no_empty_one(sock: Any) -> bytes:
    size = sock.recv_into(bytearray(1), 0, socket.MSG_PEEK | socket.MSG_TRUNC)
    return sock.recv(size)


def believes_the_length(sock: Any) -> bytes:
    return sock.recv(64, socket.MSG_TRUNC)


def peeks_at_one_byte(sock: Any) -> bytes:
    return sock.recv(len(sock.recv(1, socket.MSG_PEEK)))


def reads_on(sock: Any) -> bytes:
    data = b""
    while len(piece := sock.recv(4096)) == 4096:
        data += piece
    return data + piece


def does_not_wait(sock: Any) -> bytes:
    return sock.recv(1 << 16, socket.MSG_DONTWAIT)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (takes_a_large_buffer, "bytes of memory: ask for the datagram's size first"),
        (takes_a_small_buffer, "A datagram of 60000 bytes came, and you returned the first 4096: the rest is lost"),
        (only_looks, "You returned 10 bytes, as were sent, but other ones"),
        (asks_and_throws_away, "your function still waits: did it throw it away?"),
        (takes_no_empty_one, "An empty datagram was received twice"),
        (believes_the_length, "bytes, as were sent, but other ones"),
        (peeks_at_one_byte, "return b'0123456789', not b'0'"),
        (reads_on, "its beginning and then other bytes"),
        (does_not_wait, "Your code raised BlockingIOError"),
    ],
)
def test_datagrams_that_are_not_whole(answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in told("14.5", answer)


@pytest.mark.parametrize("number", ["14.1", "14.2", "14.3", "14.4", "14.5"])
def test_what_is_no_function_is_told(number: str) -> None:
    assert "Hand over the function itself, without parentheses" in told(number, b"bytes")
