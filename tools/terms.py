"""The terms that notebooks define, and the glossary's entries: helpers/lessons/claims/glossary.json.

terms.tsv has the terms that the article names, with their ids, in both languages. A code cell of the course that has
such an id among its tags, and an output, has met the term. The other entries are definitions in the notebooks' prose:
**term** (中文), *term* (中文), or term (中文) at the head of a table's cell. So an author writes a term once, where it
is explained; a list of all terms beside the notebooks would soon differ from them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product, takewhile
from pathlib import Path
from typing import Any

from helpers.lessons.claims.glossary import letter
from tools.contents import cells_of, prose

TERMS = Path(__file__).with_name("terms.tsv")
LONGEST = 110
"""Letters of an explanation."""

_HAN = "\u4e00-\u9fff"
_DEFINITION = re.compile(
    rf"""(?:(?<!\*)(?P<star>\*\*?)(?!\s)(?P<term>[^*|\n]{{2,40}}?)(?P=star)   # **term** or *term*
      (?P<also>(?:,\s(?!and\s)(?:or\s|the\s)?[A-Za-z][A-Za-z'’ /-]{{1,45}})?)  # , or its other name
      |(?<=\|\s)(?P<cell>[A-Za-z][A-Za-z0-9 -]{{1,30}}))                        # or the head of a table's cell
    \s*(?:,\s(?P<bare>[{_HAN}]+)                                               # 中文 after a comma, or in parentheses
      |\((?P<inside>(?:[A-Za-z]+\s?)?[{_HAN}][^()]*)(?:\)|\())""",
    re.VERBOSE,
)
_CHINESE = re.compile(rf"(?:[A-Za-z]+ ?)?[{_HAN}][{_HAN}A-Za-z0-9]*")
_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
_BEGIN = re.compile(r"\n\n|\n\||\n(?:-|\d\.|#+) |^[-#|] ?|[.?!]\s+(?=[A-Z*(])")
_END = re.compile(r"\n\n|\n\||\n- |[.?!](?=\s|$)")
_NO_TERM = re.compile(r"[{}=]|^\d")


@dataclass(frozen=True)
class DefinedTerm:
    """A term where a notebook defines it."""

    english: str
    """As the notebook writes it, without the stars: "file descriptor"; its other name follows after a comma."""
    chinese: str
    """One or more words, separated by ", "."""
    place: list[str]
    """The text of a link, and where it leads."""
    sentence: str
    """What the notebook says there: the sentence without links and stars."""


def defined_terms(path: Path) -> list[DefinedTerm]:
    """What one notebook's text cells define, in the order of reading, each English term once."""
    found: dict[str, DefinedTerm] = {}
    for cell, source in prose(path):
        text = _LINK.sub(r"\1", source)
        for match in _DEFINITION.finditer(text):
            english = " ".join((match["cell"] or match["term"] + match["also"]).split())
            chinese = _chinese(match["bare"] or match["inside"])
            if chinese and not _NO_TERM.search(english):
                term = DefinedTerm(english, chinese, _place(path, cell), _sentence(text, match.start(), match.end()))
                found.setdefault(english.lower(), term)
    return list(found.values())


def _chinese(inside: str) -> str:
    """Of what stands in the parentheses: up to a semicolon, or to a comma before words that are not Chinese."""
    parts = re.split("[,、]", inside.partition(";")[0])
    return ", ".join(_CHINESE.findall(", ".join(takewhile(re.compile(f"[{_HAN}]").search, parts))))


def _sentence(text: str, begin: int, end: int) -> str:
    """The sentence, or the row of a table, around these places, in plain text."""
    starts = [match.end() for match in _BEGIN.finditer(text, 0, begin + 1) if match.end() <= begin]
    stop = _END.search(text, end)
    raw = text[starts[-1] if starts else 0 : stop.end() if stop else len(text)]
    plain = re.sub(r"[*`]", "", raw.strip().strip("|"))
    return " ".join(re.sub(r"\s*\|\s*", " – ", plain).split())


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
    for term in (term for path in files for term in defined_terms(path)):
        _add(entries, term)
    return sorted(entries, key=lambda entry: (letter(entry["english"]), entry["english"].casefold(), entry["id"]))


def _met(files: Sequence[Path]) -> Iterator[tuple[str, list[str]]]:
    for path in files:
        for cell in cells_of(path):
            if cell["cell_type"] == "code" and cell["outputs"]:
                yield from ((tag, _place(path, cell["id"])) for tag in cell["metadata"].get("tags", []))


def _place(path: Path, cell: str) -> list[str]:
    return [path.stem[:2], f"{path.name}#cell-id={cell}"]


def _add(entries: list[dict[str, Any]], term: DefinedTerm) -> None:
    known = next((entry for entry in entries if _is_about(entry, term)), None)
    if known is None:
        new = {"id": "", "english": term.english, "chinese": term.chinese, "clause": _shortened(term.sentence)}
        entries.append({**new, "article": "", "places": [term.place], "others": []})
        return
    known["others"].append(term.english)
    if term.place[0] not in [text for text, _ in known["places"]]:
        known["places"].append(term.place)


def _is_about(entry: dict[str, Any], term: DefinedTerm) -> bool:
    """Whether a notebook's term is this one: the same in Chinese, and one English name begins with another."""
    pairs = product(*(english.casefold().split(", ") for english in (entry["english"], term.english)))
    return entry["chinese"] == term.chinese and any(a.startswith(b) or b.startswith(a) for a, b in pairs)


def _shortened(sentence: str) -> str:
    """At most LONGEST letters, up to the end of a word."""
    if len(sentence) <= LONGEST:
        return sentence
    return sentence[:LONGEST].rpartition(" ")[0].rstrip(",;:(") + " ..."
