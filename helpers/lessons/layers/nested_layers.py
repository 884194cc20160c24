"""A frame peeled: each layer's header, and what it carries, which is the next layer with its header, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from helpers.draw.drawing import Box, Drawing, Item, Line, Text
from helpers.draw.picture import Picture
from helpers.draw.wrapping import fitted
from helpers.fields.field import Field
from helpers.lessons.layers.layer_models import LAYER_OF

WIDTH, MARGIN = 900.0, 14.0
NAMES_WIDTH = 108.0
HEADER = 116.0
LEAST_INSIDE = 180.0
"""The least width of the innermost layer."""
ROW, BAR = 74.0, 52.0
KIND = {
    "Ethernet": "EtherType",
    "ARP": "Operation",
    "IPv4": "Protocol",
    "IPv6": "Next Header",
    "ICMP": "Type",
    "IGMP": "Type",
    "TCP": "Destination Port",
    "UDP": "Destination Port",
}
"""The field of each header that says what it carries, or what kind of message this is."""


@dataclass(frozen=True)
class _Peel:
    """One layer of a frame."""

    protocol: str
    layer: str
    """RFC 1122's name for it; "" if it has none."""
    own: int
    carried: int
    """Bytes of its header, and of all that is inside."""
    says: str
    """What is carried, by the header's own field, as in "Protocol = 6 (TCP)"; of a payload its text."""


def nested_layers(fields: Sequence[Field], title: str = "") -> Picture:
    """The layers of a frame from the outermost to the innermost, by its fields; every `Field.layer` must be set.

    Headers have the same width whatever their length, which stands in them. Raises ValueError where there is no field.
    """
    peels = _peels(fields)
    lines = [f"{peel.layer:12} {peel.protocol:12} {_sizes(peel)}{_after(peel)}" for peel in peels]
    return Picture(_drawing(peels, title), "\n".join([*([title] if title else []), *lines]))


def _peels(fields: Sequence[Field]) -> list[_Peel]:
    if not fields:
        raise ValueError("there are no fields, and so no layers")
    groups = [(protocol, list(same)) for protocol, same in groupby(fields, lambda field: field.layer)]
    padding = groups.pop()[1] if len(groups) > 1 and groups[-1][0] == groups[0][0] else []
    end = padding[0].first_bit if padding else fields[-1].end_bit
    peels = []
    for protocol, own in groups:
        size, carried = own[-1].end_bit - own[0].first_bit, end - own[-1].end_bit
        peels.append(_Peel(protocol, LAYER_OF.get(protocol, ""), size // 8, carried // 8, _says(protocol, own)))
    if padding:
        behind = f"{_bytes(sum(field.length for field in padding))} of padding behind"
        peels[0] = replace(peels[0], says=f"{peels[0].says}, {behind}")
    return peels


def _says(protocol: str, own: Sequence[Field]) -> str:
    kind = KIND.get(protocol.removeprefix("quoted "))
    for field in own:
        if field.name == kind:
            return f"{field.name} = {field.value}"
    return own[0].value if len(own) == 1 else ""


def _sizes(peel: _Peel) -> str:
    return f"{_bytes(peel.own)} + {peel.carried}" if peel.carried else _bytes(peel.own)


def _after(peel: _Peel) -> str:
    return f", {peel.says}" if peel.says else ""


def _bytes(number: int) -> str:
    return f"{number} byte{'s' if number != 1 else ''}"


def _drawing(peels: Sequence[_Peel], title: str) -> Drawing:
    width = max(WIDTH, 2 * MARGIN + NAMES_WIDTH + HEADER * (len(peels) - 1) + LEAST_INSIDE)
    top = 46.0 if title else 16.0
    items: list[Item] = [Text(MARGIN, 27, title, 15, bold=True)] if title else []
    for number, peel in enumerate(peels):
        items += _row(peel, MARGIN + NAMES_WIDTH + HEADER * number, top + ROW * number, width - MARGIN)
    alt = "A frame peeled: " + "; ".join(f"{peel.protocol}, {_sizes(peel)}" for peel in peels)
    return Drawing(round(width), round(top + ROW * len(peels) - ROW + BAR + MARGIN), tuple(items), alt)


def _row(peel: _Peel, x: float, y: float, right: float) -> list[Item]:
    """A header, and to its right what it carries; dotted lines lead down to where that is drawn larger."""
    end = x + HEADER if peel.carried else right
    items: list[Item] = [Text(MARGIN, y + 31, peel.layer, 13, role="muted"), Box(x, y, end - x, BAR, "shade")]
    items += _two_lines(peel.protocol, _bytes(peel.own) if peel.carried else _last_line(peel), x, end, y, bold=True)
    if peel.carried:
        items += [
            Box(end, y, right - end, BAR),
            *_two_lines(f"{_bytes(peel.carried)} inside", peel.says, end, right, y),
            *(Line(((edge, y + BAR), (edge, y + ROW)), "muted", 1, (3, 3)) for edge in (end, right)),
        ]
    return items


def _last_line(peel: _Peel) -> str:
    return f"{_bytes(peel.own)}: {peel.says}" if peel.says else _bytes(peel.own)


def _two_lines(first: str, second: str, left: float, right: float, y: float, bold: bool = False) -> list[Item]:
    middle, room = (left + right) / 2, right - left - 8
    return [
        Text(middle, y + (22 if second else 31), fitted(first, room, 13, bold), 13, "middle", bold),
        Text(middle, y + 40, fitted(second, room, 12), 12, "middle"),
    ]
