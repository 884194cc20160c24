"""ONC RPC version 2 (RFC 5531): a call of a procedure in another process, and its reply, as one message each.

`encode` and `decode` turn messages to bytes and back, `fields` explains their bytes. `Server` and `Client` are the two
sides without any I/O: bytes in, bytes out; who carries them, over UDP or TCP, is none of their business.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.fields.fields import Field, shifted
from helpers.fields.xdr import Packer, Unpacker, XDRError

RPC_VERSION = 2
LONGEST_AUTH_BODY = 400
"""Bytes (section 8.2)."""
LONGEST_MACHINE_NAME, MOST_GROUPS = 255, 16
"""Limits of AUTH_SYS (appendix A)."""
XIDS = 2**32
NULL_PROCEDURE = 0

_MESSAGE, _AUTH, _AUTH_SYS = "RFC 5531 section 9", "RFC 5531 section 8.2", "RFC 5531 appendix A"
_LAYER = "ONC RPC"


class MessageType(IntEnum):
    """msg_type (section 9)."""

    CALL = 0
    REPLY = 1


class ReplyStatus(IntEnum):
    """reply_stat: whether the server accepted the call (section 9)."""

    MSG_ACCEPTED = 0
    MSG_DENIED = 1


class AcceptStatus(IntEnum):
    """accept_stat: what became of a call that was taken up (section 9)."""

    SUCCESS = 0
    PROG_UNAVAIL = 1
    PROG_MISMATCH = 2
    PROC_UNAVAIL = 3
    GARBAGE_ARGS = 4
    SYSTEM_ERR = 5


class RejectStatus(IntEnum):
    """reject_stat: why a call was not taken up (section 9)."""

    RPC_MISMATCH = 0
    AUTH_ERROR = 1


class AuthStatus(IntEnum):
    """auth_stat: what is wrong with who the caller says it is (section 9)."""

    AUTH_OK = 0
    AUTH_BADCRED = 1
    AUTH_REJECTEDCRED = 2
    AUTH_BADVERF = 3
    AUTH_REJECTEDVERF = 4
    AUTH_TOOWEAK = 5
    AUTH_INVALIDRESP = 6
    AUTH_FAILED = 7
    AUTH_KERB_GENERIC = 8
    AUTH_TIMEEXPIRE = 9
    AUTH_TKT_FILE = 10
    AUTH_DECODE = 11
    AUTH_NET_ADDR = 12
    RPCSEC_GSS_CREDPROBLEM = 13
    RPCSEC_GSS_CTXPROBLEM = 14


class Flavor(IntEnum):
    """auth_flavor: how the caller says who it is (section 8.2; IANA's registry "RPC Authentication Flavor Numbers")."""

    AUTH_NONE = 0
    AUTH_SYS = 1
    AUTH_SHORT = 2
    AUTH_DH = 3
    AUTH_KERB = 4
    AUTH_RSA = 5
    RPCSEC_GSS = 6
    AUTH_TLS = 7


class RPCError(CourseError):
    """A call that the server has refused."""


class ProgramUnavailable(RPCError):
    """PROG_UNAVAIL: the server does not have the program."""


class ProgramMismatch(RPCError):
    """PROG_MISMATCH: it has the program, in versions from `low` to `high`."""

    def __init__(self, message: str, low: int, high: int) -> None:
        super().__init__(message)
        self.low, self.high = low, high


class ProcedureUnavailable(RPCError):
    """PROC_UNAVAIL: the program has no procedure of that number."""


class GarbageArguments(RPCError):
    """GARBAGE_ARGS: the procedure cannot decode its arguments."""


class SystemFailure(RPCError):
    """SYSTEM_ERR: the procedure failed on the server's side."""


class RPCMismatch(RPCError):
    """RPC_MISMATCH: the server speaks other versions of RPC itself, from `low` to `high`."""

    def __init__(self, message: str, low: int, high: int) -> None:
        super().__init__(message)
        self.low, self.high = low, high


class AuthenticationError(RPCError):
    """AUTH_ERROR: the server does not accept who the caller says it is; `status` says why."""

    def __init__(self, message: str, status: AuthStatus) -> None:
        super().__init__(message)
        self.status = status


class UnsupportedVersion(XDRError):
    """A call of another version of RPC, whose bytes may mean anything."""


class MalformedAuthentication(XDRError):
    """Credentials or a verifier that cannot be decoded."""

    def __init__(self, message: str, status: AuthStatus) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class OpaqueAuth:
    """opaque_auth: credentials or a verifier (section 8.2)."""

    flavor: Flavor
    body: bytes = b""


NO_AUTH = OpaqueAuth(Flavor.AUTH_NONE)


@dataclass(frozen=True)
class AuthSysParameters:
    """authsys_parms: a Unix user as the caller names it, which proves nothing (appendix A)."""

    stamp: int
    machine_name: str
    uid: int
    gid: int
    gids: tuple[int, ...] = ()

    def packed(self) -> OpaqueAuth:
        """As credentials of flavor AUTH_SYS. Raises XDRError for a value over its limit."""
        packer = Packer().pack_unsigned_int(self.stamp).pack_string(self.machine_name, LONGEST_MACHINE_NAME)
        packer.pack_unsigned_int(self.uid).pack_unsigned_int(self.gid)
        packer.pack_array(self.gids, packer.pack_unsigned_int, MOST_GROUPS)
        return OpaqueAuth(Flavor.AUTH_SYS, packer.data)

    @classmethod
    def unpack(cls, unpacker: Unpacker) -> AuthSysParameters:
        """Raises XDRError."""
        return cls(
            unpacker.unpack_unsigned_int("stamp", "any number that the caller's machine chose"),
            unpacker.unpack_string(LONGEST_MACHINE_NAME, "machinename", "the caller's machine, as it names itself"),
            unpacker.unpack_unsigned_int("uid", "the caller's user id there"),
            unpacker.unpack_unsigned_int("gid", "the caller's group id there"),
            tuple(
                unpacker.unpack_array(
                    lambda: unpacker.unpack_unsigned_int("gids", "one more group of the caller"), MOST_GROUPS, "gids"
                )
            ),
        )


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
    verifier: OpaqueAuth = NO_AUTH


@dataclass(frozen=True)
class AcceptedReply:
    """accepted_reply: `results` belong to SUCCESS, `low` and `high` to PROG_MISMATCH."""

    xid: int
    status: AcceptStatus
    results: bytes = b""
    low: int = 0
    high: int = 0
    verifier: OpaqueAuth = NO_AUTH


@dataclass(frozen=True)
class RejectedReply:
    """rejected_reply: `low` and `high` belong to RPC_MISMATCH, `auth_status` to AUTH_ERROR."""

    xid: int
    status: RejectStatus
    low: int = 0
    high: int = 0
    auth_status: AuthStatus = AuthStatus.AUTH_OK


Reply = AcceptedReply | RejectedReply
Message = Call | Reply


def encode(message: Message) -> bytes:
    """The message's bytes. Raises XDRError for a number that is too large or an authentication body over 400 bytes."""
    packer = Packer().pack_unsigned_int(message.xid)
    if isinstance(message, Call):
        packer.pack_enum(MessageType.CALL).pack_unsigned_int(RPC_VERSION)
        packer.pack_unsigned_int(message.program).pack_unsigned_int(message.version)
        packer.pack_unsigned_int(message.procedure)
        _pack_auth(packer, message.credentials)
        _pack_auth(packer, message.verifier)
        return packer.data + message.arguments
    packer.pack_enum(MessageType.REPLY)
    if isinstance(message, RejectedReply):
        packer.pack_enum(ReplyStatus.MSG_DENIED).pack_enum(message.status)
        if message.status is RejectStatus.AUTH_ERROR:
            return packer.pack_enum(message.auth_status).data
        return packer.pack_unsigned_int(message.low).pack_unsigned_int(message.high).data
    packer.pack_enum(ReplyStatus.MSG_ACCEPTED)
    _pack_auth(packer, message.verifier)
    packer.pack_enum(message.status)
    if message.status is AcceptStatus.PROG_MISMATCH:
        packer.pack_unsigned_int(message.low).pack_unsigned_int(message.high)
    return packer.data + (message.results if message.status is AcceptStatus.SUCCESS else b"")


def decode(message: bytes) -> Message:
    """What the bytes say. Raises XDRError; UnsupportedVersion and MalformedAuthentication are such."""
    return _unpack_message(Unpacker(message))


def fields(message: bytes, body: Callable[[Unpacker], object] | None = None) -> list[Field]:
    """What each byte of a message means, in order; nothing is raised.

    `body` unpacks a call's arguments or a reply's results; without it they are one field. Bytes that cannot be decoded
    are one last field whose meaning says why.
    """
    unpacker = Unpacker(message)
    try:
        decoded = _unpack_message(unpacker)
        if body and not isinstance(decoded, RejectedReply) and unpacker.fields[-1].name in ("arguments", "results"):
            opaque = unpacker.fields.pop()
            unpacker.position, unpacker.layer, unpacker.source = opaque.start, opaque.name, ""
            body(unpacker)
            unpacker.done()
    except XDRError as error:
        unpacker.unpack_rest("not understood", str(error))
    return unpacker.fields


class Caller(NamedTuple):
    """Where a call came from."""

    netid: str
    """The transport's name, "tcp" or "udp" (RFC 5665)."""
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
        self._cache: OrderedDict[tuple[Caller | None, int], tuple[bytes, bytes]] = OrderedDict()
        self.caller: Caller | None = None
        """Where the call came from that a procedure is executing, as `handle` was told."""
        self.executed = 0
        """How many times a procedure was run."""
        self.repeated = 0
        """How many calls were answered with a kept reply."""
        self.last_failure: Exception | None = None
        """What made a procedure fail, of which the client is told no more than SYSTEM_ERR."""

    def register(self, program: int, version: int, procedures: Mapping[int, Procedure]) -> None:
        """Offer a version of a program. Procedure 0 does nothing, so that anyone can ask whether it is there."""
        self._programs.setdefault(program, {})[version] = {NULL_PROCEDURE: _null, **procedures}

    def handle(self, message: bytes, caller: Caller | None = None) -> bytes | None:
        """The reply to a message from `caller`; None for what is no call, or has no xid that a reply could repeat."""
        header = Unpacker(message)
        try:
            xid = header.unpack_unsigned_int("xid")
            if header.unpack_enum(MessageType, "mtype") is not MessageType.CALL:
                return None
        except XDRError:
            return None
        known, reply = self._cache.get((caller, xid), (b"", b""))
        if known == message:  # a client that has started anew may use an old xid for another call
            self.repeated += 1
            return reply
        executed_before = self.executed
        reply = encode(self._reply(header, xid, caller))
        if self.executed > executed_before:
            self._remember((caller, xid), message, reply)
        return reply

    def _reply(self, unpacker: Unpacker, xid: int, caller: Caller | None) -> Reply:
        try:
            call = _unpack_call(unpacker, xid)
        except UnsupportedVersion:
            return RejectedReply(xid, RejectStatus.RPC_MISMATCH, RPC_VERSION, RPC_VERSION)
        except MalformedAuthentication as error:
            return RejectedReply(xid, RejectStatus.AUTH_ERROR, auth_status=error.status)
        except XDRError:  # it ends before it says what is called
            return AcceptedReply(xid, AcceptStatus.GARBAGE_ARGS)
        if call.credentials.flavor not in (Flavor.AUTH_NONE, Flavor.AUTH_SYS):
            return RejectedReply(xid, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_REJECTEDCRED)
        versions = self._programs.get(call.program)
        if versions is None:
            return AcceptedReply(xid, AcceptStatus.PROG_UNAVAIL)
        if call.version not in versions:
            return AcceptedReply(xid, AcceptStatus.PROG_MISMATCH, low=min(versions), high=max(versions))
        procedure = versions[call.version].get(call.procedure)
        if procedure is None:
            return AcceptedReply(xid, AcceptStatus.PROC_UNAVAIL)
        return self._execute(procedure, call, caller)

    def _execute(self, procedure: Procedure, call: Call, caller: Caller | None) -> Reply:
        self.caller = caller
        self.executed += 1
        try:
            results = procedure(call.arguments)
            if not isinstance(results, bytes):
                raise TypeError(f"procedure {call.procedure} returned {results!r}; its results must be bytes")
        except XDRError:
            return AcceptedReply(call.xid, AcceptStatus.GARBAGE_ARGS)
        except Exception as error:  # whatever it is, the server goes on
            self.last_failure = error
            return AcceptedReply(call.xid, AcceptStatus.SYSTEM_ERR)
        finally:
            self.caller = None
        return AcceptedReply(call.xid, AcceptStatus.SUCCESS, results)

    def _remember(self, key: tuple[Caller | None, int], message: bytes, reply: bytes) -> None:
        self._cache[key] = message, reply
        self._cache.move_to_end(key)
        while len(self._cache) > self._cached_replies:
            self._cache.popitem(last=False)


class Client:
    """The side that calls one version of one program: makes calls, and knows their replies. One call at a time."""

    def __init__(
        self, program: int, version: int, credentials: OpaqueAuth = NO_AUTH, first_xid: int | None = None
    ) -> None:
        """`first_xid` is random by default: a client that starts anew must not meet replies to its earlier calls."""
        self.program = program
        self.version = version
        self.credentials = credentials
        self._next_xid = secrets.randbelow(XIDS) if first_xid is None else first_xid
        self._awaited: int | None = None

    def call(self, procedure: int, arguments: bytes = b"") -> bytes:
        """The bytes of a new call, with a fresh xid. To send it again after a timeout, send the same bytes again."""
        self._awaited = self._next_xid
        self._next_xid = (self._next_xid + 1) % XIDS
        return encode(Call(self._awaited, self.program, self.version, procedure, arguments, self.credentials))

    def results(self, message: bytes) -> bytes | None:
        """The results of the last call; None for a message that is no reply to it: an old one, or one already had.

        Raises an RPCError that says how the server has refused, XDRError for a reply that cannot be decoded.
        """
        if self._awaited is None or message[:4] != Packer().pack_unsigned_int(self._awaited).data:
            return None
        reply = decode(message)
        if isinstance(reply, Call):
            return None
        self._awaited = None
        if isinstance(reply, RejectedReply):
            raise _rejection(reply)
        if reply.status is not AcceptStatus.SUCCESS:
            raise self._failure(reply)
        return reply.results

    def _failure(self, reply: AcceptedReply) -> RPCError:
        name = f"program {self.program}"
        if reply.status is AcceptStatus.PROG_UNAVAIL:
            return ProgramUnavailable(f"there is no {name} at this address (PROG_UNAVAIL)")
        if reply.status is AcceptStatus.PROG_MISMATCH:
            offered = f"there are {reply.low} to {reply.high}"
            return ProgramMismatch(
                f"{name} has no version {self.version} here: {offered} (PROG_MISMATCH)", reply.low, reply.high
            )
        if reply.status is AcceptStatus.PROC_UNAVAIL:
            return ProcedureUnavailable(f"{name}, version {self.version}, has no such procedure (PROC_UNAVAIL)")
        if reply.status is AcceptStatus.GARBAGE_ARGS:
            return GarbageArguments(f"{name} could not decode the arguments (GARBAGE_ARGS): pack what it declares")
        return SystemFailure(f"the procedure of {name} failed at the server (SYSTEM_ERR): look for the reason there")


def _rejection(reply: RejectedReply) -> RPCError:
    if reply.status is RejectStatus.RPC_MISMATCH:
        offered = f"versions {reply.low} to {reply.high}"
        return RPCMismatch(f"the server speaks RPC in {offered} (RPC_MISMATCH)", reply.low, reply.high)
    return AuthenticationError(
        f"the server refuses the credentials or the verifier (AUTH_ERROR, {reply.auth_status.name})", reply.auth_status
    )


def _null(_: bytes) -> bytes:
    """Procedure 0 of every program: nothing in, nothing out (section 12.1)."""
    return b""


def _pack_auth(packer: Packer, auth: OpaqueAuth) -> None:
    packer.pack_enum(auth.flavor).pack_opaque(auth.body, LONGEST_AUTH_BODY)


def _unpack_message(unpacker: Unpacker) -> Message:
    unpacker.source, unpacker.layer = _MESSAGE, _LAYER
    xid = unpacker.unpack_unsigned_int("xid", "tells which reply belongs to which call")
    kind = unpacker.unpack_enum(MessageType, "mtype", "whether this is a call or a reply")
    if kind is MessageType.CALL:
        return _unpack_call(unpacker, xid)
    taken_up = unpacker.unpack_enum(ReplyStatus, "reply_stat", "whether the server accepted the call")
    if taken_up is ReplyStatus.MSG_DENIED:
        return _unpack_rejected(unpacker, xid)
    return _unpack_accepted(unpacker, xid)


def _unpack_call(unpacker: Unpacker, xid: int) -> Call:
    version = unpacker.unpack_unsigned_int("rpcvers", "the version of RPC itself, 2")
    if version != RPC_VERSION:
        raise UnsupportedVersion(f"this call is of version {version} of RPC, and only {RPC_VERSION} is known here")
    program = unpacker.unpack_unsigned_int("prog", "the program that is called")
    program_version = unpacker.unpack_unsigned_int("vers", "the version of that program")
    procedure = unpacker.unpack_unsigned_int("proc", "the procedure in it")
    credentials = _unpack_auth(unpacker, "cred", AuthStatus.AUTH_BADCRED)
    verifier = _unpack_auth(unpacker, "verf", AuthStatus.AUTH_BADVERF)
    arguments = unpacker.unpack_rest("arguments", "what the procedure is given; the program declares it")
    return Call(xid, program, program_version, procedure, arguments, credentials, verifier)


def _unpack_accepted(unpacker: Unpacker, xid: int) -> AcceptedReply:
    verifier = _unpack_auth(unpacker, "verf", AuthStatus.AUTH_INVALIDRESP)
    status = unpacker.unpack_enum(AcceptStatus, "accept_stat", "what became of the call")
    low = high = 0
    results = b""
    if status is AcceptStatus.SUCCESS:
        results = unpacker.unpack_rest("results", "what the procedure returned; the program declares it")
    elif status is AcceptStatus.PROG_MISMATCH:
        low, high = _unpack_range(unpacker, "of the program")
    unpacker.done()
    return AcceptedReply(xid, status, results, low, high, verifier)


def _unpack_rejected(unpacker: Unpacker, xid: int) -> RejectedReply:
    status = unpacker.unpack_enum(RejectStatus, "reject_stat", "why the call was not taken up")
    low = high = 0
    auth_status = AuthStatus.AUTH_OK
    if status is RejectStatus.RPC_MISMATCH:
        low, high = _unpack_range(unpacker, "of RPC")
    else:
        auth_status = unpacker.unpack_enum(AuthStatus, "auth_stat", "what is wrong with who the caller says it is")
    unpacker.done()
    return RejectedReply(xid, status, low, high, auth_status)


def _unpack_range(unpacker: Unpacker, of_what: str) -> tuple[int, int]:
    return (
        unpacker.unpack_unsigned_int("low", f"the lowest version {of_what} that the server has"),
        unpacker.unpack_unsigned_int("high", f"the highest version {of_what} that the server has"),
    )


def _unpack_auth(unpacker: Unpacker, name: str, status: AuthStatus) -> OpaqueAuth:
    """Credentials ("cred") or a verifier ("verf"). `status` is what to answer if they cannot be decoded."""
    which = "credentials" if name == "cred" else "verifier"
    unpacker.source = _AUTH
    try:
        flavor = unpacker.unpack_enum(Flavor, f"{name} flavor", f"which kind of {which} follows")
        body = unpacker.unpack_opaque(LONGEST_AUTH_BODY, f"{name} body", f"the {which}, in the form of this kind")
        if name == "cred" and flavor is Flavor.AUTH_SYS:
            parameters = Unpacker(body, source=_AUTH_SYS, layer=_LAYER)
            AuthSysParameters.unpack(parameters)
            parameters.done()
            unpacker.fields += shifted(parameters.fields, unpacker.fields.pop().start)
    except XDRError as error:
        raise MalformedAuthentication(str(error), status) from None
    unpacker.source = _MESSAGE
    return OpaqueAuth(flavor, body)
