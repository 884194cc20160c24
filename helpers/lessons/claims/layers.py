"""C09 to C12: the layers of TCP/IP."""

from __future__ import annotations

import itertools
import socket
import struct
from typing import Any

from helpers.fields.frame import fields
from helpers.lab import experiment
from helpers.lessons.claims.claim import Cell, Claim
from helpers.trace import Frame, Trace

STACK = {
    "Ethernet": "link", "ARP": "link", "IPv4": "internet", "ICMP": "internet",
    "TCP": "transport", "UDP": "transport", "payload": "application",
}  # fmt: skip
"""The four layers of RFC 1122 §1.1.3, and what of them is in these frames."""
ORDER = ("link", "internet", "transport", "application")
PROTOCOL = 14 + 9
"""The place of that field in a frame: behind an Ethernet header and nine bytes (RFC 791 §3.1)."""
HEADERS = 14 + 20
"""Bytes of an Ethernet header and an IPv4 header without options."""
FOR_EXPERIMENTS = 253
SIOCGIFMTU = 0x8921


@experiment
def five_bytes_over_tcp(client: Any, server: Any, wire: Any) -> None:
    """A client sends five bytes over TCP."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    caller.sendall(b"hello")
    listener.accept()[0].recv(100)
    wire.wait_for("ACK", sender="server", payload=False)


def protocols(frame: Frame) -> list[str]:
    """The headers of a frame, from the outermost on, and what they carry."""
    return [name for name, _ in itertools.groupby(field.layer for field in fields(frame.data))]


def layers(trace: Trace) -> list[list[str]]:
    """For each frame the layers of its headers, from the outermost on; "?" for what belongs to none of the four."""
    return [[STACK.get(name, "?") for name in protocols(frame)] for frame in trace.frames]


def places(trace: Trace, protocol: str) -> set[int]:
    """Where in a frame that protocol's header stands, counted from 0."""
    return {found.index(protocol) for found in map(protocols, trace.frames) if protocol in found}


class C09(Claim):
    """The TCP/IP reference model sorts all protocols of the TCP/IP family into four abstract layers."""

    article = "TCP/IP协议参考模型把所有的TCP/IP系列协议归类到四个抽象层中"
    condition = "a layer is what RFC 1122 defines, a task, and not a place in a frame"
    instead = "By their place the protocols sort otherwise: ICMP stands where TCP stands, and ARP where IP does."
    sources = ("RFC 1122 §1.1.3",)
    seen_in = Cell("07_tcp_ip_layers", "layers-68")

    def support(self) -> bool:
        """a frame with four parts, one for each layer and in their order"""
        return list(ORDER) in layers(five_bytes_over_tcp())

    def counterexample(self) -> bool:
        """a message of ICMP, which the model puts beside IP, at the place in a frame where another one has TCP"""
        return places(four_protocols(), "ICMP") & places(five_bytes_over_tcp(), "TCP") != set()


@experiment
def mtu_is_lowered(client: Any, server: Any, wire: Any) -> None:
    """The MTU of an interface is changed while the wire is watched."""
    wire.settle()
    wire.mark("before")
    client.set_mtu("eth0", 600)
    wire.settle()
    wire.mark("after")


class C10(Claim):
    """(Protocols of the) data link layer: SLIP, CSLIP, PPP, MTU."""

    article = "数据链路层:SLIP,CSLIP,PPP,MTU"
    instead = (
        "MTU is a size: the longest packet that fits into one frame of a link. "
        "A protocol may tell it, as ICMP and PPP do; it is none itself."
    )
    sources = ("RFC 1122 §1.3.3", "netdevice(7)")
    seen_in = Cell("07_tcp_ip_layers", "layers-42")

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


@experiment
def four_protocols(client: Any, server: Any, wire: Any) -> None:
    """A packet of each of four protocols, each to a socket that waits for it."""
    for number in (1, 2, 88, 89):
        server.socket(socket.AF_INET, socket.SOCK_RAW, number)
        raw = client.socket(socket.AF_INET, socket.SOCK_RAW, number)
        raw.sendto(b"hello", ("10.0.0.2", 0))
        wire.settle()


def carried(trace: Trace) -> dict[int, list[str]]:
    """By protocol number: the headers of the packets that the client sent."""
    packets = [frame for frame in trace.frames if frame.sender == "client" and "IPv4" in protocols(frame)]
    return {frame.data[PROTOCOL]: protocols(frame) for frame in packets}


class C11(Claim):
    """(Protocols of the) network layer: IP, ICMP, OSPF, EIGRP, IGMP."""

    article = "网络层:IP,ICMP,OSPF,EIGRP,IGMP"
    instead = (
        "By their task the four stand beside IP: they serve it, and need no transport. "
        "By their place they ride inside IP packets, as TCP and UDP do."
    )
    sources = ("RFC 792", "RFC 9776 §4", "RFC 2328 §A.1", "RFC 7868 §6.1")
    seen_in = Cell("07_tcp_ip_layers", "layers-54")

    def support(self) -> bool:
        """a message of each of the four without a transport header before it"""
        headers = carried(four_protocols())
        return headers.keys() == {1, 2, 88, 89} and not any({"UDP", "TCP"} & set(each) for each in headers.values())

    def counterexample(self) -> bool:
        """a message of each of the four that an IP header carries, as it carries TCP and UDP"""
        headers = carried(four_protocols())
        inside = all(each[:2] == ["Ethernet", "IPv4"] for each in headers.values())
        return headers.keys() == {1, 2, 88, 89} and inside


@experiment
def five_bytes_over_ip(client: Any, server: Any, wire: Any) -> None:
    """Five bytes in an IP packet with a protocol number for experiments (RFC 3692 §2.1), and no transport."""
    waiting = server.socket(socket.AF_INET, socket.SOCK_RAW, FOR_EXPERIMENTS)
    client.socket(socket.AF_INET, socket.SOCK_RAW, FOR_EXPERIMENTS).sendto(b"hello", ("10.0.0.2", 0))
    waiting.recv(100)


class C12(Claim):
    """Each abstract layer builds on the services of the layer below it, and serves the layer above it."""

    article = "每一抽象层建立在低一层提供的服务上,并且为高一层提供服务"
    condition = "no program reaches past a layer"
    instead = "A raw socket does: it puts the application's bytes into an IP packet, without any transport."
    sources = ("RFC 1122 §1.1.3", "raw(7)")
    seen_in = Cell("07_tcp_ip_layers", "layers-66")

    def support(self) -> bool:
        """a frame in which each of the four layers carries the next"""
        return list(ORDER) in layers(five_bytes_over_tcp())

    def counterexample(self) -> bool:
        """a program's five bytes that come right behind the IP header, and reach another program"""
        trace = five_bytes_over_ip()
        behind_ip = [frame.data[HEADERS:] for frame in trace.frames if "IPv4" in protocols(frame)]
        return behind_ip == [b"hello"] and f"({20 + len(b'hello')} bytes)" in trace.call("recv").result
