"""What each notebook has: title, sections, minutes, questions with what the kernel did, exercises; from its own cells.

For tools and tests. A reader's kernel gets what `tools.write_contents` has written of it, in the same shape: a Lesson.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.lessons.start.course import Lesson, Task
from tools.cell_code import assigned_calls, called_on, named_calls

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

WORDS_A_MINUTE = 150
"""Prose, read in a foreign language. (Adults read 238 words a minute in English as their own: Brysbaert 2019.)"""
LINES_A_MINUTE = 10
"""Code: read, run, and its output looked at. What is folded is not read."""
MINUTES = {"predict": 1.0, "check": 5.0}
"""To choose an answer and to compare; for an exercise."""
A_PICTURE = 0.5
ROUNDED_TO = 5

_WORD = re.compile(r"\w[\w'’.-]*")
_TARGET = re.compile(r"\]\([^)]*\)")
_HAPPENED = re.compile(r"^What happened: +[a-z]\) (.*)$", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)

Cell = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """The first heading of a cell, that cell, and the minutes up to the next cell with a heading."""

    title: str
    cell: str
    minutes: float


@dataclass(frozen=True)
class Contents(Lesson):
    """One notebook: besides what notebook 00 tells of it, its sections, and the ids of all cells in their order."""

    sections: tuple[Section, ...]
    cells: tuple[str, ...]

    @property
    def questions(self) -> list[Task]:
        """The tasks without the exercises."""
        return [task for task in self.tasks if task.text]

    def section_of(self, cell: str) -> Section:
        """The section in which a cell stands. Raises ValueError for a cell that is not there."""
        place = self.cells.index(cell)
        return [section for section in self.sections if self.cells.index(section.cell) <= place][-1]


def contents(folder: Path = NOTEBOOKS) -> list[Contents]:
    """Every numbered notebook in `folder`, in reading order."""
    return list(map(_of_notebook, paths(folder)))


def paths(folder: Path = NOTEBOOKS) -> list[Path]:
    """The files of the numbered notebooks, in reading order."""
    return sorted(folder.glob("[0-9][0-9]_*.ipynb"))


def cells_of(path: Path) -> list[Cell]:
    """A notebook's cells, the source of each in one text."""
    return [{**cell, "source": "".join(cell["source"])} for cell in json.loads(path.read_text("utf-8"))["cells"]]


def prose(path: Path) -> Iterator[tuple[str, str]]:
    """(id, text) of each cell of text."""
    return ((cell["id"], cell["source"]) for cell in cells_of(path) if cell["cell_type"] == "markdown")


def _of_notebook(path: Path) -> Contents:
    cells = cells_of(path)
    sections = tuple(_sections(cells))
    title, _, asks = sections[0].title.rpartition(": ")
    minutes = max(ROUNDED_TO, ROUNDED_TO * round(_minutes(cells) / ROUNDED_TO))
    ids = tuple(cell["id"] for cell in cells)
    return Contents(path.stem, title, asks[:1].upper() + asks[1:], minutes, tuple(_tasks(cells)), sections, ids)


def _sections(cells: list[Cell]) -> Iterator[Section]:
    starts = [(place, found) for place, cell in enumerate(cells) if (found := _headings(cell))]
    ends = [*(place for place, _ in starts[1:]), len(cells)]
    for (place, found), end in zip(starts, ends, strict=True):
        yield Section(found[0], cells[place]["id"], _minutes(cells[place:end]))


def _headings(cell: Cell) -> list[str]:
    return _HEADING.findall(_CODE_BLOCK.sub("", cell["source"])) if cell["cell_type"] == "markdown" else []


def _tasks(cells: list[Cell]) -> Iterator[Task]:
    found: dict[str, Task] = {}
    variables: dict[str, str] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            for name, first, call in named_calls(cell["source"]):
                if name in MINUTES:
                    written = map(ast.literal_eval, call.args[1:3] if name == "predict" else ())
                    found.setdefault(first, Task(first, cell["id"], *written))
            variables |= assigned_calls(cell["source"], "predict")
            for asked in (variables[name] for name in called_on(cell["source"], "reveal") if name in variables):
                found[asked] = replace(found[asked], happened=_happened(cell, found[asked].options))
    yield from found.values()


def _happened(cell: Cell, options: Sequence[str]) -> str:
    """The option that a reveal's saved output says happened; "" if it says none of them."""
    outputs = ("".join(output.get("data", {}).get("text/plain", [])) for output in cell["outputs"])
    said = [option for option in _HAPPENED.findall("\n".join(outputs)) if option in options]
    return said[-1] if said else ""


def _minutes(cells: list[Cell]) -> float:
    """How long a reader takes for some cells, estimated from what is in them."""
    return sum(map(_minutes_of_one, cells))


def _minutes_of_one(cell: Cell) -> float:
    source = cell["source"]
    if cell["cell_type"] != "code":
        return len(_WORD.findall(_TARGET.sub("]", source))) / WORDS_A_MINUTE
    tasks = sum(MINUTES.get(name, 0) for name, _, _ in named_calls(source))
    pictures = sum("image/png" in output.get("data", {}) for output in cell["outputs"])
    folded = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
    lines = 0 if folded else sum(bool(line.strip()) for line in source.splitlines())
    return lines / LINES_A_MINUTE + tasks + pictures * A_PICTURE
