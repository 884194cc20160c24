"""make says what is missing, passes arguments on, installs once, and keeps what is the reader's."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import execute, record

TOP = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what make reads, and a .venv whose programs only say how they are called."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(TOP / name, tmp_path)
    (tmp_path / "tests").mkdir()
    shutil.copy(TOP / "tests" / "requirements.txt", tmp_path / "tests")
    return tmp_path


def program(path: Path, script: str) -> None:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def fake_python(path: Path, version: tuple[int, int], venv_module: bool = True) -> None:
    """A program that answers as that Python would; the programs in its environments say how they are called."""
    say = 'echo "called: $(basename "$0") $*"'
    program(
        path,
        f"""case "$*" in
  --version) echo "Python {version[0]}.{version[1]}.0" ;;
  *version_info*) exit {int(version < (3, 11))} ;;
  *ensurepip*) {"exit 0" if venv_module else "echo no >&2; exit 1"} ;;
  "-m venv "*) echo made environment; mkdir -p .venv/bin; cd .venv/bin
    for name in python jupyter ruff mypy; do printf '%s\\n' '#!/bin/sh' '{say}' > $name; chmod +x $name; done ;;
esac""",
    )


def make(project: Path, *arguments: str, first_in_path: str = "") -> subprocess.CompletedProcess[str]:
    """By pip, whatever this machine has, unless the programs of a folder are to be found first."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    if first_in_path:
        environment["PATH"] = f"{project / first_in_path}{os.pathsep}{environment['PATH']}"
    else:
        arguments = ("UV=", *arguments)
    return subprocess.run(["make", *arguments], cwd=project, env=environment, capture_output=True, text=True)


def test_no_python(project: Path) -> None:
    failed = make(project, "lab", "PYTHON=no-such-python")
    assert failed.returncode != 0
    assert "no program no-such-python" in failed.stderr
    assert "apt install python3 python3-venv" in failed.stderr
    assert "make lab PYTHON=" in failed.stderr
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("goal", ["lab", "test"])
@pytest.mark.parametrize(
    ("version", "venv_module", "sentences"),
    [
        ((3, 9), True, ["is Python 3.9.0, and the course needs Python 3.11 or newer", "make {goal} PYTHON=python3.11"]),
        ((3, 12), False, ["./a-python has no venv module", "apt install python3-venv"]),
    ],
)
def test_a_python_that_does_not_do(
    project: Path, goal: str, version: tuple[int, int], venv_module: bool, sentences: list[str]
) -> None:
    fake_python(project / "a-python", version, venv_module)
    failed = make(project, goal, "PYTHON=./a-python")
    assert failed.returncode != 0 and not (project / ".venv").exists()
    assert [sentence for sentence in sentences if sentence.format(goal=goal) not in failed.stderr] == []


def test_this_python_passes(project: Path) -> None:
    """What make asks of a Python is asked of a real one."""
    fake_python(project / "fake-python", (3, 14))
    program(project / "this-python", f'[ "$1" = -c ] && exec "{sys.executable}" "$@"\nexec ./fake-python "$@"')
    done = make(project, "lab", "PYTHON=./this-python")
    assert done.returncode == 0, done.stderr
    assert "made environment" in done.stdout


def test_lab_installs_once_and_passes_arguments_on(project: Path) -> None:
    fake_python(project / "good-python", (3, 14))
    first, second = (make(project, "lab", "PYTHON=./good-python", "ARGS=--no-browser --port 8899") for _ in (1, 2))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "made environment" in first.stdout
    assert "called: python -m pip install --no-compile --quiet --editable ." in first.stdout
    assert "pip" not in second.stdout
    (called,) = [line for line in second.stdout.splitlines() if line.startswith("called:")]
    assert called.startswith("called: python -m jupyterlab")
    assert called.endswith("--no-browser --port 8899 notebooks/00_start_here.ipynb")
    assert ("--allow-root" in called) == (os.geteuid() == 0)


def test_uv_installs_where_it_is_there(project: Path) -> None:
    fake_python(project / "good-python", (3, 14))
    program(project / "programs" / "uv", 'echo "called: uv $*"')
    done = make(project, "test", "PYTHON=./good-python", first_in_path="programs")
    assert done.returncode == 0, done.stderr
    assert "venv --without-pip .venv" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("called: uv")] == [
        "called: uv pip install --python .venv/bin/python pip --quiet --editable .",
        "called: uv pip install --python .venv/bin/python pip --quiet --editable .[test]",
    ]


def test_what_is_compiled_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip and uv compile nothing, so each start of JupyterLab would compile all that it imports."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    fake_python(project / "good-python", (3, 14))
    make(project, "lab", "PYTHON=./good-python")
    program(project / ".venv" / "bin" / "python", 'echo "kept: ${PYTHONDONTWRITEBYTECODE-yes}"')
    assert "kept: yes" in make(project, "lab").stdout


def test_each_long_step_is_announced(project: Path) -> None:
    """A reader who waits knows for what, and how much is downloaded; README says the same."""
    fake_python(project / "good-python", (3, 14))
    lines = "".join(make(project, goal, "PYTHON=./good-python").stdout for goal in ("lab", "test")).splitlines()
    announcements = [
        ("called: python -m pip install --no-compile --quiet --editable .", "up to 95 MB to download, 370 MB on disk"),
        ("called: python -m jupyterlab", "Starting JupyterLab"),
        ("called: python -m pip install --no-compile --quiet --editable .[test]", "up to 80 MB to download"),
    ]
    for step, announced in announcements:
        *before, _ = lines[: next(number for number, line in enumerate(lines, 1) if line.startswith(step))]
        assert any(announced in line for line in before), lines
    assert "downloads 95 MB and writes 370 MB" in (TOP / "README.md").read_text()


@pytest.mark.parametrize("changed", ["requirements.txt", "pyproject.toml"])
def test_it_installs_again_after_a_change(project: Path, changed: str) -> None:
    fake_python(project / "good-python", (3, 14))
    make(project, "lab", "PYTHON=./good-python")
    stamp = (project / ".venv" / "reader").stat().st_mtime
    os.utime(project / changed, (stamp + 1, stamp + 1))
    assert "called: python -m pip install" in make(project, "lab", "PYTHON=./good-python").stdout


@pytest.mark.parametrize(("goal", "selected"), [("test", "-m not release "), ("test-all", "")])
def test_test_checks_style_and_types_and_runs_the_tests(project: Path, goal: str, selected: str) -> None:
    fake_python(project / "good-python", (3, 14))
    done = make(project, goal, "PYTHON=./good-python", "ARGS=tests/lab -k wire")
    assert done.returncode == 0, done.stderr
    called = [line.removeprefix("called: ").strip() for line in done.stdout.splitlines() if line.startswith("called: ")]
    assert called[-4:] == [
        "python -m pip install --no-compile --quiet --editable .[test]",
        "ruff check conftest.py helpers tests tools",
        "mypy",
        f"python -m pytest {selected}tests/lab -k wire",
    ]


def test_clean_keeps_the_readers_progress(project: Path) -> None:
    made = (".venv", ".pytest_cache", "helpers/__pycache__", "notebooks/.ipynb_checkpoints", "ipc_course.egg-info")
    for name in made:
        (project / name).mkdir(parents=True)
    (project / "progress.jsonl").write_text("{}\n")
    assert make(project, "clean").returncode == 0
    assert [name for name in made if (project / name).exists()] == []
    assert (project / "progress.jsonl").exists() and (project / "helpers").exists()


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only notebook there is; its one cell makes a file for RECORD_TO and prints."""
    path = tmp_path / "notebooks" / "00_only.ipynb"
    path.parent.mkdir()
    source = """import os, pathlib
folder = os.environ.get("IPC_COURSE_RECORD_TO")
if folder: pathlib.Path(folder, "new").write_text("new")
print("here")"""
    metadata = {"kernelspec": {"name": "python3", "display_name": "mine"}, "widgets": {}}
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="kept")], metadata=metadata), path)
    monkeypatch.setattr(execute, "paths", lambda: [path])
    return path


def break_it(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell("1/0", id="broken"))
    nbformat.write(notebook, path)


def test_notebooks_are_executed_and_their_outputs_kept(notebook: Path) -> None:
    assert asyncio.run(execute.run_all({}, keep=True)) == []
    result = nbformat.read(notebook, as_version=4)
    (cell,) = result.cells
    assert (cell.id, cell.execution_count, cell.outputs[0].text) == ("kept", 1, "here\n")
    assert result.metadata == execute.METADATA
    assert cell.metadata == {}


def test_a_notebook_that_fails_is_left_as_it_was(notebook: Path) -> None:
    break_it(notebook)
    before = notebook.read_bytes()
    (failure,) = asyncio.run(execute.run_all({}, keep=True))
    assert "ZeroDivisionError" in failure
    assert notebook.read_bytes() == before


@pytest.mark.parametrize("works", [True, False])
def test_recordings_are_replaced_if_every_notebook_ran(
    notebook: Path, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "why_unavailable", lambda: "")
    folder = notebook.parent / "recordings"
    folder.mkdir()
    (folder / "old").write_text("old")
    if not works:
        break_it(notebook)
    assert bool(record.record(folder)) != works
    assert [path.name for path in folder.iterdir()] == ["new" if works else "old"]
    assert {path.name for path in notebook.parent.iterdir()} == {"00_only.ipynb", "recordings"}


def test_nothing_is_recorded_where_nothing_is_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "why_unavailable", lambda: "no hosts in this test")
    assert record.record(tmp_path / "recordings") == ["Recordings are made of live runs: no hosts in this test."]
