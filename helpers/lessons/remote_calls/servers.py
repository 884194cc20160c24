"""The servers of the lesson: a port mapper, and the thread that has a server answer what comes to its socket.

The port mapper (RFC 1833) is the one program at a known port, 111; it says at which ports the others are. It is an ONC
RPC program itself, number 100000, and does no I/O. Version 2 (section 3) speaks of ports; versions 3 and 4, called
rpcbind (section 2), of universal addresses. Of these there is GETADDR alone, by which Debian's rpcinfo looks a program
up. The rest of rpcbind, and service over TCP, are left to the real rpcbind, which the tests call.
"""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

from helpers.errors import CourseError
from helpers.fields.onc_rpc import Caller, Server
from helpers.fields.xdr import Unpacker, pack_int, pack_string, pack_unsigned_int

PROGRAM, PORT, LARGEST_DATAGRAM = 100000, 111, 65535
TCP, UDP = 6, 17
NETIDS = {TCP: "tcp", UDP: "udp"}
"""Protocol numbers as version 2 has them, and the names that versions 3 and 4 have for them (RFC 5665)."""
SET, GETPORT, DUMP, GETADDR = 1, 3, 4, 3
"""Procedures of version 2 (section 3.1), and the last of versions 3 and 4 (section 2.1)."""


class Mapping(NamedTuple):
    """mapping: what version 2 knows of a program; the port is 0 in a question."""

    program: int
    version: int
    protocol: int
    port: int = 0

    def packed(self) -> bytes:
        """In XDR."""
        return pack_unsigned_int(*self)


def unpack_mappings(results: bytes) -> list[Mapping]:
    """What DUMP returns: a list, with TRUE before each item. Raises XDRError."""
    unpacker, mappings = Unpacker(results), []
    while unpacker.unpack_unsigned_int("value follows"):
        mappings.append(_mapping(unpacker))
    return mappings


class PortMapper:
    """The programs of one host and where they are, offered as program 100000 of a `Server`."""

    def __init__(self, server: Server, host: str) -> None:
        """Register with `server`, and itself in its own list; `host` is the IP address at which it is reached."""
        self._server, self._host = server, host
        self._ports: dict[tuple[int, int, int], int] = {}
        server.register(PROGRAM, 2, {SET: self._set, GETPORT: self._get_port, DUMP: self._dump})
        server.register(PROGRAM, 3, {GETADDR: self._get_address})
        server.register(PROGRAM, 4, {GETADDR: self._get_address})
        for version, protocol in itertools.product((2, 3, 4), NETIDS):
            self.set(Mapping(PROGRAM, version, protocol, PORT))

    def set(self, mapping: Mapping) -> bool:
        """Register a program of this host. False if it is there already (section 3.2)."""
        before = len(self._ports)
        self._ports.setdefault(mapping[:3], mapping.port)
        return len(self._ports) > before

    def _find(self, program: int, version: int, protocol: int) -> int:
        """Its port; that of another version, whose server then says which there are (section 2.2.2); 0 for none."""
        others = [port for key, port in self._ports.items() if (program, protocol) == key[::2]]
        return self._ports.get((program, version, protocol)) or [*others, 0][0]

    def _set(self, arguments: bytes) -> bytes:
        """Only programs of this host may register here (section 2.2.2)."""
        caller = self._server.caller
        local = caller is not None and caller.host in ("127.0.0.1", self._host)
        return pack_int(self.set(_only(arguments)) if local else False)

    def _get_port(self, arguments: bytes) -> bytes:
        return pack_unsigned_int(self._find(*_only(arguments)[:3]))

    def _dump(self, _: bytes) -> bytes:
        mappings = (Mapping(*key, port) for key, port in self._ports.items())
        return b"".join(pack_int(True) + mapping.packed() for mapping in mappings) + pack_int(False)

    def _get_address(self, arguments: bytes) -> bytes:
        """The IP address, then the port's two bytes, in decimal, "10.0.0.2.8.1" (RFC 5665); "" for none."""
        unpacker = Unpacker(arguments)
        program, version = unpacker.unpack_unsigned_int("r_prog"), unpacker.unpack_unsigned_int("r_vers")
        # The transport is the one by which the question came, whatever it says itself (section 2.2.1).
        port = self._find(program, version, UDP)
        return pack_string(f"{self._host}.{port >> 8}.{port & 0xFF}" if port else "")


def _mapping(unpacker: Unpacker) -> Mapping:
    return Mapping(*map(unpacker.unpack_unsigned_int, Mapping._fields))


def _only(arguments: bytes) -> Mapping:
    mapping = _mapping(unpacker := Unpacker(arguments))
    unpacker.done()
    return mapping


@contextlib.contextmanager
def serving(server: Server, sock: socket.socket) -> Iterator[None]:
    """Have `server` answer what comes to a bound UDP socket, until the block ends; what comes may be anything."""
    bell, rope = socket.socketpair()
    thread = threading.Thread(target=_serve, args=(server, sock, bell), name="rpc service", daemon=True)
    thread.start()
    try:
        yield
    finally:
        rope.close()  # the bell gets readable
        thread.join()
        bell.close()


def _serve(server: Server, sock: socket.socket, bell: socket.socket) -> None:
    with contextlib.suppress(ValueError):  # of select(): the socket was closed, as when a host of the lab is ended
        while bell not in select.select([sock, bell], [], [])[0]:
            with contextlib.suppress(OSError, CourseError):  # the sender may be out of reach
                message, address = sock.recvfrom(LARGEST_DATAGRAM)
                if address is None:  # the socket was shut down
                    return
                if (reply := server.handle(message, Caller("udp", *address))) is not None:
                    sock.sendto(reply, address)
