"""You are the wire: the panel upon a session of two models, so on every system."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helpers.draw import wire_panel
from helpers.draw.wire_panel import COPIES, INSTRUCTIONS, WirePanel
from helpers.errors import CourseError
from helpers.lab import Session
from helpers.trace import Trace
from tests.traces import SAMPLES


def two_calls(client: Any, server: Any, wire: Any) -> None:
    listener = server.socket()
    listener.bind(("10.0.0.2", 80))
    listener.listen()
    for port in (1001, 1002):
        caller = client.socket()
        caller.bind(("10.0.0.1", port))
        caller.setblocking(False)
        caller.connect_ex(("10.0.0.2", 80))
    wire.until(lambda: False, 60)


def make(conversation: Callable[..., object] = two_calls, example: Trace | None = None) -> WirePanel:
    hosts = {"client": "10.0.0.1", "server": "10.0.0.2"}
    return wire_panel(Session(conversation, lambda network: [network.host(*host) for host in hosts.items()], example))


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Iterator[WirePanel]:
    monkeypatch.setattr("helpers.lab.session.why_unavailable", lambda: "hosts are <refused> in this test")
    made = make()
    yield made
    made.stop()


def until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        threading.Event().wait(0.005)
    return condition()


def rows(panel: WirePanel) -> list[str]:
    """What the list says."""
    return [label.partition(": ")[2] for label, _ in panel._list.options]


def buttons(panel: WirePanel) -> list[bool]:
    """Which of Start, Stop, Deliver, Drop, Duplicate, Delay can be pressed."""
    return [not button.disabled for button in (panel._start_button, panel._stop_button, *panel._actions)]


def started(panel: WirePanel) -> WirePanel:
    panel.start()
    assert until(lambda: len(rows(panel)) == 2)
    return panel


def test_before_the_start_only_start_can_be_pressed(panel: WirePanel) -> None:
    assert buttons(panel) == [True, False, False, False, False, False]
    assert "Press Start" in panel._status.value and "Below is a recorded run" not in panel._status.value
    assert "Two models of TCP talk here, no kernels: hosts are &lt;refused&gt; in this test." in panel._status.value
    assert panel.text() == INSTRUCTIONS
    for button in (panel._start_button, panel._stop_button, *panel._actions):
        assert button.description and button.tooltip


def test_what_waits_is_listed_and_drawn(panel: WirePanel) -> None:
    assert rows(started(panel)) == ["client → server #1 SYN seq=0", "client → server #2 SYN seq=0"]
    assert all(buttons(panel))
    assert "waits on the wire" in panel._status.value and "held" in panel._picture.value
    assert "SYN-SENT" in panel._kernels.value and "retransmit" in panel._kernels.value
    assert panel.text().splitlines()[-1] == "waits: 1: client → server #2 SYN seq=0"


@pytest.mark.parametrize("by_button", [True, False])
@pytest.mark.parametrize(
    ("place", "word"), [(0, "SYN-RECEIVED"), (1, ">lost<"), (2, ">delivered twice<"), (3, ">delayed<")]
)
def test_a_button_and_its_method_do_the_same(panel: WirePanel, place: int, word: str, by_button: bool) -> None:
    started(panel)
    assert word not in panel._picture.value
    if by_button:
        panel._actions[place].click()
    else:
        (panel.deliver, panel.drop, panel.duplicate, panel.delay)[place]()
    assert until(lambda: word in panel._picture.value)
    assert "client → server #2 SYN seq=0" in rows(panel)[0]


def test_the_list_chooses_and_a_copy_that_comes_leaves_the_choice(panel: WirePanel) -> None:
    panel = started(panel)
    panel._list.value = 1
    assert until(lambda: len(panel.waiting) == 4)  # both were sent again
    assert until(lambda: panel._list.value == 3)
    assert rows(panel)[1] == "client → server #2 SYN seq=0 (copy 2, 2 copies wait)"
    assert COPIES in panel._status.value
    panel._actions[1].click()
    assert rows(panel) == ["client → server #1 SYN seq=0 (copy 2, 2 copies wait)"]
    panel.deliver()
    assert panel.session.trace().frames[2].fate == "released"
    assert until(lambda: len(rows(panel)) == 2)  # the answer, which is news, and the copy that is left
    assert "SYN ACK" in rows(panel)[0]
    assert rows(panel)[1] == "client → server #1 SYN seq=0 (copy 1, a copy has arrived)"


def test_code_and_reader_are_told_that_nothing_waits(panel: WirePanel) -> None:
    with pytest.raises(CourseError, match="no frame waits on the wire, because nothing runs: start"):
        panel.deliver()
    panel.patience = 0.05
    started(panel).drop()
    panel.drop()
    with pytest.raises(CourseError, match="no frame waits on the wire: the conversation sends nothing now"):
        panel.deliver()
    panel._actions[0].click()
    assert "no frame waits on the wire" in panel._status.value


def test_how_a_conversation_ended_is_told(panel: WirePanel) -> None:
    ended = make(lambda client, server, wire: None)
    ended.start()
    assert until(lambda: "The conversation is over." in ended._status.value)
    ended.stop()
    failed = make(lambda client, server, wire: client.socket().connect(("10.0.0.2", 81)))
    failed.start()
    failed.deliver()
    failed.deliver()
    assert until(lambda: "The conversation ended with ConnectionRefusedError" in failed._status.value)
    failed.stop()


def test_a_new_panel_stops_the_one_before(panel: WirePanel) -> None:
    started(panel)
    make()
    assert not panel.session.running


@pytest.mark.parametrize("example", [None, SAMPLES["recorded"]])
def test_before_it_is_run_there_is_a_picture_and_the_same_text_everywhere(
    panel: WirePanel, example: Trace | None
) -> None:
    fresh = make(example=example)
    data, metadata = fresh._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert data["text/plain"] == INSTRUCTIONS
    assert metadata["image/png"]["alt"]
    assert ("Below is a recorded run." in fresh._status.value) is (example is not None)
    started(fresh).stop()
    assert "recorded" not in fresh._status.value + fresh._picture.value
