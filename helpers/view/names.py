"""Names for endpoints that are the same on every run: a port that the kernel chose gets a role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpers.trace import WIRE, Trace

LAST_SYSTEM_PORT = 1023
"""System ports are assigned by IANA (RFC 6335, section 6): no kernel hands them out by chance."""

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
    for call in trace.calls:
        if call.name in ("bind", "connect", "connect_ex"):
            for _, port in _ADDRESS.findall(call.arguments):
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
