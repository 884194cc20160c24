"""A TFTP server (RFC 1350) with its files in memory: each transfer is a thread that sends, waits, and sends again.

So a transfer reads as the RFC tells it; as a state machine fed by an event loop it was three times as long. Bytes cross
as they are, whatever mode is asked for, and a copy of the last block is not acknowledged again (section 6).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Any

from helpers.lessons.applications.service import FILES, begin, datagrams_at
from helpers.lessons.applications.tftp import BLOCK

RRQ, WRQ, DATA, ACK, ERROR = range(1, 6)
TRIES = 5
"""How many times a packet is sent."""


def transfer(request: bytes, client: Any, host: str, patience: float) -> None:
    """Do what is asked for, at a port of its own; `patience`: seconds after which a packet is sent again."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.bind((host, 0))
        sock.connect(client)  # from now on the kernel refuses what a stranger sends here
        sock.settimeout(patience)
        opcode, name = int.from_bytes(request[:2]), request[2:].partition(b"\0")[0].decode("latin-1")
        if opcode == WRQ:
            FILES[name] = _receive(sock)
        elif opcode == RRQ and name in FILES:
            _send(sock, FILES[name])
        else:
            sock.send(struct.pack(">2H", ERROR, 1) + b"there is no such file\0")


def _send(sock: socket.socket, content: bytes) -> None:
    """Block after block, each when the one before was acknowledged; the last one is short, if need be empty."""
    for number in range(len(content) // BLOCK + 1):
        block = content[BLOCK * number : BLOCK * (number + 1)]
        _answer(sock, struct.pack(">2H", DATA, number + 1) + block, struct.pack(">2H", ACK, number + 1))


def _receive(sock: socket.socket) -> bytes:
    """Block after block, each acknowledged."""
    content, number, block = b"", 0, bytes(BLOCK)
    while len(block) == BLOCK:
        block = _answer(sock, struct.pack(">2H", ACK, number), struct.pack(">2H", DATA, number + 1))[4:]
        content, number = content + block, number + 1
    sock.send(struct.pack(">2H", ACK, number))
    return content


def _answer(sock: socket.socket, packet: bytes, wanted: bytes) -> bytes:
    """The packet that begins so. Until it comes, the last one is sent again whenever the clock runs out.

    An old acknowledgement is not answered, or all would cross twice from then on: the Sorcerer's Apprentice Syndrome
    (RFC 1123, section 4.2.3.1). Raises TimeoutError, or ConnectionError where the client's port is closed.
    """
    for _ in range(TRIES):
        sock.send(packet)
        with contextlib.suppress(TimeoutError):
            while not (answer := sock.recv(1 << 16)).startswith(wanted):
                pass
            return answer
    raise TimeoutError


if __name__ == "__main__":
    told = begin(patience=3000)  # milliseconds
    requests = datagrams_at(told)
    while True:
        asked = (*requests.recvfrom(1 << 16), told.host, told.patience / 1000)
        threading.Thread(target=transfer, args=asked, daemon=True).start()
