"""The terms that a notebook defines: **term** (中文), *term* (中文), or term (中文) at the head of a table's cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.contents import cells_of

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
    notebook: str
    """The notebook's file, without its suffix."""
    cell: str
    """The id of the text cell."""
    sentence: str
    """What the notebook says there: the sentence without links and stars."""


def defined_terms(path: Path) -> list[DefinedTerm]:
    """What one notebook's text cells define, in the order of reading, each English term once.

    Raises OSError for a file that cannot be read, ValueError for one that is no notebook.
    """
    found: dict[str, DefinedTerm] = {}
    for cell, text in _text_cells(path):
        for match in _DEFINITION.finditer(text):
            english = " ".join((match["cell"] or match["term"] + match["also"]).split())
            chinese = ", ".join(_CHINESE.findall(_before_english(match["bare"] or match["inside"])))
            if chinese and not _NO_TERM.search(english):
                term = DefinedTerm(english, chinese, path.stem, cell, _sentence(text, match.start(), match.end()))
                found.setdefault(english.lower(), term)
    return list(found.values())


def _text_cells(path: Path) -> Iterator[tuple[str, str]]:
    try:
        for cell in cells_of(path):
            if cell["cell_type"] == "markdown":
                yield cell["id"], _LINK.sub(r"\1", "".join(cell["source"]))
    except (KeyError, TypeError, AttributeError) as damage:
        raise ValueError(f"{path.name} is no notebook: {damage}") from None


def _before_english(inside: str) -> str:
    """What stands in the parentheses up to a semicolon, or to a comma before words that are not Chinese."""
    head = inside.partition(";")[0]
    kept = []
    for part in re.split(r"[,、]", head):
        if not re.search(rf"[{_HAN}]", part):
            break
        kept.append(part.strip())
    return ", ".join(kept)


def _sentence(text: str, begin: int, end: int) -> str:
    """The sentence, or the row of a table, around these places, in plain text."""
    starts = [match.end() for match in _BEGIN.finditer(text, 0, begin + 1) if match.end() <= begin]
    stop = _END.search(text, end)
    raw = text[starts[-1] if starts else 0 : stop.end() if stop else len(text)]
    plain = re.sub(r"[*`]", "", raw.strip().strip("|"))
    return " ".join(re.sub(r"\s*\|\s*", " – ", plain).split())
