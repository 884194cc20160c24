"""Calls of a procedure in the other process. Each waits for its result, one way too: a call without one is no call."""

from __future__ import annotations

import os
from itertools import repeat
from queue import SimpleQueue

from helpers.fields.onc_rpc import Client, Server
from helpers.fields.record_marking import LIMIT, RecordReader, framed
from helpers.ipc.doors import MAX_DATA, Credentials, Door, door_call, door_create
from helpers.ipc.rpc_service import call
from helpers.lessons.which_one.mechanisms.base import LARGEST, Lost, Mechanism, Names
from helpers.lessons.which_one.mechanisms.streams import tcp_pair, without_delay

PROGRAM, VERSION, ECHO, TAKE = 0x20000000, 1, 1, 2
"""The first number that RFC 5531 (section 13) leaves to every user, and two procedures."""
HEADERS = 64
"""Bytes, more than a call without credentials has besides its arguments."""


class OncRpc(Mechanism):
    """ONC RPC (RFC 5531) over TCP, with the course's own encoding and record marking, written to be read."""

    name = "ONC RPC"
    has_twin = False

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.client_socket, self.server_socket = without_delay(tcp_pair())
        self.client = Client(PROGRAM, VERSION)
        self.last = b""
        self.program = Server()
        self.program.register(PROGRAM, VERSION, {ECHO: self._echo, TAKE: self._take})

    def largest(self) -> int:
        return LIMIT - HEADERS

    def limit(self) -> str:
        return "with its headers that is 1 MiB, the longest record that the course's reader takes"

    def _echo(self, arguments: bytes) -> bytes:
        return arguments

    def _take(self, arguments: bytes) -> bytes:
        self.last = arguments
        return b""

    def ask(self, message: bytes, times: int) -> bytes:
        for _ in repeat(None, times):
            reply = call(self.client, self.client_socket, ECHO, message)
        return reply

    def answer(self, size: int, times: int) -> None:
        records, handled = RecordReader(), 0
        while handled < times:
            data = self.server_socket.recv(LARGEST)
            if not data:
                raise Lost("the client has ended the connection")
            for record in records.feed(data):
                self.server_socket.sendall(framed(self.program.handle(record) or b""))
                handled += 1

    def send(self, message: bytes, times: int) -> None:
        for _ in repeat(None, times):
            call(self.client, self.client_socket, TAKE, message)

    def receive(self, size: int, times: int) -> bytes:
        self.answer(size, times)
        return self.last


class DoorCall(Mechanism):
    """The emulation of Solaris doors: for each call a connection and a thread."""

    name = "door"
    has_twin = False

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.echo, self.take = (os.path.join(names.folder, door) for door in ("echo", "take"))
        self.doors: list[Door] = []
        self.taken = SimpleQueue[bytes]()

    def largest(self) -> int:
        return MAX_DATA

    def limit(self) -> str:
        return "what the emulation of doors takes in a call"

    def start_server(self) -> None:
        self.doors = [door_create(self._echo, self.echo), door_create(self._take, self.take)]

    def _echo(self, argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
        return argument

    def _take(self, argument: bytes, descriptors: list[int], caller: Credentials) -> bytes:
        self.taken.put(argument)
        return b""

    def ask(self, message: bytes, times: int) -> bytes:
        path = self.echo
        for _ in repeat(None, times):
            reply = door_call(path, message)
        return reply.data

    def answer(self, size: int, times: int) -> None:
        """The door's own threads do it."""

    def send(self, message: bytes, times: int) -> None:
        path = self.take
        for _ in repeat(None, times):
            door_call(path, message)

    def receive(self, size: int, times: int) -> bytes:
        for _ in repeat(None, times):
            argument = self.taken.get()
        return argument
