"""Checkers of notebook 07: each looks at bytes that a reader's function makes, or at what real kernels do with them.

Packets are compared by the course's own dissection: the first field that differs is what a reader can look for, where
two rows of hexadecimal digits are not. What only a kernel can say is asked of hosts in the lab.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert, IPOption_RR
from scapy.layers.l2 import Ether

from helpers.fields.frame import fields
from helpers.lab import Experiment, Host, Wire, why_unavailable
from helpers.study.checking import NeedsLiveLab, Wrong, exercise, expect
from helpers.study.live import live_trace

_HEADER, _HEADERS = 20, 28
"""Bytes of an IP header without options, and of IP's and UDP's together."""


def _compare(case: str, answer: object, wanted: bytes) -> None:
    """Raises Wrong with the first field of an IPv4 packet that is another, or that is not there."""
    if not isinstance(answer, bytes | bytearray):
        raise Wrong(f"{case}: expected a packet (bytes), got {answer!r:.80}.")
    ours, theirs = fields(wanted, "ip"), fields(bytes(answer), "ip")
    for right, read in zip(ours, theirs, strict=False):
        if (read.name, read.value) != (right.name, right.value):
            raise Wrong(f"{case}: expected {right.name} = {right.value}, got {read.name} = {read.value}.")
    expect(len(answer), len(wanted), f"{case}: bytes of the packet")
    expect(bytes(answer), wanted, case)


@exercise("07.1", "a router's work on a packet")
def work_of_a_router(next_hop: Callable[[bytes], bytes | None]) -> str:
    """One hop less to live, a checksum that is right again, and nothing else (RFC 1812, section 5.3.1)."""
    udp = UDP(sport=40001, dport=9)
    route = [IPOption_RR(routers=["10.0.0.254"]), IPOption_Router_Alert()]
    for what, packet in (
        ("", IP(src="10.0.0.1", dst="10.0.1.2", ttl=64, id=7) / udp / b"hello"),
        (" and options", IP(src="10.0.0.1", dst="10.0.1.2", ttl=2, id=0x4B40, options=route) / udp / b"odd"),
        ("", IP(src="192.0.2.1", dst="10.0.1.2", ttl=255, id=0xFFFF, proto=6) / bytes(range(40))),
        # Its checksum is 0xffb4: whoever only adds to it must carry (RFC 1624).
        (" and checksum 0xffb4", IP(src="10.0.0.1", dst="10.0.1.2", ttl=64, id=0x6615) / udp / b"hello"),
    ):
        wanted = packet.copy()
        wanted.ttl -= 1
        _compare(f"For a packet with TTL {packet.ttl}{what}", next_hop(bytes(packet)), bytes(wanted))
    for ttl in (1, 0):
        last = bytes(IP(src="10.0.0.1", dst="10.0.1.2", ttl=ttl) / UDP())
        expect(next_hop(last), None, f"for a packet with TTL {ttl}", "It must not go on.")
    return "And for the packet whose time was over, a router sends ICMP «time exceeded»."


@exercise("07.2", "what the application sent")
def payload_of_a_frame(tcp_payload: Callable[[bytes], bytes]) -> str:
    """Both headers say how long they are, and IP how long the packet is."""
    clock: list[tuple[str, Any]] = [("NOP", None), ("NOP", None), ("Timestamp", (7, 9))]
    head, ip = Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01"), IP(src="10.0.0.1", dst="10.0.0.2")
    with_route = IP(src="10.0.0.1", dst="10.0.0.2", options=[IPOption_RR(routers=["10.0.0.254"])])
    tcp, tcp_with_clock = (TCP(sport=40001, dport=80, flags="PA", options=options) for options in ([], clock))
    for what, packet, data, filling in (
        ("TCP without options", ip / tcp, b"GET / HTTP/1.0\r\n\r\n", 0),
        ("options in the TCP header", ip / tcp_with_clock, b"GET / HTTP/1.0\r\n\r\n", 0),
        ("options in the IP header", with_route / tcp_with_clock, b"hello", 0),
        ("a frame that is filled up", ip / tcp, b"hi\0", 3),
        ("a segment without data", ip / tcp, b"", 6),
    ):
        answer = tcp_payload(bytes(head / packet / data) + bytes(filling))
        hint = ""
        if filling and answer == data + bytes(filling):
            hint = "The last bytes only fill up the frame: IP's Total Length says where the packet ends."
        elif data and isinstance(answer, bytes) and answer.endswith(data):
            hint = "Yours begin too early: each header says how long it is, in words of four bytes."
        expect(bytes(answer) if isinstance(answer, bytearray) else answer, data, f"for {what}", hint)
    return "Length fields, one inside the other: nobody needs to search for the end."


@exercise("07.3", "cut a packet into fragments")
def fragments_of_a_packet(cut_up: Callable[[bytes, int], Sequence[bytes]]) -> str:
    """The pieces fit together by their headers; where the lab runs, a kernel puts them together."""
    for size, mtu in ((1008, 600), (3008, 1500), (1000, 601), (556, 576), (580, 600), (24, 28), (1157, 601)):
        data = bytes(i % 251 for i in range(size))
        packet = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=4711, ttl=61, tos=0x28, proto=17) / data)
        _compare_fragments(f"Of a packet of {len(packet)} bytes and MTU {mtu}", cut_up(packet, mtu), packet, mtu)
    if why_unavailable():
        return "The headers are right. (Where the lab runs live, a kernel is asked, too.)"
    data = bytes(i % 249 for i in range(3000))
    packet = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=4711) / UDP(sport=40001, dport=40002) / data)
    if _put_together(cut_up(packet, 600)[::-1]) != data:
        raise Wrong("The headers look right, but a lab host's kernel did not put the pieces together.")
    return "A kernel got them last piece first, and its program read all 3000 bytes."


def _compare_fragments(case: str, answer: object, packet: bytes, mtu: int) -> None:
    """Raises Wrong if the pieces are not the packet's fragments, in order (RFC 791, section 3.2)."""
    if not isinstance(answer, list | tuple) or not answer:
        raise Wrong(f"{case}: expected a list of packets, got {answer!r:.80}.")
    start, room = 0, mtu - _HEADER
    for number, piece in enumerate(answer, 1):
        part = bytes(piece[_HEADER:])
        more = number < len(answer)
        here = f"{case}, piece {number} of {len(answer)}"
        if len(piece) > mtu:
            raise Wrong(f"{here} has {len(piece)} bytes, header included.")
        header = IP(packet[:_HEADER])
        header.len, header.frag, header.flags, header.chksum = None, start // 8, "MF" if more else 0, None
        _compare(here, piece, bytes(header / part))
        if more and len(part) % 8:
            raise Wrong(f"{here} carries {len(part)} bytes: all but the last must carry a multiple of 8.")
        start += len(part)
    if b"".join(piece[_HEADER:] for piece in answer) != packet[_HEADER:]:
        raise Wrong(f"{case}: the pieces' data together are not those of the packet.")
    fewest = 1
    while (fewest - 1) * (room // 8 * 8) + room < start:  # only the last piece may use room that is no multiple of 8
        fewest += 1
    expect(len(answer), fewest, f"{case}: the number of pieces")


def _put_together(pieces: Sequence[bytes]) -> bytes | None:
    """What a program of a lab host reads when its kernel gets these pieces, in this order; None if nothing."""
    read: list[bytes] = []

    def deliver(client: Host, server: Host, wire: Wire) -> None:
        service = server.socket(type=socket.SOCK_DGRAM)
        service.bind(("10.0.0.2", 40002))
        service.settimeout(2)
        for piece in pieces:
            wire.inject(IP(piece), to="server")
        try:
            read.append(service.recv(5000))
        except TimeoutError:
            return

    Experiment(deliver, {"client": ("10.0.0.1",), "server": ("10.0.0.2",)}).run()
    return read[0] if read else None


@exercise("07.4", "the largest datagram of a path")
def largest_of_a_path(largest_datagram: Callable[[Host, tuple[str, int]], int]) -> str:
    """Paths of three links, of which the checker chooses the MTUs."""
    if reason := why_unavailable():
        raise NeedsLiveLab(reason)
    for middle, last in ((1500, 700), (1200, 777), (1500, 1500)):
        answer, cut = _tried_on_a_path(largest_datagram, middle, last)
        path = f"on a path of links with MTU 1500, {middle} and {last}"
        hint = "The packet also has headers of IP and UDP, 20 and 8 bytes." if answer == min(middle, last) else ""
        if answer == middle - _HEADERS:
            hint = "A later link is narrower still: go on until a probe comes through."
        expect(answer, min(middle, last) - _HEADERS, path, hint)
        if cut:
            raise Wrong(f"{path[0].upper()}{path[1:]} packets were cut: forbid it with IP_PMTUDISC_DO.")
    return "Three paths, and each time the narrowest link."


_PATH = {
    "client": ("10.0.0.1",),
    "near": ("10.0.0.254", "10.0.1.254"),
    "far": ("10.0.1.253", "10.0.2.253"),
    "server": ("10.0.2.2",),
}


def _tried_on_a_path(function: Callable[[Host, tuple[str, int]], int], middle: int, last: int) -> tuple[object, bool]:
    """What the function says of a path whose second and third link have these MTUs, and whether a packet was cut."""
    found: list[object] = []

    def ask(client: Host, near: Host, far: Host, server: Host, wire: Wire) -> None:
        for router in (near, far):
            router.forward()
        client.add_route("default", via="10.0.0.254")
        near.add_route("10.0.2.0/24", via="10.0.1.253")
        far.add_route("10.0.0.0/24", via="10.0.1.254")
        server.add_route("default", via="10.0.2.253")
        for host, interface, size in ((near, "eth1", middle), (far, "eth0", middle), (far, "eth1", last)):
            host.set_mtu(interface, size)
        server.set_mtu("eth0", last)
        server.write("/proc/sys/net/ipv4/icmp_ratelimit", "0")  # every probe gets its answer
        found.append(function(client, ("10.0.2.2", 40002)))

    trace = Experiment(ask, _PATH).run()
    packets = [Ether(frame.data)[IP] for frame in trace.frames if IP in Ether(frame.data)]
    return found[0], any(packet.flags.MF or packet.frag for packet in packets)


@exercise("07.5", "a protocol that nobody speaks")
def unknown_protocol(nobody_speaks_it: Experiment) -> str:
    """The server's own kernel has sent ICMP type 3, code 2."""
    trace = live_trace(nobody_speaks_it)
    if any(call.host == "server" and call.name.startswith("send") for call in trace.calls):
        raise Wrong("A program of the server sent something. Let its kernel alone answer.")
    sent = [Ether(frame.data)[ICMP] for frame in trace.frames if frame.sender == "server" and ICMP in Ether(frame.data)]
    kinds = sorted({(icmp.type, icmp.code) for icmp in sent})
    if (3, 2) in kinds:
        return "The Protocol byte named somebody who is not there."
    if (3, 3) in kinds:
        raise Wrong("The server answered «port unreachable»: it does speak UDP. Send a protocol that it does not.")
    seen = f"ICMP of type and code {', '.join(map(str, kinds))}" if kinds else "no ICMP"
    raise Wrong(f"The server sent {seen}, and not (3, 2). A raw socket with protocol 253 sends packets of that number.")
