"""C16 to C19 and C33 to C39: the life of a socket, call by call.

On this machine's loopback where a call's result is enough; between two hosts where a segment must be held or lost.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from helpers.lab.socket_table import state_of, wait_for_state
from helpers.lessons.claims.claim import Claim
from helpers.lessons.claims.experiments import (
    accept_is_early,
    chosen_ports,
    lost_then_closed,
    one_port_to_choose,
    states,
    three_segments_held,
)
from helpers.lessons.claims.loopback import PATIENCE, calling, connection, listening, refusal

MORE_THAN_FITS = 64 << 20
"""Bytes: more than both kernels' buffers of a connection take (tcp(7), tcp_wmem and tcp_rmem)."""
UNANSWERED = 0.3
"""Seconds after which a SYN on loopback, answered at once or a second later, has found no answer."""


class C16(Claim):
    def support(self) -> bool:
        """a client that is refused although listen() has returned, as at a port where nobody listens"""
        with listening() as listener:
            return refusal(socket.create_connection, listener.getsockname()) == "ECONNREFUSED"

    def counterexample(self) -> bool:
        """a client that is connected although nobody has called accept()"""
        with calling() as (listener, caller):
            return state_of(listener) == "LISTEN" and state_of(caller) == "ESTABLISHED"


class C17(Claim):
    def support(self) -> bool:
        """an accept() that waits while the client's third segment is held, and returns when it has come"""
        trace = accept_is_early()
        call, held_at = trace.call("accept"), trace.mark_time("third segment held")
        return call.end is not None and call.begin < held_at < call.end and not call.error

    def counterexample(self) -> bool:
        """an accept() that need not wait: both ends were in ESTABLISHED before it was called"""
        with listening() as listener, socket.create_connection(listener.getsockname(), PATIENCE) as caller:
            wait_for_state(listener.getsockname()[1], "ESTABLISHED", peer=caller.getsockname()[1])  # the server's end
            before = state_of(caller)
            listener.setblocking(False)  # now an accept() that would wait fails
            with listener.accept()[0]:
                return before == "ESTABLISHED"


class C18(Claim):
    def support(self) -> bool:
        """a third segment, from the client, without which the server stays in SYN-RECEIVED"""
        trace = three_segments_held()
        return trace.segments()[2][0].sender == "client" and states(trace, "ACK held")[1] == "SYN-RECEIVED"

    def counterexample(self) -> bool:
        """that this segment has no flag but ACK, and carries nothing"""
        _, third = three_segments_held().segments()[2]
        return third.flags == "ACK" and not third.payload


def closed_in_order(first: socket.socket, second: socket.socket) -> bool:
    """Close both; whether the second one hears of it, and the first one is in TIME-WAIT afterwards."""
    port, peer = first.getsockname()[1], second.getsockname()[1]
    first.close()
    heard = second.recv(100)
    second.close()
    return heard == b"" and wait_for_state(port, "TIME-WAIT", peer=peer).local_port == port


class C19(Claim):
    def support(self) -> bool:
        """a connection that has ended when the client, then the server has called close()"""
        with connection() as (near, far):
            return closed_in_order(near, far)

    def counterexample(self) -> bool:
        """a connection that the server has closed first, and one that both have: they were in TIME-WAIT afterwards"""
        with connection() as (near, far):
            server_first = closed_in_order(far, near)
        return server_first and states(lost_then_closed(), "both closed") == ["TIME-WAIT", "TIME-WAIT"]


class C33(Claim):
    def support(self) -> bool:
        """a client after connect(), and a server after listen(), that have a port of the kernel's range"""
        trace = chosen_ports()
        low, high = map(int, trace.call("run").result.split())
        ports = {host: [row.local_port for row in trace.table(host).rows] for host in ("client", "server")}
        return all(ports.values()) and all(low <= port <= high for each in ports.values() for port in each)

    def counterexample(self) -> bool:
        """a connect() and a listen() without bind() that fail for want of a port: the only one is taken"""
        errors = [call.error for call in one_port_to_choose().calls if call.host == "client" and call.error]
        return errors == ["EADDRNOTAVAIL", "EADDRINUSE"]


class C34(Claim):
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


@contextlib.contextmanager
def full_queue() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A listener whose queue is full, and the socket of a client that calls it."""
    with calling(backlog=0) as (listener, _):
        select.select([listener], [], [], PATIENCE)  # until the finished connection is in the queue
        with socket.socket() as caller:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
            yield listener, caller


def connected_within(caller: socket.socket, seconds: float) -> bool:
    """Whether its connect() ends within that time, and has succeeded."""
    return bool(select.select([], [caller], [], seconds)[1]) and state_of(caller) == "ESTABLISHED"


class C35(Claim):
    def support(self) -> bool:
        """a client whose connect() succeeds"""
        with listening() as listener:
            return refusal(socket.create_connection, listener.getsockname()) == ""

    def counterexample(self) -> bool:
        """a client that hears nothing from a listener whose queue is full"""
        with full_queue() as (_, caller):
            return not connected_within(caller, UNANSWERED) and state_of(caller) == "SYN-SENT"


class C36(Claim):
    def support(self) -> bool:
        """a client that is connected only when accept() is called: it had found the queue full"""
        with full_queue() as (listener, caller):
            before = connected_within(caller, UNANSWERED)
            with listener.accept()[0]:
                return not before and connected_within(caller, PATIENCE)

    def counterexample(self) -> bool:
        """bytes, and a FIN behind them, that the server's kernel has acknowledged before accept() was called"""
        with calling() as (listener, caller):
            caller.sendall(b"hello")
            caller.shutdown(socket.SHUT_WR)
            wait_for_state(caller.getsockname()[1], "FIN-WAIT-2", peer=listener.getsockname()[1])
            with listener.accept()[0] as far:
                return far.recv(100) == b"hello"


class C37(Claim):
    def support(self) -> bool:
        """the same two calls that move bytes through a file and through a connection"""
        with tempfile.TemporaryFile(buffering=0) as file, connection() as (near, far):
            os.write(file.fileno(), b"hello")
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            os.write(near.fileno(), b"hello")
            return os.read(file.fileno(), 100) == os.read(far.fileno(), 100) == b"hello"

    def counterexample(self) -> bool:
        """a write that takes only a part of the bytes, which a file would take all"""
        with connection() as (near, _):
            near.setblocking(False)
            return 0 < os.write(near.fileno(), bytes(MORE_THAN_FITS)) < MORE_THAN_FITS


class C38(Claim):
    def support(self) -> bool:
        """a descriptor that sendmsg() hands over, for which send() has no place"""
        near, far = socket.socketpair()
        with near, far, tempfile.TemporaryFile() as file:
            socket.send_fds(near, [b"!"], [file.fileno()])  # it calls sendmsg(), with SCM_RIGHTS
            _, (given,), _, _ = socket.recv_fds(far, 1, 1)
            is_same = os.path.sameopenfile(given, file.fileno())
            os.close(given)
            return is_same

    def counterexample(self) -> bool:
        """plainer calls that do the same work: send() and recv() for bytes"""
        with connection() as (near, far):
            near.sendmsg([b"hel", b"lo"])
            by_msg = far.recvmsg(100)[0]
            near.send(b"hello")
            return by_msg == far.recv(100) == b"hello"


class C39(Claim):
    def support(self) -> bool:
        """bytes written before close() that all arrive, then the end: as a file has them after fclose()"""
        with connection() as (near, far), tempfile.TemporaryDirectory() as folder:
            for opened in (near.makefile("wb"), Path(folder, "file").open("wb")):
                with opened:
                    opened.write(b"hello")
            near.close()
            return b"".join(iter(lambda: far.recv(100), b"")) == Path(folder, "file").read_bytes()

    def counterexample(self) -> bool:
        """a close() that the other end feels: a reset, because bytes had not been read"""
        with connection() as (near, far):
            near.sendall(b"unread")
            select.select([far], [], [], PATIENCE)
            far.close()
            return refusal(near.recv, 100) == "ECONNRESET"
