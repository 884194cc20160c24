"""What stands beside a ladder's arrows: which frames are drawn, between which hosts, and the words of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from helpers.draw.content import content
from helpers.draw.names import Names
from helpers.errors import CourseError
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
    trace: Trace, hosts: Sequence[str], protocols: tuple[str, ...], absolute: bool = False, label: Label | None = None
) -> list[Arrow]:
    """The frames of these protocols between these hosts, in the order sent, each with its label.

    With several connections each label begins with the connection's number, as in "#2 SYN seq=0". What the function
    `label` says of one of these frames stands in the place of all that; what it raises is not caught.
    """
    usual = _usual_words(trace, absolute)
    found = []
    for frame in trace.frames:
        receivers = _receivers(trace, frame, hosts) if protocol(frame) in protocols else []
        if receivers:
            own = label(frame) if label else None
            words = usual(frame) if own is None else _line(own)
            found += [Arrow(replace(frame, receiver=receiver), words) for receiver in receivers]
    return sorted(found, key=lambda arrow: arrow.frame.sent)


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


def _line(words: object) -> str:
    """What the lesson says, in one line."""
    if not isinstance(words, str):
        raise CourseError(f"label= takes a function that returns a text or None; this one returned {words!r}")
    return " ".join(words.splitlines())
