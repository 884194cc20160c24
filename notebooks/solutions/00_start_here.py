"""Solutions to the exercises of notebook 00. Try first: a wrong answer is told what is wrong with it."""

import socket

from helpers.lab import experiment


def port_of(listener):
    """00.1: the kernel knows what it chose; getsockname() asks it."""
    return listener.getsockname()[1]


def find_closed_port():
    """00.2: have the kernel choose a free port, and give it back by closing the socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@experiment
def lose_the_message(client, server, wire):
    """00.3: the rule stands before the send, and ends when it has matched; the kernel repairs the loss."""
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    caller = client.socket()
    caller.connect(("10.0.0.2", 80))
    connection, _ = listener.accept()
    with wire.drop(payload=True, nth=1):
        caller.sendall(b"hello")
    connection.recv(100)
