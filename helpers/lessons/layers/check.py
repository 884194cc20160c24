"""Checkers of notebook 07: each looks at bytes that a reader's function makes, or at what real kernels do with them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert, IPOption_RR
from scapy.layers.l2 import Ether

from helpers.fields.internet_checksum import checksum
from helpers.lab import Experiment, Host, Wire, why_unavailable
from helpers.study.checking import NeedsLiveLab, Wrong, exercise
from helpers.study.live import live_trace

_HEADER = 20
"""Bytes of an IP header without options."""
_TTL, _CHECKSUM = 8, slice(10, 12)
_FLAGS = 6
"""The byte of an IP header that begins with the reserved bit, DF and MF."""
_KEPT = {
    "DSCP or ECN": slice(1, 2),
    "Identification": slice(4, 6),
    "Time to Live": slice(8, 9),
    "Protocol": slice(9, 10),
}
"""What each fragment has from its packet, besides the addresses (RFC 791, section 3.2)."""
_UDP_HEADER = 8
_UNIT = 8
"""Of the fragment offset (RFC 791, section 3.1)."""

Cut = Callable[[bytes, int], Sequence[bytes]]


@exercise("07.1", "a router's work on a packet")
def work_of_a_router(next_hop: Callable[[bytes], bytes | None]) -> str:
    """One hop less to live, a checksum that is right again, and nothing else (RFC 1812, section 5.3.1)."""
    route = [IPOption_RR(routers=["10.0.0.254"]), IPOption_Router_Alert()]
    for packet in (
        IP(src="10.0.0.1", dst="10.0.1.2", ttl=64, id=7) / UDP(sport=40001, dport=9) / b"hello",
        IP(src="10.0.0.1", dst="10.0.1.2", ttl=2, id=0x4B40, options=route) / UDP(sport=40001, dport=9) / b"odd",
        IP(src="192.0.2.1", dst="10.0.1.2", ttl=255, id=0xFFFF, proto=6) / bytes(range(40)),
    ):
        _compare_hop(bytes(packet), next_hop(bytes(packet)))
    for ttl in (1, 0):
        last = bytes(IP(src="10.0.0.1", dst="10.0.1.2", ttl=ttl) / UDP())
        if (answer := next_hop(last)) is not None:
            raise Wrong(f"A packet with TTL {ttl} must not go on: return None, and not {_shown(answer)}.")
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
        if not isinstance(answer, bytes):
            raise Wrong(f"For {what} return bytes; you returned {answer!r}.")
        if answer != data:
            _explain_payload(what, answer, data, filling)
    return "Length fields, one inside the other: nobody needs to search for the end."


@exercise("07.3", "cut a packet into fragments")
def fragments_of_a_packet(cut_up: Cut) -> str:
    """The pieces fit together by their headers; where the lab runs, a kernel puts them together."""
    for size, mtu in ((1008, 600), (3008, 1500), (1000, 601), (556, 576), (580, 600), (24, 28)):
        data = bytes(i % 251 for i in range(size))
        packet = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=4711, ttl=61, proto=17) / data)
        _compare_fragments(f"cut_up(a packet of {len(packet)} bytes, {mtu})", cut_up(packet, mtu), packet, mtu)
    if why_unavailable():
        return "The headers are right. (Where the lab runs live, a kernel is asked, too.)"
    data = bytes(i % 249 for i in range(3000))
    packet = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=4711) / UDP(sport=40001, dport=40002) / data)
    if _put_together(cut_up(packet, 600)[::-1]) != data:
        raise Wrong("The headers look right, but a lab host's kernel did not put the pieces together.")
    return "A kernel got them last piece first, and its program read all 3000 bytes."


@exercise("07.4", "the largest datagram of a path")
def largest_of_a_path(largest_datagram: Callable[[Host, tuple[str, int]], int]) -> str:
    """Paths of three links, of which the checker chooses the MTUs."""
    if reason := why_unavailable():
        raise NeedsLiveLab(reason)
    for middle, last in ((1500, 700), (1200, 777), (1500, 1500)):
        answer, cut = _asked_on_a_path(largest_datagram, middle, last)
        _compare_largest(answer, cut, middle, last)
    return "Three paths, and each time the narrowest link."


@exercise("07.5", "a protocol that nobody speaks")
def unknown_protocol(nobody_speaks_it: Experiment) -> str:
    """The server's own kernel has sent ICMP type 3, code 2."""
    trace = live_trace(nobody_speaks_it)
    sent = [Ether(frame.data)[ICMP] for frame in trace.frames if frame.sender == "server" and ICMP in Ether(frame.data)]
    errors = [icmp for icmp in sent if icmp.type == 3]
    if any(icmp.code == 2 for icmp in errors):
        return "The Protocol byte named somebody who is not there."
    if any(icmp.code == 3 for icmp in errors):
        raise Wrong("The server answered «port unreachable»: it does speak UDP. Send a protocol that it does not.")
    if sent:
        raise Wrong(f"The server sent ICMP of type {sent[0].type}, code {sent[0].code}, and not 3, 2.")
    raise Wrong(
        "The server sent no ICMP. A raw socket of the client with protocol 253, say, sends IP packets with that number."
    )


def _shown(answer: object) -> str:
    return f"{len(answer)} bytes" if isinstance(answer, bytes) else repr(answer)


def _right_checksum(packet: bytes) -> bytes:
    """The checksum that an IP header should have."""
    header = bytearray(packet[: 4 * (packet[0] & 0x0F)])
    header[_CHECKSUM] = bytes(2)
    return checksum(bytes(header)).to_bytes(2, "big")


def _compare_hop(packet: bytes, answer: object) -> None:
    """Raises Wrong if this is not what a router makes of the packet."""
    if isinstance(answer, bytearray | str | list | tuple):
        raise Wrong(f"Return bytes, and not a {type(answer).__name__}.")
    if not isinstance(answer, bytes) or len(answer) != len(packet):
        raise Wrong(f"For a packet of {len(packet)} bytes return as many; you returned {_shown(answer)}.")
    if answer[_TTL] != packet[_TTL] - 1:
        raise Wrong(f"The packet came with TTL {packet[_TTL]}; yours goes on with {answer[_TTL]}.")
    rest = bytearray(packet)
    rest[_TTL], rest[_CHECKSUM] = answer[_TTL], answer[_CHECKSUM]
    if bytes(rest) != answer:
        place = next(at for at, (one, other) in enumerate(zip(rest, answer, strict=True)) if one != other)
        raise Wrong(f"Byte {place} has changed: besides TTL and checksum a router leaves everything as it is.")
    mine, right = answer[_CHECKSUM], _right_checksum(answer)
    if mine == right:
        return
    length = 4 * (packet[0] & 0x0F)
    seen = f"The header's checksum is 0x{mine.hex()} and should be 0x{right.hex()}:"
    if mine == packet[_CHECKSUM]:
        raise Wrong(f"{seen} it is still the one for the old TTL.")
    if mine == right[::-1]:
        raise Wrong(f"{seen} the higher byte comes first.")
    if mine == checksum(answer[:10] + packet[_CHECKSUM] + answer[12:length]).to_bytes(2, "big"):
        raise Wrong(f"{seen} while you compute it, its own field counts as zero.")
    if length > _HEADER and mine == checksum(answer[:10] + bytes(2) + answer[12:_HEADER]).to_bytes(2, "big"):
        raise Wrong(f"{seen} this header has options and {length} bytes; its length is in the first byte.")
    if mine == checksum(answer[:10] + bytes(2) + answer[12:]).to_bytes(2, "big"):
        raise Wrong(f"{seen} it covers the header alone, not the data.")
    raise Wrong(f"{seen} make the field zero, add up the header's 16-bit words, turn the bits over.")


def _explain_payload(what: str, answer: bytes, data: bytes, filling: int) -> None:
    """Raises Wrong with what is wrong about another payload."""
    seen = f"For {what} you returned {len(answer)} bytes, {answer[:24]!r}."
    if filling and answer == data + bytes(filling):
        raise Wrong(f"{seen} The last {filling} only fill up the frame: IP's Total Length says where the packet ends.")
    if data and answer.endswith(data):
        raise Wrong(f"{seen} The data begin {len(answer) - len(data)} bytes later: each header says how long it is.")
    raise Wrong(
        f"{seen} It should be {data!r}. IP's header length is in the low half of its first byte, TCP's in the high "
        "half of its byte 12, both in words of four bytes."
    )


def _compare_fragments(asked: str, answer: object, packet: bytes, mtu: int) -> None:
    """Raises Wrong if the pieces are not fragments of the packet."""
    if not isinstance(answer, list | tuple) or not all(isinstance(piece, bytes) for piece in answer) or not answer:
        raise Wrong(f"{asked} must return a list of packets, each as bytes; you returned {answer!r:.80}.")
    pieces = [_Piece(asked, number, piece) for number, piece in enumerate(answer, 1)]
    for piece in pieces:
        piece.compare(packet, mtu)
    if pieces[0].offset:
        raise Wrong(f"{asked}: the first piece has offset {pieces[0].offset}, and not 0.")
    for one, other in pairwise(pieces):
        if other.offset != one.offset + len(one.data) // _UNIT:
            right = one.offset + len(one.data) // _UNIT
            raise Wrong(
                f"{asked}: piece {other.number} has offset {other.offset}; in units of 8 bytes {right} is next."
            )
    if [piece.more for piece in pieces] != [True] * (len(pieces) - 1) + [False]:
        raise Wrong(f"{asked}: MF is 1 in every piece but the last; yours are {[int(piece.more) for piece in pieces]}.")
    if b"".join(piece.data for piece in pieces) != packet[_HEADER:]:
        raise Wrong(f"{asked}: the pieces' data together are not those of the packet.")
    if len(pieces) > (fewest := _fewest(len(packet) - _HEADER, mtu - _HEADER)):
        raise Wrong(f"{asked} gave {len(pieces)} pieces; {fewest} {'are' if fewest > 1 else 'is'} enough.")


def _fewest(data: int, room: int) -> int:
    """How many pieces are needed; only the last may use the room whose size is no multiple of 8."""
    pieces = 1
    while (pieces - 1) * (room // _UNIT * _UNIT) + room < data:
        pieces += 1
    return pieces


class _Piece:
    """One packet of a reader's list, read."""

    def __init__(self, asked: str, number: int, piece: bytes) -> None:
        """Raises Wrong if it has no header."""
        self.asked, self.number, self.piece = asked, number, piece
        if len(piece) <= _HEADER or piece[0] != 0x45:
            raise Wrong(f"{asked}: piece {number} is no packet: each has a header of 20 bytes, and data behind it.")
        self.length, _, word = struct.unpack(">HHH", piece[2:8])
        self.more, self.offset = bool(word & 0x2000), word & 0x1FFF
        self.data = piece[_HEADER:]

    def compare(self, packet: bytes, mtu: int) -> None:
        """Raises Wrong if this alone cannot be a fragment of the packet."""
        here = f"{self.asked}: piece {self.number}"
        if len(self.piece) > mtu:
            raise Wrong(f"{here} has {len(self.piece)} bytes, header included.")
        if self.length != len(self.piece):
            raise Wrong(f"{here} says in Total Length that it has {self.length} bytes, and has {len(self.piece)}.")
        for name, place in _KEPT.items():
            if self.piece[place] != packet[place]:
                raise Wrong(f"{here} has another {name} than the packet.")
        if self.piece[_FLAGS] & 0xC0:
            raise Wrong(f"{here} has DF or the reserved bit set: the packet has neither.")
        if self.piece[12:_HEADER] != packet[12:_HEADER]:
            raise Wrong(f"{here} has other addresses than the packet.")
        if self.more and len(self.data) % _UNIT:
            raise Wrong(f"{here} carries {len(self.data)} bytes: all but the last must carry a multiple of 8.")
        if self.piece[_CHECKSUM] != _right_checksum(self.piece):
            raise Wrong(f"{here} has a wrong header checksum: its header is not the packet's.")


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


_PATH = {
    "client": ("10.0.0.1",),
    "near": ("10.0.0.254", "10.0.1.254"),
    "far": ("10.0.1.253", "10.0.2.253"),
    "server": ("10.0.2.2",),
}


def _asked_on_a_path(function: Callable[[Host, tuple[str, int]], int], middle: int, last: int) -> tuple[object, bool]:
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


def _compare_largest(answer: object, cut: bool, middle: int, last: int) -> None:
    """Raises Wrong if it is another number, or was found by cutting."""
    narrowest = min(middle, last, 1500)
    right = narrowest - _HEADER - _UDP_HEADER
    path = f"On a path of links with MTU 1500, {middle} and {last}"
    if not isinstance(answer, int):
        raise Wrong(f"{path} you returned {answer!r}: return a number.")
    if answer == right and not cut:
        return
    seen = f"{path} you returned {answer}."
    if answer in (narrowest, narrowest - _HEADER):
        raise Wrong(f"{seen} The packet also has headers of IP and UDP, 20 and 8 bytes.")
    if answer == 1500 - _HEADER - _UDP_HEADER:
        raise Wrong(f"{seen} That fits into the first link. Wait for the error that comes from further on.")
    if answer == middle - _HEADER - _UDP_HEADER:
        raise Wrong(f"{seen} A later link is narrower still: go on until a probe comes through.")
    if cut:
        raise Wrong(f"{seen} On the way packets were cut: forbid it with IP_PMTUDISC_DO.")
    raise Wrong(f"{seen} {'Smaller than need be' if answer < right else 'Too large'}: it is {right}.")
