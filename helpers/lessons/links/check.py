"""Checkers of notebook 09."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from scapy.contrib.ospf import OSPF_Hdr, OSPF_Hello
from scapy.layers.inet import IP, TCP

from helpers.fields.internet_checksum import pseudo_header, verify
from helpers.lab import Host, LabUnavailable, Network
from helpers.lab.serial_line import Codec
from helpers.lab.sockets import LabSocket
from helpers.lessons.links import ppp, slip
from helpers.lessons.links.line_ends import CslipEnd, PppEnd, SlipEnd
from helpers.lessons.links.link_cost import on_line
from helpers.study.checking import NeedsLiveLab, Wrong, exercise
from helpers.trace import Frame

T = TypeVar("T")
Feed = Callable[[bytes], Any]

SERVER = ("10.0.0.2", 80)
PATIENCE = 3.0
"""Seconds that a socket of an exercise waits for data."""
IP_HEADER, HEADERS = 20, 40
"""Bytes of IP's header, and of IP's and TCP's, without options."""
NEAR, FAR, FAR_SERVER = "10.0.0.0/24", "10.0.1.0/24", ("10.0.1.2", 80)
QUESTION, ANSWER = b"are you there?", b"I am"
ROUTERS = {1: "10.0.0.251", 2: "10.0.0.252", 3: "10.0.0.253"}


@exercise("09.1", "read a SLIP line")
def reads_a_slip_line(slip_decoder: Callable[[], Feed]) -> str:
    """Every byte value, cut anywhere, several packets at once; then a connection over the lab's line."""
    whole = bytes(range(256))
    for what, packets, size in (
        ("a packet of three letters", [b"abc"], 99),
        ("two packets in one piece", [b"abc", b"de"], 99),
        ("a packet with a byte c0 in it", [b"a\xc0b"], 99),
        ("a packet with a byte db in it", [b"a\xdbb"], 99),
        ("a packet with the bytes db dc in it", [b"\xdb\xdc"], 99),
        ("all 256 bytes", [whole], 999),
        ("all 256 bytes, one at a time", [whole, whole], 1),
        ("three packets in pieces of 3 bytes", [b"\xc0\xdb", b"abcd", b"\xdb"], 3),
    ):
        _compare_packets(what, _feed_of(slip_decoder), packets, size)
    first, second = _feed_of(slip_decoder), _feed_of(slip_decoder)
    first(b"\xc0abc")
    if (told := _fed(second, b"\xc0xyz\xc0")) != [b"xyz"]:
        raise Wrong(f"A second decoder returned {told!r}: it goes on with what the first one had kept.")
    try:
        _cross_a_line(slip_decoder)
    except LabUnavailable:
        return "Every byte, wherever the line is cut."
    return "Every byte, wherever the line is cut. A connection of two kernels has just crossed the lab's line by it."


@exercise("09.2", "a frame of PPP")
def takes_a_frame_apart(packet_in: Callable[[bytes], Any]) -> str:
    """Escapes undone, the check sequence compared, the packet alone returned."""
    for what, packet in (
        ("letters", b"E letters"),
        ("a flag and an escape", b"E\x7e and \x7d"),
        ("all 256 bytes", b"E" + bytes(range(256))),
    ):
        line = ppp.encode(ppp.Frame(ppp.Protocol.IP, packet))
        told = packet_in(line)
        if told is None:
            raise Wrong(f"A frame with {what} is undamaged; you returned None. Take the escapes out before the check.")
        if told != packet:
            raise Wrong(f"A frame with {what} carries {packet[:12]!r}...: {_what_is_wrong(told, packet)}")
    for place in (1, 7, 9, -3, -2):
        damaged = bytearray(ppp.encode(ppp.Frame(ppp.Protocol.IP, b"E letters")))
        damaged[place] ^= 1  # no byte becomes a flag or an escape by that
        if (told := packet_in(bytes(damaged))) is not None:
            raise Wrong(f"A bit of byte {place} of the frame was flipped, and you returned {told!r} and not None.")
    return "This end of PPP gives nothing damaged to IP."


@exercise("09.3", "two bits that nobody misses")
def deceives_the_checksum(two_bits: Callable[[bytes], Any]) -> str:
    """Other data, and yet a right checksum; then the same to a real kernel."""
    for number, text in enumerate((b"pay 100 to Ann", b"left or right, whichever you like", b"ab ba abba")):
        packet = bytes(
            IP(src="10.0.0.1", dst="10.0.0.2", id=number)
            / TCP(sport=40000 + number, dport=80, flags="PA", seq=7 * number, ack=9)
            / text
        )
        _judge_damage(text, packet, _with_flipped(packet, two_bits(packet)))
    try:
        read = _read_over_a_bad_line(two_bits, b"pay 100 to Ann")
    except LabUnavailable:
        return "TCP's checksum is right, and the data are wrong. An FCS would have noticed."
    return f"A client has just sent b'pay 100 to Ann', and the server read {read!r}. An FCS would have noticed."


@exercise("09.4", "around a dead router")
def goes_around(repair: Callable[[Host, Host, Host, Host], Any]) -> str:
    """A TCP connection over north goes on over south, in both directions."""
    try:
        _repair_live(repair)
    except LabUnavailable as reason:
        raise NeedsLiveLab(str(reason)) from None
    return "TCP noticed a few lost segments, and nothing else: a connection is a matter of its two ends."


@exercise("09.5", "what an ACK costs")
def bytes_of_an_ack(ack_bytes: Mapping[str, int]) -> str:
    """Compared with what real codecs make of two such ACKs."""
    ends: dict[str, Codec] = {
        "SLIP": SlipEnd(), "CSLIP": CslipEnd(), "PPP": PppEnd(), "PPP + VJ": PppEnd(compress_headers=True),
    }  # fmt: skip
    if set(ack_bytes) != set(ends):
        raise Wrong(f"Give a number for each of {', '.join(ends)}.")
    hints = {
        "SLIP": "the headers of IP and TCP, and an END on each side",
        "CSLIP": "two END, the mask, the checksum, and a difference that is no number from 1 to 255",
        "PPP": "two flags, address, control, protocol and FCS around the headers",
        "PPP + VJ": "what is left of the headers, in a frame of PPP",
    }
    for link, end in ends.items():
        first, second = (_ack(number) for number in (1, 2))
        end.encode(first)
        right = on_line(end.encode(second)).without_escapes
        if ack_bytes[link] != right:
            raise Wrong(f"On {link} it is not {ack_bytes[link]!r} bytes. Count again: {hints[link]}.")
    return "A difference of 966 takes three bytes, a zero before two of them."


@exercise("09.6", "who is alive?")
def who_is_alive(alive: Callable[[Sequence[tuple[float, bytes]], float], Any]) -> str:
    """The last undamaged hello counts, with the interval that stands in it."""
    _ask_alive(alive, "one router with a password, which the checksum leaves out", [(0, _hello(1))], 5, {1})
    _ask_alive(alive, "one router, heard 50 s ago, with an interval of 40 s", [(0, _hello(1))], 50, set())
    _ask_alive(alive, "two routers, heard 30 s ago", [(0, _hello(1)), (0, _hello(2))], 30, {1, 2})
    again = [(0, _hello(1)), (0, _hello(2)), (30, _hello(1))]
    _ask_alive(alive, "two routers, of which one was heard again", again, 60, {1})
    unlike = [(0, _hello(1, dead=100)), (0, _hello(2, dead=400)), (0, _hello(3, dead=4))]
    _ask_alive(alive, "three routers with intervals of 100, 400 and 4 s", unlike, 99, {1, 2})
    damaged = bytearray(_hello(2, dead=400))
    damaged[34] ^= 1  # the interval becomes 144 s: unchecked, it is still alive
    said = [(0, _hello(1)), (0, bytes(damaged)), (10, _hello(3)[:-1])]
    _ask_alive(alive, "a router, a hello with a wrong checksum, and one that was cut", said, 20, {1})
    shorter = [(0, _hello(1, dead=100)), (10, _hello(1, dead=4))]
    _ask_alive(alive, "a router whose second hello has a shorter interval", shorter, 50, set())
    _ask_alive(alive, "silence", [], 5, set())
    return "Such a set is what a router's map begins with."


# What the checkers do.


def _feed_of(slip_decoder: Callable[[], Feed]) -> Feed:
    feed = slip_decoder()
    if not callable(feed):
        raise Wrong(f"slip_decoder() must return a function feed(data); it returned {feed!r}.")
    return feed


def _fed(feed: Feed, data: bytes) -> list[bytes]:
    told = feed(data)
    if not isinstance(told, list | tuple) or not all(isinstance(packet, bytes | bytearray) for packet in told):
        raise Wrong(f"feed() must return a list of packets, each of them bytes; it returned {told!r}.")
    return [bytes(packet) for packet in told]


def _compare_packets(what: str, feed: Feed, packets: list[bytes], size: int) -> None:
    """Raises Wrong that says what came of it."""
    line = b"".join(map(slip.encode, packets))
    found = [packet for start in range(0, len(line), size) for packet in _fed(feed, line[start : start + size])]
    if found == packets:
        return
    if b"" in found:
        raise Wrong(f"With {what} you returned an empty packet: between two END there is none.")
    if len(found) != len(packets):
        pieces = "" if size > len(line) else " What a piece leaves unfinished must be kept for the next one."
        raise Wrong(f"With {what}, {line[:12].hex(' ')}, you returned {len(found)} packets: {found[:3]!r}.{pieces}")
    wrong, right = next((mine, other) for mine, other in zip(found, packets, strict=True) if mine != other)
    raise Wrong(f"With {what} you returned {wrong[:12]!r} where the packet was {right[:12]!r}.")


class _ReadersEnd:
    """An end of the lab's line that reads by the reader's decoder."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def encode(self, packet: bytes) -> bytes:
        return slip.encode(packet)

    def feed(self, data: bytes) -> list[bytes]:
        return _fed(self._feed, data)


def _cross_a_line(slip_decoder: Callable[[], Feed]) -> None:
    """Raises Wrong if a connection does not get through."""
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        codecs = {"client": _ReadersEnd(_feed_of(slip_decoder)), "server": _ReadersEnd(_feed_of(slip_decoder))}
        with network.wire.serial(**codecs) as line:
            caller, answerer = _connected(client, server, SERVER)
            text = bytes(range(256))
            caller.sendall(text)
            answerer.settimeout(PATIENCE)
            came = _heard(answerer, len(text))
            if came != text:
                lost = next((crossed.dropped for crossed in line.sent if crossed.dropped), "nothing was lost")
                raise Wrong(f"On the lab's line the connection broke: {lost}.")


def _what_is_wrong(told: object, packet: bytes) -> str:
    if not isinstance(told, bytes | bytearray):
        return f"you returned {told!r}."
    if bytes(told) == b"\xff\x03\x00\x21" + packet:
        return "you returned address, control and protocol with it."
    if bytes(told[: len(packet)]) == packet:
        return f"you returned {len(told) - len(packet)} bytes more: the check sequence is no part of it."
    return f"you returned {bytes(told)[:20]!r}."


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
    if flipped == packet:
        raise Wrong("You flip the same bit twice, and so nothing has changed.")
    if flipped[:IP_HEADER] != packet[:IP_HEADER] and not verify(flipped[:IP_HEADER]):
        raise Wrong(f"With the data {text!r} you flip a bit of IP's header, and IP's own checksum notices.")
    if flipped[HEADERS:] == packet[HEADERS:]:
        raise Wrong(f"With the data {text!r} you flip nothing in the data: these begin at byte {HEADERS}.")
    segment = flipped[IP_HEADER:]
    if not verify(pseudo_header("10.0.0.1", "10.0.0.2", 6, len(segment)) + segment):
        raise Wrong(
            f"With the data {text!r} they become {flipped[HEADERS:]!r}, and TCP's checksum notices. It adds words of "
            "two bytes: what one flip adds, the other must take away, in the same column."
        )


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


def _read_over_a_bad_line(two_bits: Callable[[bytes], Any], text: bytes) -> bytes:
    """What the server's program reads. Raises Wrong if TCP has noticed."""
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        client.write("/proc/sys/net/ipv4/tcp_timestamps", "0")  # no options in the header
        with network.wire.serial(client=_BadEnd(two_bits, text), server=SlipEnd()):
            caller, answerer = _connected(client, server, SERVER)
            answerer.settimeout(PATIENCE)
            caller.sendall(text)
            read = _heard(answerer, len(text))
    if read == text:
        raise Wrong("A real kernel noticed: the server's program has read what was sent, after a repetition.")
    return read


def _repair_live(repair: Callable[[Host, Host, Host, Host], Any]) -> None:
    """Raises Wrong if the connection does not go on."""
    with Network() as network:
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
        _goes_on(network, caller, answerer)


def _goes_on(network: Network, caller: LabSocket, answerer: LabSocket) -> None:
    """Raises Wrong that says which direction is cut."""
    for sock in (caller, answerer):
        sock.settimeout(PATIENCE)
    if _heard(answerer, len(QUESTION)) != QUESTION:
        raise Wrong(f"What the client sends does not reach the server: {_last_way(network, 'client')}.")
    answerer.sendall(ANSWER)
    if _heard(caller, len(ANSWER)) != ANSWER:
        raise Wrong(f"The server hears the client, and its answers are lost: {_last_way(network, 'server')}.")


def _last_way(network: Network, host: str) -> str:
    """Where the host's last segment went, in words."""
    sent = [frame for frame in network.wire.frames if frame.sender == host and frame.segment is not None]
    mine: Frame | None = sent[-1] if sent else None
    if mine is None or mine.receiver == "north":
        return f"the kernel of the {host} still gives its packets to north"
    return f"the kernel of the {host} gives its packets to {mine.receiver}"


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
    return caller, answerer


def _heard(sock: socket.socket, size: int) -> bytes:
    """As many bytes, or what came before the socket's patience ended."""
    came = b""
    while len(came) < size:
        try:
            part = sock.recv(size)
        except TimeoutError:
            break
        if not part:
            break
        came += part
    return came


def _ack(number: int) -> bytes:
    tcp = TCP(sport=40000, dport=80, flags="A", seq=7, ack=966 * number)
    return bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=number, flags="DF") / tcp)


def _hello(router: int, dead: int = 40) -> bytes:
    header = OSPF_Hdr(src=ROUTERS[router], authtype=1, authdata=int.from_bytes(b"password", "big"))
    return bytes(header / OSPF_Hello(options=2, deadinterval=dead, neighbors=["10.0.0.9"]))


def _ask_alive(
    alive: Callable[[Sequence[tuple[float, bytes]], float], Any],
    what: str,
    hellos: Sequence[tuple[float, bytes]],
    now: float,
    expected: set[int],
) -> None:
    """Raises Wrong that says what was to be found."""
    told = alive(hellos, now)
    if not isinstance(told, set | frozenset | list | tuple):
        raise Wrong(f"Return a set of router IDs; with {what} you returned {told!r}.")
    wanted = {ROUTERS[number] for number in expected}
    if set(told) == wanted:
        return
    if any(not isinstance(router, str) for router in told):
        raise Wrong(f'With {what} you returned {told!r}: write router IDs as addresses, "10.0.0.251" say.')
    extra, missing = sorted(set(told) - wanted), sorted(wanted - set(told))
    faults = [f"{router} is alive, and missing" for router in missing] + [f"{router} is too much" for router in extra]
    raise Wrong(f"With {what}, at second {now:g}: {'; '.join(faults)}.")
