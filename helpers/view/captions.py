"""What stands beside an arrow: which protocol a frame carries, and its segment in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether

from helpers.protocols.segment import summary
from helpers.trace import WIRE, Frame, Trace

_LAYERS = (("arp", ARP), ("udp", UDP), ("icmp", ICMP), ("ip", IP), ("ipv6", IPv6))


@dataclass(frozen=True)
class Arrow:
    """A frame as the ladder speaks of it."""

    frame: Frame
    label: str


def protocol(frame: Frame) -> str:
    """The innermost protocol this course draws: "tcp", "udp", "icmp", "arp", "ip", "ipv6" or "other"."""
    return "tcp" if frame.segment is not None else _without_tcp(frame.data)


def arrows(
    trace: Trace, hosts: Sequence[str], protocols: tuple[str, ...] = ("tcp",), absolute: bool = False
) -> list[Arrow]:
    """The frames of these protocols between these hosts, in the order sent, each with its label.

    Sequence numbers are relative unless `absolute`. With several connections each label begins with the
    connection's number, as in "#2 SYN seq=0".
    """
    segments = {id(frame): segment for frame, segment in trace.segments(absolute)}
    connections: dict[frozenset[str], int] = {}
    for segment in segments.values():
        connections.setdefault(frozenset((segment.source, segment.destination)), len(connections) + 1)
    found = []
    for frame in trace.frames:
        if protocol(frame) not in protocols:
            continue
        carried = segments.get(id(frame))
        label = str(carried) if carried else _other(frame.data)
        if carried and len(connections) > 1:
            label = f"#{connections[frozenset((carried.source, carried.destination))]} {label}"
        found += [Arrow(replace(frame, receiver=receiver), label) for receiver in _receivers(frame, hosts)]
    return sorted(found, key=lambda arrow: arrow.frame.sent)


def _receivers(frame: Frame, hosts: Sequence[str]) -> list[str]:
    """Where its arrow ends, among these hosts; a broadcast has several ends, a frame of other hosts none."""
    if len(hosts) < 2 or frame.sender not in (*hosts, WIRE):
        return []
    return [host for host in hosts if host != frame.sender and frame.receiver in (host, "all")]


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


@lru_cache(maxsize=10_000)
def _without_tcp(data: bytes) -> str:
    try:
        packet = Ether(data)
    except Exception:  # damaged bytes; scapy's own errors leave it in many kinds
        return "other"
    return next((name for name, layer in _LAYERS if layer in packet), "other")


@lru_cache(maxsize=10_000)
def _other(data: bytes) -> str:
    return summary(data).removeprefix("Ether / ").removeprefix("IP / ")
