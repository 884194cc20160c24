"""Servers as processes: how the lesson starts one and hears what it tells, and the same from the server's side.

A host of the lab is another network namespace, where no thread of the notebook can be; so each server is a process,
`python -m helpers.lessons.applications.ftp_server` say. It tells what happens in lines of JSON on standard output, and
ends when its standard input does, so with whoever has started it, however that ends. Files are kept in memory, so that
nothing is left after a kill. A server imports this module too: what starts hosts is not imported here.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from helpers.errors import CourseError
from helpers.interrupts import starting_apart, uninterrupted

if TYPE_CHECKING:
    import asyncio
    from asyncio.trsock import TransportSocket

    from helpers.lab import Host
    from helpers.lab.programs import Program

PORTS = {"ftp": 21, "telnet": 23, "smtp": 25, "dns": 53, "tftp": 69, "http": 80, "snmp": 161}
"""The well-known port of each protocol; its server is the module of that name."""
NAME, PASSWORD = "reader", "secret"
"""Whom FTP and Telnet let in: no secret, for everybody on the wire can read it."""
FILES = {
    "hello.txt": b"Hello from the server.\nThis file has two lines.\n",
    "picture.bin": bytes(range(256)) * 5,
    "large.bin": bytes(range(256)) * 8192,
}
"""What HTTP, FTP and TFTP have to offer: text, 1280 bytes of all values, and more than a socket's buffer holds."""


class Service:
    """A server at work."""

    def __init__(self, name: str, process: subprocess.Popen[bytes] | Program) -> None:
        """Wait until it listens. Raises CourseError if it does not."""
        self.name, self.process = name, process
        where = self.told("listening")
        self.address: tuple[str, int] = where["host"], where["port"]
        """Where clients find it."""

    def told(self, event: str) -> dict[str, Any]:
        """The next thing of that kind that it tells; waits for it. Raises CourseError where the server has ended."""
        assert self.process.stdout is not None and self.process.stderr is not None
        while line := self.process.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            if said["event"] == event:
                return said
        complaint = self.process.stderr.read().decode(errors="replace").strip().splitlines()
        raise CourseError(f"the {self.name} server has ended: {complaint[-1] if complaint else 'it said nothing'}")


def start_in(host: Host, name: str, **options: int) -> Service:
    """Start the server of a protocol, "http" say, in a host of the lab, at the protocol's own port.

    It ends with the host. Raises CourseError if it does not start.
    """
    return Service(name, host.start(_command(name, host.addresses[0], port=PORTS[name], **options)))


@contextlib.contextmanager
def on_loopback(name: str, **options: int) -> Iterator[Service]:
    """The same on this machine, at a free port of 127.0.0.1, for the time of the block."""
    with uninterrupted(), starting_apart():
        process = subprocess.Popen(
            _command(name, "127.0.0.1", **options),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,  # an interrupt of the notebook is for the notebook alone
        )  # fmt: skip
    with process:  # waits for its end, and closes the pipes
        try:
            yield Service(name, process)
        finally:
            process.kill()


def _command(name: str, host: str, **options: int) -> list[str]:
    return [sys.executable, "-m", f"{__package__}.{name}_server", json.dumps({"host": host, **options})]


def begin(**options: int) -> SimpleNamespace:
    """In a server: `host`, `port`, and further numbers that have these values if the lesson gives no others."""
    logging.disable()  # what a server has to say, it says to its client
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    return SimpleNamespace(**{"port": 0, **options, **json.loads(sys.argv[1])})


def tell(event: str, **details: object) -> None:
    """In a server: say what has happened."""
    print(json.dumps({"event": event, **details}), flush=True)


def listening(sock: socket.socket | TransportSocket) -> None:
    """In a server: say that clients may come now, and where."""
    host, port = sock.getsockname()
    tell("listening", host=host, port=port)


async def listen_with(protocol: Callable[[], asyncio.Protocol]) -> None:
    """In a server of TCP by asyncio: one `protocol` for each client, until standard input ends."""
    from asyncio import get_running_loop  # here: the other servers are there sooner without it

    told = begin()
    server = await get_running_loop().create_server(protocol, told.host, told.port)
    listening(server.sockets[0])
    await server.serve_forever()


def datagrams_at(told: SimpleNamespace) -> socket.socket:
    """In a server of UDP: its socket, in which the kernel keeps what comes from now on."""
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind((told.host, told.port))
    listening(sock)
    return sock


def _end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 1 << 16):  # not by a buffer, whose lock the end of the process would wait for
        pass
    os._exit(0)
