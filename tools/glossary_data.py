"""The glossary's entries: helpers/lessons/claims/glossary.json, from terms.tsv and what the notebooks define.

terms.tsv has the terms that the article names, with their ids, in both languages. A code cell of the course that has
such an id among its tags, and an output, has met the term. The other entries are definitions in the notebooks' prose.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from tools.contents import cells_of
from tools.defined_terms import DefinedTerm, defined_terms

TERMS = Path(__file__).with_name("terms.tsv")
LONGEST = 110
"""Letters of an explanation."""


def terms_of_the_article() -> list[dict[str, str]]:
    """Each with id, english, chinese, clause (what it is, in a few words), and article (its name, where it differs)."""
    with TERMS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def glossary_data(files: Sequence[Path]) -> list[dict[str, Any]]:
    """All entries in alphabetical order, as JSON has them."""
    met = dict(reversed(list(_met(files))))  # of each the first
    entries: list[dict[str, Any]] = [
        {**term, "places": [met[term["id"]]] if term["id"] in met else [], "others": []}
        for term in terms_of_the_article()
    ]
    for path in files:
        for term in defined_terms(path):
            _add(entries, term)
    return sorted(entries, key=lambda entry: (letter(entry["english"]), entry["english"].casefold(), entry["id"]))


def letter(english: str) -> str:
    """Under which a term stands in the alphabet."""
    return next(sign.upper() for sign in english if sign.isalpha())


def is_about(entry: dict[str, Any], term: DefinedTerm) -> bool:
    """Whether a notebook's term is this one: the same in Chinese, and one English name begins with another."""
    pairs = product(*(english.casefold().split(", ") for english in (entry["english"], term.english)))
    return entry["chinese"] == term.chinese and any(a.startswith(b) or b.startswith(a) for a, b in pairs)


def _met(files: Sequence[Path]) -> Iterator[tuple[str, list[str]]]:
    for path in files:
        for cell in cells_of(path):
            if cell["cell_type"] == "code" and cell["outputs"]:
                yield from ((tag, _place(path.stem, cell["id"])) for tag in cell["metadata"].get("tags", []))


def _place(notebook: str, cell: str) -> list[str]:
    """The text of a link, and where it leads."""
    return [notebook[:2], f"{notebook}.ipynb#cell-id={cell}"]


def _add(entries: list[dict[str, Any]], term: DefinedTerm) -> None:
    place = _place(term.notebook, term.cell)
    known = next((entry for entry in entries if is_about(entry, term)), None)
    if known is None:
        new = {"id": "", "english": term.english, "chinese": term.chinese, "clause": shortened(term.sentence)}
        entries.append({**new, "article": "", "places": [place], "others": []})
        return
    known["others"].append(term.english)
    if place[0] not in [text for text, _ in known["places"]]:
        known["places"].append(place)


def shortened(sentence: str) -> str:
    """At most LONGEST letters, up to the end of a word."""
    if len(sentence) <= LONGEST:
        return sentence
    return sentence[:LONGEST].rpartition(" ")[0].rstrip(",;:(") + " ..."
