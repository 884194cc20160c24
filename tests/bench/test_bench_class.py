"""A class on one machine: twenty readers at once, each in another notebook, and what one of them takes in memory."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from tests.notebooks.checkout import NOTEBOOKS, Checkout, marked_processes
from tests.users import CURRENT

READERS = 20
LOOK_EVERY = 0.5
"""Seconds between two looks at the memory."""
TOGETHER = """
import asyncio, sys
from pathlib import Path
import nbformat
from tests.notebooks.driver import client, complaint

async def run_all():
    ran = await asyncio.gather(*(client(one).async_execute() for one in notebooks), return_exceptions=True)
    return [f"{name}: {error}" for name, error in zip(sys.argv[1:], ran) if isinstance(error, BaseException)]

notebooks = [nbformat.read(path, as_version=4) for path in sys.argv[1:]]
failures = asyncio.run(run_all())
failures += [f"{name}: {said}" for name, said in zip(sys.argv[1:], map(complaint, notebooks)) if said]
sys.exit("\\n".join(failures) or None)
"""


def memory(process: int) -> int:
    """The bytes that a process has for itself, and its part of what it shares (PSS: proc(5), smaps_rollup)."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0  # it ended meanwhile
    return 1024 * sum(map(int, re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)))


def test_twenty_readers_at_once(benchmark: BenchmarkFixture, prepared: Path) -> None:
    checkout = Checkout(CURRENT, prepared)
    folder = checkout.top / "notebooks"
    names = [path.name for path in islice(cycle(NOTEBOOKS), READERS)]
    peak = 0

    def run() -> tuple[int, str]:
        nonlocal peak
        with subprocess.Popen(
            [sys.executable, "-c", TOGETHER, *names], cwd=folder, env=checkout.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            while True:
                try:
                    output, _ = process.communicate(timeout=LOOK_EVERY)
                    return process.returncode, output
                except subprocess.TimeoutExpired:
                    peak = max(peak, sum(map(memory, marked_processes(checkout.marker))))

    status, output = benchmark.pedantic(run, rounds=1)
    leftovers = checkout.leftovers()
    checkout.remove()
    benchmark.extra_info["peak MB a reader"] = round(peak / READERS / 1e6)
    assert (status, output, leftovers) == (0, "", [])
