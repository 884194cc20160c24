"""Whether a drawing can be read: no text over another, none cut off, none too small."""

from __future__ import annotations

from itertools import combinations

from helpers.draw.drawing import SMALLEST_TEXT, Drawing, Text


def faults(drawing: Drawing) -> list[str]:
    """What makes this drawing hard to read, one sentence each; empty if nothing does."""
    found = []
    texts = [text for text in drawing.texts() if text.text]
    for text in texts:
        left, top, right, bottom = text.extent
        if left < 0 or top < 0 or right > drawing.width or bottom > drawing.height:
            found.append(f"{text.text!r} is cut off")
        if text.size < SMALLEST_TEXT:
            found.append(f"{text.text!r} is too small")
    found += [
        f"{one.text!r} lies on {other.text!r}" for one, other in combinations(texts, 2) if overlap(one, other)
    ]
    return found


def overlap(one: Text, other: Text) -> bool:
    """True if the letters of two texts share more than a hair's breadth."""
    a, b = one.extent, other.extent
    return a[0] < b[2] - 0.5 and b[0] < a[2] - 0.5 and a[1] < b[3] - 0.5 and b[1] < a[3] - 0.5
