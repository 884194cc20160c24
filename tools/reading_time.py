"""How long a reader takes for some cells, estimated from what is in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from tools.cell_code import calls

WORDS_A_MINUTE = 150
"""Prose, read in a foreign language. (Adults read 238 words a minute in English as their own: Brysbaert 2019.)"""
LINES_A_MINUTE = 10
"""Code: read, run, and its output looked at. What is folded is not read."""
A_QUESTION = 1.0
"""Minutes to choose an answer, and to compare."""
AN_EXERCISE = 5.0
A_PICTURE = 0.5
ROUNDED_TO = 5

_WORD = re.compile(r"\w[\w'’.-]*")
_TARGET = re.compile(r"\]\([^)]*\)")


def minutes(cells: Iterable[dict[str, Any]]) -> float:
    """The estimate for cells as a notebook's file has them."""
    return sum(map(_minutes_of_one, cells))


def rounded(estimate: float) -> int:
    """The estimate as it is told to readers: in steps of five minutes, five at least."""
    return max(ROUNDED_TO, ROUNDED_TO * round(estimate / ROUNDED_TO))


def _minutes_of_one(cell: dict[str, Any]) -> float:
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return len(_WORD.findall(_TARGET.sub("]", source))) / WORDS_A_MINUTE
    names = [call.func.id for call in calls(source) if isinstance(call.func, ast.Name)]
    pictures = sum("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    folded = cell.get("metadata", {}).get("jupyter", {}).get("source_hidden", False)
    lines = [] if folded else source.splitlines()
    return (
        sum(bool(line.strip()) for line in lines) / LINES_A_MINUTE
        + names.count("predict") * A_QUESTION
        + names.count("check") * AN_EXERCISE
        + pictures * A_PICTURE
    )
