"""Answers to the exercises of notebook 16."""

from __future__ import annotations

import socket
import time
from typing import Any

from tests.lessons.table import Tried, solutions

SOLVED = solutions("16")
TIME, BATCH, ASK, CHOSEN = (SOLVED[name] for name in ("transfer_time", "per_round_trip", "ask", "CHOSEN"))
GIVE, TAKE = SOLVED["give"], SOLVED["take"]


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


def only_sleeps(sock: socket.socket, data: bytes) -> float:
    begin = time.perf_counter_ns()
    sock.sendall(data)
    time.sleep(0.5)
    return time.perf_counter_ns() - begin


def in_pieces_by_another_clock(sock: socket.socket, data: bytes) -> int:
    begin = time.monotonic_ns()
    while data:
        data = data[sock.send(data) :]
    while not sock.recv(100):
        pass
    return time.monotonic_ns() - begin


def reads_the_clock_each_time(ask: Any, number: int, clock: Any) -> float:
    ask()
    taken = 0
    for _ in range(number):
        begin = clock()
        ask()
        taken += clock() - begin
    return taken / number


def cold(ask: Any, number: int, clock: Any) -> float:
    begin = clock()
    for _ in range(number):
        ask()
    return float(clock() - begin) / number


def best_of_three(ask: Any, number: int, clock: Any) -> float:
    return min(BATCH(ask, number, clock) for _ in range(3))


def first_batch_thrown_away(ask: Any, number: int, clock: Any) -> float:
    return [cold(ask, number, clock) for _ in range(2)][1]


def in_two(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header)
    sock.send(body)
    return sock.recv(1)


def leaves_the_cork(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    return in_two(sock, header, body)


def wrong_way_round(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.sendall(body + header)
    return sock.recv(1)


def without_nagle(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return in_two(sock, header, body)


def more_to_come(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    sock.send(header, socket.MSG_MORE)
    sock.send(body)
    return sock.recv(1)


def pulls_the_cork(sock: socket.socket, header: bytes, body: bytes) -> bytes:
    for cork, part in ((1, header), (1, body), (0, b"")):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, cork)
        sock.send(part)
    return sock.recv(1)


def give_byte_by_byte(memory: Any, data: bytes) -> None:
    for place, byte in enumerate(data):
        memory[place] = byte


def give_half(memory: Any, data: bytes) -> None:
    memory[: len(data) // 2] = data[: len(data) // 2]


def give_by_write(memory: Any, data: bytes) -> None:
    memory.seek(0)
    memory.write(data)


def take_byte_by_byte(memory: Any) -> int:
    return next(place for place in range(len(memory)) if memory[place] == 1)


def take_in_a_copy(memory: Any) -> int:
    return bytes(memory).index(1)


def take_nothing(memory: Any) -> None:
    memory.find(b"\1")


def take_always(memory: Any) -> int:
    return 1048567


def take_never(memory: Any) -> int:
    while True:
        time.sleep(1)


def take_fails(memory: Any) -> int:
    return memory.index(b"\1")


TRIED = [
    Tried("16.1", TIME, "passed", "said that it has everything"),
    Tried("16.1", in_pieces_by_another_clock, "passed", ""),
    Tried("16.1", lambda sock, data: int(TIME(sock, data) // 1), "passed", ""),
    Tried("16.1", stops_at_send, "wrong", "again when that byte has come"),
    Tried("16.1", begins_after_sending, "wrong", "read the clock before you send"),
    Tried("16.1", lambda sock, data: TIME(sock, data) / 1e9, "wrong", "The receiver took 100000000 ns or more"),
    Tried("16.1", lambda sock, data: 0 * TIME(sock, data) + 1e12, "wrong", "You say 1e+12 ns"),
    Tried("16.1", only_sleeps, "wrong", "wait for its byte, and read it"),
    Tried("16.1", lambda sock, data: TIME(sock, data[:100]), "failed", "TimeoutError"),
    Tried("16.1", lambda sock, data: TIME(sock, data + data[:50]), "wrong", "send all of data, once"),
    Tried("16.1", lambda sock, data: sock.sendall(data), "wrong", "Return when the receiver has all of data"),
    Tried("16.2", BATCH, "passed", "The first round trip was not measured"),
    Tried("16.2", lambda ask, number, clock: int(BATCH(ask, number, clock)), "passed", ""),
    Tried("16.2", best_of_three, "passed", ""),
    Tried("16.2", first_batch_thrown_away, "passed", ""),
    Tried("16.2", reads_the_clock_each_time, "wrong", "ask() was called 1001 x and the clock read 2000 x"),
    Tried("16.2", cold, "wrong", "you returned 5895.1. The first round trip of all takes longer"),
    Tried("16.2", lambda ask, number, clock: BATCH(ask, number - 1, clock), "wrong", "ask() was called 16 x"),
    Tried("16.2", lambda ask, number, clock: number * BATCH(ask, number, clock), "wrong", "take 5000.1 ns each"),
    Tried("16.2", lambda *given: [BATCH(*given), 5000.1][1], "wrong", "7 round trips take 5014.3"),
    Tried("16.2", lambda ask, number, clock: BATCH(ask, 1000, clock), "wrong", "read, make 7, and read again"),
    Tried("16.3", ASK, "passed", "The server has read header and body"),
    Tried("16.3", without_nagle, "passed", ""),
    Tried("16.3", more_to_come, "passed", ""),
    Tried("16.3", pulls_the_cork, "passed", ""),
    Tried("16.3", in_two, "wrong", "ms later than the first. Hand over all at once"),
    Tried("16.3", leaves_the_cork, "wrong", "0 ms later than the first. This side's kernel holds all of it back"),
    Tried("16.3", wrong_way_round, "wrong", "What the server has read: expected b'PUT 0"),
    Tried("16.3", lambda sock, header, body: ASK(sock, b"PUT key".ljust(20), body), "wrong", "What the server"),
    Tried("16.3", lambda sock, header, body: ASK(sock, header, b""), "failed", "TimeoutError"),
    Tried("16.3", lambda sock, header, body: b"!"[: sock.send(header + body)], "wrong", "before it has read"),
    Tried("16.3", lambda sock, header, body: None if ASK(sock, header, body) else 1, "wrong", "got None"),
    Tried("16.4", CHOSEN, "passed", "each choice gives all that its job needs"),
    Tried("16.4", CHOSEN | {"frames": "shared memory"}, "passed", ""),
    Tried("16.4", CHOSEN | {"jobs": "System V queue", "files": "door", "frames": "spinning"}, "passed", ""),
    Tried("16.4", CHOSEN | {"jobs": "FIFO"}, "wrong", "half a message"),
    Tried("16.4", CHOSEN | {"jobs": "Unix datagram"}, "wrong", "first come, first served"),
    Tried("16.4", CHOSEN | {"files": "TCP"}, "wrong", "'files' needs that a message arrives as it was sent"),
    Tried("16.4", CHOSEN | {"files": "Unix datagram"}, "wrong", "a reader waits on for ever"),
    Tried("16.4", CHOSEN | {"frames": "memory + eventfd"}, "wrong", "an eventfd has no name"),
    Tried("16.4", CHOSEN | {"frames": "memory + ring"}, "wrong", "one reader moves on the mark"),
    Tried("16.4", CHOSEN | {"sensor": "shared memory"}, "wrong", "it is an object of one kernel"),
    Tried("16.4", CHOSEN | {"sensor": "carrier pigeon"}, "wrong", "is none of the mechanisms; they are pipe, FIFO"),
    Tried("16.4", {"jobs": "TCP"}, "wrong", "expected ['files', 'frames', 'jobs', 'sensor'], got ['jobs']"),
    Tried("16.5", (GIVE, TAKE), "passed", "with the same waking of the other process in both"),
    Tried("16.5", (give_by_write, TAKE), "passed", ""),
    Tried("16.5", (give_by_write, take_in_a_copy), "passed", ""),
    Tried("16.5", (give_byte_by_byte, TAKE), "wrong", "let one slice assignment copy"),
    Tried("16.5", (GIVE, take_byte_by_byte), "wrong", "one method search"),
    Tried("16.5", (give_half, TAKE), "wrong", "the memory must hold data, all of it"),
    Tried("16.5", (GIVE, take_nothing), "wrong", "got None"),
    Tried("16.5", (GIVE, take_always), "wrong", "got 1048567"),
    Tried("16.5", (GIVE, take_never), "wrong", "it has nothing to wait for", hangs=True),
    Tried("16.5", (GIVE, take_fails), "wrong", "AttributeError"),
    Tried("16.5", (GIVE, len), "wrong", "Hand over the function itself"),
    Tried("16.5", GIVE, "failed", "not of the kind that was asked for"),
]
