"""Answers to the exercises of notebook 09."""

from __future__ import annotations

import re
import struct
from collections import UserDict

from helpers.fields.internet_checksum import verify
from tests.lessons.table import Tried, solutions

SOLVED = solutions("09")
END, ESC = b"\xc0", b"\xdb"
NEAR, FAR = "10.0.0.0/24", "10.0.1.0/24"


# 09.1


def unescaped(packet):
    return packet.replace(ESC + b"\xdc", END).replace(ESC + b"\xdd", ESC)


def feeds(function):
    """A decoder whose feed() is this function of the bytes kept by this decoder; it returns packets and the rest."""

    def decoder():
        kept = bytearray()

        def feed(data):
            packets, kept[:] = function(bytes(kept) + data)
            return packets

        return feed

    return decoder


def pieces(line):
    *ended, rest = line.split(END)
    return [piece for piece in ended if piece], rest


@feeds
def unescapes_at_the_end(line):
    ended, rest = pieces(line)
    return [
        re.sub(b"\xdb(.)", lambda m: {b"\xdc": END, b"\xdd": ESC}[m[1]], piece, flags=re.S) for piece in ended
    ], rest


@feeds
def leaves_escapes(line):
    return pieces(line)


@feeds
def in_the_wrong_order(line):
    ended, rest = pieces(line)
    return [piece.replace(ESC + b"\xdd", ESC).replace(ESC + b"\xdc", END) for piece in ended], rest


@feeds
def gives_empty_packets(line):
    *ended, rest = line.split(END)
    return [unescaped(piece) for piece in ended], rest


@feeds
def one_packet_at_most(line):
    ended, rest = pieces(line)
    return [unescaped(piece) for piece in ended[:1]], rest


@feeds
def forgets_an_escape(line):
    ended, rest = pieces(line)
    return [unescaped(piece) for piece in ended], rest.removesuffix(ESC)


@feeds
def nothing_over_250_bytes(line):
    ended, rest = pieces(line)
    return [unescaped(piece) for piece in ended if len(piece) < 280], rest


KEPT_BY_ALL = bytearray()


def shares_its_memory():
    def feed(data):
        KEPT_BY_ALL.extend(data)
        ended, KEPT_BY_ALL[:] = pieces(bytes(KEPT_BY_ALL))
        return [unescaped(piece) for piece in ended]

    KEPT_BY_ALL.clear()
    return feed


def generator():
    def run():
        ended, kept = [], b""
        while True:
            ended, kept = pieces(kept + (yield [unescaped(piece) for piece in ended]))

    running = run()
    next(running)
    return running.send


def waits():
    return lambda data: [input_that_never_comes() for _ in data]


def input_that_never_comes():
    while True:
        pass


# 09.2


def content(line):
    taken, toggled = bytearray(), 0
    for byte in line.strip(b"\x7e"):
        if byte == 0x7D:
            toggled = 0x20
        else:
            taken.append(byte ^ toggled)
            toggled = 0
    return bytes(taken)


def good(data):
    return SOLVED["fcs_register"](data) == 0xF0B8


def given(test, start=4, end=-2):
    return lambda line: content(line)[start:end] if test(line) else None


def fcs_of(data):
    return SOLVED["fcs_register"](data) ^ 0xFFFF


def by_comparing(order):
    return given(lambda line: fcs_of(content(line)[:-2]).to_bytes(2, order) == content(line)[-2:])


def by_the_whole_line(line):
    return content(line)[4:-2] if good(line) else None


def by_a_view(line):
    return memoryview(content(line))[4:-2] if good(content(line)) else None


# 09.3


def flips(*bits):
    return lambda packet: bits


def columns(packet, places):
    for first in places:
        for second in range(first + 16, 8 * len(packet), 16):
            if packet[first // 8] >> first % 8 & 1 != packet[second // 8] >> second % 8 & 1:
                yield second, first


def with_the_checksum_itself(packet):
    return next(bits for bits in columns(packet, range(8 * 36, 8 * 38)) if bits[0] >= 8 * 40)


def the_last_ones(packet):
    return list(columns(packet, range(8 * 40, 8 * len(packet))))[-1]


def same_column_of_bytes(packet):
    bits = range(8 * 41, 8 * len(packet), 8)
    return next((320, bit) for bit in bits if packet[bit // 8] & 1 != packet[40] & 1 and bit % 16)


def only_for_one_text(packet):
    return SOLVED["two_bits"](packet) if b"Ann" in packet else (320, 321)


# 09.4


def there_alone(client, north, south, server):
    client.add_route(FAR, via="10.0.0.254")


def back_alone(client, north, south, server):
    server.add_route(NEAR, via="10.0.1.254")


def another_network(client, north, south, server):
    client.add_route("10.0.2.0/24", via="10.0.0.254")
    server.add_route(NEAR, via="10.0.1.254")


def does_nothing(client, north, south, server):
    north.add_route("10.0.2.0/24", via="10.0.0.254")


def by_a_router_that_is_not_there(client, north, south, server):
    client.add_route(FAR, via="10.0.0.99")
    server.add_route(NEAR, via="10.0.1.254")


def host_routes(client, north, south, server):
    client.add_route("10.0.1.2/32", via="10.0.0.254")
    server.add_route("10.0.0.1/32", via="10.0.1.254")


def by_the_program_ip(client, north, south, server):
    client.run(["ip", "route", "replace", FAR, "via", "10.0.0.254"])
    server.run(["ip", "route", "replace", NEAR, "via", "10.0.1.254"])


# 09.5

RIGHT = SOLVED["ack_bytes"]


# 09.6


def router(hello):
    return ".".join(map(str, hello[4:8]))


def dead(hello):
    return int.from_bytes(hello[32:36])


def is_right(hello, now=0):
    return bool(SOLVED["alive"]([(now, hello)], now))


def by_the_first(hellos, now):
    first = {}
    for second, hello in hellos:
        if is_right(hello):
            first.setdefault(router(hello), second + dead(hello))
    return {name for name, end in first.items() if now < end}


def by_the_longest(hellos, now):
    return {router(hello) for second, hello in hellos if is_right(hello) and now < second + dead(hello)}


def by_a_sum_over_all(hellos, now):
    return SOLVED["alive"]([(second, hello) for second, hello in hellos if len(hello) % 2 == 0 and verify(hello)], now)


def without_the_length(hellos, now):
    until = {}
    for second, hello in hellos:
        if len(hello) >= 36 and verify(hello[:16] + hello[24:]):
            until[router(hello)] = second + dead(hello)
    return {name for name, end in until.items() if now < end}


def within(hellos, now, longest):
    return {router(hello) for second, hello in hellos if now - second < longest(hello)}


TRIED = [
    Tried("09.1", SOLVED["slip_decoder"], "passed", "A connection of two kernels has just crossed the lab's line"),
    Tried("09.1", unescapes_at_the_end, "passed", "wherever the line is cut"),
    Tried("09.1", generator, "passed", "wherever the line is cut"),
    Tried("09.1", leaves_escapes, "wrong", r"in one piece: expected [b'a\xc0b'], got [b'a\xdb\xdcb']"),
    Tried("09.1", in_the_wrong_order, "wrong", r"expected [b'\xdb\xdc'], got [b'\xc0']"),
    Tried("09.1", gives_empty_packets, "wrong", "got [b'', b'abc']. Between two END is no packet."),
    Tried("09.1", one_packet_at_most, "wrong", "expected [b'abc', b'de'], got [b'abc']"),
    Tried("09.1", lambda: lambda data: pieces(data)[0], "wrong", r"got [b'a\xdb\xdcb']"),
    Tried("09.1", lambda: lambda data: [*map(unescaped, pieces(data)[0])], "wrong", "in pieces of 1 bytes: expected"),
    Tried("09.1", forgets_an_escape, "wrong", "in pieces of 1 bytes: expected"),
    Tried("09.1", nothing_over_250_bytes, "wrong", "the server has read 0 of 256 bytes: no packet came out."),
    Tried("09.1", shares_its_memory, "wrong", "when the first has half a packet: expected [b'xyz']"),
    Tried("09.1", lambda: None, "wrong", "must return a function feed(data); it returned None"),
    Tried("09.1", lambda: lambda data: None, "wrong", "each of them bytes; it returned None"),
    Tried("09.1", lambda: lambda data: ["abc"], "wrong", "each of them bytes; it returned ['abc']"),
    Tried("09.1", waits, "failed", "not finished after 3 s", hangs=True),
    Tried("09.2", SOLVED["packet_in"], "passed", "This end of PPP gives nothing damaged to IP."),
    Tried("09.2", by_comparing("little"), "passed", ""),
    Tried("09.2", by_a_view, "passed", ""),
    Tried("09.2", by_comparing("big"), "wrong", "got None. No byte of this frame is escaped."),
    Tried("09.2", by_the_whole_line, "wrong", "got None. No byte of this frame is escaped."),
    Tried("09.2", given(lambda line: good(line.strip(b"\x7e"))), "wrong", "The same frame without escapes was right."),
    Tried("09.2", lambda line: line, "wrong", "expected b'E letters', got b'~"),
    Tried("09.2", given(lambda line: True), "wrong", "a bit of its byte 1 flipped: expected None, got b'E letters'"),
    Tried("09.2", given(lambda line: content(line)[0] == 0xFF), "wrong", "a bit of its byte 7 flipped"),
    Tried(
        "09.2", given(lambda line: good(content(line)), end=None), "wrong", "expected b'E letters', got b'E lettersO"
    ),
    Tried("09.2", given(lambda line: good(content(line)), start=0), "wrong", r"got b'\xff\x03\x00!E letters'"),
    Tried("09.2", lambda line: "E letters", "wrong", "got 'E letters'"),
    Tried("09.2", lambda line: b"E letters", "wrong", "expected b'E more of them', got b'E letters'"),
    Tried("09.3", SOLVED["two_bits"], "passed", "and the server read b'"),
    Tried("09.3", with_the_checksum_itself, "passed", "A client has just sent b'pay 100 to Ann'"),
    Tried("09.3", the_last_ones, "passed", "An FCS would have noticed."),
    Tried("09.3", flips(320, 320), "wrong", "nothing is flipped in the data"),
    Tried("09.3", flips(320), "wrong", "Return two numbers of bits; you returned (320,)"),
    Tried("09.3", flips(0, 10_000), "wrong", "has the bits 0 to"),
    Tried("09.3", flips(8, 321), "wrong", "IP's own checksum notices"),
    Tried("09.3", flips(160, 161), "wrong", "these begin at byte 40"),
    Tried("09.3", flips(320, 321), "wrong", "TCP's checksum notices"),
    Tried("09.3", flips(325, 341), "wrong", "TCP's checksum notices"),  # bit 5 of letters is set in both
    Tried("09.3", same_column_of_bytes, "wrong", "TCP's checksum notices"),
    Tried("09.3", only_for_one_text, "wrong", "The data b'left or right"),
    Tried("09.4", SOLVED["repair"], "passed", "Question and answer have crossed."),
    Tried("09.4", host_routes, "passed", ""),
    Tried("09.4", by_the_program_ip, "passed", ""),
    Tried("09.4", does_nothing, "wrong", "the kernel of the client gave its last segment to north"),
    Tried("09.4", back_alone, "wrong", "What the client sends does not reach the server"),
    Tried("09.4", another_network, "wrong", "the kernel of the client gave its last segment to north"),
    Tried(
        "09.4", there_alone, "wrong", "its answers are lost: the kernel of the server gave its last segment to north"
    ),
    Tried("09.4", by_a_router_that_is_not_there, "wrong", "What the client sends does not reach the server"),
    Tried("09.5", RIGHT, "passed", "A difference of 966 takes three bytes"),
    Tried("09.5", UserDict(RIGHT), "passed", ""),
    Tried("09.5", RIGHT | {"Ethernet": 64}, "passed", ""),
    Tried("09.5", RIGHT | {"SLIP": 41}, "wrong", "Bytes on SLIP: expected 42, got 41. The headers of IP and TCP"),
    Tried("09.5", RIGHT | {"CSLIP": 6}, "wrong", "Bytes on CSLIP: expected 8, got 6."),
    Tried("09.5", RIGHT | {"PPP": 46}, "wrong", "Two flags, address, control, protocol and FCS"),
    Tried("09.5", RIGHT | {"PPP + VJ": 12}, "wrong", "Bytes on PPP + VJ: expected 14, got 12"),
    Tried("09.5", {"Ethernet": 64}, "wrong", "got None"),
    Tried("09.5", [42, 8, 48, 14], "failed", "not of the kind that was asked for"),
    Tried("09.6", SOLVED["alive"], "passed", "Such a set is what a router's map begins with."),
    Tried("09.6", lambda hellos, now: sorted(SOLVED["alive"](hellos, now)), "passed", ""),
    Tried("09.6", lambda hellos, now: dict.fromkeys(SOLVED["alive"](tuple(hellos), now)), "passed", ""),
    Tried(
        "09.6",
        lambda hellos, now: within(hellos, now, lambda _: 999),
        "wrong",
        "with an interval of 40 s, at second 50",
    ),
    Tried("09.6", lambda hellos, now: within(hellos, now, lambda _: 40), "wrong", "intervals of 100, 400 and 4 s"),
    Tried("09.6", lambda hellos, now: within(hellos, now, dead), "wrong", "a hello with a wrong checksum"),
    Tried(
        "09.6", without_the_length, "wrong", "a hello cut to 40 of its 44 bytes, at second 20: expected {'10.0.0.251'}"
    ),
    Tried("09.6", by_the_first, "wrong", "one of them heard again, at second 60: expected {'10.0.0.251'}, got set()"),
    Tried("09.6", by_the_longest, "wrong", "A second hello with a shorter interval, at second 50: expected set()"),
    Tried("09.6", by_a_sum_over_all, "wrong", "a password, which the checksum leaves out, at second 5: expected"),
    Tried("09.6", lambda hellos, now: {h[4:8] for _, h in hellos}, "wrong", r"got {b'\n\x00\x00\xfb'}"),
    Tried("09.6", lambda hellos, now: set(), "wrong", "got set()"),
    Tried("09.6", lambda hellos, now: None, "wrong", "Return a set of router IDs"),
    Tried("09.6", lambda hellos, now: struct.unpack(">I", hellos[0][1]), "failed", "struct"),
]
