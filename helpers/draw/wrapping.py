"""Texts made to fit into a width."""

from __future__ import annotations

from helpers.draw.drawing import text_width


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """The text in lines of at most `width` pixels, cut at spaces; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fitted(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits into `width` pixels with dots after it; "" if nothing does."""
    if text_width(text, size, bold) <= width:
        return text
    for end in range(len(text) - 1, 0, -1):
        shorter = f"{text[:end].rstrip()}..."
        if text_width(shorter, size, bold) <= width:
            return shorter
    return ""
