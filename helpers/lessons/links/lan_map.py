"""A map of two LANs: the hosts on them, the routers between them, the way of a packet, links that are dead.

The general engine of columns places the boxes. The links and the packet's way are laid over its picture, since they run
along the LANs, which are drawn as upright bars: no arrow from box to box would show who hears whom.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise

from helpers.draw.columns import Card, Column, Columns
from helpers.draw.drawing import Box, Item, Line, Text
from helpers.draw.picture import Picture
from helpers.lab.lans import parse_address

LINK = 110.0
"""Pixels between a host and its LAN."""
BESIDE = 8.0
"""Pixels between a link and a packet's way over it: above it to the right, below it to the left."""

Hosts = Mapping[str, Sequence[str]]
Boxes = Mapping[Hashable, Box]
Link = tuple[str, str]
"""A host and the LAN to which it is joined."""


def network_map(hosts: Hosts, way: Sequence[str] = (), dead: Sequence[Link] = (), title: str = "") -> Picture:
    """The map of a network of two LANs, with the routers between them.

    `hosts` are names with their addresses, as an experiment has them. `way` is the way of a packet, host by host; if
    it ends with "lost", it ends on a dead link of the LAN where it was lost.
    """
    on = {name: [str(parse_address(address).network) for address in addresses] for name, addresses in hosts.items()}
    near, far = dict.fromkeys(lan for lans in on.values() for lan in lans)
    members = [[name for name in hosts if on[name] == lans] for lans in ([near], [near, far], [far])]
    rows = max(map(len, members))
    (left, middle, right), (one, other) = (
        [[Card(name, name, (" · ".join(hosts[name]),)) for name in names] for names in members],
        [[Card(lan, row=0, rows=rows, fill="ink")] for lan in (near, far)],
    )
    columns = [
        Column("", left, 110),
        Column("LAN", one, 6, near, LINK),
        Column("routers", middle, 190, "", LINK),
        Column("LAN", other, 6, far, LINK),
        Column("", right, 110, "", LINK),
    ]
    placed = Columns(columns, [], title, pitch=104)
    links = [(name, lan) for name, lans in on.items() for lan in lans]
    drawn = [item for link in links for item in _link(placed.boxes, link, link in dead)]
    over = [*drawn, *_way(placed.boxes, on, [*way], dead)]
    return placed.picture(_words(hosts, links, way, dead), "Map of a network", over)


def _words(hosts: Hosts, links: Sequence[Link], way: Sequence[str], dead: Sequence[Link]) -> list[str]:
    addresses = {(name, str(parse_address(each).network)): each for name, mine in hosts.items() for each in mine}
    lines = []
    for lan in dict.fromkeys(lan for _, lan in links):
        on_it = [f"{name} {addresses[name, lan]}" for name, other in links if other == lan]
        lines.append(f"LAN {lan}: {', '.join(on_it)}")
    lines += [f"dead: the link of {name} in {lan}" for name, lan in dead]
    return [*lines, f"the packet's way: {' -> '.join(way)}"] if way else lines


def _link(boxes: Boxes, link: Link, is_dead: bool) -> Iterator[Item]:
    x, edge, y = _ends(boxes, link)
    yield Line(((edge, y), (x, y)), "muted" if is_dead else "ink", 1.5, (6.0, 4.0) if is_dead else ())
    if is_dead:
        middle = (edge + x) / 2
        yield Line(((middle - 9, y - 9), (middle + 9, y + 9)), "lost", 3)
        yield Line(((middle - 9, y + 9), (middle + 9, y - 9)), "lost", 3)
        yield Text(middle, y - 16, "dead", 12, "middle", bold=True, backing=True)


def _ends(boxes: Boxes, link: Link) -> tuple[float, float, float]:
    """Where the LAN is, where the host's box ends towards it, and at which height the link between them lies."""
    box, cable = (boxes[each] for each in link)
    return cable.x + cable.width / 2, box.x + box.width if box.x < cable.x else box.x, box.y + box.height / 2


def _way(boxes: Boxes, on: Mapping[str, list[str]], way: list[str], dead: Sequence[Link]) -> Iterator[Item]:
    lost = way[-1:] == ["lost"]
    for here, there in pairwise(way[:-1] if lost else way):
        lan = next(lan for lan in on[here] if lan in on[there])
        yield _hop(boxes, here, there, lan, _ends(boxes, (there, lan))[1])
    for name, lan in dead:
        if lost and lan in on[way[-2]]:
            x, edge, _ = _ends(boxes, (name, lan))
            yield _hop(boxes, way[-2], name, lan, (x + edge) / 2)


def _hop(boxes: Boxes, here: str, there: str, lan: str, stop: float) -> Line:
    """From one host over a LAN to another, or towards it; to itself: out on its own link."""
    x, start, _ = _ends(boxes, (here, lan))
    beside = -BESIDE if (stop > start) else BESIDE
    up, down = (boxes[name].y + boxes[name].height / 2 + beside for name in (here, there))
    corners = ((start, up), (stop, down)) if here == there else ((start, up), (x, up), (x, down), (stop, down))
    return Line(corners, "new", 3.5, arrow=True)
