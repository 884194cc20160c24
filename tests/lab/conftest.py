"""A network of two hosts for a test, closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from helpers.lab import Host, Network, Wire
from helpers.lab.sockets import LabSocket

SERVER = ("10.0.0.2", 80)


@dataclass
class Lab:
    """Two hosts, and a listener at `SERVER`."""

    network: Network
    client: Host
    server: Host
    listener: LabSocket

    @property
    def wire(self) -> Wire:
        return self.network.wire

    def connection(self) -> tuple[LabSocket, LabSocket]:
        """A new connection: the client's socket and the server's."""
        caller = self.client.socket()
        caller.connect(SERVER)
        answerer, _ = self.listener.accept()
        return caller, answerer

    def caller(self) -> LabSocket:
        """A socket of the client that has begun to connect, and does not wait."""
        caller = self.client.socket()
        caller.setblocking(False)
        caller.connect_ex(SERVER)
        return caller

    def flags(self) -> list[str]:
        """The flags of all segments up to now, each with its sender's first letter."""
        return [f"{frame.sender[0]} {segment.flags}" for frame, segment in self.network.trace().segments()]


@pytest.fixture
def lab(needs_lab: None) -> Iterator[Lab]:
    with Network() as network:
        client, server = network.host("client"), network.host("server")
        listener = server.socket()
        listener.bind(SERVER)
        listener.listen()
        yield Lab(network, client, server, listener)
