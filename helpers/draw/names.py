"""Names for endpoints that are the same on every run: a port that the kernel chose gets a role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from helpers.trace import WIRE, Call, Trace

LAST_SYSTEM_PORT = 1023
"""System ports are assigned by IANA (RFC 6335, section 6): no kernel hands them out by chance."""

LOCAL_PORTS = range(32768, 61000)
"""The ports that Linux chooses from (ip(7), ip_local_port_range): a new network namespace begins with these."""

_UDP_SOCKET = re.compile(r"SOCK_DGRAM(, 17)?$")
"""The arguments of such a socket() call: the protocol is 17, or 0 and not written."""
_ADDRESS = re.compile(r"\('([^']*)', (\d+)")
"""An address as Python writes it, as in "('10.0.0.1', 40123)"."""


class Names:
    """The roles of a trace's ports."""

    def __init__(self, trace: Trace) -> None:
        self._roles: dict[int, str] = {}
        known: set[int] = set()
        for mention in sorted(_mentions(trace), key=lambda mention: mention.time):
            if mention.port in known or mention.port <= LAST_SYSTEM_PORT:
                continue
            known.add(mention.port)
            if not mention.chosen:
                number = sum(role.startswith(f"{mention.host}-port") for role in self._roles.values()) + 1
                self._roles[mention.port] = f"{mention.host}-port" + (f"-{number}" if number > 1 else "")

    def port(self, number: int) -> str:
        """The role of a port that the kernel chose, as in "client-port"; the number itself of any other."""
        return self._roles.get(number, "*" if number == 0 else str(number))

    def endpoint(self, endpoint: str) -> str:
        """An address and port, as in "10.0.0.1:client-port", "10.0.0.2:80" or "0.0.0.0:*"."""
        address, _, port = endpoint.rpartition(":")
        return f"{address}:{self.port(int(port))}"

    def written(self, text: str) -> str:
        """Python's arguments or result with the roles put in: "('10.0.0.1', client-port)"."""
        return _ADDRESS.sub(lambda found: f"('{found[1]}', {self._roles.get(int(found[2]), found[2])}", text)


@dataclass(frozen=True)
class _Mention:
    """A port is seen; where it is seen first tells who chose it."""

    time: int
    port: int
    host: str
    chosen: bool
    """By a program, not by the kernel."""


def _mentions(trace: Trace) -> Iterator[_Mention]:
    owners = {address: host.name for host in trace.hosts for address in host.addresses}
    listening = {call.host for call in trace.calls if call.name == "listen"}
    udp = _Udp(trace.calls)
    for call in trace.calls:
        if call.name in ("bind", "connect", "connect_ex"):
            for address, port in _ADDRESS.findall(call.arguments):
                if udp.connects(call):
                    host = owners.get(address, call.host)
                    yield _Mention(call.begin, int(port), host, udp.chosen(host, int(port), call.begin))
                else:
                    yield _Mention(call.begin, int(port), call.host, chosen=True)
    for table in trace.tables:
        for row in table.rows:
            # A listener whose port no bind() named: the kernel chose it, unless it is another program's.
            of_program = row.state == "LISTEN" and table.host not in listening
            yield _Mention(table.time, row.local_port, table.host, of_program)
    for frame in trace.frames:
        segment = frame.segment
        if segment is not None and frame.sender != WIRE:
            address, _, port = segment.source.rpartition(":")
            if segment.flags == "SYN":
                yield _Mention(
                    frame.sent, int(segment.destination.rpartition(":")[2]), frame.receiver, chosen=True
                )
            yield _Mention(frame.sent, int(port), owners.get(address.strip("[]"), frame.sender), chosen=False)
        elif frame.sender != WIRE and (ends := _udp_ends(frame.data)) is not None:
            source, from_port, destination, to_port = ends
            host = owners.get(destination, frame.receiver)
            yield _Mention(frame.sent, to_port, host, udp.chosen(host, to_port, frame.sent))
            yield _Mention(frame.sent, from_port, owners.get(source, frame.sender), chosen=False)


class _Udp:
    """The UDP sockets of a trace. No table of the trace lists them, so their calls tell who chose a port."""

    def __init__(self, calls: Sequence[Call]) -> None:
        made = {
            (call.host, call.made_socket): call.begin
            for call in calls
            if call.name == "socket" and _UDP_SOCKET.search(call.arguments)
        }
        named = {
            (call.host, call.socket)
            for call in calls
            if call.name == "bind" and not call.error and any(int(port) for _, port in _ADDRESS.findall(call.arguments))
        }
        self._sockets = made.keys()
        self._unnamed = [(host, made[host, number]) for host, number in made.keys() - named]
        """Host and time of each socket for which the kernel chooses: at bind() to port 0, or without any bind()."""

    def connects(self, call: Call) -> bool:
        """Whether this is a connect() of a UDP socket."""
        return call.name != "bind" and (call.host, call.socket) in self._sockets

    def chosen(self, host: str, port: int, time: int) -> bool:
        """Whether it was a program that chose this port, to which something is sent before the host has used it."""
        unnamed = any(owner == host and made < time for owner, made in self._unnamed)
        return not unnamed or port not in LOCAL_PORTS


@lru_cache(maxsize=10_000)
def _udp_ends(data: bytes) -> tuple[str, int, str, int] | None:
    """Source and destination of a UDP datagram, address and port each; None for any other frame."""
    try:
        packet = Ether(data)
    except Exception:  # damaged bytes; scapy's own errors leave it in many kinds
        return None
    ip = packet.getlayer(IP) or packet.getlayer(IPv6)
    return (ip.src, ip[UDP].sport, ip.dst, ip[UDP].dport) if ip is not None and UDP in ip else None
