"""Answers to the exercises of notebook 05."""

from __future__ import annotations

import os  # noqa: F401  the functions of 05.5 run where it is
import socket
import struct
from collections.abc import Callable
from typing import Any

from helpers.fields import xdr
from helpers.fields.onc_rpc import AcceptStatus, RejectStatus, Reply, encode, framed
from tests.lessons.table import Tried, solutions

SOLVED = solutions("05")
LAST = 0x80000000


def packed_by_the_course(name: str, size: int, scores: list[int]) -> bytes:
    return xdr.pack_string(name) + xdr.pack_unsigned_int(*divmod(size, 2**32)) + xdr.pack_array(scores, xdr.pack_int)


def packed_by_to_bytes(name: str, size: int, scores: list[int]) -> bytearray:
    text = name.encode()
    text += bytes((4 - len(text) % 4) % 4)
    numbers = b"".join(score.to_bytes(4, signed=True) for score in scores)
    return bytearray(len(name).to_bytes(4) + text + size.to_bytes(8) + len(scores).to_bytes(4) + numbers)


def entry(
    form: str, pad: Callable[[int], int], length: Callable[[str, bytes], int] = lambda name, text: len(name)
) -> Any:
    def packed(name: str, size: int, scores: list[int]) -> bytes:
        text = name.encode() + bytes(pad(len(name)))
        return struct.pack(form.format(len(text), len(scores)), length(name, text), text, size, len(scores), *scores)

    return packed


def fragments(first_mark: int, last_mark: int, form: str = ">I", counted: int = 0) -> Any:
    def record(message: bytes, first: int) -> bytes:
        parts = ((first_mark, message[:first]), (last_mark, message[first:]))
        return b"".join(struct.pack(form, mark | (len(part) + counted)) + part for mark, part in parts)

    return record


def three_fragments(message: bytes, first: int) -> bytes:
    return bytes(fragments(0, 0)(message, first)) + struct.pack(">I", LAST)


def refused(status: Any, swapped: bool = False) -> Any:
    def reply(call: bytes, low: int, high: int) -> bytes:
        low, high = (high, low) if swapped else (low, high)
        return encode(Reply(int.from_bytes(call[:4]), status, low=low, high=high))

    return reply


def with_a_verifier_of_its_own(call: bytes, low: int, high: int) -> bytes:
    return call[:4] + struct.pack(">9I", 1, 0, 2, 8, 0, 0, 2, low, high)


def waits_for_ever(*_: object) -> None:
    while True:
        pass


MISMATCH = refused(AcceptStatus.PROG_MISMATCH)


def keeps(key: Callable[[Any, bytes], Any], most: int = 100, memory: dict[Any, bytes] | None = None) -> Any:
    """At most once, with this key, so many replies, and a memory that may be shared by all servers."""

    def at_most_once(execute: Callable[[bytes], bytes]) -> Any:
        replies = {} if memory is None else memory

        def handle(caller: Any, message: bytes) -> bytes:
            if key(caller, message) not in replies:
                replies[key(caller, message)] = execute(message)
            while len(replies) > most:
                del replies[next(iter(replies))]
            return replies.get(key(caller, message), b"")

        return handle

    return at_most_once


def executes_before_it_looks(execute: Any) -> Any:
    replies: dict[Any, bytes] = {}
    return lambda caller, message: replies.setdefault((caller, message[:4]), execute(message))


def keeps_silent_the_second_time(execute: Any) -> Any:
    seen: set[Any] = set()
    return lambda *call: None if call in seen else seen.add(call) or execute(call[1])


class AtMostOnce:
    """Unusual, and right: an object that can be called."""

    def __init__(self, execute: Any) -> None:
        self.execute, self.replies = execute, list[Any]()

    def __call__(self, caller: Any, message: bytes) -> Any:
        for known, reply in self.replies:
            if known == (caller, message):
                return reply
        self.replies.append(((caller, message), self.execute(message)))
        return self.replies[-1][1]


# The functions of 05.5 are sent by their source to a process of its own.


def asks_with_credentials(address: Any, program: int, version: int) -> Any:
    user = struct.pack(">II4sIII", 0, 4, b"host", 0, 0, 0)
    call = struct.pack(">8I", 1, 0, 2, 100000, 2, 3, 1, len(user)) + user
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call + struct.pack(">6I", 0, 0, program, version, 17, 0), address)
        return struct.unpack(">7I", caller.recv(1000))[-1]


def asks_from_a_bound_socket(address: Any, program: int, version: int) -> Any:
    numbers = [int.from_bytes(os.urandom(4)), 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 1234]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", 0))
        caller.sendto(b"".join(number.to_bytes(4) for number in numbers), address)
        while (reply := caller.recvfrom(4096))[1] != address:
            pass
        return int.from_bytes(reply[0][-4:])


def asks_for_tcp(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 6, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return struct.unpack(">7I", caller.recv(1000))[-1]


def forgets_the_verifier(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">12I", 7, 0, 2, 100000, 2, 3, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return int.from_bytes(caller.recv(1000)[-4:])


def takes_the_wrong_procedure(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 5, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return struct.unpack(">7I", caller.recv(1000))[-1]


def says_that_it_is_a_reply(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 1, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return struct.unpack(">7I", caller.recv(1000))[-1]


def returns_the_whole_reply(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return caller.recv(1000)


def waits_for_a_second_reply(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return caller.recv(1000) + caller.recv(1000)


def takes_tcp(address: Any, program: int, version: int) -> Any:
    with socket.socket() as caller:
        caller.connect(address)


def knows_it_by_heart(address: Any, program: int, version: int) -> Any:
    return 40001


def ends_itself(address: Any, program: int, version: int) -> Any:
    raise SystemExit


TRIED = [
    Tried("05.1", SOLVED["packed_entry"], "passed", "Each value begins at a multiple of four"),
    Tried("05.1", packed_by_the_course, "passed", ""),
    Tried("05.1", packed_by_to_bytes, "passed", ""),
    Tried("05.1", entry("<I{}sQI{}i", lambda n: -n % 4), "wrong", "XDR has the highest byte first"),
    Tried("05.1", entry(">I{}sQI{}i", lambda n: 0), "wrong", "'sum', 1099511627777, [1, -1]): expected '00000003 7"),
    Tried("05.1", entry(">I{}sQI{}i", lambda n: 4 - n % 4), "wrong", "63616c63 00000000 00000000 00000002"),
    Tried("05.1", entry(">I{}sQI{}i", lambda n: -n % 4, lambda _, text: len(text)), "wrong", "got '00000004 73756d00"),
    Tried("05.1", entry(">I{}sII{}i", lambda n: -n % 4), "wrong", "expected '00000004 63616c63 00000000 00000002 00"),
    Tried(
        "05.1", entry(">I{}sqI{}i", lambda n: -n % 4), "wrong", "packed_entry('largest', 18446744073709551615, []) r"
    ),
    Tried("05.1", entry(">I{}sQI{}q", lambda n: -n % 4), "wrong", "00000003'"),
    Tried("05.1", lambda *entry: packed_by_the_course(*entry)[4:], "wrong", "got '63616c63"),
    Tried("05.1", lambda *entry: repr(entry), "wrong", "must return bytes; it returned \"('calc', 2, [3])\""),
    Tried("05.1", waits_for_ever, "failed", "not finished after 3 s", hangs=True),
    Tried("05.2", SOLVED["two_fragments"], "passed", "A reader of the stream finds one record"),
    Tried("05.2", fragments(0, LAST), "passed", ""),
    Tried("05.2", lambda m, n: framed(m[:n])[:0] + n.to_bytes(4) + m[:n] + framed(m[n:]), "passed", ""),
    Tried("05.2", fragments(LAST, LAST), "wrong", "The highest bit is for the last fragment"),
    Tried("05.2", fragments(LAST, 0), "wrong", "The highest bit is for the last fragment"),
    Tried("05.2", fragments(0, 0), "wrong", "80 00 00 05"),
    Tried("05.2", fragments(0, LAST, counted=4), "wrong", "got '00 00 00 07"),
    Tried("05.2", fragments(0, LAST, "<I"), "wrong", "got '03 00 00 00"),
    Tried("05.2", fragments(0, 0x8000, ">H"), "wrong", "got '00 03"),
    Tried("05.2", three_fragments, "wrong", "80 00 00 00'"),
    Tried("05.2", lambda message, first: framed(message), "wrong", "got '80 00 00 08"),
    Tried("05.2", framed, "wrong", "got '00 00 00 03"),
    Tried("05.2", lambda message, first: [message[:first], message[first:]], "wrong", "must return bytes"),
    Tried("05.3", SOLVED["version_refused"], "passed", "which versions it may ask for"),
    Tried("05.3", MISMATCH, "passed", ""),
    Tried("05.3", with_a_verifier_of_its_own, "passed", ""),
    Tried("05.3", refused(RejectStatus.RPC_MISMATCH), "wrong", "got 'RPC_MISMATCH, 1 to 3'"),
    Tried("05.3", refused(AcceptStatus.PROG_UNAVAIL), "wrong", "got 'PROG_UNAVAIL, 0 to 0'"),
    Tried("05.3", refused(AcceptStatus.SUCCESS), "wrong", "got 'SUCCESS'"),
    Tried("05.3", refused(AcceptStatus.PROG_MISMATCH, swapped=True), "wrong", "got 'PROG_MISMATCH, 3 to 1'"),
    Tried("05.3", lambda call, *ends: MISMATCH(call, 1, 3), "wrong", "expected 'PROG_MISMATCH, 2 to 2'"),
    Tried("05.3", lambda *refusal: MISMATCH(*refusal)[:-4], "wrong", "got '28 bytes that it cannot decode"),
    Tried("05.3", lambda *refusal: MISMATCH(*refusal) + b"....", "wrong", "4 bytes are left after the last value"),
    Tried("05.3", lambda call, *ends: MISMATCH(bytes(4), *ends), "wrong", "begins with the xid of the call and REPLY"),
    Tried("05.3", lambda call, *ends: call, "wrong", "got 'no reply to its call'"),
    Tried("05.3", lambda call, *ends: call[:4] + struct.pack(">5I", 1, 0, 2, *ends), "wrong", "comes the verifier"),
    Tried("05.3", lambda call, *ends: ends, "wrong", "must return bytes"),
    Tried("05.4", SOLVED["at_most_once"], "passed", "executed once"),
    Tried("05.4", AtMostOnce, "passed", ""),
    Tried("05.4", keeps(lambda caller, message: (caller, message), most=8), "passed", "a limited number of replies"),
    Tried("05.4", keeps(lambda caller, message: f"{message[:4].hex()} {caller}"), "passed", ""),
    Tried("05.4", lambda execute: lambda caller, message: execute(message), "wrong", "the same call again: expected 1"),
    Tried("05.4", executes_before_it_looks, "wrong", "after the same call again: expected 1, got 2"),
    Tried("05.4", keeps(lambda caller, message: message[:4]), "wrong", "from another port of that host"),
    Tried("05.4", keeps(lambda caller, message: (caller.host, message)), "wrong", "from another port of that host"),
    Tried("05.4", keeps(lambda caller, message: (caller.port, message)), "wrong", "from another host"),
    Tried("05.4", keeps(lambda caller, message: caller), "wrong", "after a new call of the same caller"),
    Tried("05.4", keeps(lambda caller, message: (caller, message[3])), "wrong", "after a new call of the same caller"),
    Tried("05.4", keeps(lambda *call: call, most=1), "wrong", "after the first call once more: expected 2, got 3"),
    Tried("05.4", keeps(lambda *call: call, memory={}), "wrong", "after a first call, for a second server"),
    Tried("05.4", keeps_silent_the_second_time, "wrong", "got None"),
    Tried("05.4", lambda execute: lambda caller, message: b"", "wrong", "after a first call: expected 1, got 0"),
    Tried("05.4", lambda execute: {}, "wrong", "must return a function"),
    Tried("05.4", lambda execute: waits_for_ever, "failed", "not finished after 3 s", hangs=True),
    Tried("05.5", SOLVED["port_of"], "passed", "the one that is not there by a 0"),
    Tried("05.5", asks_with_credentials, "passed", ""),
    Tried("05.5", asks_from_a_bound_socket, "passed", ""),
    Tried("05.5", asks_for_tcp, "wrong", "ask for UDP, 17"),
    Tried("05.5", forgets_the_verifier, "wrong", "The port mapper answered GARBAGE_ARGS"),
    Tried("05.5", takes_the_wrong_procedure, "wrong", "The port mapper answered PROC_UNAVAIL"),
    Tried("05.5", says_that_it_is_a_reply, "wrong", "still waits. The port mapper got what is no call", hangs=True),
    Tried("05.5", waits_for_a_second_reply, "wrong", "still waits. The port mapper answered SUCCESS", hangs=True),
    Tried("05.5", returns_the_whole_reply, "wrong", "got b'"),
    Tried("05.5", takes_tcp, "wrong", "ConnectionRefusedError: [Errno 111] Connection refused"),
    Tried("05.5", knows_it_by_heart, "wrong", "got 40001. The port mapper got nothing"),
    Tried("05.5", ends_itself, "wrong", "ended the process"),
    Tried("05.5", 40001, "wrong", "Hand over the function itself"),
    Tried("05.5", lambda address, program, version: 0, "wrong", "Write the function with def"),
]
