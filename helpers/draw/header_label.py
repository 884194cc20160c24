"""What fits into the box of a field: its name and value in a line, in several, downwards, or below the row."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.draw.drawing import text_width
from helpers.draw.wrapping import fitted, wrapped
from helpers.fields.field import Field

SIZE = 13
LINE = 17
"""From one line of text to the next."""
LETTER = 14
"""The same between the letters of a name that is written downwards."""
PAD, NARROW_PAD = 4, 1.5
"""Between a box's sides and its words, and its letters."""
LONGEST_DOWNWARDS = 4
MOST_LINES = 3
"""Of a name, and of a value."""
ENOUGH = 90
"""Pixels in which the beginning of a long value still says something."""
DOWN = "↓"
"""Stands in a box too small for its words, which then stand below the row."""


@dataclass(frozen=True)
class Label:
    """The lines in a box, and what is said below its row if that is not all."""

    lines: tuple[str, ...]
    letters: int = 0
    """How many of the lines are letters of a name that is written downwards."""
    note: str = ""

    @property
    def baselines(self) -> tuple[float, ...]:
        """How far each line's baseline is below the first one's."""
        down = tuple(LETTER * number for number in range(self.letters))
        below = down[-1] + LINE if down else 0
        return (*down, *(below + LINE * number for number in range(len(self.lines) - self.letters)))

    @property
    def height(self) -> float:
        """Of the lines together."""
        return self.baselines[-1] + LINE


def label_of(field: Field, width: float) -> Label:
    """Name and value of a field for a box that is so many pixels wide."""
    one_line = f"{field.name} = {field.value}" if field.value else field.name
    room = width - 2 * PAD
    if _fit([one_line], room):
        return Label((one_line,))
    name, value = (wrapped(text, room, SIZE, bold=True) for text in (field.name, field.value))
    if _fit(name, room) and len(name) <= MOST_LINES:
        if _fit(value, room) and len(value) <= MOST_LINES:
            return Label((*name, *value))
        if room >= ENOUGH:
            return Label((*name, fitted(field.value, room, SIZE, bold=True)))
    letters = (*field.name,)
    if len(letters) <= LONGEST_DOWNWARDS and _fit([*letters, field.value], width - 2 * NARROW_PAD):
        return Label((*letters, field.value) if field.value else letters, len(letters))
    inside = next((text for text in (field.value, DOWN) if text and _fit([text], width - 2 * NARROW_PAD)), "")
    return Label((inside,), note=f"{DOWN} {field.where}: {one_line}")


def _fit(texts: list[str], room: float) -> bool:
    """True if each text has room, even in bold letters."""
    return all(text_width(text, SIZE, bold=True) <= room for text in texts)
