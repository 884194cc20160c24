from __future__ import annotations

import os
import select
import signal
import subprocess

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


def test_a_program_that_lasts_too_long_is_ended_and_another_can_be_talked_to(lab: Lab) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        lab.client.run(["sleep", "60"], timeout=0.1)
    with pytest.raises(FileNotFoundError):
        lab.client.run(["no such program"])
    program = lab.client.start(["cat"])
    program.stdin.write(b"still here\n")
    assert program.stdout.readline() == b"still here\n"
    program.send_signal(signal.SIGTERM)
    assert program.wait() == -signal.SIGTERM


def test_programs_end_with_their_host(lab: Lab) -> None:
    program = lab.server.start(["sh", "-c", "sleep 1000 & echo $!; setsid sleep 1000 & wait"])
    program.stdout.readline()
    pidfd = os.dup(program._pidfd)
    lab.network.close()
    assert select.select([pidfd], [], [], 2.0)[0] == [pidfd]
    os.close(pidfd)
