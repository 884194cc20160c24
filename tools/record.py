"""Make all recordings anew, by running every notebook. Run as `python -m tools.record`."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from helpers.lab import recordings, why_unavailable
from tools.execute import run_all

TABLE = "python_beside_c.json"
"""Not made by a notebook, but by tools.beside_c."""


def record(folder: Path) -> list[str]:
    """Put a new set of recordings in the place of `folder`, if every notebook ran; returns what went wrong."""
    refusal = why_unavailable()
    if refusal:
        return [f"Recordings are made of live runs: {refusal}."]
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".recordings-") as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        new.mkdir()
        failures = asyncio.run(run_all({recordings.RECORD_TO: str(new)}, keep=False))
        if not failures:
            for kept in folder.glob(TABLE):
                shutil.copy2(kept, new)
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        return failures


if __name__ == "__main__":
    sys.exit("\n".join(record(recordings.FOLDER)) or 0)
