"""Answers to the exercises of notebook 07."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

from scapy.layers.inet import ICMP, IP, TCP, fragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from helpers.lab import Host, Wire, experiment
from tests.lessons.table import Tried, solutions

SOLVED = solutions("07")
next_hop, tcp_payload, cut_up = SOLVED["next_hop"], SOLVED["tcp_payload"], SOLVED["cut_up"]
Cut = Callable[[bytes, int], Any]


def lowered(packet: bytes) -> bytes:
    return packet[:8] + bytes([packet[8] - 1]) + packet[9:]


def added(packet: bytes, carry: bool = True) -> bytes | None:
    """The checksum as it was, and what the time to live has lost (RFC 1624)."""
    if packet[8] <= 1:
        return None
    total = int.from_bytes(packet[10:12], "big") + 0x100
    total = (total & 0xFFFF) + (total >> 16 if carry else 0)
    return lowered(packet)[:10] + total.to_bytes(2, "big") + packet[12:]


def by_scapy(packet: bytes) -> bytes | None:
    ip = IP(packet)
    ip.ttl -= 1
    del ip.chksum
    return bytes(ip) if packet[8] > 1 else None


def summed(packet: bytes, end: int | None = 20, own: bytes = bytes(2)) -> bytes:
    """Lowered, with a checksum over another part of it."""
    covered = packet[:8] + bytes([packet[8] - 1, packet[9]]) + own + packet[12:end]
    right = SOLVED["checksum"](covered + bytes(len(covered) % 2))
    return lowered(packet)[:10] + bytes(right) + packet[12:]


def never_ends(packet: bytes) -> bytes:
    size = 4 * (packet[0] & 15)
    return bytes(SOLVED["with_checksum"](lowered(packet)[:size])) + packet[size:] if packet[8] else b""


def scapys_payload(frame: bytes) -> bytes:
    tcp = Ether(frame)[TCP]
    return bytes(tcp[Raw].load) if Raw in tcp else b""


def from_the_end(frame: bytes) -> bytearray:
    ip = frame[14:]
    whole, header = int.from_bytes(ip[2:4], "big"), 4 * (ip[0] % 16)
    return bytearray(ip[:whole])[header + (ip[header + 12] >> 2 & 0x3C) :]


def one_long_piece_last(packet: bytes, mtu: int) -> tuple[bytes, ...]:
    """As few pieces, but the first is as short as can be."""
    pieces = cut_up(packet, mtu)
    rest = len(packet) - 20 - (len(pieces) - 2) * ((mtu - 20) // 8 * 8)
    if len(pieces) != 2 or rest <= mtu - 20:
        return tuple(pieces)
    first = -(-(rest - mtu + 20) // 8) * 8
    return cut_up(packet, 20 + first)[0], second(packet, first)


def second(packet: bytes, start: int) -> bytes:
    """The rest of a packet from that byte of its data on."""
    head = packet[:2] + (len(packet) - start).to_bytes(2, "big") + packet[4:6] + (start // 8).to_bytes(2, "big")
    return bytes(SOLVED["with_checksum"](head + packet[8:20])) + packet[20 + start :]


def scapys_pieces(packet: bytes, mtu: int) -> list[bytes]:
    return [bytes(piece) for piece in fragment(IP(packet), (mtu - 20) // 8 * 8)]


def changed(change: Callable[[bytes], bytes]) -> Cut:
    """The right pieces, each changed, with a checksum that is right for that."""

    def answer(packet: bytes, mtu: int) -> list[bytes]:
        return [SOLVED["with_checksum"](piece[:20]) + piece[20:] for piece in map(change, cut_up(packet, mtu))]

    return answer


def probing(discover: int, then: Callable[[int], object], until_refused: bool = True) -> Callable[..., object]:
    """The solution's way with that IP_MTU_DISCOVER; `then` makes the answer of its size."""

    def answer(host: Host, address: tuple[str, int]) -> object:
        with host.socket(type=socket.SOCK_DGRAM) as probe:
            probe.setsockopt(socket.IPPROTO_IP, 10, discover)
            probe.connect(address)
            while True:
                size = probe.getsockopt(socket.IPPROTO_IP, 14) - 28
                probe.send(bytes(size))
                error = SOLVED["wait_for_error"](probe)
                if error == errno.ECONNREFUSED or not until_refused:
                    return then(probe.getsockopt(socket.IPPROTO_IP, 14) - 28)

    return answer


def halving(host: Host, address: tuple[str, int]) -> int:
    """Any size that arrives is refused; so the largest is found by halves."""
    least, most = 0, 1473
    while most - least > 1:
        with host.socket(type=socket.SOCK_DGRAM) as probe:
            probe.setsockopt(socket.IPPROTO_IP, 10, 3)  # IP_PMTUDISC_PROBE: never cut, and ask no cache
            probe.connect(address)
            probe.send(bytes((least + most) // 2))
            refused = SOLVED["wait_for_error"](probe) == errno.ECONNREFUSED
            least, most = ((least + most) // 2, most) if refused else (least, (least + most) // 2)
    return least


def by_what_the_kernel_refuses(host: Host, address: tuple[str, int]) -> int:
    """send() itself refuses what is longer than the MTU that is known by then."""
    size = 1472
    with host.socket(type=socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.IPPROTO_IP, 10, 2)
        probe.connect(address)
        while True:
            try:
                probe.send(bytes(size))
            except OSError as error:
                assert error.errno == errno.EMSGSIZE
                size -= 1
                continue
            if SOLVED["wait_for_error"](probe) == errno.ECONNREFUSED:
                return size


def tries_for_ever(host: Host, address: tuple[str, int]) -> int:
    probe = host.socket(type=socket.SOCK_DGRAM)
    while True:
        try:
            probe.sendto(bytes(70_000), address)
        except OSError:
            continue


def asked(protocol: int, message: bytes, port: int = 0) -> Any:
    """An experiment: a message of that protocol goes to the server, and an ICMP comes back, if any."""

    @experiment
    def run(client: Host, server: Host, wire: Wire) -> None:
        kind = socket.SOCK_DGRAM if protocol == socket.IPPROTO_UDP else socket.SOCK_RAW
        client.socket(type=kind, protocol=protocol).sendto(message, ("10.0.0.2", port))
        wire.wait_for(sender="server", where=lambda frame: frame.data[12:14] == b"\x08\x00" and frame.data[23] == 1)

    return run


@experiment
def silence(client: Host, server: Host, wire: Wire) -> None:
    client.socket().connect_ex(("10.0.0.2", 80))


@experiment
def written_by_the_wire(client: Host, server: Host, wire: Wire) -> None:
    wire.inject(IP(src="10.0.0.2", dst="10.0.0.1") / ICMP(type=3, code=2) / IP(), to="client")


@experiment
def written_by_a_program(client: Host, server: Host, wire: Wire) -> None:
    error = bytes(ICMP(type=3, code=2) / IP(src="10.0.0.1", dst="10.0.0.2", proto=253))
    server.socket(type=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP).sendto(error, ("10.0.0.1", 0))
    wire.wait_for(sender="server", where=lambda frame: frame.data[23] == 1)


@experiment
def brought_by_the_wire(client: Host, server: Host, wire: Wire) -> None:
    wire.inject(IP(src="10.0.0.1", dst="10.0.0.2", proto=254) / b"hello", to="server")
    wire.wait_for(sender="server", where=lambda frame: frame.data[12:14] == b"\x08\x00" and frame.data[23] == 1)


TRIED = [
    Tried("07.1", next_hop, "passed", "a router sends ICMP «time exceeded»"),
    Tried("07.1", added, "passed", ""),
    Tried("07.1", by_scapy, "passed", ""),
    Tried("07.1", lambda p: added(p, carry=False), "wrong", "checksum 0xffb4: expected Header Checksum = 0x00b5"),
    Tried("07.1", lambda p: None, "wrong", "expected a packet (bytes), got None"),
    Tried("07.1", lambda p: p, "wrong", "expected Time to Live = 63, got Time to Live = 64"),
    Tried("07.1", lowered, "wrong", "(wrong: 0x"),
    Tried("07.1", lambda p: summed(p, None), "wrong", "expected Header Checksum"),
    Tried("07.1", lambda p: summed(p, 20), "wrong", "with TTL 2 and options: expected Header Checksum"),
    Tried("07.1", lambda p: summed(p, 20, p[10:12]), "wrong", "expected Header Checksum"),
    Tried("07.1", lambda p: next_hop(p)[:20], "wrong", "bytes of the packet: expected 33, got 20"),
    Tried("07.1", lambda p: by_scapy(p[:8] + b"\x09" + p[9:]), "wrong", "expected Time to Live = 63, got"),
    Tried("07.1", never_ends, "wrong", "For a packet with TTL 1: expected None, got b'E"),
    Tried("07.2", tcp_payload, "passed", "Length fields"),
    Tried("07.2", scapys_payload, "passed", ""),
    Tried("07.2", from_the_end, "passed", ""),
    Tried("07.2", lambda f: f[54:], "wrong", "options in the TCP header: expected b'GET"),
    Tried("07.2", lambda f: f[34:], "wrong", "Yours begin too early"),
    Tried("07.2", lambda f: f[34 + 4 * (f[46] >> 4) :], "wrong", "For options in the IP header"),
    Tried("07.2", lambda f: f[14 + 4 * (f[14] % 16) :][4 * (f[26 + 4 * (f[14] % 16)] >> 4) :], "wrong", "only fill up"),
    Tried("07.2", lambda f: tcp_payload(f).rstrip(b"\0"), "wrong", "filled up: expected b'hi\\x00', got b'hi'"),
    Tried("07.2", lambda f: b"GET / HTTP/1.0\r\n\r\n", "wrong", "For options in the IP header: expected b'hello'"),
    Tried("07.2", lambda f: tcp_payload(f).decode(), "wrong", "expected b'GET / HTTP/1.0\\r\\n\\r\\n', got 'GET"),
    Tried("07.3", cut_up, "passed", "its program read all 3000 bytes"),
    Tried("07.3", one_long_piece_last, "passed", ""),
    Tried("07.3", lambda p, mtu: tuple(map(bytearray, cut_up(p, mtu))), "passed", ""),
    Tried("07.3", scapys_pieces, "wrong", "the number of pieces: expected 1, got 2"),
    Tried("07.3", lambda p, mtu: p, "wrong", "expected a list of packets"),
    Tried("07.3", lambda p, mtu: [], "wrong", "expected a list of packets"),
    Tried("07.3", lambda p, mtu: [p], "wrong", "piece 1 of 1 has 1028 bytes, header included"),
    Tried("07.3", lambda p, mtu: cut_up(p, mtu + 20), "wrong", "header included"),
    Tried("07.3", lambda p, mtu: cut_up(p, min(mtu, 300)), "wrong", "the number of pieces: expected 2, got 4"),
    Tried("07.3", lambda p, mtu: cut_up(p[:-8], mtu), "wrong", "are not those of the packet"),
    Tried("07.3", lambda p, mtu: cut_up(p, mtu)[::-1], "wrong", "piece 1 of 2: expected MF = 1, got MF = 0"),
    Tried("07.3", lambda p, mtu: cut_up(p, mtu)[1:], "wrong", "expected Fragment Offset = 0, got"),
    Tried("07.3", lambda p, mtu: [p[20:][at : at + 576] for at in (0, 576)], "wrong", "piece 1 of 2: expected Version"),
    Tried("07.3", changed(lambda p: p[:6] + bytes([p[6] & 0x1F]) + p[7:]), "wrong", "expected MF = 1, got MF = 0"),
    Tried("07.3", changed(lambda p: p[:6] + bytes([p[6] | 0x40]) + p[7:]), "wrong", "expected DF = 0, got DF = 1"),
    Tried("07.3", changed(lambda p: p[:7] + bytes([p[7] * 8 % 256]) + p[8:]), "wrong", "Offset = 72 (byte 576), got"),
    Tried("07.3", changed(lambda p: p[:2] + b"\4\4" + p[4:]), "wrong", "expected Total Length = 596"),
    Tried("07.3", changed(lambda p: p[:1] + b"\0" + p[2:]), "wrong", "expected DSCP = 10, got DSCP = 0"),
    Tried("07.3", lambda p, mtu: [x[:10] + b"\1\2" + x[12:] for x in cut_up(p, mtu)], "wrong", "0x0102 (wrong: "),
    Tried("07.4", SOLVED["largest_datagram"], "passed", "each time the narrowest link"),
    Tried("07.4", halving, "passed", ""),
    Tried("07.4", by_what_the_kernel_refuses, "passed", ""),
    Tried("07.4", lambda host, address: 1472, "wrong", "1500, 1500 and 700: expected 672, got 1472. A later link"),
    Tried("07.4", lambda host, address: 672, "wrong", "1500, 1200 and 777: expected 749, got 672"),
    Tried("07.4", probing(2, str), "wrong", "expected 672, got '672'"),
    Tried("07.4", probing(2, lambda size: size + 28), "wrong", "got 700. The packet also has headers of IP and UDP"),
    Tried("07.4", probing(2, lambda size: size + 1), "wrong", "expected 672, got 673"),
    Tried("07.4", probing(2, lambda size: size, until_refused=False), "wrong", "expected 749, got 1172. A later link"),
    Tried("07.4", probing(0, lambda size: 672), "wrong", "packets were cut: forbid it with IP_PMTUDISC_DO"),
    Tried("07.4", tries_for_ever, "failed", "not finished after 3 s, and ended, in line", hangs=True),
    Tried("07.5", SOLVED["nobody_speaks_it"], "passed", "The Protocol byte named somebody who is not there"),
    Tried("07.5", brought_by_the_wire, "passed", ""),
    Tried("07.5", asked(200, b""), "passed", ""),
    Tried("07.5", asked(socket.IPPROTO_UDP, b"hello", 9), "wrong", "it does speak UDP"),
    Tried("07.5", asked(socket.IPPROTO_ICMP, bytes(ICMP())), "wrong", "The server sent ICMP of type and code (0, 0)"),
    Tried("07.5", silence, "wrong", "The server sent no ICMP"),
    Tried("07.5", written_by_the_wire, "wrong", "The server sent no ICMP"),
    Tried("07.5", written_by_a_program, "wrong", "A program of the server sent something"),
    Tried("07.5", lambda client, server, wire: None, "wrong", "Keep the line @experiment"),
]
