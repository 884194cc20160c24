"""Who holds which socket: processes, their descriptors, the sockets they lead to, and the names these have."""

from __future__ import annotations

import string
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from helpers.draw.drawing import Box, Drawing, Item, Line, Text, fitted
from helpers.draw.names import LAST_SYSTEM_PORT
from helpers.draw.picture import Picture
from helpers.trace import SocketRow

WIDTH = 860.0
MARGIN = 14.0
HEAD, TITLE = 50.0, 30.0
"""What the columns' headings take, and a title."""
LEFT = {"process": MARGIN, "socket": 330.0, "triple": 646.0}
BOX_WIDTH = {"process": 160.0, "socket": 200.0, "triple": WIDTH - MARGIN - 646.0}
LINE_HEIGHT, PADDING, GAP = 17.0, 12.0, 22.0
"""Of a line in a box, of what is above and below it, and between two boxes."""
BETWEEN_DESCRIPTORS = 19.0
LABEL_AT = 30.0
"""How far from a process the number of a descriptor stands on its line."""
HEADINGS = {
    "process": ("processes", "each line: a descriptor"),
    "socket": ("sockets", "in the kernel"),
    "triple": ("names on the network", "protocol, address, port"),
}


@dataclass(frozen=True)
class Holding:
    """A socket, and a process's descriptor that leads to it, if there is one."""

    row: SocketRow
    """The socket as the kernel's table lists it."""
    process: str = ""
    """A name for the process; "" where no process is known that holds the socket."""
    pid: int = 0
    descriptor: int = -1
    protocol: str = "TCP"

    @property
    def socket(self) -> Hashable:
        """Which socket: its inode, or the whole row where it has lost it (in TIME-WAIT, say)."""
        return self.row.inode or self.row

    @property
    def triple(self) -> tuple[str, str, int]:
        """Protocol, address and port, as in ("TCP", "127.0.0.1", 80)."""
        return (self.protocol, self.row.local.rpartition(":")[0], self.row.local_port)

    @property
    def state(self) -> str:
        """TCP's state; a UDP socket has none, and is bound, or connected too (udp(7))."""
        if self.protocol == "TCP":
            return self.row.state
        return "connected" if self.row.state == "ESTABLISHED" else "bound"

    @property
    def unknown(self) -> str:
        """What is said in place of a process where none is known."""
        return "not ours to see" if self.row.inode else "no process"


def socket_map(holdings: Sequence[Holding], title: str = "") -> Picture:
    """Processes, sockets and names, and which lead to which.

    The picture has PIDs, descriptors, inodes and ports. The text has roles instead, so that it is the same on every
    run: sockets are counted, and a port that no authority assigned is called P, the next Q, and so on.
    """
    whole = _Map(tuple(holdings))
    lines = [*([title] if title else []), *whole.text()]
    return Picture(whole.drawing(title), "\n".join(lines))


class _Map:
    """All that is known, in the order in which it is first met."""

    def __init__(self, holdings: tuple[Holding, ...]) -> None:
        self.holdings = holdings
        self.sockets: dict[Hashable, Holding] = {}
        for holding in holdings:
            self.sockets.setdefault(holding.socket, holding)
        self.order = list(self.sockets)
        self.triples = list(dict.fromkeys(holding.triple for holding in holdings))
        self.processes: dict[tuple[str, int], list[Holding]] = {}
        for holding in holdings:
            if holding.process:
                self.processes.setdefault((holding.process, holding.pid), []).append(holding)
        chosen = dict.fromkeys(port for _, _, port in self.triples if port > LAST_SYSTEM_PORT)
        self.roles = dict(zip(chosen, _letters(), strict=False))

    def text(self) -> list[str]:
        """A line for each descriptor and for each socket that has none, then how many there are of each kind."""
        lines = []
        for holding in self.holdings:
            number = self.order.index(holding.socket) + 1
            protocol, address, port = holding.triple
            held_by = f"{holding.process}, a descriptor" if holding.process else holding.unknown
            name = f"{protocol} {address}, port {self.roles.get(port, port)}"
            lines.append(f"{held_by} -> socket {number} ({holding.state}) -> {name}")
        if not lines:
            return ["no socket"]
        counts = (
            _counted(len(self.processes), "process", "processes"),
            _counted(sum(map(len, self.processes.values())), "descriptor", "descriptors"),
            _counted(len(self.order), "socket", "sockets"),
            _counted(len(self.triples), "name", "names"),
        )
        return [*lines, ", ".join(counts)]

    def drawing(self, title: str) -> Drawing:
        """Three columns, from left to right."""
        top = HEAD + (TITLE if title else 0)
        columns = {
            "process": [_height(1 + bool(pid), len(held)) for (_, pid), held in self.processes.items()],
            "socket": [_height(len(self._about(key))) for key in self.order],
            "triple": [_height(2) for _ in self.triples],
        }
        whole = max(sum(heights) + GAP * len(heights) for heights in columns.values()) or GAP
        boxes = {name: _stacked(name, heights, top, whole) for name, heights in columns.items()}
        items: list[Item] = [Text(MARGIN, 26, title, 15, bold=True)] if title else []
        items += [item for name in columns for item in _heading(name, top)]
        items += self._lines(boxes)
        items += self._contents(boxes)
        alt = f"Which process holds which socket. {'. '.join(self.text())}."
        return Drawing(WIDTH, round(top + whole + MARGIN / 2), tuple(items), alt)

    def _lines(self, boxes: dict[str, list[Box]]) -> Iterator[Item]:
        sockets = dict(zip(self.order, boxes["socket"], strict=True))
        for box, held in zip(boxes["process"], self.processes.values(), strict=True):
            for number, holding in enumerate(held):
                spread = (number - (len(held) - 1) / 2) * BETWEEN_DESCRIPTORS
                begin = (box.x + box.width, box.y + box.height / 2 + spread)
                end = _left(sockets[holding.socket])
                yield Line((begin, end), "ink", 1.8, arrow=True)
                part = LABEL_AT / (end[0] - begin[0])
                at = (begin[0] + LABEL_AT, begin[1] + part * (end[1] - begin[1]))
                yield Text(at[0], at[1] + 4.5, str(holding.descriptor), 12.5, "middle", bold=True, backing=True)
        for key in self.order:
            holding, box = self.sockets[key], sockets[key]
            if not holding.process:
                x, y = _left(box)
                yield Text(x - 12, y + 4.5, holding.unknown, 12.5, "end", role="muted", backing=True)
            named = boxes["triple"][self.triples.index(holding.triple)]
            yield Line(((box.x + box.width, box.y + box.height / 2), _left(named)), "ink", 1.8, arrow=True)

    def _contents(self, boxes: dict[str, list[Box]]) -> Iterator[Item]:
        for box, (name, pid) in zip(boxes["process"], self.processes, strict=True):
            yield from _filled(box, [name, *([f"PID {pid}"] if pid else [])])
        for box, key in zip(boxes["socket"], self.order, strict=True):
            yield from _filled(box, self._about(key))
        for box, (protocol, address, port) in zip(boxes["triple"], self.triples, strict=True):
            yield from _filled(box, [f"{protocol} {address}", f"port {port}"])

    def _about(self, key: Hashable) -> list[str]:
        """What stands in a socket's box."""
        holding = self.sockets[key]
        row, connected = holding.row, not holding.row.remote.endswith(":0")
        return [holding.state, f"inode {row.inode}", *([f"to {row.remote}"] if connected else [])]


def _letters() -> Iterator[str]:
    """P, Q, ... Z, then P1, Q1, ..."""
    letters = string.ascii_uppercase[string.ascii_uppercase.index("P") :]
    yield from letters
    round_ = 1
    while True:
        yield from (f"{letter}{round_}" for letter in letters)
        round_ += 1


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _height(lines: int, descriptors: int = 0) -> float:
    return max(2 * PADDING + LINE_HEIGHT * lines, BETWEEN_DESCRIPTORS * (descriptors + 0.5))


def _stacked(name: str, heights: Sequence[float], top: float, whole: float) -> list[Box]:
    """A column's boxes, spread over the whole height."""
    gap = (whole - sum(heights)) / max(len(heights), 1)
    y, boxes = top + gap / 2, []
    for height in heights:
        boxes.append(Box(LEFT[name], y, BOX_WIDTH[name], height, "shade" if name == "socket" else "card", "ink", 1.5))
        y += height + gap
    return boxes


def _heading(name: str, top: float) -> Iterator[Item]:
    middle = LEFT[name] + BOX_WIDTH[name] / 2
    heading, explained = HEADINGS[name]
    yield Text(middle, top - 26, heading, 14, "middle", bold=True)
    yield Text(middle, top - 9, explained, 12, "middle", role="muted")


def _left(box: Box) -> tuple[float, float]:
    """Where lines come to a box."""
    return (box.x, box.y + box.height / 2)


def _filled(box: Box, lines: Sequence[str]) -> Iterator[Item]:
    yield box
    baseline = box.y + (box.height - LINE_HEIGHT * len(lines)) / 2 + 13
    for number, line in enumerate(lines):
        bold = number == 0
        fits = fitted(line, box.width - 12, 13, bold)
        yield Text(box.x + box.width / 2, baseline + LINE_HEIGHT * number, fits, 13, "middle", bold)
