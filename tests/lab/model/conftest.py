"""A model network of two hosts, closed after the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from helpers.lab.model import ModelNetwork
from helpers.lab.model.host import ModelHost
from helpers.lab.model.sockets import ModelSocket
from helpers.lab.model.wire import ModelWire

SERVER = ("10.0.0.2", 80)


@dataclass
class Model:
    """Two hosts, and a listener at `SERVER`."""

    network: ModelNetwork
    client: ModelHost
    server: ModelHost
    listener: ModelSocket

    @property
    def wire(self) -> ModelWire:
        return self.network.wire

    def connection(self) -> tuple[ModelSocket, ModelSocket]:
        """A new connection: the client's socket and the server's."""
        caller = self.client.socket()
        caller.connect(SERVER)
        answerer, _ = self.listener.accept()
        return caller, answerer

    def flags(self) -> list[str]:
        """The flags of all segments up to now, each with its sender's first letter."""
        return [f"{frame.sender[0]} {segment.flags}" for frame, segment in self.network.trace().segments()]


@pytest.fixture
def model() -> Iterator[Model]:
    with ModelNetwork() as network:
        client, server = network.host("client"), network.host("server")
        listener = server.socket()
        listener.bind(SERVER)
        listener.listen()
        yield Model(network, client, server, listener)
