"""C09 to C12: the layers of TCP/IP."""

from __future__ import annotations

import itertools
import socket
import struct
from typing import Any

from helpers.claims.claim import Cell, Claim
from helpers.lab import experiment
from helpers.protocols.frame_fields import fields
from helpers.trace import Frame, Trace

STACK = {
    "Ethernet": "link", "ARP": "link", "IPv4": "internet", "ICMP": "internet",
    "TCP": "transport", "UDP": "transport", "payload": "application",
}  # fmt: skip
"""The four layers of RFC 1122 §1.1.3, and what of them is in these frames."""
ORDER = ("link", "internet", "transport", "application")
PROTOCOL = 14 + 9
"""The place of that field in a frame: behind an Ethernet header and nine bytes (RFC 791 §3.1)."""
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


class C09(Claim):
    """TCP/IP has four layers."""

    sources = ("RFC 1122 §1.1.3",)
    seen_in = Cell("07_tcp_ip_layers", "layers-68")

    def support(self) -> bool:
        """a frame that peels into link, internet, transport and application"""
        return list(ORDER) in layers(five_bytes_over_tcp())

    def counterexample(self) -> bool:
        """a byte of these frames that belongs to a fifth layer"""
        return any("?" in found for found in layers(five_bytes_over_tcp()))


@experiment
def mtu_is_lowered(client: Any, server: Any, wire: Any) -> None:
    """The MTU of an interface is changed while the wire is watched."""
    wire.settle()
    wire.mark("before")
    client.set_mtu("eth0", 600)
    wire.settle()
    wire.mark("after")


class C10(Claim):
    """MTU is one of the protocols of the link layer."""

    instead = (
        "MTU is a size: the longest packet that fits into one frame of a link. "
        "Ethernet has no message that tells of it."
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
    """ICMP, IGMP, OSPF and EIGRP sit in the network layer, beside IP."""

    instead = "By their task they do: they serve IP, and need no transport. But their messages ride inside IP packets."
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


class C12(Claim):
    """Each layer builds on the one below it, and serves the one above."""

    sources = ("RFC 1122 §1.1.3",)
    seen_in = Cell("07_tcp_ip_layers", "layers-66")

    def support(self) -> bool:
        """a frame in which each of the four layers carries the next"""
        return list(ORDER) in layers(five_bytes_over_tcp())

    def counterexample(self) -> bool:
        """a frame in which a layer lacks the one below it"""
        return any(found != list(ORDER[: len(found)]) for found in map(distinct, layers(five_bytes_over_tcp())))


def distinct(found: list[str]) -> list[str]:
    """Each layer once, in the order of the frame."""
    return list(dict.fromkeys(found))
