from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

from helpers.errors import CourseError
from helpers.fields.field import check_tiling
from helpers.fields.internet_checksum import checksum, pseudo_header, verify
from helpers.lessons.links import slip, van_jacobson
from helpers.lessons.links.van_jacobson import (
    SPECIAL_D,
    SPECIAL_I,
    Change,
    Compressor,
    DecompressionError,
    Decompressor,
    PacketType,
    TypedPacket,
    fields,
    from_slip,
    to_slip,
)
from tests.fields.tshark import PPP_WITH_DIRECTION, read
from tests.memory import kept_by

ERROR, PLAIN, UNCOMPRESSED, COMPRESSED = PacketType


def packet(ip: dict[str, Any] | None = None, payload: bytes = b"", port: int = 40000, **tcp: Any) -> bytes:
    network = IP(**{"src": "10.0.0.1", "dst": "10.0.0.2", "id": 1, "flags": "DF", **(ip or {})})
    return bytes(network / TCP(**{"sport": port, "dport": 80, "flags": "A", "seq": 1000, "ack": 2000, **tcp}) / payload)


def after(first: bytes, second: bytes, **options: Any) -> TypedPacket:
    """How the second is sent when the first was sent before it."""
    compressor = Compressor(**options)
    compressor.compress(first)
    return compressor.compress(second)


def is_whole(received: bytes) -> bool:
    """True if TCP would take the segment: its checksum is right."""
    found = IP(received)
    segment = received[4 * found.ihl :]
    return verify(pseudo_header(found.src, found.dst, 6, len(segment)) + segment)


def without_identification(received: bytes) -> bytes:
    """The packet without identification and header checksum, of which TCP's checksum knows nothing."""
    return received[:4] + received[6:10] + received[12:]


# Streams.

PAYLOADS = st.sampled_from([b"", b"", b"x", b"ls\r\n", b"y" * 100])
USUAL = {
    "connection": st.integers(0, 3),
    "sequence": st.just("next"),
    "acknowledgment": st.sampled_from([0, 0, "echo", 1, 255, 256, 65535]),
    "window": st.sampled_from([0, 0, 0, 1, 255, 256, 65535]),
    "identification": st.sampled_from([1, 1, 1, 0, 255, 256, 65535]),
    "flags": st.sampled_from(["A", "PA", "A", "PA", "PUA"]),
    "pointer": st.just(0),
    "options": st.just([]),
    "ip": st.just({}),
    "payload": PAYLOADS,
}
DELTAS = st.sampled_from([0, 0, 1, 15, 255, 256, 65534, 65535, 65536, -1, 2**31]) | st.integers(0, 2**32 - 1)
UNUSUAL = {
    "sequence": st.just("next") | DELTAS,
    "acknowledgment": st.just("echo") | DELTAS,
    "window": st.integers(0, 65535),
    "identification": st.integers(0, 65535),
    "flags": st.sampled_from(["UA", "PUA", "EA", "CA", "S", "SA", "FA", "RA", "P"]),
    "pointer": st.integers(0, 65535),
    "options": st.sampled_from([[("Timestamp", (1, 2))], [("NOP", None)] * 4]),
    "ip": st.sampled_from([{"tos": 3}, {"ttl": 9}, {"flags": 0}, {"options": b"\1" * 4}, {"frag": 3}]),
}
STEPS = st.one_of(
    st.fixed_dictionaries(USUAL),
    st.fixed_dictionaries(USUAL),
    st.sampled_from(sorted(UNUSUAL)).flatmap(lambda name: st.fixed_dictionaries({**USUAL, name: UNUSUAL[name]})),
)
"""What a connection does next; one in three times one thing of it is nothing that a connection usually does."""


def stream(steps: list[dict[str, Any]], start: int) -> list[bytes]:
    """Packets of four connections, each from its own numbers, so near 2**32 that they wrap around."""
    state = {number: {"seq": start, "ack": start, "id": 65530, "window": 8192, "size": 0} for number in range(4)}
    packets = []
    for step in steps:
        now = state[step["connection"]]
        now["seq"] += now["size"] if step["sequence"] == "next" else step["sequence"]
        now["ack"] += now["size"] if step["acknowledgment"] == "echo" else step["acknowledgment"]
        now["id"], now["window"] = now["id"] + step["identification"], now["window"] + step["window"]
        now["size"] = len(step["payload"])
        packets.append(
            packet(
                {"id": now["id"] % 2**16, **step["ip"]}, step["payload"], 40000 + step["connection"],
                seq=now["seq"] % 2**32, ack=now["ack"] % 2**32, window=now["window"] % 2**16, flags=step["flags"],
                urgptr=step["pointer"], options=step["options"],
            )
        )  # fmt: skip
    return packets


@given(
    st.lists(STEPS, min_size=8, max_size=25),
    st.sampled_from([0, 2**32 - 3, 2**32 - 200]),
    st.sampled_from([1, 2, 16]),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_every_stream_comes_out_as_it_went_in(
    steps: list[dict[str, Any]], start: int, slots: int, compress_connection: bool
) -> None:
    compressor, decompressor = Compressor(slots, compress_connection), Decompressor(slots)
    for original in stream(steps, start):
        sent = compressor.compress(original)
        assert len(sent.data) <= len(original)
        assert sent.type is not COMPRESSED or len(sent.data) <= len(original) - 40 + 19
        check_tiling(fields(sent), len(sent.data))
        assert from_slip(to_slip(sent)) == sent
        assert decompressor.decompress(from_slip(to_slip(sent))) == original


EVENTS = st.tuples(
    st.integers(0, 2), st.sampled_from([0, 40]), st.sampled_from([0, 40, 100]), st.booleans(), st.booleans()
)
"""Which connection, how many bytes it sends and acknowledges, if its last packet comes again, if the packet is lost."""


@pytest.mark.parametrize(("connections", "heard"), [(1, False), (3, True)])
@given(events=st.lists(EVENTS, max_size=30))
@settings(deadline=None, max_examples=60)
def test_after_losses_tcp_never_takes_a_wrong_packet(
    connections: int, heard: bool, events: list[tuple[int, int, int, bool, bool]]
) -> None:
    """One connection whose losses nobody hears of, and three where the decompressor is told.

    This is no matter of chance: windows stand, numbers only grow, and all data are of one size, so that a wrong number
    is always too low, by 40 at least and 65535 at most in all. The sum cannot come out the same.
    """
    compressor, decompressor = Compressor(), Decompressor()
    numbers = {number: [2**32 - 50, 0, 0] for number in range(connections)}
    previous: dict[int, bytes] = {}
    for number, size, acknowledged, repeats, lost in events:
        connection = number % connections
        now = numbers[connection]
        if not repeats or connection not in previous:
            now[1] += acknowledged
            seq, ack = now[0] % 2**32, now[1]
            previous[connection] = packet({"id": now[2]}, b"d" * size, 40000 + connection, seq=seq, ack=ack)
            now[0], now[2] = now[0] + size, now[2] + 1
        original = previous[connection]
        sent = compressor.compress(original)
        if lost:
            if heard:
                decompressor.toss()
            continue
        try:
            received = decompressor.decompress(sent)
        except DecompressionError:
            continue
        assert is_whole(received) == (without_identification(received) == without_identification(original))


@given(st.sampled_from(PacketType), st.binary(max_size=80) | st.binary(min_size=1, max_size=20), st.integers(0, 4))
@settings(deadline=None)
def test_no_bytes_whatever_do_more_than_raise_a_decompression_error(kind: PacketType, data: bytes, known: int) -> None:
    compressor, decompressor = Compressor(), Decompressor(slots=4)
    for port in range(known):
        decompressor.decompress(compressor.compress(packet(port=port)))
    given = TypedPacket(kind, data)
    check_tiling(fields(given), len(data))
    for again in (given, from_slip(data), given):
        try:
            decompressor.decompress(again)
        except DecompressionError as error:
            assert "\n" not in str(error)
            assert decompressor.tossing
    check_tiling(fields(from_slip(data)), len(data))


# What is compressed, and how far.


def test_three_bytes_in_the_ideal_case() -> None:
    """The second of two full packets of a transfer in one direction."""
    first = packet(payload=b"a" * 100, flags="A")
    second = packet({"id": 2}, b"b" * 100, seq=1100)
    sent = after(first, second)
    assert (sent.type, sent.data) == (COMPRESSED, bytes([SPECIAL_D]) + second[36:38] + b"b" * 100)
    assert len(second) - len(sent.data) == 37


def test_three_bytes_for_an_echo() -> None:
    """A key pressed after the echo of the one before it has come."""
    second = packet({"id": 2}, b"s", seq=1001, ack=2001, flags="PA")
    sent = after(packet(payload=b"l", flags="PA"), second)
    assert (sent.type, sent.data) == (COMPRESSED, bytes([SPECIAL_I | Change.P]) + second[36:38] + b"s")


@pytest.mark.parametrize(
    ("changed", "header"),
    [
        ({"ack": 2015}, "04 .... 0f"),  # the RFC's examples in section 3.2.2: 15, 255, 65534 and zero
        ({"ack": 2255}, "04 .... ff"),
        ({"ack": 2000 + 65534}, "04 .... 00 ff fe"),
        ({"flags": "UA", "urgptr": 0}, "01 .... 00 00 00"),
        ({"ack": 2256}, "04 .... 00 01 00"),
        ({"window": 8191}, "02 .... 00 ff ff"),
        ({"seq": 1001}, "08 .... 01"),
        ({"seq": 1001, "ack": 2002, "window": 8195}, "0e .... 03 02 01"),
        ({"seq": 1001, "ack": 2001}, "0c .... 01 01"),
        ({"seq": 1001, "flags": "UA", "urgptr": 7}, "09 .... 07 01"),
        ({"seq": 1001, "flags": "PA"}, "18 .... 01"),
        ({"ack": 2001, "ip": {"id": 1}}, "24 .... 01 00 00 00"),
        ({"ack": 2001, "ip": {"id": 7}}, "24 .... 01 06"),
        ({"ack": 2001, "ip": {"id": 0}}, "24 .... 01 00 ff ff"),
        ({"payload": b""}, "whole"),  # comes again: perhaps it was lost
        ({"flags": "PA"}, "whole"),
        ({"ack": 1999}, "whole"),
        ({"ack": 2000 + 65536}, "whole"),
        ({"seq": 999}, "whole"),
        ({"seq": 1001, "window": 1, "flags": "UA"}, "whole"),  # these changes have the two special masks
        ({"seq": 1001, "ack": 2001, "window": 1, "flags": "UA"}, "whole"),
        ({"ack": 2001, "urgptr": 7}, "whole"),
        ({"ack": 2001, "flags": "EA"}, "whole"),
        ({"ack": 2001, "reserved": 4}, "whole"),
        ({"ack": 2001, "options": [("Timestamp", (1, 2))]}, "whole"),
        ({"ack": 2001, "ip": {"ttl": 63}}, "whole"),
        ({"ack": 2001, "ip": {"tos": 3}}, "whole"),
        ({"ack": 2001, "ip": {"flags": 0}}, "whole"),
        ({"ack": 2001, "ip": {"options": b"\1\1\1\1"}}, "whole"),
    ],
)
def test_how_a_header_is_sent(changed: dict[str, Any], header: str) -> None:
    second = packet(**{"ip": {"id": 2}, **changed})
    if isinstance(changed.get("ip"), dict):
        second = packet(**{**changed, "ip": {"id": 2, **changed["ip"]}})
    sent = after(packet(), second)
    if header == "whole":
        assert (sent.type, sent.data) == (UNCOMPRESSED, second[:9] + b"\0" + second[10:])
    else:
        assert (sent.type, sent.data.hex(" ")) == (COMPRESSED, header.replace("....", second[36:38].hex(" ")))


def test_data_after_an_acknowledgment_alone() -> None:
    """Nothing has changed but that there are data now; data that come again go whole."""
    second = packet({"id": 2}, b"ls")
    assert after(packet(), second) == (COMPRESSED, b"\0" + second[36:38] + b"ls")
    assert after(packet(payload=b"ls"), second).type is UNCOMPRESSED


def test_changing_timestamps_leave_nothing_to_compress() -> None:
    first = packet(options=[("Timestamp", (1, 2))], payload=b"a")
    assert after(first, packet({"id": 2}, b"b", options=[("Timestamp", (2, 2))], seq=1001)).type is UNCOMPRESSED
    assert after(first, packet({"id": 2}, b"b", options=[("Timestamp", (1, 2))], seq=1001)).type is COMPRESSED


def test_options_that_stay_the_same_are_no_obstacle() -> None:
    compressor, decompressor = Compressor(), Decompressor()
    for number in (1, 2):
        original = packet(
            {"id": number, "options": b"\1" * 4}, b"data", ack=2000 + number, options=[("Timestamp", (1, 2))]
        )
        sent = compressor.compress(original)
        assert decompressor.decompress(sent) == original
    assert sent.type is COMPRESSED and len(sent.data) == len(b"data") + 4


BAD_IP_CHECKSUM = packet()[:10] + b"\0\0" + packet()[12:]


SHORT = packet({"ihl": 4, "chksum": 0}, ack=0x50100000)
TOO_SHORT_A_HEADER = SHORT[:10] + checksum(SHORT[:16]).to_bytes(2, "big") + SHORT[12:]
"""A right checksum over 16 bytes, and behind them what looks like TCP with ACK set."""


@pytest.mark.parametrize(
    "left_alone",
    [
        packet(flags="S"),
        packet(flags="SA"),
        packet(flags="FA"),
        packet(flags="RA"),
        packet(flags="P"),
        packet({"flags": "MF"}),
        packet({"frag": 1}),
        bytes(IP(src="10.0.0.1", dst="10.0.0.2") / UDP() / (b"u" * 40)),
        packet({"proto": 17}),
        packet({"version": 5}),
        bytes(IPv6(src="fd00::1", dst="fd00::2") / TCP(flags="A")),
        BAD_IP_CHECKSUM,
        packet() + b"\0",
        packet(payload=b"abc")[:-1],
        packet()[:39],
        packet({"ihl": 4}),
        TOO_SHORT_A_HEADER,
        packet({"ihl": 6}),
        packet(dataofs=4),
        packet(dataofs=6),
        b"",
        b"\x45",
    ],
)
def test_what_is_left_alone(left_alone: bytes) -> None:
    assert after(packet(), left_alone) == (PLAIN, left_alone)
    assert Decompressor().decompress(TypedPacket(PLAIN, left_alone)) == left_alone


def test_each_connection_has_a_number_and_the_one_not_used_for_longest_loses_it() -> None:
    compressor = Compressor(slots=2)

    def sent(port: int, number: int) -> TypedPacket:
        return compressor.compress(packet({"id": number}, port=port, ack=2000 + number))

    assert [sent(port, 1).data[9] for port in (1, 2)] == [0, 1]
    assert sent(1, 2).data[:2] == bytes([Change.C | Change.A, 0])
    assert (sent(3, 1).type, sent(3, 2).data[0]) == (UNCOMPRESSED, Change.A)  # in place of 2
    assert sent(1, 3).data[:2] == bytes([Change.C | Change.A, 0])
    again = sent(2, 2)
    assert (again.type, again.data[9]) == (UNCOMPRESSED, 1)


def test_a_connection_is_addresses_and_ports() -> None:
    compressor = Compressor()
    different = [{}, {"port": 1}, {"dport": 1}, {"ip": {"src": "10.0.0.3"}}, {"ip": {"dst": "10.0.0.3"}}]
    assert [compressor.compress(packet(**each)).data[9] for each in different] == [0, 1, 2, 3, 4]


def test_the_connection_number_is_sent_when_it_changes_or_always() -> None:
    second = packet({"id": 2}, ack=2001)
    assert after(packet(), second).data[0] == Change.A
    assert after(packet(), second, compress_connection=False).data[:2] == bytes([Change.C | Change.A, 0])


@pytest.mark.parametrize("slots", [0, -1, 257])
def test_impossible_slots(slots: int) -> None:
    for end in (Compressor, Decompressor):
        with pytest.raises(ValueError, match=f"from 1 to 256 slots, not {slots}"):
            end(slots)


def test_two_hundred_and_fifty_six_connections() -> None:
    compressor, decompressor = Compressor(256), Decompressor(256)
    for _ in range(2):
        for port in range(256):
            original = packet(port=port)
            assert decompressor.decompress(compressor.compress(original)) == original


# What is lost or damaged.


def test_a_loss_that_nobody_notices_on_the_line_is_noticed_by_tcp_until_the_packet_comes_again() -> None:
    compressor, decompressor = Compressor(), Decompressor()
    originals = [packet({"id": number}, b"d" * 10, seq=1000 + 10 * number) for number in range(5)]
    sent = [compressor.compress(original) for original in originals]
    received = [decompressor.decompress(each) for number, each in enumerate(sent) if number != 2]
    assert [is_whole(each) for each in received] == [True, True, False, False]
    assert IP(received[2])[TCP].seq == 1020  # the lost one's: 10 bytes behind
    repeated = compressor.compress(originals[2])
    assert repeated.type is UNCOMPRESSED
    assert decompressor.decompress(repeated) == originals[2]
    assert decompressor.decompress(compressor.compress(originals[3])) == originals[3]


def test_a_packet_given_to_the_wrong_connection_is_noticed_by_tcp() -> None:
    """The packet that named the other connection is lost, and nobody tells the decompressor."""
    compressor, decompressor = Compressor(), Decompressor()
    for port in (1, 9):
        decompressor.decompress(compressor.compress(packet(port=port)))
    compressor.compress(packet({"id": 2}, port=1, ack=2001))
    received = decompressor.decompress(compressor.compress(packet({"id": 3}, port=1, ack=2002)))
    assert IP(received)[TCP].sport == 9
    assert not is_whole(received)


def test_what_the_checksum_cannot_notice() -> None:
    """An acknowledgment whose window shrinks by as much, as when nobody reads: both ends of the sum cancel out."""
    compressor, decompressor = Compressor(), Decompressor()
    decompressor.decompress(compressor.compress(packet()))
    compressor.compress(packet({"id": 2}, ack=2500, window=8192 - 500))  # is lost
    original = packet({"id": 3}, ack=2600, window=8192 - 500)
    received = decompressor.decompress(compressor.compress(original))
    assert received != original and is_whole(received)
    assert (IP(received)[TCP].ack, IP(received)[TCP].window) == (2100, 8192)  # the same right edge, at least


def test_after_a_loss_on_the_line_packets_are_tossed_until_one_names_its_connection() -> None:
    compressor, decompressor = Compressor(), Decompressor()
    for port in (1, 2):
        decompressor.decompress(compressor.compress(packet(port=port)))
    assert not decompressor.tossing
    with pytest.raises(DecompressionError, match="the framing has marked this packet as damaged"):
        decompressor.decompress(TypedPacket(ERROR, b"anything"))
    with pytest.raises(DecompressionError, match="no packet has named its connection"):
        decompressor.decompress(compressor.compress(packet({"id": 2}, port=2, ack=2001)))
    assert decompressor.decompress(TypedPacket(PLAIN, b"other")) == b"other"
    assert decompressor.tossing
    original = packet({"id": 2}, port=1, ack=2001)
    assert decompressor.decompress(compressor.compress(original)) == original
    assert not decompressor.tossing


def test_a_new_decompressor_knows_no_connection() -> None:
    assert Decompressor().tossing
    with pytest.raises(DecompressionError, match="no packet has named its connection"):
        Decompressor().decompress(TypedPacket(COMPRESSED, b"\x04\0\0\1"))
    with pytest.raises(DecompressionError, match="no header is remembered for connection 3"):
        Decompressor().decompress(TypedPacket(COMPRESSED, b"\x44\3\0\0\1"))


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (COMPRESSED, "", "the bytes end inside the change mask"),
        (COMPRESSED, "40", "inside the connection number"),
        (COMPRESSED, "40 00 00", "inside the TCP checksum"),
        (COMPRESSED, "04 00 00", "inside the change of acknowledgment number"),
        (COMPRESSED, "02 00 00 00 01", "inside the change of window"),
        (COMPRESSED, "40 10 00 00", "connection 16 is named: the numbers go to 15"),
        (COMPRESSED, "00 00 00" + 65496 * "00", "would have 65536 bytes"),
        (UNCOMPRESSED, "45 00 00", "3 bytes are too few for an IP header"),
        (UNCOMPRESSED, (packet()[:9] + b"\x10" + packet()[10:]).hex(), "connection 16 is named"),
        (UNCOMPRESSED, (packet()[:9] + b"\0").hex(), "this is no whole TCP segment"),
        (UNCOMPRESSED, (BAD_IP_CHECKSUM[:9] + b"\0" + BAD_IP_CHECKSUM[10:]).hex(), "with a right checksum"),
        (UNCOMPRESSED, (packet(flags="FA")[:9] + b"\0" + packet(flags="FA")[10:]).hex(), "no whole TCP segment"),
    ],
)
def test_what_is_refused_is_named_and_begins_the_tossing(kind: PacketType, data: str, sentence: str) -> None:
    decompressor = Decompressor()
    decompressor.decompress(Compressor().compress(packet()))
    with pytest.raises(DecompressionError, match=sentence):
        decompressor.decompress(TypedPacket(kind, bytes.fromhex(data)))
    assert decompressor.tossing


def test_the_longest_packet() -> None:
    compressor, decompressor = Compressor(), Decompressor()
    for number in (1, 2):
        original = packet({"id": number}, b"a" * (65535 - 40), seq=number)
        assert decompressor.decompress(compressor.compress(original)) == original


def test_urg_does_not_stay_when_a_special_case_follows() -> None:
    compressor, decompressor = Compressor(), Decompressor()
    for original in (
        packet({"id": 1}, b"a" * 9, flags="UA", urgptr=5),
        packet({"id": 2}, b"b" * 9, seq=1009, urgptr=5),
    ):
        sent = compressor.compress(original)
        assert decompressor.decompress(sent) == original
    assert sent.data[0] == SPECIAL_D


def test_three_thousand_connections_take_no_memory() -> None:
    one = packet()
    compressor = Compressor()

    def compress() -> None:
        for number in range(3000):
            port = number.to_bytes(2, "big")
            compressor.compress(one[:20] + port + one[22:])

    assert kept_by(van_jacobson, compress) < 50_000


# On a line.


def test_types_on_a_slip_line() -> None:
    """CSLIP: the type in the four bits where IP has its version."""
    compressor = Compressor()
    lines = [to_slip(compressor.compress(packet({"id": number}, ack=2000 + number))) for number in (1, 2)]
    assert [line[:1].hex() for line in lines] == ["75", "84"]
    assert to_slip(TypedPacket(PLAIN, packet(flags="S")))[:1].hex() == "45"
    assert from_slip(lines[1]).data[0] == Change.A


@pytest.mark.parametrize("data", ["", "00", "60", "3f", "5f"])
def test_bytes_that_have_no_type(data: str) -> None:
    assert from_slip(bytes.fromhex(data)) == (ERROR, bytes.fromhex(data))
    with pytest.raises(CourseError, match="CSLIP carries IPv4 alone"):
        to_slip(TypedPacket(PLAIN, bytes.fromhex(data)))


def test_a_transfer_over_cslip() -> None:
    compressor, decompressor, line = Compressor(), Decompressor(), slip.Decoder()
    originals = [packet(flags="S", seq=999)]
    originals += [packet({"id": number + 2}, b"\xc0\xdb" * 50, seq=1000 + 100 * number) for number in range(10)]
    sent = b"".join(slip.encode(to_slip(compressor.compress(original))) for original in originals)
    assert [decompressor.decompress(from_slip(data)) for data in line.feed(sent)] == originals
    assert len(sent) < len(b"".join(map(slip.encode, originals))) - 9 * 36


# Explanations.


def named(packet: TypedPacket) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in fields(packet)]


def test_the_fields_of_a_compressed_header() -> None:
    sent = after(packet(port=7), packet({"id": 9}, b"hi", port=8, ack=2300))
    assert sent.type is UNCOMPRESSED
    sent = TypedPacket(COMPRESSED, bytes.fromhex("e5 03 12 34 00 00 07 01 08 68 69"))
    assert named(sent) == [
        ("type", "1"), ("C", "1"), ("I", "1"), ("P", "0"), ("S", "0"), ("A", "1"), ("W", "0"), ("U", "1"),
        ("connection number", "3"), ("TCP checksum", "0x1234"), ("urgent pointer", "7"),
        ("change of acknowledgment number", "1"), ("change of identification", "8"), ("data", "68 69"),
    ]  # fmt: skip


@pytest.mark.parametrize(("mask", "bits"), [(SPECIAL_I, "1011"), (SPECIAL_D, "1111")])
def test_the_fields_of_a_special_case(mask: int, bits: str) -> None:
    sent = TypedPacket(COMPRESSED, bytes([mask | Change.I, 0, 1, 5]))
    assert named(sent)[4:] == [("S A W U", bits), ("TCP checksum", "0x0001"), ("change of identification", "5")]
    assert "special" in fields(sent)[4].meaning


def test_the_fields_of_what_is_not_compressed_or_cut() -> None:
    assert named(Compressor().compress(packet()))[1] == ("connection number", "0")
    assert named(TypedPacket(PLAIN, b"\x45\0")) == [("packet", "45 00")]
    cut = fields(TypedPacket(COMPRESSED, bytes.fromhex("04 12 34 00 01")))
    assert (cut[-1].name, cut[-1].value) == ("not understood", "00 01")
    assert cut[-1].meaning == "the bytes end inside the change of acknowledgment number"


def test_tshark_decompresses_it(tmp_path: Path) -> None:
    """Packets of two connections in turn, whose numbers wrap around; over PPP, as tshark knows no CSLIP.

    Without what tshark 4.0 reads otherwise than the program in RFC 1144's appendix A: the urgent pointer, as two bytes
    instead of one or three; a special case just after an uncompressed packet, whose TCP header it counts as data.
    """
    compressor, originals = Compressor(), []
    for number in range(12):
        port, size = 40000 + number % 5 // 3, (0, 10, 300)[number % 3]
        seq, ack = (2**32 - 400 + 150 * number) % 2**32, (2**32 - 100 + number * number * 2) % 2**32
        ip = {"id": (65530 + number * (1 + number // 6)) % 2**16}
        flags, window = "PA" if size else "A", 8192 - 7 * (number // 4)
        originals.append(packet(ip, b"d" * size, port, seq=seq, ack=ack, window=window, flags=flags))
    for number in range(4):
        originals.append(packet({"id": number + 50}, b"e" * 50, 40001, seq=7000 + 50 * number))
    for number in range(4):
        originals.append(packet({"id": number + 54}, b"f", 40001, seq=9000 + number, ack=2100 + number))
    sent = [compressor.compress(original) for original in originals]
    masks = [Change(each.data[0]) for each in sent if each.type is COMPRESSED]
    assert len(masks) >= 12
    ordinary = Change.C | Change.I | Change.S | Change.A | Change.W
    assert {SPECIAL_D, SPECIAL_I, ordinary} <= {mask & ~Change.P for mask in masks}
    protocols = {COMPRESSED: b"\x00\x2d", UNCOMPRESSED: b"\x00\x2f"}
    told = read(
        (b"\x01\xff\x03" + protocols[each.type] + each.data for each in sent),
        PPP_WITH_DIRECTION,
        ["ip.len", "ip.id", "tcp.srcport", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.flags"]
        + ["tcp.payload", "tcp.checksum.status"],
        tmp_path,
        *("-o", "tcp.check_checksum:TRUE"),
    )
    assert told == [as_tshark_shows_it(original) for original in originals]


def as_tshark_shows_it(original: bytes) -> list[str]:
    ip = IP(original)
    tcp = ip[TCP]
    numbers = [str(number) for number in (tcp.sport, tcp.seq, tcp.ack, tcp.window)]
    return [str(ip.len), f"0x{ip.id:04x}", *numbers, f"0x{int(tcp.flags):04x}", bytes(tcp.payload).hex(), "1"]
