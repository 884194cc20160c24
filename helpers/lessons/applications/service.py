"""Starting a server, in a host of the lab or on this machine's loopback, and hearing what it tells."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import IO, Any, Protocol

from helpers.errors import CourseError
from helpers.interrupts import starting_apart, uninterrupted
from helpers.lab import Host
from helpers.lessons.applications import dns_message, ftp, http_messages, smtp, snmp, telnet, tftp

PATIENCE = 10.0
"""Seconds that a server may take to start on a busy machine, or to tell something."""
SERVERS = {
    "http": ("http_server", http_messages.PORT),
    "smtp": ("smtp_server", smtp.PORT),
    "ftp": ("ftp_server", ftp.PORT),
    "telnet": ("telnet_server", telnet.PORT),
    "dns": ("dns_server", dns_message.PORT),
    "tftp": ("tftp_server", tftp.PORT),
    "snmp": ("snmp_agent", snmp.AGENT_PORT),
}
"""Each protocol's module and its well-known port."""


class ServerError(CourseError):
    """A server that did not start, or does not say what was waited for."""


class Running(Protocol):
    """What is asked of the process, in a host or not."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it says."""

    @property
    def stderr(self) -> IO[bytes] | None:
        """What it complains of."""


class Service:
    """A server at work."""

    def __init__(self, name: str, process: Running) -> None:
        """Wait until it listens. Raises ServerError if it does not."""
        self.name = name
        self._process = process
        self._said: SimpleQueue[bytes] = SimpleQueue()
        assert process.stdout is not None
        listening = os.dup(process.stdout.fileno())  # a thread's own: whoever has started the process may close his
        threading.Thread(target=_listen, args=(listening, self._said), name=f"hears {name}", daemon=True).start()
        where = self.told("listening")
        self.address: tuple[str, int] = where["host"], where["port"]
        """Where clients find it."""

    def told(self, event: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """The next thing of that kind that it tells; what it tells before that is passed over.

        Raises ServerError after `timeout` seconds, or if it has ended.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise ServerError(f"the {self.name} server told nothing of the kind «{event}» in time") from None
            if line == b"":
                raise ServerError(f"the {self.name} server has ended: {self._complaint}")
            said: dict[str, Any] = json.loads(line)
            if said["event"] == event:
                return said

    @property
    def _complaint(self) -> str:
        assert self._process.stderr is not None
        lines = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def start_in(host: Host, name: str, **options: int) -> Service:
    """Start the server of a protocol, "http" say, in a host of the lab, at the protocol's own port.

    It ends with the host. Raises ServerError if it does not start, ValueError for an unknown name.
    """
    port = _known(name)[1]
    return Service(name, host.start(_command(name, host.addresses[0], port, options)))


@contextlib.contextmanager
def on_loopback(name: str, **options: int) -> Iterator[Service]:
    """The same on this machine, at a free port of 127.0.0.1, for the time of the block."""
    with uninterrupted(), starting_apart():
        process = subprocess.Popen(
            _command(name, "127.0.0.1", 0, options),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,  # an interrupt of the notebook is for the notebook alone
        )  # fmt: skip
    with process:  # waits for its end, and closes the pipes
        try:
            yield Service(name, process)
        finally:
            process.kill()


def _listen(descriptor: int, said: SimpleQueue[bytes]) -> None:
    """Put each line into the queue, and b"" at the end."""
    with open(descriptor, "rb") as stream:
        while line := stream.readline():
            said.put(line)
    said.put(b"")


def _command(name: str, host: str, port: int, options: dict[str, int]) -> list[str]:
    module, _ = _known(name)
    further = [part for option, value in options.items() for part in (f"--{option.replace('_', '-')}", str(value))]
    program = f"helpers.lessons.applications.{module}"
    return [sys.executable, "-m", program, "--host", host, "--port", str(port), *further]


def _known(name: str) -> tuple[str, int]:
    if name not in SERVERS:
        raise ValueError(f"there is no server {name!r}; there are {', '.join(SERVERS)}")
    return SERVERS[name]
