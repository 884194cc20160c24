"""Solutions to the exercises of notebook 11. Try first: a wrong answer is told what is wrong with it."""

import select
import socket
import struct

from helpers.lab import experiment


def connect_to_80(client, server):
    """A listener on port 80 and a connection to it: the client's end and the server's end."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    connection, _ = listener.accept()
    return caller, connection


@experiment
def server_remembers(client, server, wire):
    """11.1: The end whose FIN is the first keeps TIME-WAIT, so the server's connection closes first.

    The client must wait until that FIN has reached it, which its state CLOSE-WAIT shows. Without this wait the two FINs
    may cross on the wire, and then both ends keep TIME-WAIT.
    """
    caller, connection = connect_to_80(client, server)
    connection.close()
    client.wait_for_state("CLOSE-WAIT")
    caller.close()
    server.wait_for_state("TIME-WAIT")
    client.wait_for_state("CLOSED")


@experiment
def without_fin(client, server, wire):
    """11.2: With SO_LINGER on and a time of 0, close() throws away what is unsent, and sends an RST (socket(7)).

    A close() with unread data sends an RST, too (RFC 2525, section 2.17). The peer that gets it ends the connection at
    once, so no kernel has anything to remember.
    """
    caller, _ = connect_to_80(client, server)
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()
    server.wait_for_state("CLOSED")


def listener_on(port):
    """11.3: SO_REUSEADDR lets bind() take an address that connections in TIME-WAIT still have (socket(7)).

    It must be set before bind(), because bind() looks at it. It must be set the first time too: on Linux the old socket
    and the new one must both have asked for it.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def finish_connect(caller):
    """11.4: A connect() that does not block makes the socket writable as soon as it is decided (connect(2)).

    Writable does not say how it was decided. The option SO_ERROR says it: 0 is a connection, any other number is the
    error. To ask before the socket is writable would be too early, because SO_ERROR is 0 then as well.
    """
    select.select([], [caller], [])
    return caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
