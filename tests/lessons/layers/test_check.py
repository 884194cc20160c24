"""The checkers of notebook 07: the solutions pass, and wrong answers are told what is wrong."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from scapy.layers.inet import ICMP, IP

from helpers.lab import Host, Wire, experiment
from helpers.lessons.layers import check as layers
from helpers.study import check
from tests.lessons.solved import solutions

SOLVED = solutions("07_tcp_ip_layers")
next_hop: Callable[[bytes], Any] = SOLVED["next_hop"]
tcp_payload: Callable[[bytes], Any] = SOLVED["tcp_payload"]
cut_up: Callable[[bytes, int], list[bytes]] = SOLVED["cut_up"]
checksum: Callable[[bytes], bytes] = SOLVED["checksum"]
with_checksum: Callable[[bytes], bytes] = SOLVED["with_checksum"]


def refused(number: str, answer: Any, sentence: str) -> None:
    checked = check(number, answer)
    assert (checked.status, sentence in checked.text) == ("wrong", True), checked.text


@pytest.mark.parametrize(("number", "name"), [("07.1", "next_hop"), ("07.2", "tcp_payload"), ("07.3", "cut_up")])
@pytest.mark.parametrize("here", [True, False], ids=["lab", "no lab"])
def test_what_needs_no_lab_passes_without_one(
    number: str, name: str, here: bool, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if here:
        request.getfixturevalue("needs_lab")
    else:
        monkeypatch.setattr(layers, "why_unavailable", lambda: "hosts are refused in this test")
    assert check(number, SOLVED[name]).status == "passed"


@pytest.mark.parametrize(("number", "name"), [("07.4", "largest_datagram"), ("07.5", "nobody_speaks_it")])
def test_the_solution_passes_in_the_lab(needs_lab: None, number: str, name: str) -> None:
    assert check(number, SOLVED[name]).status == "passed"


@pytest.mark.parametrize(("number", "name"), [("07.4", "largest_datagram"), ("07.5", "nobody_speaks_it")])
def test_where_the_lab_does_not_run(number: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("helpers.lessons.layers.check", "helpers.study.live"):
        monkeypatch.setattr(f"{module}.why_unavailable", lambda: "hosts are refused in this test")
    checked = check(number, SOLVED[name])
    assert checked.status == "unavailable" and "hosts are refused in this test" in checked.text


def lowered(packet: bytes) -> bytes:
    return packet[:8] + bytes([packet[8] - 1]) + packet[9:]


def with_other_checksum(compute: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def answer(packet: bytes) -> bytes:
        lower = lowered(packet)
        return lower[:10] + compute(lower) + lower[12:]

    return answer


def even(data: bytes) -> bytes:
    return data + bytes(len(data) % 2)


def blank(packet: bytes, end: int | None = None) -> bytes:
    return even(packet[:10] + bytes(2) + packet[12:end])


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda packet: None, "return as many; you returned None"),
        (lambda packet: next_hop(packet)[:20], "you returned 20 bytes"),
        (lambda packet: bytearray(next_hop(packet)), "Return bytes, and not a bytearray"),
        (lambda packet: packet, "came with TTL 64; yours goes on with 64"),
        (lowered, "it is still the one for the old TTL"),
        (with_other_checksum(lambda p: checksum(blank(p, 20))[::-1]), "the higher byte comes first"),
        (with_other_checksum(lambda p: checksum(even(p[:20]))), "its own field counts as zero"),
        (with_other_checksum(lambda p: checksum(blank(p, 20))), "this header has options and 32 bytes"),
        (with_other_checksum(lambda p: checksum(blank(p))), "it covers the header alone"),
        (with_other_checksum(lambda p: bytes(2)), "make the field zero, add up"),
        (lambda packet: next_hop(packet)[:16] + b"\1" + next_hop(packet)[17:], "Byte 16 has changed"),
        (
            lambda packet: with_checksum(lowered(packet)[: 4 * (packet[0] & 15)]) + packet[4 * (packet[0] & 15) :],
            "A packet with TTL 1 must not go on",
        ),
    ],
)
def test_packets_that_no_router_sends(answer: Callable[[bytes], Any], sentence: str) -> None:
    def guarded(packet: bytes) -> Any:
        return answer(packet) if packet[8] else None

    refused("07.1", guarded, sentence)


def test_a_checksum_may_be_updated(needs_lab: None) -> None:
    """Computing it anew is not the only way (RFC 1624)."""

    def updated(packet: bytes) -> bytes | None:
        if packet[8] <= 1:
            return None
        total = int.from_bytes(packet[10:12], "big") + 0x100
        return lowered(packet)[:10] + struct.pack(">H", (total & 0xFFFF) + (total >> 16)) + packet[12:]

    assert check("07.1", updated).status == "passed"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda frame: None, "For TCP without options return bytes"),
        (lambda frame: frame[34:], "The data begin 20 bytes later"),
        (lambda frame: frame[54:], "For options in the TCP header you returned 30 bytes"),
        (lambda frame: frame[34 + 4 * (frame[46] >> 4) :], "For options in the IP header"),
        (lambda frame: tcp_payload(frame[:16] + struct.pack(">H", len(frame) - 14) + frame[18:]), "only fill up"),
        (lambda frame: tcp_payload(frame).rstrip(b"\0"), "It should be b'hi\\x00'"),
        (lambda frame: b"GET / HTTP/1.0\r\n\r\n", "For options in the IP header"),
    ],
)
def test_wrong_payloads(answer: Callable[[bytes], Any], sentence: str) -> None:
    refused("07.2", answer, sentence)


def pieces_changed(change: Callable[[bytes], bytes], sums: bool = True) -> Callable[[bytes, int], list[bytes]]:
    def answer(packet: bytes, mtu: int) -> list[bytes]:
        changed = [change(piece) for piece in cut_up(packet, mtu)]
        return [with_checksum(piece[:20]) + piece[20:] for piece in changed] if sums else changed

    return answer


def offsets_in_bytes(piece: bytes) -> bytes:
    word = int.from_bytes(piece[6:8], "big")
    return piece[:6] + struct.pack(">H", word & 0xE000 | (word & 0x1FFF) * 8) + piece[8:]


def data_alone(packet: bytes, mtu: int) -> list[bytes]:
    return [packet[20:][at : at + mtu - 20] for at in range(0, len(packet) - 20, mtu - 20)]


def without_multiples(packet: bytes, mtu: int) -> list[bytes]:
    """As the solution, and each piece as long as the MTU allows."""
    found = []
    for at in range(0, len(packet) - 20, mtu - 20):
        part = packet[20:][at : at + mtu - 20]
        more = 0x2000 if at + len(part) < len(packet) - 20 else 0
        header = packet[:2] + struct.pack(">H2sH", 20 + len(part), packet[4:6], more | at // 8) + packet[8:20]
        found.append(with_checksum(header) + part)
    return found


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda packet, mtu: packet, "must return a list of packets"),
        (lambda packet, mtu: [], "must return a list of packets"),
        (data_alone, "piece 1 is no packet"),
        (lambda packet, mtu: [packet], "piece 1 has 1028 bytes, header included"),
        (lambda packet, mtu: cut_up(packet, mtu + 20), "header included"),
        (without_multiples, "all but the last must carry a multiple of 8"),
        (pieces_changed(offsets_in_bytes), "piece 2 has offset 576; in units of 8 bytes 72 is next"),
        (pieces_changed(lambda piece: piece[:2] + b"\4\4" + piece[4:]), "says in Total Length that it has 1028 bytes"),
        (pieces_changed(lambda piece: piece[:4] + piece[-2:] + piece[6:]), "has another Identification"),
        (pieces_changed(lambda piece: piece[:8] + b"\x40" + piece[9:]), "has another Time to Live"),
        (pieces_changed(lambda piece: piece[:12] + piece[16:20] + piece[12:16] + piece[20:]), "has other addresses"),
        (pieces_changed(lambda piece: piece[:10] + b"\1\2" + piece[12:], sums=False), "has a wrong header checksum"),
        (pieces_changed(lambda piece: piece[:6] + bytes([piece[6] & 0x1F]) + piece[7:]), "MF is 1 in every piece but"),
        (lambda packet, mtu: cut_up(packet, mtu)[1:], "the first piece has offset"),
        (lambda packet, mtu: cut_up(packet, mtu)[::-1], "the first piece has offset"),
        (pieces_changed(lambda piece: piece[:6] + bytes([piece[6] | 0x40]) + piece[7:]), "has DF or the reserved bit"),
        (pieces_changed(lambda piece: piece[:6] + bytes([piece[6] | 0x80]) + piece[7:]), "has DF or the reserved bit"),
        (pieces_changed(lambda piece: piece[:1] + b"\x10" + piece[2:]), "has another DSCP or ECN"),
        (lambda packet, mtu: cut_up(packet[:-8], mtu), "together are not those of the packet"),
        (lambda packet, mtu: cut_up(packet, min(mtu, 300)), "pieces; 2 are enough"),
        (lambda packet, mtu: cut_up(packet, mtu - 8 if mtu == 576 else mtu), "2 pieces; 1 is enough"),
    ],
)
def test_pieces_that_do_not_fit(answer: Callable[[bytes, int], Any], sentence: str) -> None:
    refused("07.3", answer, sentence)


def test_the_last_piece_may_use_all_the_room() -> None:
    assert [len(piece) for piece in cut_up(bytes([0x45]) + bytes(19) + bytes(1157), 601)] == [596, 601]
    assert layers._fewest(1157, 581) == 2 and layers._fewest(1158, 581) == 3


def test_a_kernel_is_asked(needs_lab: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces for which the comparison of headers would not be enough."""
    monkeypatch.setattr(layers, "_compare_fragments", lambda *_: None)
    refused("07.3", lambda packet, mtu: cut_up(packet, mtu)[:-1], "a lab host's kernel did not put the pieces together")


def probing(discover: int, answer: Callable[[int], int]) -> Callable[[Host, tuple[str, int]], int]:
    """What an answer makes of the right one, for which it has looked with these probes."""

    def function(host: Host, address: tuple[str, int]) -> int:
        if discover == SOLVED["IP_PMTUDISC_DO"]:
            return answer(SOLVED["largest_datagram"](host, address))
        with host.socket(type=socket.SOCK_DGRAM) as probe:
            probe.setsockopt(socket.IPPROTO_IP, SOLVED["IP_MTU_DISCOVER"], discover)
            probe.connect(address)
            probe.send(bytes(1472))
            SOLVED["wait_for_error"](probe)
        return answer(1472)

    return function


def first_complaint(host: Host, address: tuple[str, int]) -> int:
    """Looks once, and believes it."""
    with host.socket(type=socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.IPPROTO_IP, SOLVED["IP_MTU_DISCOVER"], SOLVED["IP_PMTUDISC_DO"])
        probe.connect(address)
        probe.send(bytes(1472))
        SOLVED["wait_for_error"](probe)
        return int(probe.getsockopt(socket.IPPROTO_IP, SOLVED["IP_MTU"])) - 28


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda host, address: "672", "return a number"),
        (lambda host, address: 1472, "That fits into the first link"),
        (probing(2, lambda right: right + 28), "The packet also has headers of IP and UDP"),
        (probing(2, lambda right: right + 8), "The packet also has headers of IP and UDP"),
        (first_complaint, "A later link is narrower still"),
        (probing(2, lambda right: right - 1), "Smaller than need be: it is 672"),
        (probing(2, lambda right: right + 1), "Too large: it is 672"),
        (probing(0, lambda _: 672), "On the way packets were cut"),
    ],
)
def test_wrong_sizes(needs_lab: None, answer: Callable[[Host, tuple[str, int]], Any], sentence: str) -> None:
    refused("07.4", answer, sentence)


@experiment
def closed_port(client: Host, server: Host, wire: Wire) -> None:
    client.socket(type=socket.SOCK_DGRAM).sendto(b"hello", ("10.0.0.2", 9))
    wire.wait_for(sender="server", where=lambda frame: frame.data[23] == 1)


@experiment
def echo(client: Host, server: Host, wire: Wire) -> None:
    client.socket(type=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP).sendto(bytes(ICMP()), ("10.0.0.2", 0))
    wire.wait_for(sender="server", where=lambda frame: frame.data[23] == 1)


@experiment
def silence(client: Host, server: Host, wire: Wire) -> None:
    client.socket().connect_ex(("10.0.0.2", 80))


@experiment
def forged(client: Host, server: Host, wire: Wire) -> None:
    """The wire sends the error, and not the server's kernel."""
    wire.inject(IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(type=3, code=2) / IP(), to="client")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (closed_port, "it does speak UDP"),
        (echo, "The server sent ICMP of type 0, code 0, and not 3, 2"),
        (silence, "The server sent no ICMP"),
        (forged, "The server sent no ICMP"),
        (lambda client, server, wire: None, "Keep the line @experiment"),
    ],
)
def test_errors_that_are_others(needs_lab: None, answer: Any, sentence: str) -> None:
    refused("07.5", answer, sentence)
