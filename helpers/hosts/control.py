"""Messages between the notebook, the host maker and the hosts: JSON and descriptors over AF_UNIX SOCK_SEQPACKET.

One message is one packet, so nobody has to find its end, and descriptors travel with it as ancillary data (SCM_RIGHTS,
unix(7)). One question is under way at a time: a host has one thread, and who asks waits for the answer. Rejected: a
stream, whose messages need a length; multiprocessing's connections, whose pickles run code of whoever sends them.
A reply with "error" carries an errno and a text.
"""

from __future__ import annotations

import json
import os
import select
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

MAX_MESSAGE = 64 * 1024
MAX_DESCRIPTORS = 32
"""A host gives one, and one more for each LAN it is on."""

Message = dict[str, Any]
Answer = tuple[Message, list[int]]
"""A reply and the descriptors that go with it."""


def send(channel: socket.socket, message: Message, descriptors: Sequence[int] = ()) -> None:
    """Send one message with copies of the descriptors."""
    socket.send_fds(channel, [json.dumps(message).encode()], list(descriptors))


def receive(channel: socket.socket) -> Answer:
    """The next message and its descriptors. Raises EOFError when the other end is gone."""
    content, descriptors, _, _ = socket.recv_fds(channel, MAX_MESSAGE, MAX_DESCRIPTORS)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # recv_fds does not hand MSG_CMSG_CLOEXEC on to recvmsg(2)
    if not content:
        raise EOFError("the other end closed the control channel")
    return json.loads(content), descriptors


def answer(channel: socket.socket) -> Answer:
    """The next message, which answers a question. Raises OSError with the errno that the other process met."""
    reply, descriptors = receive(channel)
    if "error" in reply:
        raise OSError(reply["error"], os.strerror(reply["error"]) if reply["error"] else reply["text"])
    return reply, descriptors


def failure(error: OSError | EOFError) -> Message:
    """The reply that makes the asker raise this error."""
    return {"error": getattr(error, "errno", 0) or 0, "text": str(error)}


def give(channel: socket.socket, message: Message, descriptors: Sequence[int]) -> None:
    """Send a reply and let go of the descriptors; the asker goes on only when this side holds none of them.

    A copy still open here would keep a socket alive that the asker has closed (close(2)).
    """
    send(channel, message, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    if descriptors:
        send(channel, {})


def serve(channel: socket.socket, notebook: int, reply_to: Callable[[Message, list[int]], Answer]) -> None:
    """Answer until the channel closes or the process behind the pidfd `notebook` ends; an error is a reply, too."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(notebook, select.POLLIN)
    while notebook not in {descriptor for descriptor, _ in poll.poll()}:
        try:
            message, descriptors = receive(channel)
        except (EOFError, OSError):
            return
        try:
            reply, given = reply_to(message, descriptors)
        except (EOFError, OSError) as error:
            reply, given = failure(error), []
        for descriptor in descriptors:
            os.close(descriptor)
        try:
            give(channel, reply, given)
        except OSError:
            return


class Channel:
    """The asking end: one question at a time, from any thread."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._lock = threading.Lock()

    def ask(self, message: Message, descriptors: Sequence[int] = ()) -> Answer:
        """Send a question, return the reply and its descriptors.

        Raises OSError with the errno that the other process met, or EOFError if it is gone.
        """
        with self._lock:
            if self.closed:
                raise EOFError("the control channel is closed")
            try:
                send(self._end, message, descriptors)
                reply, given = answer(self._end)
                if given:
                    answer(self._end)  # see give()
                return reply, given
            except (BrokenPipeError, ConnectionResetError):
                raise EOFError("the other end closed the control channel") from None
            except KeyboardInterrupt:
                self._end.close()  # the answer still to come would be taken for the next question's
                raise

    @property
    def closed(self) -> bool:
        """Whether this end has hung up."""
        return self._end.fileno() == -1

    def close(self) -> None:
        """Hang up: the process at the other end leaves."""
        self._end.close()
