"""ONC RPC version 2 (RFC 5531): a call of a procedure in another process, and its reply, as one message each.

`encode` and `decode` turn messages to bytes and back, `fields` explains their bytes. `Server` and `Client` are the two
sides, and `framed` and `RecordReader` show where a message ends in TCP's stream: all without any I/O, bytes in, bytes
out, so that a notebook can lose a message between the two. A refusal is a member of an enum and one error, `RPCError`,
which the server's side raises to refuse and the client's side raises again. rpcgen's language is left out: the few
procedures of the course pack their own arguments.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.fields.field import Field
from helpers.fields.reader import Part, Reader
from helpers.fields.xdr import Unpacker, XDRError, pack_opaque, pack_string, pack_unsigned_int

RPC_VERSION = 2
LAST_FRAGMENT, LONGEST_FRAGMENT = 0x80000000, 0x7FFFFFFF
"""The highest bit of a record's mark, and what the other 31 bits can say (section 11)."""
LONGEST_RECORD = 1 << 20
"""Bytes that a reader of records takes: a mark may promise 2 GiB that never come."""

Body = Callable[[Unpacker], object]
"""Unpacks a call's arguments or a reply's results, so that `fields` explains them."""

MessageType = IntEnum("MessageType", "CALL REPLY", start=0)
"""msg_type (section 9, as all that follow)."""
ReplyStatus = IntEnum("ReplyStatus", "MSG_ACCEPTED MSG_DENIED", start=0)
"""reply_stat: whether the server accepted the call."""
AcceptStatus = IntEnum(
    "AcceptStatus", "SUCCESS PROG_UNAVAIL PROG_MISMATCH PROC_UNAVAIL GARBAGE_ARGS SYSTEM_ERR", start=0
)
"""accept_stat: what became of a call that was taken up."""
RejectStatus = IntEnum("RejectStatus", "RPC_MISMATCH AUTH_ERROR", start=0)
"""reject_stat: why a call was not taken up."""
AuthStatus = IntEnum("AuthStatus", "AUTH_BADCRED AUTH_REJECTEDCRED AUTH_BADVERF AUTH_REJECTEDVERF AUTH_TOOWEAK")
"""auth_stat: what is wrong with who the caller says it is (those that a server without Kerberos and GSS says)."""
Flavor = IntEnum("Flavor", "AUTH_NONE AUTH_SYS AUTH_SHORT AUTH_DH", start=0)
"""auth_flavor: how the caller says who it is (section 8.2)."""

Status = AcceptStatus | RejectStatus | AuthStatus
OpaqueAuth = tuple[Flavor, bytes]
"""opaque_auth: credentials (section 8.2). The course sends no verifier, and reads over those of others."""
NO_AUTH: OpaqueAuth = (Flavor.AUTH_NONE, b"")

_REFUSALS = {
    "PROG_UNAVAIL": "there is no program {program} at this address (PROG_UNAVAIL)",
    "PROG_MISMATCH": "program {program} has no version {version} here: there are {low} to {high} (PROG_MISMATCH)",
    "PROC_UNAVAIL": "program {program}, version {version}, has no such procedure (PROC_UNAVAIL)",
    "GARBAGE_ARGS": "program {program} could not decode the arguments (GARBAGE_ARGS): pack what it declares",
    "SYSTEM_ERR": "the procedure of program {program} failed at the server (SYSTEM_ERR): look for the reason there",
    "RPC_MISMATCH": "the server speaks RPC in versions {low} to {high} (RPC_MISMATCH)",
}
_AUTH_ERROR = "the server refuses the credentials or the verifier (AUTH_ERROR, {name})"


class RPCError(CourseError):
    """A server refuses a call; `status` says why, `low` and `high` which versions there are."""

    def __init__(self, status: Status, low: int = 0, high: int = 0, program: int = 0, version: int = 0) -> None:
        sentence = _REFUSALS.get(status.name, _AUTH_ERROR)
        super().__init__(sentence.format(name=status.name, low=low, high=high, program=program, version=version))
        self.status, self.low, self.high = status, low, high


def auth_sys(machine_name: str, uid: int, gid: int, gids: tuple[int, ...] = ()) -> OpaqueAuth:
    """Credentials of a Unix user as the caller names it, which proves nothing (AUTH_SYS, appendix A)."""
    user = pack_unsigned_int(0) + pack_string(machine_name) + pack_unsigned_int(uid, gid, len(gids), *gids)
    return Flavor.AUTH_SYS, user


@dataclass(frozen=True)
class Call:
    """call_body with its transaction id."""

    xid: int
    """Chosen by the caller; the reply repeats it, and so does a call that is sent again."""
    program: int
    version: int
    procedure: int
    arguments: bytes = b""
    """XDR, as the program declares it."""
    credentials: OpaqueAuth = NO_AUTH


@dataclass(frozen=True)
class Reply:
    """reply_body with its transaction id: `results` belong to SUCCESS, `low` and `high` to the two MISMATCHes."""

    xid: int
    status: Status
    """An AuthStatus where reject_stat is AUTH_ERROR."""
    results: bytes = b""
    low: int = 0
    high: int = 0


def encode(message: Call | Reply) -> bytes:
    """The message's bytes."""
    if isinstance(message, Call):
        flavor, body = message.credentials
        called = message.program, message.version, message.procedure
        header = pack_unsigned_int(message.xid, MessageType.CALL, RPC_VERSION, *called, flavor)
        return header + pack_opaque(body) + pack_unsigned_int(Flavor.AUTH_NONE, 0) + message.arguments
    match message.status:
        case AcceptStatus():
            how = [ReplyStatus.MSG_ACCEPTED, Flavor.AUTH_NONE, 0]
        case RejectStatus():
            how = [ReplyStatus.MSG_DENIED]
        case AuthStatus():
            how = [ReplyStatus.MSG_DENIED, RejectStatus.AUTH_ERROR]
    versions = (message.low, message.high) if message.status.name.endswith("_MISMATCH") else ()
    return pack_unsigned_int(message.xid, MessageType.REPLY, *how, message.status, *versions) + message.results


def decode(message: bytes) -> Call | Reply:
    """What the bytes say. Raises XDRError, or RPCError for a call of another version of RPC."""
    return _read(_unpacker(message), None)


def fields(message: bytes, body: Body | None = None, start: int = 0) -> list[Field]:
    """What each byte of a message, which begins at `start`, means, in order; nothing is raised.

    Without a `body` the arguments or results are one field. Bytes that cannot be decoded are one last field whose
    meaning says why.
    """
    unpacker = _unpacker(message, start)
    try:
        _read(unpacker, body)
    except CourseError as error:
        unpacker.rest("not understood", str(error))
    return unpacker.fields


class Caller(NamedTuple):
    """Where a call came from; `netid` is the transport's name, "tcp" or "udp" (RFC 5665)."""

    netid: str
    host: str
    port: int


Procedure = Callable[[bytes], bytes]
"""Arguments to results, both in XDR. It raises XDRError for arguments that it cannot decode."""


class Server:
    """The side that is called: finds the procedure, runs it, and answers every error as the RFC says."""

    def __init__(self, cached_replies: int = 0) -> None:
        """`cached_replies`: how many replies are kept for calls that come again.

        With 0 a call that comes again is executed again (at-least-once). With more it is not, as long as its reply is
        kept: the same reply is sent again (at-most-once; section 5).
        """
        self._programs: dict[int, dict[int, dict[int, Procedure]]] = {}
        self._cached_replies = cached_replies
        # By the whole message, xid in front: a client that has started anew may use an old xid for another call.
        self._kept: dict[tuple[Caller | None, bytes], bytes] = {}
        self.caller: Caller | None = None
        """Where the call came from that is being executed, as `handle` was told."""

    def register(self, program: int, version: int, procedures: Mapping[int, Procedure]) -> None:
        """Offer a version of a program. Procedure 0 does nothing, so that anyone can ask whether it is there."""
        self._programs.setdefault(program, {})[version] = {0: lambda _: b"", **procedures}

    def handle(self, message: bytes, caller: Caller | None = None) -> bytes | None:
        """The reply to a message from `caller`; None for what is no call, or has no xid that a reply could repeat."""
        if message[4:8] != pack_unsigned_int(MessageType.CALL):
            return None
        self.caller = caller
        key = caller, message
        reply = self._kept[key] = self._kept.get(key) or encode(self._reply(int.from_bytes(message[:4]), message))
        while len(self._kept) > self._cached_replies:
            del self._kept[next(iter(self._kept))]  # the oldest
        return reply

    def _reply(self, xid: int, message: bytes) -> Reply:
        try:
            call = decode(message)
            assert isinstance(call, Call)
            return Reply(xid, AcceptStatus.SUCCESS, bytes(memoryview(self._find(call)(call.arguments))))
        except RPCError as refusal:
            return Reply(xid, refusal.status, low=refusal.low, high=refusal.high)
        except XDRError:
            return Reply(xid, AcceptStatus.GARBAGE_ARGS)
        except Exception:  # also where the procedure's results are no bytes: whatever it is, the server goes on
            return Reply(xid, AcceptStatus.SYSTEM_ERR)

    def _find(self, call: Call) -> Procedure:
        if call.credentials[0] not in (Flavor.AUTH_NONE, Flavor.AUTH_SYS):
            raise RPCError(AuthStatus.AUTH_REJECTEDCRED)
        versions = self._programs.get(call.program)
        if versions is None:
            raise RPCError(AcceptStatus.PROG_UNAVAIL)
        if call.version not in versions:
            raise RPCError(AcceptStatus.PROG_MISMATCH, min(versions), max(versions))
        if call.procedure not in versions[call.version]:
            raise RPCError(AcceptStatus.PROC_UNAVAIL)
        return versions[call.version][call.procedure]


class Client:
    """The side that calls one version of one program: makes calls, and knows their replies. One call at a time."""

    def __init__(
        self, program: int, version: int, credentials: OpaqueAuth = NO_AUTH, first_xid: int | None = None
    ) -> None:
        """`first_xid` is random by default: a client that starts anew must not meet replies to its earlier calls."""
        self._called, self._credentials = (program, version), credentials
        self._next_xid = secrets.randbits(32) if first_xid is None else first_xid
        self._awaited: bytes | None = None

    def call(self, procedure: int, arguments: bytes = b"") -> bytes:
        """The bytes of a new call, with a fresh xid. To send it again after a timeout, send the same bytes again."""
        message = encode(Call(self._next_xid, *self._called, procedure, arguments, self._credentials))
        self._next_xid = (self._next_xid + 1) % 2**32
        self._awaited = message[:4] + pack_unsigned_int(MessageType.REPLY)
        return message

    def results(self, message: bytes) -> bytes | None:
        """The results of the last call; None for a message that is no reply to it: an old one, or one already had.

        Raises an RPCError that says how the server has refused, XDRError for a reply that cannot be decoded.
        """
        if message[:8] != self._awaited:
            return None
        reply = decode(message)
        assert isinstance(reply, Reply)
        self._awaited = None
        if reply.status is not AcceptStatus.SUCCESS:
            raise RPCError(reply.status, reply.low, reply.high, *self._called)
        return reply.results


def framed(message: bytes, fragment_size: int = LONGEST_FRAGMENT) -> bytes:
    """The message as a record, in fragments of at most so many bytes: before each goes its mark (section 11)."""
    record = b""
    for start in range(0, len(message) or 1, fragment_size):
        fragment = message[start : start + fragment_size]
        last = LAST_FRAGMENT if start + fragment_size >= len(message) else 0
        record += pack_unsigned_int(last | len(fragment)) + fragment
    return record


def mark_fields(stream: bytes) -> list[Field]:
    """The two fields of the mark with which the stream begins."""
    with Reader(Part(stream, 0, 4), "record marking", "RFC 5531 section 11") as reader:
        reader.number("last fragment", 1, "1 if the record ends with this fragment")
        reader.number("fragment length", 31, "how many bytes of the record follow")
    return reader.fields


class RecordReader:
    """Bytes as they come from a stream, in pieces of any size, to complete records (section 11)."""

    def __init__(self) -> None:
        self._unread, self._record = bytearray(), bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The records that are complete with these bytes, in order.

        Raises CourseError for a record over the limit: there is no way back into step then, and the connection has to
        be closed.
        """
        self._unread += data
        records: list[bytes] = []
        while len(self._unread) >= 4:
            mark = int.from_bytes(self._unread[:4])
            length = mark & LONGEST_FRAGMENT
            if (promised := len(self._record) + length) > LONGEST_RECORD:
                raise CourseError(f"a record of {promised} bytes or more is announced: {LONGEST_RECORD} are allowed")
            if len(self._unread) < 4 + length:
                break
            self._record += self._unread[4 : 4 + length]
            del self._unread[: 4 + length]
            if mark & LAST_FRAGMENT:
                records.append(bytes(self._record))
                self._record.clear()
        return records


def _unpacker(message: bytes, start: int = 0) -> Unpacker:
    return Unpacker(Part(message, start, len(message)), "ONC RPC", "RFC 5531 section 9")


def _read(unpacker: Unpacker, body: Body | None) -> Call | Reply:
    xid = unpacker.unpack_unsigned_int("xid", "tells which reply belongs to which call")
    if unpacker.unpack_enum(MessageType, "mtype", "whether this is a call or a reply") is MessageType.CALL:
        return _read_call(unpacker, xid, body)
    status = _read_status(unpacker)
    results, low, high = b"", 0, 0
    if status is AcceptStatus.SUCCESS:
        results = _read_body(unpacker, "results", "what the procedure returned", body)
    elif status.name.endswith("_MISMATCH"):
        low = unpacker.unpack_unsigned_int("low", "the lowest version that the server has")
        high = unpacker.unpack_unsigned_int("high", "the highest version that the server has")
    unpacker.done()
    return Reply(xid, status, results, low, high)


def _read_call(unpacker: Unpacker, xid: int, body: Body | None) -> Call:
    if unpacker.unpack_unsigned_int("rpcvers", "the version of RPC itself, 2") != RPC_VERSION:
        raise RPCError(RejectStatus.RPC_MISMATCH, RPC_VERSION, RPC_VERSION)
    program = unpacker.unpack_unsigned_int("prog", "the program that is called")
    version = unpacker.unpack_unsigned_int("vers", "the version of that program")
    procedure = unpacker.unpack_unsigned_int("proc", "the procedure in it")
    credentials = _read_auth(unpacker, "cred", "credentials")
    _read_auth(unpacker, "verf", "verifier")
    arguments = _read_body(unpacker, "arguments", "what the procedure is given", body)
    return Call(xid, program, version, procedure, arguments, credentials)


def _read_status(unpacker: Unpacker) -> Status:
    if not unpacker.unpack_enum(ReplyStatus, "reply_stat", "whether the server accepted the call"):
        _read_auth(unpacker, "verf", "verifier")
        return unpacker.unpack_enum(AcceptStatus, "accept_stat", "what became of the call")
    status = unpacker.unpack_enum(RejectStatus, "reject_stat", "why the call was not taken up")
    if status is RejectStatus.RPC_MISMATCH:
        return status
    return unpacker.unpack_enum(AuthStatus, "auth_stat", "what is wrong with who the caller says it is")


def _read_auth(unpacker: Unpacker, name: str, which: str) -> OpaqueAuth:
    unpacker.begin("ONC RPC", "RFC 5531 section 8.2")
    flavor = unpacker.unpack_enum(Flavor, f"{name} flavor", f"which kind of {which} follows")
    length = unpacker.unpack_length(f"{name} body")
    body = unpacker.left.cut(length)
    if flavor is Flavor.AUTH_SYS and name == "cred":
        _explain(unpacker, Unpacker(body, "ONC RPC", "RFC 5531 appendix A"), _read_auth_sys)
    else:
        unpacker.unpack_fixed(length, f"{name} body", f"the {which}, in the form of this kind")
    unpacker.begin("ONC RPC", "RFC 5531 section 9")
    return flavor, body.data


def _read_auth_sys(unpacker: Unpacker) -> None:
    unpacker.unpack_unsigned_int("stamp", "any number that the caller's machine chose")
    unpacker.unpack_string("machinename", "the caller's machine, as it names itself")
    unpacker.unpack_unsigned_int("uid", "the caller's user id there")
    unpacker.unpack_unsigned_int("gid", "the caller's group id there")
    for _ in range(unpacker.unpack_unsigned_int("number of gids", "how many items follow")):
        unpacker.unpack_unsigned_int("gids", "one more group of the caller")


def _read_body(unpacker: Unpacker, name: str, meaning: str, body: Body | None) -> bytes:
    """Everything that is left: only the program knows how it is declared."""
    data = unpacker.left.data
    if body:
        _explain(unpacker, Unpacker(unpacker.left, name), body)
    else:
        unpacker.rest(name, f"{meaning}; the program declares it")
    return data


def _explain(outer: Unpacker, inner: Unpacker, body: Body) -> None:
    """`body` has to explain all bytes of `inner`, which are the next ones of `outer`."""
    body(inner)
    inner.done()
    outer.add(inner.fields)
