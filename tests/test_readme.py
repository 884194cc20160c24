"""What the README promises is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpers.study import progress

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)", README))))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (TOP / target).exists()


@pytest.mark.parametrize("folder", re.findall(r"^\| `([\w/.]+)` \|", README, re.MULTILINE))
def test_a_folder_of_the_table_exists(folder: str) -> None:
    assert (TOP / folder).exists()


def test_the_commands_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make (lab|test|bench|record|notebooks|contents|clean)\b", README))
    assert named == {"lab", "test", "bench", "record", "notebooks", "contents", "clean"} and named <= targets


def test_every_notebook_is_on_the_path() -> None:
    notebooks = {f"notebooks/{path.name}" for path in (TOP / "notebooks").glob("*.ipynb")}
    assert notebooks == set(re.findall(r"\((notebooks/\w+\.ipynb)\)", README))


def test_the_configuration_for_a_class_is_python_and_gives_each_reader_a_progress_file() -> None:
    (config,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    compile(config, "jupyterhub_config.py", "exec")
    assert f'"{progress.VARIABLE}": lambda spawner:' in config
