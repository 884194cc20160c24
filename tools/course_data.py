"""What notebook 00 tells of all notebooks: helpers/lessons/start/course.json, from the notebooks and ways.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.contents import Asked, Contents, Task
from tools.reading_time import rounded

WAYS = Path(__file__).with_name("ways.toml")


def course_data(every: Sequence[Contents]) -> dict[str, Any]:
    """The whole file, as JSON has it."""
    ways = {way["name"]: way_rows(way, every) for way in tomllib.loads(WAYS.read_text("utf-8"))["way"]}
    return {"ways": ways, "lessons": [lesson(each) for each in every]}


def lesson(each: Contents) -> dict[str, Any]:
    """One notebook, with its questions and exercises in the order of their cells."""
    items: list[Asked | Task] = [*each.questions, *each.exercises]
    tasks = [dict(vars(item)) for item in sorted(items, key=lambda item: each.cells.index(item.cell))]
    about = {"file": each.notebook, "title": each.title, "asks": each.asks, "minutes": rounded(each.minutes)}
    return {**about, "tasks": tasks}


def way_rows(way: Mapping[str, Any], every: Sequence[Contents]) -> list[tuple[str, str, int, str]]:
    """Of each of its steps the section, where it is, the minutes, and why."""
    numbered = {each.number: each for each in every}
    return [way_row(numbered[number], cell, why) for number, cell, why, _ in way["steps"]]


def way_row(each: Contents, cell: str, why: str) -> tuple[str, str, int, str]:
    """One step. Raises ValueError for a cell that is not there."""
    section = each.section_of(cell)
    return f"{each.number} {section.title}", each.link(cell), max(1, round(section.minutes)), why
