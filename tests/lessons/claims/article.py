"""Whether words are the article's own. Its text is no part of the course: only prints of it are kept.

A print is the beginning of a digest of a few characters that follow each other in the text. Where all such runs of some
words have their prints, the words stand there.
`python -m tests.lessons.claims.article FILE` makes the prints of a text.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

PRINTS = Path(__file__).with_suffix(".prints")
WIDTHS = (8, 3)
"""Characters under one print; the smaller width is for words that are shorter than the greater one."""
SIZE = 3
"""Bytes of a print: of some seven thousand, a wrong one is there by chance once in two thousand times."""


def prints(text: str, width: int) -> set[bytes]:
    """Those of all runs of so many characters."""
    return {sha256(text[n : n + width].encode()).digest()[:SIZE] for n in range(len(text) - width + 1)}


def in_article(words: str) -> bool:
    """Whether the article has these words; of fewer than three characters nobody can say."""
    kept = PRINTS.read_bytes()
    known = {kept[n : n + SIZE] for n in range(0, len(kept), SIZE)}
    found = prints(words, WIDTHS[0] if len(words) >= WIDTHS[0] else WIDTHS[1])
    return bool(found) and found <= known


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text("utf-8")
    PRINTS.write_bytes(b"".join(sorted(set().union(*(prints(text, width) for width in WIDTHS)))))
