"""Traces built by hand, for tests of what does not need a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.trace import Frame, HostInfo, Source, Trace

MAC = "02:00:00:00:00:02"
"""A host's, for frames whose receiver does not matter."""
CLIENT, SERVER = HostInfo("client", ("10.0.0.1",)), HostInfo("server", ("10.0.0.2",))
LETTERS = {"SYN": "S", "FIN": "F", "RST": "R", "PSH": "P", "ACK": "A", "URG": "U"}


def segment_frame(
    sent: int, flags: str, sender: str = "client", seq: int = 0, ack: int = 0, port: int = 40000, payload: bytes = b""
) -> Frame:
    """A frame with a TCP segment between client and server port 80, delivered 1 ms after `sent` (nanoseconds)."""
    letters = "".join(LETTERS[name] for name in flags.split())
    ends = {"src": "10.0.0.1", "dst": "10.0.0.2"}, {"sport": port, "dport": 80}
    if sender != "client":
        ends = {"src": "10.0.0.2", "dst": "10.0.0.1"}, {"sport": 80, "dport": port}
    packet = IP(**ends[0]) / TCP(**ends[1], flags=letters, seq=seq, ack=ack) / payload
    data = bytes(Ether(src="02:00:00:00:00:01", dst=MAC) / packet)
    return Frame(sent, sender, "server" if sender == "client" else "client", data, (sent + 10**6,))


def trace_of(frames: Sequence[Frame]) -> Trace:
    """A live trace with these frames between client and server."""
    return Trace((CLIENT, SERVER), Source(True, "Linux 6.1", "2026-01-31"), tuple(frames))
