"""Measure Python's round trips beside those of twin.c, and keep the figures. Run as `python -m tools.beside_c`.

A reader's machine may have no compiler, and figures of two machines do not compare: so both languages are measured here
on one machine in one run, and the notebook shows the recorded table, which says where and when.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from helpers.lab.recordings import FOLDER
from helpers.lessons.which_one.comparison import Key, Pair, bench_names
from helpers.lessons.which_one.measuring import contrast

SOURCE = Path(__file__).parents[1] / "helpers" / "lessons" / "which_one" / "twin.c"
WORDS = {"pipe": "pipe", "Unix stream": "unix", "TCP": "tcp", "POSIX queue": "queue", "memory + semaphore": "semaphore"}
SIZES = (64, 65536)
SECONDS = 4.0


def compiled(folder: str) -> str:
    """The program made of twin.c."""
    program = os.path.join(folder, "twin")
    subprocess.run(["cc", "-O2", "-o", program, str(SOURCE), "-lrt", "-pthread"], check=True)
    return program


def in_c(program: str, word: str, size: int) -> float:
    """Nanoseconds a round trip."""
    return float(subprocess.run([program, word, str(size)], check=True, capture_output=True, text=True).stdout)


def table(seconds: float = SECONDS) -> dict[str, object]:
    """What is kept: nanoseconds of the fastest slice in Python and in C, on one core."""
    system = f"Linux {platform.release()}, {platform.machine()}"
    where = f"{system}, Python {platform.python_version()}, {os.cpu_count()} cores"
    made: dict[str, object] = {"source": f"[recorded on {where}, {datetime.date.today().isoformat()}]"}
    with tempfile.TemporaryDirectory() as folder, bench_names() as names, contextlib.ExitStack() as stack:
        program, pair = compiled(folder), Pair(stack, names)
        pair.place("one core")
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the twin's core is this process's
        for name, word in WORDS.items():
            made[name] = {}
            for size in SIZES:
                key = Key(name, size, "one core")
                if pair.can(key):
                    ways: dict[str, Callable[[], float]] = {
                        "Python": partial(pair.slice, key, pair.fitting(key)), "C": partial(in_c, program, word, size),
                    }  # fmt: skip
                    found = contrast(name, ways, seconds=seconds)
                    made[name] |= {str(size): {way: round(found.best(way)) for way in ways}}  # type: ignore[operator]
    return made


if __name__ == "__main__":
    Path(FOLDER, "python_beside_c.json").write_text(json.dumps(table(), indent=1) + "\n")
