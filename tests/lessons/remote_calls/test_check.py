from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from helpers.fields.onc_rpc import AcceptedReply, AcceptStatus, RejectedReply, RejectStatus, encode
from helpers.fields.record_marking import framed
from helpers.fields.xdr import Packer
from helpers.study import check, own_process
from tests.lessons.solved import solutions

SOLVED = solutions("05_remote_procedure_calls")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("05.1", "packed_entry"),
        ("05.2", "two_fragments"),
        ("05.3", "version_refused"),
        ("05.4", "at_most_once"),
        ("05.5", "port_of"),
    ],
)
def test_the_solution_passes(number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


def packed_by_the_packer(name: str, size: int, scores: Sequence[int]) -> bytes:
    packer = Packer().pack_string(name).pack_unsigned_hyper(size)
    return packer.pack_array(scores, packer.pack_int).data


def test_the_packer_is_an_answer_too() -> None:
    assert check("05.1", packed_by_the_packer).status == "passed"


def lowest_byte_first(name: str, size: int, scores: Sequence[int]) -> bytes:
    text = name.encode() + bytes(-len(name) % 4)
    return struct.pack(f"<I{len(text)}sQI{len(scores)}i", len(name), text, size, len(scores), *scores)


def without_padding(name: str, size: int, scores: Sequence[int]) -> bytes:
    return struct.pack(f">I{len(name)}sQI{len(scores)}i", len(name), name.encode(), size, len(scores), *scores)


def with_the_padding_counted(name: str, size: int, scores: Sequence[int]) -> bytes:
    text = name.encode() + bytes(-len(name) % 4)
    return struct.pack(f">I{len(text)}sQI{len(scores)}i", len(text), text, size, len(scores), *scores)


def with_zeros_after_a_full_unit(name: str, size: int, scores: Sequence[int]) -> bytes:
    text = name.encode() + bytes(4 - len(name) % 4)
    return struct.pack(f">I{len(text)}sQI{len(scores)}i", len(name), text, size, len(scores), *scores)


def without_the_length(name: str, size: int, scores: Sequence[int]) -> bytes:
    return packed_by_the_packer(name, size, scores)[4:]


def with_a_short_size(name: str, size: int, scores: Sequence[int]) -> bytes:
    packer = Packer().pack_string(name).pack_unsigned_int(size % 2**32)
    return packer.pack_array(scores, packer.pack_int).data


def without_the_count(name: str, size: int, scores: Sequence[int]) -> bytes:
    return Packer().pack_string(name).pack_unsigned_hyper(size).data + struct.pack(f">{len(scores)}i", *scores)


def with_hypers(name: str, size: int, scores: Sequence[int]) -> bytes:
    packer = Packer().pack_string(name).pack_unsigned_hyper(size)
    return packer.pack_array(scores, packer.pack_hyper).data


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lowest_byte_first, "The lowest byte comes first there"),
        (without_padding, "must be followed by zeros up to a multiple of four"),
        (with_the_padding_counted, "begins with its length in four bytes, without padding"),
        (with_zeros_after_a_full_unit, "'calc' needs no padding"),
        (without_the_length, "begins with its length in four bytes"),
        (with_a_short_size, "in eight bytes"),
        (without_the_count, "an array of varying length has a count"),
        (with_hypers, "then each as an int"),
        (lambda name, size, scores: repr((name, size, scores)), "must return bytes"),
        (lambda name, size, scores: b"", "gave nothing"),
    ],
)
def test_entries_that_are_not_xdr(answer: Callable[[str, int, Sequence[int]], Any], sentence: str) -> None:
    checked = check("05.1", answer)
    assert checked.status == "wrong" and sentence in checked.text


def fragments(message: bytes, first: int, marks: tuple[int, int], form: str = ">I", counted: int = 0) -> bytes:
    """Two fragments, whose headers have these highest bits, and lengths with so many bytes more."""
    parts = message[:first], message[first:]
    return b"".join(
        struct.pack(form, mark | (len(part) + counted)) + part for mark, part in zip(marks, parts, strict=True)
    )


LAST = 0x80000000


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda message, first: fragments(message, first, (LAST, LAST)), "take it for the whole record"),
        (lambda message, first: fragments(message, first, (LAST, 0)), "take it for the whole record"),
        (lambda message, first: fragments(message, first, (0, 0)), "set the highest bit of the second header"),
        (lambda message, first: fragments(message, first, (0, LAST), counted=4), "the header are not counted"),
        (lambda message, first: fragments(message, first, (0, LAST), "<I"), "highest byte first; yours are"),
        (lambda message, first: framed(message), "make two fragments"),
        (lambda message, first: framed(message, first), "the second header must say"),
        (lambda message, first: framed(message[:first] + b"...", first), "together are not the message"),
        (lambda message, first: message, "the first four bytes must say 20"),
        (lambda message, first: b"", "the first four bytes must say 20"),
        (lambda message, first: [message[:first], message[first:]], "return bytes"),
    ],
)
def test_records_that_no_reader_finds(answer: Callable[[bytes, int], Any], sentence: str) -> None:
    checked = check("05.2", answer)
    assert checked.status == "wrong" and sentence in checked.text


def accepted(message: bytes, status: AcceptStatus, low: int = 0, high: int = 0) -> bytes:
    return encode(AcceptedReply(int.from_bytes(message[:4]), status, low=low, high=high))


def denied(message: bytes, low: int, high: int) -> bytes:
    return encode(RejectedReply(int.from_bytes(message[:4]), RejectStatus.RPC_MISMATCH, low, high))


MISMATCH = AcceptStatus.PROG_MISMATCH


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (denied, "RPC_MISMATCH: that is for another version of RPC itself"),
        (lambda message, low, high: accepted(message, AcceptStatus.PROG_UNAVAIL), "PROG_UNAVAIL"),
        (lambda message, low, high: accepted(message, AcceptStatus.SUCCESS), "The client reads SUCCESS"),
        (lambda message, low, high: accepted(message, MISMATCH, high, low), "it should read 1 to 3"),
        (lambda message, low, high: accepted(message, MISMATCH, low, high)[:-4], "cannot decode your reply"),
        (lambda message, low, high: accepted(bytes(4), MISMATCH, low, high), "repeat its xid"),
        (lambda message, low, high: message[:8] + accepted(message, MISMATCH, low, high)[8:], "says CALL (0)"),
        (lambda message, low, high: message, "says CALL (0)"),
        (lambda message, low, high: message[:4] + struct.pack(">5I", 1, 0, 2, low, high), "comes the verifier"),
        (lambda message, low, high: message[:4] + struct.pack(">6I", 1, 0, 0, 2, low, high), "comes the verifier"),
        (lambda message, low, high: message[:4] + struct.pack(">3I", 1, 0, 2), "comes the verifier"),
        (lambda message, low, high: (low, high), "Return the reply as bytes"),
    ],
)
def test_refusals_that_say_something_else(answer: Callable[[bytes, int, int], Any], sentence: str) -> None:
    checked = check("05.3", answer)
    assert checked.status == "wrong" and sentence in checked.text


Execute = Callable[[bytes], bytes]
Handle = Callable[[Any, bytes], Any]


def executes_always(execute: Execute) -> Handle:
    return lambda caller, message: execute(message)


def executes_before_it_looks(execute: Execute) -> Handle:
    replies: dict[Any, bytes] = {}
    return lambda caller, message: replies.setdefault((caller, message[:4]), execute(message))


def forgets_who_called(execute: Execute) -> Handle:
    replies: dict[bytes, bytes] = {}

    def handle(caller: Any, message: bytes) -> bytes:
        if message[:4] not in replies:
            replies[message[:4]] = execute(message)
        return replies[message[:4]]

    return handle


def forgets_the_port(execute: Execute) -> Handle:
    replies: dict[Any, bytes] = {}

    def handle(caller: Any, message: bytes) -> bytes:
        key = caller.host, message[:4]
        if key not in replies:
            replies[key] = execute(message)
        return replies[key]

    return handle


def forgets_the_host(execute: Execute) -> Handle:
    replies: dict[Any, bytes] = {}

    def handle(caller: Any, message: bytes) -> bytes:
        key = caller.port, message[:4]
        if key not in replies:
            replies[key] = execute(message)
        return replies[key]

    return handle


def forgets_the_xid(execute: Execute) -> Handle:
    replies: dict[Any, bytes] = {}

    def handle(caller: Any, message: bytes) -> bytes:
        if caller not in replies:
            replies[caller] = execute(message)
        return replies[caller]

    return handle


def keeps_only_the_last(execute: Execute) -> Handle:
    kept: list[Any] = [None, b""]

    def handle(caller: Any, message: bytes) -> bytes:
        if kept[0] != (caller, message[:4]):
            kept[:] = (caller, message[:4]), execute(message)
        return bytes(kept[1])

    return handle


def keeps_silent_the_second_time(execute: Execute) -> Handle:
    seen: set[Any] = set()

    def handle(caller: Any, message: bytes) -> bytes | None:
        if (caller, message[:4]) in seen:
            return None
        seen.add((caller, message[:4]))
        return execute(message)

    return handle


def answers_the_copy_with_nothing(execute: Execute) -> Handle:
    handle = keeps_silent_the_second_time(execute)
    return lambda caller, message: handle(caller, message) or b""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (executes_always, "was executed again"),
        (executes_before_it_looks, "was executed again"),
        (forgets_who_called, "Another caller of the same host, at another port, has chosen the same xid"),
        (forgets_the_port, "Another caller of the same host, at another port, has chosen the same xid"),
        (forgets_the_host, "Another caller has chosen the same xid"),
        (forgets_the_xid, "with another xid, was not executed"),
        (keeps_only_the_last, "the copy was taken for a new call"),
        (keeps_silent_the_second_time, "must return the reply, each time"),
        (answers_the_copy_with_nothing, "The call that came again was answered with b''"),
        (lambda execute: lambda caller, message: b"", "executed 0 times"),
        (lambda execute: {}, "Return a function handle(caller, message)"),
    ],
)
def test_calls_executed_too_often_or_not_at_all(answer: Callable[[Execute], Any], sentence: str) -> None:
    checked = check("05.4", answer)
    assert checked.status == "wrong" and sentence in checked.text


# Each is sent by its source to a process that has only `socket` and `struct`.


def asks_for_tcp(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 6, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return struct.unpack(">7I", caller.recv(1000))[-1]


def forgets_the_verifier(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">12I", 7, 0, 2, 100000, 2, 3, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return struct.unpack(">I", caller.recv(1000)[-4:])[0]


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


def waits_for_a_second_reply(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return caller.recv(1000) + caller.recv(1000)


def returns_the_whole_reply(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return caller.recv(1000)


def reads_the_xid(address: Any, program: int, version: int) -> Any:
    call = struct.pack(">14I", 7, 0, 2, 100000, 2, 3, 0, 0, 0, 0, program, version, 17, 0)
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.sendto(call, address)
        return struct.unpack(">7I", caller.recv(1000))[0]


def knows_it_by_heart(address: Any, program: int, version: int) -> Any:
    return {1: 40001, 3: 50003}[version]


def sets_a_timeout(address: Any, program: int, version: int) -> Any:
    with socket.socket(type=socket.SOCK_DGRAM) as caller:
        caller.settimeout(0.1)
        caller.sendto(bytes(3), address)
        return caller.recv(1000)


def takes_tcp(address: Any, program: int, version: int) -> Any:
    with socket.socket() as caller:
        caller.connect(address)


def knows_no_such_name(address: Any, program: int, version: int) -> Any:
    return Client(program, version)  # type: ignore[name-defined]  # noqa: F821


def ends_itself(address: Any, program: int, version: int) -> Any:
    raise SystemExit


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (asks_for_tcp, "Ask for UDP: protocol 17"),
        (forgets_the_verifier, "The port mapper's answer was"),
        (takes_the_wrong_procedure, "The port mapper's answer was PROC_UNAVAIL"),
        (says_that_it_is_a_reply, "The port mapper got no call that it could answer"),
        (sets_a_timeout, "The port mapper got no call that it could answer"),
        (waits_for_a_second_reply, "The port mapper has answered your call"),
        (returns_the_whole_reply, "must return a number"),
        (reads_the_xid, "must return 40001, and returned 7"),
        (knows_it_by_heart, "must return 0 (not registered), and returned 40001"),
        (ends_itself, "ended the process"),
        (40001, "Hand over the function itself"),
        (lambda address, program, version: 0, "Write the function with def"),
    ],
)
def test_questions_that_no_port_mapper_understands(
    monkeypatch: pytest.MonkeyPatch, answer: Any, sentence: str
) -> None:
    monkeypatch.setattr(own_process, "LONGEST", 0.5)  # what is awaited here takes a few milliseconds
    checked = check("05.5", answer)
    assert checked.status == "wrong" and sentence in checked.text


@pytest.mark.parametrize(
    ("answer", "error"), [(takes_tcp, "ConnectionRefusedError"), (knows_no_such_name, "NameError")]
)
def test_an_error_that_has_nothing_to_do_with_the_port_mapper(answer: Any, error: str) -> None:
    checked = check("05.5", answer)
    assert checked.status == "wrong" and error in checked.text and "The port mapper" not in checked.text
