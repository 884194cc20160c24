"""A map of a small network: its LANs, the hosts and routers on them, the way of a packet, links that are dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, text_width
from helpers.draw.picture import Picture
from helpers.errors import CourseError
from helpers.lab.lans import Interface, Lans, parse

MARGIN = 14
BOX_HEIGHT, LEAST_BOX = 56, 104
ROW = 104
LINK = 118
"""Pixels between a host and its LAN."""
TITLE = 34
WAY_WIDTH = 3.5
BESIDE = 7
"""Pixels between a link and a packet's way over it: above it to the right, below it to the left."""
DASHES = (6.0, 4.0)


@dataclass(frozen=True)
class _Place:
    """A host's box: its middle, and half its width."""

    x: float
    y: float
    half: float


def network_map(
    hosts: Mapping[str, Sequence[str]],
    way: Sequence[str] = (),
    dead: Sequence[tuple[str, str]] = (),
    title: str = "",
) -> Picture:
    """The map of a network of at most two LANs, with the routers between them.

    `hosts` are names with their addresses, as an experiment has them. `way` is the way of a packet, host by host; if
    it ends with "lost", it ends on the link after the last host. `dead` are links: (host, LAN), as in
    ("left", "10.0.0.0/24"). Raises CourseError for hosts that are not there or have no LAN in common, and for more
    than two LANs.
    """
    drawn = _Map(hosts, way, dead)
    return Picture(drawn.drawing(title), "\n".join([*([title] if title else []), *drawn.text()]))


class _Map:
    """Hosts and LANs with their places: LANs upright, routers between them, hosts on the outer sides."""

    def __init__(
        self, hosts: Mapping[str, Sequence[str]], way: Sequence[str], dead: Sequence[tuple[str, str]]
    ) -> None:
        lans = Lans()
        self.ends: dict[str, tuple[Interface, ...]] = {
            name: lans.interfaces([parse(address) for address in addresses], number)
            for number, (name, addresses) in enumerate(hosts.items(), 1)
        }
        self.lans = list(dict.fromkeys(end.lan for ends in self.ends.values() for end in ends))
        if len(self.lans) > 2:
            raise CourseError(f"this map has room for two LANs, not for {len(self.lans)}: {', '.join(self.lans)}")
        self.lost = list(way[-1:]) == ["lost"]
        self.way = list(way[:-1]) if self.lost else list(way)
        self.dead = list(dead)
        self._check()
        self._lay_out()

    def text(self) -> list[str]:
        """A line for each LAN, then the way and what is dead."""
        lines = []
        for lan in self.lans:
            on_it = [
                f"{name} {address}"
                for name, ends in self.ends.items()
                for end in ends
                if end.lan == lan
                for address in end.bare_addresses
            ]
            lines.append(f"LAN {lan}: {', '.join(on_it)}")
        lines += [f"dead: the link of {host} in {lan}" for host, lan in self.dead]
        if self.way:
            lines.append(f"the packet's way: {' -> '.join(self.way)}{' -> lost' if self.lost else ''}")
        return lines

    def drawing(self, title: str) -> Drawing:
        """Links first, boxes over them."""
        top = TITLE if title else 0.0
        items: list[Item] = [Text(MARGIN, 24, title, 14, bold=True)] if title else []
        for lan, x in self.lan_x.items():
            items.append(Line(((x, top + 48), (x, top + self.height - MARGIN)), "ink", 4))
            items.append(Text(x, top + 24, "LAN", 12, "middle", role="muted"))
            items.append(Text(x, top + 40, lan, 12, "middle", bold=True))
        for name, ends in self.ends.items():
            for end in ends:
                items += self._link(name, end, top)
        items += self._the_way(top)
        for name in self.ends:
            items += self._host(name, top)
        alt = f"Map of a network. {'. '.join(self.text())}."
        return Drawing(round(self.width), round(top + self.height), tuple(items), alt)

    def _check(self) -> None:
        known = ", ".join(self.ends)
        for name in [*self.way, *(host for host, _ in self.dead)]:
            if name not in self.ends:
                raise CourseError(f"there is no host {name!r} on this map; its hosts are {known}")
        for host, lan in self.dead:
            if lan not in [end.lan for end in self.ends[host]]:
                raise CourseError(f"{host} is not on the LAN {lan!r}")

    def _common_lan(self, here: str, there: str) -> str:
        mine = [end.lan for end in self.ends[here]]
        for end in self.ends[there]:
            if end.lan in mine:
                return end.lan
        raise CourseError(f"{here} and {there} have no LAN in common, so no packet goes from one to the other")

    def _lay_out(self) -> None:
        columns: list[list[str]] = [[], [], []]
        for name, ends in self.ends.items():
            columns[1 if len(ends) == 2 else 2 * self.lans.index(ends[0].lan)].append(name)
        halves = [max((self._half(name) for name in column), default=0.0) for column in columns]
        x = MARGIN + halves[0]
        middles = [x]
        self.lan_x = {self.lans[0]: x + halves[0] + LINK}
        middles.append(self.lan_x[self.lans[0]] + LINK + halves[1])
        if len(self.lans) == 2:
            self.lan_x[self.lans[1]] = middles[1] + halves[1] + LINK
            middles.append(self.lan_x[self.lans[1]] + LINK + halves[2])
        rows = max(len(column) for column in columns)
        self.height = 60 + ROW * rows
        self.places = {}
        for column, middle, half in zip(columns, middles, halves, strict=False):
            first = 60 + ROW * (rows - len(column)) / 2 + ROW / 2
            for row, name in enumerate(column):
                self.places[name] = _Place(middle, first + ROW * row, half)
        right = [place.x + place.half for place in self.places.values()]
        self.width = max(*right, *(x + 70 for x in self.lan_x.values())) + MARGIN

    def _half(self, name: str) -> float:
        addresses = " ".join(address for end in self.ends[name] for address in end.bare_addresses)
        widest = max(text_width(name, 14, True), text_width(addresses, 12) if len(self.ends[name]) == 1 else 0.0)
        return max(LEAST_BOX, widest + 24) / 2

    def _edge(self, name: str, lan: str) -> float:
        """Where a host's box ends towards a LAN."""
        place = self.places[name]
        return place.x + place.half if self.lan_x[lan] > place.x else place.x - place.half

    def _link(self, name: str, end: Interface, top: float) -> list[Item]:
        y, x, edge = self.places[name].y + top, self.lan_x[end.lan], self._edge(name, end.lan)
        gone = (name, end.lan) in self.dead
        items: list[Item] = [Line(((edge, y), (x, y)), "muted" if gone else "ink", 1.5, DASHES if gone else ())]
        if len(self.ends[name]) == 2:
            address = end.bare_addresses[0]
            items.append(Text((edge + x) / 2, y + 26, address, 12, "middle", backing=True))
        if gone:
            middle = (edge + x) / 2
            items += [Line(((middle - 9, y - 9), (middle + 9, y + 9)), "lost", 3)]
            items += [Line(((middle - 9, y + 9), (middle + 9, y - 9)), "lost", 3)]
            items.append(Text(middle, y - 16, "dead", 12, "middle", bold=True, backing=True))
        return items

    def _the_way(self, top: float) -> list[Item]:
        """Beside the links, so that these can still be seen."""
        items: list[Item] = []
        for here, there in pairwise(self.way):
            lan = self._common_lan(here, there)
            items.append(self._hop(here, there, lan, self._edge(there, lan), top))
        last = self.way[-1] if self.lost and self.way else ""
        for host, lan in self.dead:
            if last and lan in [end.lan for end in self.ends[last]]:
                items.append(self._hop(last, host, lan, (self._edge(host, lan) + self.lan_x[lan]) / 2, top))
                break
        return items

    def _hop(self, here: str, there: str, lan: str, stop: float, top: float) -> Line:
        """From one host over a LAN to another, or towards it; to itself: out on its own link."""
        x, start = self.lan_x[lan], self._edge(here, lan)
        beside = BESIDE if self.places[there].x < self.places[here].x or (here == there and x < start) else -BESIDE
        up, down = (self.places[name].y + top + beside for name in (here, there))
        corners = ((start, up), (stop, down)) if here == there else ((start, up), (x, up), (x, down), (stop, down))
        return Line(corners, "new", WAY_WIDTH, arrow=True)

    def _host(self, name: str, top: float) -> list[Item]:
        place = self.places[name]
        x, y, ends = place.x, place.y + top, self.ends[name]
        router = len(ends) == 2
        below = "router" if router else " ".join(ends[0].bare_addresses)
        return [
            Box(x - place.half, y - BOX_HEIGHT / 2, 2 * place.half, BOX_HEIGHT, "shade" if router else "card"),
            Text(x, y - 3, name, 14, "middle", bold=True),
            Text(x, y + 16, below, 12, "middle", role="muted"),
        ]
