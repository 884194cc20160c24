from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.lab import Host, LabUnavailable, Wire, experiment, recordings
from helpers.lab.experiments import EditedExperiment, StuckExperiment, fingerprint
from helpers.trace import TraceError

PORT = 80


@experiment
def handshake(client: Host, server: Host, wire: Wire, port: int = PORT) -> None:
    listener = server.socket()
    listener.bind(("10.0.0.2", port))
    listener.listen()
    client.socket().connect(("10.0.0.2", port))
    wire.wait_for("ACK", sender="client")
    wire.mark("end")


@pytest.fixture
def recorded(needs_lab: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with recordings of `handshake`."""
    monkeypatch.setattr(recordings, "FOLDER", tmp_path)
    monkeypatch.setenv(recordings.RECORD_TO, str(tmp_path))
    handshake()
    handshake(port=8080)
    monkeypatch.delenv(recordings.RECORD_TO)
    return tmp_path


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpers.lab.experiments.why_unavailable", lambda: "hosts are refused in this test")


def test_it_is_replayed_where_it_cannot_run(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = handshake(port=8080)
    refuse(monkeypatch)
    replayed = handshake(port=8080)
    assert not replayed.source.live and str(replayed.source).startswith("[recorded on Linux ")
    assert [str(s) for _, s in replayed.segments()] == [str(s) for _, s in live.segments()]


def test_it_is_replayed_where_a_host_cannot_be_what_it_needs(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Host) -> None:
        raise LabUnavailable("no socket here")

    monkeypatch.setattr(Host, "socket", refused)
    assert not handshake().source.live


def test_an_edited_experiment_does_not_get_the_old_answer(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)

    @experiment
    def handshake(client: Host, server: Host, wire: Wire) -> None:
        client.socket().connect(("10.0.0.2", 80))

    with pytest.raises(EditedExperiment, match="you changed the experiment handshake, .*hosts are refused in this"):
        handshake()
    with pytest.raises(TraceError, match="there is no recording handshake--port-81"):
        handshake(port=81)


def test_an_error_in_an_experiment_comes_out_and_closes_the_network(needs_lab: None) -> None:
    hosts: list[Host] = []

    @experiment
    def failing(client: Host, server: Host, wire: Wire) -> None:
        hosts.append(client)
        client.socket().connect(("10.0.0.2", 80))

    with pytest.raises(ConnectionRefusedError):
        failing()
    assert hosts[0].network.closed


def test_a_call_that_waits_for_ever_ends_the_experiment(needs_lab: None) -> None:
    @experiment(limit=0.3)
    def waits(client: Host, server: Host, wire: Wire) -> None:
        listener = server.socket()
        listener.bind(("10.0.0.2", 80))
        listener.listen()
        caller = client.socket()
        caller.connect(("10.0.0.2", 80))
        caller.recv(100)

    with pytest.raises(StuckExperiment, match=r"ended after 0.3 s: client: recv\(100\) still waits"):
        waits()
    handshake()


def test_a_program_that_runs_for_ever_ends_the_experiment(needs_lab: None) -> None:
    @experiment(limit=0.3)
    def waits(client: Host, server: Host, wire: Wire) -> None:
        client.run(["sleep", "60"], timeout=60)

    with pytest.raises(StuckExperiment, match="no call on a socket waits"):
        waits()


def defined(tmp_path: Path, source: str, number: int = 0) -> Callable[..., object]:
    """A function named f from a file of its own, as inspect finds a notebook cell's source."""
    path = tmp_path / f"cell{number}_{abs(hash(source))}.py"
    path.write_text(source)
    namespace: dict[str, Any] = {"__name__": "cells"}
    exec(compile(source, str(path), "exec"), namespace)  # noqa: S102
    made: Callable[..., object] = namespace["f"]
    return made


BASE = "N = 1\ndef g(x):\n    return x\ndef f(a):\n    return g(a) + N\n"
SAME = "N = 1\nM = 2\ndef g(x):\n  return x\ndef f(a):  # a comment\n\n  return g(a)  +  N\n"
CHANGES = (("+", "-"), ("N = 1", "N = 2"), ("return x", "return x * 2"), ("f(a)", "f(a=1)"))
F_STRINGS = 'def f(a):\n    return f"{a!r:>{10}} {{}}" + f\'\'\'two\n{a + 1} lines\'\'\' + "x"  # a comment\n'
"""They are tokens of other kinds from Python 3.12 on."""


def test_what_the_function_uses_counts_and_comments_and_white_space_do_not(tmp_path: Path) -> None:
    base = fingerprint(defined(tmp_path, BASE))
    assert fingerprint(defined(tmp_path, SAME, 1)) == base
    others = [fingerprint(defined(tmp_path, BASE.replace(*change, 1), 2)) for change in CHANGES]
    assert base not in others and len(set(others)) == len(CHANGES)
    assert fingerprint(defined(tmp_path, F_STRINGS, 3)) == "2728564551353b04", "on every Python"
