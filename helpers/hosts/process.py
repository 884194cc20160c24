"""The process that is a host: process 1 of its own PID namespace, alone in its own network namespace.

It answers the notebook over its control channel: opens sockets and files, starts programs, routes. It leaves when the
channel closes or the notebook's process ends; as process 1 it takes the host's programs along (pid_namespaces(7)).
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from pathlib import Path

from helpers.hosts import control, routing

ETHERNET_HEADER = 14
_PROGRAMS: dict[int, subprocess.Popen[bytes]] = {}


def live(channel: socket.socket, notebook: int) -> None:
    """Serve the channel until it closes or the process behind the pidfd `notebook` ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # the host maker ignores it; subprocess needs it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(notebook, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if notebook in ready:
            return
        try:
            message, descriptors = control.receive(channel)
        except (EOFError, OSError):
            return
        try:
            reply, given = _ANSWERS[message["ask"]](message, descriptors)
        except OSError as error:
            reply, given = control.failure(error), []
        for descriptor in descriptors:
            os.close(descriptor)
        try:
            control.give(channel, reply, given)
        except OSError:
            return


Answer = tuple[control.Message, list[int]]


def _socket(message: control.Message, _: list[int]) -> Answer:
    made = socket.socket(message["family"], message["type"], message["protocol"])
    return {}, [made.detach()]


def _open(message: control.Message, _: list[int]) -> Answer:
    return {}, [os.open(message["path"], os.O_RDONLY | os.O_CLOEXEC)]


def _write(message: control.Message, _: list[int]) -> Answer:
    Path(message["path"]).write_text(message["text"])
    return {}, []


def _spawn(message: control.Message, descriptors: list[int]) -> Answer:
    stdin, stdout, stderr = descriptors
    program = subprocess.Popen(message["argv"], cwd=message["cwd"], stdin=stdin, stdout=stdout, stderr=stderr)
    _PROGRAMS[program.pid] = program
    return {"pid": program.pid}, [os.pidfd_open(program.pid)]


def _reap(message: control.Message, _: list[int]) -> Answer:
    """Of a program whose pidfd has said that it ended."""
    return {"status": _PROGRAMS.pop(message["pid"]).wait()}, []


_ANSWERS = {
    "socket": _socket,
    "open": _open,
    "write": _write,
    "spawn": _spawn,
    "reap": _reap,
    "mtu": routing.set_mtu,
    "route": routing.add_route,
    "neighbour": routing.add_neighbour,
    "no neighbour": routing.remove_neighbour,
}
