"""Names for endpoints that are the same on every run: a port that the kernel chose gets a role.

Who chose a port shows by two things: Linux chooses from LOCAL_PORTS, and a port that a program chose was named by a
bind(), or is one to which others connect. To follow each mention of a port back to where it is seen first says the same
in every lesson, and takes twice the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpers.draw.content import content
from helpers.trace import WIRE, Trace

LAST_SYSTEM_PORT = 1023
"""System ports are assigned by IANA (RFC 6335, section 6): no kernel hands them out by chance."""
LOCAL_PORTS = range(32768, 61000)
"""The ports that Linux chooses from (ip(7), ip_local_port_range): a new network namespace begins with these."""
_ADDRESS = re.compile(r"\('([^']*)', (\d+)")
"""An address as Python writes it, as in "('10.0.0.1', 40123)"."""


class Names:
    """The roles of a trace's ports."""

    def __init__(self, trace: Trace) -> None:
        named = set(_named(trace))
        self._roles: dict[int, str] = {}
        for _, host, port in sorted(_uses(trace)):
            if port in LOCAL_PORTS and port not in named and port not in self._roles:
                number = sum(role.startswith(f"{host}-port") for role in self._roles.values()) + 1
                self._roles[port] = f"{host}-port" + (f"-{number}" if number > 1 else "")

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


def _ports(text: str) -> list[int]:
    return [int(port) for _, port in _ADDRESS.findall(text)]


def _named(trace: Trace) -> Iterator[int]:
    """The ports that programs chose: those of bind(), and those of servers whose calls the trace does not have."""
    for call in trace.calls:
        if call.name == "bind" and not call.error:
            yield from _ports(call.arguments)
    listening = {call.host for call in trace.calls if call.name == "listen"}
    for frame in trace.frames:
        if frame.segment and frame.segment.flags == "SYN" and frame.receiver not in listening:
            yield _split(frame.segment.destination)[1]


def _uses(trace: Trace) -> Iterator[tuple[int, str, int]]:
    """When which host is seen to have a port of its own."""
    owners = {address: host.name for host in trace.hosts for address in host.addresses}
    for call in trace.calls:
        if call.name == "getsockname":
            yield from ((call.begin, call.host, port) for port in _ports(call.result))
    for table in trace.tables:
        yield from ((table.time, table.host, row.local_port) for row in table.rows)
    for frame in trace.frames:
        if frame.sender != WIRE:
            address, port = _split(frame.segment.source) if frame.segment else content(frame.data).source
            yield frame.sent, owners.get(address, frame.sender), port


def _split(endpoint: str) -> tuple[str, int]:
    address, _, port = endpoint.rpartition(":")
    return address.strip("[]"), int(port)
