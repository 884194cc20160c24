"""Where a program is missing, the tests that need it are skipped, and the end of the run says what to install."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import PROGRAMS, installed

TOP = Path(__file__).parents[1]
CLIENTS = "tests/lessons/applications/test_debian_clients.py"
NEEDING = {
    "cc": "tests/lessons/which_one/test_comparison.py::test_the_twin_in_c_measures_the_same",
    "chromium": "tests/notebooks/test_browser.py::test_a_prediction_is_answered_and_revealed",
    "curl": f"{CLIENTS}::test_curl_over_http",
    "dig": f"{CLIENTS}::test_dig[['+tcp']]",
    "ftp": f"{CLIENTS}::test_ftp",
    "ip": "tests/lab/test_network.py::test_a_host_is_a_network_of_its_own",
    "ping": "tests/lab/test_router.py::test_only_hosts_of_its_lan_get_a_frame",
    "rpcbind": "tests/lab/test_rpcinfo.py::test_rpcbind_understands_our_client[udp]",
    "rpcinfo": "tests/lab/test_rpcinfo.py::test_rpcinfo_finds_and_calls_a_program_and_learns_its_versions",
    "snmpget": f"{CLIENTS}::test_snmpget[1]",
    "telnet": f"{CLIENTS}::test_telnet",
    "tftp": f"{CLIENTS}::test_tftp",
    "tshark": "tests/test_trace.py::test_wireshark_reads_the_frames_with_their_comments",
    "unshare": "tests/lessons/synchronisation/test_locks.py::test_a_file_whose_device_stat_translates",
}
"""A test for each program that cannot do without."""
NEEDING_NONE = "tests/lab/test_router.py::test_what_is_no_route_or_no_mtu_is_refused"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """These tests, in a run of their own."""
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=TOP, env=kept | environment, capture_output=True, text=True)


def test_without_any_program(needs_lab: None, tmp_path: Path) -> None:
    assert list(NEEDING) == list(PROGRAMS)
    ended = run(*NEEDING.values(), NEEDING_NONE, PATH=str(tmp_path))
    assert ended.returncode == 0 and f"1 passed, {len(NEEDING)} skipped" in ended.stdout, ended.stdout + ended.stderr
    said = re.findall("^1 skipped: this machine has no program (.*)$", ended.stdout, re.MULTILINE)
    assert sorted(said) == list(PROGRAMS)
    packages = " ".join(sorted({package for packages in PROGRAMS.values() for package in packages}))
    assert ended.stdout.count(f"apt install {packages}\n") == 1


def test_no_test_runs_one_unasked() -> None:
    unasked = re.compile(rf'\.(?:run|start|Popen|check_output)\(\s*\[\s*"(?:{"|".join(PROGRAMS)})"')
    found = {path.name: unasked.findall(path.read_text()) for path in (TOP / "tests").rglob("*.py")}
    assert not {name: calls for name, calls in found.items() if calls}


def test_in_ci_a_missing_program_is_an_error(tmp_path: Path) -> None:
    ended = run(NEEDING["tshark"], PATH=str(tmp_path), CI="true")
    assert ended.returncode == 1 and "CI must have tshark: this machine has no program tshark" in ended.stdout


def test_a_program_may_lie_beside_a_folder_of_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "sbin" / "rpcbind"
    program.parent.mkdir()
    program.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert installed("rpcbind") == str(program)
