from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.lab import Host, LabError, LabUnavailable, Wire, experiment, recordings
from helpers.lab.experiments import EditedExperiment, Experiment, StuckExperiment, fingerprint
from helpers.trace import TraceError
from tests.needs import output_of

PORT = 80


@experiment
def handshake(client: Host, server: Host, wire: Wire, port: int = PORT) -> None:
    listener = server.socket()
    listener.bind(("10.0.0.2", port))
    listener.listen()
    client.socket().connect(("10.0.0.2", port))
    wire.wait_for("ACK", sender="client")
    wire.mark("end")


@experiment(hosts={"a": ("10.0.0.1",), "b": ("10.0.0.2", "10.0.0.3"), "c": ("10.0.0.9",)})
def three(a: Host, b: Host, c: Host, wire: Wire) -> None:
    assert [host.addresses for host in (a, b, c)] == [("10.0.0.1",), ("10.0.0.2", "10.0.0.3"), ("10.0.0.9",)]
    assert "1 received" in output_of(c, "ping", "-c", "1", "-W", "2", "10.0.0.3")


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


def test_it_runs_live_where_it_can(needs_lab: None) -> None:
    trace = handshake()
    assert trace.source.live
    assert trace.state("server", "end") == "ESTABLISHED"


def test_more_hosts(needs_lab: None) -> None:
    assert [host.name for host in three().hosts] == ["a", "b", "c"]


def test_it_is_replayed_where_it_cannot_run(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = handshake(port=8080)
    refuse(monkeypatch)
    replayed = handshake(port=8080)
    assert not replayed.source.live and str(replayed.source).startswith("[recorded on Linux ")
    assert [str(s) for _, s in replayed.segments()] == [str(s) for _, s in live.segments()]


@experiment
def forwarding(client: Host, server: Host, wire: Wire) -> None:
    client.forward()


def test_it_is_replayed_where_a_host_cannot_be_what_it_needs(
    needs_lab: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "FOLDER", tmp_path)
    forwarding.run().save(tmp_path / "forwarding")

    def refused(self: Host) -> None:
        raise LabUnavailable("no router here")

    monkeypatch.setattr(Host, "forward", refused)
    assert not forwarding().source.live

    @experiment
    def other(client: Host, server: Host, wire: Wire) -> None:
        client.forward()

    for ending in ("json", "pcapng"):
        (tmp_path / f"forwarding.{ending}").rename(tmp_path / f"other.{ending}")
    with pytest.raises(EditedExperiment, match="it cannot run here: no router here"):
        other()


def test_another_argument_has_no_recording(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    with pytest.raises(TraceError, match="there is no recording handshake--port-81"):
        handshake(port=81)


def test_an_edited_experiment_does_not_get_the_old_answer(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch)

    @experiment
    def handshake(client: Host, server: Host, wire: Wire) -> None:
        client.socket().connect(("10.0.0.2", 80))

    with pytest.raises(
        EditedExperiment, match="you changed the experiment handshake, .*hosts are refused in this test"
    ):
        handshake()
    assert isinstance(EditedExperiment("x"), LabError)


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
    path.write_text(textwrap.dedent(source))
    namespace: dict[str, object] = {"__name__": "cells"}
    exec(compile(path.read_text(), str(path), "exec"), namespace)  # noqa: S102
    return namespace["f"]  # type: ignore[return-value]


BASE = "N = 1\ndef g(x):\n    return x\ndef f(a):\n    return g(a) + N\n"


@pytest.mark.parametrize(
    "same",
    [
        "N = 1\ndef g(x):\n    return x\ndef f(a):  # a comment\n\n    return g(a)  +  N\n",
        "N = 1\nM = 2\ndef g(x):\n  return x\ndef f(a):\n  return (g(a) + N)\n".replace(
            "(g(a) + N)", "g(a) + N"
        ),
    ],
)
def test_comments_and_white_space_do_not_count(tmp_path: Path, same: str) -> None:
    assert fingerprint(defined(tmp_path, BASE)) == fingerprint(defined(tmp_path, same, 1))


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace("+", "-"),
        BASE.replace("N = 1", "N = 2"),
        BASE.replace("return x", "return x * 2"),
        BASE.replace("f(a)", "f(a=1)", 1),
    ],
)
def test_what_the_function_uses_counts(tmp_path: Path, other: str) -> None:
    assert fingerprint(defined(tmp_path, BASE)) != fingerprint(defined(tmp_path, other, 1))


def test_the_fingerprint_is_the_same_on_every_python(tmp_path: Path) -> None:
    """Formatted strings are tokens of other kinds from Python 3.12 on."""
    source = 'def f(a):\n    return f"{a!r:>{10}} {{}}" + f\'\'\'two\n{a + 1} lines\'\'\' + "x"  # a comment\n'
    assert fingerprint(defined(tmp_path, source)) == "2728564551353b04"


def test_names_of_recordings() -> None:
    assert (
        Experiment(handshake.function, handshake.hosts).recording_name(port=80, what="a/b c")
        == "handshake--port-80--what-a-b-c"
    )
