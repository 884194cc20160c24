"""Checkers of notebook 11."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from helpers.lab import Experiment
from helpers.study.checking import Wrong, exercise
from helpers.study.live import live_trace
from helpers.trace import Trace

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
"""Seconds that waiting for the kernel takes at most."""


@exercise("11.1", "the server remembers")
def server_in_time_wait(server_remembers: Experiment) -> str:
    """At the end a connection of the server is in TIME-WAIT, and the client has none."""
    trace = live_trace(server_remembers)
    client, server = (_last_states(trace, host) for host in ("client", "server"))
    if "TIME-WAIT" in client & server:
        raise Wrong("Both are in TIME-WAIT: the two FINs crossed. Let the client close when it is in CLOSE-WAIT.")
    if "TIME-WAIT" in client:
        raise Wrong("The client is in TIME-WAIT: it closed first. Let the other side call close() first.")
    if "TIME-WAIT" not in server:
        raise Wrong(
            f"At the end the server's connections are in: {_listed(server)}. Close its connection (not the "
            "listener), then the client's, and wait for the state before your function ends."
        )
    if client:
        raise Wrong(f"The server is in TIME-WAIT, the client still in {_listed(client)}: wait until it has ended.")
    return "Who sends the first FIN keeps TIME-WAIT, client or server."


@exercise("11.2", "an end without FIN")
def end_without_fin(without_fin: Experiment) -> str:
    """A connection stood, no FIN crossed the wire, and at the end neither end has a connection."""
    trace = live_trace(without_fin)
    flags = [segment.has for _, segment in trace.segments()]
    if not any("ESTABLISHED" in states for _, states in trace.state_changes("server")):
        raise Wrong("No connection came to ESTABLISHED on the server: connect() first, then end it.")
    if any("FIN" in one for one in flags):
        raise Wrong("A FIN was sent: an ordinary close. Which two kinds of close() send an RST instead?")
    left = {host: states for host in ("client", "server") if (states := _last_states(trace, host))}
    if left:
        where = "; ".join(f"{host}: {_listed(states)}" for host, states in left.items())
        raise Wrong(f"No FIN crossed, but the connection has not ended ({where}). End it, wait for CLOSED.")
    return "RST ended the connection for both at once, and nobody is left in TIME-WAIT."


@exercise("11.3", "a listener that can start again")
def listener_after_time_wait(listener_on: Callable[[int], socket.socket]) -> str:
    """`listener_on(port)` must succeed again while a connection of its first listener is in TIME-WAIT."""
    with _listening(listener_on(0)) as first:
        port = first.getsockname()[1]
        with socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as caller:
            connection, _ = first.accept()
            connection.close()  # the server's side first: it keeps the TIME-WAIT
            caller.recv(1)
    try:
        second = listener_on(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise Wrong(
            "The first time it worked; with a connection in TIME-WAIT bind() failed: EADDRINUSE. "
            "Which option must be set before bind(), each time?"
        ) from None
    with _listening(second):
        if second.getsockname()[1] != port:
            raise Wrong(f"You were asked for port {port}; your listener has port {second.getsockname()[1]}.")
    return "bind() passed although a connection of that port was in TIME-WAIT."


@exercise("11.4", "the end of a connect() that does not block")
def end_of_connect(finish_connect: Callable[[socket.socket], int]) -> str:
    """0 for a connection that stands, also for one that takes a second; ECONNREFUSED for one that was refused."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        with _calling(port) as caller:
            answer = _asked(finish_connect, caller)
        if answer != 0:
            raise Wrong(f"A listener accepted this connection, so the answer is 0; you returned {answer!r}.")
    with _calling(port) as caller:  # the port of the listener that was just closed
        answer = _asked(finish_connect, caller)
    if answer == 0:
        raise Wrong("Nobody listened on the second port; you returned 0. Writable means decided, not connected.")
    if answer in (errno.EINPROGRESS, errno.EALREADY):
        raise Wrong("You returned that it is still in progress. Wait until the socket is writable.")
    if answer != errno.ECONNREFUSED:
        raise Wrong(f"The second one was refused: the answer is errno.ECONNREFUSED; you returned {answer!r}.")
    _wait_for_a_slow_one(finish_connect)
    return "Writable says that it is decided; SO_ERROR says how."


def _wait_for_a_slow_one(finish_connect: Callable[[socket.socket], int]) -> None:
    """Raises Wrong if the answer comes while the handshake still goes on.

    The listener's queue is full when the SYN comes, and has room when the kernel sends it again after a second.
    """
    with socket.create_server((LOOPBACK, 0), backlog=0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address), _calling(address[1]) as caller:
            listener.accept()[0].close()
            _asked(finish_connect, caller)
            try:
                caller.getpeername()
            except OSError:
                raise Wrong(
                    "You answered before it was decided: SO_ERROR is 0 while connect() is still in progress, too. "
                    "Wait until the socket is writable."
                ) from None


def _last_states(trace: Trace, host: str) -> set[str]:
    """The states of the host's connections when the experiment ended; its listeners aside."""
    return {row.state for row in trace.table(host).rows} - {"LISTEN"}


def _listed(states: set[str]) -> str:
    return ", ".join(sorted(states)) or "none at all"


def _listening(answer: Any) -> socket.socket:
    """The answer, if it is a listener on loopback."""
    if not isinstance(answer, socket.socket):
        raise Wrong(f"Return the listening socket itself; you returned {answer!r}.")
    problem = ""
    if answer.fileno() == -1:
        problem = "Your function closed the socket before it returned it."
    elif not answer.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        problem = "Your socket does not listen: call listen() before you return it."
    elif answer.getsockname()[0] != LOOPBACK:
        bound = answer.getsockname()[0]
        problem = f"Your listener is bound to {bound}: take {LOOPBACK}, so that only this machine reaches it."
    if problem:
        answer.close()
        raise Wrong(problem)
    return answer


@contextlib.contextmanager
def _calling(port: int) -> Iterator[socket.socket]:
    """A socket that does not block, with a connect() to that port begun."""
    with socket.socket() as caller:
        caller.setblocking(False)
        started = caller.connect_ex((LOOPBACK, port))
        if started not in (0, errno.EINPROGRESS):
            raise OSError(started, os.strerror(started))
        yield caller


def _asked(finish_connect: Callable[[socket.socket], int], caller: socket.socket) -> Any:
    """What the function answers; raises what it raises, and Wrong if it does not come back."""
    answers: list[Any] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(finish_connect(caller))
        except Exception as error:  # of the reader's code: raised again below
            errors.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    if asking.is_alive():
        with contextlib.suppress(OSError):
            caller.shutdown(socket.SHUT_RDWR)  # its select() returns, and the thread ends
        raise Wrong(
            f"Your function still waits after {PATIENCE:g} s. A connect() that is decided makes the socket *writable* "
            "(the second list of select), not readable."
        )
    if errors:
        raise errors[0]
    if caller.fileno() == -1:
        raise Wrong("Your function closed the socket. Leave it open: its owner wants to use it.")
    return answers[0]
