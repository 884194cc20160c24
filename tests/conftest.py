"""The lab where a test needs it; all runs that the selected tests ask for, side by side; what was skipped, and why."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import scapy.layers.inet6
import scapy.layers.l2
from hypothesis import settings

from helpers.lab import why_unavailable
from tests.needs import need, summary
from tests.notebooks.checkout import prepare
from tests.notebooks.ipc_objects import ipc_objects
from tests.notebooks.pool import Pool, Run, pool_apart

pytest_plugins = ["_hypothesis_pytestplugin", "tests.traces"]
settings.register_profile("course", deadline=None)  # a deadline would measure how busy the machine is
settings.load_profile("course")
# A script's shell starts what goes on in the background with SIGINT ignored (POSIX, Shell Command Language, Signals and
# Error Handling); every program that a test starts and interrupts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _ask(*_: object, **__: object) -> NoReturn:
    """Instead of scapy's questions, which would leave this machine."""
    pytest.fail("a frame was built without dst: scapy would ask this machine's network for the address")


scapy.layers.l2.srp1 = scapy.layers.inet6.neighsol = _ask


def pytest_configure(config: pytest.Config) -> None:
    """In tests a warning is an error; not in a reader's `pytest --nbval`, whose libraries may be of another year."""
    config.addinivalue_line("filterwarnings", "error")
    warnings.simplefilter("error")  # while the session ends, too


def runs_of(item: pytest.Item) -> list[Run]:
    """The runs among a test's parameters, alone or in a tuple."""
    found: list[Run] = []
    for value in item.callspec.params.values() if hasattr(item, "callspec") else ():
        found += [part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, Run)]
    return found


@pytest.fixture
def needs_lab() -> None:
    need("hosts", why_unavailable())


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the copies of the checkout are made of."""
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="session")
def before() -> set[str]:
    """The machine's IPC objects before the first run."""
    return ipc_objects()


@pytest.fixture(scope="session")
def pool(request: pytest.FixtureRequest, prepared: Path, before: set[str]) -> Iterator[Pool]:
    with pool_apart(prepared) as pool:
        pool.start([run for item in request.session.items for run in runs_of(item)])
        yield pool


@pytest.fixture(scope="session", autouse=True)
def runs_from_the_beginning(request: pytest.FixtureRequest) -> None:
    """The runs begin with the first test, whichever it is."""
    if any(runs_of(item) for item in request.session.items):
        request.getfixturevalue("pool")


@pytest.hookimpl(tryfirst=True)  # before the marks select
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that wait for runs come after those that need not, and last the browser, which wants to be alone.
    Those that need a run which only a release is worth are marked."""
    for item in items:
        if any(run.for_release for run in runs_of(item)):
            item.add_marker("release")
    items.sort(key=lambda item: (item.path.parent.name == "notebooks", item.path.name == "test_browser.py"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was skipped for want of what."""
    skipped = terminalreporter.stats.get("skipped", [])
    for line in summary(report.longrepr[2].removeprefix("Skipped: ") for report in skipped):
        terminalreporter.write_line(line)
