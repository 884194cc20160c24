from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet
from scapy.utils import PcapNgWriter

from helpers.fields import record_marking
from helpers.fields.fields import check_tiling, shifted
from helpers.fields.onc_rpc import (
    NO_AUTH,
    AcceptedReply,
    AcceptStatus,
    AuthenticationError,
    AuthStatus,
    AuthSysParameters,
    Call,
    Caller,
    Client,
    Flavor,
    GarbageArguments,
    Message,
    OpaqueAuth,
    ProcedureUnavailable,
    ProgramMismatch,
    ProgramUnavailable,
    RejectedReply,
    RejectStatus,
    RPCError,
    RPCMismatch,
    Server,
    SystemFailure,
    UnsupportedVersion,
    decode,
    encode,
    fields,
)
from helpers.fields.xdr import Packer, Unpacker, XDRError
from helpers.lessons.remote_calls import port_mapper
from tests.needs import installed
from tests.samples import MAC

PROGRAM, VERSION = 0x20000099, 1
ADD, COUNT, FAIL, RETURN_NOTHING = 1, 2, 3, 4
HERE, THERE = Caller("udp", "10.0.0.1", 900), Caller("udp", "10.0.0.3", 900)

NUMBERS = st.integers(0, 2**32 - 1)
BODIES = st.binary(max_size=50)
AUTHS = st.builds(OpaqueAuth, st.sampled_from([flavor for flavor in Flavor if flavor != Flavor.AUTH_SYS]), BODIES)
PARAMETERS = st.builds(
    AuthSysParameters, NUMBERS, st.text(st.characters(max_codepoint=127), max_size=20), NUMBERS, NUMBERS,
    st.lists(NUMBERS, max_size=16).map(tuple),
)  # fmt: skip
CALLS = st.builds(
    Call, NUMBERS, NUMBERS, NUMBERS, NUMBERS, BODIES, AUTHS | PARAMETERS.map(AuthSysParameters.packed), AUTHS
)
REPLIES = st.one_of(
    st.builds(AcceptedReply, NUMBERS, st.just(AcceptStatus.SUCCESS), BODIES, verifier=AUTHS),
    st.builds(
        AcceptedReply, NUMBERS, st.just(AcceptStatus.PROG_MISMATCH), low=NUMBERS, high=NUMBERS, verifier=AUTHS
    ),
    st.builds(
        AcceptedReply,
        NUMBERS,
        st.sampled_from([status for status in AcceptStatus if status not in (0, 2)]),
        verifier=AUTHS,
    ),
    st.builds(RejectedReply, NUMBERS, st.just(RejectStatus.RPC_MISMATCH), NUMBERS, NUMBERS),
    st.builds(
        RejectedReply, NUMBERS, st.just(RejectStatus.AUTH_ERROR), auth_status=st.sampled_from(AuthStatus)
    ),
)
MESSAGES = CALLS | REPLIES


def add(arguments: bytes) -> bytes:
    unpacker = Unpacker(arguments)
    first, second = unpacker.unpack_int(), unpacker.unpack_int()
    unpacker.done()
    return Packer().pack_int(first + second).data


def fail(_: bytes) -> bytes:
    raise ZeroDivisionError("a defect of the procedure")


def return_nothing(_: bytes) -> bytes:
    return None  # type: ignore[return-value]


class Counting:
    """A procedure whose every execution shows."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _: bytes) -> bytes:
        self.count += 1
        return Packer().pack_int(self.count).data


def serve(cached_replies: int = 0) -> Server:
    server = Server(cached_replies)
    procedures = {ADD: add, COUNT: Counting(), FAIL: fail, RETURN_NOTHING: return_nothing}
    server.register(PROGRAM, VERSION, procedures)
    server.register(PROGRAM, VERSION + 2, {})
    return server


def asked(server: Server, message: Message | bytes, caller: Caller = HERE) -> Message:
    reply = server.handle(message if isinstance(message, bytes) else encode(message), caller)
    assert reply is not None
    return decode(reply)


ARGUMENTS = Packer().pack_int(2).pack_int(40).data


# Bytes.


def test_a_call_in_bytes() -> None:
    """RFC 5531, section 9, by hand."""
    call = Call(0x11223344, PROGRAM, 1, 2, b"args")
    by_hand = struct.pack(">10I", 0x11223344, 0, 2, PROGRAM, 1, 2, 0, 0, 0, 0) + b"args"
    assert encode(call) == by_hand
    assert decode(by_hand) == call


@pytest.mark.parametrize(
    ("reply", "numbers"),
    [
        (AcceptedReply(7, AcceptStatus.SUCCESS), [7, 1, 0, 0, 0, 0]),
        (AcceptedReply(7, AcceptStatus.PROG_UNAVAIL), [7, 1, 0, 0, 0, 1]),
        (AcceptedReply(7, AcceptStatus.PROG_MISMATCH, low=2, high=4), [7, 1, 0, 0, 0, 2, 2, 4]),
        (AcceptedReply(7, AcceptStatus.PROC_UNAVAIL), [7, 1, 0, 0, 0, 3]),
        (AcceptedReply(7, AcceptStatus.GARBAGE_ARGS), [7, 1, 0, 0, 0, 4]),
        (AcceptedReply(7, AcceptStatus.SYSTEM_ERR), [7, 1, 0, 0, 0, 5]),
        (RejectedReply(7, RejectStatus.RPC_MISMATCH, 2, 2), [7, 1, 1, 0, 2, 2]),
        (RejectedReply(7, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_TOOWEAK), [7, 1, 1, 1, 5]),
    ],
)
def test_replies_in_bytes(reply: Message, numbers: list[int]) -> None:
    by_hand = struct.pack(f">{len(numbers)}I", *numbers)
    assert (encode(reply), decode(by_hand)) == (by_hand, reply)


def test_auth_sys_in_bytes() -> None:
    """RFC 5531, appendix A, by hand."""
    parameters = AuthSysParameters(9, "host1", 1000, 100, (4, 24))
    body = struct.pack(">II8s5I", 9, 5, b"host1", 1000, 100, 2, 4, 24)
    assert parameters.packed() == OpaqueAuth(Flavor.AUTH_SYS, body)
    assert AuthSysParameters.unpack(Unpacker(body)) == parameters


@given(MESSAGES)
@settings(deadline=None)
def test_what_was_encoded_is_decoded_and_explained(message: Message) -> None:
    encoded = encode(message)
    assert decode(encoded) == message
    check_tiling(fields(encoded), len(encoded))


@given(MESSAGES, st.data())
@settings(deadline=None)
def test_damaged_messages_do_no_more_than_raise_an_xdr_error(message: Message, data: st.DataObject) -> None:
    damaged = bytearray(encode(message))
    for _ in range(data.draw(st.integers(0, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    try:
        decode(bytes(damaged))
    except XDRError as error:
        assert "\n" not in str(error)
    check_tiling(fields(bytes(damaged)), len(damaged))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_whatever_break_decoder_or_server(data: bytes) -> None:
    check_tiling(fields(data), len(data))
    reply = serve().handle(data, HERE)
    if reply is not None:
        assert reply[:4] == data[:4]
        assert not isinstance(decode(reply), Call)


@pytest.mark.parametrize("flavor", [Flavor.AUTH_NONE, Flavor.AUTH_SHORT])
def test_an_authentication_body_has_at_most_400_bytes(flavor: Flavor) -> None:
    encode(Call(1, 2, 3, 4, credentials=OpaqueAuth(flavor, bytes(400))))
    with pytest.raises(XDRError, match="opaque data of 401 bytes: the declaration allows 400"):
        encode(Call(1, 2, 3, 4, credentials=OpaqueAuth(flavor, bytes(401))))


def test_a_call_of_another_version_of_rpc_is_not_read_further() -> None:
    with pytest.raises(UnsupportedVersion, match="this call is of version 3 of RPC, and only 2 is known here"):
        decode(struct.pack(">3I", 1, 0, 3))


def test_every_byte_of_a_call_has_a_name() -> None:
    credentials = AuthSysParameters(9, "host1", 1000, 100, (4,)).packed()
    call = encode(Call(5, port_mapper.PROGRAM, 2, 3, port_mapper.Mapping(7, 1, 17).packed(), credentials))
    explained = fields(call, port_mapper.Mapping.unpack)
    check_tiling(explained, len(call))
    assert [(field.name, field.value) for field in explained] == [
        ("xid", "5"), ("mtype", "CALL (0)"), ("rpcvers", "2"), ("prog", "100000"), ("vers", "2"), ("proc", "3"),
        ("cred flavor", "AUTH_SYS (1)"), ("length of cred body", "32"), ("stamp", "9"), ("length of machinename", "5"),
        ("machinename", "'host1'"), ("padding", "zero"), ("uid", "1000"), ("gid", "100"), ("number of gids", "1"),
        ("gids", "4"), ("verf flavor", "AUTH_NONE (0)"), ("length of verf body", "0"),
        ("prog", "7"), ("vers", "1"), ("prot", "17"), ("port", "0"),
    ]  # fmt: skip
    assert [field.layer for field in explained] == ["ONC RPC"] * 18 + ["arguments"] * 4
    assert [field.source for field in explained if field.name == "uid"] == ["RFC 5531 appendix A"]


def test_a_record_on_tcp_is_explained_with_its_header() -> None:
    record = record_marking.framed(encode(AcceptedReply(5, AcceptStatus.SUCCESS, ARGUMENTS)))
    message = fields(record[4:], lambda unpacker: unpacker.unpack_hyper("sum"))
    explained = record_marking.fields(record) + shifted(message, 4)
    check_tiling(explained, len(record))
    assert [field.name for field in explained][-2:] == ["accept_stat", "sum"]


def test_what_cannot_be_explained_says_why() -> None:
    call = encode(Call(5, 6, 7, 8, b"\0\0\0\1"))
    for explained, last in (
        (fields(call[:10]), "the bytes end inside rpcvers: it needs 4 bytes, and 2 are left"),
        (fields(call, lambda unpacker: unpacker.unpack_hyper("sum")), "the bytes end inside sum"),
        (fields(call + b"abcd", lambda unpacker: unpacker.unpack_int("sum")), "4 bytes are left after the last value"),
    ):
        assert explained[-1].name == "not understood" and last in explained[-1].meaning


# The server.


def test_a_procedure_is_called() -> None:
    assert asked(serve(), Call(5, PROGRAM, VERSION, ADD, ARGUMENTS)) == AcceptedReply(
        5, AcceptStatus.SUCCESS, Packer().pack_int(42).data
    )


def test_procedure_0_is_there_and_does_nothing() -> None:
    assert asked(serve(), Call(5, PROGRAM, VERSION, 0)) == AcceptedReply(5, AcceptStatus.SUCCESS)


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (Call(5, 99, 1, 1), AcceptedReply(5, AcceptStatus.PROG_UNAVAIL)),
        (Call(5, PROGRAM, 9, 1), AcceptedReply(5, AcceptStatus.PROG_MISMATCH, low=VERSION, high=VERSION + 2)),
        (Call(5, PROGRAM, VERSION, 99), AcceptedReply(5, AcceptStatus.PROC_UNAVAIL)),
        (Call(5, PROGRAM, VERSION, ADD, ARGUMENTS[:-1]), AcceptedReply(5, AcceptStatus.GARBAGE_ARGS)),
        (Call(5, PROGRAM, VERSION, ADD, ARGUMENTS + bytes(4)), AcceptedReply(5, AcceptStatus.GARBAGE_ARGS)),
        (Call(5, PROGRAM, VERSION, FAIL), AcceptedReply(5, AcceptStatus.SYSTEM_ERR)),
        (Call(5, PROGRAM, VERSION, RETURN_NOTHING), AcceptedReply(5, AcceptStatus.SYSTEM_ERR)),
        (
            Call(5, PROGRAM, VERSION, ADD, ARGUMENTS, OpaqueAuth(Flavor.RPCSEC_GSS)),
            RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_REJECTEDCRED),
        ),
        (
            Call(5, PROGRAM, VERSION, ADD, ARGUMENTS, OpaqueAuth(Flavor.AUTH_SYS, b"cut")),
            RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_BADCRED),
        ),
        (
            Call(5, PROGRAM, VERSION, ADD, ARGUMENTS, OpaqueAuth(Flavor.AUTH_SYS, bytes(24))),
            RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_BADCRED),
        ),
    ],
)
def test_the_rfcs_own_error_replies(call: Call, reply: Message) -> None:
    assert asked(serve(), call) == reply


CALL = encode(Call(5, PROGRAM, VERSION, ADD, ARGUMENTS))


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        (struct.pack(">3I", 5, 0, 3), RejectedReply(5, RejectStatus.RPC_MISMATCH, 2, 2)),
        (struct.pack(">3I", 5, 0, 1) + CALL[12:], RejectedReply(5, RejectStatus.RPC_MISMATCH, 2, 2)),
        (CALL[:10], AcceptedReply(5, AcceptStatus.GARBAGE_ARGS)),
        (CALL[:20], AcceptedReply(5, AcceptStatus.GARBAGE_ARGS)),
        (CALL[:26], RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_BADCRED)),
        (
            CALL[:28] + b"\xff\xff\xff\xff" + CALL[32:],
            RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_BADCRED),
        ),
        (CALL[:34], RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_BADVERF)),
        (
            CALL[:36] + b"\0\0\1\x91" + CALL[40:],
            RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_BADVERF),
        ),
    ],
    ids=["RPC 3", "RPC 1", "no rpcvers", "cut in vers", "cut in cred", "cred of 4 GB", "cut in verf", "verf too long"],
)
def test_malformed_calls_are_answered(message: bytes, reply: Message) -> None:
    assert asked(serve(), message) == reply


@pytest.mark.parametrize(
    "message",
    [b"", b"\0\0\0", CALL[:7], struct.pack(">3I", 5, 2, 2), encode(AcceptedReply(5, AcceptStatus.SUCCESS))],
    ids=["empty", "cut in xid", "cut in mtype", "neither call nor reply", "a reply"],
)
def test_what_cannot_be_answered_is_not(message: bytes) -> None:
    assert serve().handle(message, HERE) is None


def test_a_failure_is_kept_for_the_servers_side() -> None:
    server = serve()
    assert asked(server, Call(5, PROGRAM, VERSION, ADD, ARGUMENTS)) and server.last_failure is None
    asked(server, Call(5, PROGRAM, VERSION, FAIL))
    assert isinstance(server.last_failure, ZeroDivisionError)
    asked(server, Call(5, PROGRAM, VERSION, RETURN_NOTHING))
    assert "procedure 4 returned None; its results must be bytes" in str(server.last_failure)


def test_a_procedure_may_ask_who_calls() -> None:
    server, seen = Server(), []

    def note(_: bytes) -> bytes:
        seen.append(server.caller)
        return b""

    server.register(PROGRAM, VERSION, {1: note})
    asked(server, Call(5, PROGRAM, VERSION, 1), THERE)
    assert seen == [THERE] and server.caller is None


# Again: at-least-once, at-most-once.

COUNTED = Call(5, PROGRAM, VERSION, COUNT)


def counts(server: Server, *calls: tuple[Call, Caller]) -> list[int]:
    replies = [asked(server, call, caller) for call, caller in calls]
    return [Unpacker(reply.results).unpack_int() for reply in replies if isinstance(reply, AcceptedReply)]


def test_without_kept_replies_a_repeated_call_is_executed_again() -> None:
    server = serve()
    assert counts(server, (COUNTED, HERE), (COUNTED, HERE)) == [1, 2]
    assert (server.executed, server.repeated) == (2, 0)


def test_with_kept_replies_it_is_answered_again_and_not_executed() -> None:
    server = serve(cached_replies=8)
    assert counts(server, (COUNTED, HERE), (COUNTED, HERE), (COUNTED, HERE)) == [1, 1, 1]
    assert (server.executed, server.repeated) == (1, 2)


def test_another_caller_or_xid_is_another_call() -> None:
    other = Call(6, PROGRAM, VERSION, COUNT)
    elsewhere = HERE._replace(netid="tcp")
    assert counts(serve(8), (COUNTED, HERE), (COUNTED, THERE), (COUNTED, elsewhere), (other, HERE)) == [1, 2, 3, 4]


def test_another_call_with_an_old_xid_is_executed() -> None:
    server = serve(8)
    assert counts(server, (COUNTED, HERE)) == [1]
    added = asked(server, Call(5, PROGRAM, VERSION, ADD, ARGUMENTS))
    assert isinstance(added, AcceptedReply) and added.results == Packer().pack_int(42).data


def test_only_so_many_replies_are_kept() -> None:
    calls = [(Call(xid, PROGRAM, VERSION, COUNT), HERE) for xid in (1, 2, 3)]
    server = serve(cached_replies=2)
    assert counts(server, *calls) == [1, 2, 3]
    assert counts(server, calls[2], calls[1], calls[0]) == [3, 2, 4]


def test_the_oldest_reply_goes_first() -> None:
    first, second, third = ((Call(xid, PROGRAM, VERSION, COUNT), HERE) for xid in (1, 2, 3))
    anew = Call(1, PROGRAM, VERSION, COUNT, b"anew"), HERE
    server = serve(cached_replies=2)
    assert counts(server, first, second, anew, third) == [1, 2, 3, 4]
    assert counts(server, anew, second) == [3, 5]


def test_calls_that_execute_nothing_drive_no_reply_out() -> None:
    server = serve(cached_replies=1)
    assert counts(server, (COUNTED, HERE)) == [1]
    asked(server, Call(6, 99, 1, 1))
    assert counts(server, (COUNTED, HERE)) == [1]


# The client.


def test_a_client_knows_its_results() -> None:
    client = Client(PROGRAM, VERSION)
    reply = serve().handle(client.call(ADD, ARGUMENTS), HERE)
    assert reply is not None
    assert client.results(reply) == Packer().pack_int(42).data
    assert client.results(reply) is None, "the reply came twice"


def test_each_call_has_a_fresh_xid() -> None:
    client = Client(PROGRAM, VERSION, first_xid=2**32 - 1)
    assert [decode(client.call(0)).xid for _ in range(3)] == [2**32 - 1, 0, 1]
    assert len({decode(Client(PROGRAM, VERSION).call(0)).xid for _ in range(5)}) > 1


def test_foreign_and_late_replies_are_ignored() -> None:
    client, server = Client(PROGRAM, VERSION, first_xid=7), serve()
    late = server.handle(client.call(ADD, ARGUMENTS), HERE)
    assert late is not None
    assert client.results(encode(AcceptedReply(99, AcceptStatus.SUCCESS))) is None
    client.call(COUNT)
    assert client.results(late) is None
    for noise in (b"", b"\0\0\0", encode(Call(8, 1, 1, 1))):
        assert client.results(noise) is None
    assert client.results(encode(AcceptedReply(8, AcceptStatus.SUCCESS, b"here"))) == b"here"


def test_a_client_sends_its_credentials() -> None:
    credentials = AuthSysParameters(1, "host1", 1000, 100).packed()
    sent = decode(Client(PROGRAM, VERSION, credentials, first_xid=3).call(COUNT, b"args"))
    assert sent == Call(3, PROGRAM, VERSION, COUNT, b"args", credentials, NO_AUTH)


def refusal(reply: Message) -> RPCError:
    client = Client(PROGRAM, VERSION, first_xid=5)
    client.call(ADD)
    with pytest.raises(RPCError) as raised:
        client.results(encode(reply))
    assert "\n" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (AcceptStatus.PROG_UNAVAIL, ProgramUnavailable),
        (AcceptStatus.PROC_UNAVAIL, ProcedureUnavailable),
        (AcceptStatus.GARBAGE_ARGS, GarbageArguments),
        (AcceptStatus.SYSTEM_ERR, SystemFailure),
    ],
)
def test_refusals_are_errors_of_their_own(status: AcceptStatus, kind: type[RPCError]) -> None:
    error = refusal(AcceptedReply(5, status))
    assert type(error) is kind and status.name in str(error)


def test_refusals_that_say_more() -> None:
    mismatch = refusal(AcceptedReply(5, AcceptStatus.PROG_MISMATCH, low=2, high=4))
    assert isinstance(mismatch, ProgramMismatch) and (mismatch.low, mismatch.high) == (2, 4)
    assert str(mismatch) == f"program {PROGRAM} has no version 1 here: there are 2 to 4 (PROG_MISMATCH)"
    of_rpc = refusal(RejectedReply(5, RejectStatus.RPC_MISMATCH, 3, 4))
    assert isinstance(of_rpc, RPCMismatch) and (of_rpc.low, of_rpc.high) == (3, 4)
    refused = refusal(RejectedReply(5, RejectStatus.AUTH_ERROR, auth_status=AuthStatus.AUTH_TOOWEAK))
    assert isinstance(refused, AuthenticationError) and refused.status is AuthStatus.AUTH_TOOWEAK


def test_a_damaged_reply_is_an_error() -> None:
    client = Client(PROGRAM, VERSION, first_xid=5)
    client.call(ADD)
    with pytest.raises(XDRError, match="accept_stat is 9, and can only be SUCCESS"):
        client.results(struct.pack(">6I", 5, 1, 0, 0, 0, 9))


# What others read in our bytes.


def dissected(packets: list[Packet], folder: Path, *names: str) -> list[list[str]]:
    """The fields of that name, as tshark reads them, packet by packet."""
    tshark = installed("tshark")
    capture = folder / "capture.pcapng"
    with PcapNgWriter(str(capture)) as writer:
        writer.write(packets)
    options = [option for name in names for option in ("-e", name)]
    command = [tshark, "-r", str(capture), "-T", "fields", "-E", "occurrence=f", *options]
    # With a home of its own no settings of this machine's user count.
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [line.split("\t") for line in shown.stdout.splitlines()]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_tshark_reads_call_and_reply(transport: str, tmp_path: Path) -> None:
    server = Server()
    mapper = port_mapper.PortMapper(server, "10.0.0.2")
    mapper.set(port_mapper.Mapping(PROGRAM, VERSION, port_mapper.UDP, 2049))
    credentials = AuthSysParameters(1, "host1", 1000, 100).packed()
    client = Client(port_mapper.PROGRAM, 2, credentials, first_xid=0x11223344)
    asked_for = port_mapper.Mapping(PROGRAM, VERSION, port_mapper.UDP).packed()
    call = client.call(port_mapper.PortMapperProcedure.GETPORT, asked_for)
    reply = server.handle(call, HERE)
    assert reply is not None
    forth = Ether(dst=MAC) / IP(src="10.0.0.1", dst="10.0.0.2")
    back = Ether(dst=MAC) / IP(src="10.0.0.2", dst="10.0.0.1")
    if transport == "udp":
        packets = [forth / UDP(sport=900, dport=111) / call, back / UDP(sport=111, dport=900) / reply]
    else:
        record = record_marking.framed(call, 20)
        packets = [
            forth / TCP(sport=900, dport=111, flags="PA", seq=1, ack=1) / record,
            back / TCP(sport=111, dport=900, flags="PA", seq=1, ack=1 + len(record)) / record_marking.framed(reply),
        ]
    told = dissected(
        packets, tmp_path, "rpc.xid", "rpc.msgtyp", "rpc.program", "rpc.programversion", "rpc.procedure",
        "rpc.auth.machinename", "rpc.auth.uid", "rpc.state_accept", "portmap.prog", "portmap.port", "_ws.malformed",
    )  # fmt: skip
    assert told == [
        ["0x11223344", "0", "100000", "2", "3", "host1", "1000", "", str(PROGRAM), "0", ""],
        ["0x11223344", "1", "100000", "2", "3", "", "", "0", "", "2049", ""],
    ]
