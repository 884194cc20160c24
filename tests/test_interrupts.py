from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.interrupts import uninterrupted
from helpers.lab import Network
from helpers.lab.wire import Wire
from helpers.view.drawing import Drawing


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """As in a notebook's kernel, also where the tests run in the background of a shell, which ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
    assert done == ["all of it"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_error_in_the_block_comes_first() -> None:
    with pytest.raises(ValueError, match="mine"), uninterrupted():
        raise ValueError("mine")


def test_other_threads_are_never_interrupted() -> None:
    ran = threading.Event()

    def other() -> None:
        with uninterrupted():
            ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert ran.is_set()


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


def test_an_interrupt_waits_until_a_picture_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    def interrupted(canvas: FigureCanvasAgg) -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")

    monkeypatch.setattr(FigureCanvasAgg, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Drawing(10, 10, (), "nothing").to_png()
    assert done == ["all of it"]
