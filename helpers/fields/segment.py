"""A TCP segment as the course speaks of it: flags by name, sequence numbers, payload (RFC 9293, section 3.1).

Ladders, states and rules ask this of each frame: scapy's dissection, made into a value that is easy to keep and to
compare. `frame.fields` explains every bit of the same frame in words, which none of them needs.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet

FLAGS = ("SYN", "FIN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
"""Control bits in the order in which the course writes them, as in "SYN ACK"."""

SEQUENCE_SPACE = 2**32
"""Sequence numbers are 32 bits wide and wrap around (RFC 9293, section 3.4)."""


@dataclass(frozen=True)
class Segment:
    """One TCP segment, dissected. Sequence numbers are absolute until `relative` has seen them."""

    source: str
    """Address and port of the sender, as in "10.0.0.1:40000" or "[fd00::1]:40000"."""
    destination: str
    flags: str
    """Names of the set control bits, as in "SYN ACK"; "" if none is set."""
    seq: int
    ack: int | None
    """None where the ACK bit is off: the field then means nothing."""
    window: int
    """As it stands in the header, not scaled (RFC 7323)."""
    options: tuple[tuple[str, str], ...]
    """Name and value of each TCP option, as in ("MSS", "1460")."""
    payload: bytes

    @property
    def length(self) -> int:
        """Bytes of data, without header, SYN and FIN."""
        return len(self.payload)

    @property
    def has(self) -> frozenset[str]:
        """The set control bits, to ask `"SYN" in segment.has`."""
        return frozenset(self.flags.split())

    def __str__(self) -> str:
        ack = "" if self.ack is None else f" ack={self.ack}"
        data = f" len={self.length}" if self.payload else ""
        return f"{self.flags or '(no flags)'} seq={self.seq}{ack}{data}"


def flag_set(names: str) -> frozenset[str]:
    """The control bits named in a text such as "SYN ACK", "SYN+ACK" or "syn,ack".

    Raises ValueError for a name that is no control bit of TCP.
    """
    found = frozenset(names.upper().replace("+", " ").replace(",", " ").split())
    if unknown := sorted(found - set(FLAGS)):
        raise ValueError(f"TCP has no flag {unknown[0]!r}; its flags are {', '.join(FLAGS)}")
    return found


@functools.lru_cache(maxsize=4096)
def dissect(frame: bytes) -> Segment | None:
    """The TCP segment in an Ethernet frame; None where there is none (ARP, UDP, cut short, a later fragment)."""
    packet = _packet(frame)
    ip = packet and (packet.getlayer(IP) or packet.getlayer(IPv6))
    if not ip or TCP not in ip:
        return None
    tcp = ip[TCP]
    on = [name for name in FLAGS if name[0] in str(tcp.flags)]  # scapy writes the first letter of each
    return Segment(
        source=_endpoint(ip.src, tcp.sport),
        destination=_endpoint(ip.dst, tcp.dport),
        flags=" ".join(on),
        seq=tcp.seq,
        ack=tcp.ack if "ACK" in on else None,
        window=tcp.window,
        options=tuple((name, _option_value(value)) for name, value in tcp.options if isinstance(name, str)),
        payload=bytes(tcp.payload)[: _data_length(ip, tcp)],
    )


def summary(frame: bytes) -> str:
    """One line that says what a frame is: a segment as `Segment.__str__` has it, anything else as scapy says it."""
    if segment := dissect(frame):
        return str(segment)
    packet = _packet(frame)
    return str(packet.summary()) if packet else f"{len(frame)} bytes that are no frame"


def _packet(frame: bytes) -> Packet | None:
    try:
        return Ether(frame)
    except Exception:  # scapy lets struct.error, IndexError and others of its own out on damaged bytes
        return None


def relative(segments: Iterable[tuple[Segment, bool]]) -> list[Segment]:
    """The segments with sequence numbers counted from each side's initial one, so that its SYN has number 0.

    Takes (segment, genuine) pairs in the order sent; an injected segment is not genuine and does not
    set a side's initial number. A side whose SYN was not seen counts from its first segment. Where a pair of ends had
    several connections, a number is counted from the initial one that it is next to.
    """
    initial: dict[tuple[str, str], list[int]] = {}
    result = []
    for segment, genuine in segments:
        forth = (segment.source, segment.destination)
        back = (segment.destination, segment.source)
        if genuine and ("SYN" in segment.has or (forth not in initial and "RST" not in segment.has)):
            initial.setdefault(forth, []).append(segment.seq)
        if segment.ack is not None and back not in initial:
            initial[back] = [(segment.ack - 1) % SEQUENCE_SPACE]
        ack = segment.ack if segment.ack is None else _counted(segment.ack, initial.get(back, [0]))
        # A reset for a segment of no connection has the number 0 itself (RFC 9293, section 3.10.7.1).
        nowhere = segment.seq == 0 and segment.has == {"RST", "ACK"}
        seq = 0 if nowhere else _counted(segment.seq, initial.get(forth, [0]))
        result.append(replace(segment, seq=seq, ack=ack))
    return result


def _counted(number: int, initial: Iterable[int]) -> int:
    """How far a number is beyond the nearest initial one before it."""
    return min((number - first) % SEQUENCE_SPACE for first in initial)


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _option_value(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value in (None, b"") else str(value)


def _data_length(ip: Packet, tcp: Packet) -> int:
    """Bytes of data by the IP header's own length: what follows it in a short frame is Ethernet's padding."""
    behind_ip = ip.plen if isinstance(ip, IPv6) else ip.len - 4 * ip.ihl
    return max(0, int(behind_ip) - 4 * int(tcp.dataofs))
