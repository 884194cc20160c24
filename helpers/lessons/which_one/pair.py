"""What runs in the two processes: the client gives an order, both run their loop of it, the client has the clock."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, Any

from helpers.lessons.which_one.mechanisms import KINDS, LARGEST, Lost, Mechanism, Names, Refused
from helpers.lessons.which_one.mechanisms.base import SPACE
from helpers.lessons.which_one.slices import Language, Measure, Order, Placement, Slice, Used, Watch
from helpers.lessons.which_one.twin import Loops, Twin

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CONTENT = (bytes(number * 167 % 251 for number in range(251)) * (LARGEST // 251 + 1))[:LARGEST]
"""What is sent: a pattern whose length, a prime number, goes into no block's, so that a block in a wrong place is
noticed."""

_NOTHING: ReadableBuffer = b""


class Pair:
    """Both sides before the fork, each its own after it."""

    def __init__(self, mechanisms: Sequence[str], names: Names, cores: Sequence[int], library: str = "") -> None:
        """Open the mechanisms; `library`: the path of the twin in C, "" for none."""
        gc.disable()  # it makes a pause now and then, which is not the mechanism's
        self.refused: dict[str, str] = {}
        self.opened: dict[str, Mechanism] = {}
        for name in dict.fromkeys(["pipe", *mechanisms]):  # the floor needs a pipe
            try:
                self.opened[name] = KINDS[name](names)
            except Exception as error:  # noqa: BLE001  whatever it is, the others are measured
                self.refused[name] = _sentence(error)
        self._twin = Twin(library) if library else None
        self._cores = cores
        self._ends: tuple[Connection[Any, Any], Connection[Any, Any]] = Pipe()
        self._watch = Watch(cores[-1])
        self._place: Placement | None = None

    def largest(self) -> dict[str, tuple[int, str]]:
        """For each mechanism the longest message in bytes, and what limits it."""
        return {name: (mechanism.largest(), mechanism.limit()) for name, mechanism in self.opened.items()}

    def floor(self, sizes: Iterable[int]) -> tuple[float, float, dict[int, float]]:
        """Nanoseconds: reading the clock, a system call, and copying so many bytes."""
        copies = {size: _least_time(partial(_copies, size), 1 + LARGEST // 8 // size) for size in sizes}
        return _least_time(_clock), _least_time(self._twin.system_calls if self._twin else _system_calls), copies

    def serve(self) -> None:
        """The server: do what the client orders, until it has ended."""
        control = self._ends[1]
        self._ends[0].close()
        for mechanism in self.opened.values():
            mechanism.start_server()
        while True:
            order = Order(*control.recv())
            self._settle(order, side=1)
            control.send("ready")
            lost, arrived, before = "", _NOTHING, self._watch.read()
            try:
                for times in self._warm_up_and(order):
                    before = self._watch.read()
                    arrived = self._server_loop(order, times)
            except (Lost, OSError) as error:
                lost = _sentence(error)
            control.recv()  # the client has read the clock
            used = self._watch.read().since(before)
            control.send((used, lost or _difference(arrived, order)))

    def run(self, orders: Iterable[Order]) -> list[Slice]:
        """The client: one slice for each order."""
        return [self._run(order) for order in orders]

    def _run(self, order: Order) -> Slice:
        control = self._ends[0]
        self._settle(order, side=0)
        control.send(tuple(order))
        control.recv()
        lost, arrived, before, begin = "", _NOTHING, self._watch.read(), time.perf_counter_ns()
        try:
            for times in self._warm_up_and(order):
                before, begin = self._watch.read(), time.perf_counter_ns()
                arrived = self._client_loop(order, times)
        except (Lost, OSError) as error:
            lost = _sentence(error)
        elapsed = time.perf_counter_ns() - begin
        used = self._watch.read().since(before)
        control.send("done")
        server, its_lost = control.recv()
        return Slice(order, elapsed, used, Used(*server), lost or its_lost or _difference(arrived, order))

    def _warm_up_and(self, order: Order) -> tuple[int, int]:
        """How often the loop runs: before the clock, so that caches know the way, and by the clock."""
        return KINDS[order.mechanism].batch(order.size), order.times

    def _client_loop(self, order: Order, times: int) -> ReadableBuffer:
        message, loops = CONTENT[: order.size], self._loops(order)
        if order.measure is Measure.ROUND_TRIP:
            return loops.ask(message, times)
        loops.send(message, times)
        return message

    def _server_loop(self, order: Order, times: int) -> ReadableBuffer:
        loops = self._loops(order)
        if order.measure is Measure.ONE_WAY:
            return loops.receive(order.size, times)
        loops.answer(order.size, times)
        return CONTENT[: order.size]

    def _settle(self, order: Order, side: int) -> None:
        """Move this process to its core; what an earlier message has left is wiped out."""
        if order.placement is not self._place:
            core = self._cores[-1 if order.placement is Placement.ONE_CORE else -1 - side]
            for thread in map(int, os.listdir("/proc/self/task")):  # a door's server has more than one
                os.sched_setaffinity(thread, {core})
            self._watch.close()
            self._watch, self._place = Watch(core), order.placement
        SPACE[: order.size] = bytes(order.size)

    def _loops(self, order: Order) -> Loops:
        mechanism = self.opened[order.mechanism]
        if order.language is Language.PYTHON:
            return mechanism
        assert self._twin is not None
        return self._twin.loops(mechanism)


def _clock(times: int) -> None:
    clock = time.perf_counter_ns
    for _ in repeat(None, times):
        clock()


def _system_calls(times: int) -> None:
    call = os.getppid
    for _ in repeat(None, times):
        call()


def _copies(size: int, times: int) -> None:
    message, space = CONTENT[:size], SPACE[:size]
    for _ in repeat(None, times):
        space[:] = message


def _least_time(work: Callable[[int], object], times: int = 1000, slices: int = 15) -> float:
    """Nanoseconds for one of so many, in the fastest of several slices: nothing but the work itself makes a floor."""
    measured = []
    for _ in range(slices):
        begin = time.perf_counter_ns()
        work(times)
        measured.append(time.perf_counter_ns() - begin)
    return min(measured) / times


def _difference(arrived: ReadableBuffer, order: Order) -> str:
    """Why the last message that came is not the one that was sent; "" if it is."""
    return "" if bytes(arrived) == CONTENT[: order.size] else "what arrived is not what was sent"


def _sentence(error: Exception) -> str:
    if isinstance(error, Refused | Lost):
        return str(error)
    if isinstance(error, BlockingIOError):
        return "a message did not arrive within a second"
    return f"{type(error).__name__}: {error}"
