from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from helpers.lessons.which_one.check import JOBS
from helpers.lessons.which_one.properties import ALL, need
from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("16_which_one_when")
ANSWERS: dict[str, Any] = {
    "16.1": SOLVED["transfer_time"],
    "16.2": SOLVED["per_round_trip"],
    "16.3": SOLVED["ask"],
    "16.4": SOLVED["CHOSEN"],
    "16.5": (SOLVED["give"], SOLVED["take"]),
}


@pytest.mark.parametrize("number", ANSWERS)
def test_the_solution_passes(number: str) -> None:
    card = check(number, ANSWERS[number])
    assert card.status == "passed", card


def stub(*_: Any) -> Any: ...


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("16.1", stub),
        ("16.2", stub),
        ("16.3", stub),
        ("16.4", dict.fromkeys(JOBS, ...)),
        ("16.5", (SOLVED["give"], stub)),
    ],
)
def test_the_stub_is_untried(number: str, answer: Any) -> None:
    assert check(number, answer).status == "untried"


def refused(number: str, answer: Any) -> str:
    card = check(number, answer)
    assert card.status in ("wrong", "failed"), card
    return card.text


def stops_at_send(sock: socket.socket, data: bytes) -> float:
    begin = time.perf_counter_ns()
    sock.sendall(data)
    taken = time.perf_counter_ns() - begin
    sock.recv(1)
    return taken


def begins_after_sending(sock: socket.socket, data: bytes) -> float:
    sock.sendall(data)
    begin = time.perf_counter_ns()
    sock.recv(1)
    return time.perf_counter_ns() - begin


def counts_seconds(sock: socket.socket, data: bytes) -> float:
    begin = time.perf_counter()
    sock.sendall(data)
    sock.recv(1)
    return time.perf_counter() - begin


def makes_it_up(sock: socket.socket, data: bytes) -> float:
    SOLVED["transfer_time"](sock, data)
    return 1e12


def sends_a_part(sock: socket.socket, data: bytes) -> float:
    return SOLVED["transfer_time"](sock, data[:100])


def sends_twice(sock: socket.socket, data: bytes) -> float:
    return SOLVED["transfer_time"](sock, data + data[:50])


def returns_nothing(sock: socket.socket, data: bytes) -> None:
    SOLVED["transfer_time"](sock, data)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (stops_at_send, "again when the receiver's byte has come"),
        (begins_after_sending, "read the clock before you send"),
        (counts_seconds, "count nanoseconds"),
        (makes_it_up, "the call of your function took"),
        (sends_a_part, "waits for something that does not come"),
        (sends_twice, "50 of the 300000 bytes did not arrive as they are"),
        (returns_nothing, "you returned None"),
    ],
)
def test_other_clocks_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("16.1", answer)


def reads_the_clock_each_time(ask: Any, number: int, clock: Any) -> float:
    ask()
    taken = 0
    for _ in range(number):
        begin = clock()
        ask()
        taken += clock() - begin
    return taken / number


def is_cold(ask: Any, number: int, clock: Any) -> float:
    begin = clock()
    for _ in range(number):
        ask()
    return (clock() - begin) / number


def is_one_short(ask: Any, number: int, clock: Any) -> float:
    ask()
    begin = clock()
    for _ in range(number - 1):
        ask()
    return (clock() - begin) / number


def does_not_divide(ask: Any, number: int, clock: Any) -> float:
    return number * SOLVED["per_round_trip"](ask, number, clock)


def reads_once(ask: Any, number: int, clock: Any) -> float:
    ask()
    return clock()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reads_the_clock_each_time, "The clock was read 2000 times for 1000 round trips"),
        (is_cold, "The first round trip was measured"),
        (is_one_short, "Between the two readings there were 999 round trips, not 1000"),
        (does_not_divide, "5000.1 ns each; you returned"),
        (reads_once, "The clock was read 1 times"),
        (lambda ask, number, clock: None, "The clock was read 0 times"),
    ],
)
def test_other_batches_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("16.2", answer)


def in_whole_nanoseconds(ask: Any, number: int, clock: Any) -> int:
    return int(SOLVED["per_round_trip"](ask, number, clock))


def test_whole_nanoseconds_will_do() -> None:
    assert check("16.2", in_whole_nanoseconds).status == "passed"


def in_two(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header)
    sock.send(body)
    return sock.recv(1)


def acknowledges_at_once_here(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # of what comes; it is the other side that delays
    return in_two(sock, header, body)


def forgets_the_body(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header)
    return sock.recv(1)


def returns_no_answer(sock: socket.socket, header: bytes, body: bytes) -> None:
    SOLVED["ask"](sock, header, body)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (in_two, "the second small write waits until the first is acknowledged"),
        (acknowledges_at_once_here, "the second small write waits until the first is acknowledged"),
        (forgets_the_body, "No answer came"),
        (returns_no_answer, "you returned None"),
    ],
)
def test_what_still_waits_is_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("16.3", answer)


def without_nagle(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return in_two(sock, header, body)


def with_more_to_come(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header, socket.MSG_MORE)
    sock.send(body)
    return sock.recv(1)


def joined(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.sendall(header + body)
    return sock.recv(1)


@pytest.mark.parametrize("answer", [without_nagle, with_more_to_come, joined])
def test_each_cure_passes(answer: Any) -> None:
    assert check("16.3", answer).status == "passed"


@pytest.mark.parametrize(
    ("job", "name", "sentence"),
    [
        ("jobs", "FIFO", "half a message"),
        ("jobs", "Unix datagram", "first come, first served"),
        ("files", "TCP", "half a message"),
        ("files", "Unix datagram", "a reader waits on for ever"),
        ("frames", "eventfd", "an eventfd has no name"),
        ("frames", "Unix stream", "has one receiver"),
        ("sensor", "TCP", "half a message"),
        ("sensor", "POSIX queue", "it is an object of one kernel"),
        ("sensor", "carrier pigeon", "is none of the mechanisms"),
    ],
)
def test_a_choice_that_lacks_something_is_told_what(job: str, name: str, sentence: str) -> None:
    text = refused("16.4", SOLVED["CHOSEN"] | {job: name})
    assert sentence in text and repr(job) in text


@pytest.mark.parametrize("answer", [{}, "TCP", {"jobs": "TCP"}, None])
def test_what_is_no_choice_at_all(answer: Any) -> None:
    assert "the keys 'jobs', 'files', 'frames', 'sensor'" in refused("16.4", answer)


def test_each_job_can_be_done_and_not_by_everything() -> None:
    for needs in JOBS.values():
        fits = [name for name in ALL if all(need(key).met_by(name) for key in needs)]
        assert 1 <= len(fits) <= 3


def give(memory: Any, data: bytes) -> None:
    memory[:] = data


def take(memory: Any) -> int:
    return memory.find(b"\1", 0)


def give_byte_by_byte(memory: Any, data: bytes) -> None:
    for place, byte in enumerate(data):
        memory[place] = byte


def take_byte_by_byte(memory: Any) -> int:
    for place in range(len(memory)):
        if memory[place] == 1:
            return place
    return -1


def give_half(memory: Any, data: bytes) -> None:
    memory[: len(data) // 2] = data[: len(data) // 2]


def give_none(memory: Any, data: bytes) -> None:
    memory.seek(0)


def take_nothing(memory: Any) -> None:
    memory.find(b"\1")


def take_always(memory: Any) -> int:
    return 5


def take_never(memory: Any) -> int:
    while True:
        time.sleep(1)


def take_fails(memory: Any) -> int:
    return memory.index(b"\1")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((give_byte_by_byte, take), "let one slice assignment copy"),
        ((give, take_byte_by_byte), "one method search"),
        ((give_half, take), "the memory must hold data, all of it"),
        ((give_none, take), "the memory must hold data, all of it"),
        ((give, take_nothing), "it returned None"),
        ((give, take_always), "it returned 5"),
        ((give, take_never), "it needs to wait for nothing"),
        ((give, take_fails), "AttributeError"),
        ((give, len), "Hand over the function itself"),
        (give, "Hand over both functions"),
    ],
)
def test_other_exchanges_are_refused(answer: Any, sentence: str) -> None:
    assert sentence in refused("16.5", answer)
