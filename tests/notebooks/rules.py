"""What every committed notebook keeps to, one rule a function; each yields a sentence for each violation."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.folding import covered, first_lines, folded, spans

MOST_BYTES = 1_500_000
MOST_CELLS = 75
MOST_LINES, USUAL_LINES = 25, 10
NOT_COMPARED = {
    "nbval-ignore-output",
    "nbval-skip",
    "nbval-check-exception",
    "nbval-raises-exception",
    "raises-exception",
}
FEWEST = {"predict": 5, "reveal": 5, "check": 4}
FEWEST_AT_FIRST = FEWEST | {"check": 3}
"""In the first notebook, where everything is new."""


class Notebook:
    """A committed notebook and its place among the others, which `order` lists in reading order."""

    def __init__(self, path: Path, order: Sequence[Path]) -> None:
        self.path = path
        self.content = nbformat.v4.reads(path.read_text())  # as it is: nbformat.read mends ids
        self.cells: list[NotebookNode] = self.content.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        place = list(order).index(path)
        self.previous = order[place - 1].name if place else ""
        self.next = order[place + 1].name if place + 1 < len(order) else ""

    @property
    def outputs(self) -> list[NotebookNode]:
        return [output for cell in self.code for output in cell.outputs]


def tags(cell: NotebookNode) -> set[str]:
    """A cell's tags."""
    return set(cell.metadata.get("tags", []))


def outputs_are_compared(notebook: Notebook) -> Iterator[str]:
    """At least nine in ten of the cells with an output."""
    shown = [cell for cell in notebook.code if cell.outputs]
    left_out = [cell.source for cell in shown if tags(cell) & NOT_COMPARED]
    if not shown:
        yield "no cell has an output"
    if 10 * len(left_out) > len(shown):
        yield f"{len(left_out)} of {len(shown)} outputs are not compared: {left_out}"


def cells_were_run_in_order(notebook: Notebook) -> Iterator[str]:
    """From a clean kernel, each once: nbval compares nothing of a cell without a count."""
    counts = [cell.execution_count for cell in notebook.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are not 1..{len(counts)}: {counts}"


def outputs_have_no_errors(notebook: Notebook) -> Iterator[str]:
    """Neither tracebacks nor stderr: an error on purpose is caught by expect_error."""
    for output in notebook.outputs:
        if output.output_type == "error" or output.get("name") == "stderr":
            yield f"an output is {output.get('name') or 'an error'}: {output.get('text') or output.get('evalue')}"


def metadata_is_stable(notebook: Notebook) -> Iterator[str]:
    """Nothing of widgets' state, times, or who ran it last."""
    metadata = notebook.content.metadata
    if set(metadata) != {"kernelspec", "language_info"} or set(metadata.language_info) != {"name"}:
        yield f"metadata other than kernelspec and the language's name: {metadata}"
    if metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    for cell in notebook.cells:
        if extra := set(cell.metadata) - {"tags", "editable", "slideshow", "jupyter"}:
            yield f"a cell's metadata has {sorted(extra)}"


def cells_have_ids(notebook: Notebook) -> Iterator[str]:
    """Each its own (nbformat 4.5)."""
    if (notebook.content.nbformat, notebook.content.nbformat_minor) < (4, 5):
        yield "it is older than nbformat 4.5, which has cell ids"
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "cell ids are missing or not unique"


def size_is_kept(notebook: Notebook) -> Iterator[str]:
    """A notebook is read in one sitting and loads at once."""
    size = notebook.path.stat().st_size
    if size > MOST_BYTES:
        yield f"{size} bytes, at most {MOST_BYTES}"
    reveals = {reveal for _, reveal in spans(notebook.cells)}  # folded: one line and an answer
    if (cells := len(notebook.cells) - len(reveals)) > MOST_CELLS:
        yield f"{cells} cells besides those that compare, at most {MOST_CELLS}"


def code_cells_are_short(notebook: Notebook) -> Iterator[str]:
    """None is long, and nine in ten of those that are not folded and define no experiment are short."""
    lines = {cell.id: sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in notebook.code}
    yield from (f"{lines[cell.id]} lines: {cell.source[:60]}" for cell in notebook.code if lines[cell.id] > MOST_LINES)
    read = [cell for cell in notebook.code if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    usual = [cell for cell in read if not defines_experiment(cell)]
    long = [cell for cell in usual if lines[cell.id] > USUAL_LINES]
    if 10 * len(long) > len(usual):
        sources = [cell.source[:40] for cell in long]
        yield f"{len(long)} of {len(usual)} code cells have over {USUAL_LINES} lines: {sources}"


def defines_experiment(cell: NotebookNode) -> bool:
    """Whether its value is an experiment, whose steps the reader follows from top to bottom."""
    functions = [node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
    return any("experiment" in ast.unparse(decorator) for f in functions for decorator in f.decorator_list)


def opening_has_a_question(notebook: Notebook) -> Iterator[str]:
    """One title, which asks; aims, what comes before, how long it takes."""
    titles = [
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in _headings(cell.source)
        if line[1] == " "
    ]
    opening = notebook.cells[0].source
    if len(titles) != 1 or not opening.startswith(titles[0]) or not titles[0].endswith("?"):
        yield f"its one title does not open it with a question: {titles}"
    for wanted in ("You will be able to", "Before:", "Time:"):
        if wanted not in opening:
            yield f"the opening does not say «{wanted}»"


def _headings(markdown: str) -> list[str]:
    without_code = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    return [line for line in without_code.splitlines() if re.match(r"#+ ", line)]


def links_lead_somewhere(notebook: Notebook) -> Iterator[str]:
    """The opening leads to the notebooks before and after; each link to a file finds it."""
    links = [link for cell in notebook.cells if cell.cell_type == "markdown" for link in _links(cell.source)]
    opening = _links(notebook.cells[0].source)
    before = [target for text, target in opening if text.startswith("←")]
    after = [target for text, target in opening if text.endswith("→")]
    wanted = [[name] if name else [] for name in (notebook.previous, notebook.next)]
    if [before, after] != wanted:
        yield f"the opening leads back to {before} and on to {after}, not to {wanted[0]} and {wanted[1]}"
    for text, target in links:
        file = target.partition("#")[0]
        if "://" not in target and file and not (notebook.path.parent / file).exists():
            yield f"the link [{text}] leads to {target}, which is not there"


def _links(markdown: str) -> list[tuple[str, str]]:
    return re.findall(r"\[([^\[\]]*)\]\(([^()\s]+)\)", markdown)


def reader_is_asked(notebook: Notebook) -> Iterator[str]:
    """Enough predictions, each revealed, and enough checked exercises."""
    for name, fewest in (FEWEST if notebook.previous else FEWEST_AT_FIRST).items():
        found = sum(_calls(cell.source).count(name) for cell in notebook.code)
        if found < fewest:
            yield f"{found} calls of {name}, at least {fewest}"


def answers_are_folded(notebook: Notebook) -> Iterator[str]:
    """No answer is on the screen as the notebook is opened; the first lines of folded sources say what is in them."""
    for cell, wanted in zip(notebook.cells, folded(notebook.cells), strict=True):
        if (found := dict(cell.metadata.get("jupyter", {}))) != wanted:
            yield f"of cell {cell.get('id')} {found} is hidden instead of {wanted}: `make notebooks` mends it"
        elif cell.cell_type == "code" and cell.outputs != covered(cell.outputs, wanted):
            yield f"of cell {cell.get('id')} the first line of a hidden output is shown: `make notebooks` mends it"
    for found, wanted in first_lines(notebook.cells):
        if found != wanted:
            yield f"a folded source begins with {found!r} instead of {wanted!r}"


def reveals_read_names_of_their_own(notebook: Notebook) -> Iterator[str]:
    """What a reveal reads was bound by one cell alone: run again after all others, it says what it said."""
    bound = [_bound(cell.source) for cell in notebook.code]
    for _, reveal in spans(notebook.cells):
        source = notebook.cells[reveal].source
        for name in sorted(_read(symtable.symtable(source, "cell", "exec")) - _bound(source)):
            if sum(name in names for names in bound) > 1:
                yield f"a reveal reads {name!r}, which several cells bind: {source[:60]!r}"


def _bound(source: str) -> set[str]:
    """The names that a cell binds for the cells after it."""
    top = symtable.symtable(source, "cell", "exec")
    return {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def _read(table: symtable.SymbolTable) -> set[str]:
    """The names that a cell reads, in its functions too."""
    top = table.get_type() == "module"
    outside = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return outside.union(*map(_read, table.get_children()))


def _calls(source: str) -> list[str]:
    called = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [f.id if isinstance(f, ast.Name) else f.attr for f in called if isinstance(f, ast.Name | ast.Attribute)]


Rule = Callable[[Notebook], Iterator[str]]
RULES: tuple[Rule, ...] = (
    outputs_are_compared,
    cells_were_run_in_order,
    outputs_have_no_errors,
    metadata_is_stable,
    cells_have_ids,
    size_is_kept,
    code_cells_are_short,
    opening_has_a_question,
    links_lead_somewhere,
    reader_is_asked,
    answers_are_folded,
    reveals_read_names_of_their_own,
)
