"""What stands beside an arrow: which protocol a frame carries, and what it says, in a few words."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address, ip_network

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from helpers.draw.names import Names
from helpers.errors import CourseError
from helpers.fields.control_fields import ICMP_CODES, ICMP_TYPES
from helpers.trace import WIRE, Frame, Trace

Label = Callable[[Frame], str | None]
"""What a lesson says of a frame; None where it has nothing to say."""

_FRAGMENTS = {1: "icmp", 6: "tcp", 17: "udp"}
"""What a fragment without that protocol's header belongs to, by the protocol number (RFC 791, section 3.1)."""
_OPERATIONS = {1: "who has {0.pdst}, tell {0.psrc}", 2: "{0.psrc} is at {0.hwsrc}"}
"""Request and reply (RFC 826)."""

_CODES = {
    **{which: words for which, words in ICMP_CODES.items() if which[0] == 3},
    (5, 0): "redirect for network",
    (5, 1): "redirect for host",
    (11, 1): "fragment reassembly time exceeded",
}
"""Those whose code says more than their type (RFC 792)."""
_IGMP, _REPORT, _NO_GROUP = 2, 0x22, "0.0.0.0"
_IGMP_TYPES = {0x11: "query", 0x12: "report,", 0x16: "report,", 0x17: "leave"}
"""IGMP's messages that name one group (RFC 2236, section 2.1); version 3 reports several (RFC 9776)."""
_CHANGES = {3: "leave ", 4: "join "}
"""What a record of such a report says if it lists no senders: packets of none, or of all (RFC 9776, section 4.2)."""


@dataclass(frozen=True)
class Arrow:
    """A frame as the ladder speaks of it."""

    frame: Frame
    label: str


@dataclass(frozen=True)
class _Content:
    """What a frame without a TCP header carries."""

    protocol: str
    words: str
    port: int | None = None
    """A UDP datagram's destination port; the words follow it."""

    def label(self, names: Names) -> str:
        return self.words if self.port is None else f"UDP to {names.port(self.port)}, {self.words}"


def protocol(frame: Frame) -> str:
    """The innermost protocol this course draws: "tcp", "udp", "icmp", "igmp", "arp", "ip", "ipv6" or "other"."""
    return "tcp" if frame.segment is not None else _content(frame.data).protocol


def arrows(
    trace: Trace,
    hosts: Sequence[str],
    protocols: tuple[str, ...] = ("tcp",),
    absolute: bool = False,
    label: Label | None = None,
) -> list[Arrow]:
    """The frames of these protocols between these hosts, in the order sent, each with its label.

    Sequence numbers are relative unless `absolute`. With several connections each label begins with the
    connection's number, as in "#2 SYN seq=0". What the function `label` says of one of these frames stands in the
    place of all that; what it raises is not caught. Raises CourseError if it returns neither a text nor None.
    """
    names = Names(trace)
    segments = {id(frame): segment for frame, segment in trace.segments(absolute)}
    connections: dict[frozenset[str], int] = {}
    for segment in segments.values():
        connections.setdefault(frozenset((segment.source, segment.destination)), len(connections) + 1)
    found = []
    for frame in trace.frames:
        if protocol(frame) not in protocols:
            continue
        receivers = _receivers(trace, frame, hosts)
        if not receivers:
            continue
        words = _said(label, frame)
        if words is None:
            carried = segments.get(id(frame))
            words = str(carried) if carried else _content(frame.data).label(names)
            if carried and len(connections) > 1:
                words = f"#{connections[frozenset((carried.source, carried.destination))]} {words}"
        found += [Arrow(replace(frame, receiver=receiver), words) for receiver in receivers]
    return sorted(found, key=lambda arrow: arrow.frame.sent)


def _receivers(trace: Trace, frame: Frame, hosts: Sequence[str]) -> list[str]:
    """Where its arrow ends, among these hosts; a broadcast has several ends, a frame of other hosts none."""
    if len(hosts) < 2 or frame.sender not in (*hosts, WIRE):
        return []
    reached = _on_lan(trace, frame.lan) if frame.receiver == "all" else [frame.receiver]
    return [host for host in hosts if host != frame.sender and host in reached]


def _on_lan(trace: Trace, lan: str) -> list[str]:
    """The hosts with an address in that network; all of them where the trace knows of one LAN only."""
    if not lan:
        return [host.name for host in trace.hosts]
    network = ip_network(lan)
    return [host.name for host in trace.hosts if any(ip_address(address) in network for address in host.addresses)]


def not_shown(trace: Trace, protocols: tuple[str, ...], counted: bool) -> str:
    """Which frames are left out: "2 ARP frames not shown.", or uncounted "ARP not shown."; "" for none.

    Their number differs from run to run: kernels ask for hardware addresses again when they see fit.
    """
    names = [name.upper() for frame in trace.frames if (name := protocol(frame)) not in protocols]
    if not names:
        return ""
    if not counted:
        return f"{' and '.join(sorted(set(names)))} not shown."
    counts = [f"{names.count(name)} {name}" for name in sorted(set(names))]
    return f"{' and '.join(counts)} frame{'s' if len(names) != 1 else ''} not shown."


def _said(label: Label | None, frame: Frame) -> str | None:
    """What the lesson says of a frame, in one line."""
    words = label(frame) if label else None
    if words is not None and not isinstance(words, str):
        raise CourseError(f"label= takes a function that returns a text or None; this one returned {words!r}")
    return words if words is None else " ".join(words.splitlines())


@lru_cache(maxsize=10_000)
def _content(data: bytes) -> _Content:
    """What is carried by a frame that has no TCP segment; numbers, because names of ports differ between machines."""
    try:
        packet = Ether(data)
    except Exception:  # damaged bytes; scapy's own errors leave it in many kinds
        return _Content("other", f"{len(data)} bytes that are no frame")
    if ARP in packet:
        return _Content("arp", _arp(packet[ARP]))
    if IP in packet:
        return _of_ip(packet[IP])
    if IPv6 in packet:
        ip = packet[IPv6]
        return _of_udp(ip[UDP], ip.plen) if UDP in ip else _unnamed("ipv6", f"IPv6 next header {ip.nh}", ip.plen)
    return _unnamed("other", "Ethernet frame", len(data))


def _arp(arp: Packet) -> str:
    return "ARP " + _OPERATIONS.get(arp.op, "operation={0.op}").format(arp)


def _of_ip(ip: Packet) -> _Content:
    length = max(0, ip.len - 4 * ip.ihl)
    part = f"fragment offset={8 * ip.frag} len={length}" if ip.frag or ip.flags.MF else ""
    if ip.frag and ip.proto in _FRAGMENTS:
        name = _FRAGMENTS[ip.proto]
        return _Content(name, f"{name.upper()} {'' if ip.flags.MF else 'last '}{part}")
    if UDP in ip:
        return _of_udp(ip[UDP], length, part)
    if ICMP in ip:
        return _Content("icmp", ", ".join(filter(None, [_icmp(ip[ICMP]), part])))
    if ip.proto == _IGMP and not part:
        return _Content("igmp", _igmp(bytes(ip.payload)[:length]))
    return _unnamed("ip", f"IP protocol {ip.proto}", length)


def _of_udp(udp: Packet, length: int, part: str = "") -> _Content:
    """`length`: bytes behind the IP header. Only the first `part` of a datagram has a UDP header."""
    data = udp.len - 8  # the header's own length counts, too (RFC 768)
    told = data >= 0 and (part or udp.len <= length)
    words = _bytes(data) if told else f"{_bytes(max(0, length - 8))}, wrong length={udp.len}"
    return _Content("udp", ", ".join(filter(None, [words, part])), udp.dport)


def _icmp(icmp: Packet) -> str:
    name = _CODES.get((icmp.type, icmp.code)) or ICMP_TYPES.get(icmp.type) or f"type={icmp.type}"
    if icmp.code and (icmp.type, icmp.code) not in _CODES:
        name += f" code={icmp.code}"
    if icmp.type in (0, 8):
        name += f" seq={icmp.seq}"
    elif icmp.type == 5:
        name += f", gateway={icmp.gw}"
    elif (icmp.type, icmp.code) == (3, 4) and icmp.nexthopmtu:  # 0 from a router older than RFC 1191 (section 4)
        name += f", mtu={icmp.nexthopmtu}"
    return f"ICMP {name}"


def _igmp(message: bytes) -> str:
    """Of a report of several groups the first, and how many more."""
    kind = message[0] if message else 0
    if kind == _REPORT and len(message) >= 16:
        senders, more = int.from_bytes(message[10:12]), int.from_bytes(message[6:8]) - 1
        group = ("" if senders else _CHANGES.get(message[8], "")) + socket.inet_ntoa(message[12:16])
        return f"IGMP report, {group} and {more} more" if more > 0 else f"IGMP report, {group}"
    if kind in _IGMP_TYPES and len(message) >= 8:
        group = socket.inet_ntoa(message[4:8])
        return f"IGMP {_IGMP_TYPES[kind]}" + (f" {group}" if group != _NO_GROUP else "")
    return f"IGMP type={kind}, {_bytes(len(message))}"


def _unnamed(protocol: str, words: str, length: int) -> _Content:
    return _Content(protocol, f"{words}, {_bytes(length)}")


def _bytes(number: int) -> str:
    return f"{number} byte{'s' if number != 1 else ''}"
