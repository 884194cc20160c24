"""Checkers of notebook 05: each looks at the bytes that a reader's function makes, or has a real server answer them.

The first four run in the reader's kernel, where the notebook's own names are at hand; the time limit of every check
ends one that waits. The last one runs in a process of its own, for it waits on a socket.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

from helpers.fields.onc_rpc import NO_AUTH, Caller, Client, Reply, RPCError, Server, auth_sys, decode
from helpers.fields.xdr import XDRError
from helpers.lessons.remote_calls.servers import TCP, UDP, Mapping, PortMapper, serving
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.own_process import name_of, result, running

PROGRAM = 0x20000099
ENTRIES: Sequence[tuple[str, int, list[int]]] = (
    ("calc", 2, [3]), ("sum", 2**40 + 1, [1, -1]), ("largest", 2**64 - 1, []), ("", 9, [-(2**31)] * 3),
)  # fmt: skip
HERE, FIRST, SECOND = Caller("udp", "10.0.0.1", 700), 7, 7 + 2**24
STEPS = (
    ("a first call", HERE, FIRST),
    ("the same call again", HERE, FIRST),
    ("a new call of the same caller", HERE, SECOND),
    ("the first call once more", HERE, FIRST),
    ("a call with the same xid from another port of that host", HERE._replace(port=701), FIRST),
    ("a call with the same xid from another host", HERE._replace(host="10.0.0.3"), FIRST),
    ("a copy of the second call", HERE, SECOND),
)


@exercise("05.1", "a struct in XDR")
def entry_in_xdr(packed_entry: Callable[[str, int, list[int]], bytes]) -> str:
    """struct entry { string name<>; unsigned hyper size; int scores<>; } (RFC 4506)."""
    for name, size, scores in ENTRIES:
        case = f"packed_entry({name!r}, {size}, {scores})"
        got = _answer(case, packed_entry, name, size, [*scores])
        padded = name.encode() + bytes(-len(name) % 4)
        form, values = f"I{len(padded)}sQI{len(scores)}i", (len(name), padded, size, len(scores), *scores)
        hint = "XDR has the highest byte first: > in struct." if got == struct.pack(f"<{form}", *values) else ""
        expect(got.hex(" ", -4), struct.pack(f">{form}", *values).hex(" ", -4), f"for {case}", hint)
    return "Each value begins at a multiple of four, and says how long it is where that can vary."


@exercise("05.2", "a record of two fragments")
def record_of_two_fragments(two_fragments: Callable[[bytes, int], bytes]) -> str:
    """The first fragment with so many bytes of the message, the second with the rest (RFC 5531, section 11)."""
    for size, first in ((8, 3), (12, 11), (300, 270)):
        message = secrets.token_bytes(size)
        case = f"two_fragments(message, {first}) and a message of {size} bytes"
        got = _answer(case, two_fragments, message, first)
        marks = struct.pack(">I", first), struct.pack(">I", 0x80000000 | size - first)
        hint = "The highest bit is for the last fragment, and only for it." if got[:1] == b"\x80" else ""
        expect(got.hex(" "), (marks[0] + message[:first] + marks[1] + message[first:]).hex(" "), f"for {case}", hint)
    return "A reader of the stream finds one record, and knows where the next one begins."


@exercise("05.3", "the wrong version")
def wrong_version(version_refused: Callable[[bytes, int, int], bytes]) -> str:
    """The reply to a call of a version that is not there must be what a client takes for PROG_MISMATCH."""
    for credentials, low, high in ((NO_AUTH, 1, 3), (auth_sys("client", 0, 0, (1, 2)), 2, 2)):
        client = Client(PROGRAM, 9, credentials)
        case = f"version_refused(call, {low}, {high})"
        reply = _answer(case, version_refused, call := client.call(1, bytes(8)), low, high)
        hint = "The reply begins with the xid of the call and REPLY (1)." if reply[:8] != call[:4] + b"\0\0\0\1" else ""
        if not hint and reply[8:12] == bytes(4) != reply[12:16]:
            hint = "After MSG_ACCEPTED comes the verifier: flavor and length, two zeros."
        expect(_as_read(client, reply), f"PROG_MISMATCH, {low} to {high}", f"what the client reads in {case}", hint)
    return "The client now knows which versions it may ask for."


def _as_read(client: Client, reply: bytes) -> str:
    try:
        return "no reply to its call" if client.results(reply) is None else "SUCCESS"
    except RPCError as refusal:
        return f"{refusal.status.name}, {refusal.low} to {refusal.high}"
    except XDRError as damage:
        return f"{len(reply)} bytes that it cannot decode: {damage}"


@exercise("05.4", "no deposit twice")
def at_most_one_execution(at_most_once: Callable[[Any], Any]) -> str:
    """A call that comes again, from the same caller with the same xid, is answered and not executed."""
    for what in ("", ", for a second server"):
        executed: dict[int, bytes] = {}

        def execute(message: bytes, executed: dict[int, bytes] = executed) -> bytes:
            executed[len(executed)] = reply = message[:4] + secrets.token_bytes(8)
            return reply

        handle, replies = at_most_once(execute), dict[object, bytes]()
        if not callable(handle):
            raise Wrong(f"at_most_once(execute) must return a function; it returned {handle!r}.")
        for step, caller, xid in STEPS:
            got = handle(caller, Client(PROGRAM, 1, first_xid=xid).call(1, bytes(4)))
            known = replies.setdefault((caller, xid), executed.get(len(replies), b"none"))
            expect(len(executed), len(replies), f"how many calls were executed after {step}{what}")
            expect(got, known, f"the reply to {step}{what}")
    return "Each call was executed once. A real server keeps a limited number of replies, and loses them if it crashes."


class _Watched(Server):
    """A server that keeps, in words, what it answered last."""

    answer = ""

    def handle(self, message: bytes, caller: Caller | None = None) -> bytes | None:
        reply = super().handle(message, caller)
        said = decode(reply) if reply else None
        self.answer = f"answered {said.status.name}" if isinstance(said, Reply) else "got what is no call"
        return reply


@exercise("05.5", "ask a port mapper")
def asked_by_hand(port_of: Callable[[tuple[str, int], int, int], int]) -> str:
    """The reader's function runs in a process of its own, and asks a port mapper at 127.0.0.1 over UDP."""
    names, port, over_tcp = _Watched(), 40_000 + secrets.randbelow(10_000), 50_000 + secrets.randbelow(10_000)
    mapper = PortMapper(names, "127.0.0.1")
    for version, protocol, each in ((1, TCP, over_tcp), (1, UDP, port), (3, UDP, port + 1)):
        mapper.set(Mapping(PROGRAM, version, protocol, each))
    with running(port_of) as child, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        with serving(names, udp):
            for program, version, wanted in ((PROGRAM, 1, port), (PROGRAM, 3, port + 1), (PROGRAM + 1, 1, 0)):
                names.answer = "got nothing"
                code = f"{name_of(port_of)}({udp.getsockname()!r}, {program}, {version})"
                try:
                    got = result(child.start(code), f"{code} still waits.")
                except Wrong as wrong:
                    raise Wrong(f"{wrong} The port mapper {names.answer}.") from None
                hint = "That is its port over TCP: ask for UDP, 17." if got == over_tcp else ""
                expect(got, wanted, f"for {code}", hint or f"The port mapper {names.answer}.")
    return "You found the programs by their numbers, and the one that is not there by a 0."


def _answer(case: str, function: Callable[..., object], *arguments: object) -> bytes:
    """What the reader's function returns. Raises Wrong that names the case where it raises, or returns no bytes."""
    try:
        got = function(*arguments)
    except Exception as error:  # the line of code, which `check` names, does not say with which arguments it ran
        raise Wrong(f"{case} raised {type(error).__name__}: {error}.") from None
    if not isinstance(got, (bytes, bytearray)):
        raise Wrong(f"{case} must return bytes; it returned {got!r}.")
    return bytes(got)
