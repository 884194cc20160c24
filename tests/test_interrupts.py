from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from helpers.draw.drawing import png
from helpers.interrupts import starting_apart, uninterrupted
from helpers.ipc import Child
from helpers.lab import Network
from helpers.lab.programs import HostProcess
from helpers.lab.wire import Wire


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """As in a notebook's kernel, also where the tests run in the background of a shell, which ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_for_the_end_of_the_outermost_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("inside")
        done.append("all of it")
    assert done == ["inside", "all of it"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_while_a_host_is_made_leaves_a_host_that_is_closed(
    needs_lab: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug = Wire.plug

    def interrupted(self: Wire, *arguments: object) -> None:
        signal.raise_signal(signal.SIGINT)
        plug(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Wire, "plug", interrupted)
    with Network() as network:
        with pytest.raises(KeyboardInterrupt):
            network.host("client")
        assert list(network.hosts) == ["client"]
        assert network.hosts["client"].sockets() == ()
    monkeypatch.undo()
    with Network() as again:
        again.host("client")


def test_an_interrupt_while_a_program_runs_ends_it(needs_lab: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []
    wait = HostProcess.wait

    def interrupted(self: HostProcess, timeout: float = 10.0) -> int:
        if timeout == 60:
            signal.raise_signal(signal.SIGINT)
        ended.append(wait(self, timeout))
        return ended[0]

    monkeypatch.setattr(HostProcess, "wait", interrupted)
    with Network() as network, pytest.raises(KeyboardInterrupt):
        network.host("client").run(["sleep", "60"], timeout=60)
    assert ended == [-signal.SIGKILL]


def test_an_interrupt_waits_until_a_plot_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    def interrupted(canvas: FigureCanvasAgg) -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")

    monkeypatch.setattr(FigureCanvasAgg, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        png(FigureCanvasAgg(Figure()))
    assert done == ["all of it"]


def test_a_process_that_is_starting_cannot_be_interrupted_and_this_one_can() -> None:
    blocked = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with starting_apart():
        process = subprocess.Popen([sys.executable, "-c", blocked], stdout=subprocess.PIPE, text=True)
    assert process.communicate()[0] == "True\n"
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_children_and_hosts_take_interrupts_when_they_have_started() -> None:
    mask = "int(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('SigBlk')), 16)"
    with Child("child") as child:
        assert child.do(mask) == 0


GROUP = """
import os, signal, subprocess, threading
from helpers.interrupts import starting_apart

signal.signal(signal.SIGINT, lambda *_: None)  # this process is not the subject
done = threading.Event()

def interrupt():
    while not done.is_set():
        os.killpg(0, signal.SIGINT)

thread = threading.Thread(target=interrupt)
thread.start()
started = []
for _ in range(20):
    with starting_apart():
        started.append(subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True))
done.set()
thread.join()
for process in started:
    process.stdin.close()
print({process.wait() for process in started})
"""


def test_an_interrupt_of_the_group_kills_nobody_that_starts() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", GROUP], start_new_session=True, capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout, ran.stderr) == ("{0}\n", "")
