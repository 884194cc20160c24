from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from helpers.lab import python
from tests.lab.conftest import Lab


def talk() -> None:
    import socket
    import sys

    with socket.create_connection(("10.0.0.2", 80)) as caller:
        caller.sendall(sys.stdin.buffer.read())
    print("sent")
    sys.exit("on purpose")


def test_a_function_runs_in_a_host_and_the_trace_does_not_say_where_python_lies(lab: Lab) -> None:
    ended = lab.client.run(python(talk), b"from another process")
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"sent\n", b"on purpose\n")
    connection, _ = lab.listener.accept()
    assert connection.recv(100) == b"from another process"
    call = lab.network.trace().call("run", "client")
    assert call.arguments.startswith("python -c 'def talk()") and call.result == "sent"


def test_a_program_that_lasts_too_long_is_ended(lab: Lab) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        lab.client.run(["sleep", "60"], timeout=0.1)
    with pytest.raises(FileNotFoundError):
        lab.client.run(["no such program"])
    assert lab.client.run(["sh", "-c", "exit 0"]).returncode == 0


def test_a_started_program_serves_and_can_be_ended(lab: Lab) -> None:
    program = lab.server.start([sys.executable, "-u", "-m", "http.server", "8080"])
    assert program.stdout.readline().startswith(b"Serving")
    caller = lab.client.socket()
    caller.connect(("10.0.0.2", 8080))
    caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert caller.recv(8) == b"HTTP/1.0"
    program.send_signal(signal.SIGTERM)
    assert program.wait() == -signal.SIGTERM


def test_programs_end_with_their_host(lab: Lab) -> None:
    program = lab.server.start(["sh", "-c", "sleep 1000 & echo $!; setsid sleep 1000 & wait"])
    program.stdout.readline()
    pidfd = os.dup(program._pidfd)
    lab.network.close()
    assert select.select([pidfd], [], [], 2.0)[0] == [pidfd]
    os.close(pidfd)
