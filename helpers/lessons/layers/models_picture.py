"""Two maps of the same land side by side: OSI's seven layers, the Internet's four, and where protocols of a run are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.picture import Picture
from helpers.draw.wrapping import wrapped
from helpers.errors import CourseError
from helpers.lessons.layers.layer_models import INTERNET_LAYERS, LAYER_OF, OSI_LAYERS, Layer

MARGIN, TOP = 14.0, 74.0
ROW, GAP = 50.0, 6.0
OSI_WIDTH, INTERNET_WIDTH, SEEN_WIDTH, NOTES_WIDTH = 176.0, 176.0, 190.0, 260.0
OSI_X = MARGIN
INTERNET_X = OSI_X + OSI_WIDTH + 54
SEEN_X = INTERNET_X + INTERNET_WIDTH + 16
NOTES_X = SEEN_X + SEEN_WIDTH
WIDTH = NOTES_X + NOTES_WIDTH + MARGIN
LOOSE = {
    5: "not in RFC 1122: TCP opens and closes connections; more than that is the application's",
    4: "TCP and UDP count IP's addresses in their checksums",
    3: "ICMP and IGMP are beside IP here, but ride inside its packets",
    2: "ARP asks for hardware addresses by IP addresses: between 2 and 3",
}
"""Where the two do not fit, by OSI's number."""
TITLE = "Seven layers (ISO/IEC 7498-1) and four (RFC 1122)"


def layer_models(seen: Iterable[str] = ()) -> Picture:
    """Both models, and in which layer the protocols of that name are; names are those of `Field.layer`.

    A name that begins with "quoted" counts as the protocol. Raises CourseError for a protocol that has no place here.
    """
    names = sorted({name.removeprefix("quoted ") for name in seen})
    if unknown := [name for name in names if name not in LAYER_OF]:
        raise CourseError(f"in which layer is {unknown[0]!r}? The map has {', '.join(LAYER_OF)}")
    return Picture(_drawing(names), _text(names))


def _protocols(layer: Layer, names: Sequence[str]) -> str:
    return ", ".join(name for name in names if LAYER_OF[name] == layer.name)


def _text(names: Sequence[str]) -> str:
    lines = [TITLE]
    for layer in INTERNET_LAYERS:
        there = _protocols(layer, names)
        lines.append(f"{layer.name} {layer.chinese}: {layer.task}{f'. Seen: {there}' if there else ''}")
        lines += [f"  OSI {one.osi[0]} {one.name} {one.chinese}" for one in OSI_LAYERS if one.osi[0] in layer.osi]
    covered = {number for layer in INTERNET_LAYERS for number in layer.osi}
    alone = [one for one in OSI_LAYERS if one.osi[0] not in covered]
    lines += [f"no layer of RFC 1122: OSI {one.osi[0]} {one.name} {one.chinese}" for one in alone]
    lines.append("Where the map is loose:")
    return "\n".join([*lines, *(f"  OSI {number}: {note}" for number, note in LOOSE.items())])


def _y(osi: int) -> float:
    """The upper edge of that OSI layer's row."""
    return TOP + (7 - osi) * (ROW + GAP)


def _drawing(names: Sequence[str]) -> Drawing:
    items: list[Item] = [Text(MARGIN, 27, TITLE, 15, bold=True)]
    heads = ((OSI_X, "OSI"), (INTERNET_X, "Internet"), (SEEN_X, "seen in these runs"), (NOTES_X, "where it is loose"))
    items += [Text(x, TOP - 14, head, 13, role="muted") for x, head in heads if names or x != SEEN_X]
    for one in OSI_LAYERS:
        items += _box(f"{one.osi[0]}  {one.name}", one.task, OSI_X, _y(one.osi[0]), OSI_WIDTH, ROW)
    for layer in INTERNET_LAYERS:
        items += _internet_layer(layer, _protocols(layer, names))
    for osi, note in LOOSE.items():
        items += _lines(note, NOTES_X, _y(osi), ROW, NOTES_WIDTH, 12)
    alt = f"OSI's seven layers beside the Internet's four. Seen: {', '.join(names) or 'none'}."
    return Drawing(round(WIDTH), round(_y(1) + ROW + MARGIN), tuple(items), alt)


def _internet_layer(layer: Layer, protocols: str) -> list[Item]:
    """Its box as high as the OSI layers that it does the work of, and a line to each of these."""
    top, bottom = _y(max(layer.osi)), _y(min(layer.osi)) + ROW
    items = _box(layer.name, layer.task, INTERNET_X, top, INTERNET_WIDTH, bottom - top)
    for osi in layer.osi:
        middle = _y(osi) + ROW / 2
        items.append(Line(((OSI_X + OSI_WIDTH, middle), (INTERNET_X, middle)), "muted"))
    return items + _lines(protocols, SEEN_X, top, bottom - top, SEEN_WIDTH - 12, 13, bold=True)


def _box(name: str, task: str, x: float, y: float, width: float, height: float) -> list[Item]:
    middle = y + height / 2
    first, *more = wrapped(task, width - 12, 12)
    items: list[Item] = [
        Box(x, y, width, height, "shade"),
        Text(x + width / 2, middle - 4 - 7 * len(more), name, 13, "middle", bold=True),
    ]
    for number, line in enumerate((first, *more)):
        items.append(Text(x + width / 2, middle + 14 + 15 * number - 7 * len(more), line, 12, "middle"))
    return items


def _lines(text: str, x: float, y: float, height: float, width: float, size: float, bold: bool = False) -> list[Item]:
    """A text in lines, in the middle of a row."""
    lines = wrapped(text, width, size, bold)
    first = y + height / 2 + 4 - 8 * (len(lines) - 1)
    return [Text(x, first + 16 * number, line, size, bold=bold) for number, line in enumerate(lines)]


