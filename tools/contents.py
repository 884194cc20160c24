"""What each notebook has: title, sections, questions with what the kernel did, exercises; read from its own cells.

For tools and tests. A reader's kernel gets what `tools.write_contents` has written of it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools import reading_time
from tools.cell_code import assigned_calls, called_on, named_calls

CHECKOUT = Path(__file__).resolve().parents[1]
"""The top of the checkout, found from this file."""
NOTEBOOKS = CHECKOUT / "notebooks"

_HAPPENED = re.compile(r"^What happened: +[a-z]\) (.*)$", re.MULTILINE)
_HEADING = re.compile(r"^(#+) +(.*?) *$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """A question as a notebook asks it, and the option that its committed output says happened ("" if none does)."""

    id: str
    text: str
    options: tuple[str, ...]
    cell: str
    happened: str = ""


@dataclass(frozen=True)
class Task:
    """An exercise and the cell that checks it."""

    id: str
    cell: str


@dataclass(frozen=True)
class Section:
    """The first heading of a cell, that cell, and the minutes up to the next cell with a heading."""

    title: str
    level: int
    cell: str
    minutes: float


@dataclass(frozen=True)
class Contents:
    """One notebook; `notebook` is the name of its file without the suffix."""

    notebook: str
    sections: tuple[Section, ...] = ()
    questions: tuple[Asked, ...] = ()
    exercises: tuple[Task, ...] = ()
    minutes: float = 0.0
    """As estimated; `reading_time.rounded` tells it."""
    cells: tuple[str, ...] = ()
    """The ids of all cells, in order."""

    @property
    def number(self) -> str:
        """Its two digits."""
        return self.notebook[:2]

    @property
    def title(self) -> str:
        """The title without the question: "Start here"."""
        return self._heading.rpartition(": ")[0] or self._heading

    @property
    def asks(self) -> str:
        """The question in the title, beginning with a capital letter."""
        question = self._heading.rpartition(": ")[2]
        return question[:1].upper() + question[1:]

    @property
    def name(self) -> str:
        """Number and title: "00 Start here"."""
        return f"{self.number} {self.title}"

    @property
    def _heading(self) -> str:
        return self.sections[0].title if self.sections else self.notebook

    def link(self, cell: str = "") -> str:
        """Where a link in another notebook leads; JupyterLab scrolls to the cell of that id."""
        return f"{self.notebook}.ipynb" + (f"#cell-id={cell}" if cell else "")

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


def cells_of(path: Path) -> list[dict[str, Any]]:
    """A notebook's cells."""
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def headings(cell: dict[str, Any]) -> list[tuple[int, str]]:
    """(level, text) of each heading in a cell of prose."""
    if cell["cell_type"] != "markdown":
        return []
    prose = _CODE_BLOCK.sub("", "".join(cell["source"]))
    return [(len(marks), text) for marks, text in _HEADING.findall(prose)]


def _of_notebook(path: Path) -> Contents:
    cells = cells_of(path)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return Contents(
        path.stem,
        tuple(_sections(cells)),
        tuple(_questions(code)),
        tuple(_exercises(code)),
        reading_time.minutes(cells),
        tuple(cell.get("id", "") for cell in cells),
    )


def _sections(cells: list[dict[str, Any]]) -> Iterator[Section]:
    starts = [(place, found) for place, cell in enumerate(cells) if (found := headings(cell))]
    ends = [place for place, _ in starts[1:]] + [len(cells)]
    for (place, found), end in zip(starts, ends, strict=False):  # without any heading there is one end
        level, title = found[0]
        yield Section(title, level, cells[place].get("id", ""), reading_time.minutes(cells[place:end]))


def _exercises(code: list[dict[str, Any]]) -> Iterator[Task]:
    found: dict[str, Task] = {}
    for cell in code:
        for name, first, _ in named_calls("".join(cell["source"])):
            if name == "check":
                found.setdefault(first, Task(first, cell.get("id", "")))
    yield from found.values()


def _questions(code: list[dict[str, Any]]) -> Iterator[Asked]:
    found: dict[str, Asked] = {}
    variables: dict[str, str] = {}
    for cell in code:
        source = "".join(cell["source"])
        for name, first, call in named_calls(source):
            if name == "predict":
                found.setdefault(first, _asked(first, call, cell.get("id", "")))
        variables |= assigned_calls(source, "predict")
        for variable in called_on(source, "reveal"):
            if known := found.get(variables.get(variable, "")):
                said = [option for option in _HAPPENED.findall(_text(cell)) if option in known.options]
                found[known.id] = replace(known, happened=said[-1] if said else "")
    yield from found.values()


def _asked(question_id: str, call: ast.Call, cell: str) -> Asked:
    try:
        text, options = (ast.literal_eval(argument) for argument in call.args[1:3])
    except ValueError:  # not written out: counted, and not asked again
        text, options = "", ()
    return Asked(question_id, str(text), tuple(map(str, options)), cell)


def _text(cell: dict[str, Any]) -> str:
    outputs = cell.get("outputs", [])
    return "\n".join("".join(output.get("data", {}).get("text/plain", [])) for output in outputs)
