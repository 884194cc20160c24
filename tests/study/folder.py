"""A folder with two small notebooks, for tests of what is read from all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OPTIONS = ["one", "two", "three"]


def asks(name: str, happened: str = "") -> list[dict[str, Any]]:
    """The cells of a question and of its reveal, with a saved output where something happened."""
    letter = "abc"[OPTIONS.index(happened)] if happened else ""
    said = [f"Your prediction:      none\nWhat happened:        {letter}) {happened}"]
    outputs = [{"output_type": "execute_result", "data": {"text/plain": said}}] if happened else []
    return [
        code(f"ask-{name}", f'q = predict("{name}", "What comes of {name}?", {OPTIONS})\nq'),
        code(f"reveal-{name}", "q.reveal(x)", outputs),
    ]


def code(cell: str, source: str, outputs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "id": cell, "source": source, "outputs": outputs or [], "metadata": {}}


def prose(cell: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell, "source": source, "metadata": {}}


def write(path: Path, *cells: dict[str, Any]) -> None:
    path.write_text(json.dumps({"cells": cells}, indent=1, ensure_ascii=False) + "\n")


def two_notebooks(folder: Path) -> Path:
    """00_start asks 00.a, checks 00.1, asks 00.b; 01_more asks 01.a and 01.b, whose result no output tells."""
    folder.mkdir()
    opening = "# {}: what is it?\n\n[somewhere](nowhere)\n\n**Time:** about 99 minutes.\n"
    write(
        folder / "00_start.ipynb",
        prose("t0", opening.format("Start")),
        *asks("00.a", "one"),
        code("c1", 'check("00.1", ...)'),
        prose("s0", "## A part\n\nA **handshake** (握手) has three parts."),
        *asks("00.b", "two"),
        prose("table", "Before\n\n| notebook | question |\n|---|---|\n| old | old |\n\nAfter a handshake."),
    )
    write(folder / "01_more.ipynb", prose("t1", opening.format("More")), *asks("01.a", "three"), *asks("01.b"))
    return folder
