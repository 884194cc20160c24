"""Solutions to the exercises of notebook 11. Try first: a wrong answer is told what is wrong with it."""

import select
import socket
import struct

from helpers.lab import experiment


def connect_to_80(client, server):
    """A listener, and a connection to it: the client's end and the server's end."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    connection, _ = listener.accept()
    return caller, connection


@experiment
def server_remembers(client, server, wire):
    """11.1: the server closes first; the client's close() comes when the FIN has been acknowledged."""
    caller, connection = connect_to_80(client, server)
    connection.close()
    client.wait_for_state("CLOSE-WAIT")
    caller.close()
    server.wait_for_state("TIME-WAIT")
    client.wait_for_state("CLOSED")


@experiment
def without_fin(client, server, wire):
    """11.2: with SO_LINGER on and a time of 0, close() sends RST. To close with unread data does it, too."""
    caller, _ = connect_to_80(client, server)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
    server.wait_for_state("CLOSED")


def listener_on(port):
    """11.3: SO_REUSEADDR before bind(), the first time too: on Linux both sockets must have asked for it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def finish_connect(caller):
    """11.4: writable says that it is decided; SO_ERROR says how, and 0 is a connection."""
    select.select([], [caller], [])
    return caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
