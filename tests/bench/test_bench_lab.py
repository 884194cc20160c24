"""What the lab costs: hosts up, a connection over the wire, frames carried, imports, and a notebook's memory."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from helpers.lab import Network

TOP = Path(__file__).parents[2]
DATAGRAMS = 100
"""As many as a receive buffer holds."""


def two_hosts() -> None:
    with Network() as network:
        network.host("client")
        network.host("server")


def test_two_hosts_up(benchmark: BenchmarkFixture) -> None:
    two_hosts()  # the kernel's first network also starts the host maker
    benchmark.pedantic(two_hosts, rounds=15)
    assert benchmark.stats.stats.median < 0.100


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "unwatched"])
def test_connect_over_the_wire(benchmark: BenchmarkFixture, watched: bool) -> None:
    with Network(watched=watched) as network:
        client, server = network.host("client"), network.host("server")
        listener = server.socket()
        listener.bind(("10.0.0.2", 80))
        listener.listen(1024)
        benchmark.pedantic(lambda: client.socket().connect(("10.0.0.2", 80)), rounds=100, warmup_rounds=3)


def test_frames_carried(benchmark: BenchmarkFixture) -> None:
    with Network(watched=False) as network:
        client, server = network.host("client"), network.host("server")
        receiver = server.socket(type=socket.SOCK_DGRAM)
        receiver.bind(("10.0.0.2", 9))
        receiver.settimeout(5)
        sender = client.socket(type=socket.SOCK_DGRAM)
        sender.connect(("10.0.0.2", 9))
        sender.send(b"x")  # resolves the address first
        receiver.recv(1)

        def carry() -> None:
            for _ in range(DATAGRAMS):
                socket.socket.send(sender, b"x" * 64)
            for _ in range(DATAGRAMS):
                socket.socket.recv(receiver, 100)

        benchmark.pedantic(carry, rounds=30)
        benchmark.extra_info["frames per second"] = round(DATAGRAMS / benchmark.stats.stats.median)


IMPORTS = """
import time
begun = time.perf_counter()
import helpers.lab, helpers.draw, helpers.study
print(time.perf_counter() - begun)
"""


def test_imports(benchmark: BenchmarkFixture) -> None:
    """The time is the whole process's; what the imports took of it stands beside."""
    command, seconds = [sys.executable, "-c", IMPORTS], []
    benchmark.pedantic(lambda: seconds.append(float(subprocess.check_output(command, cwd=TOP))), rounds=5)
    benchmark.extra_info["imports s"] = round(min(seconds), 3)
    assert min(seconds) < 0.25


MEASURE = """
import json, resource, sys
import nbformat
from nbclient import NotebookClient
nb = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(nb, timeout=120, resources={"metadata": {"path": "notebooks"}}).execute()
print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""


@pytest.mark.parametrize("notebook", sorted(p.name for p in (TOP / "notebooks").glob("*.ipynb")))
def test_peak_memory_of_a_notebook(benchmark: BenchmarkFixture, notebook: str, tmp_path: Path) -> None:
    environment = {**os.environ, "IPC_COURSE_PROGRESS": str(tmp_path / "progress.jsonl")}
    command = [sys.executable, "-c", MEASURE, f"notebooks/{notebook}"]
    ran = benchmark.pedantic(
        lambda: subprocess.run(command, cwd=TOP, env=environment, capture_output=True, check=True), rounds=1
    )
    benchmark.extra_info["peak MB"] = round(json.loads(ran.stdout) / 1024)
    assert benchmark.extra_info["peak MB"] < (450 if notebook[:2] in ("15", "16") else 150)
