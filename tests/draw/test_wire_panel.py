"""You are the wire: the panel against a session that has no kernel behind it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from helpers.draw import wire_panel
from helpers.draw.wire_panel import COPIES, INSTRUCTIONS, WirePanel
from helpers.errors import CourseError
from helpers.lab.copies import Copies, folded
from helpers.lab.rules import Waiting
from helpers.trace import Trace
from tests.traces import SAMPLES, Script, listening

PATIENCE = 5.0


class NotRunning(CourseError):
    """What the real session raises too."""


class FakeSession:
    """A client that sends a SYN at the start, and another one whenever `send` is called."""

    def __init__(self, example: Trace | None = None, stand_in: str = "") -> None:
        self.example, self.stand_in = example, stand_in
        self.running = self.finished = False
        self.error = ""
        self.done: list[tuple[object, ...]] = []
        self.script = Script()
        self._watchers: list[Callable[[], None]] = []

    def start(self) -> None:
        self.running = True
        self.script = Script()
        listening(self.script)
        self.send()

    def stop(self) -> None:
        self.running = False

    def send(self, again: int | None = None) -> None:
        """A new segment, or a copy of the one with that number."""
        self.script.segment("client", "S", len(self.script.frames) if again is None else again, fate="held")
        self.announce()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        if not self.running:
            return ()
        held = [(n, frame) for n, frame in enumerate(self.script.frames) if frame.fate == "held"]
        return tuple(Waiting(number, frame) for number, frame in held)

    @property
    def copies(self) -> tuple[Copies, ...]:
        return folded(self.script.frames, self.waiting)

    def deliver(self, number: int) -> None:
        self._become(number, "released", 1)

    def drop(self, number: int) -> None:
        self._become(number, "dropped", 0)

    def duplicate(self, number: int) -> None:
        self._become(number, "duplicated", 2)

    def delay(self, number: int, seconds: float) -> None:
        self._become(number, "delayed", 1, seconds)

    def trace(self) -> Trace:
        return self.script.trace()

    def watch(self, callback: Callable[[], None]) -> None:
        self._watchers.append(callback)

    def announce(self) -> None:
        for callback in self._watchers:
            callback()

    def _become(self, number: int, fate: str, arrivals: int, *more: object) -> None:
        self.done.append((fate, number, *more))
        times = tuple(self.script.now + count for count in range(arrivals))
        self.script.frames[number] = replace(self.script.frames[number], fate=fate, arrivals=times)
        self.announce()


@pytest.fixture
def session():
    fake = FakeSession()
    yield fake
    fake.stop()
    fake.announce()


@pytest.fixture
def panel(session):
    made = wire_panel(session)
    yield made
    made.stop()


def until(condition: Callable[[], bool]) -> bool:
    """Wait for what another thread does."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        threading.Event().wait(0.005)
    return condition()


def rows(panel: WirePanel) -> list[str]:
    """What the list says."""
    return [label for label, _ in panel._list.options]


def buttons(panel: WirePanel) -> list[bool]:
    """Which of Start, Stop, Deliver, Drop, Duplicate, Delay can be pressed."""
    return [not button.disabled for button in (panel._start_button, panel._stop_button, *panel._actions)]


def test_before_the_start_only_start_can_be_pressed(panel):
    assert buttons(panel) == [True, False, False, False, False, False]
    assert "Press Start" in panel._status.value


def test_a_frame_that_waits_is_listed_and_can_be_decided(panel):
    panel.start()
    assert rows(panel) == ["0, sent at 0.5 ms: client → server SYN seq=0"]
    assert all(buttons(panel))
    assert "waits on the wire" in panel._status.value
    assert "held" in panel._picture.value


@pytest.mark.parametrize(
    ("method", "done", "word"),
    [
        ("deliver", ("released", 0), "held"),
        ("drop", ("dropped", 0), "lost"),
        ("duplicate", ("duplicated", 0), "delivered twice"),
        ("delay", ("delayed", 0, 1.0), "delayed"),
    ],
)
def test_each_decision_by_code_is_done_and_drawn(panel, session, method, done, word):
    panel.start()
    getattr(panel, method)()
    assert session.done == [done]
    assert f">{word}<" in panel._picture.value
    assert buttons(panel) == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("place", "done"),
    [(0, ("released", 0)), (1, ("dropped", 0)), (2, ("duplicated", 0)), (3, ("delayed", 0, 1.0))],
)
def test_each_button_does_the_same(panel, session, place, done):
    panel._start_button.click()
    panel._actions[place].click()
    assert session.done == [done]
    panel._stop_button.click()
    assert not session.running


def test_the_list_chooses_the_frame(panel, session):
    panel.start()
    session.send()
    assert until(lambda: len(panel._list.options) == 2)
    panel._list.value = 1
    panel._actions[1].click()
    assert session.done == [("dropped", 1)]


def test_the_choice_stays_when_another_frame_comes(panel, session):
    panel.start()
    session.send()
    assert until(lambda: len(panel._list.options) == 2)
    panel._list.value = 1
    session.send()
    assert until(lambda: len(panel._list.options) == 3)
    assert panel._list.value == 1


def test_copies_are_one_row_with_the_time_of_the_newest(panel, session):
    panel.start()
    for _ in range(9):
        session.script.wait(1)
        session.send(again=0)
    assert until(lambda: len(session.script.frames) == 10 and panel._list.value == 9)
    assert rows(panel) == ["9, sent at 9.0014 s: client → server SYN seq=0 (copy 10, 10 copies wait)"]
    assert ">9.0014 s<" in panel._picture.value
    assert COPIES in panel._status.value
    assert panel.text().splitlines()[-1] == "waits: 9: client → server SYN seq=0 (copy 10, 10 copies wait)"


@pytest.mark.parametrize(
    ("method", "done"),
    [
        ("deliver", [("released", 2)]),
        ("duplicate", [("duplicated", 2)]),
        ("delay", [("delayed", 2, 1.0)]),
        ("drop", [("dropped", 0), ("dropped", 1), ("dropped", 2)]),
    ],
)
def test_of_copies_a_button_and_its_twin_take_the_newest_and_drop_loses_all(panel, session, method, done):
    place = ["deliver", "drop", "duplicate", "delay"].index(method)
    for decide in (getattr(panel, method), panel._actions[place].click):
        panel.start()
        session.done.clear()
        session.send(again=0)
        session.send(again=0)
        assert until(lambda: panel._list.value == 2)
        decide()
        assert session.done == done


def test_a_segment_that_has_arrived_is_chosen_after_those_that_are_news(panel, session):
    panel.start()
    session.send(again=0)
    panel.deliver()
    assert rows(panel) == ["0, sent at 0.5 ms: client → server SYN seq=0 (copy 1, a copy has arrived)"]
    session.send()
    session.send()
    assert until(lambda: len(rows(panel)) == 3)
    assert [number for _, number in panel._list.options] == [2, 3, 0]
    assert panel._list.value == 2
    panel.deliver()
    panel._actions[0].click()
    assert session.done == [("released", 1), ("released", 2), ("released", 3)]


def test_a_copy_that_comes_does_not_take_the_choice_away(panel, session):
    panel.start()
    session.send()
    assert until(lambda: len(rows(panel)) == 2)
    assert panel._list.value == 0
    session.send(again=0)
    assert until(lambda: panel._list.value == 2)
    panel._list.value = 1
    session.send(again=1)
    assert until(lambda: panel._list.value == 3)
    panel._actions[0].click()
    assert session.done == [("released", 3)]
    assert panel._list.value == 2  # what was picked is done


def test_the_hosts_names_stay_above_the_part_of_the_ladder_that_is_seen(panel):
    panel.start()
    heads, ladder = re.findall("<svg.*?</svg>", panel._picture.value)
    assert "position:sticky;top:0" in panel._picture.value.partition(heads)[0]
    assert {">client<", ">server<"} <= set(re.findall(">[^<]+<", heads)) and "seq=0" not in heads
    (height,) = re.findall('viewBox="0 0 [0-9.]+ ([0-9.]+)"', heads)
    assert f'viewBox="0 {height} ' in ladder and ">SYN seq=0<" in ladder


def test_code_takes_the_oldest_or_the_one_it_names(panel, session):
    panel.start()
    session.send()
    panel.drop(1)
    panel.delay(seconds=0.5)
    assert session.done == [("dropped", 1), ("delayed", 0, 0.5)]


def test_code_waits_for_a_frame_that_is_to_come(panel, session):
    panel.start()
    panel.drop()
    later = threading.Timer(0.05, session.send)
    later.start()
    panel.deliver()
    later.join()
    assert session.done == [("dropped", 0), ("released", 1)]


def test_what_another_thread_does_is_drawn(panel, session):
    panel.start()
    other = threading.Thread(target=session.send)
    other.start()
    other.join()
    assert until(lambda: panel._picture.value.count(">held<") == 2)


def test_running_timers_are_drawn_without_any_event(panel, session):
    panel.start()
    session.script.states(client="SYN-SENT")  # not announced: a timer makes no noise
    assert until(lambda: "SYN-SENT" in panel._kernels.value)
    assert "seconds left" in panel._kernels.value
    assert "0.80" in panel._kernels.value


def test_the_thread_ends_with_the_session(panel, session):
    panel.start()
    follower = panel._follower
    assert follower.is_alive()
    panel.stop()
    assert not follower.is_alive()


def test_starting_again_ends_the_run_before(panel, session):
    panel.start()
    first = panel._follower
    panel.start()
    assert not first.is_alive()
    assert panel._follower.is_alive()
    assert len(panel.waiting) == 1


def test_after_the_stop_the_ladder_stays(panel):
    panel.start()
    panel.drop()
    panel.stop()
    assert ">lost<" in panel._picture.value
    assert panel._kernels.value == ""
    assert panel._list.options == ()


def test_a_new_panel_stops_the_session_of_the_one_before(panel, session):
    panel.start()
    second = wire_panel(FakeSession())
    assert not session.running
    assert second.waiting == ()


def test_an_error_of_a_button_is_a_sentence_in_the_panel(panel, session, monkeypatch):
    panel.start()

    def refuse(number: int) -> None:
        raise NotRunning("frame 0 does not wait on the wire")

    monkeypatch.setattr(session, "drop", refuse)
    panel._actions[1].click()
    assert "frame 0 does not wait on the wire" in panel._status.value


def test_an_error_of_the_conversation_is_told(panel, session):
    panel.start()
    session.error = "TimeoutError: timed out & gone"
    session.announce()
    assert until(lambda: "TimeoutError: timed out &amp; gone" in panel._status.value)


def test_the_end_of_the_conversation_is_told(panel, session):
    panel.start()
    panel.deliver()
    session.finished = True
    session.announce()
    assert until(lambda: "The conversation is over." in panel._status.value)


def test_code_is_told_that_nothing_runs(panel):
    with pytest.raises(CourseError, match="no frame waits on the wire, because nothing runs: start"):
        panel.deliver()


def test_code_is_told_that_nothing_comes(panel):
    panel.patience = 0.05
    panel.start()
    panel.drop()
    with pytest.raises(CourseError, match="no frame waits on the wire: the conversation sends nothing now"):
        panel.deliver()


def test_what_happened_in_words(panel):
    assert panel.text() == INSTRUCTIONS
    panel.start()
    assert panel.text().splitlines()[-1] == "waits: 0: client → server SYN seq=0"
    panel.drop()
    assert "client  ---- SYN seq=0 ----X lost" in panel.text()


def test_where_no_hosts_can_be_made_it_says_that_models_talk_and_why():
    panel = wire_panel(FakeSession(SAMPLES["recorded"], "this machine refuses network namespaces"))
    assert "Two models of TCP talk here, no kernels: this machine refuses network namespaces." in panel._status.value
    assert not panel._start_button.disabled
    panel.start()
    assert "Two models of TCP talk here" in panel._status.value


def test_real_kernels_are_not_called_models(panel):
    assert "model" not in panel._status.value
    panel.start()
    assert "model" not in panel._status.value


def test_until_the_first_start_the_recorded_run_is_called_so():
    panel = wire_panel(FakeSession(example=SAMPLES["recorded"]))
    assert "Below is a recorded run." in panel._status.value
    assert "[recorded on Linux 5.15.0, 2025-12-01]" in panel._picture.value
    panel.start()
    panel.stop()
    assert "recorded" not in panel._status.value + panel._picture.value


@pytest.mark.parametrize("example", [None, SAMPLES["recorded"]])
@pytest.mark.parametrize("stand_in", ["", "this machine refuses network namespaces"])
def test_before_it_is_run_there_is_a_picture_and_the_same_text_everywhere(stand_in, example):
    data, metadata = wire_panel(FakeSession(example, stand_in))._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert data["text/plain"] == INSTRUCTIONS
    assert metadata["image/png"]["alt"]


def test_buttons_and_list_are_named_for_who_cannot_see_them(panel):
    for button in (panel._start_button, panel._stop_button, *panel._actions):
        assert button.description
        assert button.tooltip
    assert panel._list.description == "On the wire"


def test_a_click_is_answered_at_once(panel):
    panel.start()
    begin = time.perf_counter()
    panel._actions[1].click()
    assert ">lost<" in panel._picture.value
    assert time.perf_counter() - begin < 0.05
