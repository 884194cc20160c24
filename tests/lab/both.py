"""The same experiment on two real kernels and on two models, and what must be the same in both."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from helpers.fields.segment import Segment
from helpers.lab import Host, LabError, LabUnavailable, Network
from helpers.lab.model import on_model
from helpers.lab.model.tcp_segment_bytes import largest_segment
from helpers.trace import WIRE, Frame, Trace
from tests.needs import need

PLAIN = ("tcp_sack", "tcp_timestamps", "tcp_window_scaling", "tcp_early_retrans", "tcp_recovery")
"""Kernel settings (ip-sysctl) that are switched off, because the model has none of it: options but MSS, tail loss
probes and RACK, which send something else again than the oldest segment."""

ANY_CONNECTION = 10_000_000
"""A relative sequence number beyond this belongs to another connection, before a reboot."""


def on_both(experiment: Callable[..., object], **arguments: object) -> tuple[Trace, Trace]:
    """The trace of the kernels and that of the models."""
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        for host in (client, server):
            _make_plain(host)
        experiment(client, server, network.wire, **arguments)
        network.wire.settle()
        kernels = network.trace()
    return kernels, on_model(experiment, **arguments)


def _make_plain(host: Host) -> None:
    for name in PLAIN:
        try:
            host.write(f"/proc/sys/net/ipv4/{name}", "0")
        except LabUnavailable as closed:
            need("kernel settings", str(closed))


def settled(wire: Any, *hosts: Any) -> None:
    """Wait until nothing is unacknowledged."""
    for _ in range(2000):
        if not any(row.send_queue for host in hosts for row in host.sockets()):
            wire.settle()
            return
        wire.until(lambda: False, 0.005)
    raise LabError(f"not settled: {[host.sockets() for host in hosts]}")


def connected(client: Any, server: Any, wire: Any) -> tuple[Any, Any]:
    """A connection whose sockets never wait, and send each write at once: the model has no Nagle's algorithm.

    On a busy machine a kernel may repeat its last FIN too early. The answer to it would be answered by RST, which ends
    TIME-WAIT (RFC 1337), and so real hosts are told to ignore an RST there (ip-sysctl, tcp_rfc1337).
    """
    for host in (client, server):
        if isinstance(host, Host):
            host.write("/proc/sys/net/ipv4/tcp_rfc1337", "1")
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    answerer, _ = listener.accept()
    for made in (caller, answerer):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
    settled(wire, client, server)
    return caller, answerer


def attempt(call: Callable[..., object], *arguments: object) -> None:
    """Make a call that may fail; the trace keeps how."""
    with contextlib.suppress(OSError):
        call(*arguments)


def counts(frame: Frame) -> bool:
    """Whether a segment is more than an acknowledgment: when those are sent is an implementation's own choice, and
    Linux delays them (RFC 9293, section 3.8.6.3), where the model answers each segment at once."""
    segment = frame.segment
    return segment is not None and (bool(segment.payload) or segment.flags != "ACK")


def segments(trace: Trace, acknowledgments: bool = False) -> dict[str, list[str]]:
    """For each host what it has sent, as far as it must be the same.

    Per host, because when the two speak at the same time the order is chance. A repetition counts if the wire has lost
    every earlier copy; any other depends on timers, which run differently (RTO at least 1 s here, 0.2 s in Linux) and
    ring early for a kernel whose machine is busy.
    """
    found: dict[str, list[str]] = {host.name: [] for host in trace.hosts}
    arrived = set()
    for frame, segment in trace.segments():
        if frame.sender == WIRE or not (acknowledgments or counts(frame)):
            continue
        # A repetition acknowledges what has come since the first copy was sent.
        fills = segment.length or segment.has & {"SYN", "FIN"}
        copy = frame.sender, written(replace(segment, ack=0) if fills and segment.ack is not None else segment)
        if copy not in arrived:
            found[frame.sender].append(written(segment))
        if frame.arrivals:
            arrived.add(copy)
    return found


def written(segment: Segment) -> str:
    """A segment without what differs for a reason.

    Without PSH, which says nothing to the peer; without the window, which depends on buffer sizes; of the options MSS
    alone, which is all the model has. A reset is shown without acknowledgment: Linux's abort sends <RST,ACK>, section
    3.10.5 sends <RST>, and both are believed for their sequence number.
    """
    reset = "RST" in segment.has
    flags = " ".join(sorted(segment.has - ({"PSH", "ACK"} if reset else {"PSH"})))
    ack = "" if reset or segment.ack is None else f" ack={_number(segment.ack)}"
    return f"{flags} seq={_number(segment.seq)}{ack} len={segment.length} {largest_segment(segment) or ''}"


def _number(relative: int) -> str:
    return str(relative) if relative < ANY_CONNECTION else "old"


def states(trace: Trace) -> dict[str, tuple[str, ...]]:
    """The states of both hosts at each mark."""
    return {
        mark.label: tuple(
            " + ".join(sorted(row.state for row in trace.table(host.name, mark.label).rows)) for host in trace.hosts
        )
        for mark in trace.marks
    }


def outcomes(trace: Trace) -> list[str]:
    """All calls with their results and errors."""
    shown = ("connect", "send", "recv", "shutdown", "close")
    return [f"{call.host} {call.name}: {call.error or call.result}" for call in trace.calls if call.name in shown]
