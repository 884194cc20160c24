"""Which questions and exercises each notebook has, read from its own code cells."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: The top of the checkout, found from this file.
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Contents:
    """One notebook: the name of its file without the suffix, and the ids it uses."""

    notebook: str
    questions: frozenset[str]
    exercises: frozenset[str]


def contents(folder: Path) -> list[Contents]:
    """What each numbered notebook in `folder` asks, in reading order; one that is damaged is left out."""
    found = []
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        try:
            cells = json.loads(path.read_text("utf-8"))["cells"]
            sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        except (ValueError, KeyError, TypeError):  # half-saved or damaged: the others still count
            continue
        calls = [call for source in sources for call in _calls(source)]
        ids = {name: frozenset(i for called, i in calls if called == name) for name in ("predict", "check")}
        found.append(Contents(path.stem, ids["predict"], ids["check"]))
    return found


def _calls(source: str) -> Iterator[tuple[str, str]]:
    """(function's name, first argument) of each call with a string as its first argument."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a cell magic, or a cell the reader is in the middle of
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(first)), *_]):
                yield name, first
