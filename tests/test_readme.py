"""What the README promises is there."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

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


def test_windows_has_the_same_commands() -> None:
    (unix,) = re.findall(r"```sh\n(python3 -m venv \.venv.*?)```", README, re.DOTALL)
    (windows,) = re.findall(r"```bat\n(.*?)```", README, re.DOTALL)
    words = {"py -m": "python3 -m", ".venv\\Scripts\\": ".venv/bin/", "notebooks\\": "notebooks/"}
    assert re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], windows) == unix


def test_every_notebook_is_on_the_path() -> None:
    notebooks = {f"notebooks/{path.name}" for path in (TOP / "notebooks").glob("*.ipynb")}
    assert notebooks == set(re.findall(r"\((notebooks/\w+\.ipynb)\)", README))


(CONFIGURATION,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_configuration_for_a_class_gives_each_reader_missing_notebooks_and_a_progress_file(tmp_path: Path) -> None:
    c = MagicMock()
    (tmp_path / "ipc-course" / "notebooks" / "solutions").mkdir(parents=True)
    for name in ("00_a.ipynb", "01_b.ipynb", "solutions/00_a.py"):
        (tmp_path / "ipc-course" / "notebooks" / name).write_text("as it was")
    exec(CONFIGURATION.replace("/opt", str(tmp_path)), {"get_config": lambda: c})
    home = tmp_path / "homes" / "reader"
    spawner = SimpleNamespace(user=SimpleNamespace(name="reader"))
    c.Spawner.pre_spawn_hook(spawner)
    (home / "notebooks" / "00_a.ipynb").write_text("the reader's")
    (home / "notebooks" / "01_b.ipynb").unlink()
    c.Spawner.pre_spawn_hook(spawner)
    texts = [(home / "notebooks" / name).read_text() for name in ("00_a.ipynb", "01_b.ipynb", "solutions/00_a.py")]
    assert texts == ["the reader's", "as it was", "as it was"]
    assert c.Spawner.environment[progress.VARIABLE](spawner) == str(home / "progress.jsonl")
