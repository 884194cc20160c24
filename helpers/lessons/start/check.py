"""Checkers of notebook 00."""

from __future__ import annotations

import socket
from collections.abc import Callable

from helpers.lab import Experiment
from helpers.study.checking import Wrong, exercise
from helpers.study.live import live_trace


@exercise("00.1", "the port that the kernel chose")
def port_of_a_listener(port_of: Callable[[socket.socket], int]) -> str:
    """`port_of` must tell any listener's port, and leave the listener as it is."""
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            expected = listener.getsockname()[1]
            answer = port_of(listener)
            if listener.fileno() == -1:
                raise Wrong("Your function closed the listener. Ask it for its address, and leave it open.")
            if isinstance(answer, tuple):
                raise Wrong(f"You returned the whole address {answer}; the port is one part of it.")
            if not isinstance(answer, int) or isinstance(answer, bool):
                raise Wrong(f"A port is a whole number; you returned {answer!r}.")
            if answer == 0:
                raise Wrong("0 was the request «choose one for me». Ask the socket what the kernel chose.")
            if answer != expected:
                raise Wrong(
                    f"This listener has port {expected}; you returned {answer}. Each listener has its own."
                )
    return "getsockname() asks the kernel, which knows what it chose."


@exercise("00.2", "a port where nobody listens")
def port_without_listener(find_closed_port: Callable[[], int]) -> str:
    """A connect() to 127.0.0.1 and the returned port must be refused."""
    port = find_closed_port()
    if not isinstance(port, int) or isinstance(port, bool):
        raise Wrong(f"A port is a whole number; you returned {port!r}.")
    if not 1 <= port <= 65535:
        raise Wrong(f"Ports go from 1 to 65535: 16 bits in the TCP header. You returned {port}.")
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
    received = [
        call for call in trace.calls if call.name == "recv" and call.host == "server" and not call.error
    ]
    if not data:
        raise Wrong("No data crossed the wire: connect, then send something.")
    if not any(frame.lost for frame, _ in data):
        lost = [segment.flags for frame, segment in trace.segments() if frame.lost]
        raise Wrong(
            f"You lost {lost[0]}, which carries no data. wire.drop(payload=True, nth=1) matches the first with data."
            if lost
            else "Nothing with data was lost. A rule such as wire.drop(payload=True, nth=1) must stand before the send."
        )
    if not any(call.result not in ("", "b''") for call in received):
        raise Wrong(
            "The server has not received the message: accept(), then recv() on the socket that accept() returned."
        )
    return f"The data were put on the wire {len(data)} times and read once: the kernel sent them again by itself."
