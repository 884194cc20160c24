"""What notebook 07 shows: two models of layers side by side, a frame peeled, and what a kernel counts.

Names of layers and protocols are tables here, from their own documents; what is in a frame comes as fields, so nothing
here reads bytes. A frame peeled is no header map: it leaves every field out but the one that says what comes next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from helpers.draw.columns import Arrow, Card, Column, Columns
from helpers.draw.drawing import Box, Drawing, Item, Line, Text, fitted
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.fields.field import Field

OSI = {
    7: ("application", "应用层", "what programs say"),
    6: ("presentation", "表示层", "how values are written"),
    5: ("session", "会话层", "who speaks when"),
    4: ("transport", "传输层", "from end to end"),
    3: ("network", "网络层", "through many networks"),
    2: ("data link", "数据链路层", "to a neighbour"),
    1: ("physical", "物理层", "bits on a wire"),
}
"""Name, its Chinese form and task of each layer by number (ISO/IEC 7498-1, clause 6.1)."""
INTERNET = {
    "application": ("应用层", "what programs say", (7, 6)),
    "transport": ("传输层", "from program to program", (4,)),
    "internet": ("网络层", "from host to host", (3,)),
    "link": ("数据链路层", "to a neighbour on this LAN", (2, 1)),
}
"""RFC 1122, section 1.1.3, and the layers of OSI that do the same. It puts OSI's two highest together, and does not
mention the session layer (5)."""
LAYER_OF = {
    "Ethernet": "link", "ARP": "link", "IPv4": "internet", "IPv6": "internet", "ICMP": "internet", "ICMPv6": "internet",
    "IGMP": "internet", "OSPF": "internet", "EIGRP": "internet", "TCP": "transport", "UDP": "transport",
    "payload": "application",
}  # fmt: skip
"""The Internet layer of each protocol by its name in `Field.layer`. RFC 1122 has ARP in its chapter on the link layer,
ICMP and IGMP in that on the internet layer; it does not speak of OSPF and EIGRP, which are carried as they are."""
LOOSE = {
    5: "not in RFC 1122: TCP opens and closes connections; more than that is the application's",
    4: "TCP and UDP count IP's addresses in their checksums",
    3: "ICMP and IGMP are beside IP here, but ride inside its packets",
    2: "ARP asks for hardware addresses by IP addresses: between 2 and 3",
}
"""Where the two models do not fit, by OSI's number."""
KIND = {
    "Ethernet": "EtherType", "ARP": "Operation", "IPv4": "Protocol", "IPv6": "Next Header", "ICMP": "Type",
    "IGMP": "Type", "TCP": "Destination Port", "UDP": "Destination Port",
}  # fmt: skip
"""The field of each header that says what it carries, or what kind of message this is."""


def layer_models(seen: Iterable[str] = ()) -> Picture:
    """Both models, and in which layer the protocols of that name are; names are those of `Field.layer`.

    A name that begins with "quoted" counts as the protocol. Raises CourseError for a protocol that has no place here.
    """
    names = sorted({name.removeprefix("quoted ") for name in seen})
    if unknown := [name for name in names if name not in LAYER_OF]:
        raise CourseError(f"in which layer is {unknown[0]!r}? The map has {', '.join(LAYER_OF)}")
    there = {layer: ", ".join(name for name in names if LAYER_OF[name] == layer) for layer in INTERNET}
    lines = []
    for layer, (chinese, task, numbers) in INTERNET.items():
        lines.append(f"{layer} {chinese}: {task}{f'. Seen: {there[layer]}' if there[layer] else ''}")
        lines += [f"  OSI {number} {OSI[number][0]} {OSI[number][1]}" for number in numbers]
    lines += [f"no layer of RFC 1122: OSI 5 {OSI[5][0]} {OSI[5][1]}", "Where the map is loose:"]
    lines += [f"  OSI {number}: {note}" for number, note in LOOSE.items()]
    about = "OSI's seven layers beside the Internet's four"
    return _models(there).picture(lines, about)


def _models(there: dict[str, str]) -> Columns:
    osi = [Card(number, f"{number}  {name}", (task,), 7 - number, 1) for number, (name, _, task) in OSI.items()]
    internet, seen = [], []
    for layer, (_, task, numbers) in INTERNET.items():
        row, rows = 7 - max(numbers), len(numbers)
        internet.append(Card(layer, layer, (task,), row, rows, "shade"))
        seen.append(Card(f"seen {layer}", "", (there[layer],), row, rows, ""))
    loose = [Card(note, "", (note,), 7 - number, 1, "") for number, note in LOOSE.items()]
    columns = [
        Column("OSI", osi, 176),
        Column("Internet", internet, 176, before=54),
        Column("seen in these runs" if any(there.values()) else "", seen, 190, before=16),
        Column("where it is loose", loose, 260, before=0),
    ]
    arrows = [Arrow(n, layer, "", "muted", (), False) for layer, (*_, numbers) in INTERNET.items() for n in numbers]
    return Columns(columns, arrows, "Seven layers (ISO/IEC 7498-1) and four (RFC 1122)")


WIDTH, MARGIN, NAMES_WIDTH, HEADER, LEAST_INSIDE = 900.0, 14.0, 108.0, 116.0, 180.0
"""Of a peeled frame: headers have the same width whatever their length, which stands in them."""
ROW, BAR = 74.0, 52.0


@dataclass(frozen=True)
class _Peel:
    """One layer of a frame: bytes of its header, and of all that is inside."""

    protocol: str
    own: int
    carried: int
    says: str
    """What is carried, by the header's own field, as in "Protocol = 6 (TCP)"; of a payload its text."""

    @property
    def layer(self) -> str:
        """RFC 1122's name for it; "" if it has none, as a quoted header."""
        return LAYER_OF.get(self.protocol, "")

    def words(self) -> str:
        inside = f" + {self.carried}" if self.carried else ""
        says = f", {self.says}" if self.says else ""
        return f"{self.layer:12} {self.protocol:12} {_bytes(self.own)}{inside}{says}"


def nested_layers(fields: Sequence[Field], title: str = "") -> Picture:
    """The layers of a frame from the outermost to the innermost, by its fields; every `Field.layer` must be set."""
    peels = _peels(fields)
    lines = [peel.words() for peel in peels]
    drawing = _nested(peels, title, f"A frame peeled: {'; '.join(' '.join(line.split()) for line in lines)}")
    return Picture(drawing, "\n".join([title, *lines] if title else lines))


def _peels(fields: Sequence[Field]) -> list[_Peel]:
    groups = [(protocol, list(same)) for protocol, same in groupby(fields, lambda field: field.layer)]
    behind = 0
    if len(groups) > 1 and groups[-1][0] == groups[0][0]:  # the padding behind the packet is the frame's own
        behind = sum(field.length for field in groups.pop()[1])
    end = groups[-1][1][-1].end_bit
    peels: list[_Peel] = []
    for protocol, own in groups:
        size, carried = own[-1].end_bit - own[0].first_bit, end - own[-1].end_bit
        padding = f", {_bytes(behind)} of padding behind" if behind and not peels else ""
        peels.append(_Peel(protocol, size // 8, carried // 8, _says(protocol, own) + padding))
    return peels


def _says(protocol: str, own: Sequence[Field]) -> str:
    kind = KIND.get(protocol.removeprefix("quoted "))
    for field in own:
        if field.name == kind:
            return f"{field.name} = {field.value}"
    return own[0].value if len(own) == 1 else ""


def _bytes(number: int) -> str:
    return f"{number} byte{'s' if number != 1 else ''}"


def _nested(peels: Sequence[_Peel], title: str, alt: str) -> Drawing:
    width = max(WIDTH, 2 * MARGIN + NAMES_WIDTH + HEADER * (len(peels) - 1) + LEAST_INSIDE)
    top = 46.0 if title else 16.0
    items: list[Item] = [Text(MARGIN, 27, title, 15, bold=True)]
    for number, peel in enumerate(peels):
        items += _row(peel, MARGIN + NAMES_WIDTH + HEADER * number, top + ROW * number, width - MARGIN)
    return Drawing(round(width), round(top + ROW * len(peels) - ROW + BAR + MARGIN), tuple(items), alt)


def _row(peel: _Peel, x: float, y: float, right: float) -> list[Item]:
    """A header, and to its right what it carries; dotted lines lead down to where that is drawn larger."""
    end = x + HEADER if peel.carried else right
    size = _bytes(peel.own)
    below = f"{size}: {peel.says}" if peel.says and not peel.carried else size
    items: list[Item] = [Text(MARGIN, y + 31, peel.layer, 13, role="muted"), Box(x, y, end - x, BAR, "shade")]
    items += _two_lines(peel.protocol, below, x, end, y, bold=True)
    if peel.carried:
        items += [
            Box(end, y, right - end, BAR),
            *_two_lines(f"{_bytes(peel.carried)} inside", peel.says, end, right, y),
            *(Line(((edge, y + BAR), (edge, y + ROW)), "muted", 1, (3, 3)) for edge in (end, right)),
        ]
    return items


def _two_lines(first: str, second: str, left: float, right: float, y: float, bold: bool = False) -> list[Item]:
    middle, room = (left + right) / 2, right - left - 8
    return [
        Text(middle, y + (22 if second else 31), fitted(first, room, 13, bold), 13, "middle", bold),
        Text(middle, y + 40, fitted(second, room, 12), 12, "middle"),
    ]


def counters(text: str) -> Counter[str]:
    """The numbers of /proc/net/snmp by protocol and name, as in {"Ip.InReceives": 7} (proc_net(5)).

    `text` is the file's: two lines a protocol, the first with the names of RFC 1213, the second with the numbers.
    """
    found: Counter[str] = Counter()
    lines = [line.split() for line in text.splitlines()]
    for (protocol, *names), (_, *numbers) in zip(lines[::2], lines[1::2], strict=True):
        found.update({f"{protocol}{name}".replace(":", "."): int(n) for name, n in zip(names, numbers, strict=True)})
    return found
