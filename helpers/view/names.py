"""Names for the endpoints of a trace that are the same on every run: a port that the kernel chose gets a role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.trace import WIRE, Trace

LAST_SYSTEM_PORT = 1023
"""System ports are assigned by IANA (RFC 6335, section 6): no kernel hands them out by chance."""

_ADDRESS = re.compile(r"\('([^']*)', (\d+)")
"""An address as Python writes it, as in "('10.0.0.1', 40123)"."""


class Names:
    """The roles of a trace's ports."""

    def __init__(self, trace: Trace) -> None:
        self._owners = {address: host.name for host in trace.hosts for address in host.addresses}
        chosen_by_program = set(_ports_in_calls(trace)) | {
            row.local_port for table in trace.tables for row in table.rows if row.state == "LISTEN"
        }
        self._chosen = chosen_by_program | _called_ports(trace)
        self._roles: dict[int, str] = {}
        for port, host in _ports(trace, self._owners):
            if port > LAST_SYSTEM_PORT and port not in self._chosen and port not in self._roles:
                number = sum(role.startswith(f"{host}-port") for role in self._roles.values()) + 1
                self._roles[port] = f"{host}-port" if number == 1 else f"{host}-port-{number}"

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


def _ports_in_calls(trace: Trace) -> Iterator[int]:
    """Ports that a program asked for."""
    for call in trace.calls:
        if call.name in ("bind", "connect", "connect_ex"):
            yield from (int(port) for _, port in _ADDRESS.findall(call.arguments) if port != "0")


def _called_ports(trace: Trace) -> set[int]:
    """Ports that a host wanted to connect to: where a first SYN went."""
    segments = [frame.segment for frame in trace.frames if frame.sender != WIRE]
    return {int(s.destination.rpartition(":")[2]) for s in segments if s is not None and s.flags == "SYN"}


def _ports(trace: Trace, owners: dict[str, str]) -> Iterator[tuple[int, str]]:
    """All local ports with the host they belong to, in the order of time."""
    seen = [(t.time, row.local_port, t.host) for t in trace.tables for row in t.rows]
    for frame in trace.frames:
        if frame.segment is not None:
            address, _, port = frame.segment.source.rpartition(":")
            seen.append((frame.sent, int(port), owners.get(address.strip("[]"), frame.sender)))
    yield from ((port, host) for _, port, host in sorted(seen, key=lambda entry: entry[0]))
