"""Run all notebooks from a clean kernel and keep their outputs, folded. Run as `python -m tools.execute`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.contents import paths
from tools.folding import fold
from tools.local_kernels import AsyncLocalKernelManager

AT_ONCE = 4
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""What every notebook says of its kernel: nothing that depends on who ran it last."""


async def execute(path: Path, environment: dict[str, str]) -> nbformat.NotebookNode:
    """The notebook with this run's outputs. Raises CellExecutionError."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
    client = NotebookClient(
        notebook, timeout=60, kernel_manager_class=AsyncLocalKernelManager,
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False, record_timing=False, coalesce_streams=True,
    )  # fmt: skip
    await client.async_execute(env=environment)
    notebook.metadata = nbformat.from_dict(METADATA)
    fold(notebook.cells)
    return notebook


def save(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write it whole or not at all."""
    new = path.with_suffix(".new")
    nbformat.write(notebook, new)
    new.replace(path)


async def run_all(settings: dict[str, str], keep: bool) -> list[str]:
    """Run every notebook with these environment variables, `keep` its outputs; returns what went wrong."""
    places = asyncio.Semaphore(AT_ONCE)

    async def run(path: Path) -> str:
        async with places:
            try:
                notebook = await execute(path, environment)
            except CellExecutionError as error:
                return f"{path.name}: {error}"
        if keep:
            save(notebook, path)
        return ""

    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "IPC_COURSE_PROGRESS": str(Path(scratch) / "progress.jsonl"), **settings}
        return [failure for failure in await asyncio.gather(*map(run, paths())) if failure]


if __name__ == "__main__":
    sys.exit("\n".join(asyncio.run(run_all({}, keep=True))) or 0)
