"""The process that is a host: process 1 of its own PID namespace, alone in its own network namespace.

It answers the notebook over its control channel: opens sockets and files, starts programs, changes its links. The
notebook gets the descriptors themselves, so that a socket of the host is an ordinary one there, and no call has to be
carried out from afar. The host leaves when the channel closes or the notebook's process ends; as process 1 it takes
its programs along (pid_namespaces(7)).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

from helpers.hosts import control, links

_programs: dict[int, subprocess.Popen[bytes]] = {}


def live(channel: socket.socket, notebook: int) -> None:
    """Serve the channel until it closes or the process behind the pidfd `notebook` ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # the host maker ignores it; subprocess needs it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.serve(channel, notebook, _reply)


def _reply(message: control.Message, descriptors: list[int]) -> control.Answer:
    match message:
        case {"ask": "socket", "family": family, "type": type, "protocol": protocol}:
            return {}, [socket.socket(family, type, protocol).detach()]
        case {"ask": "open", "path": path}:
            return {}, [os.open(path, os.O_RDONLY | os.O_CLOEXEC)]
        case {"ask": "write", "path": path, "text": text}:
            Path(path).write_text(text)
        case {"ask": "spawn", "argv": argv, "cwd": folder}:
            stdin, stdout, stderr = descriptors
            program = subprocess.Popen(argv, cwd=folder, stdin=stdin, stdout=stdout, stderr=stderr)
            _programs[program.pid] = program
            return {"pid": program.pid}, [os.pidfd_open(program.pid)]
        case {"ask": "reap", "pid": pid}:  # its pidfd has said that it ended
            return {"status": _programs.pop(pid).wait()}, []
        case _:
            links.change(message)
    return {}, []
