"""C09 to C12, C20 to C23 and C40: the layers of TCP/IP, and the three-way handshake.

All between two hosts: only their wire shows frames, and can hold a segment while both kernels' states are looked at.
A header is told by the dissection of frames that the pictures use, too; so claims and pictures cannot disagree.
"""

from __future__ import annotations

import itertools
import socket
import struct

from helpers.fields.frame import fields
from helpers.fields.tcp_states import LINUX_NAMES, STATES
from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.experiments import (
    FOR_EXPERIMENTS,
    an_old_syn_comes,
    data_in_the_syn,
    lost_then_closed,
    mtu_is_lowered,
    raw_packets,
    states,
    three_segments_held,
)
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


def four_layers() -> bool:
    """Whether a frame has a part for each layer, in their order; "?" belongs to none of the four."""
    return ORDER in [[STACK.get(name, "?") for name in protocols(frame)] for frame in lost_then_closed().frames]


def places(trace: Trace, protocol: str) -> set[int]:
    """Where in a frame that protocol's header stands, counted from 0."""
    return {headers.index(protocol) for headers in map(protocols, trace.frames) if protocol in headers}


def packets(trace: Trace, *numbers: int) -> list[Frame]:
    """The client's IP packets of these protocols."""
    ip = [frame for frame in trace.frames if frame.sender == "client" and "IPv4" in protocols(frame)]
    return [frame for frame in ip if frame.data[PROTOCOL] in numbers]


class C09(Claim):
    def support(self) -> bool:
        """a frame with four parts, one for each layer and in their order"""
        return four_layers()

    def counterexample(self) -> bool:
        """a message of ICMP, which the model puts beside IP, at the place in a frame where another one has TCP"""
        return places(raw_packets(), "ICMP") & places(lost_then_closed(), "TCP") != set()


class C10(Claim):
    def support(self) -> bool:
        """a frame that a change of the MTU has put on the link"""
        trace = mtu_is_lowered()
        return any(trace.mark_time("before") < frame.sent < trace.mark_time("after") for frame in trace.frames)

    def counterexample(self) -> bool:
        """an interface whose MTU the kernel tells as a plain number"""
        import fcntl  # not in Windows

        with socket.socket() as any_socket:
            reply = fcntl.ioctl(any_socket, SIOCGIFMTU, struct.pack("16s16x", b"lo"))
        return bool(struct.unpack_from("i", reply, 16)[0] > 0)


class C11(Claim):
    def support(self) -> bool:
        """a message of each of the four without a transport header before it"""
        headers = list(map(protocols, packets(raw_packets(), *BESIDE_IP)))
        return len(headers) == 4 and not any({"UDP", "TCP"} & set(each) for each in headers)

    def counterexample(self) -> bool:
        """a message of each of the four that an IP header carries, as it carries TCP and UDP"""
        return [protocols(each)[:2] for each in packets(raw_packets(), *BESIDE_IP)] == [["Ethernet", "IPv4"]] * 4


class C12(Claim):
    def support(self) -> bool:
        """a frame in which each of the four layers carries the next"""
        return four_layers()

    def counterexample(self) -> bool:
        """a program's five bytes that come right behind the IP header, and reach another program"""
        trace = raw_packets()
        behind_ip = [frame.data[HEADERS:] for frame in packets(trace, FOR_EXPERIMENTS)]
        return behind_ip == [b"hello"] and f"({20 + len(b'hello')} bytes)" in trace.call("recv").result


class C20(Claim):
    def support(self) -> bool:
        """a handshake in which the numbers go on as the article says"""
        (_, syn), (_, syn_ack), (_, ack) = three_segments_held().segments(absolute=True)[:3]
        return syn_ack.ack == (syn.seq + 1) % 2**32 and ack.ack == (syn_ack.seq + 1) % 2**32

    def counterexample(self) -> bool:
        """a SYN that brings five bytes, and is acknowledged with j+6"""
        (_, syn), (_, syn_ack) = data_in_the_syn().segments(absolute=True)[:2]
        return len(syn.payload) == 5 and syn_ack.ack == (syn.seq + 6) % 2**32


class C21(Claim):
    def support(self) -> bool:
        """a state SYN-SEND among those of RFC 9293 and of Linux"""
        return "SYN-SEND" in {*STATES, *LINUX_NAMES.values()}

    def counterexample(self) -> bool:
        """a client that waits in SYN-SENT while its SYN is held"""
        return states(three_segments_held(), "SYN held")[0] == "SYN-SENT"


class C22(Claim):
    def support(self) -> bool:
        """an entry of the server's table in SYN-RECEIVED, while the third segment is held"""
        return states(three_segments_held(), "ACK held")[1] == "SYN-RECEIVED"

    def counterexample(self) -> bool:
        """that this entry has no inode: there is no socket yet"""
        rows = three_segments_held().table("server", at="ACK held").rows
        return [row.inode for row in rows if row.state == "SYN-RECEIVED"] == [0]


class C23(Claim):
    def support(self) -> bool:
        """both ends in ESTABLISHED when all three have come"""
        return states(three_segments_held(), "all delivered") == ["ESTABLISHED", "ESTABLISHED"]

    def counterexample(self) -> bool:
        """a client in ESTABLISHED while the third segment is held, and the server is not"""
        return states(three_segments_held(), "ACK held") == ["ESTABLISHED", "SYN-RECEIVED"]


class C40(Claim):
    def support(self) -> bool:
        """an old SYN that opens no connection: the client answers the server's SYN ACK with RST, not with an ACK"""
        trace = an_old_syn_comes()
        answers = [segment.flags for frame, segment in trace.segments() if frame.sender == "client"]
        return "RST" in answers and states(trace, "the client has answered")[1] == "LISTEN"

    def counterexample(self) -> bool:
        """data that are lost after the handshake, and arrive all the same, without another handshake"""
        trace = lost_then_closed()
        syns = [segment for _, segment in trace.segments() if segment.flags == "SYN"]
        lost = [frame.lost for frame, segment in trace.segments() if segment.payload]
        return len(syns) == 1 and lost[0] and trace.call("recv").result == "b'hello'"
