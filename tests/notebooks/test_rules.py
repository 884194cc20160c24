"""Every notebook keeps to every rule; and every rule finds its violation in a notebook made to break it alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks import rules
from tests.notebooks.checkout import NOTEBOOKS
from tests.notebooks.rules import RULES, Notebook, Rule
from tools.folding import fold


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_keeps_to_the_rule(path: Path, rule: Rule) -> None:
    assert list(rule(Notebook(path, NOTEBOOKS))) == []


OPENING = """# What is this?
[← 01](01_before.ipynb) · [03 →](03_after.ipynb)

**You will be able to** see. **Before:** nothing. **Time:** a minute."""


def made_up() -> NotebookNode:
    """A notebook that keeps to all rules."""
    sources = [f'# Predict\nq{n} = predict("{n}", "?", ["a", "b"])\nq{n}' for n in range(5)]
    sources += ['seen = "a"']
    sources += [f"# Compare\nq{n}.reveal(seen)" for n in range(5)] + [f'check("{n}", ...)' for n in range(4)]
    code = [
        new_code_cell(
            source, execution_count=n, outputs=[new_output("execute_result", {"text/plain": "x"}, execution_count=n)]
        )
        for n, source in enumerate(sources, 1)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    fold(code)
    return new_notebook(cells=[new_markdown_cell(OPENING), *code], metadata=metadata)


def cells(notebook: NotebookNode, *sources: str) -> None:
    """Add texts."""
    notebook.cells += [new_markdown_cell(source) for source in sources]


def output(notebook: NotebookNode, *arguments: str, **parts: object) -> None:
    """Add an output to a cell."""
    notebook.cells[3].outputs.append(new_output(*arguments, **parts))


def opening(notebook: NotebookNode, text: str, instead: str) -> None:
    """Change the first cell."""
    notebook.cells[0].source = OPENING.replace(text, instead)


def ask_too_little(notebook: NotebookNode) -> None:
    notebook.cells[1].source = notebook.cells[1].source.replace("predict", "print")
    fold(notebook.cells)


def longer(changed: list[NotebookNode], lines: int) -> None:
    for cell in changed:
        cell.source += "\nx = 1" * lines


Violation = Callable[[NotebookNode], object]
VIOLATIONS: dict[Rule, list[Violation]] = {
    rules.outputs_are_compared: [
        lambda notebook: [cell.metadata.update(tags=["nbval-ignore-output"]) for cell in notebook.cells[1:3]],
        lambda notebook: [cell.update(outputs=[]) for cell in notebook.cells[1:]],
    ],
    rules.cells_were_run_in_order: [
        lambda notebook: notebook.cells[3].update(execution_count=None),
        lambda notebook: notebook.cells[3].update(execution_count=30),
    ],
    rules.outputs_have_no_errors: [
        lambda notebook: output(notebook, "stream", name="stderr", text="a warning"),
        lambda notebook: output(notebook, "error", ename="OSError", evalue="no", traceback=[]),
    ],
    rules.metadata_is_stable: [
        lambda notebook: notebook.metadata.update(widgets={"application/vnd.jupyter.widget-state+json": {}}),
        lambda notebook: notebook.metadata.language_info.update(version="3.11.7"),
        lambda notebook: notebook.cells[1].metadata.update(execution={"iopub.execute_input": "2026-01-01T00:00:00Z"}),
    ],
    rules.cells_have_ids: [lambda notebook: notebook.cells[3].update(id=notebook.cells[4].id)],
    rules.size_is_kept: [
        lambda notebook: opening(notebook, "see.", " " * rules.MOST_BYTES),
        lambda notebook: cells(notebook, *["more"] * rules.MOST_CELLS),
    ],
    rules.code_cells_are_short: [
        lambda notebook: longer(notebook.cells[1:2], rules.MOST_LINES),
        lambda notebook: longer(notebook.cells[-4:-1], rules.USUAL_LINES),
    ],
    rules.opening_has_a_question: [
        lambda notebook: opening(notebook, "this?", "this"),
        lambda notebook: cells(notebook, "# Again?"),
        lambda notebook: opening(notebook, "Time:", ""),
    ],
    rules.links_lead_somewhere: [
        lambda notebook: cells(notebook, "[there](nothing.ipynb#part)"),
        lambda notebook: opening(notebook, "03_after", "01_before"),
    ],
    rules.reader_is_asked: [ask_too_little, lambda notebook: notebook.cells[-1].update(source="pass")],
    rules.answers_are_folded: [
        lambda notebook: notebook.cells[7].update(metadata={}),
        lambda notebook: notebook.cells[-1].metadata.update(jupyter={"outputs_hidden": True}),
        lambda notebook: notebook.cells[6].outputs.pop(0),
        lambda notebook: notebook.cells[7].update(source=notebook.cells[7].source.partition("\n")[2]),
    ],
    rules.reveals_read_names_of_their_own: [
        lambda notebook: notebook.cells[-1].update(source="for seen in (): check()"),
    ],
}


def broken_rules(folder: Path, violate: Violation) -> list[Rule]:
    order = [folder / name for name in ("01_before.ipynb", "02_this.ipynb", "03_after.ipynb")]
    notebook = made_up()
    violate(notebook)
    for path in order:
        with path.open("w") as file:
            file.write(nbformat.v4.writes(notebook))  # as it is: nbformat.write would mend ids
    return [rule for rule in RULES if list(rule(Notebook(order[1], order)))]


def test_a_good_notebook_breaks_no_rule(tmp_path: Path) -> None:
    assert broken_rules(tmp_path, lambda notebook: None) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_finds_its_violations(tmp_path: Path, rule: Rule) -> None:
    for violate in VIOLATIONS[rule]:
        assert broken_rules(tmp_path, violate) == [rule]


def test_three_exercises_suffice_in_the_first_notebook(tmp_path: Path) -> None:
    path, notebook = tmp_path / "00_first.ipynb", made_up()
    for complaints in (0, 1):
        notebook.cells.pop()
        path.write_text(nbformat.v4.writes(notebook))
        assert len(list(rules.reader_is_asked(Notebook(path, [path])))) == complaints
