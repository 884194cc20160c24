"""C16 to C19, C33 to C36 and C39: the life of a socket, call by call."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from typing import Any

from helpers.claims.claim import Cell, Claim
from helpers.claims.handshake import held
from helpers.claims.loopback import connection, listening, refusal
from helpers.lab import experiment
from helpers.lab.own_sockets import LOOK_EVERY, sockets_of, state_of, wait_for_state

PATIENCE = 5.0
"""Seconds."""
UNANSWERED = 0.3
"""Seconds after which a SYN on loopback, answered at once or a second later, has found no answer."""


def wait_for_caller(listener: socket.socket) -> None:
    """Wait until a finished connection is in the queue, without taking it."""
    select.select([listener], [], [], PATIENCE)


def states_of_both_ends(caller: socket.socket, listener: socket.socket) -> list[str]:
    """In which states the kernel's table has the two ends of a connection."""
    ports = {sock.getsockname()[1] for sock in (caller, listener)}
    rows = sockets_of(caller.getsockname()[1])  # others may have had this port, and be in TIME-WAIT
    return [row.state for row in rows if {row.local_port, int(row.remote.rpartition(":")[2])} == ports]


def unacknowledged(connection: socket.socket) -> int:
    """How many bytes of those sent are not acknowledged yet (tcp(7), SIOCOUTQ)."""
    import fcntl  # neither is in Windows
    import termios

    (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(count)


class C16(Claim):
    """After listen() the server's socket is not open yet."""

    instead = "It is in LISTEN, and from then on the kernel completes handshakes, whatever the program does."
    sources = ("listen(2)", "RFC 9293 §3.3.2")
    seen_in = Cell("11_socket_lifecycle", "life-22")

    def support(self) -> bool:
        """a client that is refused although listen() has returned"""
        with listening() as listener, socket.socket() as caller:
            return refusal(caller.connect, listener.getsockname()) != ""

    def counterexample(self) -> bool:
        """a client that is connected although nobody has called accept()"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            return state_of(listener) == "LISTEN" and state_of(caller) == "ESTABLISHED"


class C17(Claim):
    """accept() blocks while the handshake runs, until the client has sent its connection information."""

    instead = (
        "The kernel shakes hands alone. accept() takes a finished connection from a queue, "
        "and blocks only while that is empty."
    )
    sources = ("accept(2)", "listen(2)", "RFC 9293 §3.10.1")
    seen_in = Cell("11_socket_lifecycle", "life-22")

    def support(self) -> bool:
        """a connect() that does not end before accept() is called"""
        with listening() as listener, socket.socket() as caller:
            caller.settimeout(PATIENCE)
            return refusal(caller.connect, listener.getsockname()) != ""

    def counterexample(self) -> bool:
        """a connection that is ESTABLISHED at both ends while nobody has called accept()"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            wait_for_caller(listener)
            return states_of_both_ends(caller, listener) == ["ESTABLISHED"] * 2


class C18(Claim):
    """The client then sends the server the state of its connection."""

    instead = "What it sends is an ACK: two numbers and a flag, no state. The segment may carry data already."
    sources = ("RFC 9293 §3.5", "RFC 9293 §3.10.7.3")
    seen_in = Cell("11_socket_lifecycle", "life-24")

    def support(self) -> bool:
        """a third segment, from the client, without which the server stays in SYN-RECEIVED"""
        trace = held()
        return trace.segments()[2][0].sender == "client" and trace.state("server", at="ACK held") == "SYN-RECEIVED"

    def counterexample(self) -> bool:
        """that this segment has no flag but ACK, and carries nothing"""
        _, third = held().segments()[2]
        return third.flags == "ACK" and not third.payload


class C19(Claim):
    """The client closes the connection, then the server closes it."""

    instead = (
        "Either may be first, and each closes only its own direction: a FIN goes when the last descriptor has gone, "
        "and the first to close remembers the connection in TIME-WAIT."
    )
    sources = ("RFC 9293 §3.6", "close(2)", "shutdown(2)")
    seen_in = Cell("11_socket_lifecycle", "life-16")

    def support(self) -> bool:
        """a connection that has ended when the client, then the server has called close()"""
        with connection() as (near, far):
            port = near.getsockname()[1]
            near.close()
            told = far.recv(100)
            far.close()
            return told == b"" and wait_for_state(port, "TIME-WAIT").state == "TIME-WAIT"

    def counterexample(self) -> bool:
        """a close() after which the conversation goes on, because there is a second descriptor"""
        with connection() as (near, far), near.dup() as second:
            near.close()
            second.sendall(b"still here")
            return far.recv(100) == b"still here" and state_of(far) == "ESTABLISHED"


@experiment
def chosen_ports(client: Any, server: Any, wire: Any) -> None:
    """Neither the server nor the client calls bind()."""
    listener = server.socket()
    listener.listen()
    client.socket().connect(("10.0.0.2", listener.getsockname()[1]))
    listener.accept()
    server.run(["cat", "/proc/sys/net/ipv4/ip_local_port_range"])


class C33(Claim):
    """Without bind() the system gives a port: connect() does for a client, and listen() for a server."""

    sources = ("ip(7), ip_local_port_range", "listen(2)", "POSIX connect()")
    seen_in = Cell("11_socket_lifecycle", "life-26")

    def support(self) -> bool:
        """a client after connect(), and a server after listen(), that have a port of the kernel's range"""
        trace = chosen_ports()
        low, high = map(int, trace.call("run").result.split())
        ports = {host: [row.local_port for row in trace.table(host).rows] for host in ("client", "server")}
        return all(ports.values()) and all(low <= port <= high for each in ports.values() for port in each)

    def counterexample(self) -> bool:
        """a client without bind() whose connect() fails, for want of a port"""
        with listening() as listener, socket.socket() as caller:
            return refusal(caller.connect, listener.getsockname()) != ""


class C34(Claim):
    """bind() gives a socket one specific address."""

    instead = "Or leaves a part of it open: with port 0 the kernel chooses, with INADDR_ANY each local address will do."
    sources = ("bind(2)", "ip(7), INADDR_ANY")
    seen_in = Cell("11_socket_lifecycle", "life-28")

    def support(self) -> bool:
        """a socket that has the very address which bind() was given"""
        with socket.socket() as first, socket.socket() as second:
            for each in (first, second):  # the first keeps the port for the second
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            first.bind(("127.0.0.1", 0))
            second.bind(first.getsockname())
            return bool(second.getsockname() == first.getsockname())

    def counterexample(self) -> bool:
        """a socket with another port than the one that bind() was given"""
        with socket.socket() as made:
            made.bind(("127.0.0.1", 0))
            return bool(made.getsockname()[1] != 0)


class C35(Claim):
    """After listen(), a client's connect() reaches the server."""

    instead = "While there is room: where the queue of finished connections is full, the kernel drops the client's SYN."
    sources = ("listen(2)", "tcp(7), tcp_abort_on_overflow")
    seen_in = Cell("11_socket_lifecycle", "life-33")

    def support(self) -> bool:
        """a client whose connect() succeeds"""
        with listening() as listener, socket.socket() as caller:
            return refusal(caller.connect, listener.getsockname()) == ""

    def counterexample(self) -> bool:
        """a client that hears nothing from a listener whose queue is full"""
        with listening(backlog=0) as listener, socket.create_connection(listener.getsockname(), PATIENCE):
            wait_for_caller(listener)
            with socket.socket() as second:
                second.setblocking(False)
                second.connect_ex(listener.getsockname())
                answered = select.select([], [second], [], UNANSWERED)[1]
                return not answered and state_of(second) == "SYN-SENT"


class C36(Claim):
    """accept() takes up the request, and so the connection is made."""

    instead = "It hands over, as a new socket, a connection that the kernel has made before; the listener goes on."
    sources = ("accept(2)", "POSIX accept()")
    seen_in = Cell("11_socket_lifecycle", "life-13")

    def support(self) -> bool:
        """an accept() that returns a socket with the client at its other end"""
        with connection() as (near, far):
            return bool(far.getpeername() == near.getsockname())

    def counterexample(self) -> bool:
        """bytes that the server's kernel has taken and acknowledged before accept() was called"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            caller.sendall(b"hello")
            wait_for_caller(listener)
            deadline = time.monotonic() + PATIENCE
            while unacknowledged(caller) and time.monotonic() < deadline:
                time.sleep(LOOK_EVERY)  # nobody is told of an acknowledgement
            acknowledged = unacknowledged(caller) == 0
            far, _ = listener.accept()
            with far:
                return acknowledged and far.recv(100) == b"hello"


class C39(Claim):
    """close() of a socket is like fclose() of a file."""

    instead = (
        "Like close(): the number is free at once, the connection ends with its last descriptor. "
        "And what was not read is lost: then the other end gets a reset."
    )
    sources = ("close(2)", "RFC 9293 §3.6.1", "RFC 1122 §4.2.2.13", "socket(7), SO_LINGER")
    seen_in = Cell("11_socket_lifecycle", "life-49")

    def support(self) -> bool:
        """a descriptor that is invalid after close()"""
        with socket.socket() as made:
            number = os.dup(made.fileno())
        os.close(number)
        return refusal(os.fstat, number) == "EBADF"

    def counterexample(self) -> bool:
        """a close() that the other end feels: a reset, because bytes had not been read"""
        with connection() as (near, far):
            near.sendall(b"unread")
            select.select([far], [], [], PATIENCE)
            far.close()
            return refusal(near.recv, 100) == "ECONNRESET"
