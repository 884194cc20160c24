"""Checkers of notebook 05: each looks at the bytes that a reader's function makes, or has a real server answer them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from helpers.fields.onc_rpc import (
    NO_AUTH,
    AcceptStatus,
    AuthSysParameters,
    Call,
    Caller,
    Client,
    MessageType,
    ProgramMismatch,
    Reply,
    ReplyStatus,
    RPCError,
    RPCMismatch,
    Server,
    decode,
)
from helpers.fields.record_marking import HEADER, LAST_FRAGMENT, RecordReader
from helpers.fields.xdr import UNIT, Packer, XDRError
from helpers.ipc import Child
from helpers.ipc.rpc_service import serving
from helpers.lessons.remote_calls.port_mapper import TCP, UDP, Mapping, PortMapper
from helpers.study.checking import Wrong, exercise
from helpers.study.own_process import name_of, result, running

HOST = "127.0.0.1"
PROGRAM = 0x20000099
OVER_TCP = 40002
"""The port at which it is over TCP, where the reader is to ask for UDP."""
WAITS = "Your function still waits."

_ENTRIES: tuple[tuple[str, int, Sequence[int]], ...] = (
    ("calc", 2, [3]),
    ("sum", 0x0102030405060708, [1, -1]),
    ("largest", 2**64 - 1, []),
    ("", 2**32, [-(2**31), 2**31 - 1]),
)


@exercise("05.1", "a struct in XDR")
def entry_in_xdr(packed_entry: Callable[[str, int, Sequence[int]], bytes]) -> str:
    """struct entry { string name<>; unsigned hyper size; int scores<>; } (RFC 4506)."""
    for name, size, scores in _ENTRIES:
        asked = f"packed_entry({name!r}, {size}, {list(scores)})"
        answer = packed_entry(name, size, list(scores))
        if not isinstance(answer, bytes):
            raise Wrong(f"{asked} must return bytes; you returned {answer!r}.")
        _compare_entry(asked, answer, name, size, scores)
    return "Every value begins at a multiple of four, and says how long it is where that can vary."


@exercise("05.2", "a record of two fragments")
def record_of_two_fragments(two_fragments: Callable[[bytes, int], bytes]) -> str:
    """The first fragment with so many bytes of the message, the second with the rest (RFC 5531, section 11)."""
    for message, first in ((bytes(range(48)), 20), (b"sixteen bytes...", 1), (bytes(40), 36)):
        asked = f"for a message of {len(message)} bytes, {first} of them in the first fragment,"
        answer = two_fragments(message, first)
        if not isinstance(answer, bytes):
            raise Wrong(f"{asked} return bytes, not {answer!r}.")
        _compare_fragments(asked, answer, message, first)
    return "A reader of the stream finds one record, and knows where the next one begins."


@exercise("05.3", "the wrong version")
def wrong_version(version_refused: Callable[[bytes, int, int], bytes]) -> str:
    """The reply to a call of a version that is not there must be what a client takes for PROG_MISMATCH."""
    root = AuthSysParameters(7, "client", 0, 0, (1, 2)).packed()
    for credentials, low, high in ((NO_AUTH, 1, 3), (root, 2, 2)):
        client = Client(PROGRAM, 9, credentials)
        call = client.call(1, bytes(8))
        _compare_refusal(client, call, version_refused(call, low, high), low, high)
    return "The client now knows which versions it may ask for."


@exercise("05.4", "no deposit twice")
def at_most_one_execution(at_most_once: Callable[[Any], Any]) -> str:
    """A call that comes again, from the same caller with the same xid, is answered and not executed."""
    executed: list[bytes] = []
    numbers = count(1)

    def execute(message: bytes) -> bytes:
        executed.append(message)
        return message[:4] + struct.pack(">I", next(numbers))

    handle = at_most_once(execute)
    if not callable(handle):
        raise Wrong(f"Return a function handle(caller, message); you returned {handle!r}.")
    one, neighbour, other = (
        Caller("udp", host, port) for host, port in (("10.0.0.1", 700), ("10.0.0.1", 701), ("10.0.0.3", 700))
    )
    deposit, more = (Client(PROGRAM, 1, first_xid=xid).call(1, bytes(4)) for xid in (7, 8))
    reply = _handled(handle, one, deposit)
    if len(executed) != 1:
        raise Wrong(f"The first call was executed {len(executed)} times: call execute(message) once.")
    again = _handled(handle, one, deposit)
    if len(executed) != 1:
        raise Wrong("The same call came again, and was executed again. Keep the reply: who called, which xid?")
    if again != reply:
        raise Wrong(f"The call that came again was answered with {again!r}, the first time with {reply!r}.")
    _handled(handle, one, more)
    if len(executed) != 2:
        raise Wrong("A new call of the same caller, with another xid, was not executed.")
    if _handled(handle, one, deposit) != reply or len(executed) != 2:
        raise Wrong("Between a call and its copy another call came, and the copy was taken for a new call.")
    _handled(handle, neighbour, deposit)
    if len(executed) != 3:
        raise Wrong("Another caller of the same host, at another port, has chosen the same xid, and was not served.")
    _handled(handle, other, deposit)
    if len(executed) != 4:
        raise Wrong("Another caller has chosen the same xid for a call of its own, and that was not executed.")
    return "Each call was executed once. A real server keeps a limited number of replies, and loses them if it crashes."


@exercise("05.5", "ask a port mapper")
def asked_by_hand(port_of: Callable[[tuple[str, int], int, int], int]) -> str:
    """The reader's function runs in a process of its own, and asks a port mapper at 127.0.0.1 over UDP."""
    names = _Watched()
    mapper = PortMapper(names, HOST)
    for version, protocol, port in ((1, UDP, 40001), (1, TCP, OVER_TCP), (3, UDP, 50003)):
        mapper.set(Mapping(PROGRAM, version, protocol, port))
    with running(port_of) as child, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind((HOST, 0))
        with serving(names, udp=udp):
            for program, version, expected in ((PROGRAM, 1, 40001), (PROGRAM, 3, 50003), (PROGRAM + 1, 1, 0)):
                code = f"{name_of(port_of)}({udp.getsockname()!r}, {program}, {version})"
                _compare_port(code, _port(child, code, names), expected, names)
    return "You found the programs by their numbers, and the one that is not there by a 0."


def _compare_entry(asked: str, answer: bytes, name: str, size: int, scores: Sequence[int]) -> None:
    """Raises Wrong that names the first part that differs."""
    text = Packer().pack_string(name).data
    whole = Packer().pack_string(name).pack_unsigned_hyper(size).data + _packed_scores(scores)
    if answer == whole:
        return
    seen = f"{asked} gave {answer.hex(' ') or 'nothing'}."
    if answer == _little_endian(name, size, scores):
        raise Wrong(f"{seen} The lowest byte comes first there; XDR has the highest first (section 4.1): >.")
    if not answer.startswith(text[:UNIT]):
        raise Wrong(f"{seen} A string begins with its length in four bytes, without padding: {text[:UNIT].hex(' ')}.")
    if not answer.startswith(text):
        raise Wrong(f"{seen} {name!r} must be followed by zeros up to a multiple of four: {text.hex(' ')}.")
    rest = answer[len(text) :]
    if len(name) % UNIT == 0 and rest.startswith(bytes(UNIT) + struct.pack(">Q", size)):
        raise Wrong(f"{seen} {name!r} needs no padding: its length is a multiple of four already.")
    if not rest.startswith(struct.pack(">Q", size)):
        raise Wrong(f"{seen} After the name comes the size, a hyper, in eight bytes: {size:016x}.")
    if rest[8:] == _packed_scores(scores)[UNIT:]:
        raise Wrong(f"{seen} How many scores there are comes first: an array of varying length has a count.")
    raise Wrong(f"{seen} The scores should be {_packed_scores(scores).hex(' ')}: their number, then each as an int.")


def _packed_scores(scores: Sequence[int]) -> bytes:
    packer = Packer()
    return packer.pack_array(scores, packer.pack_int).data


def _little_endian(name: str, size: int, scores: Sequence[int]) -> bytes:
    text = name.encode()
    padded = text + bytes(-len(text) % UNIT)
    return struct.pack(f"<I{len(padded)}sQI{len(scores)}i", len(text), padded, size, len(scores), *scores)


def _compare_fragments(asked: str, answer: bytes, message: bytes, first: int) -> None:
    """Raises Wrong if the bytes are not one record of two fragments with this message."""
    headers, contents, rest = [], [], answer
    while len(rest) >= HEADER.size:
        (header,) = HEADER.unpack_from(rest)
        headers.append(header)
        contents.append(rest[HEADER.size : HEADER.size + (header & ~LAST_FRAGMENT)])
        rest = rest[HEADER.size + len(contents[-1]) :]
    last = [bool(header & LAST_FRAGMENT) for header in headers]
    lengths = [header & ~LAST_FRAGMENT for header in headers]
    if lengths[:1] == [first + HEADER.size]:
        raise Wrong(f"{asked} your first header says {lengths[0]}: the four bytes of the header are not counted.")
    if lengths[:1] == [len(message)] and first != len(message):
        raise Wrong(f"{asked} your first header says {lengths[0]}: make two fragments.")
    if lengths[:1] != [first]:
        said = answer[: HEADER.size].hex(" ")
        raise Wrong(f"{asked} the first four bytes must say {first}, highest byte first; yours are {said}.")
    if last[0]:
        raise Wrong(f"{asked} the first fragment has the highest bit: a reader would take it for the whole record.")
    if b"".join(contents) + rest != message:
        raise Wrong(f"{asked} the fragments' bytes together are not the message.")
    if lengths[1:] != [len(message) - first]:
        raise Wrong(f"{asked} the second header must say {len(message) - first}.")
    if RecordReader().feed(answer) != [message]:
        raise Wrong(f"{asked} no record is complete: set the highest bit of the second header, 0x80000000.")


def _compare_refusal(client: Client, call: bytes, reply: Any, low: int, high: int) -> None:
    """Raises Wrong if the client does not take it for PROG_MISMATCH with these versions."""
    if not isinstance(reply, bytes):
        raise Wrong(f"Return the reply as bytes; you returned {reply!r}.")
    if reply.startswith(call[: 2 * UNIT]):
        raise Wrong("Your reply says CALL (0); a reply says REPLY (1).")
    try:
        results = client.results(reply)
    except ProgramMismatch as refusal:
        if (refusal.low, refusal.high) != (low, high):
            read = f"{refusal.low} to {refusal.high}"
            raise Wrong(f"The client reads that there are versions {read}: it should read {low} to {high}.") from None
        return
    except RPCMismatch:
        raise Wrong(
            "You denied the call with RPC_MISMATCH: that is for another version of RPC itself. This call is "
            "accepted (MSG_ACCEPTED), and its accept_stat says that the program's version is not there."
        ) from None
    except RPCError as refusal:
        raise Wrong(f"The client reads another refusal: {refusal}.") from None
    except XDRError as damage:
        if reply.startswith(call[:UNIT] + _ACCEPTED) and not reply.startswith(_NO_VERIFIER, 3 * UNIT):
            raise Wrong("After MSG_ACCEPTED comes the verifier: flavor and length, two zeros.") from None
        raise Wrong(f"The client cannot decode your reply of {len(reply)} bytes: {damage}.") from None
    if results is None:
        raise Wrong("The client does not take it for the reply to its call: repeat its xid, then say REPLY (1).")
    raise Wrong("The client reads SUCCESS: set accept_stat to PROG_MISMATCH (2).")


_ACCEPTED = struct.pack(">2I", MessageType.REPLY, ReplyStatus.MSG_ACCEPTED)
_NO_VERIFIER = bytes(2 * UNIT)


def _handled(handle: Callable[..., Any], caller: Caller, message: bytes) -> bytes:
    reply = handle(caller, message)
    if not isinstance(reply, bytes):
        raise Wrong(f"handle(caller, message) must return the reply, each time; it returned {reply!r}.")
    return reply


class _Watched(Server):
    """A server that keeps what it answered last."""

    said: Reply | None = None
    """Its last reply; None where the last message got none, or none came."""

    def handle(self, message: bytes, caller: Caller | None = None) -> bytes | None:
        """As every server, and keep the reply."""
        reply = super().handle(message, caller)
        said = None if reply is None else decode(reply)
        self.said = None if isinstance(said, Call) else said
        return reply

    @property
    def refusal(self) -> str:
        """How it has refused the last call, in a sentence; "" if it has not."""
        if self.said is None or self.said.status is AcceptStatus.SUCCESS:
            return ""
        return f" The port mapper's answer was {self.said.status.name}."


def _port(child: Child, code: str, names: _Watched) -> Any:
    """What the reader's function returned. Raises Wrong if it raised something, or does not come to its end."""
    names.said = None
    try:
        return result(child.start(code), WAITS)
    except Wrong as wrong:
        raise Wrong(f"{wrong}{names.refusal or _heard(str(wrong), names)}") from None


def _heard(wrong: str, names: _Watched) -> str:
    """What the port mapper had to do with it, in a sentence; "" if nothing."""
    if names.said:
        return " The port mapper has answered your call."
    waited = wrong == WAITS or TimeoutError.__name__ in wrong
    return " The port mapper got no call that it could answer: is the second number 0?" if waited else ""


def _compare_port(code: str, got: object, expected: int, names: _Watched) -> None:
    """Raises Wrong if it is another port."""
    if got == expected and type(got) is int:
        return
    if names.refusal:
        raise Wrong(f"{code} gave {got!r}.{names.refusal}")
    if got == OVER_TCP:
        raise Wrong(f"{code} gave {got}, where the program is reached over TCP. Ask for UDP: protocol 17.")
    if not isinstance(got, int):
        raise Wrong(f"{code} must return a number, the port; it returned {got!r}.")
    raise Wrong(f"{code} must return {expected}{' (not registered)' if not expected else ''}, and returned {got}.")
