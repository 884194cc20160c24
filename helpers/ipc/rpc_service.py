"""One call of a procedure over a connected TCP socket, for notebook 16, until it does that itself."""

from __future__ import annotations

import socket

from helpers.fields.onc_rpc import Client, RecordReader, framed


def call(client: Client, sock: socket.socket, procedure: int, arguments: bytes = b"") -> bytes:
    """The results. Raises RPCError, and ConnectionError where the server ends the connection."""
    records = RecordReader()
    sock.sendall(framed(client.call(procedure, arguments)))
    while data := sock.recv(1 << 16):
        for reply in records.feed(data):
            if (results := client.results(reply)) is not None:
                return results
    raise ConnectionError("the server ended the connection and sent no reply")
