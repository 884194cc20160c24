"""Every test gets a progress file of its own, and no question was asked before it."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from helpers.study import predictions, progress


@pytest.fixture(autouse=True)
def progress_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    monkeypatch.setattr(predictions, "_asked", {})
    return path


@pytest.fixture
def cell(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Run source as a notebook's cell runs: in a module named __main__, with lines that can be looked up."""

    def run(source: str) -> dict[str, Any]:
        path = tmp_path / f"cell{len(list(tmp_path.iterdir()))}.py"
        path.write_text(source)
        return runpy.run_path(str(path), run_name="__main__")

    return run


def drawn(bundle: dict[str, Any]) -> widgets.VBox:
    """The widget of a panel that a front end draws for a MIME bundle."""
    model = bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    panel, _ = widgets.widget._instances[model].children
    return panel


def press(box: widgets.VBox, index: int) -> None:
    """What the message of a front end does when the button `index` of a question's panel is pressed."""
    box.children[1].children[index].click()


def offered(box: widgets.VBox) -> list[str]:
    """What stands on the buttons of a question's panel."""
    return [button.description for button in box.children[1].children]
