"""The lifecycle stepper."""

from __future__ import annotations

import time

import pytest

from helpers.errors import CourseError
from helpers.lessons.lifecycle.stepper import Step, Stepper, stepper
from helpers.trace import TraceError
from tests.traces import handshake

STEPS = (
    Step("server listens", "The server listens", "Its socket waits for connections."),
    Step("client is ESTABLISHED, server is not", "The client connects", "The kernel shakes hands & waits."),
    Step("accepted", "The server accepts", "It takes the connection from the queue."),
    Step("closed", "The client closes", "Its last reference goes."),
)


@pytest.fixture
def panel(script) -> Stepper:
    handshake(script)
    script.mark("accepted")
    script.call("client", "close")
    script.segment("client", "FA", 1, 1)
    script.states(client="FIN-WAIT-1")
    script.mark("closed")
    return stepper(script.trace(), STEPS)


def test_the_page_follows_the_step(panel):
    assert "Step 1 of 4: The server listens" in panel._page.value
    panel.go(2)
    assert "Step 2 of 4: The client connects" in panel._page.value
    assert "The kernel shakes hands &amp; waits." in panel._page.value


def test_a_step_in_words(panel):
    assert panel.text(2).splitlines() == [
        "Step 2 of 4: The client connects",
        "The kernel shakes hands & waits.",
        "Calls:",
        "  client: socket(AF_INET, SOCK_STREAM) = socket 1",
        "  client: connect(('10.0.0.2', 80)) = 0",
        "Frames:",
        "  client  ---- SYN seq=0 ----X lost            server",
        "  client  ---- SYN seq=0 ------------------->  server",
        "  client  <--------- SYN ACK seq=0 ack=1 ----  server",
        "  client  ---- ACK seq=1 ack=1 -----------||>  server   held",
        "Open in client: socket 1",
        "client",
        "  local                 remote       state",
        "  10.0.0.1:client-port  10.0.0.2:80  ESTABLISHED",
        "Open in server: socket 1",
        "server",
        "  local        remote                state",
        "  0.0.0.0:80   0.0.0.0:*             LISTEN",
        "  10.0.0.2:80  10.0.0.1:client-port  SYN-RECEIVED",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_the_text_is_that_of_the_current_step_unless_another_is_asked(panel):
    panel.go(3)
    assert panel.text() == panel.text(3)


def test_a_step_without_call_and_frame_says_so(script):
    script.mark("one")
    script.mark("two")
    text = stepper(script.trace(), [Step("one", "One", ""), Step("two", "Two", "")]).text(2)
    assert "Calls:\n  none\nFrames:\n  none\nOpen in client: none" in text


def test_descriptors_come_with_socket_and_accept_and_go_with_close(panel):
    assert panel.view(1).descriptors == {"client": (), "server": ((51, 1),)}
    assert panel.view(3).descriptors == {"client": ((51, 1),), "server": ((51, 1), (52, 2))}
    assert panel.view(4).descriptors["client"] == ()


def test_a_call_that_still_waits_at_a_step_has_no_result_there(script):
    begin = script.now
    script.call("server", "accept", made=2, lasts=1_000_000)
    script.mark("blocked")
    script.now = begin + 2_000_000
    script.mark("back")
    panel = stepper(script.trace(), [Step("blocked", "It blocks", ""), Step("back", "It returns", "")])
    assert "server: accept() = still waits" in panel.text(1)
    assert "server: accept() = 0" in panel.text(2)


def test_new_segments_are_marked_in_the_ladder(panel):
    panel.go(2)
    assert 'font-weight="bold" fill="var(--jp-content-font-color1, #212121)">SYN seq=0<' in panel._page.value
    panel.go(4)
    assert (
        'font-weight="bold" fill="var(--jp-content-font-color1, #212121)">SYN seq=0<' not in panel._page.value
    )
    assert "FIN ACK seq=1 ack=1" in panel._page.value


def test_a_step_is_shown_at_once(panel):
    begin = time.perf_counter()
    for number in (2, 3, 4):
        panel.go(number)
    assert (time.perf_counter() - begin) / 3 < 0.05


def test_before_it_is_run_there_is_a_picture_and_a_fixed_text(panel):
    data, metadata = panel._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert metadata["image/png"]["alt"].startswith("Ladder diagram")
    assert data["text/plain"].splitlines() == [
        "4 steps",
        "  1. The server listens",
        "  2. The client connects",
        "  3. The server accepts",
        "  4. The client closes",
        "Arrow keys on the slider, or the buttons, or: .next() .back() .go(n) .text(n)",
        "[live on Linux 6.18.1, 2026-01-31]",
    ]


def test_the_fixed_text_does_not_follow_the_step(panel):
    before = panel._repr_mimebundle_()[0]["text/plain"]
    panel.next()
    assert panel._repr_mimebundle_()[0]["text/plain"] == before == repr(panel)


@pytest.mark.parametrize("number", [0, 5, -1])
def test_a_step_that_is_not_there_is_told(panel, number):
    with pytest.raises(CourseError, match=f"there is no step {number}: the steps are 1 to 4"):
        panel.go(number)
    with pytest.raises(CourseError, match=f"there is no step {number}"):
        panel.text(number)


def test_a_mark_that_is_not_there_is_told(panel):
    with pytest.raises(TraceError, match="no mark 'nowhere' in this trace"):
        stepper(panel.trace, [Step("nowhere", "", "")])
