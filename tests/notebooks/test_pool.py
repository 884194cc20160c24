"""The runs are done in a process of their own, which ends with that of the tests."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.notebooks.checkout import TOP
from tests.notebooks.pool import AT_ONCE, Pool, Run, pool_apart

GRACE = 10.0

KILLED = """
import os, sys
from multiprocessing import active_children
from pathlib import Path
from tests.notebooks.pool import pool_apart
with pool_apart(Path(sys.argv[1])):
    print(active_children()[0].pid, flush=True)
    sys.stdin.read()
"""


def test_the_process_of_the_tests_stays_as_it_is(prepared: Path) -> None:
    run = Run("through", "no_such_notebook")
    with pool_apart(prepared) as pool:
        pool.start([])  # connects
        before = threading.active_count(), os.listdir("/proc/self/fd")
        pool.start([run])
        assert "FileNotFoundError" in pool.result(run).output
        assert (threading.active_count(), os.listdir("/proc/self/fd")) == before


def test_it_ends_with_the_tests_even_if_they_are_killed(prepared: Path) -> None:
    with TemporaryDirectory() as temporary:
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(prepared)], cwd=TOP, env={**os.environ, "TMPDIR": temporary},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as tests:  # fmt: skip
            assert tests.stdout
            server = os.pidfd_open(int(tests.stdout.readline()))
            tests.kill()
        assert select.select([server], [], [], GRACE)[0]
        os.close(server)


def test_so_many_kernels_live_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    together = threading.Barrier(AT_ONCE)
    lock, living, most = threading.Lock(), 0, 0

    def do(pool: Pool, run: Run) -> None:
        nonlocal living, most
        with lock:
            living += run.kernels
            most = max(most, living)
        if run.kernels == 1:
            together.wait(GRACE)  # passes only when AT_ONCE are here
        with lock:
            living -= run.kernels

    monkeypatch.setattr(Pool, "_do_here", do)
    pool = Pool(tmp_path)
    pool.start([Run("killed", str(number)) for number in range(AT_ONCE)])
    pool.start([Run("together", str(number)) for number in range(2 * AT_ONCE)])
    pool.wait()
    assert most == AT_ONCE
