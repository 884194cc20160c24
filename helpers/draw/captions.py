"""What stands beside a ladder's arrows: which frames are drawn, between which hosts, and the words of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from helpers.draw.content import content
from helpers.draw.names import Names
from helpers.trace import WIRE, Frame, Trace

Label = Callable[[Frame], str | None]
"""What a lesson says of a frame; None where it has nothing to say."""


@dataclass(frozen=True)
class Arrow:
    """A frame as the ladder speaks of it."""

    frame: Frame
    label: str


def protocol(frame: Frame) -> str:
    """"tcp", or what `Content` says."""
    return "tcp" if frame.segment is not None else content(frame.data).protocol


def arrows(
    trace: Trace, protocols: tuple[str, ...], absolute: bool = False, label: Label | None = None
) -> list[Arrow]:
    """The frames of these protocols, in the order sent, each with its label; a broadcast once for each receiver.

    With several connections each label begins with the connection's number, as in "#2 SYN seq=0". What the function
    `label` says of one of these frames stands in the place of all that; what it raises is not caught.
    """
    usual = _usual_words(trace, absolute)
    found = []
    for frame in trace.frames:
        receivers = _receivers(trace, frame) if protocol(frame) in protocols else []
        if receivers:
            own = label(frame) if label else None
            words = usual(frame) if own is None else " ".join(own.splitlines())
            found += [Arrow(replace(frame, receiver=receiver), words) for receiver in receivers]
    return sorted(found, key=lambda arrow: arrow.frame.sent)


def not_shown(trace: Trace, protocols: tuple[str, ...], counted: bool) -> str:
    """Which frames are left out: "2 ARP frames not shown.", or uncounted "ARP not shown."; "" for none.

    Their number differs from run to run: kernels ask for hardware addresses again when they see fit.
    """
    names = [name.upper() for frame in trace.frames if (name := protocol(frame)) not in protocols]
    if not names:
        return ""
    told = [f"{names.count(name)} {name}" if counted else name for name in sorted(set(names))]
    frames = f" frame{'s' if len(names) != 1 else ''}" if counted else ""
    return f"{' and '.join(told)}{frames} not shown."


def _usual_words(trace: Trace, absolute: bool) -> Callable[[Frame], str]:
    names = Names(trace)
    segments = {id(frame): segment for frame, segment in trace.segments(absolute)}
    ends = [frozenset((segment.source, segment.destination)) for segment in segments.values()]
    connections = {both: number for number, both in enumerate(dict.fromkeys(ends), 1)}

    def words(frame: Frame) -> str:
        if (segment := segments.get(id(frame))) is None:
            carried = content(frame.data)
            return carried.words if carried.port is None else f"UDP to {names.port(carried.port)}, {carried.words}"
        number = connections[frozenset((segment.source, segment.destination))]
        return f"#{number} {segment}" if len(connections) > 1 else str(segment)

    return words


def _receivers(trace: Trace, frame: Frame) -> list[str]:
    """The hosts where its arrow ends: of a broadcast all that have an address in its LAN."""
    names = [host.name for host in trace.hosts]
    if len(names) < 2 or frame.sender not in (*names, WIRE):
        return []
    if frame.receiver != "all":
        return [frame.receiver] if frame.receiver in names else []
    lan = ip_network(frame.lan)
    inside = [host.name for host in trace.hosts if any(ip_address(address) in lan for address in host.addresses)]
    return [name for name in inside if name != frame.sender]
