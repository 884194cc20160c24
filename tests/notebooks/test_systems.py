"""The notebooks on other systems than those of the tests, as far as Python can pretend (tests/systems)."""

from __future__ import annotations

import re

import pytest

from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.pool import Pool, Run
from tests.users import LEAN, WINDOWS

NOT_IN_WINDOWS = {
    "00_start_here": {"/proc/net/tcp"},
    "12_three_way_handshake": set[str](),
    "13_eleven_states": {"/proc/net/tcp", "socket.TCP_INFO", "socket.TCP_DEFER_ACCEPT"},
}
"""All that their cells lack there: the rest runs, experiments are replayed, and models converse in the panels."""
IN_ANY_LINUX = ("00", "03", "06", "07", "13", "17")
"""Some of those that use hosts, children or both."""


@pytest.mark.parametrize("run", [Run("elsewhere", path.stem, WINDOWS) for path in NOTEBOOKS], ids=str)
def test_in_windows_what_cannot_run_says_so_in_a_sentence(pool: Pool, run: Run) -> None:
    result = pool.result(run)
    result.check()
    lacking = set(re.findall(r"this system \(win32\) has no (\S+), which", result.output))
    assert lacking == NOT_IN_WINDOWS.get(run.notebook, lacking), result.output


@pytest.mark.parametrize(
    "run", [Run("nbval", path.stem, LEAN) for path in NOTEBOOKS if path.stem.startswith(IN_ANY_LINUX)], ids=str
)
def test_a_lean_linux_gives_the_outputs_committed(pool: Pool, run: Run) -> None:
    result = pool.result(run)
    result.check()
    assert " passed" in result.output


@pytest.mark.parametrize("run", [Run("through", "10_what_is_a_socket", LEAN)], ids=str)
def test_without_ipv6_the_cells_about_it_say_so(pool: Pool, run: Run) -> None:
    result = pool.result(run)
    result.check()
    assert "This machine gives us no IPv6 (EAFNOSUPPORT)" in result.output, result.output
