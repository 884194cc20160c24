"""Checkers of notebook 09: readers' functions get bytes made by the lesson's own codecs, and then meet real kernels.

Where this machine has no live lab, the bytes alone decide; only 09.4 is nothing without hosts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scapy.contrib.ospf import OSPF_Hdr, OSPF_Hello
from scapy.layers.inet import IP, TCP

from helpers.fields.internet_checksum import pseudo_header, verify
from helpers.lab import Host, LabUnavailable, Network
from helpers.lab.serial_line import Codec
from helpers.lab.sockets import LabSocket
from helpers.lessons.links import ppp, slip
from helpers.lessons.links.line_ends import CslipEnd, PppEnd, SlipEnd
from helpers.lessons.links.link_bytes import on_line
from helpers.study.checking import NeedsLiveLab, Wrong, exercise, expect

Feed = Callable[[bytes], Any]

SERVER = ("10.0.0.2", 80)
PATIENCE = 8.0
"""Seconds that a socket of an exercise waits: longer than TCP does before it sends a segment for the fifth time."""
HEADERS = 40
"""Bytes of IP's and TCP's header, without options."""
NEAR, FAR, FAR_SERVER = "10.0.0.0/24", "10.0.1.0/24", ("10.0.1.2", 80)
QUESTION, ANSWER = b"are you there?", b"I am"
EVERY_BYTE = bytes(range(256))


@exercise("09.1", "read a SLIP line")
def reads_a_slip_line(slip_decoder: Callable[[], Feed]) -> str:
    """Every byte value, cut anywhere, several packets at once; then a connection over the lab's line."""
    for packets in ([b"abc"], [b"abc", b"de"], [b"a\xc0b"], [b"a\xdbb"], [b"\xdb\xdc"], [EVERY_BYTE]):
        _expect_packets(_feed_of(slip_decoder), packets, len(packets) * 999)
    for size in (1, 2, 3):
        _expect_packets(_feed_of(slip_decoder), [EVERY_BYTE, b"\xc0\xdb", b"abcd", b"\xdb"], size)
    first, second = _feed_of(slip_decoder), _feed_of(slip_decoder)
    first(b"\xc0abc")
    expect(_fed(second, b"\xc0xyz\xc0"), [b"xyz"], "a second decoder, when the first has half a packet")
    try:
        _talk_over_a_line(_ReadersEnd(_feed_of(slip_decoder)), _ReadersEnd(_feed_of(slip_decoder)), EVERY_BYTE)
    except LabUnavailable:
        return "Every byte, wherever the line is cut."
    return "Every byte, wherever the line is cut. A connection of two kernels has just crossed the lab's line by it."


@exercise("09.2", "a frame of PPP")
def takes_a_frame_apart(packet_in: Callable[[bytes], Any]) -> str:
    """First frames in which nothing is escaped, then others, then damaged ones."""
    bare, letters = ppp.Framing(accm=0), b"E letters"
    for packet, framing, hint in (
        (letters, bare, "No byte of this frame is escaped."),
        (b"E more of them", bare, "No byte of this frame is escaped."),
        (letters, ppp.DEFAULT, "The same frame without escapes was right."),
        (b"E\x7e and \x7d", ppp.DEFAULT, "Without escapes you were right."),
        (b"E" + EVERY_BYTE, ppp.DEFAULT, "Without escapes you were right."),
    ):
        line = ppp.encode(ppp.IP, packet, framing)
        answer = packet_in(line)
        got = bytes(answer) if isinstance(answer, bytearray | memoryview) else answer
        expect(got, packet, f"the undamaged frame {line[:12].hex(' ')} ... {line[-4:].hex(' ')}", hint)
    line = ppp.encode(ppp.IP, letters)
    for place in (1, 7, 9, -3, -2):  # no byte becomes a flag or an escape by that
        damaged = bytearray(line)
        damaged[place] ^= 1
        expect(packet_in(bytes(damaged)), None, f"the frame with a bit of its byte {place % len(line)} flipped")
    expect(packet_in(line[:9] + line[-1:]), None, "a frame of which the end is missing, all but the flag")
    return "This end of PPP gives nothing damaged to IP."


@exercise("09.3", "two bits that nobody misses")
def deceives_the_checksum(two_bits: Callable[[bytes], Any]) -> str:
    """Other data, and yet a right checksum; then the same to a real kernel."""
    money = b"pay 100 to Ann"
    for number, text in enumerate((money, b"left or right, whichever you like", b"ab ba abba")):
        tcp = TCP(sport=40000 + number, dport=80, flags="PA", seq=7 * number, ack=9)
        packet = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=number) / tcp / text)
        _judge_damage(text, packet, _with_flipped(packet, two_bits(packet)))
    try:
        read = _talk_over_a_line(_BadEnd(two_bits, money), SlipEnd(), money)
    except LabUnavailable:
        return "TCP's checksum is right, and the data are wrong. An FCS would have noticed."
    if read == money:
        raise Wrong(f"Over the lab's line the server's program has read {money!r}, just as it was sent.")
    return f"A client has just sent {money!r}, and the server read {read!r}. An FCS would have noticed."


@exercise("09.4", "around a dead router")
def goes_around(repair: Callable[[Host, Host, Host, Host], Any]) -> str:
    """A TCP connection over north goes on although north is dead, in both directions."""
    try:
        with Network() as network:
            _repair_live(network, repair)
    except LabUnavailable as reason:
        raise NeedsLiveLab(str(reason)) from None
    return "Question and answer have crossed. Routes may change under a connection: it is a matter of its two ends."


@exercise("09.5", "what an ACK costs")
def bytes_of_an_ack(ack_bytes: Mapping[str, int]) -> str:
    """Compared with what real codecs make of two such ACKs."""
    hints: dict[str, tuple[Codec, str]] = {
        "SLIP": (SlipEnd(), "The headers of IP and TCP, and an END on each side."),
        "CSLIP": (CslipEnd(), "Two END, the mask, the checksum, and a difference that is no number from 1 to 255."),
        "PPP": (PppEnd(), "Two flags, address, control, protocol and FCS around the headers."),
        "PPP + VJ": (PppEnd(compress_headers=True), "What is left of the headers, in a frame of PPP."),
    }
    for link, (end, hint) in hints.items():
        sent = [end.encode(_ack(number)) for number in (1, 2)]
        cost = on_line(sent[1])
        expect(ack_bytes.get(link), cost and cost.without_escapes, f"bytes on {link}", hint)
    return "A difference of 966 takes three bytes, a zero before two of them."


@exercise("09.6", "who is alive?")
def who_is_alive(alive: Callable[[Sequence[tuple[float, bytes]], float], Any]) -> str:
    """The last undamaged hello counts, with the interval that stands in it."""
    damaged = bytearray(_hello(2, dead=400))
    damaged[34] ^= 1  # the interval becomes 144 s: unchecked, it is still alive
    unlike = [(0, _hello(1, dead=100)), (0, _hello(2, dead=400)), (0, _hello(3, dead=4))]
    zeros = _hello(3, neighbours=[])  # the last eight bytes are zeros, which no sum misses
    for case, hellos, now, wanted in (
        ("a router with a password, which the checksum leaves out", [(0, _hello(1))], 5, {1}),
        ("a router heard 50 s ago, with an interval of 40 s", [(0, _hello(1))], 50, set()),
        ("two routers, heard 30 s ago", [(0, _hello(1)), (0, _hello(2))], 30, {1, 2}),
        ("two routers, one of them heard again", [(0, _hello(1)), (0, _hello(2)), (30, _hello(1))], 60, {1}),
        ("three routers with intervals of 100, 400 and 4 s", unlike, 99, {1, 2}),
        ("a router, and a hello with a wrong checksum", [(0, _hello(1)), (0, bytes(damaged))], 20, {1}),
        ("a router, and a hello without its last byte", [(0, _hello(1)), (9, _hello(3)[:-1])], 20, {1}),
        ("a router, and a hello cut to 40 of its 44 bytes", [(0, _hello(1)), (9, zeros[:-4])], 20, {1}),
        ("a router, and the first 10 bytes of a hello", [(0, _hello(1)), (9, zeros[:10])], 20, {1}),
        ("a second hello with a shorter interval", [(0, _hello(1, dead=100)), (10, _hello(1, dead=4))], 50, set()),
        ("silence", [], 5, set()),
    ):
        answer = alive(list(hellos), now)
        if isinstance(answer, str) or not isinstance(answer, Iterable):
            raise Wrong(f"Return a set of router IDs; for {case} you returned {answer!r}.")
        expect(set(answer), {f"10.0.0.25{number}" for number in wanted}, f"{case}, at second {now}")
    return "Such a set is what a router's map begins with."


def _feed_of(slip_decoder: Callable[[], Feed]) -> Feed:
    feed = slip_decoder()
    if not callable(feed):
        raise Wrong(f"slip_decoder() must return a function feed(data); it returned {feed!r}.")
    return feed


def _fed(feed: Feed, data: bytes) -> list[bytes]:
    answer = feed(data)
    if not isinstance(answer, list | tuple) or not all(isinstance(packet, bytes | bytearray) for packet in answer):
        raise Wrong(f"feed() must return a list of packets, each of them bytes; it returned {answer!r}.")
    return [bytes(packet) for packet in answer]


def _expect_packets(feed: Feed, packets: list[bytes], size: int) -> None:
    line = b"".join(map(slip.encode, packets))
    found = [packet for start in range(0, len(line), size) for packet in _fed(feed, line[start : start + size])]
    begin = line[:14].hex(" ") + (" ..." if len(line) > 14 else "")
    pieces = "one piece" if size > len(line) else f"pieces of {size} bytes"
    expect(found, packets, f"the line {begin} in {pieces}", "Between two END is no packet." if b"" in found else "")


class _ReadersEnd(SlipEnd):
    """An end of the lab's line that reads by the reader's decoder."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def feed(self, data: bytes) -> list[bytes]:
        return _fed(self._feed, data)


class _BadEnd(SlipEnd):
    """An end of a SLIP line behind which the first packet with that text is damaged."""

    def __init__(self, two_bits: Callable[[bytes], Any], text: bytes) -> None:
        super().__init__()
        self._two_bits, self._text, self._done = two_bits, text, False

    def encode(self, packet: bytes) -> bytes:
        if packet.endswith(self._text) and not self._done:
            self._done = True
            packet = _with_flipped(packet, self._two_bits(packet))
        return super().encode(packet)


def _talk_over_a_line(client_end: SlipEnd, server_end: SlipEnd, text: bytes) -> bytes:
    """What the server's program reads when the client's sends a text over a serial line. Raises Wrong for nothing."""
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        client.write("/proc/sys/net/ipv4/tcp_timestamps", "0")  # no options in the header
        with network.wire.serial(client=client_end, server=server_end) as line:
            caller, answerer = _connected(client, server, SERVER)
            caller.sendall(text)
            read = _heard(answerer, len(text))
            if len(read) < len(text):
                lost = next((crossed.dropped for crossed in line.sent if crossed.dropped), "nothing was lost")
                raise Wrong(f"On the lab's line the server has read {len(read)} of {len(text)} bytes: {lost}.")
    return read


def _with_flipped(packet: bytes, bits: Any) -> bytes:
    """Raises Wrong for what are not two bits of it."""
    if not isinstance(bits, tuple | list) or len(bits) != 2 or not all(isinstance(bit, int) for bit in bits):
        raise Wrong(f"Return two numbers of bits; you returned {bits!r}.")
    if not all(0 <= bit < 8 * len(packet) for bit in bits):
        raise Wrong(f"You returned {bits!r}; a packet of {len(packet)} bytes has the bits 0 to {8 * len(packet) - 1}.")
    flipped = bytearray(packet)
    for bit in bits:
        flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def _judge_damage(text: bytes, packet: bytes, flipped: bytes) -> None:
    """Raises Wrong unless the data are others and each checksum is right."""
    if flipped[HEADERS:] == packet[HEADERS:]:
        raise Wrong(f"With the data {text!r} nothing is flipped in the data: these begin at byte {HEADERS}.")
    if not verify(flipped[:20]):
        raise Wrong(f"With the data {text!r} you flip a bit of IP's header, and IP's own checksum notices.")
    segment = flipped[20:]
    if not verify(pseudo_header("10.0.0.1", "10.0.0.2", 6, len(segment)) + segment):
        raise Wrong(
            f"The data {text!r} become {flipped[HEADERS:]!r}, and TCP's checksum notices. It adds words of two bytes: "
            "what one flip adds, the other must take away, in the same column."
        )


def _repair_live(network: Network, repair: Callable[[Host, Host, Host, Host], Any]) -> None:
    """Raises Wrong if the connection does not go on."""
    client = network.host("client", "10.0.0.1")
    north = network.host("north", "10.0.0.253", "10.0.1.253")
    south = network.host("south", "10.0.0.254", "10.0.1.254")
    server = network.host("server", FAR_SERVER[0])
    for router in (north, south):
        router.forward()
    client.add_route(FAR, via="10.0.0.253")
    server.add_route(NEAR, via="10.0.1.253")
    caller, answerer = _connected(client, server, FAR_SERVER)
    network.wire.settle()
    dead = network.wire.drop(where=lambda frame: "north" in (frame.sender, frame.receiver))
    caller.sendall(QUESTION)
    dead.wait()
    repair(client, north, south, server)
    if _heard(answerer, len(QUESTION)) != QUESTION:
        raise Wrong(f"What the client sends does not reach the server: {_last_way(network, 'client')}.")
    answerer.sendall(ANSWER)
    if _heard(caller, len(ANSWER)) != ANSWER:
        raise Wrong(f"The server hears the client, and its answers are lost: {_last_way(network, 'server')}.")


def _last_way(network: Network, host: str) -> str:
    """Where the host's last segment went, in words."""
    sent = [frame.receiver for frame in network.wire.frames if frame.sender == host and frame.segment is not None]
    return f"the kernel of the {host} gave its last segment to {sent[-1]}"


def _connected(client: Host, server: Host, address: tuple[str, int]) -> tuple[LabSocket, LabSocket]:
    listener, caller = server.socket(), client.socket()
    listener.bind(address)
    listener.listen()
    for sock in (listener, caller):
        sock.settimeout(PATIENCE)
    try:
        caller.connect(address)
        answerer, _ = listener.accept()
    except TimeoutError:
        raise Wrong("No connection came about: not even the handshake got through.") from None
    answerer.settimeout(PATIENCE)
    return caller, answerer


def _heard(sock: socket.socket, size: int) -> bytes:
    """As many bytes, or what came before the socket's patience ended."""
    came = b""
    try:
        while len(came) < size and (part := sock.recv(size)):
            came += part
    except TimeoutError:
        pass
    return came


def _ack(number: int) -> bytes:
    tcp = TCP(sport=40000, dport=80, flags="A", seq=7, ack=966 * number)
    return bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=number, flags="DF") / tcp)


def _hello(router: int, dead: int = 40, neighbours: Sequence[str] = ("10.0.0.9",)) -> bytes:
    header = OSPF_Hdr(src=f"10.0.0.25{router}", authtype=1, authdata=int.from_bytes(b"password"))
    return bytes(header / OSPF_Hello(options=2, deadinterval=dead, neighbors=list(neighbours)))
