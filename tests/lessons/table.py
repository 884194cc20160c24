"""What is known of each exercise: answers that were tried, and what `check` says of them."""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.study.checking import Status

SOLUTIONS = Path(__file__).parents[2] / "notebooks" / "solutions"


@dataclass(frozen=True)
class Tried:
    """An answer, the verdict, and words that must stand in the sentence. `hangs`: it needs the time limit to end."""

    exercise: str
    answer: Any
    status: Status
    words: str
    hangs: bool = False


def solutions(number: str) -> dict[str, Any]:
    """What the solutions of a notebook define, by name: of "00" say."""
    (path,) = SOLUTIONS.glob(f"{number}_*.py")
    return runpy.run_path(str(path), run_name="__main__")
