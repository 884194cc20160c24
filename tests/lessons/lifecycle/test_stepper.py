"""The lifecycle stepper. Its texts are compared in notebook 11; here is what a page shows, and how it is walked."""

from __future__ import annotations

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
NEW = 'font-weight="bold" fill="var(--jp-content-font-color1, #212121)">'


@pytest.fixture
def panel(script) -> Stepper:
    handshake(script)
    script.mark("accepted")
    script.call("client", "close")
    script.segment("client", "FA", 1, 1)
    script.states(client="FIN-WAIT-1")
    script.mark("closed")
    return stepper(script.trace(), STEPS)


def test_the_page_shows_the_step_its_descriptors_and_what_is_new(panel):
    panel.go(2)
    page = panel._page.value
    assert "Step 2 of 4: The client connects" in page and "hands &amp; waits." in page
    assert f"{NEW}SYN seq=0<" in page and "descriptor 51: socket 1" in page and "FIN ACK" not in page
    panel.next()
    panel.next()
    page = panel._page.value
    assert f"{NEW}SYN seq=0<" not in page and f"{NEW}FIN ACK seq=1 ack=1<" in page
    assert "no open socket" in page and "descriptor 52: socket 2" in page
    assert panel.text() == panel.text(4)


def test_a_call_that_still_waits_at_a_step_has_no_result_there(script):
    begin = script.now
    script.call("server", "accept", made=2, lasts=1_000_000)
    script.mark("blocked")
    script.now = begin + 2_000_000
    script.mark("back")
    panel = stepper(script.trace(), [Step("blocked", "It blocks", ""), Step("back", "It returns", "")])
    assert "server: accept() = still waits" in panel.text(1)
    assert "server: accept() = 0" in panel.text(2)


def test_before_it_is_run_there_is_a_picture_and_a_text_that_does_not_follow_the_step(panel):
    data, metadata = panel._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(data)
    assert metadata["image/png"]["alt"].startswith("Ladder diagram")
    panel.next()
    assert panel._repr_mimebundle_()[0]["text/plain"] == data["text/plain"] == repr(panel)


def test_a_step_or_mark_that_is_not_there_is_told(panel):
    for number in (0, 5, -1):
        with pytest.raises(CourseError, match=f"there is no step {number}: the steps are 1 to 4"):
            panel.go(number)
    with pytest.raises(TraceError, match="no mark 'nowhere' in this trace"):
        stepper(panel.trace, [Step("nowhere", "", "")])
