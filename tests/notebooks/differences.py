"""Whether a live run of an experiment agrees with its recording: numbers that vary from run to run aside."""

from __future__ import annotations

import re
from pathlib import Path

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet

from helpers.lessons.applications.dialogue import connections
from helpers.trace import Call, Frame, Trace, connection_states, load

TIME_TOLERANCE = 0.6
"""Seconds by which two runs may differ in when a segment was sent: less than one initial retransmission timeout."""
FIRST_EPHEMERAL_PORT = 1024
"""Ports from here on are the kernel's choice in the lab, whose servers have well-known ports."""

IGMP = 2
"""Its number in the IP header. Reports come when the kernel's random timer says so (RFC 3376, section 5.1)."""
MLD_ROUTERS = "ff02::16"
"""To whom IPv6's counterpart of IGMP reports, by such a timer too (RFC 3810, sections 5.2.14 and 6.1)."""

_SHORTENED = re.compile(r"b['\"].*?\.\.\. \((\d+) bytes\)")
"""Long data in a call, of which the trace tells the beginning: a program's random numbers may stand there."""

_SMTP_PARAMETER = re.compile(rb"(?<=\n)(mail from|rcpt to):", re.IGNORECASE)
"""Its case is the version's of Python's smtplib; to a server it means nothing (RFC 5321, section 2.4)."""


def differences(live: Path, recorded: Path) -> list[str]:
    """What two saved traces of one experiment disagree in, in words; ephemeral ports, initial sequence numbers,
    descriptors, inodes, windows and small differences of time aside. Raises TraceError for an unreadable one.

    Where a program in a host answers connections it does so at its own pace, and with it come acknowledgements alone or
    along with data: there what was said is compared, and not in which segments.
    """
    one, other = load(live), load(recorded)
    found = []
    if one.about != other.about:
        found.append(f"made by another experiment: {one.about} against {other.about}")
    found += _compare("host", [str(host) for host in one.hosts], [str(host) for host in other.hosts])
    for host in (info.name for info in one.hosts):
        found += _compare(f"call of {host}", _calls(one, host), _calls(other, host))
    if _programs_answer(one):
        found += _compare("connection", _connections(one), _connections(other))
    else:
        found += _compare("segment", _segments(one), _segments(other))
        found += _times(one, other)
    found += _compare("other packet", _other_packets(one), _other_packets(other))
    found += _compare("state at a mark", _states(one), _states(other))
    return found + _compare("transmission", _transmissions(one), _transmissions(other))


def without_ports(text: str) -> str:
    """The text with each ephemeral port replaced by the word "port"."""

    def replace_port(found: re.Match[str]) -> str:
        return found[1] + ("port" if int(found[2]) >= FIRST_EPHEMERAL_PORT else found[2])

    return re.sub(r"([0-9a-f\]]:| :|', )([0-9]+)\b", replace_port, text)


def _compare(what: str, ours: list[str], theirs: list[str]) -> list[str]:
    if len(ours) != len(theirs):
        return [f"{len(ours)} × {what} live: {ours}; {len(theirs)} recorded: {theirs}"]
    return [
        f"{what} {n}: {a} live, {b} recorded"
        for n, (a, b) in enumerate(zip(ours, theirs, strict=True), 1)
        if a != b
    ]


def _calls(trace: Trace, host: str) -> list[str]:
    def text(call: Call) -> str:
        return _SHORTENED.sub(r"\1 bytes", without_ports(f"socket {call.socket}: {call}"))

    return [text(call) for call in sorted(trace.calls, key=lambda call: call.begin) if call.host == host]


def _segments(trace: Trace) -> list[str]:
    return [
        f"{frame.sender} to {frame.receiver}: {segment} {' '.join(name for name, _ in segment.options)}, {_fate(frame)}"
        for frame, segment in trace.segments()
    ]


def _programs_answer(trace: Trace) -> bool:
    """Whether a host takes up connections that has no stream socket of the trace."""
    own = {call.host for call in trace.calls if call.name == "socket" and "SOCK_STREAM" in call.arguments}
    return any(segment.flags == "SYN ACK" and frame.sender not in own for frame, segment in trace.segments())


def _connections(trace: Trace) -> list[str]:
    """Both ends of each, and what they have said."""

    def said(data: bytes) -> bytes:
        return _SMTP_PARAMETER.sub(lambda found: found[0].lower(), data)

    return [
        f"{without_ports(f'{each.client} to {each.server}: ')}{said(each.sent(True))!r} and {each.sent(False)!r}"
        for each in connections(segment for _, segment in trace.segments(absolute=True))
    ]


def _other_packets(trace: Trace) -> list[str]:
    """IP packets without a TCP header; IGMP and MLD aside, and ARP and ND, which kernels send when they see fit."""
    found = []
    for frame in trace.frames:
        packet = Ether(frame.data)
        ip = packet.getlayer(IP) or packet.getlayer(IPv6)
        if frame.segment is not None or ip is None:
            continue
        number = ip.proto if ip.version == 4 else ip.nh
        if number == IGMP or ip.dst == MLD_ROUTERS or _resolves_addresses(packet):
            continue
        ports = f" from :{ip[UDP].sport} to :{ip[UDP].dport}" if UDP in ip else ""
        way = f"{frame.sender} to {frame.receiver}: {ip.src} to {ip.dst}"
        found.append(f"{way}, protocol {number}, {len(ip)} bytes{without_ports(ports)}, {_fate(frame)}")
    return found


def _resolves_addresses(packet: Packet) -> bool:
    """Whether it is IPv6's counterpart of ARP: neighbour discovery (RFC 4861, section 7.2)."""
    return ICMPv6ND_NS in packet or ICMPv6ND_NA in packet


def _fate(frame: Frame) -> str:
    return f"{frame.fate}, arrived {len(frame.arrivals)} times"


def _states(trace: Trace) -> list[str]:
    return [
        f"{mark.label}: {host.name} in {' + '.join(sorted(connection_states(trace.table(host.name, mark.label))))}"
        for mark in trace.marks
        for host in trace.hosts
    ]


def _transmissions(trace: Trace) -> list[str]:
    """Without their bytes: how many must be escaped differs with ports, numbers and checksums."""
    return [
        f"{crossed.sender} to {crossed.receiver}: {len(crossed.delivered)} packets came out {crossed.dropped}"
        for crossed in trace.transmissions
    ]


def _times(one: Trace, other: Trace) -> list[str]:
    pairs = zip(one.segments(), other.segments(), strict=False)
    return [
        f"{segment} sent at {one.seconds(ours.sent):.2f} s live, at {other.seconds(theirs.sent):.2f} s recorded"
        for (ours, segment), (theirs, _) in pairs
        if abs(one.seconds(ours.sent) - other.seconds(theirs.sent)) > TIME_TOLERANCE
    ]
