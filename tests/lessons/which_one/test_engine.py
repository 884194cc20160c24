"""A measurement as a whole: what it returns, that it ends in time, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from helpers.ipc import scratch
from helpers.lessons.which_one import BenchError, Language, Measure, Placement, Results, measure
from helpers.lessons.which_one.engine import _measure_group
from helpers.lessons.which_one.results import Key
from helpers.lessons.which_one.slices import Order, Slice, Used
from tests.lessons.which_one.test_results import FLOOR, MACHINE
from tests.notebooks.checkout import MARKER, end_processes

TOP = Path(__file__).parents[2]
WHERE = (Measure.ROUND_TRIP, 64, Placement.ONE_CORE)
QUICK: dict[str, Any] = {
    "sizes": [64], "measures": [Measure.ROUND_TRIP], "placements": [Placement.ONE_CORE], "seconds": 5.0, "wanted": 3,
}  # fmt: skip


def test_a_small_one_twice() -> None:
    for _ in range(2):
        told: list[float] = []
        results = measure(["TCP", "semaphore"], progress=told.append, **QUICK)
        assert set(results.mechanisms()) == {"TCP", "semaphore"}
        assert told[0] == 0 and told[-1] == 1 and told == sorted(told)
        figure = results.figure("TCP", *WHERE)
        assert 0 < figure.lower <= figure.median <= figure.upper
        floor = results.floor
        assert 0 < floor.clock and 0 < floor.system_call < floor.hand_over
        assert floor.hand_over < figure.upper and set(floor.copy) == {64}
        assert not keys_of(os.getpid()) & system_v_queues()
        assert not os.path.exists(os.path.join(os.path.dirname(scratch.path("other")), "bench"))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"mechanisms": ["pigeon"]}, "there is no mechanism 'pigeon'; there are pipe, FIFO,"),
        ({"mechanisms": ["pipe"], "sizes": [0]}, "from 1 to 1048576 bytes here, not 0"),
        ({"mechanisms": ["pipe"], "sizes": [2 << 20]}, "not 2097152"),
    ],
)
def test_what_cannot_be_measured(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BenchError, match=sentence):
        measure(**asked)


def test_what_a_mechanism_cannot_do_is_told() -> None:
    wanted = QUICK | {"sizes": [1 << 20], "measures": list(Measure), "wanted": 1}
    results = measure(["UDP", "spinning", "ring"], **wanted)
    assert results.figures == {}
    said = {key.mechanism: reason for key, reason in results.missing.items()}
    assert said["UDP"] == "a message has at most 65507 B: an IP packet has at most 65535 bytes, of which 28 are headers"
    assert "on one core keep each other from running" in said["spinning"]
    assert results.why_not("ring", Measure.ROUND_TRIP, 1 << 20, Placement.ONE_CORE) == "it has no way back"


ON_ONE = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from helpers.lessons.which_one import measure
results = measure(["pipe", "spinning"], sizes=[64], seconds=3, wanted=1)
print(results.machine.cores, sorted({(key.placement.value, reason) for key, reason in results.missing.items()}))
print(sorted({(key.mechanism, key.placement.value) for key in results.figures}))
"""


def test_a_machine_with_one_core() -> None:
    done = subprocess.run([sys.executable, "-c", ON_ONE], cwd=TOP, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith("1 ") and "('two cores', 'this process may use one core only')" in first
    assert second == "[('pipe', 'one core')]"


class Scripted:
    """In the place of the two processes: slices as they would come from a busy machine, each taking some time."""

    def __init__(self, disturbed: bool, lost: str = "", seconds: float = 0.01) -> None:
        self.disturbed, self.lost, self.seconds = disturbed, lost, seconds
        self.order: list[str] = []
        self.refused: dict[str, str] = {}

    def why_not(self, key: Key) -> str:
        return "" if key.mechanism != "door" else "no doors here"

    def calibrated(self, keys: Sequence[Key], deadline: float) -> dict[Key, Order]:
        return {key: Order(*key[:4], times=10) for key in keys}

    def slices(self, orders: Sequence[Order]) -> list[Slice]:
        time.sleep(self.seconds)  # a slice takes its time
        self.order += [order.mechanism for order in orders]
        ran = 10 if self.disturbed else 1000
        return [Slice(order, 1000, Used(ran, 0, 0), Used(0, 0, 0), self.lost) for order in orders]


def group(run: Scripted, seconds: float, wanted: int = 4) -> Results:
    results = Results(MACHINE, FLOOR)
    keys = [Key(name, *WHERE) for name in ("pipe", "door", "TCP")]
    _measure_group(run, results, keys, wanted, time.monotonic() + seconds)  # type: ignore[arg-type]
    return results


def test_candidates_take_turns_until_each_has_enough() -> None:
    run = Scripted(disturbed=False)
    results = group(run, seconds=60)
    assert run.order == ["pipe", "TCP", "TCP", "pipe"] * 2
    assert results.figure("pipe", *WHERE).clean == 4
    assert results.missing == {Key("door", *WHERE): "no doors here"}


def test_a_busy_machine_is_given_up_in_time_and_told() -> None:
    begin = time.monotonic()
    figure = group(Scripted(disturbed=True), seconds=0.2).figure("pipe", *WHERE)
    assert time.monotonic() - begin < 10
    assert figure.busy and figure.clean == 0 and figure.disturbed > 2


def test_with_no_time_left_each_has_one_slice() -> None:
    run = Scripted(disturbed=False)
    assert group(run, seconds=-1).figure("pipe", *WHERE).clean == 1
    assert run.order == ["pipe", "TCP"]


def test_after_a_loss_a_mechanism_is_left_alone() -> None:
    run = Scripted(disturbed=False, lost="it went astray")
    results = group(run, seconds=60)
    assert run.order == ["pipe", "TCP"]
    assert results.why_not("pipe", *WHERE) == run.refused["pipe"] == "it went astray"


LONG = """
import sys
from helpers.lessons.which_one import measure, Language
measure(languages=list(Language), seconds=600, wanted=10**9, progress=lambda part: print(part, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_one_that_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    marker = uuid.uuid4().hex
    environment = {**os.environ, MARKER: marker, "TMPDIR": str(tmp_path)}
    begun = subprocess.Popen(
        [sys.executable, "-c", LONG], cwd=TOP, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with begun:
        assert begun.stdout is not None and begun.stdout.readline() == b"0.0\n"  # all is open now
        assert any(tmp_path.iterdir()) and keys_of(begun.pid) <= system_v_queues()
        begun.send_signal(number)
        assert begun.wait(20) != 0
    assert end_processes(marker) == []
    assert list(tmp_path.iterdir()) == []
    assert not keys_of(begun.pid) & system_v_queues()
    assert not [path for path in Path("/dev/shm").iterdir() if f"-{begun.pid}-" in path.name]


def keys_of(kernel: int) -> set[int]:
    """As `helpers.ipc.scratch` makes them for that process."""
    return {1 + zlib.crc32(f"{kernel} bench-{which}".encode()) % 0x7FFFFFFF for which in ("request", "reply")}


def system_v_queues() -> set[int]:
    """The keys in /proc/sysvipc/msg (sysvipc(7))."""
    return {int(line.split()[0]) for line in Path("/proc/sysvipc/msg").read_text().splitlines()[1:]}


def test_an_interrupt_leaves_this_process_able_to_measure() -> None:
    def interrupt(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(["pipe"], progress=interrupt, **QUICK)
    assert measure(["pipe"], **QUICK).figure("pipe", *WHERE, Language.PYTHON).median > 0
