"""What a reader may do to a running notebook: run it through, or each cell twice, interrupt each, kill its kernel.

Run as `python -m tests.notebooks.driver ACTION NOTEBOOK`; a failure is an exit status and a sentence.
"""

from __future__ import annotations

import ast
import asyncio
import os
import queue
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nbformat
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from tests.notebooks.checkout import MARKER, marked_processes
from tests.notebooks.ipc_objects import ipc_objects
from tools.local_kernels import AsyncLocalKernelManager, LocalKernelManager

LIMIT = 60.0
"""Seconds that one cell may take."""
MOMENTS = (0.0, 0.03, 0.1, 0.3)
"""Seconds into a cell at which it is interrupted, in turn: while hosts are made, while they talk, while one waits."""
LOOK_EVERY = 0.02
KERNELS = 4


def main(action: str, path: Path) -> str | None:
    """Do it; returns what went wrong."""
    notebook = nbformat.read(path, as_version=4)
    os.chdir(path.parent)
    actions = (through, elsewhere, twice, together, interrupted, killed)
    return {each.__name__: each for each in actions}[action](notebook)


def through(notebook: nbformat.NotebookNode) -> str | None:
    """Each cell runs once; what it prints is printed."""
    client(notebook).execute()
    for cell in code_cells(notebook):
        print(*(output.text for output in cell.outputs if output.output_type == "stream"), sep="", end="")
    return complaint(notebook)


def elsewhere(notebook: nbformat.NotebookNode) -> str | None:
    """Each cell runs once where much is lacking: any but the first may end in a sentence, which is printed."""
    client(notebook, allow_errors=True).execute()
    for number, cell in enumerate(code_cells(notebook), 1):
        for error in (output for output in cell.outputs if output.output_type == "error"):
            if number == 1 or len(error.traceback) > 1:
                return f"code cell {number} ended in {error.ename}: {error.evalue}"
            print(*error.traceback)
    return complaint(notebook)


def twice(notebook: nbformat.NotebookNode) -> str | None:
    """Each cell runs twice in a row; then each reveal once more: it says what it said before."""
    reveals = [cell for cell in code_cells(notebook) if ".reveal(" in cell.source]
    again = [cell.copy() for cell in reveals]
    notebook.cells = [cell for each in notebook.cells for cell in (each.copy(), each)] + again
    client(notebook).execute()
    for before, after in zip(reveals, again, strict=True):
        if said(after) != said(before):
            return f"run again after all others, a reveal says {said(after)} instead of {said(before)}"
    return complaint(notebook)


def said(cell: nbformat.NotebookNode) -> list[str]:
    """The values that a cell shows, as text."""
    return [output.data["text/plain"] for output in cell.outputs if "data" in output]


def together(notebook: nbformat.NotebookNode) -> str | None:
    """Several kernels run the notebook at once."""

    async def run_all() -> None:
        await asyncio.gather(*(client(copy).async_execute() for copy in copies))

    copies = [nbformat.from_dict(notebook) for _ in range(KERNELS)]
    asyncio.run(run_all())
    return next(filter(None, map(complaint, copies)), None)


def client(notebook: nbformat.NotebookNode, **options: object) -> NotebookClient:
    """Raises CellExecutionError at the first error, unless the options allow errors."""
    return NotebookClient(notebook, timeout=LIMIT, kernel_manager_class=AsyncLocalKernelManager, **options)


def complaint(notebook: nbformat.NotebookNode) -> str | None:
    """The first cell that wrote to stderr."""
    for number, cell in enumerate(code_cells(notebook), 1):
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                return f"code cell {number} wrote to stderr: {output.text}"
    return None


def interrupted(notebook: nbformat.NotebookNode) -> str | None:
    """Each cell is interrupted once while it runs; run again, it does what it does on a first run."""
    manager, kernel = new_kernel()
    try:
        cells = code_cells(notebook)
        for number, cell in enumerate(cells, 1):
            error = execute(kernel, cell.source, manager, MOMENTS[number % len(MOMENTS)])
            if error not in ("", "KeyboardInterrupt"):
                return f"code cell {number}, interrupted, raised {error}"
            if imports(cell.source):  # some modules refuse to be loaded a second time; so does a reader's kernel
                manager.restart_kernel(now=True)
                kernel.wait_for_ready(timeout=LIMIT)
                for earlier in cells[: number - 1]:
                    execute(kernel, earlier.source)
            error = execute(kernel, cell.source)
            if error:
                return f"code cell {number}, run again after an interrupt, raised {error}"
        return None
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel()


def killed(notebook: nbformat.NotebookNode) -> str | None:
    """The kernel is killed while its hosts live. Where it never has any, it is killed after its last cell, and a second
    one in the middle of the busiest cell, with as many processes and IPC objects as the first had there at most."""
    cells = code_cells(notebook)
    most = [0] * len(cells)

    def look(number: int) -> bool:
        most[number] = max(most[number], bustle())
        return not imports(cells[number].source) and hosts_live()

    with kernel_to_kill() as kernel:
        if any(run_until(kernel, cell.source, partial(look, number)) for number, cell in enumerate(cells)):
            return None
    busiest = most.index(max(most))
    with kernel_to_kill() as kernel:
        for cell in cells[:busiest]:
            execute(kernel, cell.source)
        run_until(kernel, cells[busiest].source, lambda: bustle() >= most[busiest])
    return None


@contextmanager
def kernel_to_kill() -> Iterator[BlockingKernelClient]:
    """A new kernel, which ends without a chance to tidy up."""
    manager, kernel = new_kernel()
    try:
        yield kernel
    finally:
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        kernel.stop_channels()
        manager.cleanup_resources()


def new_kernel() -> tuple[LocalKernelManager, BlockingKernelClient]:
    """A kernel that is ready."""
    manager = LocalKernelManager()
    manager.start_kernel()
    kernel = manager.client()
    kernel.start_channels()
    kernel.wait_for_ready(timeout=LIMIT)
    return manager, kernel


def run_until(kernel: BlockingKernelClient, source: str, reached: Callable[[], bool]) -> bool:
    """Run a cell; returns in its middle as soon as that is reached: True, or at its end: False."""
    request = kernel.execute(source)
    while True:
        try:
            if ended(kernel.get_iopub_msg(timeout=LOOK_EVERY), request):
                return False
        except queue.Empty:
            pass  # time for a look
        if reached():
            return True


def bustle() -> int:
    """How many processes of this run live, and how many IPC objects there are."""
    return sum(1 for _ in marked_processes(os.environ[MARKER])) + len(ipc_objects())


def hosts_live() -> bool:
    """Whether a process of this run is in another network namespace."""
    ours = os.readlink("/proc/self/ns/net")
    for number in marked_processes(os.environ[MARKER]):
        try:
            if os.readlink(f"/proc/{number}/ns/net") != ours:
                return True
        except OSError:
            continue  # it ended meanwhile
    return False


def execute(
    kernel: BlockingKernelClient, source: str, interrupter: KernelManager | None = None, after: float = 0
) -> str:
    """Run a cell to its end, interrupted `after` seconds if there is an interrupter; returns the error's name or ""."""
    request, error, wait = kernel.execute(source), "", LIMIT
    while True:
        try:
            message = kernel.get_iopub_msg(timeout=wait)
        except queue.Empty:
            if interrupter is None:
                return f"nothing: it has not ended after {LIMIT:g} s"
            interrupter.interrupt_kernel()
            interrupter, wait = None, LIMIT
            continue
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "execute_input" and interrupter is not None:
            wait = after
        if message["msg_type"] == "error":
            error = message["content"]["ename"]
        if ended(message, request):
            return error


def ended(message: dict, request: str) -> bool:
    """Whether this message says that the request's cell has ended."""
    return (
        message["parent_header"].get("msg_id") == request
        and message["msg_type"] == "status"
        and message["content"]["execution_state"] == "idle"
    )


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Those with something in them."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def imports(source: str) -> bool:
    """Whether a cell imports modules."""
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(source).body)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
