"""The questions of all notebooks as they can be asked away from their notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helpers.study.contents import NOTEBOOKS, contents


@dataclass(frozen=True)
class CourseQuestion:
    """A question and where it stands. `happened` is the right option."""

    id: str
    text: str
    options: tuple[str, ...]
    happened: str
    notebook: str
    """Number and title of its notebook."""
    link: str
    """To its cell."""


def course_questions(happened: dict[str, str], notebooks: Path = NOTEBOOKS) -> list[CourseQuestion]:
    """All that can be asked away from their notebooks, in reading order.

    happened: what the kernel did when this reader revealed a question. For the others the notebook's saved output
    says it; a question of which neither tells is left out.
    """
    found = []
    for each in contents(notebooks):
        for asked in each.questions:
            right = happened.get(asked.id, "")
            right = right if right in asked.options else asked.happened
            if right:
                link = each.link(asked.cell)
                found.append(CourseQuestion(asked.id, asked.text, asked.options, right, each.name, link))
    return found
