"""The two processes of a measurement, with something changed in one of them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from helpers.ipc import Child
from helpers.lessons.which_one.engine import own_names
from helpers.lessons.which_one.mechanisms import KINDS
from helpers.lessons.which_one.slices import Language, Measure, Order, Placement, Slice
from helpers.lessons.which_one.twin import NoTwin, build
from tests.needs import installed, need


def twin(folder: Path) -> str:
    """The built twin's path; where there is no compiler, the test is skipped."""
    installed("cc")
    try:
        return build(str(folder))
    except NoTwin as error:
        need("a C compiler", str(error))
        raise


@contextlib.contextmanager
def pair(
    mechanisms: Sequence[str], library: str = "", *, both: str = "", client: str = "", server: str = "",
    label: str = "test",
) -> Iterator[Child]:  # fmt: skip
    """The client, in which `pair` is the Pair; `both` is code that runs before the fork, the others after it."""
    cores = sorted(os.sched_getaffinity(0))
    with own_names(label) as names, Child(f"{label} client") as asking:
        asking.do("from helpers.lessons.which_one.pair import *")
        asking.do(both)
        asking.do("pair = Pair(mechanisms, names, cores, library)",
                  mechanisms=list(mechanisms), names=names, cores=cores, library=library)  # fmt: skip
        with asking.fork(f"{label} server") as answering:
            asking.do(client)
            answering.do(server)
            answering.start("pair.serve()")
            yield asking


def order(
    mechanism: str, measure: Measure, size: int, times: int, language: Language = Language.PYTHON
) -> Order:
    """On one core where the mechanism can; some wait without sleeping, and need two."""
    alone = KINDS[mechanism].needs_two_cores
    return Order(mechanism, measure, size, Placement.TWO_CORES if alone else Placement.ONE_CORE, times, language)


def run(client: Child, *orders: Order) -> list[Slice]:
    """A slice for each order."""
    slices: list[Slice] = client.start("pair.run(orders)", orders=list(orders)).result(60)
    return slices


def need_two_cores(mechanism: str) -> None:
    """Skip the test of what needs two where there is one."""
    if KINDS[mechanism].needs_two_cores and len(os.sched_getaffinity(0)) < 2:
        need("two cores", "this process may use one core only")


@contextlib.contextmanager
def another_process(core: int) -> Iterator[None]:
    """A process that computes on that core all the time."""
    program = f"import os; os.sched_setaffinity(0, {{{core}}}); print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()
