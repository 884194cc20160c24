"""What the files under notebooks/solutions define."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "notebooks" / "solutions"


def solutions(notebook: str) -> dict[str, Any]:
    """The functions of a notebook's solutions by name, for example of "00_start_here"."""
    return runpy.run_path(str(FOLDER / f"{notebook}.py"))
