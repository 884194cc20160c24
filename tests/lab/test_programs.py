"""Functions that run in a host, in a process of their own."""

from __future__ import annotations

import pytest

from helpers.lab import python
from tests.lab.conftest import Lab


def talk() -> None:
    import socket

    with socket.create_connection(("10.0.0.2", 80)) as caller:
        caller.sendall(b"from another process")
    print("sent", caller.fileno())


def fail() -> None:
    raise ValueError("on purpose")


def test_a_function_runs_in_a_host(lab: Lab) -> None:
    ended = lab.client.run(python(talk))
    assert (ended.returncode, ended.stdout) == (0, b"sent -1\n")
    connection, _ = lab.listener.accept()
    assert connection.recv(100) == b"from another process"


def test_its_error_is_that_of_a_program(lab: Lab) -> None:
    ended = lab.client.run(python(fail))
    assert ended.returncode == 1 and ended.stderr.endswith(b"ValueError: on purpose\n")


def test_the_trace_does_not_say_where_python_lies(lab: Lab) -> None:
    lab.client.run(python(talk))
    call = lab.network.trace().call("run")
    assert call.arguments.startswith("python -c 'def talk()") and call.result == "sent -1"


def test_a_function_without_a_source_is_told() -> None:
    with pytest.raises((OSError, TypeError)):
        python(eval("lambda: None"))
