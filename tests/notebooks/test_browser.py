"""Each notebook in a real browser, as a reader has it before him; the widgets by keyboard and by button."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, pairwise
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, TimeoutError, expect, sync_playwright

from helpers.widgets import GONE
from tests.needs import installed
from tests.notebooks.browser import Lab, Reader, chromium
from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.ipc_objects import live_apart
from tests.notebooks.pool import Pool

NAMES = [path.stem for path in NOTEBOOKS]
A = re.compile(r"^(✓ )?a\) ")
"""The first choice of a question."""
RETRANSMITTED_WITHIN = 5_000
"""Milliseconds; the first timeout is one second (RFC 6298 section 2)."""

DELIVERED = """panel => {
  const rows = [...panel.querySelectorAll("select option")];
  const waiting = rows.map(row => (row.text.match(/(\\d+) copies wait/) || [0, 1])[1]);
  const sent = [...panel.querySelectorAll("svg text")].filter(text => text.textContent.includes("seq="));
  return waiting.reduce((left, copies) => left - copies, sent.length);
}"""
"""Of the segments in the ladder, how many do not wait any more: a click is answered when there is one more."""
SYN = re.compile(r"^\d+,\ssent\sat\s\d+\.\d+\sm?s:\sclient\s→\sserver\sSYN\sseq=0")
HTML = ".widget-html:visible"
"""A panel's style is one that is not seen."""
SIDEWAYS = """panel => [...panel.querySelectorAll(".course-panel, .course-panel .widget-box, .course-panel button")]
  .filter(element => element.scrollWidth > element.clientWidth + 1).map(element => element.innerText)"""
"""The parts of panels that are wider than their place."""
NAMES_STAY = """frame => {
  frame.style.maxHeight = "150px";
  frame.scrollTop = 0;  // the lower end
  return frame.querySelector("svg text").getBoundingClientRect().top >= frame.getBoundingClientRect().top;
}"""
WORDS_BEFORE = "panel => getComputedStyle(panel, '::before').content"


@pytest.fixture(scope="module")
def lab(prepared: Path, pool: Pool) -> Iterator[Lab]:
    installed("chromium")
    with ThreadPoolExecutor(1, initializer=live_apart) as apart:
        with apart.submit(Lab, prepared).result() as running:
            yield running
        leftovers = apart.submit(running.checkout.leftovers).result()
    running.checkout.remove()
    assert not leftovers


@pytest.fixture(scope="module")
def browser(lab: Lab) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright, chromium(playwright) as context:
        yield context


class Readers(dict[str, Reader]):
    """A page for each notebook, opened when it is asked for first; then all cells begin to run."""

    def __init__(self, browser: BrowserContext, lab: Lab) -> None:
        super().__init__()
        self._browser, self._lab = browser, lab

    def __missing__(self, name: str) -> Reader:
        self[name] = reader = Reader(self._browser.new_page(), self._lab, name)
        reader.start_all()
        return reader


@pytest.fixture(scope="module")
def readers(request: pytest.FixtureRequest, lab: Lab, browser: BrowserContext, pool: Pool) -> Readers:
    """All notebooks that the selected tests name run side by side first: most of their cells wait for timers."""
    pool.wait()
    readers = Readers(browser, lab)
    tests = [inspect.getsource(item.function) for item in request.session.items if item.path == request.path]
    for name in sorted(set(re.findall(r'readers\["(\w+)"\]', "".join(tests)))):
        readers[name]  # opens it
    for reader in readers.values():
        reader.wait_for_all()
    return readers


@pytest.fixture
def quiet(pool: Pool) -> None:
    """No other run disturbs: a reader has the machine to himself."""
    pool.wait()


@pytest.mark.release
@pytest.mark.parametrize("name", NAMES)
def test_run_all(readers: dict[str, Reader], name: str) -> None:
    reader, *_ = [readers[each] for each in NAMES[NAMES.index(name) :][:2]]  # the next one runs meanwhile
    reader.wait_for_all()
    assert reader.outputs("application/vnd.jupyter.error") == []
    assert reader.outputs("application/vnd.jupyter.stderr") == []
    assert reader.panel.evaluate(SIDEWAYS) == []
    assert reader.complaints() == []


def test_the_stepper_goes_to_the_end_and_back_by_keyboard(quiet: None, readers: Readers) -> None:
    reader = readers["11_socket_lifecycle"]
    reader.wait_for_all()
    cell = reader.cell("stepper(")
    slider, page = cell.get_by_role("slider"), cell.locator(HTML).last
    last = int(float(slider.get_attribute("aria-valuemax") or 0))
    assert last == 12
    reader.time_answers("keydown", page)
    slider.focus()
    for step in [*range(2, last + 1), *range(last - 1, 0, -1)]:
        forward = step > int(float(slider.get_attribute("aria-valuenow") or 0))
        reader.page.keyboard.press("ArrowRight" if forward else "ArrowLeft")
        expect(page).to_contain_text(f"Step {step} of {last}")
    reader.expect_answers_at_once(2 * (last - 1))
    assert reader.complaints() == []


def test_a_dropped_syn_comes_again(needs_lab: None, quiet: None, readers: Readers) -> None:
    reader = readers["12_three_way_handshake"]
    reader.wait_for_all()
    cell = reader.cell("wire_panel(")
    waiting, ladder = cell.locator("select option"), cell.locator(HTML).last
    cell.get_by_role("button", name="Start").click()
    expect(waiting.first).to_have_text(SYN)
    expect(ladder).not_to_contain_text("lost")
    reader.time_answers("click", ladder)
    cell.get_by_role("button", name="Drop").click()
    expect(ladder).to_contain_text("lost")
    expect(cell).to_contain_text("SYN-SENT")
    expect(waiting.first).to_have_text(SYN, timeout=RETRANSMITTED_WITHIN)
    times = reader.answer_times(1)
    while len(times) < 6:
        expect(waiting).not_to_have_count(0)
        cell.get_by_role("button", name="Deliver").click()
        times = reader.answer_times(len(times) + 1)  # each click is answered before the next
    cell.get_by_role("button", name="Stop").click()
    expect(cell.get_by_role("button", name="Stop")).to_be_disabled()
    reader.expect_answers_at_once(len(times))
    assert reader.complaints() == []


def test_the_reader_loses_an_update_by_keyboard(quiet: None, readers: Readers) -> None:
    reader = readers["03_synchronisation"]
    reader.wait_for_all()
    cell = reader.cell("scheduler.Game()")
    picture, verdict = cell.locator(HTML).last, cell.locator(HTML).first
    reader.time_answers("keydown", picture)
    for number, process in enumerate("ABABAB", 1):
        cell.get_by_role("button", name=f"Run a line of {process}").focus()
        reader.page.keyboard.press("Space")
        expect(verdict).to_contain_text(f"So far: {'ABABAB'[:number]}")
        reader.answer_times(number)  # the picture comes after the verdict
    expect(verdict).to_contain_text("the counter is 1: an update is lost")
    expect(cell.get_by_role("button", name="Run a line of A")).to_be_disabled()
    reader.expect_answers_at_once(6)
    cell.get_by_role("button", name="Start again").click()
    expect(verdict).to_contain_text("Who runs the next line?")
    assert reader.complaints() == []


def test_the_header_map_lights_up_field_after_field(quiet: None, readers: Readers) -> None:
    reader = readers["05_remote_procedure_calls"]
    reader.wait_for_all()
    cell = reader.cell("header_map(").first
    slider, page = cell.get_by_role("slider"), cell.locator(HTML).last
    last = int(float(slider.get_attribute("aria-valuemax") or 0))
    assert last >= 10
    reader.time_answers("keydown", page)
    slider.focus()
    for field in range(2, last + 1):
        reader.page.keyboard.press("ArrowRight")
        expect(page).to_contain_text(f"Field {field} of {last}")
    reader.expect_answers_at_once(last - 1)
    assert reader.complaints() == []


def test_a_stream_is_cut_anew_at_each_key(quiet: None, readers: Readers) -> None:
    reader = readers["14_moving_bytes"]
    reader.wait_for_all()
    cell = reader.cell("StreamPanel(")
    slider, page = cell.get_by_role("slider").nth(2), cell.locator(HTML).last
    reader.time_answers("keydown", page)
    slider.focus()
    sizes = [5, 6, 7, 8, 9, 8, 7, 6, 5, 4]
    for before, size in pairwise([4, *sizes]):
        reader.page.keyboard.press("ArrowRight" if size > before else "ArrowLeft")
        expect(page).to_contain_text(f"each recv() takes at most {size}")
    reader.expect_answers_at_once(len(sizes))
    cell.get_by_role("button", name="SOCK_SEQPACKET").click()
    expect(page).to_contain_text("3 reads: 3 × 4 bytes. 3 lost (×).")
    assert reader.complaints() == []


def test_the_matrix_of_sockets_by_keyboard(quiet: None, readers: Readers) -> None:
    reader = readers["10_what_is_a_socket"]
    reader.wait_for_all()
    cell = reader.cell("MatrixQuiz(ask")
    said, grid = cell.locator(HTML).first, cell.locator(HTML).last
    domain, _, protocol = (cell.get_by_role("slider").nth(place) for place in range(3))
    reader.time_answers("keydown", grid)
    domain.focus()
    keys = [*[("ArrowRight", "AF_INET"), ("ArrowLeft", "AF_UNIX")] * 4, ("ArrowRight", "AF_INET")]
    for number, (key, name) in enumerate(keys, 1):
        reader.page.keyboard.press(key)
        expect(said).to_contain_text(f"socket({name}, SOCK_STREAM, 0): what do you expect?")
        reader.answer_times(number)  # the grid comes after the question
    reader.expect_answers_at_once(len(keys))
    protocol.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        reader.page.keyboard.press(key)
    expect(said).to_contain_text("socket(AF_INET, SOCK_STREAM, UDP): what do you expect?")
    cell.get_by_role("button", name="EPROTONOSUPPORT").focus()
    reader.page.keyboard.press("Enter")
    expect(said).to_contain_text("socket(AF_INET, SOCK_STREAM, UDP): EPROTONOSUPPORT, as you said. 1 of 1 as")
    expect(grid).to_contain_text("EPROTONOSUPPORT")
    assert reader.complaints() == []


def test_the_state_game_is_won_by_button(needs_lab: None, quiet: None, readers: Readers) -> None:
    reader = readers["13_eleven_states"]
    reader.wait_for_all()
    cell = reader.cell('state_panel(StateGame("CLOSING"))')
    verdict, panel = cell.locator(HTML).first, cell.element_handle()

    def click(name: str, then: str) -> None:
        cell.get_by_role("button", name=name).click()
        expect(verdict).to_contain_text(then)

    def deliver_until(then: str) -> None:
        reached = verdict.filter(has_text=then)
        while not reached.count():  # where the machine is slow, segments are repeated, and there are more to deliver
            delivered = reader.page.evaluate(DELIVERED, panel)
            cell.get_by_role("button", name="Deliver").click()
            reader.page.wait_for_function(f"args => ({DELIVERED})(args[0]) > args[1]", arg=[panel, delivered])
            expect(cell.locator("select option").or_(reached)).not_to_have_count(0)

    click("Start", "A is in CLOSED, B is in CLOSED.")
    reader.time_answers("click", verdict)
    click("B listen", "B is in LISTEN.")
    click("A connect", "A is in SYN-SENT, B is in LISTEN.")
    deliver_until("A is in ESTABLISHED, B is in ESTABLISHED.")
    click("A close", "A is in FIN-WAIT-1, B is in ESTABLISHED.")
    click("B close", "A is in FIN-WAIT-1, B is in FIN-WAIT-1.")
    deliver_until("CLOSING was reached: you have won.")
    reader.expect_answers_at_once(4)  # those of click(); not each delivery changes a state
    assert cell.get_by_label("Ladder diagram", exact=True).evaluate(NAMES_STAY)
    click("Stop", "Bring A or B into the state CLOSING.")
    assert reader.complaints() == []


def test_both_seats_of_the_chat_read_what_is_typed_at_one(quiet: None, readers: Readers) -> None:
    reader = readers["15_build_a_chat"]
    reader.wait_for_all()
    cell = reader.cell("chat_panel(")
    left, right = cell.get_by_placeholder("a line, then Enter").all()
    papers = [cell.locator(HTML).nth(place) for place in (1, 3)]
    reader.time_answers("keydown", papers[1])
    lines = ["good morning", "<b>& good</b> evening", "good night", *(f"one more: {number}" for number in range(8))]
    for field, line in zip(cycle([left, right]), lines, strict=False):
        field.fill(line)
        field.press("Enter")
        for paper in papers:
            expect(paper).to_contain_text(f": {line}")
        expect(field).to_have_value("")
    reader.expect_answers_at_once(len(lines))
    assert reader.complaints() == []


def test_a_prediction_is_answered_and_revealed(quiet: None, readers: Readers) -> None:
    reader = readers["00_start_here"]
    reader.wait_for_all()
    question, revealed = reader.question("Its segment reaches the other host.")
    expect(revealed).to_contain_text("You can still choose above")
    question.get_by_role("button", name="a) nothing").focus()
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.press("Space")
    expect(question.get_by_role("button", name="✓ b) a segment with the flag RST")).to_be_disabled()
    expect(question.get_by_role("button", name="✓")).to_have_count(1)
    expect(question.get_by_role("status")).to_contain_text("does not count. The buttons are closed.")
    reader.run_again(revealed)
    expect(revealed).to_contain_text("Right: as you predicted.")
    for width in (250, 500, 900):  # the first is narrower than the longest choice
        question.locator(".course-panel").evaluate("(panel, width) => { panel.style.width = `${width}px`; }", width)
        assert question.evaluate(SIDEWAYS) == []
    assert reader.complaints() == []


def test_ways_and_mixed_questions_by_keyboard_and_a_link_to_a_cell(quiet: None, readers: Readers) -> None:
    reader = readers["00_start_here"]
    reader.wait_for_all()
    ways = reader.cell("Ways()")
    ways.get_by_role("button", name="30 minutes").focus()
    for shown in ("which one to take", "The whole course"):
        reader.page.keyboard.press("Tab")
        reader.page.keyboard.press("Space")
        expect(ways).to_contain_text(shown)
    card = ways.locator(".widget-output")
    reader.time_answers("keydown", card)
    for name, shown in [("exam", "which one to take"), ("whole course", "The whole course")] * 4:
        ways.get_by_role("button", name=name).focus()
        reader.page.keyboard.press("Space")
        expect(card).to_contain_text(shown)
    reader.expect_answers_at_once(8)
    mixed = reader.cell("mixed_questions(")
    mixed.get_by_role("button", name=A).focus()
    for number in range(2, 11):
        reader.page.keyboard.press("Space")
        expect(mixed).to_contain_text(f"Question {number} of 10")
    reader.page.keyboard.press("Space")
    expect(mixed).to_contain_text("The end:")
    missed = reader.cell("missed()")
    reader.run_again(missed)
    missed.get_by_role("link", name="00.port").click()
    expect(reader.question("names no port of its own")[0].get_by_role("button", name=A)).to_be_in_viewport()
    assert reader.complaints() == []


def test_a_panel_whose_kernel_has_gone_says_so(quiet: None, readers: Readers) -> None:
    reader = readers["00_start_here"]
    reader.wait_for_all()
    panel = reader.question("names no port of its own")[0].locator(".course-panel")
    assert panel.evaluate(WORDS_BEFORE) == "none"
    reader.menu("Kernel", "Restart Kernel…")
    reader.page.get_by_role("button", name="Confirm Kernel Restart").click()
    gone = panel.and_(reader.page.locator(".jupyter-widgets-disconnected"))
    assert gone.evaluate(WORDS_BEFORE) == f'"{GONE}"'
    with pytest.raises(TimeoutError, match="intercepts pointer events"):
        gone.get_by_text("Predict:").click(timeout=1000)
    inside = gone.locator(".jupyter-widgets-disconnected").evaluate_all(f"each => each.map({WORDS_BEFORE})")
    assert set(inside) == {"none"}
    reader.wait_until_idle()
