"""ONC RPC in bytes, its two sides, and its records: by hand after the RFC, by chance, and as tshark reads them."""

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

from helpers.errors import CourseError
from helpers.fields import onc_rpc as rpc
from helpers.fields.field import check_tiling
from helpers.fields.onc_rpc import AcceptStatus, AuthStatus, Flavor, RejectStatus, Reply
from helpers.fields.xdr import Unpacker, pack_int
from tests.needs import installed
from tests.samples import MAC

PROGRAM, ADD, COUNT, FAIL, RETURN_NOTHING = 0x20000099, 1, 2, 3, 4
HERE, THERE = rpc.Caller("udp", "10.0.0.1", 900), rpc.Caller("udp", "10.0.0.3", 900)
ARGUMENTS, SUM = struct.pack(">2i", 2, 40), struct.pack(">i", 42)

NUMBERS, BODIES = st.integers(0, 2**32 - 1), st.binary(max_size=50)
AUTHS = st.tuples(st.sampled_from([flavor for flavor in Flavor if flavor != Flavor.AUTH_SYS]), BODIES)
USERS = st.builds(rpc.auth_sys, st.text(st.characters(max_codepoint=127), max_size=20), NUMBERS, NUMBERS,
                  st.lists(NUMBERS, max_size=16).map(tuple), NUMBERS)  # fmt: skip
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


# Bytes.


@pytest.mark.parametrize(
    ("message", "numbers"),
    [
        (rpc.Call(7, PROGRAM, 1, 2, ARGUMENTS), [7, 0, 2, PROGRAM, 1, 2, 0, 0, 0, 0, 2, 40]),
        (rpc.Call(7, 8, 1, 2, b"", rpc.auth_sys("host", 10, 20, (4, 5), 9)),
         [7, 0, 2, 8, 1, 2, 1, 32, 9, 4, 0x686F7374, 10, 20, 2, 4, 5, 0, 0]),
        (Reply(7, AcceptStatus.SUCCESS, SUM), [7, 1, 0, 0, 0, 0, 42]),
        (Reply(7, AcceptStatus.PROG_UNAVAIL), [7, 1, 0, 0, 0, 1]),
        (Reply(7, AcceptStatus.PROG_MISMATCH, low=2, high=4), [7, 1, 0, 0, 0, 2, 2, 4]),
        (Reply(7, AcceptStatus.PROC_UNAVAIL), [7, 1, 0, 0, 0, 3]),
        (Reply(7, AcceptStatus.GARBAGE_ARGS), [7, 1, 0, 0, 0, 4]),
        (Reply(7, AcceptStatus.SYSTEM_ERR), [7, 1, 0, 0, 0, 5]),
        (Reply(7, RejectStatus.RPC_MISMATCH, low=2, high=2), [7, 1, 1, 0, 2, 2]),
        (Reply(7, AuthStatus.AUTH_TOOWEAK), [7, 1, 1, 1, 5]),
    ],
)  # fmt: skip
def test_messages_as_the_rfc_lays_them_out(message: rpc.Call | Reply, numbers: list[int]) -> None:
    """RFC 5531, section 9 and appendix A, by hand."""
    by_hand = struct.pack(f">{len(numbers)}I", *numbers)
    assert (rpc.encode(message), rpc.decode(by_hand)) == (by_hand, message)


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
    reply = serve().handle(data, HERE)
    if reply is not None:
        assert reply[:4] == data[:4] and isinstance(rpc.decode(reply), Reply)


def test_every_byte_of_a_record_has_a_name() -> None:
    record = rpc.framed(
        rpc.encode(rpc.Call(5, 100000, 2, 3, struct.pack(">I", 17), rpc.auth_sys("host1", 1000, 100, (4,), 9)))
    )
    explained = rpc.mark_fields(record) + rpc.fields(record, lambda arguments: arguments.unpack_int("prot"), start=4)
    check_tiling(explained, len(record))
    assert [(field.name, field.value) for field in explained] == [
        ("last fragment", "1"), ("fragment length", "76"),
        ("xid", "5"), ("mtype", "CALL (0)"), ("rpcvers", "2"), ("prog", "100000"), ("vers", "2"), ("proc", "3"),
        ("cred flavor", "AUTH_SYS (1)"), ("length of cred body", "32"), ("stamp", "9"), ("length of machinename", "5"),
        ("machinename", "'host1'"), ("padding", "zero"), ("uid", "1000"), ("gid", "100"), ("number of gids", "1"),
        ("gids", "4"), ("verf flavor", "AUTH_NONE (0)"), ("length of verf body", "0"), ("prot", "17"),
    ]  # fmt: skip
    assert [field.layer for field in explained] == ["record marking"] * 2 + ["ONC RPC"] * 18 + ["arguments"]
    assert [field.source for field in explained if field.name == "uid"] == ["RFC 5531 appendix A"]


def test_what_cannot_be_explained_says_why() -> None:
    call = rpc.encode(rpc.Call(5, 6, 7, 8, b"\0\0\0\1"))
    for explained, last in (
        (rpc.fields(call[:10]), "the bytes end inside rpcvers: it needs 4 bytes, and 2 are left"),
        (
            rpc.fields(call + b"abcd", lambda arguments: arguments.unpack_int("sum")),
            "4 bytes are left after the last value",
        ),
    ):
        assert explained[-1].name == "not understood" and last in explained[-1].meaning


# The server.

CALL = rpc.encode(rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS))
GARBAGE = Reply(5, AcceptStatus.GARBAGE_ARGS)


@pytest.mark.parametrize(
    ("call", "reply"),
    [
        (CALL, Reply(5, AcceptStatus.SUCCESS, SUM)),
        (rpc.Call(5, PROGRAM, 1, 0), Reply(5, AcceptStatus.SUCCESS)),
        (rpc.Call(5, 99, 1, 1), Reply(5, AcceptStatus.PROG_UNAVAIL)),
        (rpc.Call(5, PROGRAM, 9, 1), Reply(5, AcceptStatus.PROG_MISMATCH, low=1, high=3)),
        (rpc.Call(5, PROGRAM, 1, 99), Reply(5, AcceptStatus.PROC_UNAVAIL)),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS[:-1]), GARBAGE),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS + bytes(4)), GARBAGE),
        (rpc.Call(5, PROGRAM, 1, FAIL), Reply(5, AcceptStatus.SYSTEM_ERR)),
        (rpc.Call(5, PROGRAM, 1, RETURN_NOTHING), Reply(5, AcceptStatus.SYSTEM_ERR)),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS, (Flavor.RPCSEC_GSS, b"")), Reply(5, AuthStatus.AUTH_REJECTEDCRED)),
        (rpc.Call(5, PROGRAM, 1, ADD, ARGUMENTS, (Flavor.AUTH_SYS, b"cut")), GARBAGE),
        (struct.pack(">3I", 5, 0, 3), Reply(5, RejectStatus.RPC_MISMATCH, low=2, high=2)),
        (CALL[:10], GARBAGE),
        (CALL[:28] + b"\xff\xff\xff\xff" + CALL[32:], GARBAGE),
    ],
)
def test_each_call_gets_its_reply(call: rpc.Call | bytes, reply: Reply) -> None:
    assert asked(serve(), call) == reply


@pytest.mark.parametrize("message", [b"", CALL[:7], struct.pack(">3I", 5, 2, 2), rpc.encode(GARBAGE)])
def test_what_is_no_call_is_not_answered(message: bytes) -> None:
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


def test_only_so_many_replies_are_kept_and_the_oldest_goes() -> None:
    server = serve(2)
    assert counts(server, *[(xid, HERE) for xid in (1, 2, 3, 3, 2, 1, 3)]) == [1, 2, 3, 3, 2, 4, 3]


# The client.


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


@pytest.mark.parametrize("status", [*AcceptStatus][1:] + [RejectStatus.RPC_MISMATCH, *AuthStatus])
def test_a_refusal_is_one_error_that_says_its_name(status: AcceptStatus) -> None:
    client = rpc.Client(PROGRAM, 1, first_xid=5)
    client.call(ADD)
    with pytest.raises(rpc.RPCError, match=rf"\(.*{status.name}\)") as raised:
        client.results(rpc.encode(Reply(5, status, low=2, high=4)))
    assert raised.value.status is status and "\n" not in str(raised.value)
    assert (raised.value.low, raised.value.high) == ((2, 4) if "MISMATCH" in status.name else (0, 0))


# Records.


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
    assert reader.feed(b"") == []


def test_a_promise_of_more_than_a_reader_takes_is_refused_at_once() -> None:
    """Also by HTTP on an RPC port: its first four letters promise 1.2 GB."""
    for first, promise in ((b"\xff\xff\xff\xff", 2**31 - 1), (b"GET / HTTP/1.1\r\n", 1195725856)):
        with pytest.raises(CourseError, match=f"a record of {promise} bytes or more is announced"):
            rpc.RecordReader().feed(first)
    reader = rpc.RecordReader()
    assert reader.feed(struct.pack(">I", 1 << 20) + bytes(1 << 20)) == []
    with pytest.raises(CourseError, match="1048577 bytes or more"):
        reader.feed(struct.pack(">I", 1))


@pytest.mark.parametrize("cut", [b"\x80", b"\x80\0\0\3ab", b"\0\0\0\1a"])
def test_an_end_in_the_middle(cut: bytes) -> None:
    reader = rpc.RecordReader()
    assert reader.feed(cut) == []
    with pytest.raises(CourseError, match="the stream ended in the middle of a record"):
        reader.feed(b"")


# What others read in our bytes.


def dissected(packets: list[Packet], folder: Path, *names: str) -> list[list[str]]:
    """The fields of that name, as tshark reads them, packet by packet."""
    capture = folder / "capture.pcapng"
    with PcapNgWriter(str(capture)) as writer:
        writer.write(packets)
    options = [option for name in names for option in ("-e", name)]
    command = [installed("tshark"), "-r", str(capture), "-T", "fields", "-E", "occurrence=f", *options]
    # With a home of its own no settings of this machine's user count.
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [line.split("\t") for line in shown.stdout.splitlines()]


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
    told = dissected(
        packets, tmp_path, "rpc.xid", "rpc.msgtyp", "rpc.program", "rpc.programversion", "rpc.procedure",
        "rpc.auth.machinename", "rpc.auth.uid", "rpc.state_accept", "portmap.prog", "portmap.port", "_ws.malformed",
    )  # fmt: skip
    assert told == [
        ["0x11223344", "0", "100000", "2", "3", "host1", "1000", "", str(PROGRAM), "0", ""],
        ["0x11223344", "1", "100000", "2", "3", "", "", "0", "", "2049", ""],
    ]
