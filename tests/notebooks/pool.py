"""Runs of notebooks, each in processes and a checkout of its own, some side by side: many of them wait for timers.

The pool of them lives in a process of its own: its threads, descriptors and memory are not those of the process in
which other tests count theirs meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import cast

from tests.notebooks.checkout import Checkout, end_processes
from tests.notebooks.driver import KERNELS
from tests.notebooks.ipc_objects import live_apart
from tests.users import CURRENT, REFUSED, USER, WINDOWS, command, die_with_parent

AT_ONCE = max(KERNELS, 2 * (os.cpu_count() or 1))
"""Kernels that may live at a time: with more of them the cells' time limits would measure how busy the machine is."""
LIMIT = 1200.0
"""Seconds that one run may take."""
NBVAL = ("pytest", "--nbval")
"""As README says it."""
OFTEN = {
    ("nbval", USER): "",
    ("nbval", REFUSED): "02 03 04 16",
    ("elsewhere", WINDOWS): "01 02 03 04 05 06 07 08 09 10 11 14 15 16 17",
    ("binder", USER): "",
}
"""Action and way of the runs that are worth their time at each change, and the notebooks that are not: where hosts are
refused, those without experiments; where Windows is pretended, those of which most cells cannot run."""
LONGEST_FIRST = ("binder", "twice", "together", "interrupted", "nbval", "killed", "through", "elsewhere")
"""The actions in the order in which they begin, so that no long one is left to run alone at the end."""


@dataclass(frozen=True)
class Run:
    """What to do ("nbval", "binder" or an action of driver.py) with which notebook, and as whom (tests/users.py)."""

    action: str
    notebook: str
    way: str = CURRENT

    def __str__(self) -> str:
        return f"{self.notebook}-{self.action}-{self.way}"

    @property
    def kernels(self) -> int:
        """How many it has at a time."""
        return KERNELS if self.action == "together" else 1

    @property
    def for_release(self) -> bool:
        """Whether only `make test-all` does it."""
        left_out = OFTEN.get((self.action, self.way))
        return left_out is None or self.notebook[:2] in left_out.split()

    def argv(self) -> list[str]:
        """The command, to be run in the top folder of the checkout."""
        path = f"notebooks/{self.notebook}.ipynb"
        if self.action == "nbval":
            return command(self.way, [*NBVAL, path])
        if self.action == "binder":
            return command(self.way, [sys.executable, "-m", "tests.binder_steps", path])
        return command(self.way, [sys.executable, "-m", "tests.notebooks.driver", self.action, path])


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    status: int
    output: str
    leftovers: tuple[str, ...]
    checkout: Checkout

    def check(self) -> None:
        """Raises AssertionError, with what the run said, if it failed or left something behind."""
        assert self.status == 0, f"exit status {self.status}\n{self.output}"
        assert not self.leftovers, "left behind:\n" + "\n".join(self.leftovers)


class Pool:
    """Runs, of which so many go on at a time that they have `AT_ONCE` kernels."""

    def __init__(self, prepared: Path) -> None:
        self._prepared = prepared
        self._threads = ThreadPoolExecutor(AT_ONCE)
        self._next = threading.Lock()
        self._room = threading.Semaphore(AT_ONCE)
        self._closing = threading.Event()
        self._runs: dict[Run, Future[Result]] = {}

    def start(self, runs: Iterable[Run]) -> None:
        """Begin these runs as soon as there is room, each once."""
        for run in sorted(set(runs) - set(self._runs), key=lambda run: (LONGEST_FIRST.index(run.action), str(run))):
            self._runs[run] = self._threads.submit(self._do, run)

    def result(self, run: Run) -> Result:
        """Wait for a run's end."""
        return self._runs[run].result()

    def wait(self) -> None:
        """Wait for the end of all runs."""
        for future in self._runs.values():
            future.result()

    def close(self) -> None:
        """End: no run begins any more; copies go."""
        self._closing.set()
        self._threads.shutdown(cancel_futures=True)
        for future in self._runs.values():
            if not future.cancelled() and future.exception() is None:
                future.result().checkout.remove()

    def _do(self, run: Run) -> Result:
        """Do it when there is room, in a thread of its own, with IPC objects of its own."""
        with self._next:  # one at a time takes its places: two that have half of theirs would wait for ever
            for _ in range(run.kernels):
                self._room.acquire()
        try:
            if self._closing.is_set():
                raise CancelledError
            with ThreadPoolExecutor(1, initializer=live_apart) as apart:
                return apart.submit(self._do_here, run).result()
        finally:
            self._room.release(run.kernels)

    def _do_here(self, run: Run) -> Result:
        checkout = Checkout(run.way, self._prepared)
        with subprocess.Popen(
            run.argv(), cwd=checkout.top, env=checkout.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                output, _ = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                end_processes(checkout.marker)
                output = f"not ended after {LIMIT:g} s\n{process.communicate()[0]}"
        return Result(process.returncode, output, tuple(checkout.leftovers()), checkout)


class _Server(BaseManager):
    """The process of a pool."""


_Server.register("Pool", Pool)


@contextmanager
def pool_apart(prepared: Path) -> Iterator[Pool]:
    """A pool in a process of its own, made of what `checkout.prepare` returned."""
    server = _Server(ctx=get_context("spawn"))
    server.start(_prepare_server)
    with server:
        pool = cast(Pool, server.Pool(prepared))
        yield pool
        pool.close()


def _prepare_server() -> None:
    die_with_parent()
    # Whoever interrupts the tests interrupts the runs too; the programs of the runs must not inherit "ignored".
    signal.signal(signal.SIGINT, lambda *_: None)
