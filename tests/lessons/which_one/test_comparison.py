"""The comparison of all mechanisms: every byte arrives, what is lacking is named, and nothing is left."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.errors import CourseError
from helpers.ipc import scratch
from helpers.lessons.which_one import compare
from helpers.lessons.which_one.comparison import MEASURES, SIZES, Key, Pair, bench_names
from helpers.lessons.which_one.mechanisms import MECHANISMS
from tests.needs import installed, need
from tests.notebooks.checkout import MARKER, end_processes
from tools.beside_c import FOLDER, WORDS, compiled, in_c

TOP = Path(__file__).parents[3]
@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    with bench_names() as names, contextlib.ExitStack() as stack:
        yield Pair(stack, names)


@pytest.fixture(scope="module")
def both() -> Iterator[Pair]:
    with pair() as made:
        yield made


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_byte_arrives(both: Pair, mechanism: str) -> None:
    assert both.opened == list(MECHANISMS)
    if MECHANISMS[mechanism].spins and len(os.sched_getaffinity(0)) < 2:
        need("two cores", "this process may use one core only")
    place = "two cores" if MECHANISMS[mechanism].spins else "one core"
    both.place(place)
    for measure, size in itertools.product(MEASURES, {1, 4097, *SIZES, MECHANISMS[mechanism].largest}):
        if both.can(key := Key(mechanism, size, place, measure)):
            assert both.slice(key, 300) > 0 and both.slice(key, 1) > 0  # in each slice, each side compares the last


@pytest.mark.parametrize("side", ["_client", "_server"])
def test_another_byte_is_noticed(side: str) -> None:
    with pair() as made:
        getattr(made, side).do("from helpers.lessons.which_one import mechanisms; mechanisms.CONTENT = bytes(100)")
        with pytest.raises(CourseError, match="what arrived is not what was sent"):
            made.slice(Key("pipe", 64, "one core"), 5)


def test_one_refusal_leaves_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "posix_ipc.py").write_text("raise ImportError('none here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pair() as made:
        assert set(MECHANISMS) - set(made.opened) == {"POSIX queue"}
        assert [made.can(Key(name, 64, "one core")) for name in ("POSIX queue", "FIFO")] == [False, True]
        assert made.slice(Key("FIFO", 64, "one core"), 5) > 0


def queues(process: int) -> set[int]:
    """The System V queues in /proc/sysvipc/msg (sysvipc(7)) whose keys `helpers.ipc.scratch` makes for that process."""
    ours = {1 + zlib.crc32(f"{process} bench-{which}".encode()) % 0x7FFFFFFF for which in ("there", "back")}
    return ours & {int(line.split()[0]) for line in Path("/proc/sysvipc/msg").read_text().splitlines()[1:]}


def test_a_small_one() -> None:
    results = compare(seconds=1, sizes=[64], mechanisms=["pipe", "TCP", "memory + semaphore"])
    assert results.sizes() == (64,) and results.best("TCP", 64, "one core") > results.best("pipe", 64, "one core")
    assert results.best("door", 64, "one core") == float("inf") and results.figure(Key("door", 64, "one core")) == "-"
    best, median = results.spread(Key("pipe", 64, "one core"))
    assert 0 < results.best("pipe", 64, "one core") == best <= median
    assert "µs" in str(results.table("one core")) and str(results.table("one core")).endswith(results.source)
    assert not queues(os.getpid()) and not list(Path(scratch.path("x")).parent.iterdir())


def test_a_machine_with_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    results = compare(seconds=1, sizes=[64], mechanisms=["pipe", "memory + spinning"])
    assert {place for _, place, _ in results.contrasts} == {"one core"}
    assert {way for each in results.contrasts.values() for way in each.slices} == {"pipe"}


LONG = """
from helpers.lessons.which_one.comparison import Key, Pair, bench_names
import contextlib
with bench_names() as names, contextlib.ExitStack() as stack:
    pair = Pair(stack, names)
    print("open", flush=True)
    while True:
        pair.slice(Key("TCP", 64, "one core"), 100)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_one_that_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    marker = uuid.uuid4().hex
    environment = {**os.environ, MARKER: marker, "TMPDIR": str(tmp_path)}
    begun = subprocess.Popen(
        [sys.executable, "-c", LONG], cwd=TOP, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with begun:
        assert begun.stdout is not None and begun.stdout.readline() == b"open\n"
        assert any(tmp_path.iterdir()) and len(queues(begun.pid)) == 2
        begun.send_signal(number)
        assert begun.wait(60) != 0
    assert end_processes(marker, grace=60) == []
    assert list(tmp_path.iterdir()) == []
    assert not queues(begun.pid)
    assert not [path for path in Path("/dev/shm").iterdir() if f"-{begun.pid}-" in path.name]


def test_pairs_leave_no_descriptor() -> None:
    def once() -> int:
        with pair() as made:
            made.slice(Key("TCP", 64, "one core"), 1)
        return len(os.listdir("/proc/self/fd"))

    assert once() == once()


def test_the_twin_in_c_measures_the_same(tmp_path: Path) -> None:
    """In the same order of magnitude, in the fastest of some slices; and its figures are kept."""
    installed("cc")
    program = compiled(str(tmp_path))
    with pair() as made:
        made.place("one core")
        for name, word in WORDS.items():
            python = min(made.slice(Key(name, 64, "one core"), 300) for _ in range(9))
            assert 0.3 < python / min(in_c(program, word, 64) for _ in range(9)) < 10, name
    assert set(json.loads((FOLDER / "python_beside_c.json").read_text())) == {"source", *WORDS}
