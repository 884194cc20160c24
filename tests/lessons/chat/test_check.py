from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

import pytest

from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("15_build_a_chat")
ANSWERS = {"15.1": "split", "15.2": "tell_all", "15.3": "watch_over", "15.4": "serve"}


@pytest.mark.parametrize("number", ANSWERS)
def test_the_solution_passes(number: str) -> None:
    card = check(number, SOLVED[ANSWERS[number]])
    assert card.status == "passed", card


@pytest.mark.parametrize("number", ANSWERS)
def test_the_stub_is_untried(number: str) -> None:
    def stub(*_: Any) -> Any: ...

    assert check(number, stub).status == "untried"


def refused(number: str, answer: Any) -> str:
    card = check(number, answer)
    assert card.status in ("wrong", "failed"), card
    return card.text


def splits_on_line_ends(data: bytes, limit: int) -> Any:
    return data.splitlines(), b""


def forgets_the_rest(data: bytes, limit: int) -> Any:
    return data.split(b"\n"), b""


def has_no_limit(data: bytes, limit: int) -> Any:
    *complete, rest = data.split(b"\n")
    return complete, rest


def limits_the_rest_only(data: bytes, limit: int) -> Any:
    *complete, rest = data.split(b"\n")
    if len(rest) > limit:
        raise ValueError
    return complete, rest


def limits_too_early(data: bytes, limit: int) -> Any:
    *complete, rest = data.split(b"\n")
    if any(len(part) >= limit for part in (*complete, rest)):
        raise ValueError("too long")
    return complete, rest


def limits_all_of_it(data: bytes, limit: int) -> Any:
    if len(data) > limit:
        raise ValueError("too long")
    return SOLVED["split"](data, limit)


def has_its_own_limit(data: bytes, limit: int) -> Any:
    return SOLVED["split"](data, 10)


def has_no_rest(data: bytes, limit: int) -> Any:
    return data.split(b"\n")[:-1], 0


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (has_its_own_limit, "the limit is what the caller says"),
        (has_no_rest, "the rest 0; they are"),
        (splits_on_line_ends, "what comes after the last one is not complete"),
        (forgets_the_rest, "what comes after the last one is not complete"),
        (has_no_limit, "must raise ValueError: 11 bytes are longer than the limit"),
        (limits_the_rest_only, "must raise ValueError"),
        (limits_too_early, "raised ValueError (too long), although no line, nor the rest, is longer than 10 bytes"),
        (limits_all_of_it, "raised ValueError (too long), although no line"),
        (lambda data, limit: data.split(b"\n"), "Return two things"),
    ],
)
def test_other_lines_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("15.1", answer)


def _remove(outboxes: Any) -> None:
    del outboxes["slow"], outboxes["slower"]


def returns_at_the_first_slow(outboxes: Any, line: str) -> Any:
    for name, outbox in list(outboxes.items()):
        if outbox.full():
            del outboxes[name]
            return {name}
        outbox.put_nowait(line)
    return set()


def stops_at_the_slow(outboxes: Any, line: str) -> Any:
    for outbox in outboxes.values():
        outbox.put_nowait(line)
    return set()


def deletes_on_the_way(outboxes: Any, line: str) -> Any:
    for name, outbox in outboxes.items():
        if outbox.full():
            del outboxes[name]
    return {"slow", "slower"}


def keeps_the_slow(outboxes: Any, line: str) -> Any:
    for outbox in outboxes.values():
        with contextlib.suppress(asyncio.QueueFull):
            outbox.put_nowait(line)
    return {"slow", "slower"}


def makes_room(outboxes: Any, line: str) -> Any:
    for outbox in outboxes.values():
        if outbox.full():
            outbox.get_nowait()
        outbox.put_nowait(line)
    _remove(outboxes)
    return {"slow", "slower"}


async def waits(outboxes: Any, line: str) -> Any:
    for outbox in outboxes.values():
        await outbox.put(line)


def names_nobody(outboxes: Any, line: str) -> Any:
    SOLVED["tell_all"](outboxes, line)


def tells_nobody(outboxes: Any, line: str) -> Any:
    _remove(outboxes)
    return {"slow", "slower"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (stops_at_the_slow, "raised QueueFull"),
        (returns_at_the_first_slow, "also those after a slow one"),
        (deletes_on_the_way, "go over a copy"),
        (keeps_the_slow, "must be removed from outboxes"),
        (makes_room, "lost without a word"),
        (waits, "is a coroutine"),
        (names_nobody, "Return the set of the names"),
        (tells_nobody, "gets the line once"),
    ],
)
def test_other_ways_to_tell_all_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("15.2", answer)


def asks_nothing(connection: socket.socket) -> None:
    connection.settimeout(5)


def asks_with_the_usual_times(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def forgets_the_count(connection: socket.socket) -> None:
    asks_with_the_usual_times(connection)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)


def is_overruled(connection: socket.socket) -> None:
    SOLVED["watch_over"](connection)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)


def with_the_user_timeout(connection: socket.socket) -> None:
    forgets_the_count(connection)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3_000)


def test_a_user_timeout_counts_instead_of_the_probes() -> None:
    card = check("15.3", with_the_user_timeout)
    assert "after 3 s of silence" in card.text, card


def hangs_up(connection: socket.socket) -> None:
    connection.close()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (asks_nothing, "SO_KEEPALIVE is off"),
        (asks_with_the_usual_times, "The first probe goes out after"),
        (forgets_the_count, "must stay unanswered: 10 s in all"),
        (is_overruled, "60 s in all. TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_USER_TIMEOUT"),
        (hangs_up, "must leave the connection as it is"),
    ],
)
def test_other_ways_to_watch_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("15.3", answer)


def echo(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            while data := connection.recv(1000):
                connection.sendall(b"you said: " + data)


def one_by_one(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            for line in connection.makefile("rb"):
                connection.sendall(b"you said: " + line)


def without_limit(listener: socket.socket) -> None:
    def answer(connection: socket.socket) -> None:
        for line in connection.makefile("rb"):
            connection.sendall(b"you said: " + line)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def parrot(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        for line in connection.makefile("rb"):
            connection.sendall(line)


def serves_nobody(listener: socket.socket) -> None:
    listener.fileno()


def misspelt(listener: socket.socket) -> None:
    listener.acept()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (echo, "«chops», who says one line byte by byte"),
        (one_by_one, "«silent», who stays connected and says nothing. It sleeps while"),
        (without_limit, "«endless», who says a line that does not end. It keeps all that comes in memory"),
        (parrot, "waits for its answer. It read the line, and never sent one that ends in"),
        (serves_nobody, "It ended with return"),
        (misspelt, "It ended with AttributeError"),
        (lambda listener: None, "Write the function with def"),
    ],
)
def test_other_servers_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("15.4", answer)
