"""Write what follows from the notebooks themselves: links to neighbours, minutes, the tables of contents, and the two
files of data from which notebooks 00 and 17 tell of all notebooks.

Run as `python -m tools.write_contents`. An opening keeps its sentences; only its links and its minutes are
written anew. The README and notebook 00 each have one table of all notebooks. A reader's kernel does none of this:
looking through eighteen notebooks takes seconds, and a file that is built can be looked at.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.lessons.claims import glossary
from helpers.lessons.start import course
from tools.contents import NOTEBOOKS, Contents, contents, paths, prose
from tools.terms import DefinedTerm, defined_terms, glossary_data

README = NOTEBOOKS.parent / "README.md"
WAYS = Path(__file__).with_name("ways.toml")
MOST_WORDS = 4
FEWEST_MENTIONS = 2

_LINKS = re.compile(r"\A(# [^\n]*\n\n)[^\n]*\n")
_TIME = re.compile(r"(\*\*Time:\*\* about )\d+( minutes)")
_TABLE = re.compile(r"\| notebook \| question \|.*?\n(?!\|)", re.DOTALL)


def stale(notebooks: Path = NOTEBOOKS, readme: Path = README) -> dict[Path, str]:
    """The README, notebooks and files of data that are not up to date, and what each should hold."""
    every, files = contents(notebooks), paths(notebooks)
    rows = [[f"[{each.name}](notebooks/{each.link()})", each.asks, str(each.minutes)] for each in every]
    wanted = {readme: with_table(readme.read_text("utf-8"), _table(["notebook", "question", "minutes"], rows))}
    for place, path in enumerate(files):
        notebook = json.loads(path.read_text("utf-8"))
        cells = notebook["cells"]
        _change(cells[0], opening("".join(cells[0]["source"]), every, place))
        for cell in cells if place == 0 else ():
            text = "".join(cell["source"]) + "\n"
            if cell["cell_type"] == "markdown" and _TABLE.search(text):
                _change(cell, with_table(text, _start_table(every, files))[:-1])
        wanted[path] = _json(notebook)
    if notebooks == NOTEBOOKS:
        wanted[course.BUILT], wanted[glossary.BUILT] = _json(course_data(every)), _json(glossary_data(files))
    return {path: text for path, text in wanted.items() if not path.exists() or text != path.read_text("utf-8")}


def _json(data: object) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _change(cell: dict[str, Any], source: str) -> None:
    cell["source"] = source.splitlines(keepends=True)


def opening(source: str, every: Sequence[Contents], place: int) -> str:
    """An opening with the links to the notebooks before and after, and the estimated minutes."""
    first, this = every[0], every[place]
    before = [f"[← {each.name}]({each.link()})" for each in every[max(place - 1, 0) : place]]
    home = [] if place < 2 else [f"[{first.name}]({first.link()})"]
    after = [f"[{each.name} →]({each.link()})" for each in every[place + 1 : place + 2]]
    links = " · ".join(before + home + after)
    return _TIME.sub(rf"\g<1>{this.minutes}\2", _LINKS.sub(lambda found: f"{found[1]}{links}\n", source))


def _start_table(every: Sequence[Contents], files: Sequence[Path]) -> str:
    """With the words to search for, as the first notebook has it; there it does not link to itself."""
    names = [f"**{every[0].name}**", *(f"[{each.name}]({each.link()})" for each in every[1:])]
    words = map(", ".join, search_words(files).values())
    rows = [[name, each.asks, str(each.minutes), w] for name, each, w in zip(names, every, words, strict=True)]
    return _table(["notebook", "question", "minutes", "words"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [" | ".join(row) for row in (head, *rows)]
    lines.insert(1, "|".join(["---"] * len(head)))
    return "".join(f"|{line}|\n" if line.startswith("-") else f"| {line} |\n" for line in lines)


def with_table(text: str, table: str) -> str:
    """A text with its table of notebooks replaced. Raises ValueError where it has none, or several."""
    changed, count = _TABLE.subn(lambda _: table, text)
    if count != 1:
        raise ValueError(f"{count} tables of notebooks instead of one")
    return changed


def search_words(files: Sequence[Path]) -> dict[str, list[str]]:
    """For each notebook up to four terms that it defines first and that are used there more than elsewhere."""
    texts = {path.stem: _TABLE.sub("", "\n".join(f"{text}\n" for _, text in prose(path))) for path in files}
    texts = {name: text.casefold() for name, text in texts.items()}
    taken: set[str] = set()
    words = {}
    for path in files:
        new: dict[str, DefinedTerm] = {}
        for term in defined_terms(path):
            if _singular(term) not in taken:
                new.setdefault(_singular(term), term)
        taken |= set(new)
        weights = {name: _weight(name, path.stem, texts) for name in new}
        best = sorted(filter(weights.get, weights), key=lambda name: -weights[name])[:MOST_WORDS]
        words[path.stem] = [f"{new[n].english.partition(',')[0]} {new[n].chinese.partition(',')[0]}" for n in best]
    return words


def _singular(term: DefinedTerm) -> str:
    """Its first name, in lower case: of "processes" "process"."""
    return re.sub(r"(?<=ss)es$|(?<!s)s$", "", term.english.partition(",")[0].casefold())


def _weight(term: str, notebook: str, texts: Mapping[str, str]) -> float:
    """How often the term is used in its notebook, times the notebook's share in all of its uses; 0 for a rare one."""
    uses = {name: len(re.findall(rf"\b{re.escape(term)}(?:e?s)?\b", text)) for name, text in texts.items()}
    here = uses[notebook]
    return here**2 / sum(uses.values()) if here >= FEWEST_MENTIONS else 0.0


def course_data(every: Sequence[Contents]) -> dict[str, Any]:
    """What notebook 00 tells of all notebooks, from these and ways.toml, as JSON has it."""
    numbered = {each.file[:2]: each for each in every}
    ways = {
        way["name"]: [way_row(numbered[number], cell, why) for number, cell, why, _ in way["steps"]]
        for way in tomllib.loads(WAYS.read_text("utf-8"))["way"]
    }
    return {"ways": ways, "lessons": [lesson(each) for each in every]}


def lesson(each: Contents) -> dict[str, Any]:
    """One notebook, with its questions and exercises in the order of their cells; what is empty is left out."""
    tasks = [{name: value for name, value in vars(task).items() if value} for task in each.tasks]
    return {"file": each.file, "title": each.title, "asks": each.asks, "minutes": each.minutes, "tasks": tasks}


def way_row(each: Contents, cell: str, why: str) -> tuple[str, str, int, str]:
    """Of a way's step the section, where it is, the minutes, and why. Raises ValueError for a cell that is missing."""
    section = each.section_of(cell)
    return f"{each.file[:2]} {section.title}", each.link(cell), max(1, round(section.minutes)), why


if __name__ == "__main__":
    for _ in range(2):  # the second time for the minutes of the notebook whose table has changed
        for stale_path, content in stale().items():
            stale_path.write_text(content, "utf-8")
            print(f"written: {stale_path.name}")
