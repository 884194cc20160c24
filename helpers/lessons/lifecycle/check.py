"""Checkers of notebook 11: two look at the trace of an experiment, two at sockets on this machine.

An experiment is judged by how it ends, not by what its last table happens to show: which FIN was the first says why a
side is in TIME-WAIT.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

from helpers.lab import Experiment
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.live import live_trace
from helpers.trace import Trace

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
"""Seconds after which a function that still waits is woken."""
SHORT = 100
"""Milliseconds after which a connection that nobody answers is given up at the next try (tcp(7), TCP_USER_TIMEOUT)."""

FinishConnect = Callable[[socket.socket], int]


@exercise("11.1", "the server remembers")
def server_in_time_wait(server_remembers: Experiment) -> str:
    """At the end a connection of the server is in TIME-WAIT, and the client has none."""
    trace = live_trace(server_remembers)
    client, server = (_last_states(trace, host) for host in ("client", "server"))
    if "TIME-WAIT" in client:
        first = next((frame.sender for frame, segment in trace.segments() if "FIN" in segment.has), "")
        if first == "server":
            raise Wrong("The two FINs crossed: both ends keep TIME-WAIT. Wait for the client's CLOSE-WAIT, then close.")
        raise Wrong("The client is in TIME-WAIT: its FIN was the first. Let the server close its connection first.")
    if "TIME-WAIT" not in server:
        raise Wrong(
            f"At the end the server's connections are in: {_listed(server)}. Close its connection (not the "
            "listener), then the client's, and wait for the state before your function ends."
        )
    if client:
        raise Wrong(f"The server is in TIME-WAIT, the client still in {_listed(client)}: wait until it has ended.")
    return "The server's kernel keeps TIME-WAIT, and the client's has no connection left."


@exercise("11.2", "an end without FIN")
def end_without_fin(without_fin: Experiment) -> str:
    """A connection stood, no host sent a FIN, and at the end neither has a connection."""
    trace = live_trace(without_fin)
    flags = [segment.has for frame, segment in trace.segments() if frame.sender in ("client", "server")]
    if not any("ESTABLISHED" in states for host in ("client", "server") for _, states in trace.state_changes(host)):
        raise Wrong("No connection came to ESTABLISHED: connect() first, then end it.")
    if any("FIN" in one for one in flags):
        raise Wrong("A FIN was sent: an ordinary close. Which two kinds of close() send an RST instead?")
    left = {host: states for host in ("client", "server") if (states := _last_states(trace, host))}
    if left:
        where = "; ".join(f"{host}: {_listed(states)}" for host, states in left.items())
        raise Wrong(f"No FIN was sent, but the connection has not ended ({where}). End it, wait for CLOSED.")
    how = "An RST ended it" if any("RST" in one for one in flags) else "It ended"
    return f"{how} without a FIN, and neither kernel has a connection left, not even in TIME-WAIT."


@exercise("11.3", "a listener that can start again")
def listener_after_time_wait(listener_on: Callable[[int], socket.socket]) -> str:
    """`listener_on(port)` must succeed again while a connection of its first listener is in TIME-WAIT."""
    with _listening(listener_on(0)) as first:
        port = first.getsockname()[1]
        _leave_time_wait(first)
    with socket.socket() as caller:
        if caller.connect_ex((LOOPBACK, port)) == 0:
            raise Wrong(f"The listener that you returned was closed, and something still listens on port {port}.")
    try:
        second = listener_on(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Wrong(
            "The first time it worked; with a connection in TIME-WAIT it failed: EADDRINUSE. "
            "Which option must be set before bind(), each time?"
        ) from None
    with _listening(second):
        expect(second.getsockname()[1], port, "the port of the second listener", "Take the port that was asked for.")
    return "You have a listener again, although a connection of that port is in TIME-WAIT."


@exercise("11.4", "the end of a connect() that does not block")
def end_of_connect(finish_connect: FinishConnect) -> str:
    """0 for a connection that stands, also for one that takes a second; else the error of this connect()."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        with _calling(port) as caller:
            expect(_asked(finish_connect, caller), 0, "a listener has accepted this connection")
    with _calling(port) as caller:  # the port of the listener that was just closed
        hint = "Writable means decided, not connected: ask for SO_ERROR."
        wanted, case = errno.ECONNREFUSED, "nobody listened on this port (ECONNREFUSED)"
        expect(_asked(finish_connect, caller), wanted, case, hint)
    with _full_queue() as listener, _calling(listener.getsockname()[1]) as caller:
        listener.accept()[0].close()  # now there is room for the SYN, which the kernel sends again after a second
        _wait_for_a_slow_one(finish_connect, caller)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with _full_queue() as listener, _calling(listener.getsockname()[1]) as caller:
            caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SHORT)
            answer = _asked(finish_connect, caller)
            expect(answer, errno.ETIMEDOUT, "nobody answered this SYN (ETIMEDOUT)", "Each error has its number.")
    return "It waits until a connect() is decided, and tells each outcome apart."


def _wait_for_a_slow_one(finish_connect: FinishConnect, caller: socket.socket) -> None:
    begin, used = time.monotonic(), time.thread_time()
    answer = _asked(finish_connect, caller)
    passed, used = time.monotonic() - begin, time.thread_time() - used
    try:
        caller.getpeername()
    except OSError:
        raise Wrong(
            f"You returned {answer!r} before it was decided: SO_ERROR is 0 while connect() is still in progress, too. "
            "Wait until the socket is writable."
        ) from None
    expect(answer, 0, "this connection was made after a second")
    if used > passed / 20:  # a wait takes no time of the processor; a loop takes what a busy machine leaves it
        raise Wrong(f"Your function used the processor for {used:.1f} of {passed:.1f} s: it asks, and does not wait.")


def _last_states(trace: Trace, host: str) -> set[str]:
    """The states of the host's connections when the experiment ended; its listeners aside."""
    return {row.state for row in trace.table(host).rows} - {"LISTEN"}


def _listed(states: set[str]) -> str:
    return ", ".join(sorted(states)) or "none at all"


def _listening(answer: object) -> socket.socket:
    """The answer, if it is a listener on loopback."""
    if not isinstance(answer, socket.socket) or answer.fileno() == -1:
        raise Wrong(f"Return the listening socket itself, and leave it open; you returned {answer!r}.")
    with contextlib.ExitStack() as closing:
        closing.callback(answer.close)
        if not answer.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise Wrong("Your socket does not listen: call listen() before you return it.")
        expect(answer.getsockname()[0], LOOPBACK, "the address of your listener")
        closing.pop_all()
    return answer


def _leave_time_wait(listener: socket.socket) -> None:
    """A connection of this listener, closed on the server's side first."""
    with socket.create_connection(listener.getsockname(), timeout=PATIENCE) as caller:
        connection, _ = listener.accept()
        with connection:
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
                raise Wrong("Connections of your listener have SO_LINGER on, and may leave no TIME-WAIT. Leave it off.")
        caller.recv(1)


@contextlib.contextmanager
def _full_queue() -> Iterator[socket.socket]:
    """A listener with as many connections as it holds: the next SYN gets no answer."""
    with socket.create_server((LOOPBACK, 0), backlog=0) as listener:
        with socket.create_connection(listener.getsockname()):
            yield listener


@contextlib.contextmanager
def _calling(port: int) -> Iterator[socket.socket]:
    """A socket that does not block, with a connect() to that port begun."""
    with socket.socket() as caller:
        caller.setblocking(False)
        started = caller.connect_ex((LOOPBACK, port))
        if started not in (0, errno.EINPROGRESS):
            raise OSError(started, os.strerror(started))
        yield caller


def _asked(finish_connect: FinishConnect, caller: socket.socket) -> int:
    """What the function answers. Raises Wrong if it closes the socket, or waits for what does not come."""
    woken = threading.Event()

    def wake() -> None:
        woken.set()
        with contextlib.suppress(OSError):
            caller.shutdown(socket.SHUT_RDWR)  # its select() returns

    timer = threading.Timer(PATIENCE, wake)
    timer.start()
    try:
        answer = finish_connect(caller)
    finally:
        timer.cancel()
    if woken.is_set():
        raise Wrong(
            f"Your function still waited after {PATIENCE:g} s. A connect() that is decided makes the socket *writable* "
            "(the second list of select); a connection without data is not readable."
        )
    if caller.fileno() == -1:
        raise Wrong("Your function closed the socket. Leave it open: its owner wants to use it.")
    return answer
