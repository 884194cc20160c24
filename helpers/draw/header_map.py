"""A header map: each byte of a message, the field it belongs to, and what that says.

It knows fields only, no protocol, so whatever can explain its bytes has a map. The panel's text for a page without a
kernel leaves the values out: they change from run to run, and it must not.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from helpers.draw.drawing import Drawing
from helpers.draw.header_picture import HeaderPicture
from helpers.draw.palette import COLOURS
from helpers.draw.walk import Walk
from helpers.errors import CourseError
from helpers.fields.field import Field, check_tiling

BYTES_IN_A_LINE = 8
LINE_LENGTH = 100
HOW = "Arrow keys on the slider, or the buttons, or: .next() .back() .go(number or name) .field(name) .text()"


class HeaderMap(Walk):
    """The widget and its twin: `next()`, `back()`, `go()` choose a field, `field()` gives one, `text()` tells all."""

    def __init__(self, data: bytes, fields: Sequence[Field], title: str, width: int) -> None:
        """Raises ValueError where there is no byte, or where the fields do not tile the data."""
        if not data:
            raise ValueError("a map of 0 bytes has nothing to show")
        check_tiling(fields, len(data))
        self.data, self.title = data, title
        self.fields = _layered(fields)
        self._picture = HeaderPicture(data, self.fields, title, width)
        super().__init__("Field", len(self.fields))

    def go(self, which: int | str) -> None:
        """Choose a field by number, from 1, or by name. Raises CourseError."""
        self._slider.value = self._find(which)

    def field(self, which: int | str | None = None) -> Field:
        """The field of that number or name, or the chosen one; `print` says it in words. Raises CourseError."""
        return self.fields[(self.number if which is None else self._find(which)) - 1]

    def text(self) -> str:
        """The whole map in words: two lines or more a field."""
        place = max(len(field.where) for field in self.fields)
        lines, layer = [self.title], ""
        for field in self.fields:
            if field.layer != layer:
                layer = field.layer
                lines.append(f"{layer}:")
            words = f"{field.name} = {field.value}" if field.value else field.name
            lines.append(f"{field.where:{place}}  {self._content(field)}  {words}")
            indent = " " * (place + 2)
            lines += textwrap.wrap(field.explanation, LINE_LENGTH, initial_indent=indent, subsequent_indent=indent)
        return "\n".join(lines)

    def picture(self) -> Drawing:
        """The map with no field chosen."""
        return self._picture.drawing()

    def instructions(self) -> str:
        """The fields' places and names, without what stands in them, and how to walk through them."""
        place = max(len(field.where) for field in self.fields)
        lines = [f"{field.where:{place}}  {field.name}" for field in self.fields]
        return "\n".join([f"{self.title}: {len(self.data)} bytes, {len(self.fields)} fields", *lines, HOW])

    def _find(self, which: int | str) -> int:
        """The number of the field with that number or name."""
        numbers = [number for number, field in enumerate(self.fields, 1) if which in (number, field.name)]
        if len(numbers) == 1:
            return numbers[0]
        if numbers:
            raise CourseError(f"{len(numbers)} fields have the name {which!r}: choose one by its number, {numbers}")
        names = ", ".join(dict.fromkeys(field.name for field in self.fields))
        raise CourseError(f"there is no field {which!r}: the fields are 1 to {len(self.fields)}, by name {names}")

    def _content(self, field: Field) -> str:
        """The field's bytes in hexadecimal, or its bits with points for those of other fields."""
        content = self.data[field.start : field.start + field.length]
        if field.bits is None:
            more = field.length - BYTES_IN_A_LINE
            shown = content[:BYTES_IN_A_LINE].hex(" ")
            return f"{shown} ... {more} more {'byte' if more == 1 else 'bytes'}" if more > 0 else shown
        first, count = field.bits
        bits = f"{int.from_bytes(content):0{8 * field.length}b}"
        masked = f"{'.' * first}{bits[first : first + count]}{'.' * (len(bits) - first - count)}"
        return " ".join(masked[at : at + 4] for at in range(0, len(masked), 4))

    def page(self, number: int) -> str:
        """The map with that field lit up, and what it says."""
        field, drawing = self.fields[number - 1], self._picture.drawing(number)
        place = ", ".join(filter(None, [field.layer, field.where]))
        muted = COLOURS["muted"].css
        words = (
            f'<div style="font-size:16px;font-weight:bold">{escape(field.name)}</div>'
            f'<div style="font-weight:bold;max-height:5.6em;overflow:auto">{escape(field.value)}</div>'
            f'<div style="color:{muted}">Field {number} of {len(self.fields)}: {escape(place)}</div>'
            f'<div style="font-family:var(--jp-code-font-family, monospace)">{escape(self._content(field))}</div>'
            f"<div>{escape(field.meaning)}</div>"
            f'<div style="color:{muted}">{escape(field.source)}</div>'
        )
        box = f"color:{COLOURS['ink'].css};display:flex;flex-wrap:wrap;gap:12px 28px;align-items:flex-start"
        return (
            f'<div style="{box};line-height:1.4">'
            f'<div style="flex:1 1 240px;max-width:460px;min-height:130px;overflow-wrap:anywhere" aria-live="polite">'
            f'{words}</div><div style="flex:0 1 {drawing.width:g}px">{drawing.to_svg()}</div></div>'
        )


def header_map(data: bytes, fields: Sequence[Field], title: str, width: int = 4) -> HeaderMap:
    """A panel that joins each byte of a message to its field, `width` bytes in a row; a layer begins a new row.

    Raises ValueError where there is no byte, or where a bit belongs to no field or to two.
    """
    return HeaderMap(data, fields, title, width)


def _layered(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields in the order of their bits, each with its layer's name."""
    found: list[Field] = []
    for field in sorted(fields, key=lambda field: field.first_bit):
        found.append(replace(field, layer=field.layer or (found[-1].layer if found else "")))
    return tuple(found)
