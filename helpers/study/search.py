"""Find a word, English or Chinese, in the text of all notebooks."""

from __future__ import annotations

from pathlib import Path

from helpers.study.cards import Card, Link, framed, table
from helpers.study.contents import NOTEBOOKS, cells_of, contents

MOST = 8


def find(word: str, notebooks: Path = NOTEBOOKS) -> Card:
    """The sections whose text has a word, upper and lower case alike; those that define it, in bold, come first."""
    wanted = word.casefold().strip()
    hits: dict[tuple[str, str], tuple[int, Link, Link]] = {}
    for each in contents(notebooks) if wanted else ():
        for cell in cells_of(notebooks / f"{each.notebook}.ipynb"):
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and wanted in text.casefold() and each.sections:
                section = each.section_of(cell["id"])
                turn = 0 if _defines(text, word.strip()) else 1
                hit = (turn, Link(each.name, each.link()), Link(section.title, each.link(cell["id"])))
                known = hits.setdefault((each.notebook, section.cell), hit)
                if turn < known[0]:
                    hits[each.notebook, section.cell] = hit
    found = sorted(hits.values(), key=lambda hit: hit[0])
    if not found:
        sentence = f"No notebook says «{word}»."
        return Card(sentence, framed(sentence.replace("<", "&lt;"), "plain"))
    rest = f"and {len(found) - MOST} more sections" if len(found) > MOST else ""
    return table(("notebook", "section"), [hit[1:] for hit in found[:MOST]], after=rest)


def _defines(text: str, word: str) -> bool:
    """Whether the word stands in bold, or in Chinese behind a word in bold."""
    return any(f"{before}{word}{after}" in text for before, after in (("**", "**"), ("** (", ")"), ("**, ", ")")))
