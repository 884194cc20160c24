"""JupyterLab as `make lab` starts it, and a reader's browser in it: Debian's chromium, driven by playwright."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Playwright, TimeoutError, expect

from tests.needs import installed
from tests.notebooks.checkout import Checkout, end_processes
from tests.users import CURRENT

PATIENCE = 60.0
"""Seconds for anything but a whole notebook."""
RUN_ALL = 300.0
"""Seconds for a whole notebook, beside others."""
ANSWERED_WITHIN = 0.1
"""Seconds from a key or a click to the change on screen."""
TIMES_LEAST = 3
"""On a slow machine an answer may take so many times as long as the least that can be asked of a widget."""
LEAST = """def least():
    import ipywidgets

    slider, text = ipywidgets.IntSlider(), ipywidgets.HTML()
    slider.observe(lambda change: setattr(text, "value", f"number {change.new}."), "value")
    return ipywidgets.VBox([slider, text])


least()"""
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-sync", "--disable-component-update", "--no-first-run",
)  # fmt: skip
SETTINGS = {"notebook-extension/tracker": {"windowingMode": "none"}}
"""All cells stay in the page, also those out of sight."""


class Lab:
    """A JupyterLab on a copy of the checkout, whose way out of the machine is a closed door that notices who knocks."""

    def __init__(self, prepared: Path) -> None:
        self.checkout = Checkout(CURRENT, prepared)
        for name, value in SETTINGS.items():
            path = self.checkout.home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(value))
        self._proxy = socket.create_server(("127.0.0.1", 0))
        self._proxy.setblocking(False)
        self._log: list[str] = []
        self._ready = threading.Event()
        self.token = secrets.token_hex(16)
        self._process = self._start()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self._ready.wait(PATIENCE) and self.base, "".join(self._log)

    def _start(self) -> subprocess.Popen[str]:
        proxy = "http://{}:{}".format(*self._proxy.getsockname())
        environment = self.checkout.environment | {
            "http_proxy": proxy, "https_proxy": proxy, "no_proxy": "127.0.0.1,localhost", "JUPYTER_TOKEN": self.token,
        }  # fmt: skip
        stamp = f"{sys.prefix}/reader"  # this environment is complete: make need not install anything
        arguments = "--no-browser --ip=127.0.0.1 --KernelManager.transport=ipc"  # see local_kernels
        command = ["make", f"--old-file={stamp}", f"VENV={sys.prefix}", "lab", f"ARGS={arguments}"]
        return subprocess.Popen(
            command, cwd=self.checkout.top, env=environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    base = ""

    def _read(self) -> None:
        """Until the server ends: keep what it says; the address it prints is where it listens."""
        assert self._process.stdout
        for line in self._process.stdout:
            self._log.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found and not self.base:
                self.base = found[0]
                self._ready.set()
        self._ready.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        finally:
            remaining = end_processes(self.checkout.marker, PATIENCE)  # all notebooks' kernels tidy up at once
            self._reader.join()
            assert self._process.stdout
            self._process.stdout.close()
            self._proxy.close()
        assert not remaining, remaining

    def last_words(self) -> str:
        """What the server said last, for whoever looks for a failure's cause."""
        return "".join(self._log[-30:])

    def callers_outside(self) -> int:
        """How many connections the server or its kernels began to somewhere off this machine, since the last call."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self._proxy.accept()[0].close()
                count += 1
        return count


class Reader:
    """A browser window on one notebook of a `Lab`."""

    def __init__(self, page: Page, lab: Lab, notebook: str) -> None:
        self.page = page
        self.lab = lab
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note_address(request.url))
        page.on("websocket", lambda websocket: self._note_address(websocket.url))
        page.goto(f"{lab.base}/lab/tree/notebooks/{notebook}.ipynb?token={lab.token}&reset")
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.panel.wait_for()
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        self.wait_until_idle()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def _note_address(self, url: str) -> None:
        inside = (self.lab.base, self.lab.base.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(inside):
            self.outside.append(url)

    def wait_until_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle$")).wait_for()

    def menu(self, menu: str, entry: str) -> None:
        """Choose an entry of the menu bar."""
        self.page.locator("#jp-MainMenu").get_by_text(menu, exact=True).click()
        self.page.locator(".lm-Menu").get_by_text(entry, exact=True).click()

    def start_all(self) -> None:
        """Run All Cells, from a page without outputs and numbers, which a committed notebook has from the beginning."""
        self.menu("Edit", "Clear Outputs of All Cells")
        self.menu("Run", "Run All Cells")

    def wait_for_all(self) -> None:
        """Wait until each code cell whose source is seen has its number, or one has failed and ended the run.

        Raises AssertionError, naming the cell it hangs in.
        """
        try:
            self.page.wait_for_function(RAN_ALL, timeout=RUN_ALL * 1000)
        except TimeoutError:
            waiting = self.panel.locator(
                ".jp-CodeCell", has=self.page.locator(".jp-InputArea-prompt", has_not_text=re.compile("[0-9]"))
            )
            status = " ".join(self.page.locator("#jp-main-statusbar").inner_text().split())
            dialogs = self.page.locator(".jp-Dialog").all_inner_texts()
            raise AssertionError(
                f"{waiting.count()} cells not run, the first: {waiting.first.inner_text()}\n"
                f"{status}; {dialogs}; {self.complaints()}\n{self.lab.last_words()}"
            ) from None
        self.wait_until_idle()

    def outputs(self, mime: str) -> list[str]:
        """The texts of all outputs of one MIME type."""
        return self.panel.locator(f'.jp-OutputArea-output[data-mime-type="{mime}"]').all_inner_texts()

    def cell(self, source: str) -> Locator:
        """The code cell whose source contains this text."""
        editor = self.page.locator(".jp-InputArea-editor", has_text=source)
        return self.panel.locator(".jp-CodeCell").filter(has=editor)

    def question(self, words: str) -> tuple[Locator, Locator]:
        """The cell of the question with these words, and the next one that compares; their sources are folded."""
        asked = self.panel.locator(".jp-CodeCell", has_text=words)
        folded = self.page.locator(".jp-InputPlaceholder", has_text="# Compare")
        return asked, asked.locator("~ .jp-CodeCell").filter(has=folded).first

    def run_again(self, cell: Locator) -> None:
        """Run one cell, as a reader does who clicks beside its source, or on its output where the source is folded."""
        cell.locator(".jp-InputArea-prompt, .jp-OutputArea-output").first.click()
        self.page.keyboard.press("Control+Enter")
        self.wait_until_idle()

    def time_answers(self, event: str, element: Locator) -> None:
        """From now on take the time from each event ("keydown", "click") to the element's next change on screen.

        An event before the answer to the one before it counts instead of that one.
        """
        self.page.bring_to_front()  # a page out of sight is seldom painted
        self.page.evaluate(PAINTED)
        element.evaluate(TIME_ANSWERS, event)

    def answer_times(self, count: int) -> list[float]:
        """The times taken, in seconds, as soon as there are that many."""
        self.page.wait_for_function("count => window.answerTimes.length >= count", arg=count)
        return [milliseconds / 1000 for milliseconds in self.page.evaluate("window.answerTimes")]

    def expect_answers_at_once(self, count: int) -> None:
        """Raises AssertionError if, of that many answers, half take longer than a reader notices, and also longer than
        a few times the least that can be asked of a widget takes: there the machine is slow."""
        median = statistics.median(self.answer_times(count))
        if median >= ANSWERED_WITHIN:
            least = self._least_answer_time()
            assert median < TIMES_LEAST * least, f"answers took {median:.3f} s; the least is {least:.3f} s here"

    def _least_answer_time(self) -> float:
        """Seconds from a key at a slider to a text that is changed by it, in a new cell at the end of the page."""
        self.panel.locator(".jp-Cell").last.locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(LEAST)
        self.page.keyboard.press("Control+Enter")
        cell = self.panel.locator(".jp-CodeCell").last
        text = cell.locator(".widget-html")
        self.time_answers("keydown", text)
        cell.get_by_role("slider").focus()
        for number in range(1, 12):
            self.page.keyboard.press("ArrowRight")
            expect(text).to_contain_text(f"number {number}.")
        return statistics.median(self.answer_times(11))

    def complaints(self) -> list[str]:
        """What went wrong in the page, and every request that was to leave the machine."""
        outside = [f"the page asked for {url}" for url in self.outside]
        knocks = self.lab.callers_outside()
        return self.errors + outside + [f"the server or a kernel called outside {knocks} times"][: bool(knocks)]


PAINTED = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))"""
"""A page that comes into sight first paints all that it has gathered; a reader's has been in sight."""
TIME_ANSWERS = """(element, event) => {
  let begin = null;
  window.answerTimes = [];
  document.addEventListener(event, () => { begin = performance.now(); }, true);
  new MutationObserver(() => {
    if (begin === null) return;
    const began = begin;
    begin = null;
    requestAnimationFrame(() => window.answerTimes.push(performance.now() - began));
  }).observe(element, {subtree: true, childList: true, characterData: true, attributes: true});
}"""
RAN_ALL = """() => {
  const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
  const prompts = [...panel.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map(prompt => prompt.innerText);
  const failed = panel.querySelector('[data-mime-type="application/vnd.jupyter.error"]');
  return failed || prompts.length > 0 && prompts.every(text => /[0-9]/.test(text));
}"""


@contextlib.contextmanager
def chromium(playwright: Playwright) -> Iterator[BrowserContext]:
    """A new browser."""
    browser = playwright.chromium.launch(executable_path=installed("chromium"), args=list(OPTIONS))
    try:
        yield browser.new_context(viewport={"width": 1200, "height": 1000})
    finally:
        browser.close()
