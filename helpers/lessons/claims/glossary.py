"""The glossary: every term of the course in English and Chinese, with a few words and the cell that shows it.

The entries are in glossary.json, which `make contents` writes from the notebooks and from the list of the article's
terms; a reader's kernel need not look for definitions in the prose of eighteen notebooks.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.errors import CourseError
from helpers.study.cards import Card, Link, framed, sentence, table
from helpers.widgets import live

BUILT = Path(__file__).with_name("glossary.json")
MOST = 12
"""Rows that the panel shows at a time."""
EVERY = "all"
INSTRUCTIONS = "Search the glossary: a word, English or 中文 (Tab, type); letter and notebook (Tab, arrow keys)."
TWIN = 'In code: glossary.find("socket"), glossary.letter("S"), glossary.notebook("12")'
_HEAD = ("term", "中文", "in a few words", "see")


def letter(english: str) -> str:
    """Under which a term stands in the alphabet."""
    return next(sign.upper() for sign in english if sign.isalpha())


@dataclass(frozen=True)
class Entry:
    """One term."""

    english: str
    chinese: str
    clause: str
    """What it is: a few words, or the sentence in which a notebook defines it, shortened."""
    id: str
    """Of a term that the article names: as in "T41"; else ""."""
    article: str
    """The article's own name, where it differs."""
    places: Sequence[Sequence[str]]
    """One for each notebook, text and target: of the article's terms first the code cell that meets it."""
    others: Sequence[str]
    """Its English names in the notebooks."""

    def turn(self, word: str) -> int:
        """0 if the word is one of its names or its id, 1 if one has it as a word of its own, 2 as a part, else 3."""
        names = [name.casefold() for name in (self.english, self.chinese, self.article, self.id, *self.others)]
        whole = re.compile(rf"\b{re.escape(word)}\b")
        return (word in names, any(map(whole.search, names)), any(word in name for name in names), True).index(True)

    def fits(self, under: str, number: str) -> bool:
        """Whether it stands under a letter, and has a place in a notebook; EVERY asks for nothing."""
        return under in (EVERY, letter(self.english)) and number in (EVERY, *(text for text, _ in self.places))


class Glossary:
    """All terms, in alphabetical order. As the value of a cell: a panel to search them."""

    @cached_property
    def entries(self) -> list[Entry]:
        """Read when first asked for."""
        return [Entry(**each) for each in json.loads(BUILT.read_text("utf-8"))]

    @property
    def letters(self) -> list[str]:
        """Those under which something stands."""
        return sorted({letter(entry.english) for entry in self.entries})

    def search(self, word: str) -> list[Entry]:
        """The entries with this word in one of their names, or with this id; the same name comes first."""
        wanted = word.casefold().strip()
        found = [entry for entry in self.entries if wanted and entry.turn(wanted) < 3]
        return sorted(found, key=lambda entry: entry.turn(wanted))

    def find(self, word: str) -> Card:
        """The same as a table with links."""
        return _table(self.search(word)) or sentence(
            f"The glossary has no «{word}». course.find() in notebook 00 searches the whole text."
        )

    def letter(self, letter: str) -> Card:
        """The terms that begin with it. Raises CourseError."""
        return self._under(letter.upper(), EVERY)

    def notebook(self, number: str) -> Card:
        """The terms of one notebook, by its two digits. Raises CourseError."""
        return self._under(EVERY, number)

    def _under(self, under: str, number: str) -> Card:
        if card := _table([entry for entry in self.entries if entry.fits(under, number)]):
            return card
        raise CourseError(f"the glossary has no terms of letter {under}, notebook {number}")

    def by_letter(self) -> Card:
        """All of them in one table, a row a letter; each leads to the first cell that shows it."""
        rows: dict[str, list[Link]] = {each: [] for each in self.letters}
        for entry in self.entries:
            rows[letter(entry.english)].append(Link(f"{entry.english} {entry.chinese}", entry.places[0][1]))
        return table(("", "terms"), list(rows.items()))

    @cached_property
    def _panel(self) -> Any:
        return _panel(self)

    def __repr__(self) -> str:
        return f"{INSTRUCTIONS}\n{TWIN}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The live panel; beside it, for a notebook that is not run yet, what it is for."""
        lines = ("Run this cell to get the fields.", INSTRUCTIONS, TWIN)
        text = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
        return live(self._panel) | {"text/plain": repr(self), "text/html": framed(text, "plain")}


def _panel(glossary: Glossary) -> Any:
    """A line to type in, two lists to choose from, and the terms that fit all three."""
    import ipywidgets

    numbers = sorted({text for entry in glossary.entries for text, _ in entry.places})
    style = {"description_width": "initial"}
    word = ipywidgets.Text(description="word", placeholder="socket, 套接字", style=style)
    under = ipywidgets.Dropdown(options=[EVERY, *glossary.letters], description="letter", style=style)
    number = ipywidgets.Dropdown(options=[EVERY, *numbers], description="notebook", style=style)
    shown = ipywidgets.Output()

    def show(_: object = None) -> None:
        entries = glossary.search(word.value) if word.value.strip() else glossary.entries
        fits = [entry for entry in entries if entry.fits(under.value, number.value)]
        rest = len(fits) - MOST
        after = f"and {rest} more: type a word, or choose a letter and a notebook" if rest > 0 else ""
        none = sentence("No term fits all three.") if entries else glossary.find(word.value)
        shown.outputs = ((_table(fits[:MOST], after) or none).as_output(),)

    for each in (word, under, number):
        each.observe(show, "value")
    show()
    return ipywidgets.VBox([ipywidgets.HBox((word, under, number), layout={"flex_flow": "row wrap"}), shown])


def _table(entries: Sequence[Entry], after: str = "") -> Card | None:
    """A row for each; None where there are no entries."""
    rows = []
    for entry in entries:
        chinese = f"{entry.chinese} (the article: {entry.article})" if entry.article else entry.chinese
        rows.append((entry.english, chinese, entry.clause, [Link(*place) for place in entry.places]))
    return table(_HEAD, rows, after=after) if rows else None


glossary = Glossary()
"""Of this course."""
