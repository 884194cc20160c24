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


def ignore_outputs(notebook: NotebookNode) -> None:
    for cell in notebook.cells[1:3]:
        cell.metadata.tags = ["nbval-ignore-output"]


def clear_outputs(notebook: NotebookNode) -> None:
    for cell in notebook.cells[1:]:
        cell.outputs = []


def clear_one_count(notebook: NotebookNode) -> None:
    notebook.cells[3].execution_count = None


def run_twice(notebook: NotebookNode) -> None:
    notebook.cells[3].execution_count = 30


def write_to_stderr(notebook: NotebookNode) -> None:
    notebook.cells[3].outputs.append(new_output("stream", name="stderr", text="a warning"))


def leave_a_traceback(notebook: NotebookNode) -> None:
    notebook.cells[3].outputs.append(new_output("error", ename="OSError", evalue="no", traceback=[]))


def save_widgets(notebook: NotebookNode) -> None:
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {}}


def name_the_version(notebook: NotebookNode) -> None:
    notebook.metadata.language_info.version = "3.11.7"


def keep_times(notebook: NotebookNode) -> None:
    notebook.cells[1].metadata.execution = {"iopub.execute_input": "2026-01-01T00:00:00Z"}


def repeat_an_id(notebook: NotebookNode) -> None:
    notebook.cells[3].id = notebook.cells[4].id


def grow(notebook: NotebookNode) -> None:
    notebook.cells[0].source += " " * rules.MOST_BYTES


def add_cells(notebook: NotebookNode) -> None:
    notebook.cells += [new_markdown_cell("more") for _ in range(rules.MOST_CELLS)]


def write_one_long_cell(notebook: NotebookNode) -> None:
    notebook.cells[1].source += "\nx = 1" * rules.MOST_LINES


def write_longer_cells(notebook: NotebookNode) -> None:
    for cell in notebook.cells[-4:-1]:
        cell.source += "\nx = 1" * rules.USUAL_LINES


def assert_the_title(notebook: NotebookNode) -> None:
    notebook.cells[0].source = OPENING.replace("this?", "this")


def give_a_second_title(notebook: NotebookNode) -> None:
    notebook.cells.append(new_markdown_cell("# Again?"))


def say_no_time(notebook: NotebookNode) -> None:
    notebook.cells[0].source = OPENING.replace("Time:", "")


def link_nowhere(notebook: NotebookNode) -> None:
    notebook.cells.append(new_markdown_cell("[there](nothing.ipynb#part)"))


def skip_a_notebook(notebook: NotebookNode) -> None:
    notebook.cells[0].source = OPENING.replace("03_after", "01_before")


def ask_too_little(notebook: NotebookNode) -> None:
    notebook.cells[1].source = notebook.cells[1].source.replace("predict", "print")
    fold(notebook.cells)


def check_too_little(notebook: NotebookNode) -> None:
    notebook.cells[-1].source = "pass"


def show_an_answer(notebook: NotebookNode) -> None:
    notebook.cells[7].metadata = {}


def hide_more(notebook: NotebookNode) -> None:
    notebook.cells[-1].metadata["jupyter"] = {"outputs_hidden": True}


def show_a_first_line(notebook: NotebookNode) -> None:
    notebook.cells[6].outputs.pop(0)


def begin_with_the_call(notebook: NotebookNode) -> None:
    notebook.cells[7].source = notebook.cells[7].source.partition("\n")[2]


def bind_again(notebook: NotebookNode) -> None:
    notebook.cells[-1].source += "\nfor seen in (): pass"


VIOLATIONS: list[tuple[Rule, Callable[[NotebookNode], None]]] = [
    (rules.outputs_are_compared, ignore_outputs),
    (rules.outputs_are_compared, clear_outputs),
    (rules.cells_were_run_in_order, clear_one_count),
    (rules.cells_were_run_in_order, run_twice),
    (rules.outputs_have_no_errors, write_to_stderr),
    (rules.outputs_have_no_errors, leave_a_traceback),
    (rules.metadata_is_stable, save_widgets),
    (rules.metadata_is_stable, name_the_version),
    (rules.metadata_is_stable, keep_times),
    (rules.cells_have_ids, repeat_an_id),
    (rules.size_is_kept, grow),
    (rules.size_is_kept, add_cells),
    (rules.code_cells_are_short, write_one_long_cell),
    (rules.code_cells_are_short, write_longer_cells),
    (rules.opening_has_a_question, assert_the_title),
    (rules.opening_has_a_question, give_a_second_title),
    (rules.opening_has_a_question, say_no_time),
    (rules.links_lead_somewhere, link_nowhere),
    (rules.links_lead_somewhere, skip_a_notebook),
    (rules.reader_is_asked, ask_too_little),
    (rules.reader_is_asked, check_too_little),
    (rules.answers_are_folded, show_an_answer),
    (rules.answers_are_folded, hide_more),
    (rules.answers_are_folded, show_a_first_line),
    (rules.answers_are_folded, begin_with_the_call),
    (rules.reveals_read_names_of_their_own, bind_again),
]


def broken_rules(folder: Path, violate: Callable[[NotebookNode], None]) -> list[Rule]:
    order = [folder / name for name in ("01_before.ipynb", "02_this.ipynb", "03_after.ipynb")]
    notebook = made_up()
    violate(notebook)
    for path in order:
        with path.open("w") as file:
            file.write(nbformat.v4.writes(notebook))  # as it is: nbformat.write would mend ids
    return [rule for rule in RULES if list(rule(Notebook(order[1], order)))]


def test_a_good_notebook_breaks_no_rule(tmp_path: Path) -> None:
    assert broken_rules(tmp_path, lambda notebook: None) == []


@pytest.mark.parametrize(("rule", "violate"), VIOLATIONS, ids=lambda value: value.__name__)
def test_the_rule_finds_its_violation(tmp_path: Path, rule: Rule, violate: Callable[[NotebookNode], None]) -> None:
    assert broken_rules(tmp_path, violate) == [rule]


def test_three_exercises_suffice_in_the_first_notebook(tmp_path: Path) -> None:
    path, notebook = tmp_path / "00_first.ipynb", made_up()
    for complaints in (0, 1):
        notebook.cells.pop()
        path.write_text(nbformat.v4.writes(notebook))
        assert len(list(rules.reader_is_asked(Notebook(path, [path])))) == complaints


def test_each_rule_is_tried() -> None:
    assert {rule for rule, _ in VIOLATIONS} == set(RULES)
