"""Write what follows from the notebooks themselves: links to neighbours, minutes, the tables of contents, and the two
files of data from which notebooks 00 and 17 tell of all notebooks.

Run as `python -m tools.write_contents`. An opening keeps its sentences; only its links and its minutes are
written anew. The README and notebook 00 each have one table of all notebooks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from helpers.lessons.claims import glossary
from helpers.lessons.start import course
from tools.contents import NOTEBOOKS, Contents, cells_of, contents, paths
from tools.course_data import course_data
from tools.defined_terms import DefinedTerm, defined_terms
from tools.glossary_data import glossary_data
from tools.reading_time import rounded

README = NOTEBOOKS.parent / "README.md"
HEAD = "| notebook | question | minutes |\n|---|---|---|\n"
HEAD_WITH_WORDS = "| notebook | question | minutes | words |\n|---|---|---|---|\n"
MOST_WORDS = 4
FEWEST_MENTIONS = 2

_LINKS = re.compile(r"\A(# [^\n]*\n\n)[^\n]*\n")
_TIME = re.compile(r"(\*\*Time:\*\* about )\d+( minutes)")
_TABLE = re.compile(r"\| notebook \| question \|.*?\n(?!\|)", re.DOTALL)


def stale(notebooks: Path = NOTEBOOKS, readme: Path = README) -> dict[Path, str]:
    """The README, notebooks and files of data that are not up to date, and what each should hold."""
    every, files = contents(notebooks), paths(notebooks)
    wanted = {readme: with_table(readme.read_text("utf-8"), readme_table(every))}
    for place, path in enumerate(files):
        wanted[path] = _written(path, every, place, files)
    if notebooks == NOTEBOOKS:
        wanted[course.BUILT], wanted[glossary.BUILT] = _json(course_data(every)), _json(glossary_data(files))
    return {path: text for path, text in wanted.items() if not path.exists() or text != path.read_text("utf-8")}


def _json(data: object) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _written(path: Path, every: Sequence[Contents], place: int, files: Sequence[Path]) -> str:
    """The notebook's file with its opening, and in the first notebook the table, as they should be."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = notebook["cells"]
    new = opening("".join(cells[0]["source"]), every, place)
    cells[0]["source"] = new.splitlines(keepends=True)
    if place == 0:
        for cell in cells:
            if _TABLE.search("".join(cell["source"]) + "\n") and cell["cell_type"] == "markdown":
                text = with_table("".join(cell["source"]), start_table(every, files))
                cell["source"] = text.splitlines(keepends=True)
    return _json(notebook)


def opening(source: str, every: Sequence[Contents], place: int) -> str:
    """An opening with the links to the notebooks before and after, and the estimated minutes."""
    links = _LINKS.sub(lambda found: f"{found[1]}{neighbours(every, place)}\n", source)
    return _TIME.sub(lambda found: f"{found[1]}{rounded(every[place].minutes)}{found[2]}", links)


def neighbours(every: Sequence[Contents], place: int) -> str:
    """The line of links under a title."""
    first, this = every[0], every[place]
    before = [f"[← {each.name}]({each.link()})" for each in every[max(place - 1, 0) : place]]
    home = [] if place < 2 else [f"[{first.name}]({first.link()})"]
    after = [f"[{each.name} →]({each.link()})" for each in every[place + 1 : place + 2]]
    assert this.title, f"{this.notebook} has no title"
    return " · ".join(before + home + after)


def readme_table(every: Sequence[Contents]) -> str:
    """Each notebook with its question and minutes."""
    rows = [f"| [{each.name}](notebooks/{each.link()}) | {each.asks} | {rounded(each.minutes)} |\n" for each in every]
    return HEAD + "".join(rows)


def start_table(every: Sequence[Contents], files: Sequence[Path]) -> str:
    """The same with the words to search for, as the first notebook has it; there it does not link to itself."""
    words = search_words(files)
    rows = []
    for each in every:
        name = f"[{each.name}]({each.link()})" if each is not every[0] else f"**{each.name}**"
        rows.append(f"| {name} | {each.asks} | {rounded(each.minutes)} | {', '.join(words[each.notebook])} |\n")
    return HEAD_WITH_WORDS + "".join(rows)


def with_table(text: str, table: str) -> str:
    """A text with its table of notebooks replaced. Raises ValueError where it has none, or several."""
    changed, count = _TABLE.subn(lambda _: table, text if text.endswith("\n") else text + "\n")
    if count != 1:
        raise ValueError(f"{count} tables of notebooks instead of one")
    return changed if text.endswith("\n") else changed[:-1]


def search_words(files: Sequence[Path]) -> dict[str, list[str]]:
    """For each notebook up to four terms that it defines first and that are used there more than elsewhere."""
    prose = {path.stem: _prose(path) for path in files}
    taken: set[str] = set()
    words = {}
    for path in files:
        new: dict[str, DefinedTerm] = {}
        for term in defined_terms(path):
            if _singular(term) not in taken:
                new.setdefault(_singular(term), term)
        taken |= set(new)
        counted = [(_weight(term, path.stem, prose), term) for term in new.values()]
        best = sorted((each for each in counted if each[0]), key=lambda each: -each[0])[:MOST_WORDS]
        words[path.stem] = [f"{term.english.partition(',')[0]} {term.chinese.partition(',')[0]}" for _, term in best]
    return words


def _prose(path: Path) -> str:
    """Its text, without the table of all notebooks."""
    texts = ["".join(cell["source"]) + "\n" for cell in cells_of(path) if cell["cell_type"] == "markdown"]
    return _TABLE.sub("", "\n".join(texts)).casefold()


def _singular(term: DefinedTerm) -> str:
    """Its first name, in lower case: of "processes" "process"."""
    return re.sub(r"(?<=ss)es$|(?<!s)s$", "", term.english.partition(",")[0].casefold())


def _weight(term: DefinedTerm, notebook: str, prose: dict[str, str]) -> float:
    """How often the term is used in its notebook, times the notebook's share in all of its uses; 0 for a rare one."""
    english = re.escape(_singular(term))
    uses = {name: len(re.findall(rf"\b{english}(?:e?s)?\b", text)) for name, text in prose.items()}
    here = uses[notebook]
    return here**2 / sum(uses.values()) if here >= FEWEST_MENTIONS else 0.0


if __name__ == "__main__":
    for _ in range(2):  # the second time for the minutes of the notebook whose table has changed
        for stale_path, content in stale().items():
            stale_path.write_text(content, "utf-8")
            print(f"written: {stale_path.name}")
