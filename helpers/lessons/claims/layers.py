"""C09 to C12: the layers of TCP/IP.

A header is told by the dissection of frames that the pictures use, too; so claims and pictures cannot disagree.
"""

from __future__ import annotations

import itertools
import socket
import struct

from helpers.fields.frame import fields
from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.experiments import FOR_EXPERIMENTS, lost_then_closed, mtu_is_lowered, raw_packets
from helpers.trace import Frame, Trace

STACK = {
    "Ethernet": "link", "ARP": "link", "IPv4": "internet", "ICMP": "internet",
    "TCP": "transport", "UDP": "transport", "payload": "application",
}  # fmt: skip
"""The four layers of RFC 1122 §1.1.3, and what of them is in these frames."""
ORDER = ["link", "internet", "transport", "application"]
PROTOCOL = 14 + 9
"""The place of that field in a frame: behind an Ethernet header and nine bytes (RFC 791 §3.1)."""
HEADERS = 14 + 20
"""Bytes of an Ethernet header and an IPv4 header without options."""
BESIDE_IP = (1, 2, 88, 89)
"""The protocol numbers of ICMP, IGMP, EIGRP and OSPF (IANA, Protocol Numbers)."""
SIOCGIFMTU = 0x8921


def protocols(frame: Frame) -> list[str]:
    """The headers of a frame, from the outermost on, and what they carry."""
    return [name for name, _ in itertools.groupby(field.layer for field in fields(frame.data))]


def has_four_layers(trace: Trace) -> bool:
    """Whether one of its frames has a part for each layer, in their order; "?" belongs to none of the four."""
    return ORDER in [[STACK.get(name, "?") for name in protocols(frame)] for frame in trace.frames]


def places(trace: Trace, protocol: str) -> set[int]:
    """Where in a frame that protocol's header stands, counted from 0."""
    return {found.index(protocol) for found in map(protocols, trace.frames) if protocol in found}


class C09(Claim):
    def support(self) -> bool:
        """a frame with four parts, one for each layer and in their order"""
        return has_four_layers(lost_then_closed())

    def counterexample(self) -> bool:
        """a message of ICMP, which the model puts beside IP, at the place in a frame where another one has TCP"""
        return places(raw_packets(), "ICMP") & places(lost_then_closed(), "TCP") != set()


class C10(Claim):
    def support(self) -> bool:
        """a frame that a change of the MTU has put on the link"""
        trace = mtu_is_lowered()
        before, after = trace.mark_time("before"), trace.mark_time("after")
        return any(before < frame.sent < after for frame in trace.frames)

    def counterexample(self) -> bool:
        """an interface whose MTU the kernel tells as a plain number"""
        import fcntl  # not in Windows

        with socket.socket() as any_socket:
            reply = fcntl.ioctl(any_socket, SIOCGIFMTU, struct.pack("16s16x", b"lo"))
        (mtu,) = struct.unpack_from("i", reply, 16)
        return bool(mtu > 0)


def beside_ip() -> list[list[str]]:
    """The headers of the client's packets of ICMP, IGMP, EIGRP and OSPF, a packet of each."""
    packets = [frame for frame in raw_packets().frames if frame.sender == "client" and _number(frame) in BESIDE_IP]
    return list(map(protocols, packets))


def _number(frame: Frame) -> int | None:
    return frame.data[PROTOCOL] if "IPv4" in protocols(frame) else None


class C11(Claim):
    def support(self) -> bool:
        """a message of each of the four without a transport header before it"""
        headers = beside_ip()
        return len(headers) == 4 and not any({"UDP", "TCP"} & set(each) for each in headers)

    def counterexample(self) -> bool:
        """a message of each of the four that an IP header carries, as it carries TCP and UDP"""
        return [each[:2] for each in beside_ip()] == [["Ethernet", "IPv4"]] * 4


class C12(Claim):
    def support(self) -> bool:
        """a frame in which each of the four layers carries the next"""
        return has_four_layers(lost_then_closed())

    def counterexample(self) -> bool:
        """a program's five bytes that come right behind the IP header, and reach another program"""
        trace = raw_packets()
        behind_ip = [frame.data[HEADERS:] for frame in trace.frames if _number(frame) == FOR_EXPERIMENTS]
        return behind_ip == [b"hello"] and f"({20 + len(b'hello')} bytes)" in trace.call("recv").result
