"""ONC RPC in bytes, its two sides, and its records: by hand after the RFC, by chance, and as tshark reads them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from helpers.errors import CourseError
from helpers.fields import onc_rpc as rpc
from helpers.fields.field import check_tiling
from helpers.fields.onc_rpc import AcceptStatus, AuthStatus, Flavor, RejectStatus, Reply
from helpers.fields.xdr import Unpacker, pack_int
from tests.fields.tshark import ETHERNET, read
from tests.samples import MAC

PROGRAM, ADD, COUNT, FAIL, RETURN_NOTHING = 0x20000099, 1, 2, 3, 4
HERE, THERE = rpc.Caller("udp", "10.0.0.1", 900), rpc.Caller("udp", "10.0.0.3", 900)
ARGUMENTS, SUM = struct.pack(">2i", 2, 40), struct.pack(">i", 42)

NUMBERS, BODIES = st.integers(0, 2**32 - 1), st.binary(max_size=50)
AUTHS = st.tuples(st.sampled_from([flavor for flavor in Flavor if flavor != Flavor.AUTH_SYS]), BODIES)
USERS = st.builds(rpc.auth_sys, st.text(st.characters(max_codepoint=127), max_size=20), NUMBERS, NUMBERS,
                  st.lists(NUMBERS, max_size=16).map(tuple))  # fmt: skip
STATUSES = st.sampled_from([AcceptStatus.PROC_UNAVAIL, AcceptStatus.SYSTEM_ERR, *AuthStatus])
MISMATCHES = st.sampled_from([AcceptStatus.PROG_MISMATCH, RejectStatus.RPC_MISMATCH])
MESSAGES: st.SearchStrategy[rpc.Call | Reply] = st.one_of(
    st.builds(rpc.Call, NUMBERS, NUMBERS, NUMBERS, NUMBERS, BODIES, AUTHS | USERS),
    st.builds(Reply, NUMBERS, st.just(AcceptStatus.SUCCESS), BODIES),
    st.builds(Reply, NUMBERS, STATUSES),
    st.builds(Reply, NUMBERS, MISMATCHES, low=NUMBERS, high=NUMBERS),
)


def add(arguments: bytes) -> bytes:
    unpacker = Unpacker(arguments)
    first, second = unpacker.unpack_int(), unpacker.unpack_int()
    unpacker.done()
    return pack_int(first + second)


class Counting:
    """A procedure whose every execution shows."""

    count = 0

    def __call__(self, _: bytes) -> bytes:
        self.count += 1
        return struct.pack(">i", self.count)


def serve(cached_replies: int = 0) -> rpc.Server:
    server = rpc.Server(cached_replies)
    nothing = {FAIL: lambda _: b"%d" % (1 // 0), RETURN_NOTHING: lambda _: None}
    server.register(PROGRAM, 1, {ADD: add, COUNT: Counting(), **nothing})  # type: ignore[dict-item]
    server.register(PROGRAM, 3, {})
    return server


def asked(server: rpc.Server, message: rpc.Call | Reply | bytes, caller: rpc.Caller = HERE) -> rpc.Call | Reply:
    reply = server.handle(message if isinstance(message, bytes) else rpc.encode(message), caller)
    assert reply is not None
    return rpc.decode(reply)


@given(MESSAGES)
@settings(deadline=None)
def test_what_was_encoded_is_decoded_and_explained(message: rpc.Call | Reply) -> None:
    encoded = rpc.encode(message)
    assert rpc.decode(encoded) == message
    check_tiling(rpc.fields(encoded), len(encoded))


@given(
    MESSAGES.map(rpc.encode) | st.binary(max_size=200), st.lists(st.tuples(NUMBERS, st.integers(0, 255)), max_size=3)
)
@settings(deadline=None)
def test_no_bytes_whatever_break_decoder_or_server(message: bytes, damages: list[tuple[int, int]]) -> None:
    damaged = bytearray(message or b"\0")
    for place, byte in damages:
        damaged[place % len(damaged)] = byte
    data = bytes(damaged[: len(message) - len(damages)])
    check_tiling(rpc.fields(data), len(data))
    check_tiling(rpc.fields(data, lambda body: body.unpack_string()), len(data))
    reply = serve().handle(data, HERE)
    if reply is not None:
        assert reply[:4] == data[:4] and isinstance(rpc.decode(reply), Reply)


CALL = rpc.encode(rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS))
GARBAGE = Reply(5, AcceptStatus.GARBAGE_ARGS)


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (CALL, Reply(5, AcceptStatus.SUCCESS, SUM)),
        (rpc.Call(5, PROGRAM, 1, 0), Reply(5, AcceptStatus.SUCCESS)),
        (rpc.Call(5, PROGRAM, 9, 1), Reply(5, AcceptStatus.PROG_MISMATCH, low=1, high=3)),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS + bytes(4)), GARBAGE),
        (rpc.Call(5, PROGRAM, 1, FAIL), Reply(5, AcceptStatus.SYSTEM_ERR)),
        (rpc.Call(5, PROGRAM, 1, RETURN_NOTHING), Reply(5, AcceptStatus.SYSTEM_ERR)),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS, (Flavor.AUTH_DH, b"")), Reply(5, AuthStatus.AUTH_REJECTEDCRED)),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS, (Flavor.AUTH_SYS, b"cut")), GARBAGE),
        (struct.pack(">3I", 5, 0, 3), Reply(5, RejectStatus.RPC_MISMATCH, low=2, high=2)),
        (CALL[:10], GARBAGE),
        (CALL[:28] + b"\xff\xff\xff\xff" + CALL[32:], GARBAGE),
    ],
)
def test_each_call_gets_its_reply(call: rpc.Call | bytes, reply: Reply) -> None:
    assert asked(serve(), call) == reply


def test_what_is_no_call_is_not_answered() -> None:
    for message in (b"", CALL[:7], struct.pack(">3I", 5, 2, 2), rpc.encode(GARBAGE)):
        assert serve().handle(message, HERE) is None


def counts(server: rpc.Server, *calls: tuple[int, rpc.Caller]) -> list[int]:
    """What the counting procedure returned for calls with these xids."""
    replies = [asked(server, rpc.Call(xid, PROGRAM, 1, COUNT), caller) for xid, caller in calls]
    return [int.from_bytes(reply.results) for reply in replies if isinstance(reply, Reply)]


def test_at_least_once_and_at_most_once() -> None:
    assert counts(serve(), (5, HERE), (5, HERE)) == [1, 2]
    server = serve(8)
    assert counts(server, (5, HERE), (5, THERE), (6, HERE), (5, HERE), (5, THERE)) == [1, 2, 3, 1, 2]
    anew = rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS)  # by a client that has started anew, with an old xid
    assert asked(server, anew) == Reply(5, AcceptStatus.SUCCESS, SUM)
    few = [(xid, HERE) for xid in (1, 2, 3, 3, 2, 1, 3)]
    assert counts(serve(2), *few) == [1, 2, 3, 3, 2, 4, 3], "the oldest goes"


def test_a_client_knows_its_reply_and_takes_it_once() -> None:
    client, server = rpc.Client(PROGRAM, 1), serve()
    late = server.handle(client.call(COUNT))
    own = client.call(ADD, ARGUMENTS)
    reply = server.handle(own)
    assert late and reply
    for foreign in (late, b"", b"\0\0\0", own):
        assert client.results(foreign) is None
    assert [client.results(reply), client.results(reply)] == [SUM, None]


def test_each_call_has_a_fresh_xid() -> None:
    client = rpc.Client(PROGRAM, 1, first_xid=2**32 - 1)
    assert [rpc.decode(client.call(0)).xid for _ in range(3)] == [2**32 - 1, 0, 1]
    assert len({rpc.Client(PROGRAM, 1).call(0) for _ in range(5)}) > 1


@given(st.lists(st.tuples(st.binary(max_size=50), st.integers(1, 60)), max_size=6), st.data())
@settings(deadline=None)
def test_records_come_out_however_the_stream_is_cut(sent: list[tuple[bytes, int]], data: st.DataObject) -> None:
    stream = b"".join(rpc.framed(message, size) for message, size in sent)
    reader, received = rpc.RecordReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        received += reader.feed(stream[:size])
        stream = stream[size:]
    assert received == [message for message, _ in sent]


def test_a_promise_of_more_than_a_reader_takes_is_refused_at_once() -> None:
    """Also by HTTP on an RPC port: its first four letters promise 1.2 GB."""
    for first, promise in ((b"\xff\xff\xff\xff", 2**31 - 1), (b"GET / HTTP/1.1\r\n", 1195725856)):
        with pytest.raises(CourseError, match=f"a record of {promise} bytes or more is announced"):
            rpc.RecordReader().feed(first)
    reader = rpc.RecordReader()
    assert reader.feed(struct.pack(">I", 1 << 20) + bytes(1 << 20)) == []
    with pytest.raises(CourseError, match="1048577 bytes or more"):
        reader.feed(struct.pack(">I", 1))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_tshark_reads_call_and_reply(transport: str, tmp_path: Path) -> None:
    call = rpc.encode(
        rpc.Call(0x11223344, 100000, 2, 3, struct.pack(">4I", PROGRAM, 1, 17, 0), rpc.auth_sys("host1", 1000, 100))
    )
    reply = rpc.encode(Reply(0x11223344, AcceptStatus.SUCCESS, struct.pack(">I", 2049)))
    forth, back = (Ether(dst=MAC) / IP(src=f"10.0.0.{n}", dst=f"10.0.0.{3 - n}") for n in (1, 2))
    if transport == "udp":
        packets = [forth / UDP(sport=900, dport=111) / call, back / UDP(sport=111, dport=900) / reply]
    else:
        record = rpc.framed(call, 20)
        packets = [
            forth / TCP(sport=900, dport=111, flags="PA", seq=1, ack=1) / record,
            back / TCP(sport=111, dport=900, flags="PA", seq=1, ack=1 + len(record)) / rpc.framed(reply),
        ]
    names = "rpc.xid rpc.msgtyp rpc.program rpc.programversion rpc.procedure rpc.auth.machinename rpc.auth.uid "
    names += "rpc.state_accept portmap.prog portmap.port _ws.malformed"
    assert read(map(bytes, packets), ETHERNET, names.split(), tmp_path, "-E", "occurrence=f") == [
        ["0x11223344", "0", "100000", "2", "3", "host1", "1000", "", str(PROGRAM), "0", ""],
        ["0x11223344", "1", "100000", "2", "3", "", "", "0", "", "2049", ""],
    ]
