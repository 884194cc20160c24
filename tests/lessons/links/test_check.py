from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from helpers.fields.internet_checksum import verify
from helpers.lab import Host, LabUnavailable
from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("09_links_and_routing")
END, ESC = b"\xc0", b"\xdb"
NEAR, FAR = "10.0.0.0/24", "10.0.1.0/24"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("09.1", "slip_decoder"),
        ("09.2", "packet_in"),
        ("09.3", "two_bits"),
        ("09.4", "repair"),
        ("09.5", "ack_bytes"),
        ("09.6", "alive"),
    ],
)
def test_the_solution_passes(needs_lab: None, number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


@pytest.mark.parametrize(
    ("number", "name"),
    [("09.1", "slip_decoder"), ("09.2", "packet_in"), ("09.3", "two_bits"), ("09.5", "ack_bytes"), ("09.6", "alive")],
)
def test_all_but_one_need_no_lab(no_lab: None, number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


def test_the_network_needs_one(no_lab: None) -> None:
    checked = check("09.4", SOLVED["repair"])
    assert checked.status == "unavailable" and "hosts are refused in this test" in checked.text


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise LabUnavailable("hosts are refused in this test")

    monkeypatch.setattr("helpers.lessons.links.check.Network", refuse)


@pytest.mark.parametrize(
    ("number", "name", "status"), [("09.3", "two_bits", "passed"), ("09.4", "repair", "unavailable")]
)
def test_where_settings_are_closed(
    needs_lab: None, monkeypatch: pytest.MonkeyPatch, number: str, name: str, status: str
) -> None:
    def refuse(self: Host, path: str, text: str) -> None:
        raise LabUnavailable("the settings of client are closed in this test")

    monkeypatch.setattr(Host, "write", refuse)
    assert check(number, SOLVED[name]).status == status


def wrong(number: str, answer: object) -> str:
    checked = check(number, answer)
    assert checked.status == "wrong", checked.text
    return checked.text


# 09.1


def unescaped(packet: bytes) -> bytes:
    return packet.replace(ESC + b"\xdc", END).replace(ESC + b"\xdd", ESC)


def a_piece_is_a_packet() -> Callable[[bytes], Any]:
    return lambda data: [unescaped(data.strip(END))]


def escapes_are_left() -> Callable[[bytes], Any]:
    return lambda data: [packet for packet in data.split(END) if packet]


def in_the_wrong_order() -> Callable[[bytes], Any]:
    """The escape of ESC first: db dd dc is then taken for an escaped END."""

    def feed(data: bytes) -> list[bytes]:
        pieces = [packet for packet in data.split(END) if packet]
        return [packet.replace(ESC + b"\xdd", ESC).replace(ESC + b"\xdc", END) for packet in pieces]

    return feed


def with_empty_packets() -> Callable[[bytes], Any]:
    return lambda data: [unescaped(packet) for packet in data.split(END)]


def without_memory() -> Callable[[bytes], Any]:
    return lambda data: [unescaped(packet) for packet in data.split(END) if packet]


def forgets_an_escape() -> Callable[[bytes], Any]:
    """What is unfinished is kept, but an ESC at a piece's end is not."""
    kept = bytearray()

    def feed(data: bytes) -> list[bytes]:
        *packets, rest = (bytes(kept) + unescaped(data.replace(END, b"\0end\0"))).split(b"\0end\0")
        kept[:] = rest
        return [packet for packet in packets if packet]

    return feed


KEPT_BY_ALL = bytearray()


def shares_its_memory() -> Callable[[bytes], Any]:
    def feed(data: bytes) -> list[bytes]:
        KEPT_BY_ALL.extend(data)
        *packets, rest = bytes(KEPT_BY_ALL).split(END)
        KEPT_BY_ALL[:] = rest
        return [unescaped(packet) for packet in packets if packet]

    return feed


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (a_piece_is_a_packet, "With two packets in one piece, c0 61 62 63"),
        (escapes_are_left, "you returned b'a\\xdb\\xdcb' where the packet was b'a\\xc0b'"),
        (in_the_wrong_order, "With a packet with the bytes db dc in it you returned b'\\xc0'"),
        (with_empty_packets, "between two END there is none"),
        (without_memory, "What a piece leaves unfinished must be kept"),
        (forgets_an_escape, "With all 256 bytes, one at a time"),
        (shares_its_memory, "it goes on with what the first one had kept"),
        (lambda: None, "must return a function feed(data); it returned None"),
        (lambda: lambda data: None, "feed() must return a list of packets, each of them bytes; it returned None"),
        (lambda: lambda data: ["abc"], "each of them bytes; it returned ['abc']"),
    ],
)
def test_wrong_decoders(no_lab: None, answer: Callable[[], Any], sentence: str) -> None:
    KEPT_BY_ALL.clear()
    assert sentence in wrong("09.1", answer)


def test_a_decoder_that_breaks_on_the_lab_s_line(needs_lab: None) -> None:
    """It reads everything that the checker thinks of, but no packet of more than 300 bytes."""
    decoders = []

    def slip_decoder() -> Callable[[bytes], Any]:
        feed = SOLVED["slip_decoder"]()
        decoders.append(feed)
        return lambda data: [packet for packet in feed(data) if len(packet) < 290]

    assert "On the lab's line the connection broke: no packet came out" in wrong("09.1", slip_decoder)
    assert len(decoders) > 10


# 09.2


def content(line: bytes) -> bytes:
    taken, escaped = bytearray(), False
    for byte in line.strip(b"\x7e"):
        if byte == 0x7D:
            escaped = True
        else:
            taken.append(byte ^ 0x20 if escaped else byte)
            escaped = False
    return bytes(taken)


def good(data: bytes) -> bool:
    return bool(SOLVED["fcs_register"](data) == 0xF0B8)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda line: line, "you returned b'~\\xff}#} !E"),
        (lambda line: content(line)[4:-2], "A bit of byte 1 of the frame was flipped"),
        (lambda line: line[5:-3] if good(line.strip(b"\x7e")) else None, "Take the escapes out before the check"),
        (lambda line: content(line)[4:] if good(content(line)) else None, "you returned 2 bytes more"),
        (lambda line: content(line)[:-2] if good(content(line)) else None, "you returned address, control"),
        (lambda line: "E letters", "you returned 'E letters'"),
        (lambda line: None, "is undamaged; you returned None"),
        (lambda line: content(line)[4:-2] if content(line)[0] == 0xFF else None, "A bit of byte 7 of the frame"),
    ],
)
def test_wrong_frames(answer: Callable[[bytes], Any], sentence: str) -> None:
    assert sentence in wrong("09.2", answer)


# 09.3


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda packet: (320, 320), "You flip the same bit twice"),
        (lambda packet: (320,), "Return two numbers of bits"),
        (lambda packet: None, "you returned None"),
        (lambda packet: (0, 8 * len(packet)), "has the bits 0 to"),
        (lambda packet: (8, 321), "IP's own checksum notices"),
        (lambda packet: (160, 161), "you flip nothing in the data"),
        (lambda packet: (320, 321), "TCP's checksum notices"),
        (lambda packet: (325, 325 + 16), "TCP's checksum notices"),  # bit 5 of letters is set in both
        (lambda packet: next((320, n) for n in range(328, 999, 8) if packet[n // 8] & 1 != packet[40] & 1), "notices"),
    ],
)
def test_bits_that_somebody_misses(no_lab: None, answer: Callable[[bytes], Any], sentence: str) -> None:
    assert sentence in wrong("09.3", answer)


def test_a_real_kernel_has_the_last_word(needs_lab: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lessons.links.check._judge_damage", lambda *_: None)
    assert "A real kernel noticed" in wrong("09.3", lambda packet: (8 * 40, 8 * 40 + 1))


# 09.4


def there_alone(client: Host, north: Host, south: Host, server: Host) -> None:
    client.add_route(FAR, via="10.0.0.254")


def back_alone(client: Host, north: Host, south: Host, server: Host) -> None:
    server.add_route(NEAR, via="10.0.1.254")


def another_network(client: Host, north: Host, south: Host, server: Host) -> None:
    client.add_route("10.0.2.0/24", via="10.0.0.254")
    server.add_route(NEAR, via="10.0.1.254")


def nothing(client: Host, north: Host, south: Host, server: Host) -> None:
    return None if client else None


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (nothing, "the kernel of the client still gives its packets to north"),
        (back_alone, "What the client sends does not reach the server"),
        (another_network, "the kernel of the client still gives its packets to north"),
        (there_alone, "its answers are lost: the kernel of the server still gives its packets to north"),
    ],
)
def test_networks_that_stay_broken(needs_lab: None, answer: Callable[..., Any], sentence: str) -> None:
    assert sentence in wrong("09.4", answer)


def test_a_default_route_will_do(needs_lab: None) -> None:
    def repair(client: Host, north: Host, south: Host, server: Host) -> None:
        for router in ("10.0.0.254",):
            client.add_route(FAR, via=router)
        server.add_route("10.0.0.1/32", via="10.0.1.254")

    assert check("09.4", repair).status == "passed"


# 09.5


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"SLIP": 40}, "On SLIP it is not 40 bytes"),
        ({"SLIP": 41}, "an END on each side"),
        ({"CSLIP": 6}, "On CSLIP it is not 6 bytes"),
        ({"CSLIP": 7}, "a difference that is no number from 1 to 255"),
        ({"PPP": 46}, "two flags, address, control, protocol and FCS"),
        ({"PPP + VJ": 12}, "On PPP + VJ it is not 12 bytes"),
        ({"PPP + VJ": None}, "it is not None bytes"),
        ({"Ethernet": 64}, "Give a number for each of SLIP, CSLIP, PPP, PPP + VJ"),
    ],
)
def test_wrong_numbers_of_bytes(answer: dict[str, Any], sentence: str) -> None:
    assert sentence in wrong("09.5", SOLVED["ack_bytes"] | answer)


# 09.6

Hellos = Sequence[tuple[float, bytes]]


def router(hello: bytes) -> str:
    return ".".join(str(byte) for byte in hello[4:8])


def dead(hello: bytes) -> int:
    return int.from_bytes(hello[32:36])


def by_the_first(hellos: Hellos, now: float) -> set[str]:
    first: dict[str, float] = {}
    for second, hello in hellos:
        if SOLVED["alive"]([(second, hello)], second):
            first.setdefault(router(hello), second + dead(hello))
    return {name for name, end in first.items() if now < end}


def by_the_longest(hellos: Hellos, now: float) -> set[str]:
    return {router(hello) for second, hello in hellos if router(hello) in SOLVED["alive"]([(second, hello)], now)}


def by_a_sum_over_all(hellos: Hellos, now: float) -> set[str]:
    right = [(second, hello) for second, hello in hellos if len(hello) % 2 == 0 and verify(hello)]
    return set(SOLVED["alive"](right, now))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda hellos, now: {router(hello) for _, hello in hellos}, "heard 50 s ago, with an interval of 40 s"),
        (lambda hellos, now: {router(h) for t, h in hellos if now - t < 40}, "intervals of 100, 400 and 4 s"),
        (lambda hellos, now: {router(h) for t, h in hellos if now - t < dead(h)}, "a hello with a wrong checksum"),
        (by_the_first, "of which one was heard again, at second 60: 10.0.0.251 is alive, and missing"),
        (by_the_longest, "a router whose second hello has a shorter interval, at second 50: 10.0.0.251 is too much"),
        (by_a_sum_over_all, "a password, which the checksum leaves out, at second 5: 10.0.0.251 is alive, and missing"),
        (lambda hellos, now: {hello[4:8] for _, hello in hellos}, "write router IDs as addresses"),
        (lambda hellos, now: set(), "10.0.0.251 is alive, and missing"),
        (lambda hellos, now: None, "Return a set of router IDs"),
        (
            lambda hellos, now: {router(h) for t, h in hellos if now - t < struct.unpack_from("<I", h, 32)[0]},
            "10.0.0.251 is too much",
        ),
    ],
)
def test_routers_taken_for_alive_or_dead(answer: Callable[[Hellos, float], Any], sentence: str) -> None:
    assert sentence in wrong("09.6", answer)


def test_a_list_will_do() -> None:
    assert check("09.6", lambda hellos, now: sorted(SOLVED["alive"](hellos, now))).status == "passed"
