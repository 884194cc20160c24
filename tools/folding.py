"""Which cells are folded as a notebook is opened, so that no answer is on the screen before its question is answered.

From the cell after a question to the one that reveals its answer the outputs are hidden: JupyterLab shows them as soon
as a cell has been run, or is opened; GitHub, nbviewer and nbval see them all the same. Of question and reveal
the source is hidden too: a reader sees a question, not a call. What JupyterLab shows of a folded source is its first
line, so that line says in words what the cell is for. Of hidden outputs it shows the first line of the first one, which
may be the answer: so an empty output comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nbformat import NotebookNode
from nbformat.v4 import new_output

from tools.cell_code import assigned_calls, called_on

QUESTION, REVEAL = "# Predict", "# Compare"
"""The first lines of their cells."""
COVER = new_output("display_data")
"""An output with nothing in it; nbval compares nothing of it, and running the cell removes it."""


def fold(cells: Sequence[NotebookNode]) -> None:
    """Hide what is to be hidden, and nothing else."""
    for cell, hidden in zip(cells, folded(cells), strict=True):
        cell.metadata.pop("collapsed", None)  # JupyterLab's second name for outputs_hidden
        cell.metadata.pop("jupyter", None)
        if hidden:
            cell.metadata["jupyter"] = hidden
        if cell.cell_type == "code":
            cell.outputs = covered(cell.outputs, hidden)


def covered(outputs: Sequence[NotebookNode], hidden: dict[str, bool]) -> list[NotebookNode]:
    """The outputs of a cell of which that is hidden, as they are kept."""
    kept = [output for output in outputs if output != COVER]
    return [COVER, *kept] if kept and "outputs_hidden" in hidden else kept


def folded(cells: Sequence[NotebookNode]) -> list[dict[str, bool]]:
    """Of each cell, the metadata under `jupyter`."""
    hidden: list[dict[str, bool]] = [{} for _ in cells]
    for question, reveal in spans(cells):
        hidden[question]["source_hidden"] = hidden[reveal]["source_hidden"] = True
        for place in range(question + 1, reveal + 1):
            if cells[place].cell_type == "code":
                hidden[place]["outputs_hidden"] = True
    return [dict(sorted(each.items())) for each in hidden]


def spans(cells: Sequence[NotebookNode]) -> Iterator[tuple[int, int]]:
    """The places of each question and of the cell that reveals its answer."""
    asked: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if cell.cell_type == "code":
            yield from ((asked.pop(name), place) for name in called_on(cell.source, "reveal") if name in asked)
            asked |= dict.fromkeys(assigned_calls(cell.source, "predict"), place)


def first_lines(cells: Sequence[NotebookNode]) -> Iterator[tuple[str, str]]:
    """What a question's and a reveal's first line is, and what it must be."""
    for span in spans(cells):
        for place, wanted in zip(span, (QUESTION, REVEAL), strict=True):
            yield cells[place].source.partition("\n")[0], wanted
