"""The glossary: every term of the course in English and Chinese, with a few words and the cell that shows it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.lessons.claims.curriculum import ROWS
from helpers.lessons.claims.defined_terms import DefinedTerm, defined_terms
from helpers.study.cards import Card, Link, framed, table
from helpers.study.contents import NOTEBOOKS, cells_of, paths
from helpers.widgets import live

MOST = 12
"""Rows that the panel shows at a time."""
LONGEST = 110
"""Letters of an explanation."""
EVERY = "all"
INSTRUCTIONS = "Search the glossary: a word, English or 中文 (Tab, type); letter and notebook (Tab, arrow keys)."
TWIN = 'In code: glossary.find("socket"), glossary.letter("S"), glossary.notebook("12")'
_HEAD = ("term", "中文", "in a few words", "see")


class NoSuchTerms(CourseError):
    """A letter or a notebook under which there is no term."""


@dataclass
class Entry:
    """One term."""

    english: str
    chinese: str
    clause: str
    """What it is: a few words, or the sentence in which a notebook defines it, shortened."""
    id: str = ""
    """Of a term that the article names: as in "T41"."""
    article: str = ""
    """The article's own name, where it differs."""
    places: list[Link] = field(default_factory=list)
    """One for each notebook: for a term of the article first the code cell that meets it, then definitions."""

    others: list[str] = field(default_factory=list)
    """Its English names in the notebooks."""

    @property
    def letter(self) -> str:
        """Under which it stands in the alphabet."""
        return next((sign.upper() for sign in self.english if sign.isalpha()), "")

    def is_about(self, term: DefinedTerm) -> bool:
        """Whether a notebook's term is this one: the same in Chinese, and one English name begins with another."""
        pairs = product(_names(self.english), _names(term.english))
        return self.chinese == term.chinese and any(a.startswith(b) or b.startswith(a) for a, b in pairs)

    def row(self) -> tuple[str, str, str, list[Link]]:
        """As a row of a table."""
        chinese = f"{self.chinese} (the article: {self.article})" if self.article else self.chinese
        return self.english, chinese, self.clause, self.places


class Glossary:
    """All terms, read from the notebooks when first asked for. As the value of a cell: a panel to search them."""

    def __init__(self, notebooks: Path = NOTEBOOKS) -> None:
        """notebooks: the folder that the links lead to."""
        self._notebooks = notebooks

    @cached_property
    def entries(self) -> list[Entry]:
        """In alphabetical order."""
        entries = [Entry(row.english, row.chinese, row.clause, row.id, row.article) for row in ROWS]
        met = dict(self._met())
        for entry in entries:
            entry.places += [met[entry.id]] if entry.id in met else []
        for path in paths(self._notebooks):
            for term in defined_terms(path):
                link = _link(term.notebook, term.cell)
                known = next((entry for entry in entries if entry.is_about(term)), None)
                if known is None:
                    entries.append(Entry(term.english, term.chinese, _shortened(term.sentence), places=[link]))
                    continue
                known.others.append(term.english)
                if link.text not in [place.text for place in known.places]:
                    known.places.append(link)
        return sorted(entries, key=lambda entry: (entry.letter, entry.english.casefold(), entry.id))

    def _met(self) -> Iterator[tuple[str, Link]]:
        """For each id the first code cell, in the order of reading, that is tagged with it and shows something."""
        seen = set()
        for path in paths(self._notebooks):
            for cell in cells_of(path):
                if cell["cell_type"] == "code" and cell["outputs"]:
                    for tag in cell["metadata"].get("tags", []):
                        if tag not in seen:
                            seen.add(tag)
                            yield tag, _link(path.stem, cell["id"])

    def search(self, word: str) -> list[Entry]:
        """The entries with this word in one of their names, or with this id; the same name comes first."""
        wanted = word.casefold().strip()
        if not wanted:
            return []
        names = [
            (
                entry,
                [name.casefold() for name in (entry.english, entry.chinese, entry.article, entry.id, *entry.others)],
            )
            for entry in self.entries
        ]
        found = [(entry, its) for entry, its in names if any(wanted in name for name in its)]
        return [entry for entry, its in sorted(found, key=lambda pair: _turn(wanted, pair[1]))]

    def find(self, word: str) -> Card:
        """The same as a table with links."""
        found = self.search(word)
        if not found:
            return _said(f"The glossary has no «{word}». find() in notebook 00 searches the whole text.")
        return _table(found)

    def letter(self, letter: str) -> Card:
        """The terms that begin with it. Raises NoSuchTerms."""
        return _table(self._under(letter.upper(), EVERY))

    def notebook(self, number: str) -> Card:
        """The terms of one notebook, by its two digits. Raises NoSuchTerms."""
        return _table(self._under(EVERY, number))

    def _under(self, letter: str, number: str) -> list[Entry]:
        found = _fitting(self.entries, letter, number)
        if not found:
            raise NoSuchTerms(f"the glossary has no terms of letter {letter}, notebook {number}")
        return found

    @property
    def letters(self) -> list[str]:
        """Those under which something stands."""
        return sorted({entry.letter for entry in self.entries})

    def by_letter(self) -> Card:
        """All of them in one table, a row a letter; each leads to the first cell that shows it."""
        rows = [(letter, [_named(entry) for entry in self._under(letter, EVERY)]) for letter in self.letters]
        return table(("", "terms"), rows)

    @cached_property
    def panel(self) -> GlossaryPanel:
        """The live search."""
        return GlossaryPanel(self)

    def __repr__(self) -> str:
        return f"{INSTRUCTIONS}\n{TWIN}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it, for a notebook that is not run yet, what it is for."""
        lines = ("Run this cell to get the fields.", INSTRUCTIONS, TWIN)
        text = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
        return live(self.panel.widget) | {"text/plain": repr(self), "text/html": framed(text, "plain")}


class GlossaryPanel:
    """A line to type in, two lists to choose from, and the terms that fit all three."""

    def __init__(self, glossary: Glossary) -> None:
        import ipywidgets

        self._glossary = glossary
        numbers = sorted({link.text for entry in glossary.entries for link in entry.places})
        style = {"description_width": "initial"}
        self.word = ipywidgets.Text(description="word", placeholder="socket, 套接字", style=style)
        self.letter = ipywidgets.Dropdown(options=[EVERY, *glossary.letters], description="letter", style=style)
        self.number = ipywidgets.Dropdown(options=[EVERY, *numbers], description="notebook", style=style)
        self._shown = ipywidgets.Output()
        asked = (self.word, self.letter, self.number)
        for each in asked:
            each.observe(lambda _: self._show(), "value")
        self.widget = ipywidgets.VBox([ipywidgets.HBox(asked, layout={"flex_flow": "row wrap"}), self._shown])
        self._show()

    def _show(self) -> None:
        entries = self._glossary.search(self.word.value) if self.word.value.strip() else self._glossary.entries
        fits = _fitting(entries, self.letter.value, self.number.value)
        rest = len(fits) - MOST
        after = f"and {rest} more: type a word, or choose a letter and a notebook" if rest > 0 else ""
        if fits:
            card = _table(fits[:MOST], after)
        else:
            card = _said("No term fits all three.") if entries else self._glossary.find(self.word.value)
        self._shown.outputs = (card.as_output(),)


def _table(entries: list[Entry], after: str = "") -> Card:
    return table(_HEAD, [entry.row() for entry in entries], after=after)


def _fitting(entries: list[Entry], letter: str, number: str) -> list[Entry]:
    """Those under a letter and with a place in a notebook; EVERY asks for nothing."""
    return [
        entry
        for entry in entries
        if letter in (EVERY, entry.letter) and (number == EVERY or number in [link.text for link in entry.places])
    ]


def _said(sentence: str) -> Card:
    return Card(sentence, framed(html.escape(sentence), "plain"))


def _names(english: str) -> list[str]:
    return english.casefold().split(", ")


def _named(entry: Entry) -> Link:
    return Link(f"{entry.english} {entry.chinese}", entry.places[0].target)


def _link(notebook: str, cell: str) -> Link:
    return Link(notebook[:2], f"{notebook}.ipynb#cell-id={cell}")


def _turn(wanted: str, names: list[str]) -> int:
    """0 for a name that is the word, 1 for one that has it as a word of its own, else 2."""
    if wanted in names:
        return 0
    return 1 if any(re.search(rf"\b{re.escape(wanted)}\b", name) for name in names) else 2


def _shortened(sentence: str) -> str:
    """At most LONGEST letters, up to the end of a word."""
    if len(sentence) <= LONGEST:
        return sentence
    return sentence[:LONGEST].rpartition(" ")[0].rstrip(",;:(") + " ..."


glossary = Glossary()
"""Of this course."""
