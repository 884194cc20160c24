"""Checkers of notebook 00."""

from __future__ import annotations

import ast
import contextlib
import socket
from collections.abc import Callable

from helpers.lab import Experiment
from helpers.study.checking import Wrong, exercise, expect
from helpers.study.live import live_trace


@exercise("00.1", "the port that the kernel chose")
def port_of_a_listener(port_of: Callable[[socket.socket], int]) -> str:
    """`port_of` must tell any listener's port, and leave the listener as it is."""
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            answer = port_of(listener)
            if listener.fileno() == -1:
                raise Wrong("Your function closed the listener. Ask it for its address, and leave it open.")
            expect(answer, port, "the port of this listener", "Each listener has its own: ask it for its address.")
    return "getsockname() asks the kernel, which knows what it chose."


@exercise("00.2", "a port where nobody listens")
def port_without_listener(find_closed_port: Callable[[], int]) -> str:
    """A connect() to 127.0.0.1 and the returned port must be refused."""
    port = find_closed_port()
    if type(port) is not int or not 1 <= port <= 65535:
        raise Wrong(f"A port is a whole number from 1 to 65535 (16 bits in the TCP header); you returned {port!r}.")
    with socket.socket() as caller:
        caller.settimeout(2)
        try:
            caller.connect(("127.0.0.1", port))
        except ConnectionRefusedError:
            return f"The kernel answered with a RST: nobody listens on port {port}."
        except OSError as error:
            raise Wrong(f"connect() to port {port} failed, but with another error: {error}.") from None
    raise Wrong(f"connect() to port {port} succeeded, so somebody listens there.")


@exercise("00.3", "lose a message, and still receive it")
def lost_message(lose_the_message: Experiment) -> str:
    """The first segment with data must be lost, and the server must have received the data."""
    trace = live_trace(lose_the_message)
    data = [(frame, segment) for frame, segment in trace.segments() if segment.payload]
    if not data:
        raise Wrong("No data crossed the wire: connect, then send something.")
    frame, first = data[0]
    if not frame.lost:
        raise Wrong(f"The first segment with data ({first}) was not lost. Make the rule before you send.")
    received = b""
    for call in trace.calls:
        if (call.host, call.name, call.error) == ("server", "recv", ""):
            with contextlib.suppress(ValueError, SyntaxError):  # of a call that has not returned
                received += ast.literal_eval(call.result)
    if first.payload not in received:
        raise Wrong(f"{first.payload!r} was lost, and the server has received {received!r}. Let it call recv() for it.")
    return f"{first.payload!r} was lost, and the server has read it: the kernel of {frame.sender} sent it again."
